"""What the public program keeps in memory for months: only what it serves with, by its settings."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
#: Never in `serve`: commands, migrations, the back office, its exports, set-up of accounts, and what draws flows.
NEVER = (
    "alembic", "mako", "typer", "rich", "pygments", "linebot", "icalendar", "fido2", "joserfc", "segno",
    "aiosmtplib", "typst", "xlsxwriter", "igraph", "bot.desk", "bot.office", "bot.notices", "bot.drawing",
    "bot.commands.tree", "bot.commands.service", "bot.store.migrating", "bot.wiring.checking", "bot.core.issues",
    "bot.channels.line_console", "bot.channels.telegram_setup", "transitions.extensions.diagrams",
)  # fmt: skip
OF_LINE = ("aiohttp", "bot.channels.line_client")
OF_TELEGRAM = ("telegram", "httpx", "bot.channels.telegram_client")
#: httpx loads the colours of its own command with them.
COMES_WITH_HTTPX = {"rich", "pygments"}
OF_POSTGRES = ("asyncpg", "sqlalchemy.dialects.postgresql", "bot.store.postgres")
LINE = {"LINE_CHANNEL_SECRET": "s" * 32, "LINE_CHANNEL_ACCESS_TOKEN": "t" * 40}
TELEGRAM = {"TELEGRAM_BOT_TOKEN": "1:x", "TELEGRAM_WEBHOOK_SECRET": "w" * 43}

#: `frontdoor serve` up to where it listens, and what is loaded by then.
SERVE = """
import json, os, sys
from contextlib import asynccontextmanager
from bot import __main__, programs

async def look(app, listener, *rest):
    listener.close()
    print("loaded", json.dumps(sorted(sys.modules)))

programs._listen = look
sys.argv = ["frontdoor", "serve"]
__main__.main()
"""


def serve(folder: Path, **more: str) -> set[str]:
    """Start `serve` in a process of its own and return what it has loaded when it would listen. Nothing is sent."""
    env = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "FRONTDOOR_DATA_DIR": str(folder / "var"),
        "FRONTDOOR_PORT": str(free_port()),
        "LINE_API_BASE": "http://127.0.0.1:9",
        "TELEGRAM_API_BASE": "http://127.0.0.1:9",
        **more,
    }
    ran = subprocess.run(
        [sys.executable, "-c", SERVE], env=env, cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    (line,) = (line for line in ran.stdout.splitlines() if line.startswith("loaded "))
    return set(json.loads(line.removeprefix("loaded ")))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def of(names: tuple[str, ...], loaded: set[str]) -> set[str]:
    """Return which of these, or of their parts, are loaded."""
    return {each for each in loaded if any(each == name or each.startswith(f"{name}.") for name in names)}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `serve` has been: its first start is judged by the first test."""
    return tmp_path_factory.mktemp("lean")


@pytest.mark.parametrize(
    ("settings", "loads", "leaves"),
    [
        ({}, (), (*OF_LINE, *OF_TELEGRAM, *OF_POSTGRES)),
        (LINE, OF_LINE, (*OF_TELEGRAM, *OF_POSTGRES)),
        (TELEGRAM, OF_TELEGRAM, (*OF_LINE, *OF_POSTGRES)),
    ],
    ids=["the web chat alone", "LINE", "Telegram"],
)
def test_serve_loads_what_its_settings_need(
    prepared: Path, settings: dict[str, str], loads: tuple[str, ...], leaves: tuple[str, ...]
):
    """Also at the very first start, which makes the tables and judges the flows: both happen in other processes."""
    loaded = serve(prepared, **settings)
    assert {name for name in loads if name in loaded} == set(loads)
    never = tuple(name for name in NEVER if "httpx" not in loads or name not in COMES_WITH_HTTPX)
    assert not of((*never, *leaves), loaded)


def test_a_start_that_nobody_else_can_prepare_prepares_itself(tmp_path: Path):
    """Where no process can be started, `serve` migrates and judges by itself: it costs memory, and nothing else."""
    broken = "import subprocess\ndef run(*_, **__): raise OSError\nsubprocess.run = run\n"
    (tmp_path / "sitecustomize.py").write_text(broken, encoding="utf-8")
    loaded = serve(tmp_path, PYTHONPATH=f"{ROOT}:{tmp_path}")
    assert {"alembic", "bot.wiring.checking"} <= loaded
    assert (tmp_path / "var" / "frontdoor.sqlite3").stat().st_size
