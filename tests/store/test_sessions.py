"""Sessions: the contract of `Store` and `Tx`, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.model import StateId
from bot.crypto import RootVault
from bot.errors import StaleSession
from bot.store.office import OfficeStore
from bot.store.sql import SqlStore, open_store
from tests.store.cast import NOON, PARENT, SURVIVOR, FakeClock, a_session, begin, insist
from tests.store.conftest import Look


async def test_an_unknown_person_has_no_session(store: SqlStore) -> None:
    """Nobody is loaded before they wrote."""
    async with store.transaction() as tx:
        assert await tx.load_session(SURVIVOR) is None
    assert await store.look(SURVIVOR) is None


async def test_a_saved_session_comes_back_whole(store: SqlStore) -> None:
    """What was saved is loaded, with the version that fences the next save."""
    session = a_session(interrupted=StateId("crisis"), misses=2)
    async with store.transaction() as tx:
        await tx.save_session(SURVIVOR, session, expected_version=None)
    async with store.transaction() as tx:
        stored = await tx.load_session(SURVIVOR)
    assert stored is not None
    assert (stored.session, stored.version, stored.reply_lost) == (session, 1, False)
    assert await store.look(SURVIVOR) == stored


async def test_each_save_is_a_new_version(store: SqlStore) -> None:
    """The next save must name the version that the last one made."""
    await begin(store)
    async with store.transaction() as tx:
        await tx.save_session(SURVIVOR, a_session(turn=2), expected_version=1)
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert (stored.version, stored.session.turn) == (2, 2)


@pytest.mark.parametrize("reply_lost", [True, False])
async def test_a_save_says_whether_the_last_reply_was_seen(store: SqlStore, *, reply_lost: bool) -> None:
    """Also the first one; the next save says it anew."""
    async with store.transaction() as tx:
        await tx.save_session(SURVIVOR, a_session(), expected_version=None, reply_lost=reply_lost)
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert stored.reply_lost is reply_lost
    async with store.transaction() as tx:
        await tx.save_session(SURVIVOR, a_session(), expected_version=1, reply_lost=not reply_lost)
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert stored.reply_lost is not reply_lost


async def test_an_exception_rolls_everything_back(store: SqlStore) -> None:
    """Session, claim and letter are saved together or not at all."""

    async def fail_midway() -> None:
        async with store.transaction() as tx:
            await tx.claim("line", "event-1", NOON)
            await tx.save_session(SURVIVOR, a_session(), expected_version=None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_midway()
    assert await store.look(SURVIVOR) is None
    async with store.transaction() as tx:
        assert await tx.claim("line", "event-1", NOON)


@pytest.mark.parametrize("version", [2, 0])
async def test_a_save_against_another_version_is_stale(store: SqlStore, version: int) -> None:
    """A frozen worker that wakes up cannot overwrite what happened meanwhile, and changes nothing."""
    await begin(store)
    with pytest.raises(StaleSession):
        async with store.transaction() as tx:
            await tx.save_session(SURVIVOR, a_session(turn=9), expected_version=version)
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert stored.session.turn == 1


async def test_a_first_save_over_a_live_session_is_stale(store: SqlStore) -> None:
    """Two first messages: the second must load what the first began."""
    await begin(store)
    with pytest.raises(StaleSession):
        await begin(store, turn=9)


async def test_a_save_after_an_erasure_is_stale(store: SqlStore) -> None:
    """What was erased does not come back through a slow worker."""
    await begin(store)
    async with store.transaction() as tx:
        await tx.erase(SURVIVOR)
    with pytest.raises(StaleSession):
        async with store.transaction() as tx:
            await tx.save_session(SURVIVOR, a_session(), expected_version=1)
    assert await store.look(SURVIVOR) is None


async def test_ten_increments_at_once_end_at_ten(store: SqlStore) -> None:
    """No update is lost when ten deliveries of one person arrive together."""
    await begin(store, turn=0)

    async def increment() -> None:
        async with store.transaction() as tx:
            stored = await tx.load_session(SURVIVOR)
            assert stored is not None
            later = replace(stored.session, turn=stored.session.turn + 1)
            await tx.save_session(SURVIVOR, later, expected_version=stored.version)

    await asyncio.gather(*(insist(increment) for _ in range(10)))
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert (stored.session.turn, stored.version) == (10, 11)


async def test_ten_increments_from_two_programs_end_at_ten(store: SqlStore, second_store: SqlStore) -> None:
    """Two programs on one database lose no update either."""
    await begin(store, turn=0)

    async def increment(through: SqlStore) -> None:
        async with through.transaction() as tx:
            stored = await tx.load_session(SURVIVOR)
            assert stored is not None
            later = replace(stored.session, turn=stored.session.turn + 1)
            await tx.save_session(SURVIVOR, later, expected_version=stored.version)

    both = [store, second_store] * 5
    await asyncio.gather(*(insist(lambda through=each: increment(through)) for each in both))
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert stored.session.turn == 10


async def test_two_first_messages_at_once_both_count(store: SqlStore, second_store: SqlStore) -> None:
    """A person without a row is locked too: the second first message meets the first one's session."""

    async def say_hello(through: SqlStore) -> None:
        async with through.transaction() as tx:
            stored = await tx.load_session(SURVIVOR)
            await asyncio.sleep(0)
            turn = 1 if stored is None else stored.session.turn + 1
            version = None if stored is None else stored.version
            await tx.save_session(SURVIVOR, a_session(turn=turn), expected_version=version)

    both = [store, second_store] * 3
    await asyncio.gather(*(insist(lambda through=each: say_hello(through)) for each in both))
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert (stored.session.turn, stored.version) == (6, 6)


async def test_a_delivery_is_claimed_once(store: SqlStore) -> None:
    """Of many copies that arrive together one is handled; another channel's same id is another event."""

    async def claim(channel: str = "line") -> bool:
        async with store.transaction() as tx:
            return await tx.claim(channel, "event-1", NOON)

    won = await asyncio.gather(*(insist(claim) for _ in range(8)))
    assert sorted(won) == [False] * 7 + [True]
    assert await claim("telegram")


async def test_a_session_past_its_time_is_as_if_it_had_never_been(store: SqlStore, clock: FakeClock) -> None:
    """After 24 hours the person starts anew, even before the sweep; no minute earlier."""
    await begin(store)
    clock.pass_by(timedelta(hours=24))
    assert await store.look(SURVIVOR) is not None
    clock.pass_by(timedelta(minutes=1))
    assert await store.look(SURVIVOR) is None
    await begin(store, seen_at=clock(), turn=5)
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert (stored.session.turn, stored.version) == (5, 1)


async def test_a_session_whose_key_is_gone_starts_anew(store: SqlStore, sql: Look) -> None:
    """The blob alone is noise, and does not stand in the way."""
    await begin(store)
    await sql("DELETE FROM erasable_key")
    assert await store.look(SURVIVOR) is None
    await begin(store, turn=3)
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert stored.session.turn == 3


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE person_session SET blob = NULL",
        "UPDATE person_session SET version = version + 1",
        "UPDATE erasable_key SET wrapped = (SELECT blob FROM person_session)",
    ],
    ids=["nulled", "rolled back", "another key"],
)
async def test_a_damaged_session_starts_anew(store: SqlStore, sql: Look, damage: str) -> None:
    """Bytes that do not belong to this place and version are never believed."""
    await begin(store)
    await sql(damage)
    assert await store.look(SURVIVOR) is None
    await begin(store)


async def test_a_session_moved_to_another_person_does_not_open(store: SqlStore, sql: Look) -> None:
    """Whoever can write to the database cannot hand one person's session to another."""
    await begin(store, SURVIVOR)
    await begin(store, PARENT)
    await sql(
        "UPDATE person_session SET blob = (SELECT blob FROM person_session WHERE person = :one) "
        "WHERE person = :other",
        one=SURVIVOR,
        other=PARENT,
    )
    await sql(
        "UPDATE erasable_key SET wrapped = (SELECT wrapped FROM erasable_key WHERE id = :one) WHERE id = :other",
        one=f"session:{SURVIVOR}",
        other=f"session:{PARENT}",
    )
    assert await store.look(PARENT) is None
    assert await store.look(SURVIVOR) is not None


async def test_another_root_starts_everybody_anew(store: SqlStore, database_url: str) -> None:
    """Losing the root key costs conversations in progress and nothing else."""
    await begin(store)
    other = open_store(database_url, RootVault(b"\x07" * 32), clock=FakeClock())
    try:
        assert await other.look(SURVIVOR) is None
        await begin(other)
    finally:
        await other.close()


async def test_a_transaction_on_one_person_does_not_stop_a_look_at_another(store: SqlStore) -> None:
    """Reading goes on while somebody writes."""
    await begin(store, PARENT)
    async with store.transaction() as tx:
        await tx.load_session(SURVIVOR)
        assert await store.look(PARENT) is not None


async def test_counts_are_all_that_shows_without_a_key(
    store: SqlStore, desk: OfficeStore, clock: FakeClock
) -> None:
    """The back office sees how many, and the ended ones are no longer counted."""
    await begin(store, SURVIVOR)
    await begin(store, PARENT)
    assert await desk.count_open() == (2, 0)
    clock.pass_by(timedelta(hours=25))
    assert await desk.count_open() == (0, 0)
