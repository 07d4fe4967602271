"""
The schema's way from one release to the next, without a settings file and from an installed wheel.

A migration is one transaction: killed inside it, the database is as it was. Two programs that start
at once take turns, and the second finds nothing to do.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, exc, make_url, text

from bot.errors import ConfigError
from bot.store.database import answering
from bot.store.engine import for_writing, make_engine

_T = TypeVar("_T")
#: Any number, as long as every program that migrates uses the same one.
_POSTGRES_LOCK = 7_064_113_001


def upgrade(url: str, revision: str = "head") -> None:
    """
    Bring the schema up to a revision; a missing SQLite file is made, readable by its owner alone.

    StoreDown: the database did not answer. ConfigError: the file cannot be made, a newer release
    has been here, or the schema is older and this role may not change it.
    """
    _make_private_file(make_url(url))
    try:
        run_as_owner(url, lambda connection: command.upgrade(_config(connection), revision))
    except exc.ProgrammingError as fault:
        if not isinstance(fault.orig and fault.orig.__cause__, asyncpg.InsufficientPrivilegeError):
            raise
        raise ConfigError(
            "the database: its schema is older than this release, and this role may not change it; "
            "run `frontdoor migrate` as the role that owns the tables"
        ) from None
    except CommandError:
        raise ConfigError(
            "the database: its schema is of another release; start that release, or restore a backup of this one"
        ) from None


def downgrade(url: str, revision: str) -> None:
    """Take the schema back to a revision; `base` removes every table with what it holds."""
    run_as_owner(url, lambda connection: command.downgrade(_config(connection), revision))


def head() -> str:
    """Return the revision that this program needs."""
    found = ScriptDirectory.from_config(_config(None)).get_current_head()
    if found is None:
        raise LookupError("no migrations in this package")
    return found


def current(url: str) -> str | None:
    """Return the database's revision; None: it was never migrated, or is not there."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite" and not Path(str(place.database)).is_file():
        return None  # opening it would make it, and leave a thread behind where that fails
    return run_as_owner(url, lambda connection: MigrationContext.configure(connection).get_current_revision())


def _config(connection: Connection | None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "bot.store:migrations")
    return config


def _make_private_file(url: URL) -> None:
    """Make the file before SQLite does, which would let others read it. Its journals inherit the mode."""
    if url.get_backend_name() != "sqlite":
        return
    if url.database in {None, "", ":memory:"}:
        raise ConfigError("FRONTDOOR_DATABASE_URL: a database in memory forgets everybody; name a file")
    try:
        # Never opened when it is there: closing it again would drop SQLite's own locks on it.
        os.close(os.open(str(url.database), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if not Path(str(url.database)).is_file():
            raise ConfigError(f"{url.database}: is no file; name a file in FRONTDOOR_DATABASE_URL") from None
    except OSError as fault:
        raise ConfigError(
            f"{url.database}: cannot be made ({fault.strerror}); give FRONTDOOR_DATABASE_URL a folder that we may write"
        ) from None


def run_as_owner(url: str, work: Callable[[Connection], _T]) -> _T:
    """
    Run one transaction, while no other migration runs, on a connection of the role that owns the tables.

    In a thread of its own, so that callers need not care whether a loop is running.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, _transact(url, work)).result()


async def _transact(url: str, work: Callable[[Connection], _T]) -> _T:
    engine = make_engine(url, patient=True)
    try:
        with answering():
            async with for_writing(engine).begin() as connection:
                if engine.dialect.name == "postgresql":
                    lock = text("SELECT pg_advisory_xact_lock(:number)")
                    await connection.execute(lock, {"number": _POSTGRES_LOCK})
                return await connection.run_sync(work)
    finally:
        await engine.dispose()
