"""A letter that is due at once is in the hands of whoever delivers as soon as it is stored, and never in two."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.core.model import PersonKey
from bot.errors import StoreDown
from bot.ports import Letter
from bot.store.sql import SqlStore
from tests.store.cast import NOON, SURVIVOR, a_mail, a_reply, a_wipe, an_address, begin
from tests.store.conftest import Look

UNTIL = NOON + timedelta(seconds=50)
SECOND = timedelta(seconds=1)


@dataclass
class Hands:
    """Somebody who delivers, with free hands."""

    carried: list[Letter] = field(default_factory=list)
    expected: list[tuple[PersonKey, timedelta]] = field(default_factory=list)
    free: bool = True

    def has_hand(self, channel: str) -> bool:
        return self.free and channel == "line"

    def carry(self, letter: Letter) -> None:
        self.carried.append(letter)

    def expect(self, person: PersonKey, after: timedelta) -> None:
        self.expected.append((person, after))


@pytest.fixture
def hands(store: SqlStore) -> Hands:
    made = Hands()
    store.deliver_by(made)
    return made


async def answer(store: SqlStore, text: str = "好", **changes: object) -> None:
    """Answer somebody as the conversation does."""
    async with store.transaction() as tx:
        await tx.find_waiting(SURVIVOR)
        await tx.recall(SURVIVOR)
        await tx.queue(SURVIVOR, a_mail(text, **{"until": UNTIL, **changes}), NOON)


async def test_it_is_in_hand_once_it_is_stored(store: SqlStore, hands: Hands, sql: Look) -> None:
    """Not a moment before; and in the database it is being sent since then."""
    async with store.transaction() as tx:
        await tx.find_waiting(SURVIVOR)
        await tx.queue(SURVIVOR, a_mail(until=UNTIL), NOON)
        assert hands.carried == []

    (letter,) = hands.carried
    assert letter == Letter(
        letter.id, SURVIVOR, "line", an_address(until=UNTIL), a_reply(), attempts=1, reached=False
    )
    assert [tuple(row) for row in await sql("SELECT id, state, attempts FROM outbox")] == [
        (letter.id, "sending", 1)
    ]
    assert not await store.claim_due(NOON + SECOND, 10)
    assert hands.expected == []


async def test_what_was_handed_over_ends_as_any_letter(store: SqlStore, hands: Hands, sql: Look) -> None:
    """Its body and its key are destroyed."""
    await answer(store)
    await store.mark_sent(hands.carried[0])
    assert [tuple(row) for row in await sql("SELECT state, body FROM outbox")] == [("sent", None)]
    assert await sql("SELECT id FROM erasable_key") == []


async def test_nothing_is_handed_over_that_is_not_stored(store: SqlStore, hands: Hands) -> None:
    async def fail() -> None:
        async with store.transaction() as tx:
            await tx.find_waiting(SURVIVOR)
            await tx.queue(SURVIVOR, a_mail(until=UNTIL), NOON)
            raise StoreDown("midway")

    with pytest.raises(StoreDown):
        await fail()
    assert (hands.carried, hands.expected) == ([], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"until": None},
        {"after": SECOND},
        {"final": True},
        {"wipe": a_wipe("1")},
        {"channel": "telegram"},
    ],
    ids=["no token", "gathered", "final", "with a wipe", "no sender here"],
)
async def test_what_could_be_said_twice_or_is_not_due_waits_in_the_outbox(
    store: SqlStore, hands: Hands, changes: dict[str, object]
) -> None:
    """After a crash only a token that is spent once makes it safe to send again."""
    await answer(store, **changes)
    assert hands.carried == []
    assert hands.expected == [(SURVIVOR, changes.get("after", timedelta(0)))]
    assert len(await store.claim_due(NOON + SECOND, 10)) == 1


async def test_it_does_not_overtake_what_is_on_its_way(store: SqlStore, hands: Hands) -> None:
    """One letter of a person at a time, in the order in which they were written."""
    await answer(store, "first")
    await answer(store, "second")
    assert [letter.reply.bubbles for letter in hands.carried] == [("first",)]
    assert hands.expected == [(SURVIVOR, timedelta(0))]
    assert not await store.claim_due(NOON + SECOND, 10)

    await store.mark_sent(hands.carried[0])

    (second,) = await store.claim_due(NOON + SECOND, 10)
    assert second.reply.bubbles == ("second",)


async def come_again(store: SqlStore, *, fails: bool = False) -> None:
    """The person writes again, and is answered."""
    async with store.transaction() as tx:
        await tx.load_session(SURVIVOR)
        await tx.find_waiting(SURVIVOR)
        await tx.queue(SURVIVOR, a_mail("next", until=UNTIL), NOON)
        if fails:
            raise StoreDown("midway")


async def test_what_arrived_is_closed_by_their_next_message(store: SqlStore, hands: Hands, sql: Look) -> None:
    """So that the next answer goes out at once, and no transaction is spent on it alone."""
    await answer(store)
    closing = asyncio.create_task(store.mark_sent(hands.carried[0]))
    await asyncio.sleep(0)
    assert not closing.done()
    await come_again(store)
    await asyncio.wait_for(closing, 10)
    assert [letter.reply.bubbles for letter in hands.carried] == [("好",), ("next",)]
    rows = [tuple(row) for row in await sql("SELECT state, body IS NULL FROM outbox ORDER BY seq")]
    assert [(state, bool(is_empty)) for state, is_empty in rows] == [("sent", True), ("sending", False)]
    assert len(await sql("SELECT id FROM erasable_key WHERE id LIKE 'outbox:%'")) == 1


async def test_if_their_next_message_fails_it_is_closed_with_others(
    store: SqlStore, hands: Hands, sql: Look
) -> None:
    """Nobody is told before it is stored."""
    await answer(store)
    closing = asyncio.create_task(store.mark_sent(hands.carried[0]))
    await asyncio.sleep(0)
    with pytest.raises(StoreDown):
        await come_again(store, fails=True)
    assert not closing.done()
    await asyncio.wait_for(closing, 10)
    assert [tuple(row) for row in await sql("SELECT state, body FROM outbox")] == [("sent", None)]


async def test_it_takes_the_place_of_what_nobody_tried_to_send(store: SqlStore, hands: Hands) -> None:
    """A button after words in the same breath: one answer."""
    await answer(store, "words", after=SECOND)
    await answer(store, "button")
    assert [letter.reply.bubbles for letter in hands.carried] == [("button",)]
    assert not await store.claim_due(NOON + 2 * SECOND, 10)


async def test_whoever_has_no_hand_free_finds_it_in_the_outbox(store: SqlStore, hands: Hands) -> None:
    hands.free = False
    await answer(store)
    assert hands.carried == []
    assert len(await store.claim_due(NOON + SECOND, 10)) == 1


async def test_what_is_erased_in_the_same_breath_is_not_said(store: SqlStore, hands: Hands) -> None:
    await begin(store)
    async with store.transaction() as tx:
        await tx.find_waiting(SURVIVOR)
        await tx.queue(SURVIVOR, a_mail(until=UNTIL), NOON)
        await tx.erase(SURVIVOR)
        await tx.queue(SURVIVOR, a_mail("再見", until=UNTIL), NOON)
    assert hands.carried == []
    (farewell,) = await store.claim_due(NOON + SECOND, 10)
    assert farewell.reply.bubbles == ("再見",)


async def test_after_a_crash_another_program_takes_it_up_exactly_once(
    store: SqlStore, second_store: SqlStore, hands: Hands
) -> None:
    """The one who had it died between the commit and the network. The token may be spent: it is used again."""
    await answer(store)
    for early in (0, 7):
        await second_store.sweep(NOON + early * SECOND)
        assert not await second_store.claim_due(NOON + early * SECOND, 10)

    for one in (store, second_store):
        await one.sweep(NOON + 9 * SECOND)
    taken = [
        *await store.claim_due(NOON + 9 * SECOND, 10),
        *await second_store.claim_due(NOON + 9 * SECOND, 10),
    ]

    (letter,) = taken
    assert (letter.id, letter.address.token, letter.reached) == (hands.carried[0].id, "token-1", True)
    assert letter.attempts == 2


async def test_whoever_stops_waiting_for_the_commit_leaves_no_letter_behind(
    store: SqlStore, hands: Hands, sql: Look
) -> None:
    """
    The caller is cancelled between storing and handing over: as after a crash, the letter is given back in nine seconds.

    Then its token has most of its life before it; and nothing of it is stored if the commit was cut off as well.
    """

    async def answer_and_be_cancelled() -> None:
        async with store.transaction() as tx:
            await tx.find_waiting(SURVIVOR)
            await tx.queue(SURVIVOR, a_mail(until=UNTIL), NOON)
            asyncio.get_running_loop().call_soon(asking.cancel)

    await begin(store)
    asking = asyncio.create_task(answer_and_be_cancelled())
    with suppress(asyncio.CancelledError):
        await asking
    assert asking.cancelled()
    await store.sweep(NOON + 8 * SECOND)  # behind the commit
    stored = [row.state for row in await sql("SELECT state FROM outbox")]

    await store.sweep(NOON + 9 * SECOND)
    letters = await store.claim_due(NOON + 9 * SECOND, 10)

    assert hands.carried == []
    assert stored in ([], ["sending"])
    assert [letter.reply.bubbles for letter in letters] == [a_reply().bubbles for _ in stored]
    assert all(letter.address.until == UNTIL for letter in letters)
