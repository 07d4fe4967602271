"""The programs that migrate, seen from outside: started, killed, stopped, and what they left in the database."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.end_to_end.programs import ROOT, make_env
from tests.migrations.databases import Rows, make, read_rows, read_schema
from tests.migrations.frozen import load_rows, load_schema
from tests.migrations.ways import expect

#: Ends only what would hang for ever; no verdict depends on it.
_NEVER_S = 120.0


@dataclass
class Ward:
    """A process that forks programs, and where they leave what they say."""

    folder: Path
    process: subprocess.Popen[str]
    _started: int = 0

    def start(self, url: str, **order: Any) -> Patient:
        """Start `frontdoor migrate` on a database; the order is `dying.py`'s."""
        self._started += 1
        patient = Patient(self, self.folder / f"steps-{self._started}", self.folder / f"log-{self._started}")
        env = make_env(self.folder, FRONTDOOR_DATABASE_URL=url, PYTHONPATH=str(ROOT))
        env = {name: value for name, value in env.items() if not name.startswith("COV")}
        told = {"env": env, "cwd": str(self.folder), "log": str(patient.log), "counts": str(patient.counts)}
        patient.pid = int(self.ask(told | order))
        return patient

    def ask(self, order: dict[str, Any]) -> str:
        """Give an order, and return the line that answers it."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@dataclass
class Patient:
    """One `frontdoor migrate`."""

    ward: Ward
    counts: Path
    log: Path
    pid: int = 0
    _end: list[int] = field(default_factory=list)

    def end(self) -> int:
        """Wait for its end, and return its status: the negative number of the signal that killed it."""
        if not self._end:
            self._end.append(int(self.ward.ask({"wait": self.pid})))
        return self._end[0]

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait_until_stopped(self) -> None:
        """Wait until it has stopped itself where it was told to."""
        deadline = time.monotonic() + _NEVER_S
        while self._state() != "T":
            assert time.monotonic() < deadline, self.log.read_text("utf-8")
            time.sleep(0.005)

    def wait_until_under_way(self) -> None:
        """Wait until it has opened the database."""
        deadline = time.monotonic() + _NEVER_S
        while not self.counts.exists() or not self.counts.stat().st_size:
            assert time.monotonic() < deadline, self.log.read_text("utf-8")
            time.sleep(0.002)

    def is_waiting(self) -> bool:
        """Whether it is still there."""
        return self._state() not in {"Z", "X", ""}

    def _state(self) -> str:
        with contextlib.suppress(OSError):
            return Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(") ")[2][0]
        return ""


@contextlib.contextmanager
def open_ward(folder: Path) -> Iterator[Ward]:
    """Get ready to start programs; whatever still runs at the end is killed."""
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.migrations.dying"],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("COV")} | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield Ward(folder, process)
    finally:
        with process:
            assert process.stdin
            process.stdin.close()


@dataclass(frozen=True)
class Way:
    """From one revision to another on one kind of database (`sqlite`, `postgres`)."""

    database: str
    start: str
    goal: str

    def make(self, url: str) -> None:
        """Make the database as the older release left it."""
        make(url, load_schema(self.start, self.database), load_rows(self.start))

    def judge(self, url: str) -> str:
        """Say which one it is, `old` or `new`, with everything there; else AssertionError."""
        schema = read_schema(url)
        if schema == load_schema(self.start, self.database):
            assert read_rows(url) == in_order(load_rows(self.start))
            return "old"
        assert schema == load_schema(self.goal, self.database)
        assert read_rows(url) == in_order(expect(load_rows(self.start), self.start, self.goal))
        return "new"


def in_order(rows: Rows) -> Rows:
    """Return rows in the order in which they are read."""
    return {name: sorted(map(dict, each), key=repr) for name, each in sorted(rows.items())}
