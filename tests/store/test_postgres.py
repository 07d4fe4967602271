"""PostgreSQL's own way: few statements, connections that are kept, notes in company; and nothing lost by any of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from bot.core.model import PersonKey
from bot.errors import StaleSession, StoreDown
from bot.ports import Letter, Stored
from bot.store.conn import written
from bot.store.database import Database
from bot.store.engine import POSTGRES_CONNECTIONS, make_engine
from bot.store.postgres import Postgres, PostgresConn
from bot.store.sql import SqlStore, open_store
from tests.store.cast import NOON, PARENT, SURVIVOR, VAULT, FakeClock, a_mail, a_session, begin
from tests.store.test_handing_over import UNTIL, Hands

pytestmark = pytest.mark.postgres

_NOTE = written("INSERT INTO inbox_event (event, seen_at) VALUES (?, 0)")
_ADD_KEY = written("INSERT INTO erasable_key (id, wrapped) VALUES (?, '')")
_MOVE = written("UPDATE inbox_event SET seen_at = 1 WHERE event = ?")
_FIND = written("SELECT event FROM inbox_event ORDER BY event")
_PID = written("SELECT pg_backend_pid()")
_KILL = written("SELECT pg_terminate_backend(?)")
_SLEEP = written("SELECT pg_sleep(0.4)")


@pytest.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    opened = Database(make_engine(postgres_url))
    yield opened
    await opened.close()


@pytest.fixture
async def pg_store(postgres_url: str) -> AsyncIterator[SqlStore]:
    opened = open_store(postgres_url, VAULT, clock=FakeClock())
    yield opened
    await opened.close()


def get_postgres(db: Database) -> Postgres:
    assert db.postgres is not None
    return db.postgres


async def list_noted(db: Database) -> list[str]:
    async with db.reading() as conn:
        return [name for (name,) in await conn.ask(_FIND)]


def hear(conn: Any) -> list[str]:
    """What is said to PostgreSQL in this transaction from now on."""
    assert isinstance(conn, PostgresConn)
    heard: list[str] = []
    line = conn._line

    class Heard:
        def __getattr__(self, name: str) -> Any:
            say = getattr(line.driver, name)

            async def note(text_: str, *values: Any) -> Any:
                heard.append(text_)
                return await say(text_, *values)

            return note

    conn._line = type(line)(line.sqlalchemy, Heard(), line.schema)
    return heard


# ─── What is sure to change a row ─────────────────────────────────────────────


async def test_what_is_sure_goes_as_one_statement(db: Database) -> None:
    """A round trip costs more than what is asked."""
    async with db.writing() as conn:
        await conn.change(_NOTE, "a")
        heard = hear(conn)
        await conn.change_one(_MOVE, "a")
        await conn.change_one(_ADD_KEY, "one")
        assert heard == [], "it waits"
        assert [name for (name,) in await conn.ask(_FIND)] == ["a"]
        assert len(heard) == 2
        assert heard[0].startswith("WITH part0 AS (UPDATE inbox_event SET seen_at = 1 WHERE event = $1")
        assert "VALUES ($2, '')" in heard[0]


async def test_what_waits_is_stored_by_the_commit(db: Database) -> None:
    """Also when nothing came after it."""
    async with db.writing() as conn:
        await conn.change_one(_NOTE, "a")
    async with db.writing() as conn:
        await conn.change_one(_NOTE, "b")
        await conn.change_one(_ADD_KEY, "b")
    assert await list_noted(db) == ["a", "b"]


async def test_two_into_one_table_keep_their_order(db: Database) -> None:
    """A statement's parts have no order, and a person's letters have one."""
    async with db.writing() as conn:
        heard = hear(conn)
        await conn.change_one(_NOTE, "a")
        await conn.change_one(_NOTE, "b")
        assert heard == [_NOTE.postgres]


@pytest.mark.parametrize("beside", [False, True])
async def test_a_row_that_was_not_there_undoes_everything(db: Database, *, beside: bool) -> None:
    """StaleSession, at the latest before the commit: the turn is run again."""

    async def write() -> None:
        async with db.writing() as conn:
            await conn.change(_NOTE, "a")
            await conn.change_one(_MOVE, "nobody")
            if beside:
                await conn.change_one(_ADD_KEY, "one")

    with pytest.raises(StaleSession):
        await write()
    assert await list_noted(db) == []


async def test_a_failed_statement_that_nobody_minded_is_not_stored(db: Database) -> None:
    """PostgreSQL answers the COMMIT of a broken transaction without an error: it has rolled back."""

    async def write() -> None:
        async with db.writing() as conn:
            await conn.change(_NOTE, "a")
            with suppress(asyncpg.UniqueViolationError):
                await conn.change(_NOTE, "a")

    with pytest.raises(StoreDown, match="did not store"):
        await write()
    assert await list_noted(db) == []


# ─── Whoever waited sees the newest ───────────────────────────────────────────


async def test_who_waited_for_another_turn_reads_what_it_left(postgres_url: str) -> None:
    """
    The row is read once its lock is there, but its key as it was before: the other turn may have made a new one.

    Without a second look the person would be taken for somebody new, and their answers thrown away.
    """
    one, other = (open_store(postgres_url, VAULT, clock=FakeClock()) for _ in range(2))
    await begin(one, draft={"name": "x"})

    async def load() -> Stored | None:
        async with other.transaction() as tx:
            return await tx.load_session(SURVIVOR)

    async with one.transaction() as tx:
        stored = await tx.load_session(SURVIVOR)
        assert stored is not None
        waiting = asyncio.create_task(load())
        await _until_somebody_waits(postgres_url)
        # What was filled in is struck, so the key of all that was saved before is destroyed.
        await tx.save_session(SURVIVOR, a_session(turn=2), expected_version=stored.version)
    found = await waiting
    assert found is not None
    assert (found.session, found.version) == (a_session(turn=2), 2)
    for store in (one, other):
        await store.close()


async def _until_somebody_waits(url: str) -> None:
    engine = make_engine(url)
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with engine.connect() as conn:
        for _ in range(1_000):
            if (await conn.execute(waits)).scalar():
                break
            await asyncio.sleep(0.01)
    await engine.dispose()


# ─── Connections ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("noticed", [False, True])
async def test_a_connection_that_died_in_idleness_costs_nobody_a_turn(
    db: Database, postgres_url: str, *, noticed: bool
) -> None:
    """PostgreSQL was restarted at night: whoever writes first in the morning does not notice."""
    async with db.writing() as conn:
        ((pid,),) = await conn.ask(_PID)
    killing = threading.Thread(target=lambda: asyncio.run(_kill(postgres_url, pid)))
    killing.start()
    killing.join()  # our loop stands still, and hears nothing of it
    if noticed:
        await asyncio.sleep(0.1)
    async with db.writing() as conn:
        await conn.change(_NOTE, "a")
    assert await list_noted(db) == ["a"]


async def _kill(url: str, pid: int) -> None:
    other = await asyncpg.connect(url.replace("+asyncpg", ""))
    await other.execute(_KILL.postgres, pid)
    await other.close()


async def test_who_waits_for_a_connection_is_served_in_order(db: Database) -> None:
    """A few connections serve many; who waits too long hears so in time, and costs nothing."""
    ended: list[str] = []

    async def note(name: str, wait_s: float) -> None:
        async with db.writing(wait_s=wait_s) as conn:
            await conn.change(_NOTE, name)
        ended.append(name)

    holding = [db.writing() for _ in range(POSTGRES_CONNECTIONS)]
    for one in holding:
        await one.__aenter__()
    with pytest.raises(StoreDown, match="before us"):
        await note("hurried", 0.01)
    waiting = []
    for name in ("first", "second"):
        waiting.append(asyncio.create_task(note(name, 30)))
        await asyncio.sleep(0)
    await holding[0].__aexit__(None, None, None)
    await asyncio.gather(*waiting)
    assert ended == ["first", "second"]
    for one in holding[1:]:
        await one.__aexit__(None, None, None)


async def test_who_gives_up_in_the_middle_of_a_statement_blocks_nobody(db: Database) -> None:
    """Nothing of it is stored, and as many connections are there as before."""

    async def hang() -> None:
        async with db.writing() as conn:
            await conn.change(_NOTE, "a")
            await conn.ask(_SLEEP)

    for _ in range(POSTGRES_CONNECTIONS + 1):
        task = asyncio.create_task(hang())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await list_noted(db) == []
    assert not get_postgres(db)._places.locked()


# ─── Notes in company ─────────────────────────────────────────────────────────


async def send_to(store: SqlStore, people: list[PersonKey]) -> list[Letter]:
    """Store a letter to each, in hand at once."""
    hands = Hands()
    store.deliver_by(hands)
    for person in people:
        async with store.transaction() as tx:
            await tx.find_waiting(person)
            await tx.queue(person, a_mail(until=UNTIL), NOON)
    return hands.carried


@pytest.fixture
def rows(postgres_url: str) -> Callable[[], Awaitable[list[Any]]]:
    """How each letter ended, and whether its key is there."""

    async def read() -> list[Any]:
        engine = make_engine(postgres_url)
        async with engine.connect() as conn:
            asked = (
                "SELECT o.state, o.body IS NULL, k.id IS NULL FROM outbox o"
                " LEFT JOIN erasable_key k ON k.id = 'outbox:' || o.id ORDER BY o.seq"
            )
            found = [tuple(row) for row in await conn.execute(text(asked))]
        await engine.dispose()
        return found

    return read


async def test_letters_that_were_sent_are_noted_together(
    pg_store: SqlStore, rows: Callable[[], Awaitable[list[Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that end while a note is under way share the next one; each is closed, and its key destroyed."""
    letters = await send_to(pg_store, [VAULT.person_key("line", f"U{number}") for number in range(5)])
    sizes: list[int] = []
    real, is_begun, may_end = Postgres.ask_alone, asyncio.Event(), asyncio.Event()

    async def count(self: Postgres, statement: Any, ids: list[str], *rest: Any, wait_s: float) -> Any:
        sizes.append(len(ids))
        is_begun.set()
        await may_end.wait()
        return await real(self, statement, ids, *rest, wait_s=wait_s)

    monkeypatch.setattr(Postgres, "ask_alone", count)
    noting = [asyncio.create_task(pg_store.mark_sent(letters[0]))]
    await is_begun.wait()
    noting += [asyncio.create_task(pg_store.mark_sent(letter)) for letter in letters[1:]]
    await asyncio.sleep(0)
    may_end.set()
    await asyncio.gather(*noting)
    assert sizes == [1, 4]
    assert await rows() == [("sent", True, True)] * 5


async def test_a_letter_that_others_hold_is_noted_by_itself(
    pg_store: SqlStore, rows: Callable[[], Awaitable[list[Any]]]
) -> None:
    """The neighbours' note does not wait for it, so nobody waits in a circle."""
    first, second = await send_to(pg_store, [SURVIVOR, PARENT])
    async with pg_store.transaction() as tx:
        await tx.find_waiting(SURVIVOR)  # which holds what is on its way
        held = asyncio.create_task(pg_store.mark_sent(first))
        await pg_store.mark_sent(second)
        assert not held.done()
    await held
    assert await rows() == [("sent", True, True)] * 2


async def test_who_wakes_after_others_took_a_letter_up_changes_nothing(
    pg_store: SqlStore, rows: Callable[[], Awaitable[list[Any]]]
) -> None:
    """T18: its attempt is over; the one that counts is another one."""
    (letter,) = await send_to(pg_store, [SURVIVOR])
    await pg_store.sweep(NOON + timedelta(seconds=10))
    (taken,) = await pg_store.claim_due(NOON + timedelta(seconds=10), 10)
    await pg_store.mark_sent(letter)
    assert await rows() == [("sending", False, False)]
    await pg_store.mark_sent(taken)
    assert await rows() == [("sent", True, True)]


async def test_a_note_waits_longer_than_people_do(
    pg_store: SqlStore, rows: Callable[[], Awaitable[list[Any]]]
) -> None:
    """Under load a sent letter that is not noted would be sent again for nothing, and hold up the person's next one."""
    (letter,) = await send_to(pg_store, [SURVIVOR])
    holding = [pg_store.transaction() for _ in range(POSTGRES_CONNECTIONS)]
    for one in holding:
        await one.__aenter__()
    noting = asyncio.create_task(pg_store.mark_sent(letter))
    with pytest.raises(StoreDown, match="before us"):  # which takes as long as a webhook waits
        async with pg_store.transaction():
            raise AssertionError
    assert not noting.done()
    for one in holding:
        await one.__aexit__(None, None, None)
    await noting
    assert await rows() == [("sent", True, True)]
