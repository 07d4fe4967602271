"""
Counting on the public side: added up in memory, and written down now and then.

It is told of what was committed, never asked, and nobody waits for it. Whatever goes wrong here, a turn goes
on. Who dies between two writings takes at most that time's counts along; what was handed to the database is
never handed to it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter as Bag
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date

from bot.core.taipei import TAIPEI
from bot.core.tally import Counter, Happening, Key
from bot.log import log_incident
from bot.ports import TallyStore

_log = logging.getLogger(__name__)
#: How long counts wait in memory, and how much a program that is killed can lose.
FLUSH_EVERY_S = 30.0
#: The last writing may take this long; a stop does not wait longer for figures.
_LAST_S = 5.0


class Tallies:
    """The counts that are not written down yet, by day in Taiwan."""

    def __init__(self, store: TallyStore, counter: Counter, *, every_s: float = FLUSH_EVERY_S) -> None:
        self._store = store
        self._counter = counter
        self._every_s = every_s
        self._waiting: dict[date, Bag[Key]] = {}
        self._stop = asyncio.Event()

    def count(self, what: Happening) -> None:
        """Count what happened. Never waits, never raises."""
        try:
            met = self._counter.count(what)
            if met:
                self._waiting.setdefault(what.at.astimezone(TAIPEI).date(), Bag()).update(met)
        except Exception as fault:  # noqa: BLE001 - the edge: no figure is worth a turn
            log_incident(_log, "count_failed", fault)

    async def flush(self) -> None:
        """Write down what waits. What the database surely did not take waits for the next time."""
        waiting, self._waiting = self._waiting, {}
        for day, counts in waiting.items():
            try:
                await self._store.add(day, counts)
            except Exception as fault:  # noqa: BLE001 - as above: the store says so before anything was added
                log_incident(_log, "counts_not_written", fault)
                self._waiting.setdefault(day, Bag()).update(counts)

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Write down while this is open, and once more at its end."""
        self._stop.clear()
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._stop.set()
            await asyncio.wait({task}, timeout=_LAST_S)
            task.cancel()

    async def _run(self) -> None:
        is_last = False
        while not is_last:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every_s):
                    await self._stop.wait()
            is_last = self._stop.is_set()  # before the writing: what is counted during it has another one
            await self.flush()
