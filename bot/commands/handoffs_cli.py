"""`frontdoor handoffs`: one thin function per subcommand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.settings import Settings, load_settings

handoffs_app = typer.Typer(
    help="List, export and close what people sent to the social workers.", no_args_is_help=True
)

Format = Literal["json", "csv", "xlsx", "pdf"]
Status = Literal["new", "in_progress", "called", "done"]
NextStatus = Literal["in_progress", "called", "done"]
Identities = Annotated[
    list[Path] | None,
    typer.Option(
        "--identity",
        help="File of an identity that opens them; those of the data directory if none is named.",
    ),
]
OneHandoff = Annotated[str, typer.Argument(help="Its id, or at least the first 8 characters of it.")]
WithStatus = Annotated[Status | None, typer.Option("--status", help="Only those that are so far.")]


@handoffs_app.command("list")
def list_(status: WithStatus = None) -> None:
    """List ids, ages and how far each is. Nothing is opened, so no identity is needed."""
    from bot.commands.handoffs import list_handoffs  # noqa: PLC0415 - `--help` starts without a database

    list_handoffs(_start(), status=status)


@handoffs_app.command()
def export(
    fmt: Annotated[Format, typer.Option("--format", help="What to write.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write to; made for your eyes only.")],
    identity: Identities = None,
    ids: Annotated[
        list[str] | None,
        typer.Option("--id", help="Only this one; its beginning is enough. May be repeated."),
    ] = None,
    status: WithStatus = None,
) -> None:
    """Open handoffs and write them into files. Exits with 1 when one could not be read; the others are written."""
    from bot.commands.handoffs import Wanted, export_handoffs  # noqa: PLC0415 - as above

    wanted = Wanted(tuple(ids or ()), status)
    raise typer.Exit(export_handoffs(_start(), wanted, fmt=fmt, out=out, identities=identity or []))


@handoffs_app.command()
def requests(identity: Identities = None) -> None:
    """Show who asked to take a handoff back or to have it put right, and in which words."""
    from bot.commands.handoffs import show_requests  # noqa: PLC0415 - as above

    raise typer.Exit(show_requests(_start(), identities=identity or []))


@handoffs_app.command("status")
def set_status(
    handoff: OneHandoff,
    status: Annotated[NextStatus, typer.Argument(help="How far it is now.")],
) -> None:
    """Say how far a handoff is. Whoever sent it and asks is told so in plain words."""
    from bot.commands.handoffs import set_status as set_one  # noqa: PLC0415 - as above

    raise typer.Exit(set_one(_start(), handoff, status))


@handoffs_app.command()
def erase(
    handoff: OneHandoff,
    *,
    confirmed: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Erase one handoff for good: a withdrawal that was confirmed through the safe contact."""
    from bot.commands.handoffs import erase as erase_one  # noqa: PLC0415 - as above

    raise typer.Exit(erase_one(_start(), handoff, confirmed=confirmed))


@handoffs_app.command("erase-due")
def erase_due(
    *,
    even_so: Annotated[
        bool,
        typer.Option("--even-so", help="The clock is right, although nobody has looked for days."),
    ] = False,
) -> None:
    """Erase what has outlived its time, and again whatever a restore brought back. The office does it every hour."""
    from bot.commands.handoffs import erase_due as erase_overdue  # noqa: PLC0415 - as above

    erase_overdue(_start(), even_so=even_so)


def _start() -> Settings:
    from bot.wiring.common import prepare  # noqa: PLC0415 - as above

    settings = load_settings()
    prepare(settings, needs_root=False)
    if settings.is_demo:
        typer.echo("DEMO: demo keys, for trying out only. Do not enter anything real.")
    return settings
