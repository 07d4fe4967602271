"""Accounts that nobody uses are closed while the office runs."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.errors import StoreDown
from bot.wiring.accounts import closing_idle_accounts


class Members:
    """Closes accounts; the first time it cannot."""

    def __init__(self) -> None:
        self.asked: list[datetime] = []
        self.twice = asyncio.Event()

    async def disable_idle(self, now: datetime) -> int:
        self.asked.append(now)
        if len(self.asked) == 1:
            raise StoreDown("away")
        self.twice.set()
        return 0


async def test_it_looks_again_after_a_fault_and_ends_with_the_office(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The fault is logged by its name."""
    members: Any = Members()
    async with closing_idle_accounts(members, every=timedelta(milliseconds=1)):
        await members.twice.wait()
    asked = len(members.asked)
    await asyncio.sleep(0.02)
    assert len(members.asked) == asked
    assert "idle_accounts_failed" in caplog.text
    assert all(moment.tzinfo for moment in members.asked)
