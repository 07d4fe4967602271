"""
What `frontdoor backup` does: one encrypted, signed, verified file of what the desk must not lose; older ones end after seven days.

The key store, conversations, letters and every private key are never in it: docs/adr/0034-what-a-backup-holds.md.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import typer

from bot import __version__
from bot.commands.backup_doubts import (
    DatabaseLost,
    find_doubt,
    refuse_lost,
    refuse_strangers,
    refuse_unset_clock,
)
from bot.desk.audit_anchor import Anchor
from bot.desk.backups import MOST_DAYS, Content, name_backup, prune, seal_backup
from bot.desk.clock_mark import MARK
from bot.errors import AuditDown, ConfigError, Unreadable
from bot.keys import RECIPIENTS, SIGNERS, read_sign_key
from bot.keys.backup_keys import BACKUP_KEYS, fill_demo_backup_key, name_key, read_backup_keys
from bot.keys.files import SECRET_MODE, offer, remove, replace
from bot.settings import Settings
from bot.store.dump import read_dump
from bot.wiring.auditing import ANCHOR, CHECKPOINTS
from bot.wiring.checks.backups import STAMP
from bot.wiring.common import utc_now
from bot.wiring.desk import open_ledger

#: Public halves, where the audit log had come to and when was last looked what is due; never a private key, a setting or a file of a vault.
_FOLDERS: Final = (RECIPIENTS, SIGNERS, BACKUP_KEYS)
_SUFFIXES: Final = frozenset({".pub", ".pending", ".revoked"})


def make_backup(settings: Settings, out: Path, *, keep_days: int) -> Path:
    """
    Write a back-up into a folder, or as a new file; returns where it is.

    ConfigError: no back-up key, no signing key of the desk, a file that is there, or more than seven days were asked for. Nothing
    was removed either: the clock was never set, the folder is another desk's, the database was lost (DatabaseLost).
    """
    if not 1 <= keep_days <= MOST_DAYS:
        raise ConfigError(
            f"backup --keep-days: 1 to {MOST_DAYS}; people were told that back-ups end after {MOST_DAYS} days"
        )
    now = utc_now()
    refuse_unset_clock(now)
    folder = out if _is_folder(out) else None
    if folder:
        refuse_strangers(settings, folder)
    path = None
    try:
        path = _write(settings, out, now)
    except (DatabaseLost, AuditDown):  # or nobody can say whether it was
        folder = None
        raise
    finally:
        if folder:  # also when nothing could be written: what was promised ends in time
            _tell_pruned(settings, folder, keep_days, wrote=path)
    _stamp(settings, path, now)
    if folder is None:
        ends = (utc_now() + timedelta(days=MOST_DAYS)).date()
        typer.echo(
            f"這個檔案請在 {ends} 以前刪除。 Remove this file before {ends}: nothing does it by itself."
        )
    return path


def _write(settings: Settings, out: Path, now: datetime) -> Path:
    if settings.is_demo:
        fill_demo_backup_key(settings.data_dir)
    keys = read_backup_keys(settings.data_dir, demo=settings.is_demo)
    sign_key = read_sign_key(settings.data_dir, "desk")
    content = gather(settings, now)
    try:
        raw = seal_backup(content, [one.key for one in keys], sign_key)
    except Unreadable as fault:
        raise ConfigError(f"backup: {fault}; nothing was written, run it again") from None
    path = _place(raw, out, content.made_at)
    counts = ", ".join(f"{name} {count}" for name, count in content.count().items() if count)
    typer.echo(f"{path}: {len(raw)} bytes, verified; {counts or 'no rows'}")
    typer.echo(f"opens with: {', '.join(f'{one.name} ({name_key(one)})' for one in keys)}")
    return path


def gather(settings: Settings, now: datetime) -> Content:
    """
    Read what a back-up holds: the anchor before the log, so that it is never ahead of it; the ledger after the handoffs.

    DatabaseLost: it is ahead all the same.
    """
    known = Anchor(settings.data_dir / ANCHOR).read()
    files = _read_files(settings.data_dir)
    dump = read_dump(settings.database)
    refuse_lost(dump, known)
    return Content(
        made_at=now.replace(microsecond=0),
        release=__version__,
        schema=dump.schema,
        demo=settings.is_demo,
        tables={one.name: (one.columns, one.rows) for one in dump.tables},
        files=files,
        erased=open_ledger(settings).list_ids(),
    )


def _read_files(data_dir: Path) -> Mapping[str, bytes]:
    found = [data_dir / ANCHOR, data_dir / CHECKPOINTS, data_dir / MARK]
    for folder in _FOLDERS:
        found += sorted((data_dir / folder).glob("[!.]*"))
    return {
        str(path.relative_to(data_dir)): path.read_bytes()
        for path in found
        if path.is_file() and (path.suffix in _SUFFIXES or path.parent.name == "desk")
    }


def _place(raw: bytes, out: Path, made_at: datetime) -> Path:
    path = out / name_backup(made_at) if _is_folder(out) else out
    number = 1
    while not offer(path, raw):
        if not _is_folder(out):
            raise ConfigError(f"{path}: is there already; a back-up is written over nothing")
        number += 1
        path = out / name_backup(made_at).replace(".backup", f"-{number}.backup")
    if path.read_bytes() != raw:
        remove(path)
        raise ConfigError(f"{path}: was not read back as it was written; look at the disk, nothing was kept")
    return path


def _is_folder(out: Path) -> bool:
    """A name without an ending is a folder: it is made."""
    return out.is_dir() or (not out.suffix and not out.is_file()) or str(out).endswith(os.sep)


def _stamp(settings: Settings, path: Path, now: datetime) -> None:
    """Note for the doctor when the last one was made. ConfigError: it could not be noted, and there is a sound one all the same."""
    stamp = settings.data_dir / STAMP
    try:
        replace(stamp, f"{now.replace(microsecond=0).isoformat()}\n".encode(), SECRET_MODE)
    except OSError as fault:
        raise ConfigError(
            f"backup: written: {path}; the stamp could not be: {stamp} ({fault.strerror or type(fault).__name__}). "
            "Make room in the data directory; until then `frontdoor doctor` takes the last one for older than it is"
        ) from None


def _tell_pruned(settings: Settings, folder: Path, days: int, *, wrote: Path | None) -> None:
    """Remove what is over, unless the clock may be wrong; without a new one the newest stays whatever its age."""
    now = utc_now()
    if doubt := find_doubt(settings, folder, now, wrote=wrote):
        typer.echo(f"沒有刪除任何舊備份。 No older back-up was removed: {doubt}", err=True)
        return
    gone = prune(folder, now, days=days, spares_newest=wrote is None)
    if gone:
        typer.echo(f"{len(gone)} older back-ups ended")
