"""Who has a handoff, when the person was first called, and the warnings that nobody opened it: on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.ports import Unopened, Work
from bot.store.handoffs_desk import DeskHandoffs
from bot.store.office import OfficeStore
from bot.store.sql import SqlStore
from tests.store.conftest import Look
from tests.store.handoff_cast import HOUR, send

LIN, CHEN = "4f0c1d5e-0000-4000-8000-000000000001", "4f0c1d5e-0000-4000-8000-000000000002"
NOBODY = "4f0c1d5e-0000-4000-8000-000000000003"


async def test_a_handoff_is_with_nobody_until_somebody_takes_it(store: SqlStore, desk: OfficeStore) -> None:
    """Then it can be given on, and given back."""
    sent = await send(store)
    assert await desk.casework.list_work() == {}
    assert await desk.casework.assign(sent.id, LIN, instead_of=None)
    assert await desk.casework.list_work() == {sent.id: Work(sent.id, LIN)}
    assert await desk.casework.assign(sent.id, CHEN, instead_of=LIN)
    assert await desk.casework.assign(sent.id, None, instead_of=CHEN)
    assert await desk.casework.list_work() == {sent.id: Work(sent.id, None)}
    assert await desk.casework.assign(sent.id, LIN, instead_of=None)


async def test_it_is_not_taken_from_somebody_unseen(store: SqlStore, desk: OfficeStore) -> None:
    """Who looked at an older list changes nothing."""
    sent = await send(store)
    assert not await desk.casework.assign(sent.id, CHEN, instead_of=LIN)
    assert await desk.casework.assign(sent.id, LIN, instead_of=None)
    assert not await desk.casework.assign(sent.id, CHEN, instead_of=None)
    assert not await desk.casework.assign(sent.id, None, instead_of=CHEN)
    assert await desk.casework.list_work() == {sent.id: Work(sent.id, LIN)}


async def test_of_two_who_take_it_at_once_one_has_it(store: SqlStore, desk: OfficeStore) -> None:
    sent = await send(store)
    both = await asyncio.gather(
        desk.casework.assign(sent.id, LIN, instead_of=None),
        desk.casework.assign(sent.id, CHEN, instead_of=None),
    )
    assert sorted(both) == [False, True]
    assert (await desk.casework.list_work())[sent.id].assigned_to == (LIN if both[0] else CHEN)


async def test_the_first_call_is_noted_once_to_the_hour(store: SqlStore, desk: OfficeStore) -> None:
    """Beside whoever has it."""
    sent = await send(store)
    called = HOUR + timedelta(hours=3, minutes=59)
    assert await desk.casework.note_called(sent.id, called)
    assert not await desk.casework.note_called(sent.id, called + timedelta(hours=5))
    assert await desk.casework.assign(sent.id, LIN, instead_of=None)
    assert await desk.casework.list_work() == {sent.id: Work(sent.id, LIN, HOUR + timedelta(hours=3))}


async def test_nothing_is_kept_of_what_is_not_there(desk: OfficeStore) -> None:
    """What was erased meanwhile leaves no work behind."""
    assert not await desk.casework.assign(NOBODY, LIN, instead_of=None)
    assert not await desk.casework.note_called(NOBODY, HOUR)
    assert await desk.casework.list_work() == {}


async def test_what_nobody_opened_is_listed_oldest_first(store: SqlStore, handoffs: DeskHandoffs) -> None:
    """R29: opening it takes it off, and so does saying how far it is."""
    young = await send(store, "one", created_at=HOUR)
    old = await send(store, "two", created_at=HOUR - timedelta(hours=1))
    for seen in (await send(store, "three"), await send(store, "four")):
        await handoffs.mark_opened(seen.id, HOUR)
    await handoffs.set_status((await send(store, "five")).id, "called", HOUR, counts_as_opened=True)
    assert await handoffs.list_unopened() == [
        Unopened(old.id, old.created_at, 0),
        Unopened(young.id, young.created_at, 0),
    ]


async def test_one_whose_case_was_lost_is_still_waiting(
    store: SqlStore, handoffs: DeskHandoffs, sql: Look
) -> None:
    """R21: it is shown; there is nowhere to note a warning."""
    sent = await send(store)
    await sql("DELETE FROM handoff_case")
    assert await handoffs.list_unopened() == [Unopened(sent.id, sent.created_at, 0)]
    assert not await handoffs.note_alert(sent.id, 1)


async def test_each_warning_is_noted_once(store: SqlStore, handoffs: DeskHandoffs) -> None:
    """R29: also when two offices look at the same moment; never back, and not of what is open or gone."""
    sent = await send(store)
    both = await asyncio.gather(handoffs.note_alert(sent.id, 1), handoffs.note_alert(sent.id, 1))
    assert sorted(both) == [False, True]
    assert await handoffs.note_alert(sent.id, 3)
    assert not await handoffs.note_alert(sent.id, 2)
    assert [row.alerts for row in await handoffs.list_unopened()] == [3]
    await handoffs.mark_opened(sent.id, HOUR)
    assert not await handoffs.note_alert(sent.id, 4)
    assert not await handoffs.note_alert(NOBODY, 1)
