"""The sweep: what a crash left is repaired, what has outlived its time is destroyed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.core.model import PersonKey
from bot.store.moments import to_micros
from bot.store.schema import person_session
from bot.store.sessions import Sessions
from bot.store.sql import SqlStore, open_store
from tests.store.cast import NOON, PARENT, SURVIVOR, VAULT, FakeClock, a_mail, a_reply, begin, post
from tests.store.conftest import Look

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


async def states(sql: Look) -> list[str]:
    return [row.state for row in await sql("SELECT state FROM outbox ORDER BY seq")]


async def test_a_letter_in_hand_is_left_alone_for_forty_seconds(store: SqlStore, sql: Look) -> None:
    """Then nobody knows whether it arrived: it is never sent again, and their next message asks anew."""
    await begin(store)
    await post(store, "A")
    await store.claim_due(NOON, 1)
    await store.sweep(NOON + timedelta(seconds=39))
    assert await states(sql) == ["sending"]
    await store.sweep(NOON + timedelta(seconds=40))
    assert await states(sql) == ["uncertain"]
    assert [row.id for row in await sql("SELECT id FROM erasable_key")] == [f"session:{SURVIVOR}"]
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert stored.reply_lost


async def test_a_letter_with_a_token_of_one_use_is_taken_up_again(store: SqlStore, sql: Look) -> None:
    """Whoever held it is dead: the same token cannot say a thing twice, and the person still waits."""
    await begin(store)
    await post(store, "A", until=NOON + MINUTE)
    await store.claim_due(NOON, 1)
    await store.sweep(NOON + timedelta(seconds=8))
    assert await states(sql) == ["sending"]
    await store.sweep(NOON + timedelta(seconds=9))
    (letter,) = await store.claim_due(NOON + timedelta(seconds=9), 1)
    assert (letter.attempts, letter.reached) == (2, True)
    assert letter.reply == a_reply("A")


async def test_a_dead_token_is_not_tried_again(store: SqlStore, sql: Look) -> None:
    """Then nobody knows whether it arrived, and the next message asks anew."""
    await begin(store)
    await post(store, "A", until=NOON + MINUTE)
    await store.claim_due(NOON + timedelta(seconds=55), 1)
    await store.sweep(NOON + 2 * MINUTE)
    assert await states(sql) == ["uncertain"]


async def test_a_waiting_letter_expires_with_its_token(store: SqlStore, sql: Look) -> None:
    await begin(store)
    await post(store, "A", until=NOON + MINUTE)
    await post(store, "B")
    await store.sweep(NOON + MINUTE)
    assert await states(sql) == ["expired", "new"]
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert stored.reply_lost


async def test_a_session_is_erased_at_its_time_with_all_its_keys(
    store: SqlStore, sql: Look, clock: FakeClock
) -> None:
    """Only those whose time has come."""
    await begin(store, SURVIVOR)
    await post(store, "A", SURVIVOR)
    await begin(store, PARENT, seen_at=NOON + timedelta(hours=1))
    clock.pass_by(timedelta(hours=24, minutes=1))
    await store.sweep(clock())
    assert [row.person for row in await sql("SELECT person FROM person_session")] == [PARENT]
    assert [row.id for row in await sql("SELECT id FROM erasable_key")] == [f"session:{PARENT}"]
    assert await states(sql) == []


async def test_somebody_who_writes_again_is_kept(store: SqlStore, clock: FakeClock) -> None:
    """The day counts from the last message."""
    await begin(store)
    async with store.transaction() as tx:
        stored = await tx.load_session(SURVIVOR)
        assert stored is not None
        seen_again = replace(stored.session, seen_at=NOON + timedelta(hours=2))
        await tx.save_session(SURVIVOR, seen_again, expected_version=stored.version)
    clock.pass_by(timedelta(hours=25))
    await store.sweep(clock())
    assert await store.look(SURVIVOR) is not None


async def test_handled_deliveries_are_remembered_for_seven_days(store: SqlStore) -> None:
    """A redelivery within the week is known; after it the hash is gone."""

    async def claim() -> bool:
        async with store.transaction() as tx:
            return await tx.claim("line", "event-1", NOON)

    assert await claim()
    await store.sweep(NOON + timedelta(days=7))
    assert not await claim()
    await store.sweep(NOON + timedelta(days=7, hours=1))
    assert await claim()


async def test_settled_letters_leave_no_trace_after_a_day(store: SqlStore, sql: Look) -> None:
    await post(store, "A")
    (letter,) = await store.claim_due(NOON, 1)
    await store.mark_sent(letter)
    await post(store, "B", PARENT)
    await store.sweep(NOON + timedelta(minutes=9))
    assert await states(sql) == ["sent", "new"]
    await store.sweep(NOON + timedelta(hours=24))
    assert await states(sql) == ["sent", "expired"]
    await store.sweep(NOON + timedelta(hours=24, minutes=1))
    assert await states(sql) == []


async def test_a_reply_that_would_come_much_too_late_is_not_sent(store: SqlStore, sql: Look) -> None:
    """Without a token it would live for ever; the next message asks anew. Last wishes are done even so, for a day."""
    await begin(store)
    await begin(store, PARENT)
    await post(store, "A")
    async with store.transaction() as tx:
        await tx.queue(PARENT, a_mail(final=True), NOON)
    await store.sweep(NOON + timedelta(minutes=10))
    assert await states(sql) == ["new", "new"]
    await store.sweep(NOON + timedelta(minutes=11))  # the row tells the minute only
    assert await states(sql) == ["expired", "new"]
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert stored.reply_lost
    await store.sweep(NOON + timedelta(hours=24))
    assert await states(sql) == ["expired", "new"]
    await store.sweep(NOON + timedelta(hours=24, minutes=1))
    assert await states(sql) == []
    assert [row.id for row in await sql("SELECT id FROM erasable_key WHERE id LIKE 'outbox:%'")] == []


async def test_more_than_a_batch_is_swept_at_once(store: SqlStore, sql: Look) -> None:
    """An outage leaves many: one sweep closes them all."""
    async with store.transaction() as tx:
        for _ in range(101):
            await tx.queue(PARENT, a_mail(until=NOON), NOON)
    await store.sweep(NOON + MINUTE)
    assert set(await states(sql)) == {"expired"}


async def test_who_writes_while_the_sweep_comes_is_kept(
    store: SqlStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep looks again once it holds the person; here they wrote just before it did."""
    await begin(store)
    clock.pass_by(timedelta(hours=25))
    real_hold = Sessions.hold

    async def write_first(sessions: Sessions, person: PersonKey) -> None:
        await real_hold(sessions, person)
        later = clock() + timedelta(hours=24)
        await sessions.conn.run(update(person_session).values(erase_at=later))

    monkeypatch.setattr(Sessions, "hold", write_first)
    await store.sweep(clock())
    assert await store.look(SURVIVOR) is not None


async def test_what_somebody_is_at_work_on_is_left_to_the_next_sweep(postgres_url: str) -> None:
    """A turn holds the letters of its person; the sweep neither waits for it nor gives them to others."""
    store, other = (open_store(postgres_url, VAULT, clock=FakeClock()) for _ in range(2))
    await begin(store)
    await post(store, "A", until=NOON + MINUTE)
    await store.claim_due(NOON, 1)
    later = NOON + timedelta(seconds=9)
    async with store.transaction() as tx:
        await tx.load_session(SURVIVOR)
        assert (await tx.find_waiting(SURVIVOR)).sending
        async with asyncio.timeout(1):
            await other.sweep(later)
        assert list(await other.claim_due(later, 1)) == []
    await other.sweep(later)
    assert len(await other.claim_due(later, 1)) == 1
    await store.close()
    await other.close()


async def test_more_than_one_go_of_what_is_over_is_forgotten(
    store: SqlStore, sql: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy hour's deliveries and letters are over at once; all of them go, and nothing else."""
    monkeypatch.setattr("bot.store.sweep._MANY", 2)
    for number in range(5):
        async with store.transaction() as tx:
            await tx.claim("line", f"event-{number}", NOON)
        await post(store, f"{number}", VAULT.person_key("line", f"U-{number}"))
    for letter in await store.claim_due(NOON + timedelta(seconds=1), 5):
        await store.mark_sent(letter)
    async with store.transaction() as tx:
        await tx.claim("line", "young", NOON + timedelta(days=7))
    await store.sweep(NOON + timedelta(days=7, hours=1))
    assert len(await sql("SELECT event FROM inbox_event")) == 1
    assert await sql("SELECT seq FROM outbox") == []


@pytest.mark.parametrize("until", [None, NOON + MINUTE], ids=["no token", "a token"])
async def test_a_claim_from_the_future_holds_up_nobody(
    store: SqlStore, sql: Look, until: datetime | None
) -> None:
    """R18: a program whose clock was hours ahead died with a letter; its person does not wait for those hours."""
    await begin(store)
    await post(store, "A", until=until)
    await store.claim_due(NOON, 1)
    await sql(f"UPDATE outbox SET claimed_at = {to_micros(NOON + timedelta(hours=6))}")  # noqa: S608 - a number
    await store.sweep(NOON + SECOND)
    assert await states(sql) == ["uncertain" if until is None else "new"]
    await post(store, "B", until=NOON + MINUTE)
    assert len(await store.claim_due(NOON + 2 * SECOND, 10)) == 1


async def test_a_letter_that_is_due_after_its_token_leaves_now(store: SqlStore) -> None:
    """R18: nobody waits for a clock that was ahead by minutes; ten without a token may be meant, and 45 s with one as well."""
    await begin(store)
    until = NOON + timedelta(minutes=10)
    async with store.transaction() as tx:
        await tx.queue(SURVIVOR, a_mail(until=until, after=timedelta(minutes=2)), NOON)
        await tx.queue(PARENT, a_mail(after=timedelta(minutes=2)), NOON)
        await tx.queue(
            PersonKey("f" * 64), a_mail(until=NOON + timedelta(seconds=50), after=timedelta(seconds=45)), NOON
        )
    await store.sweep(NOON + SECOND)
    (letter,) = await store.claim_due(NOON + 2 * SECOND, 10)
    assert letter.person == SURVIVOR


async def test_a_letter_that_is_due_in_hours_leaves_now(store: SqlStore) -> None:
    """R18: no try is put off for longer than ten minutes, so whoever wrote that had a wrong clock."""
    await begin(store)
    async with store.transaction() as tx:
        await tx.queue(SURVIVOR, a_mail(after=timedelta(hours=6)), NOON)
        await tx.queue(PARENT, a_mail(after=timedelta(minutes=10)), NOON)
    await store.sweep(NOON + SECOND)
    (letter,) = await store.claim_due(NOON + 2 * SECOND, 10)
    assert letter.person == SURVIVOR
