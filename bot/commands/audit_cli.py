"""`frontdoor audit`: one thin function per subcommand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import Settings, load_settings

audit_app = typer.Typer(help="Check and keep the audit log: who did what at the desk.", no_args_is_help=True)


@audit_app.command()
def verify(
    anchor: Annotated[
        list[Path] | None,
        typer.Option("--anchor", help="File with lines of `audit anchor` kept elsewhere. May be repeated."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Check this copy instead of the database; no database is needed."),
    ] = None,
) -> None:
    """Say whether every line is as it was written, and none is missing, added or moved. Exits with 1 otherwise."""
    from bot.commands.audit import verify_log  # noqa: PLC0415 - `--help` starts without a database

    settings = load_settings() if file else _start()
    raise typer.Exit(verify_log(settings, anchor or [], file))


@audit_app.command()
def anchor() -> None:
    """Check the log and print its head as one line, to be kept on another machine every day."""
    from bot.commands.audit import print_anchor  # noqa: PLC0415 - as above

    raise typer.Exit(print_anchor(_start(says_demo=False)))


@audit_app.command()
def export(
    out: Annotated[Path, typer.Option("--out", help="New file to write: JSON, one line for each line.")],
) -> None:
    """Write a copy of the whole log that can be checked anywhere. That it was taken is noted."""
    from bot.commands.audit import export_log  # noqa: PLC0415 - as above

    export_log(_start(), out)


@audit_app.command()
def trim(
    before: Annotated[
        str,
        typer.Option(
            "--before", help="Take out what is older than this day, YYYY-MM-DD; five years if empty."
        ),
    ] = "",
) -> None:
    """Take out lines past their time, half a year old at least. On PostgreSQL as the role that owns the tables."""
    from bot.commands.audit import trim_log  # noqa: PLC0415 - as above

    raise typer.Exit(trim_log(_start(), _read_day(before)))


@audit_app.command()
def accept(
    even_so: Annotated[  # noqa: FBT002 - typer turns it into a flag
        bool, typer.Option("--even-so", help="Also when this database holds not one line of the log.")
    ] = False,
) -> None:
    """Go on after lines were lost, as after a backup was put back. Only when you know why; it stands in the log."""
    from bot.commands.audit import accept_loss  # noqa: PLC0415 - as above

    accept_loss(_start(), even_so=even_so)


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter("write the day as YYYY-MM-DD") from None


def _start(*, says_demo: bool = True) -> Settings:
    from bot.wiring.common import prepare  # noqa: PLC0415 - as above

    settings = load_settings()
    prepare(settings, needs_root=False)
    if settings.is_demo and says_demo:
        typer.echo("DEMO: demo keys, for trying out only. Do not enter anything real.")
    return settings
