"""
One open transaction, whichever database it is in, and what it means when that does not answer.

Every statement of the store passes here, so that no driver's exception reaches the conversation: a
database that is away, full, locked or too slow is StoreDown, and anything else is a bug.
"""

from __future__ import annotations

import itertools
import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Executable, Table, exc, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StaleSession, StoreDown
from bot.store.drivers import find_all, find_bugs, find_outdated, insert_into

#: Faults that a working database reports about our statements: bugs, never an outage.
_BUGS = (exc.IntegrityError, exc.ProgrammingError, exc.DataError, exc.NotSupportedError)
_DRIVERS_BUGS = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.DataError,
    sqlite3.NotSupportedError,
)
_PLACE = re.compile(r"\?")


class SchemaChanged(StaleSession):
    """A statement was prepared for a table that has changed since. Run the transaction again."""


@contextmanager
def answering() -> Iterator[None]:
    """Turn a database that does not answer into StoreDown; the driver's words are not repeated."""
    try:
        yield
    except exc.DBAPIError as fault:
        if isinstance(fault.orig, find_outdated()):
            raise SchemaChanged("the schema changed under a running program") from None
        is_ours = isinstance(fault, _BUGS) or is_walled_off(fault.orig)
        if is_ours and not fault.connection_invalidated:
            raise
        raise _say_down(fault) from None
    except find_outdated():
        raise SchemaChanged("the schema changed under a running program") from None
    except find_all() as fault:
        if isinstance(fault, (*_DRIVERS_BUGS, *find_bugs())) or is_walled_off(fault):
            raise
        raise _say_down(fault) from None
    except (exc.TimeoutError, OSError) as fault:
        raise _say_down(fault) from None


def _say_down(fault: Exception) -> StoreDown:
    return StoreDown(f"the database did not answer ({type(fault).__name__})")


def is_walled_off(fault: BaseException | None) -> bool:
    """Say whether SQLite refused what this side may not do (`walls.py`), which PostgreSQL calls a bug too."""
    is_denied = getattr(fault, "sqlite_errorcode", None) == sqlite3.SQLITE_AUTH
    return is_denied or str(fault).startswith("not authorized")  # of some things it has no code for that


@dataclass(frozen=True, slots=True)
class Statement:
    """
    A statement of the way every message goes, written out once: SQLAlchemy takes longer to write one than SQLite to run it.

    Its values are what the driver stores: moments as microseconds (`moments.py`), keys and bodies as bytes.
    """

    sqlite: str
    postgres: str


def written(text: str, *, locking: str = "") -> Statement:
    """Write a statement for both databases: `?` stands for a value; `locking` is said to PostgreSQL alone."""
    numbers = itertools.count(1)
    dollars = _PLACE.sub(lambda _: f"${next(numbers)}", text)
    return Statement(text, f"{dollars} {locking}".rstrip())


class Conn(ABC):
    """One open transaction. Its methods raise StoreDown, or StaleSession when it must be run again."""

    __slots__ = ()

    is_postgres: bool

    @abstractmethod
    async def _execute(self, statement: Executable) -> CursorResult[Any]:
        """Run a statement; the driver's exceptions may leave it."""

    @abstractmethod
    async def ask(self, statement: Statement, *values: Any) -> Sequence[Sequence[Any]]:
        """Run a written query to its end."""

    @abstractmethod
    async def change(self, statement: Statement, *values: Any) -> int:
        """Run a written statement; returns how many rows it changed."""

    async def change_one(self, statement: Statement, *values: Any) -> None:
        """
        Run a written statement that is sure to change one row; PostgreSQL may be told of it a little later.

        StaleSession: it changed none after all. That is said here, by a later statement, or at the end.
        """
        if await self.change(statement, *values) != 1:
            raise StaleSession("a row was not as it had been read")

    async def run(self, statement: Executable) -> CursorResult[Any]:
        """Run a statement whose rows do not matter, or whose row count does."""
        with answering():
            return await self._execute(statement)

    async def rows(self, statement: Executable) -> list[Any]:
        """Run a query to its end."""
        with answering():
            return list((await self._execute(statement)).all())

    async def row(self, statement: Executable) -> Any | None:
        """Run a query for one row at most."""
        return next(iter(await self.rows(statement)), None)

    async def insert_new(self, table: Table, values: Mapping[str, Any]) -> bool:
        """Insert a row unless one with its key is there. False: it was. Two at once never both win."""
        new = insert_into(table, is_postgres=self.is_postgres).values(values)
        return (await self.run(new.on_conflict_do_nothing())).rowcount == 1

    async def put(
        self, table: Table, values: Mapping[str, Any], *, key: str, over: ColumnElement[bool] | None = None
    ) -> bool:
        """
        Insert a row, or write it over the one with its key. False: that one is not as `over` wants it.

        Two at once never both write over the same.
        """
        new = insert_into(table, is_postgres=self.is_postgres).values(values)
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


class PooledConn(Conn):
    """A transaction of SQLite on a connection of SQLAlchemy's pool."""

    __slots__ = ("_raw",)

    is_postgres = False

    def __init__(self, raw: AsyncConnection) -> None:
        self._raw = raw

    async def _execute(self, statement: Executable) -> CursorResult[Any]:
        return await self._raw.execute(statement)

    async def ask(self, statement: Statement, *values: Any) -> Sequence[Sequence[Any]]:
        """Run a written query to its end."""
        with answering():
            return (await self._raw.exec_driver_sql(statement.sqlite, values)).all()

    async def change(self, statement: Statement, *values: Any) -> int:
        """Run a written statement; returns how many rows it changed."""
        with answering():
            return (await self._raw.exec_driver_sql(statement.sqlite, values)).rowcount
