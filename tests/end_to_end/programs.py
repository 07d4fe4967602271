"""The programs in processes of their own: separate memory, real ports, real signals."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import httpx

from bot.core.taipei import TAIPEI
from bot.pack import find_data
from bot.programs import SOUND_DATA
from bot.wiring.soundness import seal_data

ROOT = Path(__file__).parent.parent.parent
#: People of tests write faster than anybody can; tests of the limits set their own.
PATIENT = {"FRONTDOOR_PERSON_PER_MINUTE": "60000", "FRONTDOOR_PERSON_BURST": "60000"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Program:
    process: subprocess.Popen[str]
    url: str
    out: Path

    def read(self) -> str:
        return self.out.read_text(encoding="utf-8")

    def wait_until_up(self) -> None:
        until = time.monotonic() + 180
        while time.monotonic() < until:
            assert self.process.poll() is None, self.read()
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/healthz").status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(self.read())

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


def make_env(tmp_path: Path, **settings: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("FRONTDOOR_", "LINE_", "TELEGRAM_"))}
    return {**kept, **PATIENT, "FRONTDOOR_DATA_DIR": str(tmp_path / "var"), **settings}


def remember_sound(data_dir: Path) -> None:
    """Let a data directory remember that the flows of today were found without an error."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data_dir / SOUND_DATA).write_text(_seal_today(), encoding="ascii")


@cache
def _seal_today() -> str:
    return seal_data(datetime.now(TAIPEI).date(), find_data("flows"), find_data("locales"))


@contextlib.contextmanager
def run_program(
    name: str, tmp_path: Path, *, through: Sequence[str] = (), **settings: str
) -> Iterator[Program]:
    """Run it until the test is over; `through`: the command that runs it, if it is not Python alone."""
    remember_sound(tmp_path / "var")  # others judge the shipped flows
    port = free_port()
    key = "FRONTDOOR_PORT" if name == "serve" else "FRONTDOOR_OFFICE_PORT"
    out = tmp_path / f"{name}.log"
    with out.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [*through, sys.executable, "-m", "bot", name],
            cwd=tmp_path,
            env=make_env(tmp_path, **{key: str(port), "PYTHONPATH": str(ROOT), **settings}),
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
    program = Program(process, f"http://127.0.0.1:{port}", out)
    try:
        program.wait_until_up()
        yield program
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=20)
        process.kill()
        process.wait()


def run_once(tmp_path: Path, *args: str, **settings: str) -> subprocess.CompletedProcess[str]:
    env = make_env(tmp_path, PYTHONPATH=str(ROOT), **settings)
    command = [sys.executable, "-m", "bot", *args]
    return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
