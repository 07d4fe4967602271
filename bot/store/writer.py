"""
SQLite's one writer: a connection that every writing transaction of the program goes through.

A COMMIT costs several waits for the disk, and those who write at the same time can share one. Each still has a
transaction of its own: they run one after another, behind a savepoint that undoes the one that fails and no
other, and none of them learns that it is stored before all of them are.

Statements run on the event loop, without a thread between. They wait for nobody: the write lock is ours from BEGIN to
COMMIT, so the file is read through the cache and written into it (`cache_spill` is off). What may wait, for another program's
lock or for the disk, runs in a thread: BEGIN where the lock is taken, COMMIT, and ROLLBACK after it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Executable, exc

from bot.errors import StoreDown
from bot.store.conn import Conn, Statement, answering
from bot.store.walls import names_a_guard

_T = TypeVar("_T")
#: How often a lock that another program holds is tried again.
_TRY_EVERY_S = 0.005


@dataclass(slots=True, eq=False)
class _Group:
    """Transactions that share one COMMIT. When it has `ended`, `fault` names what went wrong; empty: all is stored."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)
    fault: str = "not committed"


class WriterConn(Conn):
    """One transaction among those of a group."""

    __slots__ = ("_driver", "_known", "_sqlalchemy", "is_postgres")

    def __init__(self, sqlalchemy: Connection, driver: sqlite3.Connection) -> None:
        self._sqlalchemy = sqlalchemy
        self._driver = driver
        self._known: set[str] = set()
        self.is_postgres = False

    async def _execute(self, statement: Executable) -> CursorResult[Any]:
        return self._sqlalchemy.execute(statement)

    async def ask(self, statement: Statement, *values: Any) -> Sequence[Sequence[Any]]:
        """Run a written query to its end."""
        cursor = self._run(statement.sqlite, values)
        try:
            return cursor.fetchall()
        except sqlite3.Error:
            with answering():
                raise

    async def change(self, statement: Statement, *values: Any) -> int:
        """Run a written statement; returns how many rows it changed."""
        return self._run(statement.sqlite, values).rowcount

    def _run(self, text: str, values: tuple[Any, ...]) -> sqlite3.Cursor:
        if text not in self._known:
            self._meet(text)
        try:
            return self._driver.execute(text, values)
        except sqlite3.Error:
            with answering():
                raise

    def _meet(self, text: str) -> None:
        """Look at a statement the first time it is run, as `engine.py` does at those of SQLAlchemy."""
        if names_a_guard(text):
            raise exc.DatabaseError(None, None, sqlite3.DatabaseError("not authorized"))
        self._known.add(text)


class Writer:
    """
    The one connection. It is opened at the first use, and anew after a fault of the file.

    `wait_s` is how long another program's lock is waited for, at BEGIN and once more at COMMIT.
    """

    def __init__(self, engine: Engine, *, wait_s: float) -> None:
        self._engine = engine
        self._wait_s = wait_s
        self._turn = asyncio.Lock()
        self._in_line = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._opened: _Opened | None = None
        self._group: _Group | None = None
        self._committing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def transaction(self, wait_s: float) -> AsyncIterator[Conn]:
        """
        Open a transaction that owns the write lock from its start; left well, it is stored when this returns.

        `wait_s`: how long the ones before it are waited for. StoreDown: nothing of it is known to be stored.
        """
        await self._take_turn(wait_s)
        try:
            group = self._group or await self._begin()
            opened = self._get_opened()
            self._say(group, opened, "SAVEPOINT turn")
            try:
                yield opened.conn
            except BaseException:  # its failure is not its neighbours'
                self._say(group, opened, "ROLLBACK TO turn", "RELEASE turn")
                raise
            self._say(group, opened, "RELEASE turn")
        finally:
            self._turn.release()
        await group.ended.wait()
        if group.fault:
            raise StoreDown(f"the database did not store it ({group.fault})")

    async def empty_log(self, wait_s: float) -> None:
        """Drop what a write-ahead log still holds of erased rows; without one, nothing happens. StoreDown: not now."""
        await self._take_turn(wait_s)
        try:
            if self._group:
                await self._commit(self._group)
            with answering():
                await self._in_thread(lambda: self._get_opened().empty_log(self._wait_s))
        finally:
            self._turn.release()

    async def close(self) -> None:
        """Store what is under way, and release the connection."""
        async with self._turn:
            if self._group:
                await self._commit(self._group)
            if self._opened:
                await self._in_thread(self._forget)
        self._thread.shutdown(wait=False)
        self._engine.dispose()

    # Turns

    async def _take_turn(self, wait_s: float | None) -> None:
        if not (self._turn.locked() or self._in_line):
            await self._turn.acquire()
            return
        self._in_line += 1
        try:
            async with asyncio.timeout(wait_s):
                await self._turn.acquire()
        except TimeoutError:
            raise StoreDown("too many are writing before us") from None
        finally:
            self._in_line -= 1

    async def _begin(self) -> _Group:
        with answering():
            if not (self._opened and self._opened.begin_at_once()):
                await self._begin_in_thread()
        group = self._group = _Group()
        task = asyncio.create_task(self._commit_soon(group))
        self._committing.add(task)
        task.add_done_callback(self._committing.discard)
        return group

    async def _begin_in_thread(self) -> None:
        try:
            await self._in_thread(lambda: self._get_opened().begin(self._wait_s))
        except asyncio.CancelledError:  # it may have begun: nobody else could write before our next turn
            await self._in_thread(lambda: self._get_opened().roll_back())
            raise

    async def _commit_soon(self, group: _Group) -> None:
        """Commit once everybody had a turn who wanted one by now; who comes later is in the next group."""
        await asyncio.sleep(0)
        await self._take_turn(None)
        try:
            if group is self._group:
                await self._commit(group)
        finally:
            self._turn.release()

    async def _commit(self, group: _Group) -> None:
        """Store the whole group, or nothing of it. We have the turn, so nobody is in the middle of theirs."""
        self._group = None
        try:
            await self._in_thread(lambda: self._store(group))
        finally:
            group.ended.set()

    def _say(self, group: _Group, opened: _Opened, *words: str) -> None:
        """Enter or leave the savepoint. Where that fails, SQLite has rolled back everybody: the disk is full, or broken."""
        try:
            for word in words:
                opened.driver.execute(word)
        except sqlite3.Error as fault:
            self._group, opened.is_broken = None, True
            opened.roll_back()  # where it has not done so: the lock is others' again
            group.fault = type(fault).__name__
            group.ended.set()
            with answering():
                raise

    # In the thread

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        """Work there, and keep the turn until it is done, whoever stops waiting for it."""
        job = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            await asyncio.wait({job})
            if not job.cancelled():
                job.exception()  # nobody waits for it any more
            raise

    def _get_opened(self) -> _Opened:
        if self._opened is None or self._opened.is_broken:
            self._forget()
            self._opened = _open(self._engine)
        return self._opened

    def _forget(self) -> None:
        opened, self._opened = self._opened, None
        if opened:
            opened.close()

    def _store(self, group: _Group) -> None:
        group.fault = self._get_opened().commit(self._wait_s)


@dataclass(slots=True)
class _Opened:
    """The open connection: as SQLAlchemy has it, and the driver's own, of which both write into the same transaction."""

    sqlalchemy: Connection
    driver: sqlite3.Connection
    conn: WriterConn
    is_broken: bool = False

    def begin_at_once(self) -> bool:
        """Begin without waiting. False: another program is writing, or the file must be opened anew."""
        if self.is_broken or self.driver.in_transaction:
            return False
        try:
            self.driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as fault:
            self.is_broken = not _is_busy(fault)
            return False
        return True

    def begin(self, wait_s: float) -> None:
        """Begin, once other programs let us."""
        if self.driver.in_transaction:  # of somebody who gave up while it began
            self.driver.execute("ROLLBACK")
        try:
            _insist(lambda: self.driver.execute("BEGIN IMMEDIATE"), wait_s)
        except sqlite3.Error as fault:
            self.is_broken = not _is_busy(fault)
            raise

    def commit(self, wait_s: float) -> str:
        """Commit. Returns what went wrong; then nothing of it is kept, as far as that can be known."""
        try:
            _insist(lambda: self.driver.execute("COMMIT"), wait_s)
        except sqlite3.Error as fault:
            self.roll_back()
            self.is_broken |= not _is_busy(fault)
            return type(fault).__name__
        return ""

    def empty_log(self, wait_s: float) -> None:
        """Empty the write-ahead log, as far as others let us within the time."""
        until = time.monotonic() + wait_s
        # Past SQLAlchemy, because a checkpoint cannot run inside a transaction. Its first column: it was kept from it.
        while (
            self.driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] and time.monotonic() < until
        ):
            time.sleep(_TRY_EVERY_S)

    def close(self) -> None:
        """Release the connection; what is not committed is gone."""
        self.sqlalchemy.invalidate()
        self.sqlalchemy.close()

    def roll_back(self) -> None:
        """Undo what has begun, if anything has."""
        try:
            if self.driver.in_transaction:
                self.driver.execute("ROLLBACK")
        except sqlite3.Error:
            self.is_broken = True


def _open(engine: Engine) -> _Opened:
    sqlalchemy = engine.connect()
    driver = sqlalchemy.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError("the writer writes into SQLite")
    return _Opened(sqlalchemy, driver, WriterConn(sqlalchemy, driver))


def _insist(step: Callable[[], object], wait_s: float) -> None:
    """Do it as soon as another program's lock is gone. sqlite3.OperationalError: it was there for too long."""
    until = time.monotonic() + wait_s
    while True:
        try:
            step()
        except sqlite3.OperationalError as fault:
            if not _is_busy(fault) or time.monotonic() >= until:
                raise
            time.sleep(_TRY_EVERY_S)
        else:
            return


def _is_busy(fault: sqlite3.Error) -> bool:
    """Whether it is only another program's lock. The low byte is the kind. Source: SQLite, Result and Error Codes."""
    return fault.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
