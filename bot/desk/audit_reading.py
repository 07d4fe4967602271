"""
Reading the audit log: what an auditor looks for, page by page, and that they looked.

The log is shown as it lies there. Whether it was changed only the check says.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from bot.core.taipei import TAIPEI
from bot.desk.acts import ACTS
from bot.ports import Audit, AuditEntry, AuditStore, AuditWanted

PAGE: Final = 100
#: Looking through the pages of a log is one reading.
_READING: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_BATCH: Final = 1000
_ID_LETTERS: Final = frozenset("0123456789abcdef-")
_ID_LENGTH: Final = 36
#: Of days that a log could have.
_YEARS: Final = range(2000, 3000)


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody typed to look for. What is empty does not count; `day` is one in Taiwan, `about` how an id begins."""

    act: str = ""
    actor: str = ""
    about: str = ""
    day: str = ""

    def read(self) -> AuditWanted | None:
        """Return what is wanted. None: there can be no such line."""
        is_known = not self.act or self.act in ACTS
        about = self.about.strip().lower()
        is_ours = set(about) <= _ID_LETTERS and len(about) <= _ID_LENGTH
        if not is_known or not is_ours or len(self.actor) > _ID_LENGTH or not self.actor.isprintable():
            return None
        wanted = AuditWanted(act=self.act, actor=self.actor, subject=about)
        if not self.day:
            return wanted
        start = _read_day(self.day)
        return replace(wanted, since=start, until=start + _DAY) if start else None


@dataclass(frozen=True, slots=True)
class Lines:
    """One page of lines, newest first. `older`: below which number the next page begins; None: there is none."""

    entries: Sequence[AuditEntry]
    older: int | None


class AuditReading:
    """What the pages of the log ask for. Whoever reads is noted first."""

    def __init__(self, log: AuditStore, audit: Audit) -> None:
        self._log = log
        self._audit = audit

    async def note(self, account_id: str, now: datetime) -> None:
        """Note that an account reads the log, once an hour. AuditDown: show nothing."""
        mine = AuditWanted(act="audit_read", actor=account_id, since=now - _READING)
        if not await self._log.read_last(limit=1, wanted=mine):
            await self._audit.write("audit_read", actor=account_id)

    async def list_lines(self, sought: Sought, *, before: int | None = None) -> Lines:
        """Return a page of what is sought."""
        wanted = sought.read()
        if wanted is None:
            return Lines((), None)
        found = await self._log.read_last(before=before, limit=PAGE + 1, wanted=wanted)
        shown = found[:PAGE]
        return Lines(shown, shown[-1].number if len(found) > PAGE else None)

    async def copy(self, sought: Sought, account_id: str) -> AsyncIterator[Sequence[AuditEntry]]:
        """Note that an account takes a copy, then return what is sought, newest first. AuditDown: there is no copy."""
        await self._audit.write("audit_exported", actor=account_id)
        return self._page(sought.read())

    async def _page(self, wanted: AuditWanted | None) -> AsyncIterator[Sequence[AuditEntry]]:
        before: int | None = None
        while wanted and (found := await self._log.read_last(before=before, limit=_BATCH, wanted=wanted)):
            yield found
            before = found[-1].number


def read_detail(text: str) -> Mapping[str, Any]:
    """Read the detail of a line; what is not as we write it says nothing."""
    try:
        detail = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return detail if isinstance(detail, dict) else {}


def _read_day(day: str) -> datetime | None:
    """Return when a day in Taiwan begins; None: it is none that a log could have."""
    try:
        read = date.fromisoformat(day)
    except ValueError:
        return None
    if read.year not in _YEARS:
        return None
    return datetime.combine(read, time(), TAIPEI).astimezone(UTC)
