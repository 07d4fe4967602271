"""When a handoff ends: in its time, never unseen, in the ledger first, and then it is in no file any more."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.desk.ledger import Ledger
from bot.errors import StoreDown
from bot.ports import Ending, Status
from bot.store.database import Conn, Database
from bot.store.engine import make_engine
from bot.store.handoffs_desk import DeskHandoffs, open_desk_handoffs
from bot.store.sql import SqlStore, open_store
from tests.store.cast import VAULT, FakeClock
from tests.store.conftest import OFFICE_ROLE, Look, as_role
from tests.store.handoff_cast import HOUR, a_consent, a_handoff, a_request, a_seal, send
from tests.store.test_erasure import files_of, hits

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
TABLES = ("handoff", "handoff_case", "consent_record", "consent_text", "handoff_request")


async def warn(sql: Look, times: int) -> None:
    await sql("UPDATE handoff_case SET alerts = :times", times=times)


async def is_erased(handoffs: DeskHandoffs, now: datetime) -> bool:
    return bool(await erase_due(handoffs, now))


async def erase_due(handoffs: DeskHandoffs, now: datetime) -> Sequence[str]:
    """Erase what is due, as the desk does: what is listed, and nothing else."""
    due = [one.id for one in await handoffs.list_due(now)]
    erased = await handoffs.erase_due(now, only=due)
    assert erased == due
    return erased


async def test_one_that_is_done_ends_after_thirty_days(store: SqlStore, handoffs: DeskHandoffs) -> None:
    """Not a second earlier than thirty days after it was set to done, whatever the hour."""
    sent = await send(store)
    await handoffs.mark_opened(sent.id, HOUR)
    done_at = HOUR + 5 * DAY + timedelta(minutes=59)
    await handoffs.set_status(sent.id, "done", done_at)
    assert not await is_erased(handoffs, done_at + 30 * DAY)
    assert await is_erased(handoffs, done_at + 30 * DAY + timedelta(minutes=1))


@pytest.mark.parametrize("status", ["new", "in_progress", "called", "done"])
async def test_any_that_was_seen_ends_after_ninety_days(
    store: SqlStore, handoffs: DeskHandoffs, status: str
) -> None:
    """At most: also one that is still worked at."""
    sent = await send(store)
    await handoffs.mark_opened(sent.id, HOUR)
    await handoffs.set_status(sent.id, status, HOUR + 89 * DAY)  # type: ignore[arg-type]
    assert not await is_erased(handoffs, HOUR + 90 * DAY - SECOND)
    assert await is_erased(handoffs, HOUR + 90 * DAY)


async def test_one_that_was_closed_by_command_ends_too(store: SqlStore, handoffs: DeskHandoffs) -> None:
    """SECURITY §6: whoever closed it there has seen it; thirty days and the hour by which the row may be early."""
    sent = await send(store)
    await handoffs.set_status(sent.id, "done", HOUR, counts_as_opened=True)
    assert not await is_erased(handoffs, HOUR + 30 * DAY + timedelta(hours=1) - SECOND)
    assert await is_erased(handoffs, HOUR + 30 * DAY + timedelta(hours=1))


@pytest.mark.parametrize("status", ["in_progress", "called"])
async def test_one_that_was_worked_at_by_command_ends_after_ninety_days(
    store: SqlStore, handoffs: DeskHandoffs, status: Status
) -> None:
    """SECURITY §6: somebody said how far it is."""
    sent = await send(store)
    await handoffs.set_status(sent.id, status, HOUR, counts_as_opened=True)
    assert not await is_erased(handoffs, HOUR + 90 * DAY - SECOND)
    assert await is_erased(handoffs, HOUR + 90 * DAY)


@pytest.mark.parametrize("status", ["in_progress", "called", "done"])
async def test_a_status_alone_ends_nothing_and_silences_nothing(
    store: SqlStore, handoffs: DeskHandoffs, status: Status
) -> None:
    """R29, T6: somebody called it done without having looked; its time runs from the first look, and its alarm rings on."""
    sent = await send(store)
    await handoffs.set_status(sent.id, status, HOUR)
    assert [one.id for one in await handoffs.list_unopened()] == [sent.id]
    assert not await is_erased(handoffs, HOUR + 1_000 * DAY)


async def test_none_ends_unseen(store: SqlStore, handoffs: DeskHandoffs, sql: Look) -> None:
    """R29: somebody asked for help and nobody looked: it stays until somebody does, however old, however often warned."""
    await send(store)
    for alerts in (0, 2, 3):
        await warn(sql, alerts)
        assert not await is_erased(handoffs, HOUR + 1_000 * DAY)


async def test_what_is_first_seen_late_can_still_be_worked_on(
    store: SqlStore, handoffs: DeskHandoffs
) -> None:
    """It goes seven days later, not in the hour in which it is first read."""
    sent = await send(store)
    await handoffs.mark_opened(sent.id, HOUR + 100 * DAY)
    assert not await is_erased(handoffs, HOUR + 107 * DAY - SECOND)
    assert await is_erased(handoffs, HOUR + 107 * DAY)


async def test_what_is_due_is_listed_with_its_rule_and_status(
    store: SqlStore, handoffs: DeskHandoffs
) -> None:
    """T32: what the audit log will say of it. What is done and old as well is done."""
    done, old, both = [await send(store, name) for name in ("done", "old", "both")]
    await send(store, "unseen")
    for sent in (done, old, both):
        await handoffs.mark_opened(sent.id, HOUR)
    await handoffs.set_status(done.id, "done", HOUR)
    await handoffs.set_status(both.id, "done", HOUR + 50 * DAY)
    await handoffs.set_status(old.id, "called", HOUR)
    assert await handoffs.list_due(HOUR) == []
    assert await handoffs.list_due(HOUR + 60 * DAY) == [Ending(done.id, "done", "done")]
    due = [Ending(done.id, "done", "done"), Ending(old.id, "old", "called"), Ending(both.id, "done", "done")]
    assert await handoffs.list_due(HOUR + 90 * DAY) == sorted(due, key=lambda one: one.id)


async def test_only_what_was_listed_and_is_still_due_is_erased(
    store: SqlStore, handoffs: DeskHandoffs, ledger: Ledger
) -> None:
    """What became due since has no line in the audit log yet; what is not due any more stays, and is in no ledger."""
    listed, since, reopened = [await send(store, name) for name in ("listed", "since", "reopened")]
    for sent in (listed, since, reopened):
        await handoffs.mark_opened(sent.id, HOUR)
        await handoffs.set_status(sent.id, "done", HOUR)
    await handoffs.set_status(reopened.id, "called", HOUR + 40 * DAY)
    only = [listed.id, reopened.id, "another"]
    assert await handoffs.erase_due(HOUR + 40 * DAY, only=only) == [listed.id]
    assert await handoffs.erase_due(HOUR + 40 * DAY, only=[]) == []
    assert {one.id for one in await handoffs.list_handoffs()} == {since.id, reopened.id}
    assert ledger.list_ids() == (listed.id,)


async def test_what_is_back_is_found_among_many(store: SqlStore, handoffs: DeskHandoffs) -> None:
    """More ids than one statement takes, most of them gone for good."""
    back, other = await send(store, "back"), await send(store, "other")
    await handoffs.set_status(back.id, "called", HOUR)
    gone = [f"gone-{number}" for number in range(501)]
    assert await handoffs.list_left([*gone, back.id]) == [Ending(back.id, "restored", "called")]
    assert await handoffs.list_left([]) == []
    assert len(await handoffs.list_handoffs()) == 2
    assert other.id not in gone


async def test_erasing_takes_everything_of_it_and_nothing_of_others(
    store: SqlStore, handoffs: DeskHandoffs, sql: Look
) -> None:
    """The consent text goes with the last who agreed to it."""
    one, two = await send(store, "one"), await send(store, "two")
    three = await send(store, "three", consent=a_consent("another text"))
    for sent in (one, two, three):
        async with store.transaction() as tx:
            assert await tx.add_request(a_request(sent.id))
    assert await handoffs.erase([one.id, three.id, "another"]) == sorted([one.id, three.id])
    (left,) = await handoffs.list_handoffs()
    assert (left.id, left.consent.text, len(left.requests)) == (two.id, two.consent.text, 1)
    assert [len(await sql(f"SELECT * FROM {table}")) for table in TABLES] == [1] * 5  # noqa: S608 - our own table names
    assert await handoffs.erase([two.id]) == [two.id]
    assert [await sql(f"SELECT * FROM {table}") for table in TABLES] == [[]] * 5  # noqa: S608 - as above
    assert await handoffs.erase([two.id]) == []


async def test_more_than_a_batch_is_read_and_erased(store: SqlStore, handoffs: DeskHandoffs) -> None:
    async with store.transaction() as tx:
        many = [a_handoff(f"receipt {number}") for number in range(501)]
        for new in many:
            await tx.add_handoff(new)
    assert len(await handoffs.list_handoffs()) == 501
    assert len(await handoffs.erase([new.id for new in many])) == 501


async def test_what_is_erased_stands_in_the_ledger(
    store: SqlStore, handoffs: DeskHandoffs, ledger: Ledger
) -> None:
    """Also what its time ended; nothing that was not there."""
    one, two = await send(store, "one"), await send(store, "two", created_at=HOUR - 90 * DAY)
    await handoffs.mark_opened(two.id, HOUR - 7 * DAY)
    assert await erase_due(handoffs, HOUR) == [two.id]
    await handoffs.erase(["another", one.id])
    assert ledger.list_ids() == (two.id, one.id)


async def test_a_ledger_that_cannot_be_written_keeps_everything(store: SqlStore, database_url: str) -> None:
    """R8: refused before it happens."""

    def fail(_ids: Sequence[str]) -> None:
        raise StoreDown("the disk is full")

    sent = await send(store)
    desk = open_desk_handoffs(as_role(database_url, OFFICE_ROLE), write_down=fail)
    with pytest.raises(StoreDown, match="full"):
        await desk.erase([sent.id])
    assert len(await desk.list_handoffs()) == 1
    await desk.close()


async def test_nothing_is_erased_without_a_ledger(store: SqlStore, database_url: str) -> None:
    """Forgetting to name one must not be a way to forget what was erased."""
    sent = await send(store)
    desk = open_desk_handoffs(as_role(database_url, OFFICE_ROLE))
    for erasing in (desk.erase([sent.id]), desk.erase_due(HOUR, only=[sent.id])):
        with pytest.raises(ValueError, match="ledger"):
            await erasing
    assert len(await desk.list_handoffs()) == 1
    await desk.close()


async def test_who_dies_between_ledger_and_database_is_finished_by_a_replay(
    store: SqlStore, handoffs: DeskHandoffs, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written down and not yet erased: the next replay does it, and a second one finds nothing."""
    sent, other = await send(store, "one"), await send(store, "two")
    real_run = Conn.run

    async def die(conn: Conn, statement: object) -> object:
        if "DELETE FROM consent_record" in str(statement):
            raise KeyboardInterrupt
        return await real_run(conn, statement)  # type: ignore[arg-type]

    monkeypatch.setattr(Conn, "run", die)
    with pytest.raises(KeyboardInterrupt):
        await handoffs.erase([sent.id])
    monkeypatch.setattr(Conn, "run", real_run)
    assert (len(await handoffs.list_handoffs()), ledger.list_ids()) == (2, (sent.id,))
    assert await ledger.replay(handoffs.erase) == [sent.id]
    assert await ledger.replay(handoffs.erase) == []
    assert [one.id for one in await handoffs.list_handoffs()] == [other.id]
    assert ledger.list_ids() == (sent.id,)


async def test_what_a_restore_brings_back_is_erased_again(
    sqlite_url: str, ledger: Ledger, tmp_path: Path
) -> None:
    """T9, R20: a backup of yesterday holds what was erased today."""
    store, desk = (
        open_store(sqlite_url, VAULT, clock=FakeClock()),
        open_desk_handoffs(sqlite_url, write_down=ledger.append),
    )
    gone, kept = await send(store, "one"), await send(store, "two")
    path = sqlite_url.removeprefix("sqlite+aiosqlite:///")
    backup = tmp_path / "backup.sqlite3"
    _copy(path, backup)
    await desk.erase([gone.id])
    _copy(backup, path)
    assert len(await desk.list_handoffs()) == 2
    assert await ledger.replay(desk.erase) == [gone.id]
    assert [one.id for one in await desk.list_handoffs()] == [kept.id]
    await store.close()
    await desk.close()


def _copy(source: str | Path, target: str | Path) -> None:
    from_, to = sqlite3.connect(source), sqlite3.connect(target)
    from_.backup(to)
    from_.close()
    to.close()


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
async def test_of_an_erased_handoff_no_file_holds_a_byte(
    sqlite_url: str, ledger: Ledger, journal: str
) -> None:
    """R24: neither blob nor signature nor id nor receipt, in the database or its journals."""
    store = open_store(sqlite_url, VAULT, clock=FakeClock(), journal=journal)
    desk = DeskHandoffs(Database(make_engine(sqlite_url, journal=journal)), ledger.append)
    secrets: list[bytes] = []
    ids: list[str] = []
    for number in range(20):
        sent = await send(store, f"receipt {number}", sealed=a_seal(b"x" * 9_000))
        request = a_request(sent.id)
        async with store.transaction() as tx:
            assert await tx.add_request(request)
        ids.append(sent.id)
        seals = (sent.sealed, sent.consent.sealed, request.sealed)
        receipt = VAULT.event_key("handoff receipt", f"receipt {number}").encode()
        secrets += [seal.blob[-40:] for seal in seals] + [seal.signature for seal in seals]
        secrets += [sent.id.encode(), sent.consent.id.encode(), receipt]
    assert hits(files_of(sqlite_url), secrets) == len(secrets)
    await desk.erase(ids)
    assert hits(files_of(sqlite_url), [*secrets, sent.consent.text.encode()]) == 0
    await store.close()
    await desk.close()


async def test_an_erasure_counts_even_if_the_log_cannot_be_emptied(
    store: SqlStore, handoffs: DeskHandoffs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is committed; the next one empties it."""

    async def fail(_self: Database) -> None:
        raise StoreDown("busy")

    sent = await send(store)
    monkeypatch.setattr(Database, "empty_log", fail)
    assert await handoffs.erase([sent.id]) == [sent.id]


async def test_opening_and_ending_at_once_ends_in_one_of_both(
    store: SqlStore, handoffs: DeskHandoffs, database_url: str, sql: Look
) -> None:
    """What somebody marks in the moment in which it is due is either erased or marked, never half."""
    second = open_desk_handoffs(as_role(database_url, OFFICE_ROLE))
    sent = await send(store)
    await second.mark_opened(sent.id, HOUR)
    await asyncio.gather(
        second.set_status(sent.id, "called", HOUR + 90 * DAY),
        handoffs.erase_due(HOUR + 90 * DAY, only=[sent.id]),
    )
    assert await handoffs.list_handoffs() == []
    await second.close()


async def test_a_stored_handoff_does_not_show_itself(store: SqlStore, handoffs: DeskHandoffs) -> None:
    """T30: what is sealed, and the text that was shown, are not in its `repr`."""
    sent = await send(store)
    (stored,) = await handoffs.list_handoffs()
    shown = repr(stored) + repr(sent)
    assert sent.id in shown
    assert not [secret for secret in ("x01", sent.receipt, "社工", "blob") if secret in shown]
