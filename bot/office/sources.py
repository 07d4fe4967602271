"""
Tries to sign in, counted per source address in memory.

An address is held here for minutes and never written anywhere.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.source import name_source


@dataclass(slots=True)
class _Tries:
    """Tries since the first of them; `locked_until` once they were too many."""

    since: datetime
    count: int = 0
    locked_until: datetime | None = None


class Sources:
    """
    Refuses a source after `limit` wrong tries within `lock_for`, for as long again.

    Holds at most `max_sources`; beyond that the one that tried longest ago is forgotten, which the
    lock of the account makes bearable.
    """

    def __init__(self, limit: int, lock_for: timedelta, *, max_sources: int = 10_000) -> None:
        self._limit = limit
        self._lock_for = lock_for
        self._max_sources = max_sources
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def claim(self, address: str, now: datetime) -> bool:
        """Count a try as failed before it is looked at. False: locked, do not look."""
        source = name_source(address)
        tries = self._fresh(source, now)
        if tries.locked_until is not None:
            return False
        tries.count += 1
        if tries.count >= self._limit:
            tries.locked_until = now + self._lock_for
        return True

    def forgive(self, address: str) -> None:
        """
        Take one try back: it was right.

        Only its own, so that somebody with an account cannot guess at others' between sign-ins.
        """
        tries = self._tries.get(name_source(address))
        if tries is not None:
            tries.count -= 1
            tries.locked_until = None

    def _fresh(self, source: str, now: datetime) -> _Tries:
        tries = self._tries.pop(source, None)
        if tries is None or now >= (tries.locked_until or tries.since + self._lock_for):
            tries = _Tries(since=now)
        self._tries[source] = tries
        if len(self._tries) > self._max_sources:
            self._tries.popitem(last=False)
        return tries
