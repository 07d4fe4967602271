"""Test handoffs in memory, for both sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.errors import StoreDown
from bot.ports import SealingTest


@dataclass
class MemorySealingTests:
    """`NewSealingTests` and `SealingTestStore` over one list. `fault`: what the database says instead."""

    rows: dict[datetime, SealingTest] = field(default_factory=dict)
    fault: Exception | None = None
    asked: int = 0

    async def add(self, test: SealingTest) -> bool:
        self._answer()
        return self.rows.setdefault(test.hour, test) is test

    async def find_newest(self, until: datetime) -> SealingTest | None:
        self._answer()
        return max(
            (one for one in self.rows.values() if one.hour <= until), key=lambda one: one.hour, default=None
        )

    async def drop(self, *, before: datetime, after: datetime) -> int:
        self._answer()
        newest = max((hour for hour in self.rows if hour <= after), default=None)
        gone = [hour for hour in self.rows if hour > after or (hour < before and hour != newest)]
        for hour in gone:
            del self.rows[hour]
        return len(gone)

    def take_down(self) -> None:
        self.fault = StoreDown("gone")

    def _answer(self) -> None:
        self.asked += 1
        if self.fault:
            raise self.fault
