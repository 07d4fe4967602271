"""Messages that can still be taken back: noted, listed and forgotten, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.core.model import PersonKey
from bot.store.sql import SqlStore, open_store
from tests.store.cast import NOON, PARENT, SURVIVOR, VAULT, FakeClock, a_mail, begin, post
from tests.store.conftest import Look

HOUR = timedelta(hours=1)


async def note(store: SqlStore, *message_ids: str, person: PersonKey = SURVIVOR) -> None:
    """Let a person send messages."""
    async with store.transaction() as tx:
        await tx.load_session(person)
        for message_id in message_ids:
            await tx.remember_message(person, message_id, store._clock())


async def answer(store: SqlStore, *message_ids: str, person: PersonKey = SURVIVOR) -> None:
    """Let us send messages, as one letter."""
    await post(store, "A", person)
    (letter,) = await store.claim_due(NOON, 1)
    await store.mark_sent(letter, message_ids)


async def listed(store: SqlStore, person: PersonKey = SURVIVOR) -> tuple[str, ...]:
    async with store.transaction() as tx:
        return await tx.list_messages(person, store._clock())


async def last_shown(store: SqlStore, person: PersonKey = SURVIVOR) -> int | None:
    async with store.transaction() as tx:
        return await tx.find_last_shown(person)


async def test_messages_of_both_sides_are_listed_oldest_first(store: SqlStore) -> None:
    """Each person's own; in the order in which they were noted, which is the order of the chat."""
    await begin(store)
    await begin(store, PARENT)
    await note(store, "1")
    await answer(store, "2", "3")
    await note(store, "4")
    await note(store, "9", person=PARENT)
    assert await listed(store) == ("1", "2", "3", "4")
    assert await listed(store, PARENT) == ("9",)


async def test_nobody_knows_of_messages_that_were_never_noted(store: SqlStore) -> None:
    assert await listed(store) == ()
    assert await last_shown(store) is None


async def test_our_newest_message_has_a_place(store: SqlStore) -> None:
    """Theirs does not count, and where the channel does not count ours there is none."""
    await begin(store)
    await note(store, "5")
    assert await last_shown(store) is None
    await answer(store, "6", "7")
    await note(store, "8")
    assert await last_shown(store) == 7
    await answer(store, "not a number")
    assert await last_shown(store) is None


async def test_messages_are_listed_for_48_hours(store: SqlStore, clock: FakeClock, sql: Look) -> None:
    """Telegram takes older ones not back; the row tells the hour only, so nothing is left out early."""
    await begin(store)
    await note(store, "1")
    clock.pass_by(48 * HOUR - timedelta(seconds=1))
    await note(store, "2")
    assert await listed(store) == ("1", "2")
    clock.pass_by(HOUR + timedelta(seconds=1))
    assert await listed(store) == ("2",)
    assert all(row.drop_at % 3_600_000_000 == 0 for row in await sql("SELECT drop_at FROM chat_message"))


async def test_a_sweep_forgets_old_messages_and_then_their_key(
    store: SqlStore, clock: FakeClock, sql: Look
) -> None:
    """The key goes with the last of them; somebody else's stays."""
    await note(store, "1")
    await note(store, "8", person=PARENT)
    clock.pass_by(2 * HOUR)
    await note(store, "9", person=PARENT)
    clock.pass_by(47 * HOUR)
    await store.sweep(clock())
    assert [row.person for row in await sql("SELECT person FROM chat_message")] == [PARENT]
    assert [row.id for row in await sql("SELECT id FROM erasable_key")] == [f"chat:{PARENT}"]
    assert await listed(store, PARENT) == ("9",)


async def test_more_than_a_batch_of_chats_is_swept_at_once(
    store: SqlStore, clock: FakeClock, sql: Look
) -> None:
    async with store.transaction() as tx:
        for number in range(101):
            await tx.remember_message(PersonKey(f"{number:064}"), "1", NOON)
    clock.pass_by(49 * HOUR)
    await store.sweep(clock())
    assert await sql("SELECT id FROM erasable_key") == []


async def test_the_list_is_destroyed_with_the_person(store: SqlStore, sql: Look) -> None:
    """Rows and key; nobody else's."""
    await begin(store)
    await note(store, "1")
    await note(store, "2", person=PARENT)
    async with store.transaction() as tx:
        await tx.erase(SURVIVOR)
    assert [row.person for row in await sql("SELECT person FROM chat_message")] == [PARENT]
    assert [row.id for row in await sql("SELECT id FROM erasable_key")] == [f"chat:{PARENT}"]


async def test_who_goes_on_elsewhere_keeps_the_list(store: SqlStore) -> None:
    """They may still want the chat there taken back."""
    await begin(store)
    await note(store, "1")
    async with store.transaction() as tx:
        await tx.erase(SURVIVOR, keep_messages=True)
    assert await store.look(SURVIVOR) is None
    assert await listed(store) == ("1",)


async def test_nothing_is_noted_of_what_an_erased_person_is_sent(store: SqlStore, sql: Look) -> None:
    """Neither of their last words nor of a letter that was in hand while they went."""
    await begin(store)
    await post(store, "A")
    (letter,) = await store.claim_due(NOON, 1)
    async with store.transaction() as tx:
        await tx.erase(SURVIVOR)
        await tx.queue(SURVIVOR, a_mail("再見", final=True), NOON)
    await store.mark_sent(letter, ("1",))
    (farewell,) = await store.claim_due(NOON, 1)
    await store.postpone(farewell, NOON, reached=False, done=1, message_ids=("2",))
    (farewell,) = await store.claim_due(NOON, 1)
    await store.mark_lost(farewell, "uncertain", ("3",))
    assert await sql("SELECT seq FROM chat_message") == []
    assert await sql("SELECT id FROM erasable_key") == []


@pytest.mark.parametrize("end", ["sent", "uncertain", "postponed"])
async def test_what_arrived_of_a_letter_is_noted_whatever_its_end(store: SqlStore, end: str) -> None:
    """Also when only a part of it did."""
    await begin(store)
    await post(store, "A")
    (letter,) = await store.claim_due(NOON, 1)
    if end == "postponed":
        await store.postpone(letter, NOON, reached=False, done=1, message_ids=("1", "2"))
    elif end == "sent":
        await store.mark_sent(letter, ("1", "2"))
    else:
        await store.mark_lost(letter, end, ("1", "2"))
    assert await listed(store) == ("1", "2")


async def test_a_message_that_nobody_can_name_is_listed_without_its_name(store: SqlStore, sql: Look) -> None:
    """So that nobody is told that all of them are gone."""
    await note(store, "1")
    await sql("UPDATE chat_message SET person = :other", other=PARENT)
    await note(store, "2", person=PARENT)
    assert await listed(store, PARENT) == ("", "2")
    await sql("DELETE FROM erasable_key")
    assert await listed(store, PARENT) == ("", "")
    assert await last_shown(store, PARENT) is None
    await note(store, "3", person=PARENT)
    assert await listed(store, PARENT) == ("", "", "3")


async def test_a_key_is_not_swept_while_a_message_is_noted(postgres_url: str, clock: FakeClock) -> None:
    """The sweep waits for whoever notes a message with the key that it would destroy."""
    store, other = (open_store(postgres_url, VAULT, clock=clock) for _ in range(2))
    await note(store, "1")
    clock.pass_by(49 * HOUR)
    async with store.transaction() as tx:
        await tx.load_session(SURVIVOR)
        await tx.remember_message(SURVIVOR, "2", clock())
        sweeping = asyncio.create_task(other.sweep(clock()))
        await asyncio.sleep(0.1)
    await sweeping
    assert await listed(store) == ("2",)
    await store.close()
    await other.close()


async def test_more_messages_than_anybody_sends_leave_the_oldest_out(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest matter most; the oldest are left to the person."""
    monkeypatch.setattr("bot.store.chats._MOST", 3)
    await note(store, "1", "2", "3", "4")
    assert await listed(store) == ("2", "3", "4")
