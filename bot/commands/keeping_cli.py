"""`frontdoor backup`, `restore` and `what-we-hold`: one thin function per subcommand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.settings import Settings, load_settings


def backup(
    out: Annotated[
        Path, typer.Option("--out", help="Folder (older back-ups in it end by themselves), or a new file.")
    ],
    keep_days: Annotated[int, typer.Option("--keep-days", help="Days until a back-up ends: 1 to 7.")] = 7,
) -> None:
    """備份：加密、簽章、寫完即驗證。 Write an encrypted, signed, verified back-up of what the desk must not lose."""
    from bot.commands.backup_doubts import refuse_no_file  # noqa: PLC0415 - `--help` starts without a database
    from bot.commands.backups import make_backup  # noqa: PLC0415 - as above
    from bot.wiring.common import prepare  # noqa: PLC0415 - as above

    settings = load_settings()
    refuse_no_file(settings)
    prepare(settings, needs_root=False)
    _say_demo(settings)
    make_backup(settings, out, keep_days=keep_days)


def restore(
    file: Annotated[Path, typer.Argument(help="The back-up.")],
    identity: Annotated[
        list[Path], typer.Option("--identity", help="File with the identity that opens back-ups.")
    ],
    ledger: Annotated[
        Path | None, typer.Option("--ledger", help="Newest copy of desk/erased-handoffs, `.head` beside it.")
    ] = None,
    without_ledger: Annotated[bool, typer.Option("--without-ledger", help="There is no copy of it.")] = False,  # noqa: FBT002 - typer turns booleans into flags
    signer: Annotated[
        str, typer.Option("--signer", help="Fingerprint of the desk's signing key, as it stands on paper.")
    ] = "",
    check: Annotated[bool, typer.Option("--check", help="Only say what is in it; change nothing.")] = False,  # noqa: FBT002 - as above
    even_so: Annotated[bool, typer.Option("--even-so", help="Also when it is too old.")] = False,  # noqa: FBT002 - as above
) -> None:
    """還原：只還原到空的資料庫。 Put a back-up into an empty database; nothing that was erased returns."""
    from bot.commands.restoring import Wish, restore_backup  # noqa: PLC0415 - as above

    settings = load_settings()
    _say_demo(settings)
    wish = Wish(identity, ledger, without_ledger, signer, even_so, check)
    restore_backup(settings, file, wish, ask=_ask)


def what_we_hold(
    no_counts: Annotated[bool, typer.Option("--no-counts", help="Only what is published.")] = False,  # noqa: FBT002 - as above
) -> None:
    """我們持有什麼：種類、期限、筆數，沒有任何人的資料。 What we hold: kinds, times, counts, and nothing of anybody."""
    from bot.commands.holding import tell_what_we_hold  # noqa: PLC0415 - as above

    tell_what_we_hold(None if no_counts else load_settings())


def _ask(path: Path) -> str:
    return str(typer.prompt(f"passphrase of {path}", hide_input=True, err=True))


def _say_demo(settings: Settings) -> None:
    if settings.is_demo:
        typer.echo("DEMO: demo keys, for trying out only. Do not enter anything real.")
