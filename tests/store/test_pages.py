"""One-time pages: opened once, in time, replaced by a newer link, ended once, gone with their person."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.ports import Page
from bot.store.handoffs_desk import DeskHandoffs
from bot.store.sql import SqlStore, open_store
from tests.store.cast import NOON, PARENT, SURVIVOR, VAULT, FakeClock, begin, insist
from tests.store.conftest import Look
from tests.store.handoff_cast import QUARTER, submit, take_seat

UNTIL = NOON + QUARTER
LINK = "token"
SECOND = timedelta(seconds=1)


async def link(store: SqlStore, token: str = LINK, person: object = SURVIVOR) -> None:
    async with store.transaction() as tx:
        await tx.load_session(person)  # type: ignore[arg-type]
        await tx.add_page(person, token, UNTIL)  # type: ignore[arg-type]


async def open_(
    store: SqlStore, seat: str = "seat", token: str = LINK, *, after: timedelta = timedelta(0)
) -> Page | None:
    async with store.transaction() as tx:
        return await tx.open_page(token, seat, NOON + after, NOON + after + QUARTER)


async def find(store: SqlStore, seat: str = "seat") -> Page | None:
    async with store.transaction() as tx:
        return await tx.find_page(seat)


async def close(store: SqlStore, seat: str = "seat") -> bool:
    async with store.transaction() as tx:
        return await tx.close_page(seat)


async def test_a_link_is_opened_once(store: SqlStore) -> None:
    """Whoever comes second, with the same link or forwarded, finds nothing; who was first goes on."""
    await link(store)
    assert await open_(store) == Page(SURVIVOR, UNTIL)
    assert await open_(store, "another") is None
    assert await find(store) == Page(SURVIVOR, UNTIL)
    assert await find(store, "another") is None


async def test_of_two_who_open_a_link_at_once_one_does(store: SqlStore, second_store: SqlStore) -> None:
    await begin(store)
    await link(store)
    both = list(enumerate([store, second_store] * 4))
    opened = await asyncio.gather(
        *(insist(lambda number=number, each=each: open_(each, f"seat {number}")) for number, each in both)
    )
    assert sum(page is not None for page in opened) == 1
    seated = [await find(store, f"seat {number}") for number, _ in both]
    assert [page is not None for page in seated] == [page is not None for page in opened]


async def test_a_link_that_is_late_or_unknown_opens_nothing(store: SqlStore) -> None:
    """To the second; and it was not used up by trying."""
    await link(store)
    assert await open_(store, after=QUARTER) is None
    assert await open_(store, token="another") is None
    assert await open_(store, after=QUARTER - SECOND) is not None


async def test_a_newer_link_ends_the_older_one_and_its_page(store: SqlStore) -> None:
    """Somebody else's goes on."""
    await link(store, "theirs", PARENT)
    assert await open_(store, "their seat", "theirs") is not None
    await link(store)
    await open_(store)
    await link(store, "newer")
    assert await find(store) is None
    assert not await close(store)
    assert await open_(store, "seat 2", "newer") is not None
    await link(store, "newest")
    await link(store, "newest of all")
    assert await open_(store, "seat 3", "newest") is None
    assert await find(store, "their seat") is not None


async def test_an_open_page_can_go_on_also_when_its_time_is_over(store: SqlStore) -> None:
    """What was filled in is in the page; it is not lost because somebody was interrupted."""
    await link(store)
    await open_(store)
    async with store.transaction() as tx:
        await tx.renew_page("seat", UNTIL + timedelta(hours=1))
        await tx.renew_page("another", UNTIL + timedelta(hours=1))
    assert await find(store) == Page(SURVIVOR, UNTIL + timedelta(hours=1))
    assert await find(store, "another") is None


async def test_whether_a_page_has_a_seat_is_seen_without_a_transaction(store: SqlStore) -> None:
    """T14: seats are made up for nothing; an exit looks before it ends anything."""
    assert not await store.has_page("seat")
    await begin(store)
    await link(store)
    async with store.transaction() as tx:
        await tx.open_page(LINK, "seat", NOON, UNTIL)
    assert await store.has_page("seat")
    assert not await store.has_page("another seat")
    async with store.transaction() as tx:
        await tx.close_page("seat")
    assert not await store.has_page("seat")


async def test_of_two_who_end_a_page_at_once_one_does(store: SqlStore, second_store: SqlStore) -> None:
    await begin(store)
    await take_seat(store)
    both = [store, second_store] * 4
    ended = await asyncio.gather(*(insist(lambda through=each: close(through)) for each in both))
    assert sorted(ended) == [False] * 7 + [True]


async def test_pressing_send_twice_sends_once(
    store: SqlStore, second_store: SqlStore, handoffs: DeskHandoffs
) -> None:
    """A double tap, a reload, a phone that tries again: one handoff, one receipt."""
    await begin(store)
    await take_seat(store)
    both = list(enumerate([store, second_store] * 3))
    sent = await asyncio.gather(
        *(
            insist(lambda number=number, each=each: submit(each, "seat", f"receipt {number}"))
            for number, each in both
        )
    )
    assert sorted(sent) == [False] * 5 + [True]
    assert len(await handoffs.list_handoffs()) == 1


async def test_who_erases_while_the_page_is_open_sends_nothing_any_more(
    store: SqlStore, handoffs: DeskHandoffs
) -> None:
    """Erased halfway: the page leads nowhere, and nothing of it was stored."""
    await begin(store)
    await take_seat(store)
    async with store.transaction() as tx:
        await tx.erase(SURVIVOR)
    assert await find(store) is None
    assert not await submit(store, "seat", "receipt")
    assert await handoffs.list_handoffs() == []


async def test_erasing_and_sending_at_once_ends_in_one_of_both(
    store: SqlStore, second_store: SqlStore, handoffs: DeskHandoffs
) -> None:
    """Never in a circle, never half: either it was sent before the erasure, or not at all."""

    async def erase() -> None:
        async with second_store.transaction() as tx:
            await tx.erase(SURVIVOR)

    for number in range(5):
        await begin(store)
        await take_seat(store)
        before = len(await handoffs.list_handoffs())
        sent, _ = await asyncio.gather(
            insist(lambda name=number: submit(store, "seat", f"receipt {name}")), insist(erase)
        )
        assert len(await handoffs.list_handoffs()) == before + sent
        assert (await store.look(SURVIVOR), await find(store)) == (None, None)


async def test_a_page_goes_with_its_session(store: SqlStore, sql: Look, clock: FakeClock) -> None:
    """Also when the session ends by itself, a day later."""
    await begin(store)
    await link(store)
    async with store.transaction() as tx:
        await tx.open_page("token", "seat", NOON, NOON + timedelta(days=2))
    clock.pass_by(timedelta(hours=25))
    await store.sweep(clock())
    assert await sql("SELECT person FROM page_seat") == []


async def test_a_link_ends_with_its_time_and_an_open_page_two_hours_later(store: SqlStore, sql: Look) -> None:
    await link(store)
    await link(store, "theirs", PARENT)
    await open_(store)

    async def left() -> list[object]:
        return [row.person for row in await sql("SELECT person FROM page_seat ORDER BY seat IS NULL")]

    await store.sweep(UNTIL - SECOND)
    assert await left() == [SURVIVOR, PARENT]
    await store.sweep(UNTIL)
    assert await left() == [SURVIVOR]
    await store.sweep(UNTIL + timedelta(hours=2) - SECOND)
    assert await left() == [SURVIVOR]
    await store.sweep(UNTIL + timedelta(hours=2))
    assert await left() == []


async def test_opening_a_page_waits_for_its_person_first(postgres_url: str) -> None:
    """People first, then their page: whoever holds the person and then ends the page is not met in a circle."""
    one, other = (open_store(postgres_url, VAULT, clock=FakeClock()) for _ in range(2))
    await begin(one)
    await link(one)
    async with one.transaction() as erasing:
        await erasing.load_session(SURVIVOR)
        waiting = asyncio.create_task(insist(lambda: open_(other)))
        await asyncio.sleep(0.05)  # give it the time to get in our way, if it does
        await erasing.erase(SURVIVOR)
    assert await waiting is None
    await one.close()
    await other.close()


async def test_a_stolen_copy_shows_neither_link_nor_seat(store: SqlStore, sql: Look) -> None:
    """T8: keyed hashes only."""
    await link(store)
    (row,) = await sql("SELECT * FROM page_seat")
    assert (row.token == VAULT.event_key("page token", "token"), row.seat) == (True, None)
    await open_(store)
    (row,) = await sql("SELECT * FROM page_seat")
    assert (row.token, row.seat == VAULT.event_key("page seat", "seat")) == (None, True)
