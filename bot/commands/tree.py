"""Every subcommand of `frontdoor`: one thin function each, with its help."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from bot import __version__
from bot.commands.audit_cli import audit_app
from bot.commands.handoffs_cli import handoffs_app
from bot.commands.keeping_cli import backup, restore, what_we_hold
from bot.commands.keys_cli import keys_app
from bot.commands.quarantine_cli import quarantine_app
from bot.commands.serving import greet, ready, serve_people
from bot.commands.staff_cli import staff_app
from bot.settings import load_settings

app = typer.Typer(
    name="frontdoor",
    help="A chat front door for people whose intimate images are threatened, taken or spread.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
flow_app = typer.Typer(help="Check and draw the conversation.", no_args_is_help=True)
directory_app = typer.Typer(help="Who can be called, and since when we know it.", no_args_is_help=True)
app.add_typer(flow_app, name="flow")
app.add_typer(directory_app, name="directory")
telegram_app = typer.Typer(
    help="Set up and check the Telegram bot, or fetch without a webhook.", no_args_is_help=True
)
app.add_typer(telegram_app, name="telegram")
line_app = typer.Typer(help="Set up the LINE channel, and check it.", no_args_is_help=True)
app.add_typer(line_app, name="line")
app.add_typer(keys_app, name="keys")
app.add_typer(handoffs_app, name="handoffs")
app.add_typer(audit_app, name="audit")
app.add_typer(staff_app, name="staff")
app.add_typer(quarantine_app, name="quarantine")
app.command()(backup)
app.command()(restore)
app.command()(what_we_hold)

Out = Annotated[Path, typer.Option("--out", help="Folder to write to.")]
Today = Annotated[
    str, typer.Option("--today", help="Check as of this day, YYYY-MM-DD; today in Taipei if empty.")
]


@app.command()
def serve() -> None:
    """Serve the public front door: LINE, Telegram and the web chat."""
    serve_people()


@app.command()
def office() -> None:
    """Serve the back office for staff, as a program of its own."""
    from bot.commands.staff import offer_first_link  # noqa: PLC0415 - as above
    from bot.programs import run, run_office  # noqa: PLC0415 - as above
    from bot.wiring.office import describe_demo_login  # noqa: PLC0415 - as above

    settings = ready(needs_root=False)
    greet(settings)
    typer.echo(f"back office: {settings.office_origin}")
    if settings.is_demo:
        typer.echo(describe_demo_login(settings))
    else:
        offer_first_link(settings)
    run(run_office(settings))


@app.command()
def play(
    locale: Annotated[str, typer.Option(help="Language to speak, such as zh_TW or en.")] = "zh_TW",
    record: Annotated[
        str, typer.Option(help="Write a golden transcript of this name, such as friend.minor.")
    ] = "",
    proves: Annotated[str, typer.Option(help="What the transcript proves, in one line.")] = "",
    out: Out = Path("tests/transcripts"),
) -> None:
    """Talk with the bot in this terminal. Nothing is stored."""
    from bot.commands.service import play_in_terminal  # noqa: PLC0415 - as above

    play_in_terminal(locale, record=record, proves=proves, out=out)


@app.command(context_settings={"ignore_unknown_options": True})
def understand(
    text: Annotated[
        str | None,
        typer.Argument(help="What somebody wrote; put -- before it if it is the name of an option."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    batch: Annotated[
        str, typer.Option("--batch", help='File with one {"id", "text"} a line; - is standard input.')
    ] = "",
) -> None:
    """Print what a text states, and nothing else: local, without settings, and nothing is kept."""
    from bot.commands.understand import understand_batch, understand_text  # noqa: PLC0415 - as above

    if bool(batch) == (text is not None):
        raise typer.BadParameter("give one text, or --batch with a file")
    if text is None:
        understand_batch(batch)
    else:
        understand_text(text, as_json=as_json)


@app.command()
def migrate(
    front_role: Annotated[
        str, typer.Option("--front-role", help="PostgreSQL: the role of `serve`; give both roles.")
    ] = "",
    office_role: Annotated[str, typer.Option("--office-role", help="PostgreSQL: the role of `office`.")] = "",
) -> None:
    """Bring the database's schema up to date; with both roles, also set what each of them may do."""
    from bot.commands.service import grant_roles  # noqa: PLC0415 - as above

    settings = ready()
    greet(settings)
    grant_roles(settings, front_role, office_role)
    typer.echo("the database is up to date")


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for a program to read.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings too.")] = False,
) -> None:
    """檢查：設定、金鑰、資料庫、磁碟、時間、稽核、備份。 Check all that can be wrong; say what mends it."""
    from bot.commands.doctor import examine  # noqa: PLC0415 - as above

    raise typer.Exit(examine(as_json=as_json, strict=strict))


@flow_app.command("check")
def flow_check(
    today: Today = "",
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
) -> None:
    """Find what would fail a person in the conversation before a person meets it."""
    from bot.commands.service import check_flow  # noqa: PLC0415 - as above

    raise typer.Exit(check_flow(_day(today), strict=strict))


@flow_app.command("draw")
def flow_draw(out: Out = Path("docs/flows")) -> None:
    """Draw the conversation as Mermaid text and SVG, whole and by track."""
    from bot.commands.service import draw_flow  # noqa: PLC0415 - as above

    for path in draw_flow(out):
        typer.echo(str(path))


@directory_app.command("list")
def directory_list() -> None:
    """List every contact with its source, its date and whether it is shown."""
    from bot.commands.service import list_directory  # noqa: PLC0415 - as above

    list_directory()


@directory_app.command("check")
def directory_check(today: Today = "") -> None:
    """List the contacts and facts that must be checked again; exit 1 when one is overdue."""
    from bot.commands.service import check_directory  # noqa: PLC0415 - as above

    raise typer.Exit(check_directory(_day(today)))


@line_app.command("setup")
def line_setup(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would change; change nothing.")
    ] = False,
) -> None:
    """Set webhook address and menus at LINE. What is right already stays; run it again at any time."""
    from bot.commands.line import set_up_line  # noqa: PLC0415 - as above

    settings = load_settings()
    greet(settings)
    set_up_line(settings, dry_run=dry_run)


@line_app.command("check")
def line_check(
    test: Annotated[
        bool, typer.Option("--test", help="Let LINE call our webhook too; it allows 60 an hour.")
    ] = False,
) -> None:
    """Say what is well at LINE and what is not; exit 1 when something asks to be mended. Changes nothing."""
    from bot.commands.line import check_line  # noqa: PLC0415 - as above

    settings = load_settings()
    greet(settings)
    raise typer.Exit(check_line(settings, tries_webhook=test))


@telegram_app.command("setup")
def telegram_setup(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
    renew_secret: Annotated[
        bool,
        typer.Option("--renew-secret", help="Set the webhook's secret anew although nothing else differs."),
    ] = False,
) -> None:
    """Set webhook, commands and texts of the Telegram bot, as far as they differ."""
    from bot.commands.telegram import set_up_telegram  # noqa: PLC0415 - as above

    settings = load_settings()
    greet(settings)
    set_up_telegram(settings, dry_run=dry_run, renews_secret=renew_secret)


@telegram_app.command("check")
def telegram_check() -> None:
    """Look at the Telegram bot without changing it; exit 1 when something asks to be mended."""
    from bot.commands.telegram import check_telegram  # noqa: PLC0415 - as above

    settings = load_settings()
    greet(settings)
    raise typer.Exit(check_telegram(settings))


@telegram_app.command("poll")
def telegram_poll(
    take_over: Annotated[
        bool, typer.Option("--take-over", help="End a webhook that is set; nothing that waits is lost.")
    ] = False,
) -> None:
    """Fetch from Telegram instead of being called: for a host without a public address."""
    from bot.commands.telegram import poll_telegram  # noqa: PLC0415 - as above
    from bot.programs import run  # noqa: PLC0415 - as above

    settings = ready()
    greet(settings)
    run(poll_telegram(settings, take_over=take_over))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter("write the day as YYYY-MM-DD") from None
