"""The `frontdoor` command: one thin function per subcommand."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from bot import __version__
from bot.errors import BotError
from bot.log import set_up_logging
from bot.settings import Settings, load_settings

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

Out = Annotated[Path, typer.Option("--out", help="Folder to write to.")]
Today = Annotated[
    str, typer.Option("--today", help="Check as of this day, YYYY-MM-DD; today in Taipei if empty.")
]


@app.command()
def serve() -> None:
    """Serve the public front door: LINE, Telegram and the web chat."""
    from bot.programs import run, run_front  # noqa: PLC0415 - other commands start without a server

    settings = _start()
    _say_demo(settings)
    typer.echo(f"front door: {settings.origin}/chat")
    run(run_front(settings))


@app.command()
def office() -> None:
    """Serve the back office for staff, as a program of its own."""
    from bot.programs import run, run_office  # noqa: PLC0415 - as above
    from bot.wiring.office import describe_demo_login  # noqa: PLC0415 - as above

    settings = _start(needs_root=False)
    _say_demo(settings)
    typer.echo(f"back office: {settings.office_origin}")
    if settings.is_demo:
        typer.echo(describe_demo_login(settings))
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
    from bot.commands import play_in_terminal  # noqa: PLC0415 - as above

    play_in_terminal(locale, record=record, proves=proves, out=out)


@app.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    settings = _start()
    _say_demo(settings)
    typer.echo("the database is up to date")


@app.command()
def doctor() -> None:
    """Check settings, keys, database, facts and languages; say what to mend."""
    from bot.commands import examine  # noqa: PLC0415 - as above

    settings = load_settings()
    _say_demo(settings)
    raise typer.Exit(examine(settings))


@flow_app.command("check")
def flow_check(
    today: Today = "",
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
) -> None:
    """Find what would fail a person in the conversation before a person meets it."""
    from bot.commands import check_flow  # noqa: PLC0415 - as above

    raise typer.Exit(check_flow(_day(today), strict=strict))


@flow_app.command("draw")
def flow_draw(out: Out = Path("docs/flows")) -> None:
    """Draw the conversation as Mermaid text and SVG, whole and by track."""
    from bot.commands import draw_flow  # noqa: PLC0415 - as above

    for path in draw_flow(out):
        typer.echo(str(path))


@directory_app.command("list")
def directory_list() -> None:
    """List every contact with its source, its date and whether it is shown."""
    from bot.commands import list_directory  # noqa: PLC0415 - as above

    list_directory()


@directory_app.command("check")
def directory_check(today: Today = "") -> None:
    """List the contacts and facts that must be checked again; exit 1 when one is overdue."""
    from bot.commands import check_directory  # noqa: PLC0415 - as above

    raise typer.Exit(check_directory(_day(today)))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Run the command. What is wrong is said in one line, without a traceback; exit status 2."""
    set_up_logging()
    try:
        app()
    except BotError as fault:
        typer.echo(f"frontdoor: {fault}", err=True)
        sys.exit(2)
    except OSError as fault:
        told = f"{fault.filename or 'a file'}: {fault.strerror or type(fault).__name__}"
        typer.echo(f"frontdoor: {told}; name a place that we may read and write, with room left", err=True)
        sys.exit(2)


def _start(*, needs_root: bool = True) -> Settings:
    from bot.wiring.common import prepare  # noqa: PLC0415 - as above

    settings = load_settings()
    prepare(settings, needs_root=needs_root)
    return settings


def _say_demo(settings: Settings) -> None:
    if settings.is_demo:
        typer.echo("DEMO: demo keys, for trying out only. Do not enter anything real.")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter("write the day as YYYY-MM-DD") from None


if __name__ == "__main__":
    main()
