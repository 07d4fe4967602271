"""Letters on their way: gathered, taken back, the last ones kept, parts of them arrived; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.model import PersonKey
from bot.ports import Waiting
from bot.store.sql import SqlStore
from tests.store.cast import NOON, PARENT, SURVIVOR, a_mail, a_wipe, begin, post
from tests.store.conftest import Look
from tests.store.test_outbox import SOON, take, take_one, texts

# ─── Waiting and taking back ──────────────────────────────────────────────────


async def find_waiting(store: SqlStore, person: PersonKey = SURVIVOR) -> Waiting:
    async with store.transaction() as tx:
        return await tx.find_waiting(person)


async def recall(store: SqlStore, person: PersonKey = SURVIVOR) -> list[str]:
    async with store.transaction() as tx:
        return [mail.reply.bubbles[0] for mail in await tx.recall(person)]


async def test_a_letter_waits_as_long_as_it_is_gathered(store: SqlStore) -> None:
    """Not a moment longer."""
    await post(store, "A", after=timedelta(seconds=1))
    assert list(await store.claim_due(SOON - timedelta(microseconds=1), 9)) == []
    assert texts(list(await store.claim_due(SOON, 9))) == ["A"]


async def test_what_waits_is_known_until_it_is_settled(store: SqlStore) -> None:
    """Untried, in hand, to be tried again, done; and it is nobody else's."""
    assert await find_waiting(store) == Waiting()
    await post(store, "A")
    assert await find_waiting(store) == Waiting(unsent=True)
    assert await find_waiting(store, PARENT) == Waiting()
    letter = await take_one(store)
    assert await find_waiting(store) == Waiting(sending=True)
    await post(store, "B")
    assert await find_waiting(store) == Waiting(unsent=True, sending=True)
    await store.postpone(letter, SOON, reached=False)
    assert await find_waiting(store) == Waiting(unsent=True, sending=True)
    await recall(store)
    assert await find_waiting(store) == Waiting(sending=True)
    await store.mark_sent(await take_one(store))
    assert await find_waiting(store) == Waiting()


async def test_untried_letters_are_taken_back_whole(store: SqlStore, sql: Look) -> None:
    """Rows and keys are destroyed; whoever takes them back gets them, oldest first. Others keep theirs."""
    mails = [a_mail(text, until=SOON, wipe=a_wipe("1")) for text in "AB"]
    async with store.transaction() as tx:
        for mail in mails:
            await tx.queue(SURVIVOR, mail, NOON)
    await post(store, "C", PARENT)
    async with store.transaction() as tx:
        assert await tx.recall(SURVIVOR) == tuple(mails)
    assert [row.person for row in await sql("SELECT person FROM outbox")] == [PARENT]
    assert len(await sql("SELECT id FROM erasable_key")) == 1
    assert await recall(store) == []


async def test_letters_that_were_tried_are_not_taken_back(store: SqlStore) -> None:
    """One in hand, one to be tried again, one that arrived: each may have been seen."""
    await post(store, "A")
    letter = await take_one(store)
    assert await recall(store) == []
    await store.postpone(letter, SOON, reached=False)
    assert await recall(store) == []
    await store.mark_sent(await take_one(store))
    assert await recall(store) == []


async def test_last_words_are_not_taken_back(store: SqlStore) -> None:
    """What they say is said by no other letter; they count as on their way."""
    await post(store, "A")
    await post(store, "再見", final=True)
    assert await recall(store) == ["A"]
    assert await find_waiting(store) == Waiting(sending=True)
    assert texts(await take(store)) == ["再見"]


async def test_last_words_that_wait_for_another_try_hold_up_nobody(store: SqlStore) -> None:
    """Who erased everything and writes again, perhaps in danger, is answered; both arrive."""
    await post(store, "再見", final=True)
    await post(store, "A")
    letter = await take_one(store)
    assert texts([letter]) == ["再見"]
    assert await take(store) == []
    await store.postpone(letter, SOON + timedelta(minutes=1), reached=False)
    await store.mark_sent(await take_one(store))
    (again,) = await store.claim_due(SOON + timedelta(minutes=1), 9)
    assert texts([again]) == ["再見"]


async def test_what_nobody_can_open_is_taken_back_unread(store: SqlStore, sql: Look) -> None:
    """It is destroyed all the same."""
    await post(store, "A")
    await post(store, "B")
    await sql("DELETE FROM erasable_key WHERE id = (SELECT 'outbox:' || id FROM outbox WHERE seq = 1)")
    assert await recall(store) == ["B"]
    assert await sql("SELECT id FROM outbox") == []


async def test_a_recall_that_is_rolled_back_never_was(store: SqlStore) -> None:
    """The turn failed: the letter is still there, and opens."""
    await post(store, "A")

    async def fail_midway() -> None:
        async with store.transaction() as tx:
            await tx.recall(SURVIVOR)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_midway()
    assert texts(await take(store)) == ["A"]


@pytest.mark.parametrize("is_in_hand", [False, True])
async def test_an_erasure_may_leave_earlier_last_words(store: SqlStore, *, is_in_hand: bool) -> None:
    """Those that are not said yet; of those that were, and of everything else, nothing."""
    await post(store, "said before", final=True)
    await store.mark_sent(await take_one(store))
    await post(store, "再見", final=True)
    letters = await take(store) if is_in_hand else []
    await post(store, "A")
    async with store.transaction() as tx:
        await tx.erase(SURVIVOR, keep_final=True)
    for letter in letters:
        await store.postpone(letter, SOON, reached=False)
    assert texts(await take(store)) == ["再見"]
    assert await take(store) == []


async def test_an_erasure_takes_last_words_too(store: SqlStore, sql: Look) -> None:
    """Unless they are to be kept: who blocked us cannot hear them."""
    await post(store, "再見", final=True)
    async with store.transaction() as tx:
        await tx.erase(SURVIVOR)
    assert await sql("SELECT id FROM outbox") == []
    assert await sql("SELECT id FROM erasable_key") == []


@pytest.mark.parametrize("state", ["sent", "uncertain", "expired", "dead"])
async def test_of_last_words_nothing_is_left(store: SqlStore, sql: Look, state: str) -> None:
    """A stolen copy does not show who erased their conversation, whatever became of the farewell."""
    await post(store, "再見", final=True)
    letter = await take_one(store)
    await (store.mark_sent(letter) if state == "sent" else store.mark_lost(letter, state))
    assert await sql("SELECT id FROM outbox") == []
    assert await sql("SELECT id FROM erasable_key") == []


# ─── Parts of letters, and people who are gone ────────────────────────────────


async def test_bubbles_that_arrived_are_remembered(store: SqlStore) -> None:
    """The next try goes on behind them; a later one that knows of fewer takes nothing back."""
    await post(store, "A")
    await store.postpone(await take_one(store), SOON, reached=False, done=2)
    again = await take_one(store)
    assert again.done == 2
    await store.postpone(again, SOON, reached=False)
    assert (await take_one(store)).done == 2


async def test_a_letter_brings_what_is_to_be_taken_back(store: SqlStore) -> None:
    """The messages, and what is said when some stay."""
    await post(store, "A", wipe=a_wipe("1", "2"))
    assert (await take_one(store)).wipe == a_wipe("1", "2")


async def test_who_blocked_us_is_erased(store: SqlStore, sql: Look) -> None:
    """Session, letters, keys, code and list, the letter in hand included; nobody else."""
    await begin(store)
    await begin(store, PARENT)
    async with store.transaction() as tx:
        await tx.load_session(SURVIVOR)
        await tx.remember_message(SURVIVOR, "1", NOON)
        await tx.add_code(SURVIVOR, "ABCDE-FGH23", SOON)
    await post(store, "A")
    await post(store, "B")
    await store.mark_gone(await take_one(store))
    for table in ("outbox", "chat_message", "move_code"):
        assert await sql(f"SELECT * FROM {table}") == []  # noqa: S608 - our own table names
    assert [row.id for row in await sql("SELECT id FROM erasable_key")] == [f"session:{PARENT}"]


async def test_a_program_takes_only_what_it_can_send(store: SqlStore) -> None:
    """Two programs share a database: one fetches from Telegram, the other serves LINE."""
    await post(store, "A")
    assert list(await store.claim_due(SOON, 9, ("fax",))) == []
    assert len(await store.claim_due(SOON, 9, ("fax", "line"))) == 1
