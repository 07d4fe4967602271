"""The outbox: the contract of `Outbox`, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.ports import Letter
from bot.store.office import OfficeStore
from bot.store.sql import SqlStore
from tests.store.cast import (
    NOON,
    PARENT,
    SURVIVOR,
    VAULT,
    a_mail,
    a_reply,
    an_address,
    begin,
    insist,
    post,
)
from tests.store.conftest import Look

SOON = NOON + timedelta(seconds=1)


async def take(store: SqlStore, *, limit: int = 10) -> list[Letter]:
    return list(await store.claim_due(SOON, limit))


async def take_one(store: SqlStore) -> Letter:
    (letter,) = await take(store)
    return letter


def texts(letters: list[Letter]) -> list[str]:
    return [letter.reply.bubbles[0] for letter in letters]


async def test_nothing_is_due_in_an_empty_outbox(store: SqlStore) -> None:
    assert await take(store) == []


async def test_a_letter_comes_out_as_it_went_in(store: SqlStore) -> None:
    """The worker gets the address, the reply and which try this is."""
    until = NOON + timedelta(seconds=50)
    async with store.transaction() as tx:
        await tx.queue(SURVIVOR, a_mail(until=until), NOON)
    letter = await take_one(store)
    assert letter == Letter(
        letter.id, SURVIVOR, "line", an_address(until=until), a_reply(), attempts=1, reached=False
    )


async def test_a_letter_is_claimed_once(store: SqlStore, desk: OfficeStore) -> None:
    """What is being sent is not handed out again."""
    await post(store, "A")
    assert texts(await take(store)) == ["A"]
    assert await take(store) == []
    assert await desk.count_open() == (0, 1)


async def test_letters_leave_in_order_and_one_at_a_time_per_person(store: SqlStore) -> None:
    """A person's second letter waits until the first is settled; another person's does not."""
    await post(store, "A1")
    await post(store, "A2")
    await post(store, "B1", PARENT)
    first = await take(store)
    assert texts(first) == ["A1", "B1"]
    await store.mark_sent(first[0])
    assert texts(await take(store)) == ["A2"]


async def test_a_postponed_letter_keeps_its_place(store: SqlStore) -> None:
    """A letter that is tried again later is not overtaken, and remembers that it may have arrived."""
    await post(store, "A1")
    await post(store, "A2")
    letter = await take_one(store)
    await store.postpone(letter, SOON + timedelta(seconds=2), reached=True)
    assert await take(store) == []
    (again,) = await store.claim_due(SOON + timedelta(seconds=2), 10)
    assert (texts([again]), again.attempts, again.reached) == (["A1"], 2, True)
    await store.postpone(again, SOON, reached=False)
    assert (await take_one(store)).reached


async def test_a_letter_is_not_due_before_its_time(store: SqlStore) -> None:
    await post(store, "A", now=SOON + timedelta(seconds=1))
    assert await take(store) == []


async def test_no_more_than_the_limit_is_taken(store: SqlStore) -> None:
    for number in range(5):
        await post(store, str(number), VAULT.person_key("line", str(number)))
    assert texts(await take(store, limit=3)) == ["0", "1", "2"]
    assert texts(await take(store, limit=3)) == ["3", "4"]


async def test_two_programs_never_deliver_a_letter_twice(store: SqlStore, second_store: SqlStore) -> None:
    """Claims from two stores at once share the letters out, in order for each person."""
    people = [VAULT.person_key("line", f"U-{number}") for number in range(6)]
    for round_ in range(3):
        for person in people:
            await post(store, f"{round_}", person)
    delivered: list[tuple[str, str]] = []

    async def work(through: SqlStore) -> None:
        for _ in range(30):
            for letter in await insist(lambda: through.claim_due(SOON, 2)):
                delivered.append((letter.person, letter.reply.bubbles[0]))
                await insist(lambda letter=letter: through.mark_sent(letter))

    await asyncio.gather(work(store), work(second_store))
    for person in people:
        assert [text for who, text in delivered if who == person] == ["0", "1", "2"]


@pytest.mark.parametrize("state", ["sent", "uncertain", "expired", "dead"])
async def test_a_settled_letter_leaves_nothing_to_read(store: SqlStore, sql: Look, state: str) -> None:
    """Body and key are destroyed; what stays is that there was a letter, and roughly when."""
    await post(store, "A", until=NOON + timedelta(seconds=50))
    letter = await take_one(store)
    await (store.mark_sent(letter) if state == "sent" else store.mark_lost(letter, state))
    rows = await sql("SELECT state, body, until, claimed_at, due_at = created_at FROM outbox")
    assert [tuple(row) for row in rows] == [(state, None, None, None, True)]
    assert await sql("SELECT id FROM erasable_key") == []


async def test_a_letter_is_lost_in_known_ways_only(store: SqlStore) -> None:
    await post(store, "A")
    letter = await take_one(store)
    with pytest.raises(ValueError, match="sent"):
        await store.mark_lost(letter, "sent")


async def test_a_settled_letter_stays_settled(store: SqlStore, sql: Look) -> None:
    """A frozen worker that wakes up late cannot bring a letter back."""
    await begin(store)
    await post(store, "A")
    letter = await take_one(store)
    await store.mark_sent(letter)
    await store.postpone(letter, SOON, reached=False)
    await store.mark_lost(letter, "dead")
    assert [row.state for row in await sql("SELECT state FROM outbox")] == ["sent"]
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert not stored.reply_lost


@pytest.mark.parametrize(("state", "is_lost"), [("expired", True), ("dead", True), ("uncertain", True)])
async def test_a_lost_reply_is_remembered_until_the_next_answer(
    store: SqlStore, state: str, *, is_lost: bool
) -> None:
    """The person who never saw our reply is asked again; once answered, it is forgotten."""
    await begin(store)
    await post(store, "A")
    await store.mark_lost(await take_one(store), state)
    async with store.transaction() as tx:
        stored = await tx.load_session(SURVIVOR)
        assert stored is not None
        assert stored.reply_lost is is_lost
        await tx.save_session(SURVIVOR, stored.session, expected_version=stored.version)
    answered = await store.look(SURVIVOR)
    assert answered is not None
    assert not answered.reply_lost


async def test_a_lost_reply_to_nobody_changes_nothing(store: SqlStore) -> None:
    """Without a session there is nobody to tell."""
    await post(store, "A")
    await store.mark_lost(await take_one(store), "dead")
    assert await store.look(SURVIVOR) is None


async def test_a_letter_past_its_token_expires_instead_of_leaving(store: SqlStore, sql: Look) -> None:
    """A dead reply token is never tried, the session is flagged, and the next letter goes out."""
    await begin(store)
    await post(store, "A", until=SOON)
    await post(store, "B", until=SOON + timedelta(seconds=50))
    assert texts(await take(store)) == ["B"]
    assert [row.state for row in await sql("SELECT state FROM outbox ORDER BY seq")] == ["expired", "sending"]
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert stored.reply_lost


async def test_a_letter_that_nobody_can_open_is_dead(store: SqlStore, sql: Look) -> None:
    """Its key is gone: it is closed, and does not stand in the way of the next."""
    await begin(store)
    await post(store, "A")
    await sql("DELETE FROM erasable_key WHERE id LIKE 'outbox:%'")
    await post(store, "B")
    assert await take(store) == []
    assert texts(await take(store)) == ["B"]
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert stored.reply_lost


async def test_a_letter_with_a_strangers_body_is_dead(store: SqlStore, sql: Look) -> None:
    """Whoever can write to the database cannot send one person's letter to another."""
    await post(store, "A")
    await post(store, "B", PARENT)
    await sql("UPDATE outbox SET body = (SELECT body FROM outbox WHERE seq = 1) WHERE seq = 2")
    assert texts(await take(store)) == ["A"]
    assert [row.state for row in await sql("SELECT state FROM outbox WHERE seq = 2")] == ["dead"]


async def test_an_erased_person_gets_no_more_letters(store: SqlStore, sql: Look) -> None:
    """Erasing takes the letters too, except the farewell that is queued after it."""
    await begin(store)
    await post(store, "A")
    letter = await take_one(store)
    await post(store, "B")
    async with store.transaction() as tx:
        await tx.erase(SURVIVOR)
        await tx.queue(SURVIVOR, a_mail("再見"), NOON)
    await store.mark_lost(letter, "dead")
    assert texts(await take(store)) == ["再見"]
    assert len(await sql("SELECT id FROM erasable_key")) == 1
