"""
R8: a disk that answers with an error of its own, at one call of the database's after the other.

Two people write at once, a handoff is sent and letters leave while it is broken, once or until somebody mends it; then
everything comes again. `FRONTDOOR_TEST_DISK_STEP=1 python -m pytest tests/store/test_broken_disk.py` takes every single place.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.store.migrate import upgrade
from tests.end_to_end.programs import ROOT
from tests.lacking import miss

STEP = int(os.environ.get("FRONTDOOR_TEST_DISK_STEP", "8"))
_SHIM = Path(__file__).with_name("broken_disk.c")


@pytest.fixture
def compiler() -> str:
    """A C compiler, to stand before the calls that reach the disk; in CI it must be there."""
    found = shutil.which("cc")
    if found is None:
        miss("no C compiler on PATH (install gcc and libc6-dev)")
    return found


def break_everywhere(folder: Path, kind: str, step: int, **settings: str) -> list[dict[str, Any]]:
    upgrade(f"sqlite+aiosqlite:///{folder}/template.sqlite3")
    command = [sys.executable, "-m", "tests.store.broken_disk", str(folder), kind, str(step)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def require_nothing_wrong(found: list[dict[str, Any]]) -> None:
    """Nothing is damaged, lost, half or doubled; what was told as sent is there; and it goes on by itself."""
    assert [one for one in found if one["wrong"]] == []
    assert all(one["struck"] for one in found)


def test_a_disk_that_breaks_at_any_call_harms_nobody(compiler: str, tmp_path: Path) -> None:
    """R8: reading, writing, flushing, emptying the journal: each call fails in its turn, once and for as long as it lasts."""
    library = tmp_path / "broken_disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(_SHIM), "-ldl"], check=True)
    found = break_everywhere(tmp_path, "broken", STEP, LD_PRELOAD=str(library))
    require_nothing_wrong(found)
    assert len(found) * STEP > 200
    assert any(one["refused"] for one in found)


def test_a_disk_that_takes_no_more_of_a_file_harms_nobody(tmp_path: Path) -> None:
    """R8: the same without a compiler: what lies beyond a length is not written, wherever that length lies."""
    found = break_everywhere(tmp_path, "short", 4 * STEP)
    require_nothing_wrong(found)
    assert len(found) * STEP > 50
