"""The quarantine: facts of a fault and a locked shape, for seven days and never more than a few."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import exc, text

from bot.ports import Poison
from bot.store.database import Database
from bot.store.engine import make_engine
from bot.store.sql import SqlStore, open_store
from tests.store.cast import NOON, VAULT, FakeClock, begin
from tests.store.conftest import FRONT_ROLE, OFFICE_ROLE, Look, as_role

POISON = Poison("line", "typed", "KeyError", "engine.py:120", "xx_0000")
DAYS = timedelta(days=7)


async def test_a_record_says_where_and_shows_the_shape(store: SqlStore, sql: Look) -> None:
    """In the table the shape is noise; who reads it needs the root key and the record's own."""
    await store.quarantine.keep(POISON, NOON)
    (listed,) = await store.quarantine.list_kept()
    assert (listed.fault, listed.place, listed.shape) == ("KeyError", "engine.py:120", None)
    found = await store.quarantine.find(listed.id)
    assert found is not None
    assert found.shape == "xx_0000"
    (row,) = await sql("SELECT * FROM quarantine")
    assert b"xx_0000" not in bytes(row.blob)
    assert await store.quarantine.find("somebody else's") is None


async def test_without_its_key_a_record_stays_closed(store: SqlStore, sql: Look) -> None:
    """A back-up holds no keys, so it holds no shapes."""
    await store.quarantine.keep(POISON, NOON)
    await sql("DELETE FROM erasable_key")
    (listed,) = await store.quarantine.list_kept()
    found = await store.quarantine.find(listed.id)
    assert found is not None
    assert found.shape is None


async def test_after_seven_days_it_is_gone_with_its_key(store: SqlStore, sql: Look) -> None:
    """T15, SECURITY §6: by a clock that is moved; to the hour, and never early."""
    await store.quarantine.keep(POISON, NOON)
    await store.sweep(NOON + DAYS)
    assert len(await store.quarantine.list_kept()) == 1
    await store.sweep(NOON + DAYS + timedelta(hours=1))
    assert await store.quarantine.list_kept() == []
    assert await sql("SELECT id FROM erasable_key") == []


async def test_counters_end_after_a_day_and_deliveries_after_a_week(store: SqlStore, sql: Look) -> None:
    """SECURITY §6: what was counted is gone with its time, to the minute; hashes of deliveries to the hour."""
    async with store.transaction() as tx:
        assert await tx.count("handoff", "her", NOON, hours=24, limit=1)
        assert await tx.count("handoff from", "203.0.113.9", NOON, hours=1, limit=1)
        assert await tx.claim("line", "event-1", NOON)

    async def count_rows() -> tuple[int, int]:
        uses, events = (
            await sql("SELECT count(*) FROM use_count"),
            await sql("SELECT count(*) FROM inbox_event"),
        )
        return uses[0][0], events[0][0]

    for later, left in (
        (timedelta(minutes=59), (2, 1)),
        (timedelta(hours=1, minutes=1), (1, 1)),
        (timedelta(hours=23, minutes=59), (1, 1)),
        (timedelta(hours=24, minutes=1), (0, 1)),
        (DAYS - timedelta(hours=1), (0, 1)),
        (DAYS + timedelta(hours=1), (0, 0)),
    ):
        await store.sweep(NOON + later)
        assert await count_rows() == left, later


async def test_dropping_one_destroys_its_key(store: SqlStore, sql: Look) -> None:
    await store.quarantine.keep(POISON, NOON)
    await begin(store)
    (listed,) = await store.quarantine.list_kept()
    assert await store.quarantine.drop(listed.id)
    assert not await store.quarantine.drop(listed.id)
    assert await store.quarantine.list_kept() == []
    assert [row.id.partition(":")[0] for row in await sql("SELECT id FROM erasable_key")] == ["session"]


async def test_enough_of_one_fault_is_enough(store: SqlStore) -> None:
    """A release that fails everywhere fills no disk; another fault still finds its place."""
    for _ in range(22):
        await store.quarantine.keep(POISON, NOON)
    assert len(await store.quarantine.list_kept()) == 20
    await store.quarantine.keep(replace(POISON, place="runner.py:1"), NOON)
    assert len(await store.quarantine.list_kept()) == 21


async def test_the_office_has_no_way_to_it(postgres_url: str) -> None:
    """What breaks programs is the business of those who run them: the desk's role may not even count it."""
    db = Database(make_engine(as_role(postgres_url, OFFICE_ROLE)))
    with pytest.raises(exc.ProgrammingError):
        await db.read(lambda conn: conn.rows(text("SELECT count(*) FROM quarantine")))
    await db.close()


async def test_nothing_of_it_is_changed_by_the_public_side(postgres_url: str) -> None:
    """It is added to, read by the command, and swept: never written over."""
    store = open_store(as_role(postgres_url, FRONT_ROLE), VAULT, clock=FakeClock())
    await store.quarantine.keep(POISON, NOON)
    db = Database(make_engine(as_role(postgres_url, FRONT_ROLE)))
    with pytest.raises(exc.ProgrammingError):
        await db.write(lambda conn: conn.run(text("UPDATE quarantine SET fault = 'x'")))
    await db.close()
    await store.close()
