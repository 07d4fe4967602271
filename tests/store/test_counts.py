"""Uses that count: as many as the limit in any stretch of its length, also when all come at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.crypto import RootVault
from bot.store.sql import SqlStore, open_store
from tests.store.cast import NOON, FakeClock, insist
from tests.store.conftest import FRONT_ROLE, Look, as_role

MINUTE = timedelta(minutes=1)


async def use(
    store: SqlStore,
    who: str = "somebody",
    *,
    after: timedelta = timedelta(0),
    limit: int = 3,
    what: str = "handoff",
) -> bool:
    async with store.transaction() as tx:
        return await tx.count(what, who, NOON + after, hours=24, limit=limit)


@pytest.mark.parametrize("limit", [0, 1, 3, 5, 10])
async def test_as_many_pass_as_the_limit_and_not_one_more(store: SqlStore, limit: int) -> None:
    """T5: at N and N+1."""
    assert [await use(store, limit=limit) for _ in range(limit + 2)] == [True] * limit + [False] * 2


async def test_of_many_at_once_as_many_pass_as_the_limit(store: SqlStore, second_store: SqlStore) -> None:
    """T5: nobody looks first and counts later."""
    both = [store, second_store] * 5
    passed = await asyncio.gather(*(insist(lambda through=each: use(through)) for each in both))
    assert sorted(passed) == [False] * 7 + [True] * 3


async def test_each_use_ends_in_its_own_time(store: SqlStore) -> None:
    """In no stretch of 24 hours are there more than three, wherever it begins."""
    day = timedelta(hours=24)
    for after in (timedelta(0), timedelta(hours=20), timedelta(hours=21)):
        assert await use(store, after=after)
    assert not await use(store, after=day - MINUTE)
    assert await use(store, after=day + MINUTE)
    assert not await use(store, after=day + 2 * MINUTE)
    assert await use(store, after=day + timedelta(hours=20) + MINUTE)


async def test_each_person_and_each_thing_counts_for_itself(store: SqlStore) -> None:
    assert await use(store, limit=1)
    assert await use(store, "somebody else", limit=1)
    assert await use(store, what="receipt", limit=1)
    assert not await use(store, limit=1)


async def test_what_is_rolled_back_was_not_used(store: SqlStore) -> None:
    async def fail() -> None:
        async with store.transaction() as tx:
            await tx.count("handoff", "somebody", NOON, hours=24, limit=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await use(store, limit=1)


async def test_uses_are_swept_when_they_count_no_longer(store: SqlStore, sql: Look) -> None:
    """Not a minute earlier, and they tell the minute only."""
    await use(store)
    (row,) = await sql("SELECT until FROM use_count")
    assert row.until % 60_000_000 == 0
    await store.sweep(NOON + timedelta(hours=24))
    assert len(await sql("SELECT until FROM use_count")) == 1
    await store.sweep(NOON + timedelta(hours=24) + MINUTE)
    assert await sql("SELECT until FROM use_count") == []


async def test_a_stolen_copy_does_not_tell_who_used_what(
    store: SqlStore, sql: Look, database_url: str
) -> None:
    """T8: without the root, nobody can look whether a known person is counted."""
    assert await use(store, limit=1)
    assert "somebody" not in repr(await sql("SELECT * FROM use_count"))
    other = open_store(as_role(database_url, FRONT_ROLE), RootVault(b"\x07" * 32), clock=FakeClock())
    assert await use(other, limit=1)
    await other.close()
