"""What the figures were measured on: stated with them, and without any name or path of the machine."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.stage import Cores

#: Packages whose version changes figures: ours, and those of the alternatives.
_OURS = ("uvicorn", "starlette", "sqlalchemy", "aiosqlite", "asyncpg", "aiohttp", "uvloop", "cryptography")
_THEIRS = ("fastapi", "line-bot-sdk", "aiogram", "python-telegram-bot", "transitions", "aiosqlite", "uvicorn")
_ASK = "import sys; from importlib.metadata import version as v; print(*(v(n) for n in sys.argv[1:]))"


def describe_machine(cores: Cores, file_system: str, foreign_python: str) -> dict[str, Any]:
    """Describe the machine, the versions, the day, and what else kept it busy when it began."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "cpu": _find_cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "server_core": cores.server,
        "load_core": cores.load,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "file_system": file_system,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: version(name) for name in _OURS},
        "alternatives": _ask_versions(foreign_python),
        "load_at_begin": round(os.getloadavg()[0], 2),
        "nice": os.nice(0),
    }


def find_file_system(folder: Path) -> str:
    """Name the kind of file system of a folder: in memory (tmpfs) no commit is durable."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    kinds = {fields[1]: fields[2] for fields in (line.split() for line in mounts)}
    places = (str(place) for place in (folder.resolve(), *folder.resolve().parents))
    return next((kinds[place] for place in places if place in kinds), "unknown")


def _find_cpu() -> str:
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def _ask_versions(foreign_python: str) -> dict[str, str]:
    if not Path(foreign_python).exists():
        return {}
    asked = subprocess.run(  # noqa: S603  # our own command
        [foreign_python, "-c", _ASK, *_THEIRS], capture_output=True, text=True, check=False
    )
    return dict(zip(_THEIRS, asked.stdout.split(), strict=False))
