"""
Whether every handoff that this office has seen is still there, unless it was erased as the ledger says.

A row that is edited or swapped does not open (`opening.py`); one that is taken away whole leaves nothing to look at, in the database.
So the office remembers ids, in memory: what it never saw, and what it saw before its last start, it does not miss. Source: SECURITY T11.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bot.errors import BotError
from bot.log import log_incident
from bot.ports import DeskStore

_log = logging.getLogger(__name__)


class Vanished(BotError):
    """A handoff is gone that nobody erased."""


@dataclass(slots=True)
class Presence:
    """Remembers handoffs and misses them. `read_ledger` returns the ids of those that were erased."""

    handoffs: DeskStore
    read_ledger: Callable[[], Iterable[str]]
    _known: set[str] = field(default_factory=set)

    async def look(self) -> int:
        """
        Look once; returns how many are gone that nobody erased, each told once in the log. StoreDown, LedgerBroken.

        What is erased stands in the ledger first, so the ledger is read last.
        """
        unopened = {row.id for row in await self.handoffs.list_unopened()}
        elsewhere = sorted(self._known - unopened)
        left = {row.id for row in await self.handoffs.list_left(elsewhere)} if elsewhere else set()
        self._known |= unopened
        gone = set(elsewhere) - left
        vanished = gone - set(await asyncio.to_thread(self.read_ledger)) if gone else gone
        self._known -= gone
        for _ in vanished:
            log_incident(_log, "handoff_vanished", Vanished("a handoff is gone that nobody erased"))
        return len(vanished)
