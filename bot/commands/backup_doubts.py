"""
When `frontdoor backup` must not do what it does every five minutes: then it writes nothing, or removes nothing.

Back-ups end by their names and by this host's clock. A clock that jumped would end all of them at once; and where the database was
lost, empty ones would be written until the last good one has ended. Source: SECURITY R18, R20.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from pathlib import Path

from bot.desk.audit import is_cut
from bot.desk.audit_chain import Head
from bot.desk.backups import list_backups, read_signer
from bot.desk.clock_mark import LONGEST, MARK, ClockMark
from bot.errors import ConfigError, StoreDown
from bot.keys import read_signers
from bot.settings import Settings
from bot.store.dump import Dump
from bot.wiring.checks.backups import AHEAD
from bot.wiring.checks.host import find_unset


class DatabaseLost(ConfigError):
    """The database holds less than is known to have been in it: what lies in the folder may be all that is left."""


def refuse_no_file(settings: Settings) -> None:
    """ConfigError when production's SQLite file is not there. Call it before anything could make an empty one in its place."""
    path = settings.sqlite_path
    if path and not settings.is_demo and not path.is_file():
        raise ConfigError(
            f"backup: {path}: no such database; nothing was written, nothing removed. Look at FRONTDOOR_DATABASE_URL and "
            "FRONTDOOR_DATA_DIR; if the file is lost, restore (docs/runbooks.md)"
        )


def refuse_unset_clock(now: datetime) -> None:
    """ConfigError by the clock by which no program starts."""
    if found := find_unset(now):
        raise ConfigError(f"backup: {found.line}")


def refuse_strangers(settings: Settings, folder: Path) -> None:
    """ConfigError when a demo would write, and remove, among back-ups of somebody else."""
    if not settings.is_demo:
        return
    ours = find_desk_signers(settings.data_dir)
    for _, path in list_backups(folder):
        signer = read_signer(path)
        if signer and signer not in ours:
            raise ConfigError(
                f"{path}: signed by another desk, and this is a demo; nothing was written, nothing removed. Give the settings of "
                "`office` (docs/runbooks.md), or name another folder"
            )


def find_desk_signers(data_dir: Path) -> set[str]:
    """Return the fingerprints of the desk's signing keys, of now and before. The public side's signs no back-up."""
    return {
        one.fingerprint
        for one in read_signers(data_dir)
        if one.name == "desk" or one.name.startswith("desk-")
    }


def refuse_lost(dump: Dump, known: Head | None) -> None:
    """
    DatabaseLost when the audit log in a dump ends before its anchor, which must have been read before the dump.

    Without an anchor nothing is known to be missing, and a copy is needed more than ever.
    """
    if known and is_cut(_find_last(dump), known):
        raise DatabaseLost(
            "backup: the database holds less than the audit log's anchor knows; nothing was written, nothing removed. Look whether "
            "FRONTDOOR_DATABASE_URL is the right one; if the database is lost, restore (docs/runbooks.md); after a restore "
            "`frontdoor audit accept`"
        )


def _find_last(dump: Dump) -> Head | None:
    table = dump.find("audit_entry")
    if not table or not table.rows:
        return None
    number, line_hash = (table.columns.index(name) for name in ("number", "hash"))
    last = max(table.rows, key=lambda row: int(row[number]))
    return Head(last[number], last[line_hash], b"", "")


def find_doubt(settings: Settings, folder: Path, now: datetime, *, wrote: Path | None) -> str:
    """
    Say why nothing may be removed by this clock, and what then; empty: it is believed. `wrote`: what this run made.

    Where the desk leaves no mark, a gap anywhere among the names counts: after a jump the second run would find that of the first.
    """
    mark = settings.data_dir / MARK
    try:
        last = ClockMark(mark).find_doubt(now)
    except StoreDown as fault:
        return f"{fault}; look at {mark}"
    if last:
        return (
            f"the desk last looked on {last:%Y-%m-%d}, and the clock says {now:%Y-%m-%d}; look at the clock; if it is right, "
            "`frontdoor handoffs erase-due --even-so`"
        )
    return _compare_names(folder, now, wrote=wrote, anywhere=not mark.exists())


def _compare_names(folder: Path, now: datetime, *, wrote: Path | None, anywhere: bool) -> str:
    others = [(made_at, path) for made_at, path in list_backups(folder) if path != wrote]
    if others and others[-1][0] > now + AHEAD:
        return f"{others[-1][1]} is from the future; look at the clock; if it is right, take that file out of the folder"
    steps = list(pairwise([*(made_at for made_at, _ in others), now]))
    for before, after in steps if anywhere else steps[-1:]:
        if after - before > LONGEST:
            return (
                f"there is no back-up between {before:%Y-%m-%d} and {after:%Y-%m-%d}; look at the clock; if it is right, "
                "`frontdoor handoffs erase-due`, and the next run removes what is over"
            )
    return ""
