"""`frontdoor staff`: one thin function per subcommand. What it does stands in `bot.commands.staff`."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.settings import Settings, load_settings

staff_app = typer.Typer(
    help="Who works at the back office, for whoever has the host: let an administrator in, list, disable.",
    no_args_is_help=True,
)


@staff_app.command("invite-admin")
def invite_admin() -> None:
    """Print a link for an administrator: 30 minutes, once. One printed before ends."""
    from bot.commands import staff  # noqa: PLC0415 - other commands start without the office

    staff.invite_admin(_start())


@staff_app.command("list")
def list_() -> None:
    """List every account: state, rights, when last used, name."""
    from bot.commands import staff  # noqa: PLC0415 - as above

    staff.list_staff(_start())


@staff_app.command("disable")
def disable(name: Annotated[str, typer.Argument(help="The account's name, exactly.")]) -> None:
    """Close an account at once and end its sessions; exit 1 when there is none of that name."""
    from bot.commands import staff  # noqa: PLC0415 - as above

    raise typer.Exit(staff.disable(_start(), name))


def _start() -> Settings:
    from bot.wiring.common import prepare  # noqa: PLC0415 - as above

    settings = load_settings()
    prepare(settings, needs_root=False)
    if settings.is_demo:
        typer.echo("DEMO: demo keys, for trying out only. Do not enter anything real.")
    return settings
