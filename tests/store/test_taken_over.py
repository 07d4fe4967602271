"""R5: whoever held a letter, froze, and wakes after others took it up changes nothing of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.ports import Letter
from bot.store.sql import SqlStore
from tests.store.cast import NOON, SURVIVOR, begin, post
from tests.store.conftest import Look

SECOND = timedelta(seconds=1)
#: A program that holds a letter with a token this long is taken for dead. Source: store/sweep.
TAKEN_UP = NOON + 9 * SECOND
UNTIL = NOON + 50 * SECOND

Says = Callable[[SqlStore, Letter], Awaitable[None]]
SAYINGS: dict[str, Says] = {
    "it is sent": lambda store, letter: store.mark_sent(letter),
    "it may be sent": lambda store, letter: store.mark_lost(letter, "uncertain"),
    "its token is dead": lambda store, letter: store.mark_lost(letter, "expired"),
    "it cannot be said": lambda store, letter: store.mark_lost(letter, "dead"),
    "again later": lambda store, letter: store.postpone(letter, TAKEN_UP, reached=False, done=3),
    "they blocked us": lambda store, letter: store.mark_gone(letter),
}


async def take(store: SqlStore, second: int) -> Letter:
    (letter,) = await store.claim_due(NOON + second * SECOND, 1)
    return letter


async def freeze_with_it(store: SqlStore) -> tuple[Letter, Letter]:
    """One program claims a letter and freezes, another one takes it up; returns what each of them holds."""
    await begin(store)
    await post(store, "A", until=UNTIL)
    frozen = await take(store, 0)
    await store.sweep(TAKEN_UP)
    return frozen, await take(store, 9)


async def look(store: SqlStore, sql: Look) -> tuple[object, ...]:
    """Return all there is of the letter, and whether its person is thought to have missed it."""
    rows = await sql("SELECT state, attempts, reached, done, due_at, claimed_at, until, body FROM outbox")
    keys = await sql("SELECT id FROM erasable_key ORDER BY id")
    stored = await store.look(SURVIVOR)
    return [tuple(row) for row in rows], [row.id for row in keys], stored and stored.reply_lost


@pytest.mark.parametrize("says", SAYINGS.values(), ids=SAYINGS)
async def test_who_wakes_while_another_one_sends_it_changes_nothing(
    store: SqlStore, sql: Look, says: Says
) -> None:
    """The letter stays with whoever took it up, its key and its person's session too."""
    frozen, _ = await freeze_with_it(store)
    before = await look(store, sql)
    await says(store, frozen)
    assert await look(store, sql) == before


@pytest.mark.parametrize("says", SAYINGS.values(), ids=SAYINGS)
async def test_who_wakes_before_another_one_sends_it_changes_nothing(
    store: SqlStore, sql: Look, says: Says
) -> None:
    """It was given back and waits for a hand."""
    await begin(store)
    await post(store, "A", until=UNTIL)
    frozen = await take(store, 0)
    await store.sweep(TAKEN_UP)
    before = await look(store, sql)
    await says(store, frozen)
    assert await look(store, sql) == before


@pytest.mark.parametrize("says", SAYINGS.values(), ids=SAYINGS)
async def test_who_wakes_after_another_one_sent_it_changes_nothing(
    store: SqlStore, sql: Look, says: Says
) -> None:
    """Neither is it brought back, nor is its person asked anew, nor are those erased who came back since."""
    frozen, held = await freeze_with_it(store)
    await store.mark_sent(held)
    before = await look(store, sql)
    await says(store, frozen)
    assert await look(store, sql) == before


async def test_whoever_took_it_up_ends_it(store: SqlStore, sql: Look) -> None:
    """What the one who woke said kept nobody from writing down how it ended."""
    frozen, held = await freeze_with_it(store)
    await store.postpone(frozen, TAKEN_UP, reached=True)
    await store.mark_lost(frozen, "expired")
    await store.mark_sent(held)
    assert [row.state for row in await sql("SELECT state FROM outbox")] == ["sent"]
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert not stored.reply_lost
