"""A migration while a program of the release before talks with people: nobody loses a turn or a letter by it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bot.store.migrate import head, upgrade
from tests.chaos.__main__ import run_server
from tests.conftest_postgres import _database
from tests.migrations.databases import make, read_rows, read_schema
from tests.migrations.frozen import load_rows, load_schema
from tests.migrations.talking import PERSON, Talk

HERE = Path(__file__).parent


def check(url: str, told: Talk) -> None:
    """
    AssertionError unless everything that was acknowledged is there, once.

    What was refused may have happened all the same: so many may be there in excess, and not one more.
    """
    rows = read_rows(url)
    (session,) = (row for row in rows["person_session"] if row["person"] == PERSON)
    letters = [row for row in rows["outbox"] if row["person"] == PERSON]
    assert told.turns, "nobody talked"
    assert told.turns <= session["version"] - 1 <= told.turns + told.refused
    assert told.letters <= len(letters) <= told.letters + told.refused
    assert {row["state"] for row in letters} <= {"sent", "new", "sending"}


def talk_beside(revision: str, tree: Path) -> int:
    """Let the code of a release talk while the code at hand migrates its database to the newest; print how it went."""
    with tempfile.TemporaryDirectory() as folder:
        _talk_beside(revision, tree, f"sqlite+aiosqlite:///{Path(folder) / 'frontdoor.sqlite3'}")
    with run_server() as server, _database(server, template="template1") as url:
        _talk_beside(revision, tree, url)
    return 0


def _talk_beside(revision: str, tree: Path, url: str) -> None:
    kind = "sqlite" if url.startswith("sqlite") else "postgres"
    make(url, load_schema(revision, kind), load_rows(revision))
    with tempfile.TemporaryDirectory() as folder:
        stop = Path(folder) / "stop"
        talker = _start_in(tree, "talking.py", url, str(stop), stdout=subprocess.PIPE)
        time.sleep(5)
        began = time.monotonic()
        upgrade(url)
        took = time.monotonic() - began
        time.sleep(5)
        stop.touch()
        said = talker.communicate()[0]
    assert talker.returncode == 0, "the older release met something that it does not know"
    told = Talk(**json.loads(said))
    check(url, told)
    assert read_schema(url) == load_schema(head(), kind)
    print(f"{kind} {revision} → {head()} in {took:.1f} s beside {told}: nothing lost", flush=True)


def run_in(tree: Path, script: str, *args: str) -> None:
    """Run one of these scripts with the code of a tree. RuntimeError: it failed."""
    if _start_in(tree, script, *args).wait():
        raise RuntimeError(f"{script} failed with the code of that commit")


def _start_in(tree: Path, script: str, *args: str, **more: Any) -> subprocess.Popen[bytes]:
    env = os.environ | {"PYTHONPATH": str(tree)}
    return subprocess.Popen([sys.executable, str(HERE / script), *args], cwd=tree, env=env, **more)
