"""Papers in the database: added once, never to what is erased, read in order, sealed anew, gone with their handoff."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.errors import StoreDown
from bot.ports import StoredPaper
from bot.store.handoffs_desk import DeskHandoffs
from bot.store.office import OfficeStore
from bot.store.sql import SqlStore
from tests.store.cast import FakeClock
from tests.store.conftest import Look
from tests.store.handoff_cast import HOUR, a_seal, send


def a_paper(handoff_id: str, *, at: datetime = HOUR, **changes: object) -> StoredPaper:
    paper = StoredPaper(str(uuid.uuid4()), handoff_id, "note", "account-1", at, a_seal())
    return replace(paper, **changes)  # type: ignore[arg-type]


async def test_papers_are_read_as_they_were_added_oldest_first(store: SqlStore, desk: OfficeStore) -> None:
    """With those of no other handoff."""
    sent, other = await send(store), await send(store, "K7MD-2QXW-9PTB")
    late, early = a_paper(sent.id, at=HOUR + timedelta(hours=2)), a_paper(sent.id, kind="acknowledgement")
    for paper in (late, a_paper(other.id), early):
        await desk.casework.add_paper(paper)
    assert await desk.casework.list_papers(sent.id) == (early, late)
    found = await desk.handoffs.find_handoff(sent.id)
    assert found is not None
    assert found.papers == (early, late)


async def test_a_handoff_without_papers_has_none(store: SqlStore, desk: OfficeStore) -> None:
    sent = await send(store)
    assert await desk.casework.list_papers(sent.id) == ()
    assert [one.papers for one in await desk.handoffs.list_handoffs()] == [()]


async def test_the_same_paper_twice_is_added_once(store: SqlStore, desk: OfficeStore) -> None:
    """A double click: the first one stays as it is."""
    sent = await send(store)
    paper = a_paper(sent.id)
    await desk.casework.add_paper(paper)
    await desk.casework.add_paper(replace(paper, sealed=a_seal()))
    assert await desk.casework.list_papers(sent.id) == (paper,)


async def test_nothing_is_added_to_what_is_not_there(desk: OfficeStore) -> None:
    """What is written of a handoff must not outlive it."""
    paper = a_paper(str(uuid.uuid4()))
    with pytest.raises(StoreDown):
        await desk.casework.add_paper(paper)
    assert await desk.casework.list_papers(paper.handoff_id) == ()


async def test_papers_and_work_go_with_their_handoff(
    store: SqlStore, desk: OfficeStore, handoffs: DeskHandoffs, sql: Look
) -> None:
    """SECURITY §6: and those of another one stay."""
    sent, other = await send(store), await send(store, "K7MD-2QXW-9PTB")
    for one in (sent, other):
        await desk.casework.add_paper(a_paper(one.id))
        await desk.casework.assign(one.id, "account-1", instead_of=None)
    assert await handoffs.erase([sent.id]) == [sent.id]
    assert [row[0] for row in await sql("SELECT handoff_id FROM handoff_paper")] == [other.id]
    assert [row[0] for row in await sql("SELECT handoff_id FROM handoff_work")] == [other.id]


async def test_a_paper_is_sealed_anew_unless_it_was_meanwhile(store: SqlStore, desk: OfficeStore) -> None:
    """Its id says which seal is meant; only that one changes."""
    sent = await send(store)
    mine, other, new = a_paper(sent.id), a_paper(sent.id), a_seal()
    for paper in (mine, other):
        await desk.casework.add_paper(paper)
    assert await desk.handoffs.replace_seal(sent.id, mine.id, mine.sealed, new)
    assert not await desk.handoffs.replace_seal(sent.id, mine.id, mine.sealed, a_seal())
    assert not await desk.handoffs.replace_seal(str(uuid.uuid4()), other.id, other.sealed, a_seal())
    found = {paper.id: paper.sealed for paper in await desk.casework.list_papers(sent.id)}
    assert found == {mine.id: new, other.id: other.sealed}


async def test_a_status_is_set_only_in_place_of_the_one_that_was_seen(
    store: SqlStore, desk: OfficeStore, clock: FakeClock
) -> None:
    """Two colleagues at once: the second one is told, and changes nothing."""
    sent = await send(store)
    assert await desk.handoffs.set_status(sent.id, "called", clock(), instead_of="new")
    assert not await desk.handoffs.set_status(sent.id, "done", clock(), instead_of="new")
    assert not await desk.handoffs.set_status(sent.id, "called", clock())
    found = await desk.handoffs.find_handoff(sent.id)
    assert found is not None
    assert found.status == "called"


async def test_nothing_of_a_handoff_that_is_erased_can_be_set(desk: OfficeStore, clock: FakeClock) -> None:
    assert not await desk.handoffs.set_status(str(uuid.uuid4()), "done", clock())
