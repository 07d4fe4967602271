"""
Lines of the audit log about what only takes something away: it is done first, and noted right after.

A log that is down must keep nobody in. A line that cannot be written waits in memory, is an incident meanwhile, and is
written before the next one. What gives anything goes through `ports.Audit` alone, before it is done. Source: SECURITY T7.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.errors import AuditDown
from bot.log import log_incident
from bot.ports import Audit, Clock

_log = logging.getLogger(__name__)
#: More than everybody can be put out in a day: whatever fills it must not eat the memory.
MOST: Final = 10_000
#: The largest count that a line takes.
_MOST_MINUTES = 999_999


@dataclass(frozen=True, slots=True)
class _Line:
    """What is to be written, and when it was done."""

    act: str
    actor: str
    subject: str
    detail: Mapping[str, str | int]
    at: datetime


class LateLines:
    """The lines that one program owes its log, oldest first. What it still owes when it ends is lost, and `count` says so."""

    def __init__(self, audit: Audit, clock: Clock, *, most: int = MOST) -> None:
        self._audit = audit
        self._clock = clock
        self._most = most
        self._waiting: deque[_Line] = deque()
        self._alone = asyncio.Lock()

    @property
    def count(self) -> int:
        """How many lines wait."""
        return len(self._waiting)

    async def note(
        self, act: str, *, actor: str, subject: str = "", detail: Mapping[str, str | int] | None = None
    ) -> None:
        """Note what was done just now. It raises nothing when the log is down: the line waits, or is lost if too many do."""
        line = _Line(act, actor, subject, dict(detail or {}), self._clock())
        if len(self._waiting) < self._most:
            self._waiting.append(line)
        try:
            await self.write_waiting()
        except AuditDown as fault:
            log_incident(_log, "the audit log could not be written", fault, channel="office")

    async def write_waiting(self) -> None:
        """
        Write what waits. AuditDown: the rest is tried at the next call.

        Such a line has the time at which it is written; `late` says how many minutes after the deed.
        """
        async with self._alone:
            while self._waiting:
                line = self._waiting.popleft()
                try:
                    await self._write(line)
                except (AuditDown, asyncio.CancelledError):
                    self._waiting.appendleft(line)
                    raise

    async def _write(self, line: _Line) -> None:
        late = (self._clock() - line.at) // timedelta(minutes=1)
        detail = {**line.detail, "late": min(late, _MOST_MINUTES)} if late > 0 else line.detail
        await self._audit.write(line.act, actor=line.actor, subject=line.subject, detail=detail)
