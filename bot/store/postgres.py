"""
PostgreSQL's transactions: the driver's own connections, kept open, and as few ways to the server as a turn needs.

What every message does is sent past SQLAlchemy, whose adapter takes longer over a statement than PostgreSQL does; the
rest goes through SQLAlchemy over the very same connection, in the same transactions. Each person's turns are put in
order by the rows that they lock, because several programs share one database (docs/adr/0039).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import asyncpg
from sqlalchemy import CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StaleSession, StoreDown
from bot.store.conn import Conn, SchemaChanged, Statement, answering

#: Whatever the server's default is, our locks count on this.
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
#: What PostgreSQL says before it closes a connection that we have not touched.
_LAST_WORDS = (asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.IdleSessionTimeoutError)
_PLACE = re.compile(r"\$(\d+)")


class PostgresConn(Conn):
    """One transaction. What is sure to change one row waits for the next statement, and goes with others of its kind."""

    __slots__ = ("_behind", "_line")

    is_postgres = True

    def __init__(self, line: _Line) -> None:
        self._line = line
        self._behind: dict[str, tuple[Any, ...]] = {}

    async def _execute(self, statement: Executable) -> CursorResult[Any]:
        await self.catch_up()
        return await self._line.sqlalchemy.execute(statement)

    async def ask(self, statement: Statement, *values: Any) -> Sequence[Sequence[Any]]:
        """Run a written query to its end."""
        with answering():
            await self.catch_up()
            rows: list[Any] = await self._line.driver.fetch(statement.postgres, *values)
            return rows

    async def change(self, statement: Statement, *values: Any) -> int:
        """Run a written statement; returns how many rows it changed."""
        with answering():
            await self.catch_up()
            return _read_count(await self._line.driver.execute(statement.postgres, *values))

    async def change_one(self, statement: Statement, *values: Any) -> None:
        """See `Conn.change_one`; here it is sent with the next statement of another kind, or before the commit."""
        # Of two into one table, sent as one statement, nobody knows which comes first.
        if statement.postgres in self._behind:
            with answering():
                await self.catch_up()
        self._behind[statement.postgres] = values

    async def catch_up(self) -> None:
        """Send what waits, as one statement. The driver's exceptions may leave it; StaleSession as in `change_one`."""
        if not self._behind:
            return
        behind, self._behind = self._behind, {}
        driver = self._line.driver
        if len(behind) == 1:
            ((text, values),) = behind.items()
            counts = [_read_count(await driver.execute(text, *values))]
        else:
            values = tuple(value for some in behind.values() for value in some)
            counts = list(await driver.fetchrow(_merge(tuple(behind)), *values))
        if any(count != 1 for count in counts):
            raise StaleSession("a row was not as it had been read")


@dataclass(slots=True, eq=False)
class _Line:
    """An open connection: as SQLAlchemy has it, which begins and ends nothing here, and the driver's own."""

    sqlalchemy: AsyncConnection
    driver: Any
    #: Of which schema its prepared statements are.
    schema: int

    async def commit(self) -> None:
        # A transaction in which a statement failed answers with ROLLBACK, and no error.
        if await self.driver.execute("COMMIT") != "COMMIT":
            raise StoreDown("the database did not store it")


class Postgres:
    """
    The connections of one program, `most` of them at once. They are opened when they are needed, and kept.

    Whoever wants one waits in the order of coming.
    """

    def __init__(self, engine: AsyncEngine, *, most: int) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")  # we begin and commit ourselves
        self._places = asyncio.Semaphore(most)
        self._idle: list[_Line] = []
        self._schema = 0

    @asynccontextmanager
    async def transaction(self, wait_s: float) -> AsyncIterator[Conn]:
        """
        Open a transaction; left well, it is stored when this returns.

        `wait_s`: how long a connection is waited for. StoreDown: nothing of it is known to be stored.
        """
        await self._take_place(wait_s)
        try:
            line = await self._begin()
            try:
                conn = PostgresConn(line)
                yield conn
                with answering():
                    await conn.catch_up()
                    await line.commit()
            except BaseException as fault:
                self._schema += isinstance(fault, SchemaChanged)
                await asyncio.shield(asyncio.ensure_future(self._undo(line)))
                raise
            self._idle.append(line)
        finally:
            self._places.release()

    async def ask_alone(self, statement: Statement, *values: Any, wait_s: float) -> Sequence[Sequence[Any]]:
        """
        Run one written query that is a transaction of its own: stored when this returns.

        It must do no harm if it is run twice: where a connection has died, another one is taken. StoreDown as above.
        """
        await self._take_place(wait_s)
        try:
            line, rows = await self._insist("fetch", statement.postgres, *values)
            self._idle.append(line)
            return list(rows)
        finally:
            self._places.release()

    async def close(self) -> None:
        """Release the connections."""
        while self._idle:
            await self._idle.pop().sqlalchemy.close()  # the engine's pool ends it

    # Inside

    async def _take_place(self, wait_s: float) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        try:
            async with asyncio.timeout(wait_s):
                await self._places.acquire()
        except TimeoutError:
            raise StoreDown("too many are writing before us") from None

    async def _begin(self) -> _Line:
        """Begin. That is also how it shows that a connection has died while nobody used it: nothing is lost yet."""
        return (await self._insist("execute", _BEGIN))[0]

    async def _insist(self, how: str, *words: Any) -> tuple[_Line, Any]:
        """Say a first thing on a connection that works, if there is any."""
        with answering():
            while line := await self._take_idle():
                with suppress(_Died):
                    return line, await self._say(line, how, *words)
            line = await self._connect()
            return line, await self._say(line, how, *words)

    async def _say(self, line: _Line, how: str, *words: Any) -> Any:
        """Say something. _Died: the connection is gone, and others may work; it is given up whatever fails."""
        try:
            return await getattr(line.driver, how)(*words)
        except BaseException as fault:
            is_dead = line.driver.is_closed() or isinstance(fault, _LAST_WORDS)
            await asyncio.shield(asyncio.ensure_future(_give_up(line)))
            if is_dead and isinstance(fault, Exception):
                raise _Died(type(fault).__name__) from fault
            raise

    async def _take_idle(self) -> _Line | None:
        while self._idle:
            line = self._idle.pop()  # the last one used: the others may be idle for good
            if line.schema == self._schema and not line.driver.is_closed():
                return line
            await _retire(line)
        return None

    async def _connect(self) -> _Line:
        sqlalchemy = await self._engine.connect()
        return _Line(sqlalchemy, (await sqlalchemy.get_raw_connection()).driver_connection, self._schema)

    async def _undo(self, line: _Line) -> None:
        """Roll back. Where that does not work, the connection is given up, and PostgreSQL rolls back by itself."""
        try:
            await line.driver.execute("ROLLBACK")
        except Exception:  # noqa: BLE001 - whatever it is, there is nothing else to be done for it
            await _give_up(line)
        else:
            self._idle.append(line)


class _Died(OSError):
    """A connection that was kept is gone."""


async def _give_up(line: _Line) -> None:
    """Cut off a connection that does not work; there is no more to wait for."""
    line.driver.terminate()
    await _retire(line)


async def _retire(line: _Line) -> None:
    """End a connection that nobody uses."""
    with suppress(Exception):  # it is gone already
        await line.sqlalchemy.invalidate()
        await line.sqlalchemy.close()


def _read_count(status: str) -> int:
    """Read the number at the end of a command's tag: `INSERT 0 1`, `UPDATE 1`. Source: PostgreSQL, Message Formats."""
    number = status.rpartition(" ")[2]
    return int(number) if number.isdecimal() else 0


@lru_cache(maxsize=64)
def _merge(texts: tuple[str, ...]) -> str:
    """
    Write several statements as one, whose row says how many rows each changed.

    None of them sees what another one does, and their order is nobody's.
    """
    parts, counts, shift = [], [], 0
    for number, text in enumerate(texts):
        places = [int(place) for place in _PLACE.findall(text)]
        moved = _PLACE.sub(lambda found, by=shift: f"${int(found[1]) + by}", text)  # type: ignore[misc]
        parts.append(f"part{number} AS ({moved} RETURNING 1)")
        counts.append(f"(SELECT count(*) FROM part{number})")  # noqa: S608 - of written statements only
        shift += max(places, default=0)
    return f"WITH {', '.join(parts)} SELECT {', '.join(counts)}"
