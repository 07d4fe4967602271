"""R29: what a person asks for later waits like a handoff, and keeps it from being erased unread: on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.ports import RequestKind, Unopened
from bot.store.handoffs_desk import DeskHandoffs
from bot.store.sql import SqlStore
from tests.store.conftest import Look
from tests.store.handoff_cast import HOUR, a_request, send

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


async def ask(store: SqlStore, handoff_id: str, *, at: datetime = HOUR, kind: RequestKind = "correct") -> str:
    new = a_request(handoff_id, kind, at=at)
    async with store.transaction() as tx:
        assert await tx.add_request(new)
    return new.id


async def list_due(handoffs: DeskHandoffs, now: datetime) -> Sequence[str]:
    """What is due is what can be erased: the erasing itself looks once more."""
    due = [one.id for one in await handoffs.list_due(now)]
    everything = [one.id for one in await handoffs.list_handoffs()]
    assert await handoffs.erase_due(now, only=[id_ for id_ in everything if id_ not in due]) == []
    return due


async def test_none_is_erased_before_somebody_read_what_its_person_asked(
    store: SqlStore, handoffs: DeskHandoffs
) -> None:
    """A correction on the thirtieth day, "that number is not safe any more": it waits, and then a week more."""
    sent = await send(store)
    await handoffs.mark_opened(sent.id, HOUR)
    await handoffs.set_status(sent.id, "done", HOUR)
    asked = HOUR + 30 * DAY
    first, second = await ask(store, sent.id, at=asked), await ask(store, sent.id, at=asked, kind="withdraw")
    for days in (30, 31, 89, 90, 1_000):
        assert await list_due(handoffs, HOUR + days * DAY + timedelta(hours=1)) == []
    read = HOUR + 40 * DAY
    await handoffs.mark_opened(sent.id, read, requests=[first])
    assert await list_due(handoffs, read + 1_000 * DAY) == []
    await handoffs.mark_seen([second], read + DAY + timedelta(minutes=59))
    await handoffs.mark_seen([first, second], read + 5 * DAY)  # the first time counts
    assert await list_due(handoffs, read + 8 * DAY - SECOND) == []
    assert await list_due(handoffs, read + 8 * DAY) == [sent.id]
    assert await handoffs.erase_due(read + 8 * DAY, only=[sent.id]) == [sent.id]


async def test_a_request_waits_until_it_was_read_whatever_became_of_its_handoff(
    store: SqlStore, handoffs: DeskHandoffs
) -> None:
    """Oldest first; one that was read stands there no more, and says when it was."""
    sent = await send(store)
    await handoffs.mark_opened(sent.id, HOUR)
    await handoffs.set_status(sent.id, "done", HOUR)
    young, old = await ask(store, sent.id, at=HOUR + DAY), await ask(store, sent.id)
    assert await handoffs.list_unseen() == [Unopened(old, HOUR, 0), Unopened(young, HOUR + DAY, 0)]
    assert await handoffs.list_unopened() == []
    await handoffs.mark_seen([old], HOUR + timedelta(minutes=30))
    assert [one.id for one in await handoffs.list_unseen()] == [young]
    [one] = await handoffs.list_handoffs()
    assert {each.id: each.seen_at for each in one.requests} == {old: HOUR, young: None}


async def test_one_whose_handoff_is_gone_rings_for_nobody(
    store: SqlStore, handoffs: DeskHandoffs, sql: Look
) -> None:
    """There is nothing left that could be opened."""
    sent = await send(store)
    await ask(store, sent.id)
    for table, column in (
        ("handoff", "id"),
        ("handoff_case", "handoff_id"),
        ("consent_record", "handoff_id"),
    ):
        await sql(f"DELETE FROM {table} WHERE {column} = :id", id=sent.id)  # noqa: S608 - names of the line above
    assert await handoffs.list_unseen() == []


async def test_warnings_and_notices_of_a_request_are_noted_once(
    store: SqlStore, handoffs: DeskHandoffs
) -> None:
    """And never back; not of one that somebody has read."""
    sent = await send(store)
    asked = await ask(store, sent.id)
    assert await handoffs.note_alert(asked, 2)
    assert not await handoffs.note_alert(asked, 2)
    await handoffs.note_told(asked, 3)
    await handoffs.note_told(asked, 1)
    await handoffs.note_told(sent.id, 1)
    assert await handoffs.list_unseen() == [Unopened(asked, HOUR, 2, 3)]
    assert await handoffs.list_unopened() == [Unopened(sent.id, HOUR, 0, 1)]
    await handoffs.mark_opened(sent.id, HOUR, requests=[asked])
    assert not await handoffs.note_alert(asked, 3)
