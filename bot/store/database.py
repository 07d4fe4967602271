"""
Transactions, and what it means when the database does not answer.

Every statement of the store passes here, so that no driver's exception reaches the conversation: a
database that is away, full, locked or too slow is StoreDown, and anything else is a bug.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, CursorResult, Executable, Table, exc, func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StaleSession, StoreDown
from bot.store.engine import for_writing

_T = TypeVar("_T")

#: How long a webhook's transaction waits for the ones before it; see `engine.BUSY_WAIT` for the sum.
_HURRIED_WAIT_S = 0.8
#: What nobody waits for may take longer: a delivery that is not written down blocks its person's next one.
_PATIENT_WAIT_S = 10.0
#: Faults that a working database reports about our statements: bugs, never an outage.
_BUGS = (exc.IntegrityError, exc.ProgrammingError, exc.DataError, exc.NotSupportedError)


@contextmanager
def answering() -> Iterator[None]:
    """Turn a database that does not answer into StoreDown; the driver's words are not repeated."""
    try:
        yield
    except exc.DBAPIError as fault:
        if isinstance(fault.orig, AsyncAdapt_asyncpg_dbapi.InvalidCachedStatementError):
            raise StaleSession("the schema changed under a running program") from None
        if (isinstance(fault, _BUGS) or _is_walled_off(fault)) and not fault.connection_invalidated:
            raise
        raise StoreDown(f"the database did not answer ({type(fault).__name__})") from None
    except (exc.TimeoutError, OSError) as fault:
        raise StoreDown(f"the database did not answer ({type(fault).__name__})") from None


def _is_walled_off(fault: exc.DBAPIError) -> bool:
    """Say whether SQLite refused what this side may not do (`walls.py`), which PostgreSQL calls a bug too."""
    is_denied = getattr(fault.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_AUTH
    return is_denied or str(fault.orig).startswith("not authorized")  # of some things it has no code for that


@dataclass(frozen=True, slots=True)
class Conn:
    """One open transaction. Its methods raise StoreDown, or StaleSession when it must be run again."""

    _raw: AsyncConnection
    is_postgres: bool

    async def run(self, statement: Executable) -> CursorResult[Any]:
        """Run a statement whose rows do not matter, or whose row count does."""
        with answering():
            return await self._raw.execute(statement)

    async def rows(self, statement: Executable) -> list[Any]:
        """Run a query to its end."""
        with answering():
            return list((await self._raw.execute(statement)).all())

    async def insert_new(self, table: Table, values: Mapping[str, Any]) -> bool:
        """Insert a row unless one with its key is there. False: it was. Two at once never both win."""
        insert = postgres_insert if self.is_postgres else sqlite_insert
        return (await self.run(insert(table).values(values).on_conflict_do_nothing())).rowcount == 1

    async def put(
        self, table: Table, values: Mapping[str, Any], *, key: str, over: ColumnElement[bool] | None = None
    ) -> bool:
        """
        Insert a row, or write it over the one with its key. False: that one is not as `over` wants it.

        Two at once never both write over the same.
        """
        insert = postgres_insert if self.is_postgres else sqlite_insert
        new = insert(table).values(values)
        rest = {name: new.excluded[name] for name in values if name != key}
        return (
            await self.run(new.on_conflict_do_update(index_elements=[key], set_=rest, where=over))
        ).rowcount == 1

    async def keep_together(self, number: int, *, alone: bool) -> None:
        """
        Wait, and keep others waiting, until the transaction ends: `alone` against all, else against who is alone.

        In SQLite every writer is alone already.
        """
        if self.is_postgres:
            lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
            await self.run(select(lock(number)))

    async def row(self, statement: Executable) -> Any | None:
        """Run a query for one row at most."""
        return next(iter(await self.rows(statement)), None)


class Database:
    """One database. Writers take turns: in SQLite one at a time, in PostgreSQL by the rows they lock."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._reader = engine
        self._writer = for_writing(engine)
        self.is_postgres = engine.dialect.name == "postgresql"
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def writing(self, *, wait_s: float = _HURRIED_WAIT_S) -> AsyncIterator[Conn]:
        """Open a transaction that owns the write lock from its start; leaving it well commits."""
        async with self._one_writer(wait_s), self._open(self._writer) as conn:
            yield conn

    def reading(self) -> AbstractAsyncContextManager[Conn]:
        """Open a transaction that locks nothing."""
        return self._open(self._reader)

    async def write(self, work: Callable[[Conn], Awaitable[_T]]) -> _T:
        """Run a whole writing transaction, patiently, and once more if the schema changed under it."""
        return await _run_twice(lambda: self.writing(wait_s=_PATIENT_WAIT_S), work)

    async def read(self, work: Callable[[Conn], Awaitable[_T]]) -> _T:
        """Run a whole reading transaction, once more if the schema changed under it."""
        return await _run_twice(self.reading, work)

    async def empty_log(self) -> None:
        """Drop what SQLite's write-ahead log still holds of erased rows; without one, nothing happens."""
        if self.is_postgres:
            return
        with answering():
            async with self._one_writer(_PATIENT_WAIT_S), self._reader.connect() as raw:
                driver = (await raw.get_raw_connection()).driver_connection
                # Past SQLAlchemy, because a checkpoint cannot run inside a transaction.
                await driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]  # it is connected

    async def close(self) -> None:
        """Release connections."""
        await self._reader.dispose()

    @asynccontextmanager
    async def _open(self, engine: AsyncEngine) -> AsyncIterator[Conn]:
        async with AsyncExitStack() as stack:
            with answering():
                raw = await stack.enter_async_context(engine.connect())
                await raw.begin()
            yield Conn(raw, self.is_postgres)
            with answering():
                await raw.commit()

    @asynccontextmanager
    async def _one_writer(self, wait_s: float) -> AsyncIterator[None]:
        if self.is_postgres:
            yield
            return
        try:
            async with asyncio.timeout(wait_s):
                await self._turn.acquire()
        except TimeoutError:
            raise StoreDown("too many are writing before us") from None
        try:
            yield
        finally:
            self._turn.release()


async def _run_twice(
    opening: Callable[[], AbstractAsyncContextManager[Conn]], work: Callable[[Conn], Awaitable[_T]]
) -> _T:
    try:
        async with opening() as conn:
            return await work(conn)
    except StaleSession:
        async with opening() as conn:
            return await work(conn)
