"""
Kills migrations: at every statement, at and after the commit, within the commit, and after a random while.

`python -m tests.migrations kill` goes everywhere from every released schema; the tests go to a few places.
"""

from __future__ import annotations

import json
import random
import secrets
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.store.engine import choose_journal
from tests.chaos.__main__ import run_server
from tests.chaos.report import RAW, describe_place
from tests.conftest_postgres import _admin, _url
from tests.migrations.databases import empty, is_whole, path_of
from tests.migrations.frozen import REVISIONS
from tests.migrations.ward import Ward, Way, open_ward

_PAGE = 4096
#: A rollback journal that must be played back begins with these. Source: SQLite, Database File Format §3.
_HOT = bytes.fromhex("d9d505f920a163d7")


@dataclass
class Journey:
    """One way, on one database that is made anew for each death."""

    ward: Ward
    way: Way
    url: str
    _steps: str = field(default="")

    def fresh(self) -> str:
        """Empty the database, and return its address."""
        empty(self.url)
        return self.url

    def count_steps(self) -> str:
        """Migrate once, unharmed, and return its steps: one letter for each place to die at (`dying.py`)."""
        if not self._steps:
            self.way.make(self.fresh())
            whole = self.ward.start(self.url)
            assert whole.end() == 0, whole.log.read_text("utf-8")
            assert self.way.judge(self.url) == "new"
            self._steps = whole.counts.read_text("ascii")
        return self._steps


def kill_at(journey: Journey, step: int) -> str:
    """Let it die at a step; return which schema it left, after a second run has succeeded."""
    journey.way.make(journey.fresh())
    victim = journey.ward.start(journey.url, at=step)
    assert victim.end() == -9, victim.log.read_text("utf-8")
    return _look_and_go_on(journey)


def kill_in_commit(journey: Journey, *, more_pages: int) -> bool:
    """
    Let it die while SQLite writes the pages of the commit: as soon as the file would have so many more pages.

    The pages below are written by then, in place, so the file alone is neither schema. False: it never grew so far.
    Where there is a write-ahead log, it dies while that is written.
    """
    commit = journey.count_steps().rindex("C") + 1
    journey.way.make(journey.fresh())
    file = path_of(journey.url)
    before = file.read_bytes()
    victim = journey.ward.start(journey.url, limit_at=commit, file_size=len(before) + more_pages * _PAGE)
    if (status := victim.end()) == 0:
        return False
    assert status == -25, (status, victim.log.read_text("utf-8"))  # SIGXFSZ
    if choose_journal(sqlite3.sqlite_version_info) == "TRUNCATE":
        assert file.read_bytes()[: len(before)] != before
        assert file.with_name(f"{file.name}-journal").read_bytes()[:8] == _HOT
    assert _look_and_go_on(journey) == "old"
    return True


def kill_after(journey: Journey, seconds: float) -> str:
    """Kill it from outside after a while."""
    journey.way.make(journey.fresh())
    victim = journey.ward.start(journey.url)
    victim.wait_until_under_way()
    time.sleep(seconds)
    victim.kill()
    assert victim.end() in {0, -9}
    return _look_and_go_on(journey)


def run_all(*, points: int, seed: int) -> int:
    """Kill everywhere, from every revision, on both databases; say what was found. Returns 0, or raises."""
    seed = seed or secrets.randbelow(10**9)
    print(f"seed {seed}", flush=True)
    dice = random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="frontdoor-migrations-"))
    runs: list[dict[str, Any]] = []
    try:
        with ExitStack() as stack:
            ward = stack.enter_context(open_ward(folder / "ward"))
            for journey in _journeys(ward, folder, stack):
                kills = _kill_everywhere(journey, dice, points)
                runs.append(asdict(journey.way) | {"kills": dict(kills)})
                print(_tell(journey, kills), flush=True)
    finally:
        shutil.rmtree(folder)
    if not points:
        _keep(seed, runs)
    return 0


def _keep(seed: int, runs: list[dict[str, Any]]) -> None:
    """Leave what was found where the other long runs leave it."""
    RAW.mkdir(exist_ok=True)
    at = datetime.now(UTC).isoformat(timespec="minutes")
    kept = {"kind": "migrations", "at": at, **describe_place(), "seed": seed, "runs": runs}
    (RAW / "migrations.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def _kill_everywhere(journey: Journey, dice: random.Random, points: int) -> Counter[str]:
    found: Counter[str] = Counter()
    steps = journey.count_steps()
    places = list(range(1, len(steps) + 1))
    if points:
        places = sorted(dice.sample(places, min(points, len(places))))
    for step in places:
        left = kill_at(journey, step)
        assert left == ("old" if step <= steps.rindex("C") + 1 else "new"), (step, steps)
        found[f"at a step: {left}"] += 1
    for _ in range(points or 20):
        found[f"at random: {kill_after(journey, dice.random() * 0.5)}"] += 1
    if journey.way.database == "sqlite":
        for more in range(points or 60):
            if not kill_in_commit(journey, more_pages=more):
                break
            found["in the commit: old"] += 1
    return found


def _look_and_go_on(journey: Journey) -> str:
    """Judge what is there, migrate again, and judge that too."""
    left = journey.way.judge(journey.url)
    if journey.way.database == "sqlite":
        assert is_whole(journey.url)
    again = journey.ward.start(journey.url)
    assert again.end() == 0, again.log.read_text("utf-8")
    assert journey.way.judge(journey.url) == "new"
    return left


def _journeys(ward: Ward, folder: Path, stack: ExitStack) -> Iterator[Journey]:
    goal = REVISIONS[-1]
    for start in REVISIONS[:-1]:
        yield Journey(ward, Way("sqlite", start, goal), f"sqlite+aiosqlite:///{folder / 'frontdoor.sqlite3'}")
    server = stack.enter_context(run_server())
    for start in REVISIONS[:-1]:
        _admin(server, f'CREATE DATABASE "kills {start}"')
        yield Journey(ward, Way("postgres", start, goal), _url(server, f"kills {start}"))


def _tell(journey: Journey, found: Counter[str]) -> str:
    way = journey.way
    kinds = ", ".join(f"{count} × {what}" for what, count in sorted(found.items()))
    return f"{way.database} {way.start} → {way.goal}: {sum(found.values())} kills, all whole ({kinds})"
