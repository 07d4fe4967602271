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

from sqlalchemy import URL, Connection, exc, make_url, text

from bot.errors import ConfigError
from bot.store.database import answering
from bot.store.engine import for_writing, make_engine
from bot.store.revisions import HEAD, serve, serves

_T = TypeVar("_T")
#: Where the revision stands. Source: Alembic, `EnvironmentContext.configure`, version_table.
_STANDS_IN = "alembic_version"
#: What PostgreSQL says to a role that may not do it. Source: PostgreSQL, appendix A, insufficient_privilege.
_NOT_ALLOWED = "42501"
#: Any number, as long as every program that migrates uses the same one.
_POSTGRES_LOCK = 7_064_113_001


def upgrade(url: str, revision: str = "head") -> None:
    """
    Bring the schema up to a revision; a missing SQLite file is made, readable by its owner alone.

    What a newer release left and says to serve this one too (`revisions.py`) stays as it is.

    StoreDown: the database did not answer. ConfigError: the file cannot be made, a newer release
    has been here that does not, or the schema is older and this role may not change it.
    """
    _make_private_file(make_url(url))
    try:
        run_as_owner(url, lambda connection: _upgrade(connection, revision))
    except exc.ProgrammingError as fault:
        if getattr(fault.orig, "sqlstate", None) != _NOT_ALLOWED:
            raise
        raise ConfigError(
            "the database: its schema is older than this release, and this role may not change it; "
            "run `frontdoor migrate` as the role that owns the tables"
        ) from None


def _upgrade(connection: Connection, revision: str) -> None:
    if revision == "head" and serve(_read_revisions(connection), HEAD):
        return
    # Nearly every start ends above. Alembic takes more memory than all that is stored about a thousand people.
    from bot.store.migrating import run_up  # noqa: PLC0415 - as said

    run_up(connection, revision)


def downgrade(url: str, revision: str) -> None:
    """Take the schema back to a revision; `base` removes every table with what it holds."""
    from bot.store.migrating import run_down  # noqa: PLC0415 - as above

    run_as_owner(url, lambda connection: run_down(connection, revision))


def head() -> str:
    """Return the revision that this program needs."""
    return HEAD


def current(url: str) -> str | None:
    """Return the database's revision, or all that stand there; None: it was never migrated, or is not there."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite" and not Path(str(place.database)).is_file():
        return None  # opening it would make it, and leave a thread behind where that fails
    return ", ".join(run_as_owner(url, _read_revisions)) or None


def is_served(url: str) -> bool:
    """Whether the database has a schema that this program works with. StoreDown: the database did not answer."""
    return serves(current(url), HEAD)


def _read_revisions(connection: Connection) -> tuple[str, ...]:
    if not connection.dialect.has_table(connection, _STANDS_IN):
        return ()
    return tuple(connection.scalars(text(f"SELECT version_num FROM {_STANDS_IN} ORDER BY version_num")))  # noqa: S608 - our own name


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
