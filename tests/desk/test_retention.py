"""Handoffs are erased when their time is over, as long as the office runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from bot.errors import StoreDown
from bot.wiring import retention
from bot.wiring.desk import Desk


class Store:
    """Erases what it is told, and counts."""

    def __init__(self) -> None:
        self.looked = 0
        self.seen = asyncio.Event()

    async def erase_due(self, now: datetime) -> Sequence[str]:
        assert now.tzinfo is not None
        self.looked += 1
        if self.looked == 2:
            self.seen.set()
        return ()


class Ledger:
    """Is replayed before anything else is erased."""

    def __init__(self, *, broken: bool = False) -> None:
        self.replayed = 0
        self.broken = broken

    async def replay(self, _store: object) -> Sequence[str]:
        if self.broken:
            raise StoreDown("the erasure ledger cannot be read")
        self.replayed += 1
        return ()


def _desk(store: Store, ledger: Ledger) -> Desk:
    return Desk(store, ledger)  # type: ignore[arg-type]  # the two methods that are asked for


async def test_the_ledger_comes_before_what_is_due():
    store, ledger = Store(), Ledger()
    await retention.erase_once(_desk(store, ledger))
    assert (store.looked, ledger.replayed) == (1, 1)


async def test_a_ledger_that_cannot_be_read_stops_the_erasing_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
):
    """It is logged by its name, and tried again later."""
    caplog.set_level(logging.INFO)
    store = Store()
    await retention.erase_once(_desk(store, Ledger(broken=True)))
    assert store.looked == 0
    assert [record.message for record in caplog.records] == ["retention_failed"]


async def test_it_goes_on_until_the_office_ends(monkeypatch: pytest.MonkeyPatch):
    store = Store()

    class Opened:
        async def __aenter__(self) -> Desk:
            return _desk(store, Ledger())

        async def __aexit__(self, *_: object) -> None:
            store.looked += 100

    monkeypatch.setattr(retention, "open_desk", lambda _settings: Opened())
    async with asyncio.timeout(30):
        async with retention.keeping_retention(SimpleNamespace(), every=timedelta(0)):  # type: ignore[arg-type]
            await store.seen.wait()
    assert store.looked > 100
