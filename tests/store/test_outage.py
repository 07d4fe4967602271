"""When the database does not answer: StoreDown, nothing half done, and back as soon as it is back."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import aiosqlite
import pytest
from sqlalchemy import exc, text

from bot.core.model import PersonKey
from bot.errors import StaleSession, StoreDown
from bot.store.database import Database, answering
from bot.store.engine import choose_journal, make_engine
from bot.store.sql import SqlStore, open_store
from tests.store.cast import NOON, PARENT, SURVIVOR, VAULT, FakeClock, a_session, begin
from tests.store.conftest import Look


async def say_hello(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.claim("line", "event-1", NOON)
        await tx.save_session(SURVIVOR, a_session(), expected_version=None)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+asyncpg://nobody@127.0.0.1:1/none",
        "sqlite+aiosqlite:////no/such/folder/frontdoor.sqlite3",
    ],
)
async def test_a_database_that_is_away_is_down(url: str) -> None:
    """Answer 503: the channel sends it again. And the program is not ready."""
    store = open_store(url, VAULT)
    with pytest.raises(StoreDown):
        await say_hello(store)
    with pytest.raises(StoreDown):
        await store.look(SURVIVOR)
    assert not await store.is_ready()
    await store.close()
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            thread.join()  # it speaks to this test's loop once more before it ends


async def test_a_locked_file_is_down_and_then_up(sqlite_url: str) -> None:
    """Another program holds the lock too long: refused in time, nothing stored; then all is well."""
    store = open_store(sqlite_url, VAULT, clock=FakeClock())
    async with aiosqlite.connect(sqlite_url.removeprefix("sqlite+aiosqlite:///")) as other:
        await other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreDown):
            await say_hello(store)
        await other.rollback()
    assert await store.look(SURVIVOR) is None
    await say_hello(store)
    assert await store.look(SURVIVOR) is not None
    await store.close()


async def test_who_waits_too_long_behind_others_is_refused(sqlite_url: str) -> None:
    """A queue that is too long is an outage too: better sent again than answered too late."""
    db = Database(make_engine(sqlite_url))
    async with db.writing(wait_s=1):
        with pytest.raises(StoreDown, match="before us"):
            async with db.writing(wait_s=0.01):
                raise AssertionError
    async with db.writing(wait_s=0.01) as conn:
        assert await conn.rows(text("SELECT 1"))
    await db.close()


async def test_a_cancelled_transaction_leaves_nothing_and_blocks_nobody(store: SqlStore) -> None:
    """The server gave up on a request midway: it is as if it had never come."""
    inside = asyncio.Event()

    async def hang() -> None:
        async with store.transaction() as tx:
            await tx.save_session(SURVIVOR, a_session(), expected_version=None)
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await store.look(SURVIVOR) is None
    await begin(store)


async def test_a_person_held_by_a_frozen_program_is_refused_in_time(postgres_url: str) -> None:
    """Another program holds the row and says nothing: 503, and others are served meanwhile."""
    store = open_store(postgres_url, VAULT, clock=FakeClock())
    await begin(store)
    async with store.transaction() as frozen:
        await frozen.load_session(SURVIVOR)
        with pytest.raises(StoreDown):
            await _load(store, SURVIVOR)
        await _load(store, PARENT)
    await _load(store, SURVIVOR)
    await store.close()


async def _load(store: SqlStore, person: PersonKey) -> None:
    async with store.transaction() as tx:
        await tx.load_session(person)


async def test_a_killed_connection_is_down_and_then_up(postgres_url: str) -> None:
    """PostgreSQL restarts under us: the transaction in progress is refused, the next one works."""
    store = open_store(postgres_url, VAULT, clock=FakeClock())
    killer = make_engine(postgres_url)
    kill = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'frontdoor' "
        "AND datname = current_database() AND pid <> pg_backend_pid()"
    )

    async def be_killed() -> None:
        async with store.transaction() as tx:
            await tx.claim("line", "event-1", NOON)
            async with killer.connect() as conn:
                await conn.execute(kill)
            await tx.save_session(SURVIVOR, a_session(), expected_version=None)

    with pytest.raises(StoreDown):
        await be_killed()
    await say_hello(store)
    await killer.dispose()
    await store.close()


async def test_a_schema_change_under_a_running_program_is_retried(postgres_url: str) -> None:
    """PostgreSQL refuses a cached statement once: reading goes on by itself, a turn is run again."""
    store = open_store(postgres_url, VAULT, clock=FakeClock())
    await begin(store)
    engine = make_engine(postgres_url)

    async def change(statement: str) -> None:
        async with engine.begin() as conn:
            await conn.execute(text(statement))

    await store.look(SURVIVOR)
    await change("ALTER TABLE person_session ALTER COLUMN version TYPE bigint")
    assert await store.look(SURVIVOR) is not None
    await _load(store, SURVIVOR)
    await change("ALTER TABLE person_session ALTER COLUMN version TYPE integer")
    with pytest.raises(StaleSession):
        await _load(store, SURVIVOR)
    await _load(store, SURVIVOR)
    await engine.dispose()
    await store.close()


async def test_the_schema_is_not_blamed_on_the_database(store: SqlStore, sql: Look) -> None:
    """A row that breaks a rule is our bug, and must be seen as one."""
    with pytest.raises(exc.IntegrityError):
        await sql("INSERT INTO outbox (id, state) VALUES ('1', 'new')")
    with pytest.raises(exc.IntegrityError), answering():
        await sql("INSERT INTO outbox (id, state) VALUES ('1', 'new')")


async def test_an_erasure_counts_even_if_the_log_cannot_be_emptied(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is committed: a failing clean-up must not make the person ask twice. The sweep repairs it."""

    async def fail(_self: Database) -> None:
        raise StoreDown("busy")

    store = open_store(sqlite_url, VAULT, clock=FakeClock())
    await begin(store)
    monkeypatch.setattr(Database, "empty_log", fail)
    async with store.transaction() as tx:
        await tx.erase(SURVIVOR)
    assert await store.look(SURVIVOR) is None
    await store.close()


@pytest.mark.parametrize(
    ("version", "journal"),
    [
        ((3, 40, 1), "TRUNCATE"),
        ((3, 51, 2), "TRUNCATE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "WAL"),
        ((4, 0, 0), "WAL"),
    ],
)
def test_the_write_ahead_log_is_used_only_where_it_is_safe(version: tuple[int, ...], journal: str) -> None:
    """Older libraries can corrupt the database under a concurrent write and checkpoint."""
    assert choose_journal(version) == journal


@pytest.mark.parametrize("journal", ["TRUNCATE", "WAL"])
async def test_sqlite_is_opened_with_the_safe_settings(tmp_path: Path, journal: str) -> None:
    """Durable, erasing, strict, and refusing in time."""
    engine = make_engine(f"sqlite+aiosqlite:///{tmp_path / 'db'}", journal=journal)
    names = ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "trusted_schema", "busy_timeout")
    async with engine.connect() as conn:
        found = {name: (await conn.execute(text(f"PRAGMA {name}"))).scalar() for name in names}
    await engine.dispose()
    assert found == {
        "journal_mode": journal.lower(),
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "busy_timeout": 700,
    }


async def test_postgres_is_opened_with_limits(postgres_url: str) -> None:
    """A statement that hangs, or a program that froze, lets go of the person's row."""
    engine = make_engine(postgres_url)
    names = ("statement_timeout", "idle_in_transaction_session_timeout", "synchronous_commit")
    async with engine.connect() as conn:
        found = [(await conn.execute(text(f"SHOW {name}"))).scalar() for name in names]
    await engine.dispose()
    assert found == ["1200ms", "5s", "on"]
