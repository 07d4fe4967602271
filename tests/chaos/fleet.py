"""The programs under test: started, killed, frozen, and asked whether they are ready."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.cluster.balancer import Balancer
from tests.end_to_end.programs import ROOT, free_port, make_env, remember_sound
from tests.end_to_end.service import SECRETS

#: What links begin with; the same for every program, whatever port it listens on.
ORIGIN = "https://chat.example.org"
#: A busy machine starts slowly; this only ends what never starts.
_NEVER_S = 180.0


@dataclass
class Running:
    """
    One program. `cold`: it imported everything itself. `ready_s`: from the order to its first `/readyz`.

    `froze_first`: it was frozen before it was ready, so that its `ready_s` is no time of its own.
    """

    pid: int
    url: str
    cold: bool
    ready_s: float = 0.0
    is_alive: bool = True
    is_frozen: bool = False
    froze_first: bool = False

    def kill(self) -> None:
        """As a power cut does, as far as the program can tell."""
        self._signal(signal.SIGKILL)
        self.is_alive = False

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)
        self.is_frozen = True

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)
        self.is_frozen = False

    def end(self) -> None:
        """Ask it to finish what is in hand and leave."""
        self._signal(signal.SIGTERM)
        self.is_alive = False

    @property
    def is_there(self) -> bool:
        """Whether the process still exists."""
        try:
            status = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(") ")[2][0]
        except OSError:
            return False
        return status != "Z"

    def has_stopped_itself(self) -> bool:
        """Whether a failpoint froze it."""
        with contextlib.suppress(OSError):
            return Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(") ")[2][0] == "T"
        return False

    async def gone(self) -> None:
        """Wait until it is dead."""
        while self.is_there:  # noqa: ASYNC110 - the system tells nobody but its parent
            await asyncio.sleep(0.002)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


@dataclass
class Fleet:
    """
    Programs over one data directory. Made by `open_fleet`.

    With `dice` each delivery goes to any of them; with a `balancer` to that, which knows each that is started.
    """

    folder: Path
    settings: dict[str, str]
    nursery: asyncio.subprocess.Process
    http: aiohttp.ClientSession
    started: list[Running] = field(default_factory=list)
    dice: random.Random | None = None
    balancer: Balancer | None = None
    _cold: list[asyncio.subprocess.Process] = field(default_factory=list)
    _turn: int = 0

    @property
    def log(self) -> Path:
        return self.folder / "serve.log"

    @property
    def alive(self) -> list[Running]:
        return [one for one in self.started if one.is_alive]

    def choose(self) -> str:
        """Return the address of a program, each in turn; of none while none runs."""
        if self.balancer:
            return self.balancer.url
        up = [one for one in self.alive if one.ready_s]
        if up and self.dice:
            return self.dice.choice(up).url
        self._turn += 1
        return up[self._turn % len(up)].url if up else "http://127.0.0.1:9"

    async def start(self, *, cold: bool = False, **more: str) -> Running:
        """Start one and wait until it is ready."""
        began = time.monotonic()
        running = await self.launch(cold=cold, **more)
        await self.wait_until_ready(running, began)
        return running

    async def launch(self, *, name: str = "serve", cold: bool = False, **more: str) -> Running:
        """Start one."""
        port = free_port()
        key = "FRONTDOOR_PORT" if name == "serve" else "FRONTDOOR_OFFICE_PORT"
        env = make_env(self.folder, **self.settings, **more, **{key: str(port)}, PYTHONPATH=str(ROOT))
        env = {name: value for name, value in env.items() if not name.startswith("COV")}
        pid = await (self._exec(env, name) if cold else self._fork(env, name))
        running = Running(pid, f"http://127.0.0.1:{port}", cold)
        self.started.append(running)
        if self.balancer and name == "serve":
            self.balancer.add(running.url)
        return running

    async def wait_until_ready(self, running: Running, began: float) -> None:
        """Wait for `/readyz`; one that died or froze meanwhile is not waited for. AssertionError: it never comes."""
        while time.monotonic() - began < _NEVER_S:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with self.http.get(f"{running.url}/readyz", timeout=_PATIENT) as answer:
                    if answer.status == 200:
                        running.ready_s = time.monotonic() - began
                        return
            if not running.is_there:
                running.is_alive = False
                return
            if running.has_stopped_itself():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"not ready after {_NEVER_S} s: {self.log.read_text('utf-8')[-2000:]}")

    def read_incidents(self) -> list[str]:
        """Return what the programs logged as incidents."""
        if not self.log.exists():
            return []
        return [line for line in self.log.read_text("utf-8").splitlines() if "incident" in line]

    async def _fork(self, env: dict[str, str], name: str) -> int:
        order = {"env": env, "cwd": str(self.folder), "log": str(self.log), "args": [name]}
        assert self.nursery.stdin
        assert self.nursery.stdout
        self.nursery.stdin.write(json.dumps(order).encode() + b"\n")
        return int(await self.nursery.stdout.readline())

    async def _exec(self, env: dict[str, str], name: str) -> int:
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", name, cwd=self.folder, env=env, stdout=log, stderr=log
            )
        self._cold.append(process)
        return process.pid


_PATIENT = aiohttp.ClientTimeout(total=5)


@contextlib.asynccontextmanager
async def open_fleet(folder: Path, database: str, **settings: str) -> AsyncIterator[Fleet]:
    """Get ready to start programs; whatever still runs at the end is killed."""
    remember_sound(folder / "var")  # others judge the shipped flows
    everything = {
        "FRONTDOOR_DATABASE_URL": database,
        "FRONTDOOR_PUBLIC_URL": ORIGIN,
        "NO_PROXY": "127.0.0.1",
        **{name.upper(): value for name, value in SECRETS.items()},
        **settings,
    }
    nursery = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.chaos.nursery",
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("COV")} | {"PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us: what we started, we end
    )
    assert nursery.stdout
    assert await nursery.stdout.readline() == b"ready\n"
    async with aiohttp.ClientSession(trust_env=False) as http:
        fleet = Fleet(folder, everything, nursery, http)
        try:
            yield fleet
        finally:
            for running in fleet.started:
                if running.is_there:
                    running.kill()
                await running.gone()
            for process in fleet._cold:
                await process.wait()
            assert nursery.stdin
            nursery.stdin.close()
            await nursery.wait()
