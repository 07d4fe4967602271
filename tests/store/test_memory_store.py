"""The store in memory keeps the contract of handoffs, pages and uses as the databases do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.errors import StoreDown
from bot.ports import Case, Page
from tests.fakes.memory_store import MemoryStore
from tests.store.cast import NOON, PARENT, SURVIVOR
from tests.store.handoff_cast import QUARTER, a_handoff, a_request

UNTIL = NOON + QUARTER


async def test_a_receipt_tells_what_was_asked() -> None:
    """One withdrawal, five corrections; nothing about what is not there."""
    store, sent = MemoryStore(), a_handoff("receipt")
    async with store.transaction() as tx:
        await tx.add_handoff(sent)
        kinds = ["withdraw"] * 2 + ["correct"] * 6
        asked = [await tx.add_request(a_request(sent.id, kind)) for kind in kinds]  # type: ignore[arg-type]
        assert asked == [True, False] + [True] * 5 + [False]
        assert not await tx.add_request(a_request("another"))
        assert await tx.find_case("receipt") == Case(sent.id, "new", ("correct", "withdraw"))
        assert await tx.find_case("another") is None


async def test_uses_count_up_to_their_limit_and_for_their_time() -> None:
    store = MemoryStore()
    async with store.transaction() as tx:
        assert [await tx.count("a", "who", NOON, hours=1, limit=2) for _ in range(3)] == [True, True, False]
        assert await tx.count("a", "who", NOON + timedelta(hours=1), hours=1, limit=2)


async def test_a_link_is_opened_once_in_time_and_replaced_by_a_newer_one() -> None:
    store = MemoryStore()
    async with store.transaction() as tx:
        await tx.add_page(SURVIVOR, "old", UNTIL)
        await tx.add_page(SURVIVOR, "token", UNTIL)
        await tx.add_page(PARENT, "theirs", UNTIL)
        assert await tx.open_page("old", "seat", NOON, UNTIL) is None
        assert await tx.open_page("token", "seat", UNTIL, UNTIL) is None
        assert await tx.open_page("token", "seat", NOON, UNTIL) == Page(SURVIVOR, UNTIL)
        assert await tx.open_page("token", "another", NOON, UNTIL) is None
        await tx.renew_page("seat", UNTIL + QUARTER)
        await tx.renew_page("another", UNTIL + QUARTER)
        assert await tx.find_page("seat") == Page(SURVIVOR, UNTIL + QUARTER)
        assert [await tx.close_page("seat"), await tx.close_page("seat")] == [True, False]
        await tx.erase(PARENT)
        assert await tx.open_page("theirs", "seat", NOON, UNTIL) is None


async def test_a_handoff_that_fails_leaves_nothing() -> None:
    """The fault is raised once; the second try goes through."""
    store = MemoryStore(handoff_faults=[StoreDown("out")])

    async def send() -> None:
        async with store.transaction() as tx:
            await tx.add_page(SURVIVOR, "token", UNTIL)
            await tx.add_handoff(a_handoff("receipt"))

    with pytest.raises(StoreDown):
        await send()
    assert (store.rows.links, store.rows.handoffs) == ({}, [])
    await send()
    assert len(store.rows.handoffs) == 1
