"""One-time codes: one a person, hashed, used once and in time, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.core.model import PersonKey
from bot.store.sql import SqlStore, open_store
from tests.store.cast import NOON, PARENT, SURVIVOR, VAULT, begin, insist
from tests.store.conftest import Look

UNTIL = NOON + timedelta(minutes=15)
CODE = "ABCDE-FGH23"


async def add(store: SqlStore, code: str = CODE, person: PersonKey = SURVIVOR) -> None:
    async with store.transaction() as tx:
        await tx.load_session(person)
        await tx.add_code(person, code, UNTIL)


async def find(store: SqlStore, code: str = CODE, *, after: timedelta = timedelta(0)) -> PersonKey | None:
    async with store.transaction() as tx:
        return await tx.find_code(code, NOON + after)


async def take(store: SqlStore, code: str = CODE, person: PersonKey = SURVIVOR) -> bool:
    async with store.transaction() as tx:
        await tx.load_session(person)
        return await tx.take_code(code)


async def test_a_code_finds_whose_it_is_and_is_used_once(store: SqlStore) -> None:
    await add(store)
    assert await find(store) == await find(store) == SURVIVOR
    assert await take(store)
    assert await find(store) is None
    assert not await take(store)


async def test_a_code_that_was_never_made_is_none(store: SqlStore) -> None:
    await add(store)
    assert await find(store, "ABCDE-FGH24") is None
    assert not await take(store, "ABCDE-FGH24")


async def test_a_code_ends_in_its_time(store: SqlStore, sql: Look) -> None:
    """To the second, before any sweep; which then destroys it."""
    await add(store)
    assert await find(store, after=timedelta(minutes=15) - timedelta(seconds=1)) == SURVIVOR
    assert await find(store, after=timedelta(minutes=15)) is None
    await store.sweep(UNTIL - timedelta(seconds=1))
    assert len(await sql("SELECT code FROM move_code")) == 1
    await store.sweep(UNTIL)
    assert await sql("SELECT code FROM move_code") == []


async def test_a_new_code_takes_the_place_of_the_one_before(store: SqlStore) -> None:
    """Somebody else's stays."""
    await add(store)
    await add(store, "PPPPP-QQQQQ", PARENT)
    await add(store, "ABCDE-FGH24")
    assert [await find(store, code) for code in (CODE, "ABCDE-FGH24", "PPPPP-QQQQQ")] == [
        None,
        SURVIVOR,
        PARENT,
    ]


async def test_a_code_goes_with_its_person(store: SqlStore, sql: Look) -> None:
    await add(store)
    await add(store, "PPPPP-QQQQQ", PARENT)
    async with store.transaction() as tx:
        await tx.erase(SURVIVOR)
    assert [row.person for row in await sql("SELECT person FROM move_code")] == [PARENT]


async def test_of_many_who_use_a_code_at_once_one_does(store: SqlStore, second_store: SqlStore) -> None:
    await begin(store)
    await add(store)
    both = [store, second_store] * 4
    used = await asyncio.gather(*(insist(lambda through=each: take(through)) for each in both))
    assert sorted(used) == [False] * 7 + [True]


async def test_looking_for_a_code_waits_for_nobody(postgres_url: str) -> None:
    """Its person is held first, by everybody: so two never wait for each other."""
    one, other = (open_store(postgres_url, VAULT) for _ in range(2))
    await add(one)
    async with one.transaction() as making:
        await making.load_session(SURVIVOR)
        await making.add_code(SURVIVOR, "ABCDE-FGH24", UNTIL)
        async with asyncio.timeout(1):
            assert await find(other) == SURVIVOR
    assert not await take(other)
    assert await take(other, "ABCDE-FGH24")
    await one.close()
    await other.close()
