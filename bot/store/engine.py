"""
Connections: how each database is opened so that it neither loses an update nor keeps what was erased.

Source of the settings: SECURITY §5 (SQLite, PostgreSQL), PLATFORMS §3.3 and §3.4 (measured).
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.store.walls import authorize, names_a_guard

#: Older libraries can corrupt a WAL database when a write meets a checkpoint. Source: SECURITY §5.
_SAFE_WAL = (3, 51, 3)
#: With the wait for our own writer (`database.py`) it stays below the 1.5 s in which LINE must hear from us.
BUSY_WAIT = timedelta(milliseconds=700)
#: PostgreSQL: a connection, a place in the pool, one statement. Source: SECURITY §4, commit budget.
_ANSWER_WITHIN = timedelta(milliseconds=1200)
#: Connections of one program.
POSTGRES_CONNECTIONS = 10
#: A frozen program must not hold a person's row. Source: SECURITY R5.
_IDLE_AT_MOST = timedelta(seconds=5)
#: A migration may wait for another one to finish.
_PATIENCE = timedelta(seconds=60)
_WRITES = "frontdoor_writes"
_OPENING = "frontdoor_opening"
#: More than the store has statements of the way every message goes: none of them is prepared twice.
_PREPARED = 256


@dataclass(frozen=True, slots=True)
class _Opening:
    """How an SQLite file is opened."""

    journal: str
    busy_wait: timedelta
    public: bool


def choose_journal(version: tuple[int, ...]) -> str:
    """
    Choose SQLite's journal mode for a library version: WAL where it is safe, else a rollback journal.

    The journal is emptied, not removed: SQLite flushes the one and not the other, so after a power cut a removed journal
    could come back and undo what was committed. Source: SQLite, PRAGMA synchronous (EXTRA), pager_end_transaction.
    """
    return "WAL" if version >= _SAFE_WAL else "TRUNCATE"


def make_engine(
    url: str, *, journal: str | None = None, patient: bool = False, public: bool = False
) -> AsyncEngine:
    """
    Make an engine for either database; nothing is opened yet.

    `journal` overrides the choice on SQLite. `patient` is for migrations: wait, and set no limits. `public`:
    on SQLite its connections can do what the public side may (`walls.py`); on PostgreSQL the role decides.
    """
    if make_url(url).get_backend_name() == "sqlite":
        journal = journal or choose_journal(sqlite3.sqlite_version_info)
        return _make_sqlite(url, _Opening(journal, _PATIENCE if patient else BUSY_WAIT, public))
    return _make_postgres(url, patient=patient)


def for_writing(engine: AsyncEngine) -> AsyncEngine:
    """Return the same engine, whose transactions own SQLite's write lock from their start."""
    return engine.execution_options(**{_WRITES: True})


def make_writer(engine: AsyncEngine) -> Engine:
    """
    Make the engine of the one connection that writes into an SQLite file (`writer.py`), opened as `engine` opens it.

    It waits for no lock by itself, and holds what it changes in memory until the commit, as no other connection does.
    """
    opening: _Opening = engine.get_execution_options()[_OPENING]
    url = engine.url.set(drivername="sqlite+pysqlite")
    allowed = {
        "check_same_thread": False,
        "cached_statements": _PREPARED,
    }  # by turns, on the loop and in a thread
    writer = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=allowed)

    def prepare(driver: Any, _record: object) -> None:
        driver.isolation_level = None
        driver.text_factory = _read_odd
        for pragma in (*_pragmas(opening), "cache_spill = OFF", "busy_timeout = 0"):
            driver.execute(f"PRAGMA {pragma}")
        if opening.public:
            driver.set_authorizer(authorize)

    event.listen(writer, "connect", prepare)
    if opening.public:
        event.listen(writer, "before_cursor_execute", _refuse_guards)
    return writer


def _make_sqlite(url: str, opening: _Opening) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_timeout=_ANSWER_WITHIN.total_seconds(),
        hide_parameters=True,
        execution_options={_OPENING: opening},
    )

    def prepare(connection: DBAPIConnection, _record: object) -> None:
        # The driver's own BEGIN comes late and only before some statements, which loses updates.
        connection.isolation_level = None
        # One altered byte of text must not keep everything else from being read.
        connection.run_async(_set_odd_text)
        cursor = connection.cursor()
        for pragma in _pragmas(opening):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        if opening.public:  # last: it denies most of what stands above
            connection.run_async(lambda driver: driver.set_authorizer(authorize))

    event.listen(engine.sync_engine, "connect", prepare)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    if opening.public:
        event.listen(engine.sync_engine, "before_cursor_execute", _refuse_guards)
    return engine


def _refuse_guards(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
    """Refuse as SQLite does, without repeating the statement."""
    if names_a_guard(statement):
        raise exc.DatabaseError(None, None, sqlite3.DatabaseError("not authorized"))


async def _set_odd_text(driver: Any) -> None:
    driver.text_factory = _read_odd


def _read_odd(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _pragmas(opening: _Opening) -> tuple[str, ...]:
    return (
        f"busy_timeout = {opening.busy_wait // timedelta(milliseconds=1)}",  # first: the next one may have to wait
        f"journal_mode = {opening.journal}",
        "synchronous = FULL",
        "secure_delete = ON",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "mmap_size = 0",
        "temp_store = MEMORY",  # no page of ours in a temporary file
    )


def _begin_sqlite(connection: Connection) -> None:
    """Begin. A transaction that reads first and locks later would be refused, or lose an update."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _make_postgres(url: str, *, patient: bool) -> AsyncEngine:
    answer_within = (_PATIENCE if patient else _ANSWER_WITHIN).total_seconds()
    return create_async_engine(
        url,
        isolation_level="READ COMMITTED",  # whatever the server's default is, our locks count on this
        pool_pre_ping=True,
        pool_timeout=answer_within,
        pool_size=POSTGRES_CONNECTIONS,
        max_overflow=0,
        hide_parameters=True,
        connect_args={
            "timeout": answer_within,
            "command_timeout": None if patient else 2 * answer_within,  # a network that swallows everything
            "server_settings": _server_settings(patient=patient),
        },
    )


def _server_settings(*, patient: bool) -> dict[str, Any]:
    named = {"application_name": "frontdoor", "synchronous_commit": "on"}
    if patient:
        return named
    return named | {
        "statement_timeout": str(_ANSWER_WITHIN // timedelta(milliseconds=1)),
        "idle_in_transaction_session_timeout": str(_IDLE_AT_MOST // timedelta(milliseconds=1)),
    }
