"""Databases that can be taken away: a locked or full file, a server behind a wire that breaks."""

from __future__ import annotations

import asyncio
import contextlib
import random
import resource
import sqlite3
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, Self

import asyncpg

from bot.settings import POSTGRES_PREFIX, SQLITE_PREFIX
from bot.store.migrate import upgrade
from tests.chaos.fleet import Running

#: Tables into which a turn writes; a full disk may show at any of them.
_WRITTEN = ("inbox_event", "person_session", "outbox", "erasable_key", "handoff", "consent_record")
_CHUNK = 65536


class Breakable(Protocol):
    """A database. `url`: the ledger's own way to it; `program_url`: the program's, which can be cut."""

    name: str
    url: str
    program_url: str

    async def go_away(self, dice: random.Random, span_s: float) -> str:
        """Be away for so long; returns how."""
        ...

    async def fill_up(self, dice: random.Random, running: list[Running], span_s: float) -> str:
        """Have no room left for so long; returns how."""
        ...


@dataclass
class SqliteFile:
    """An SQLite file."""

    path: Path
    name: str = "sqlite"

    @property
    def url(self) -> str:
        return f"{SQLITE_PREFIX}{self.path}"

    @property
    def program_url(self) -> str:
        return self.url

    async def go_away(self, dice: random.Random, span_s: float) -> str:
        """Another program holds the lock: against everybody, or against who writes."""
        how = dice.choice(("EXCLUSIVE", "IMMEDIATE"))
        database = sqlite3.connect(self.path, isolation_level=None, timeout=0)
        try:
            while not database.in_transaction:
                with contextlib.suppress(sqlite3.OperationalError):
                    database.execute(f"BEGIN {how}")
                await asyncio.sleep(0.001)
            await asyncio.sleep(span_s)
            database.rollback()
        finally:
            database.close()
        return f"locked, {how.lower()}"

    async def fill_up(self, dice: random.Random, running: list[Running], span_s: float) -> str:
        """
        Let no file of the program grow beyond a size: writes fail as on a full disk, which no test can make everywhere.

        0: nothing at all can be written. Else: the file is full, and the journal ends somewhere.
        """
        size = self.path.stat().st_size
        limit = dice.choice((0, 4096, 16 * 1024, size, size + 4096))
        for one in running:
            _limit_files(one.pid, limit)
        await asyncio.sleep(span_s)
        for one in running:
            _limit_files(one.pid, resource.RLIM_INFINITY)
        return f"no file over {'its size' if limit >= size else f'{limit // 1024} KiB'}"


def _limit_files(pid: int, size: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))


@dataclass
class Wire:
    """A TCP wire to a Unix socket that can be cut (connections break) or blocked (nothing passes, nothing breaks)."""

    socket: str
    mode: Literal["whole", "cut", "blocked"] = "whole"
    port: int = 0
    _whole: asyncio.Event = field(default_factory=asyncio.Event)
    _ends: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._whole.set()
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._whole.set()
        assert self._server
        self._server.close()
        self._break()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        self.mode = "cut"
        self._break()

    def block(self) -> None:
        self.mode = "blocked"
        self._whole.clear()

    def mend(self) -> None:
        self.mode = "whole"
        self._whole.set()

    def _break(self) -> None:
        for end in self._ends:
            end.transport.abort()

    async def _meet(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        if self.mode == "cut":
            near_out.transport.abort()
            return
        await self._whole.wait()
        far_in, far_out = await asyncio.open_unix_connection(self.socket)
        self._ends |= {near_out, far_out}
        for source, goal in ((near_in, far_out), (far_in, near_out)):
            task = asyncio.create_task(self._carry(source, goal))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, goal: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await source.read(_CHUNK):
                await self._whole.wait()
                goal.write(chunk)
                await goal.drain()
        self._ends.discard(goal)
        goal.transport.abort()


@dataclass
class PostgresServer:
    """A database on a PostgreSQL server of ours, behind a wire."""

    database: str
    folder: Path
    wire: Wire
    name: str = "postgres"

    @property
    def url(self) -> str:
        return f"{POSTGRES_PREFIX}postgres:@/{self.database}?host={self.folder}"

    @property
    def program_url(self) -> str:
        return f"{POSTGRES_PREFIX}postgres:@127.0.0.1:{self.wire.port}/{self.database}"

    async def go_away(self, dice: random.Random, span_s: float) -> str:
        """Break every connection, swallow everything, or end every backend."""
        how = dice.choice(("cut", "blocked", "ended"))
        if how == "cut":
            self.wire.cut()
        elif how == "blocked":
            self.wire.block()
        else:
            await self._run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'frontdoor' "
                "AND pid <> pg_backend_pid()"
            )
        await asyncio.sleep(span_s)
        self.wire.mend()
        return how

    async def fill_up(self, dice: random.Random, running: list[Running], span_s: float) -> str:
        """
        Let the server refuse to write into a table as it does when its disk is full.

        By a trigger that raises that very error (53100): the server's own disk cannot be filled without harming it.
        """
        table = dice.choice(_WRITTEN)
        await self._run(
            "CREATE OR REPLACE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
        )
        await self._run(
            f"CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION no_room()"
        )
        await asyncio.sleep(span_s)
        await self._run(f"DROP TRIGGER no_room ON {table}")
        return f"no room for {table}"

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(host=str(self.folder), user="postgres", database=self.database)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextlib.asynccontextmanager
async def open_sqlite(folder: Path) -> AsyncIterator[SqliteFile]:
    """Make an empty database in a file."""
    file = SqliteFile(folder / "frontdoor.sqlite3")
    await asyncio.to_thread(upgrade, file.url)
    yield file


@contextlib.asynccontextmanager
async def open_postgres(server: Any) -> AsyncIterator[PostgresServer]:
    """Make an empty database on a server that runs already."""
    name = f"chaos_{uuid.uuid4().hex}"
    folder = Path(server.pgdata)
    await asyncio.to_thread(_administer, server, f'CREATE DATABASE "{name}"')
    try:
        async with Wire(str(folder / ".s.PGSQL.5432")) as wire:
            database = PostgresServer(name, folder, wire)
            await asyncio.to_thread(upgrade, database.url)
            yield database
    finally:
        await asyncio.to_thread(_administer, server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _administer(server: Any, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(server.get_uri())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as pool:  # a loop of its own
        pool.submit(asyncio.run, run()).result()
