"""
What `frontdoor audit` does: check the log, copy it, keep its head elsewhere, and what only the host's people may do to it.

It prints numbers, hashes and what was found, and no line of the log.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from pathlib import Path
from typing import Final, TypeVar

import typer

from bot.core.taipei import TAIPEI
from bot.desk.acts import COMMAND
from bot.desk.audit import AuditLog
from bot.desk.audit_anchor import give_to_owner
from bot.desk.audit_chain import Head, Proofs, Verdict, verify, write_head
from bot.desk.audit_check import AuditCheck, read_beginning, read_copy, write_beginning, write_copy
from bot.errors import ConfigError
from bot.keys.files import remove, replace
from bot.ports import AuditEntry, AuditStore
from bot.settings import Settings
from bot.store.audit_trim import trim_audit
from bot.store.office import OfficeStore
from bot.wiring.auditing import (
    CHECKPOINTS,
    open_audit_check,
    open_audit_log,
    read_anchor_file,
    read_audit_signers,
    read_checkpoints,
)
from bot.wiring.common import utc_now

_T = TypeVar("_T")
_PAGE: Final = 1000
_OWNER_ONLY: Final = 0o600
#: Six months and a day at their longest. Source: SECURITY §6, audit.
SHORTEST: Final = timedelta(days=185)
_YEARS_KEPT: Final = 5
_SAID: Final = {
    "missing": "lines are missing right before it",
    "out_of_place": "it was put in or moved",
    "changed": "it is not what was written",
    "unlinked": "it does not follow the line before it",
    "unknown_signer": "its signer is none of the desk's; an old public half may be missing in signers.d",
    "bad_signature": "its signature is not right",
    "wrong_start": "the log begins there, and no checkpoint says that it may",
    "cut": "it is missing, and so is what followed; after a restore see `frontdoor audit accept`",
    "replaced": "it is another than the one that was anchored",
    "bad_anchor": "the anchor cannot be read, or the desk did not sign it",
    "no_anchor": "the anchor is gone, so nobody can say whether lines at the end are missing",
}


@dataclass(frozen=True, slots=True)
class _Log:
    """The log of a database, with what writes and what checks it."""

    store: AuditStore
    check: AuditCheck
    open: Callable[[], AuditLog]


def verify_log(settings: Settings, anchors: Sequence[Path], copy: Path | None) -> int:
    """Check the log, or a copy of it; 1 when something is wrong."""
    heads = [head for path in anchors for head in read_anchor_file(path)]
    if copy is not None:
        return _tell(_verify_copy(settings, heads, copy), is_copy=True)
    return _tell(_with_log(settings, lambda log: log.check.run(heads)))


def print_anchor(settings: Settings) -> int:
    """Check the log and print its head, one line; 1 when something is wrong, or nothing is there."""
    verdict = _with_log(settings, lambda log: log.check.run())
    if not verdict.is_sound:
        return _tell(verdict)
    if verdict.head is None:
        typer.echo("there are no lines yet, so there is nothing to keep", err=True)
        return 1
    typer.echo(write_head(verdict.head))
    return 0


def export_log(settings: Settings, out: Path) -> None:
    """Write a copy that can be checked anywhere; that it was taken is in it. ConfigError: the file is there."""
    count = _with_log(settings, lambda log: _export(settings, log, out))
    typer.echo(f"{out}: {count} lines; check it with `frontdoor audit verify --file {out}`")


def trim_log(settings: Settings, before: date | None) -> int:
    """Take out lines of before a day, five years ago if none is named; 1 when the log is not sound."""
    now = utc_now()
    start = _begin(before or _years_before(now.astimezone(TAIPEI).date(), _YEARS_KEPT))
    if start > now - SHORTEST:
        raise ConfigError("audit trim: the log is kept for half a year at least; name an earlier day")

    async def prepare(log: _Log) -> Verdict | AuditEntry | None:
        verdict = await log.check.run()
        if not verdict.is_sound:
            return verdict
        return await _find_last_before(log.store, start)

    found = _with_log(settings, prepare)
    if isinstance(found, Verdict):
        typer.echo("nothing was taken out: what is wrong with the log must be looked at first", err=True)
        return _tell(found)
    if found is None:
        typer.echo("nothing is that old; nothing was taken out")
        return 0
    _with_log(settings, lambda log: _announce(settings, log, found))
    gone = trim_audit(settings.database, found.number)
    typer.echo(f"{gone} lines were taken out, up to number {found.number}; the log may begin after it now")
    return 0


def accept_loss(settings: Settings, *, even_so: bool) -> None:
    """Go on after lines were lost. ConfigError: there is not one line, so this may be another database."""
    if not even_so and not _with_log(settings, lambda log: log.store.read_last(limit=1)):
        raise ConfigError(
            "this database holds no line of the audit log: look whether FRONTDOOR_DATABASE_URL is the right one. "
            "If all lines are truly lost: frontdoor audit accept --even-so"
        )
    lost = _with_log(settings, lambda log: log.open().accept_loss())
    if lost is None:
        typer.echo("nothing is missing at the end; nothing was written")
        return
    said = f"number {lost.known}" if lost.known else "a number that nobody knows"
    typer.echo(f"the log went up to {said} and is kept up to {lost.kept}; that it was accepted is in it now")
    typer.echo("next: keep a new anchor elsewhere, and write down why lines were lost.")


async def _announce(settings: Settings, log: _Log, last: AuditEntry) -> None:
    """Write into the log what will be taken out, then the checkpoint: whoever dies after that has lost nothing."""
    audit = log.open()
    await audit.write("audit_trimmed", actor=COMMAND, detail={"through": last.number})
    known = read_checkpoints(settings.data_dir)
    heads = [*known, audit.sign_checkpoint(last)]
    text = "".join(f"{write_head(head)}\n" for head in heads)
    path = settings.data_dir / CHECKPOINTS
    replace(path, text.encode("ascii"), _OWNER_ONLY)
    give_to_owner(path, path.parent)


async def _find_last_before(store: AuditStore, start: datetime) -> AuditEntry | None:
    """Find the last line of those that are all older; a clock that was wrong keeps the lines after it."""
    found: AuditEntry | None = None
    async for entry in _read_all(store):
        if entry.at >= start:
            return found
        found = entry
    return found


async def _export(settings: Settings, log: _Log, out: Path) -> int:
    await log.open().write("audit_exported", actor=COMMAND)
    count = 0
    try:
        file = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except FileExistsError:
        raise ConfigError(f"{out}: is there already; name a new file") from None
    try:
        with os.fdopen(file, "w", encoding="ascii") as text:
            for head in read_checkpoints(settings.data_dir):
                text.write(f"{write_beginning(head)}\n")
            async for entry in _read_all(log.store):
                text.write(f"{write_copy(entry)}\n")
                count += 1
            text.flush()
            os.fsync(text.fileno())
    except BaseException:
        remove(out)  # half a copy would look like a cut
        raise
    return count


async def _read_all(store: AuditStore) -> AsyncIterator[AuditEntry]:
    after = 0
    while page := await store.read(after=after, limit=_PAGE):
        for entry in page:
            yield entry
        after = page[-1].number


def _verify_copy(settings: Settings, anchors: Sequence[Head], copy: Path) -> Verdict:
    with copy.open(encoding="utf-8", errors="replace") as lines:
        checkpoints, first = [], ""
        for line in lines:
            head = read_beginning(line.rstrip("\n"))
            if head is None:
                first = line
                break
            checkpoints.append(head)
        proofs = Proofs(read_audit_signers(settings.data_dir), anchors, checkpoints)
        return verify(read_copy(chain([first], lines)), proofs)


def _tell(verdict: Verdict, *, is_copy: bool = False) -> int:
    """Say what was found; returns the exit status."""
    last = verdict.head.number if verdict.head else 0
    if not verdict.is_sound:
        typer.echo(f"NOT SOUND: {verdict.lines} lines are right; then number {verdict.number}:", err=True)
        typer.echo(f"  {_SAID[str(verdict.fault)]}", err=True)
        typer.echo("keep the database and its backups as they are, and compare them with a copy.", err=True)
        return 1
    typer.echo(f"sound: {verdict.lines} lines, up to number {last}")
    if is_copy and verdict.anchored < last:
        typer.echo(
            f"no anchor proves more than number {verdict.anchored}: lines after the last could be missing"
        )
    return 0


def _with_log(settings: Settings, work: Callable[[_Log], Awaitable[_T]]) -> _T:
    async def run() -> _T:
        async with _opening(settings) as log:
            return await work(log)

    return asyncio.run(run())


@asynccontextmanager
async def _opening(settings: Settings) -> AsyncIterator[_Log]:
    store, folder = OfficeStore(settings.database, utc_now), settings.data_dir
    try:
        yield _Log(
            store.audit,
            open_audit_check(folder, store.audit),
            lambda: open_audit_log(folder, store.audit, utc_now),
        )
    finally:
        await store.close()


def _begin(day: date) -> datetime:
    """Return when a day in Taiwan begins."""
    return datetime.combine(day, time(), TAIPEI).astimezone(UTC)


def _years_before(day: date, years: int) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - years, day=28 if is_leap_day else day.day)
