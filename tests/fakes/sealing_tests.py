"""Test handoffs in memory, for both sides."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from bot.errors import StoreDown
from bot.ports import FoundTests, SealingTest


@dataclass
class MemorySealingTests:
    """
    `NewSealingTests` and `SealingTestStore` over one list. `fault`: what the database says instead.

    `unreadable`: what reading its rows makes of it.
    """

    rows: dict[tuple[datetime, str], SealingTest] = field(default_factory=dict)
    fault: Exception | None = None
    unreadable: Exception | None = None
    asked: int = 0

    async def add(self, test: SealingTest) -> bool:
        self._answer()
        return self.rows.setdefault((test.hour, test.sealed.signer), test) is test

    async def find_newest(self, signers: Collection[str], *, since: datetime, until: datetime) -> FoundTests:
        self._answer(self.unreadable)
        rows = sorted((one for one in self.rows.values() if one.hour <= until), key=lambda one: one.hour)
        newest = {one.sealed.signer: one for one in rows if one.sealed.signer in signers}
        strange = [one.hour for one in rows if one.sealed.signer not in signers and one.hour >= since]
        return FoundTests(tuple(newest.values()), max(strange, default=None))

    async def drop(self, *, before: datetime, after: datetime) -> int:
        self._answer()
        newest = max((hour for hour, _ in self.rows if hour <= after), default=None)
        gone = [one for one in self.rows if one[0] > after or (one[0] < before and one[0] != newest)]
        for one in gone:
            del self.rows[one]
        return len(gone)

    def put(self, test: SealingTest) -> None:
        """Put in what somebody forged, whatever else is there."""
        self.rows[test.hour, test.sealed.signer] = test

    def take_down(self) -> None:
        self.fault = StoreDown("gone")

    def _answer(self, fault: Exception | None = None) -> None:
        self.asked += 1
        if self.fault or fault:
            raise self.fault or fault  # type: ignore[misc]  # one of them is there
