"""T11: a handoff that is taken away whole, by somebody who writes into the database, is missed."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from sqlalchemy import delete

from bot.desk.ledger import Ledger
from bot.desk.presence import Presence
from bot.errors import StoreDown
from bot.store.engine import make_engine
from bot.store.handoffs_desk import DeskHandoffs, open_desk_handoffs
from bot.store.schema import consent_record, handoff, handoff_case
from bot.store.sql import SqlStore, open_store
from bot.wiring import alarms
from tests.store.cast import NOON, VAULT, FakeClock
from tests.store.handoff_cast import send


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "erased.ledger")


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[SqlStore]:
    async with aclosing(_Closing(open_store(database_url, VAULT, clock=FakeClock()))) as closing:
        yield closing.it


@pytest.fixture
async def desk(database_url: str, ledger: Ledger) -> AsyncIterator[DeskHandoffs]:
    async with aclosing(_Closing(open_desk_handoffs(database_url, write_down=ledger.append))) as closing:
        yield closing.it


class _Closing:
    """Closes what is closed by `close`."""

    def __init__(self, it) -> None:
        self.it = it

    async def aclose(self) -> None:
        await self.it.close()


async def take_away(database_url: str, *ids: str) -> None:
    """Do what somebody does who has the database and no right to do it."""
    engine = make_engine(database_url)
    async with engine.begin() as connection:
        for table, column in ((handoff, "id"), (handoff_case, "handoff_id"), (consent_record, "handoff_id")):
            await connection.execute(delete(table).where(table.c[column].in_(ids)))
    await engine.dispose()


async def test_a_row_that_is_taken_away_whole_is_missed_once(
    database_url: str,
    store: SqlStore,
    desk: DeskHandoffs,
    ledger: Ledger,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """T11: an unopened one and one that was opened; the log says so, and names none of them."""
    sent = [await send(store, f"AAAA-BBBB-CCC{number}") for number in range(2, 6)]
    presence = Presence(desk, ledger.list_ids)
    assert await presence.look() == 0
    await desk.mark_opened(sent[1].id, NOON)
    assert await presence.look() == 0
    await take_away(database_url, sent[0].id, sent[1].id)
    with caplog.at_level(logging.ERROR):
        assert await presence.look() == 2
    assert [record.getMessage() for record in caplog.records] == ["handoff_vanished"] * 2
    assert not any(one.id in repr(vars(record)) for one in sent for record in caplog.records)
    assert await presence.look() == 0


async def test_what_was_erased_by_us_is_not_missed(
    store: SqlStore, desk: DeskHandoffs, ledger: Ledger
) -> None:
    """The ledger names it, whoever erased it and in whichever program."""
    one, _ = await send(store), await send(store, "AAAA-BBBB-CCC2")
    presence = Presence(desk, ledger.list_ids)
    await presence.look()
    await desk.erase([one.id])
    assert await presence.look() == 0


async def test_a_look_that_fails_forgets_nobody(
    database_url: str, store: SqlStore, desk: DeskHandoffs, ledger: Ledger
) -> None:
    """A ledger that cannot be read now is read in a later round."""
    one = await send(store)
    presence = Presence(desk, ledger.list_ids)
    await presence.look()
    await take_away(database_url, one.id)
    presence.read_ledger = _away
    with pytest.raises(StoreDown):
        await presence.look()
    presence.read_ledger = ledger.list_ids
    assert await presence.look() == 1


async def test_the_office_looks_every_round_and_goes_on_after_a_fault(
    database_url: str,
    store: SqlStore,
    desk: DeskHandoffs,
    ledger: Ledger,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What the watch over unopened handoffs does besides; neither keeps the other from it."""
    one = await send(store)
    presence = Presence(desk, ledger.list_ids)
    await alarms.look_who_is_there(presence)
    await take_away(database_url, one.id)
    presence.read_ledger = _away
    await alarms.look_who_is_there(presence)
    presence.read_ledger = ledger.list_ids
    await alarms.look_who_is_there(presence)
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert told == ["presence_failed", "handoff_vanished"]


def _away() -> tuple[str, ...]:
    raise StoreDown("the ledger is away")
