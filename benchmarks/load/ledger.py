"""
What was sent, and what became of it. An answer that is missing, or that came twice, is found here.

Moments are seconds of CLOCK_MONOTONIC, which all processes of one machine share.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

#: Whoever waits longer for an answer was not answered: a reply token lives a minute.
PATIENCE_S = 60.0


@dataclass(slots=True)
class Entry:
    """One event: since when somebody waits, when the webhook was answered, when the answer arrived."""

    since: float
    arrived: asyncio.Future[bytes | None]
    counts: bool = True
    answered_at: float = 0.0
    arrived_at: float = 0.0
    refused: int = 0


@dataclass(slots=True)
class Ledger:
    """
    Every event by the key of its answer.

    `lost`: taken with a 2xx and never answered; `untaken`: never taken, however often it was sent. `refused` and
    `broken`: webhooks that the platform had to send again. `again`: replies that were tried
    again although the first try had arrived; LINE shows nothing of them.
    """

    open: dict[str, Entry] = field(default_factory=dict)
    done: list[Entry] = field(default_factory=list)
    keys_done: set[str] = field(default_factory=set)
    #: Of those that nobody waits for any more: counted already, so an answer that comes all the same is no fault of its own.
    keys_left: set[str] = field(default_factory=set)
    lost: int = 0
    untaken: int = 0
    doubled: int = 0
    strange: int = 0
    refused: int = 0
    broken: int = 0
    again: int = 0

    def expect(self, key: str, since: float, *, counts: bool = True) -> Entry:
        """Wait for an answer."""
        entry = Entry(since, asyncio.get_running_loop().create_future(), counts)
        self.open[key] = entry
        self.keys_done.discard(key)  # of a chat whose keys come again
        self.keys_left.discard(key)
        return entry

    def arrive(self, key: str, moment: float, buttons: bytes) -> None:
        """Note an answer."""
        entry = self.open.pop(key, None)
        if entry is None:
            self.doubled += key in self.keys_done
            self.strange += key not in self.keys_done and key not in self.keys_left
            self.keys_left.discard(key)  # the next one is too many
            return
        entry.arrived_at = moment
        self.keys_done.add(key)
        entry.arrived.set_result(buttons)

    def give_up(self, *, older_than: float) -> None:
        """Count as lost what nobody answered."""
        for key, entry in list(self.open.items()):
            if entry.since < older_than:
                del self.open[key]
                self.keys_left.add(key)
                self.lost += entry.counts and entry.answered_at > 0
                self.untaken += entry.counts and not entry.answered_at
                entry.arrived.set_result(None)

    async def watch(self) -> None:
        """Give up in time, until cancelled."""
        while True:
            await asyncio.sleep(1)
            self.give_up(older_than=time.monotonic() - PATIENCE_S)

    def within(self, begin: float, end: float) -> list[Entry]:
        """List what counts and arrived within a window."""
        return [one for one in self.done if one.counts and begin <= one.arrived_at < end]


def summarise(values_ms: Sequence[float]) -> dict[str, float]:
    """Say the 50th, 95th and 99th percentile and the largest (nearest rank), in ms. Empty: nothing was measured."""
    if not values_ms:
        return {}
    ranked = sorted(values_ms)
    at = {f"p{rank}": ranked[min(len(ranked) - 1, len(ranked) * rank // 100)] for rank in (50, 95, 99)}
    return {name: round(value, 3) for name, value in {**at, "max": ranked[-1]}.items()}
