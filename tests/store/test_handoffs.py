"""Handoffs on both databases: put in by the public side, followed by receipt, read and moved on by the desk."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.crypto import RootVault
from bot.ports import Case, Status
from bot.store.handoffs_desk import DeskHandoffs
from bot.store.sql import SqlStore, open_store
from tests.store.cast import FakeClock, insist
from tests.store.conftest import FRONT_ROLE, Look, as_role
from tests.store.handoff_cast import HOUR, RECEIPT, SOON, a_consent, a_handoff, a_request, a_seal, send

LATER = HOUR + timedelta(hours=5)


async def find(store: SqlStore, receipt: str = RECEIPT) -> Case | None:
    async with store.transaction() as tx:
        return await tx.find_case(receipt)


async def ask(store: SqlStore, handoff_id: str, kind: str = "withdraw") -> bool:
    async with store.transaction() as tx:
        return await tx.add_request(a_request(handoff_id, kind))  # type: ignore[arg-type]


async def test_the_desk_gets_exactly_what_was_sealed(store: SqlStore, handoffs: DeskHandoffs) -> None:
    """Seal, time, consent and its text, byte for byte."""
    sent = await send(store)
    (stored,) = await handoffs.list_handoffs()
    assert (stored.id, stored.created_at, stored.sealed) == (sent.id, HOUR, sent.sealed)
    assert (stored.status, stored.status_at, stored.opened_at, stored.alerts) == ("new", HOUR, None, 0)
    consent = stored.consent
    assert (consent.id, consent.text, consent.text_sha256, consent.sealed, consent.created_at) == (
        sent.consent.id,
        sent.consent.text,
        sent.consent.text_sha256,
        sent.consent.sealed,
        HOUR,
    )
    assert stored == await handoffs.find_handoff(sent.id)
    assert await handoffs.find_handoff("another") is None


async def test_a_receipt_tells_how_far_it_is_and_nothing_else(
    store: SqlStore, handoffs: DeskHandoffs
) -> None:
    """T3: an unknown receipt is None, and so is one whose handoff is erased."""
    sent = await send(store)
    assert await find(store) == Case(sent.id, "new")
    await handoffs.set_status(sent.id, "called", LATER)
    assert await find(store) == Case(sent.id, "called")
    assert await find(store, "K7MD-2QXW-9PTB") is None
    await handoffs.erase([sent.id])
    assert await find(store) is None


async def test_a_known_and_an_unknown_receipt_run_the_same_statements(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T3: from outside neither takes a different way."""
    from bot.store.database import Conn

    real_rows, seen = Conn.rows, []

    async def note(conn: Conn, statement: object) -> list[object]:
        seen.append(str(statement))
        return await real_rows(conn, statement)  # type: ignore[arg-type]

    await send(store)
    monkeypatch.setattr(Conn, "rows", note)
    await find(store)
    known = list(seen)
    await find(store, "K7MD-2QXW-9PTB")
    assert seen == known * 2


async def test_a_receipt_is_not_found_by_trying_all_of_them(store: SqlStore, database_url: str) -> None:
    """T8: a stolen copy holds keyed hashes; without the root no list of receipts fits them."""
    await send(store)
    other = open_store(as_role(database_url, FRONT_ROLE), RootVault(b"\x07" * 32), clock=FakeClock())
    assert await find(other) is None
    await other.close()


async def test_a_handoff_that_is_not_committed_was_never_there(
    store: SqlStore, handoffs: DeskHandoffs, sql: Look
) -> None:
    """Of the four rows all are stored or none."""

    async def fail() -> None:
        async with store.transaction() as tx:
            await tx.add_handoff(a_handoff())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await handoffs.list_handoffs() == []
    assert await sql("SELECT sha256 FROM consent_text") == []


async def test_a_time_that_tells_more_than_the_hour_is_a_bug(store: SqlStore) -> None:
    """T3: to the minute, it could be laid beside a conversation."""
    with pytest.raises(ValueError, match="hour only"):
        await send(store, created_at=SOON)
    with pytest.raises(ValueError, match="hour only"):
        async with store.transaction() as tx:
            await tx.add_request(a_request("any", at=SOON))


async def test_a_consent_text_is_kept_once(store: SqlStore, handoffs: DeskHandoffs, sql: Look) -> None:
    """And everybody who agreed to it is shown with it."""
    await send(store, "one")
    await send(store, "two")
    await send(store, "three", consent=a_consent("another text"))
    assert len(await sql("SELECT sha256 FROM consent_text")) == 2
    assert sorted(one.consent.text[:7] for one in await handoffs.list_handoffs()) == [
        "another",
        '{"lines',
        '{"lines',
    ]


async def test_taking_back_is_asked_once(store: SqlStore, handoffs: DeskHandoffs) -> None:
    """T4: it is a request; the handoff stays as it is until somebody at the desk decides."""
    sent = await send(store)
    assert await ask(store, sent.id)
    assert not await ask(store, sent.id)
    assert await find(store) == Case(sent.id, "new", ("withdraw",))
    (stored,) = await handoffs.list_handoffs()
    assert [(one.kind, one.created_at) for one in stored.requests] == [("withdraw", HOUR)]
    assert stored.sealed == sent.sealed


async def test_putting_right_is_asked_five_times(store: SqlStore, handoffs: DeskHandoffs) -> None:
    """The sixth is refused; taking back is still possible."""
    sent = await send(store)
    assert [await ask(store, sent.id, "correct") for _ in range(6)] == [True] * 5 + [False]
    assert await ask(store, sent.id)
    assert await find(store) == Case(sent.id, "new", ("correct", "withdraw"))
    (stored,) = await handoffs.list_handoffs()
    assert len({one.sealed.blob for one in stored.requests}) == 6


async def test_many_who_ask_at_once_are_one(store: SqlStore, second_store: SqlStore) -> None:
    sent = await send(store)
    both = [store, second_store] * 4
    asked = await asyncio.gather(*(insist(lambda through=each: ask(through, sent.id)) for each in both))
    assert sorted(asked) == [False] * 7 + [True]


async def test_nothing_can_be_asked_about_what_is_erased(
    store: SqlStore, handoffs: DeskHandoffs, sql: Look
) -> None:
    sent = await send(store)
    await handoffs.erase([sent.id])
    assert not await ask(store, sent.id)
    assert await sql("SELECT id FROM handoff_request") == []


async def test_handoffs_are_listed_oldest_first_and_by_status(
    store: SqlStore, handoffs: DeskHandoffs
) -> None:
    new = await send(store, "one", created_at=HOUR + timedelta(hours=2))
    old = await send(store, "two", created_at=HOUR - timedelta(hours=2))
    await handoffs.set_status(new.id, "done", LATER)
    assert [one.id for one in await handoffs.list_handoffs()] == [old.id, new.id]
    assert [one.id for one in await handoffs.list_handoffs("done")] == [new.id]
    assert await handoffs.list_handoffs("called") == []


async def test_the_first_time_that_it_is_opened_counts(store: SqlStore, handoffs: DeskHandoffs) -> None:
    """A new one is in progress from then on; the time tells the hour."""
    sent = await send(store)
    await handoffs.mark_opened(sent.id, SOON)
    await handoffs.mark_opened(sent.id, LATER)
    (stored,) = await handoffs.list_handoffs()
    assert (stored.status, stored.status_at, stored.opened_at) == ("in_progress", HOUR, HOUR)


async def test_opening_one_that_is_further_leaves_its_status(store: SqlStore, handoffs: DeskHandoffs) -> None:
    sent = await send(store)
    await handoffs.set_status(sent.id, "called", LATER)
    await handoffs.mark_opened(sent.id, SOON)
    (stored,) = await handoffs.list_handoffs()
    assert (stored.status, stored.opened_at) == ("called", HOUR)
    assert stored.status_at > HOUR


@pytest.mark.parametrize("status", ["in_progress", "called", "done"])
async def test_whoever_says_how_far_it_is_has_seen_it_where_they_answer_for_that(
    store: SqlStore, handoffs: DeskHandoffs, status: Status
) -> None:
    """By the hour, and the first time counts; saying that it is new does not."""
    sent = await send(store)
    await handoffs.set_status(sent.id, "new", SOON, counts_as_opened=True)
    await handoffs.set_status(sent.id, status, SOON)
    assert (await handoffs.list_handoffs())[0].opened_at is None
    await handoffs.set_status(sent.id, "new", SOON)
    await handoffs.set_status(sent.id, status, SOON, counts_as_opened=True)
    await handoffs.set_status(sent.id, "new", LATER)
    await handoffs.set_status(sent.id, status, LATER, counts_as_opened=True)
    assert (await handoffs.list_handoffs())[0].opened_at == HOUR


async def test_saying_the_same_status_again_changes_nothing(store: SqlStore, handoffs: DeskHandoffs) -> None:
    """Its thirty days do not begin anew."""
    sent = await send(store)
    await handoffs.set_status(sent.id, "done", SOON)
    await handoffs.set_status(sent.id, "done", LATER)
    await handoffs.set_status("another", "done", LATER)
    (stored,) = await handoffs.list_handoffs()
    assert (stored.status, stored.status_at) == ("done", HOUR)


async def test_a_seal_is_replaced_only_where_it_is_still_the_old_one(
    store: SqlStore, handoffs: DeskHandoffs
) -> None:
    """Handoff, consent and request; another's id, or a seal that somebody replaced first, changes nothing."""
    sent = await send(store)
    assert await ask(store, sent.id)
    (stored,) = await handoffs.list_handoffs()
    (request,) = stored.requests
    olds = {"handoff": stored.sealed, "consent": stored.consent.sealed, request.id: request.sealed}
    news = {kind: a_seal() for kind in olds}
    for kind, old in olds.items():
        assert not await handoffs.replace_seal("another", kind, old, news[kind])
        assert not await handoffs.replace_seal(sent.id, kind, news[kind], news[kind])
        assert await handoffs.replace_seal(sent.id, kind, old, news[kind])
        assert not await handoffs.replace_seal(sent.id, kind, old, a_seal())
    (after,) = await handoffs.list_handoffs()
    assert (after.sealed, after.consent.sealed, after.requests[0].sealed) == tuple(news.values())


@pytest.mark.parametrize("table", ["handoff", "handoff_case", "consent_record", "consent_text"])
async def test_what_lost_a_row_is_still_shown(
    store: SqlStore, handoffs: DeskHandoffs, sql: Look, table: str
) -> None:
    """R21: it will fail by name when it is opened, instead of silently not being there; and it can be erased."""
    sent = await send(store)
    await sql(f"DELETE FROM {table}")  # noqa: S608 - our own table names
    (stored,) = await handoffs.list_handoffs()
    assert (stored.id, stored.created_at) == (sent.id, HOUR)
    assert (stored.status, stored.status_at, stored.alerts) == ("new", HOUR, 0)
    assert await handoffs.erase([sent.id]) == [sent.id]
    assert await handoffs.list_handoffs() == []
