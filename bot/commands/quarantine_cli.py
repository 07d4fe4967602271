"""`frontdoor quarantine`: one thin function per subcommand."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.settings import Settings, load_settings

quarantine_app = typer.Typer(
    help="What made the program fail: where, and the shape of it. Never a word that somebody wrote.",
    no_args_is_help=True,
)
RecordId = Annotated[str, typer.Argument(metavar="ID", help="As `quarantine list` tells it.")]


@quarantine_app.command("list")
def list_() -> None:
    """List the records of the last seven days, oldest first."""
    from bot.commands.quarantine import list_records  # noqa: PLC0415 - `--help` starts without a database

    list_records(_start())


@quarantine_app.command()
def show(record_id: RecordId) -> None:
    """Show the shape of one: a sign for each letter's kind, and the codes of odd characters."""
    from bot.commands.quarantine import show_record  # noqa: PLC0415 - as above

    raise typer.Exit(show_record(_start(), record_id))


@quarantine_app.command()
def drop(
    record_id: Annotated[str, typer.Argument(metavar="ID", help="As `quarantine list` tells it.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Destroy all of them.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Destroy one record, or all of them. They go by themselves after seven days."""
    from bot.commands.quarantine import drop_records  # noqa: PLC0415 - as above

    if bool(record_id) == every:
        raise typer.BadParameter("give one ID, or --all")
    raise typer.Exit(drop_records(_start(), record_id))


def _start() -> Settings:
    from bot.wiring.common import prepare  # noqa: PLC0415 - as above

    settings = load_settings()
    prepare(settings)
    return settings
