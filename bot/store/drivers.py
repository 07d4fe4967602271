"""
What differs between the two databases and would load the one that nobody has: their inserts, and PostgreSQL's faults.

PostgreSQL's driver is loaded when a connection to it is opened. Before that none of its faults can come.
"""

from __future__ import annotations

import sqlite3
import sys
from typing import TYPE_CHECKING

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

_OUTDATED = ("InvalidCachedStatementError", "OutdatedSchemaCacheError")
_BUGS = (
    "IntegrityConstraintViolationError",
    "SyntaxOrAccessError",
    "DataError",
    "FeatureNotSupportedError",
)

Faults = tuple[type[Exception], ...]


def insert_into(table: Table, *, is_postgres: bool) -> sqlite.Insert | postgresql.Insert:
    """Begin an INSERT that may say what happens where a row is there already."""
    if not is_postgres:
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - as said above

    return postgresql.insert(table)


def find_outdated() -> Faults:
    """Return the faults which say that a statement was prepared for a table that has changed since."""
    adapter = sys.modules.get("sqlalchemy.dialects.postgresql.asyncpg")
    adapted = (adapter.AsyncAdapt_asyncpg_dbapi.InvalidCachedStatementError,) if adapter else ()
    return (*adapted, *_find(*_OUTDATED))


def find_bugs() -> Faults:
    """Return the faults which a working PostgreSQL reports about our statements."""
    # As ValueError its driver refuses a value that a column cannot hold.
    return (*_find(*_BUGS), ValueError)


def find_all() -> Faults:
    """Return what every fault of a driver is one of."""
    # The last is what it says of a connection that broke under it.
    return (sqlite3.Error, *_find("PostgresError", "InterfaceError", "InternalClientError"))


def _find(*names: str) -> Faults:
    driver = sys.modules.get("asyncpg.exceptions")
    return tuple(getattr(driver, name) for name in names) if driver else ()
