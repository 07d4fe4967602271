"""The database: who writes, who reads, and how long anybody waits for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import StaleSession
from bot.store.conn import Conn, PooledConn, answering
from bot.store.engine import BUSY_WAIT, POSTGRES_CONNECTIONS, make_writer
from bot.store.writer import Writer

if TYPE_CHECKING:
    from bot.store.postgres import Postgres

__all__ = ["Conn", "Database", "answering"]

_T = TypeVar("_T")

#: How long a webhook's transaction waits for the ones before it; see `engine.BUSY_WAIT` for the sum.
HURRIED_WAIT_S = 0.8
#: What nobody waits for may take longer: a delivery that is not written down blocks its person's next one.
PATIENT_WAIT_S = 10.0


class Database:
    """One database. Writers take turns: in SQLite behind its one writer, in PostgreSQL by the rows they lock."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self.is_postgres = engine.dialect.name == "postgresql"
        self.postgres = _open_postgres(engine) if self.is_postgres else None
        self._writer = (
            None if self.is_postgres else Writer(make_writer(engine), wait_s=BUSY_WAIT.total_seconds())
        )

    def writing(self, *, wait_s: float = HURRIED_WAIT_S) -> AbstractAsyncContextManager[Conn]:
        """Open a transaction that owns the write lock from its start; leaving it well commits."""
        if self.postgres:
            return self.postgres.transaction(wait_s)
        return self._writer.transaction(wait_s) if self._writer else self._open()

    def reading(self) -> AbstractAsyncContextManager[Conn]:
        """Open a transaction that locks nothing."""
        return self.postgres.transaction(HURRIED_WAIT_S) if self.postgres else self._open()

    async def write(self, work: Callable[[Conn], Awaitable[_T]], *, wait_s: float = PATIENT_WAIT_S) -> _T:
        """Run a whole writing transaction, patiently, and once more if the schema changed under it."""
        return await _run_twice(lambda: self.writing(wait_s=wait_s), work)

    async def read(self, work: Callable[[Conn], Awaitable[_T]]) -> _T:
        """Run a whole reading transaction, once more if the schema changed under it."""
        return await _run_twice(self.reading, work)

    async def empty_log(self) -> None:
        """Drop what SQLite's write-ahead log still holds of erased rows; without one, nothing happens."""
        if self._writer:
            await self._writer.empty_log(PATIENT_WAIT_S)

    async def close(self) -> None:
        """Release connections."""
        if self._writer:
            await self._writer.close()
        if self.postgres:
            await self.postgres.close()
        await self._engine.dispose()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Conn]:
        async with AsyncExitStack() as stack:
            with answering():
                raw = await stack.enter_async_context(self._engine.connect())
                await raw.begin()
            yield PooledConn(raw)
            with answering():
                await raw.commit()


def _open_postgres(engine: AsyncEngine) -> Postgres:
    from bot.store.postgres import Postgres  # noqa: PLC0415 - its driver is large, and nobody has both databases

    return Postgres(engine, most=POSTGRES_CONNECTIONS)


async def _run_twice(
    opening: Callable[[], AbstractAsyncContextManager[Conn]], work: Callable[[Conn], Awaitable[_T]]
) -> _T:
    try:
        async with opening() as conn:
            return await work(conn)
    except StaleSession:
        async with opening() as conn:
            return await work(conn)
