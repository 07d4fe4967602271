"""`serve` and `office` write into one SQLite file at once, while people erase: nothing is lost, and nothing erased stays."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx

from tests.chaos.databases import SqliteFile
from tests.chaos.stage import Cast, Stage, open_stage
from tests.chaos.verdict import judge

CROWD = Cast(people=8, steps=(3, 8), senders=0.0, patience_s=20, webhook_patience_s=10)
EVENTS = 60
_LOGIN = re.compile(r"name: (\S+)\s+password: (\S+)")


@dataclass
class Staff:
    """Somebody at the back office who signs in and out as fast as that goes; each writes."""

    url: str
    name: str
    password: str
    signed_in: int = 0
    refused: list[int] = field(default_factory=list)

    async def work(self, stage: Stage) -> None:
        """Sign in again and again, until the people are done."""
        while not stage.is_over:
            await asyncio.to_thread(self._sign_in)

    def _sign_in(self) -> None:
        headers = {"Sec-Fetch-Site": "same-origin"}
        with httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=60) as browser:
            page = browser.get("/login").text
            hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
            answer = browser.post("/login", data={**hidden, "name": self.name, "password": self.password})
            home = browser.get("/")
        if answer.status_code == 303 and home.status_code == 200:
            self.signed_in += 1
        else:
            self.refused.append(answer.status_code)


async def open_office(stage: Stage) -> Staff:
    """Start the back office beside the program, and read its login off its first lines."""
    office = await stage.fleet.launch(name="office")
    async with asyncio.timeout(120):
        while not (printed := _LOGIN.search(stage.fleet.log.read_text("utf-8"))):  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.05)
    staff = Staff(office.url, printed[1], printed[2])
    async with asyncio.timeout(120):
        while not await asyncio.to_thread(is_up, office.url):  # noqa: ASYNC110 - nor does a port
            await asyncio.sleep(0.05)
    return staff


def is_up(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{url}/healthz", trust_env=False, timeout=60).status_code == 200
    return False


def read_locked(path: Path) -> dict[str, tuple[bytes, bytes]]:
    """Return what is stored of each person: the locked session, and its wrapped key."""
    with contextlib.closing(sqlite3.connect(path, timeout=30)) as database:
        rows = database.execute(
            "SELECT s.person, s.blob, k.wrapped FROM person_session s JOIN erasable_key k ON k.id = 'session:' || s.person"
        ).fetchall()
    return {person: (bytes(blob), bytes(wrapped)) for person, blob, wrapped in rows}


async def erase_everybody(stage: Stage) -> dict[str, tuple[bytes, bytes]]:
    """Let everybody block the account, half of them at once; returns what was stored of them before."""
    path = Path(stage.ledger.sqlite_path)
    stored = await asyncio.to_thread(read_locked, path)
    assert find_left(path, [piece for pieces in stored.values() for piece in pieces]), (
        "what is looked for was there"
    )
    await asyncio.gather(
        *(
            one.do(one.make("unfollow", replies=False), waits=False)
            for one in stage.walkers
            if not one.is_gone
        )
    )
    return stored


async def test_two_programs_write_into_one_file_at_once(sqlite_url: str, tmp_path: Path) -> None:
    """R7: no lock reaches a person as a lost message; the file is whole, and no byte of who was erased is in it."""
    seed = secrets.randbelow(10**6)
    file = SqliteFile(tmp_path / "frontdoor.sqlite3")
    async with open_stage(tmp_path, sqlite_url, seed=seed, cast=CROWD) as stage:
        await stage.start()
        staff = await open_office(stage)
        working = asyncio.create_task(staff.work(stage))
        stage.let_them_come()
        await stage.wait_for(EVENTS)
        await stage.quieten()
        await stage.ask_again()
        stored = await erase_everybody(stage)
        await working
        verdict = await judge(stage.walkers, stage.ledger, stage.post, stage.fleet)
        assert verdict.is_clean, (f"seed {seed}", verdict.counts(), verdict.notes[:5])
        assert staff.signed_in > 0
        assert staff.refused == []
        assert stored
        assert read_locked(file.path) == {}
        await stage.ledger.store.sweep(datetime.now(UTC))
        left = find_left(file.path, [piece for pieces in stored.values() for piece in pieces])
        assert left == [], f"seed {seed}"


def find_left(path: Path, pieces: list[bytes]) -> list[str]:
    """Say in which files of the database a piece is still found."""
    files = [file for file in path.parent.glob(f"{path.name}*") if file.is_file()]
    return [
        file.name
        for file in files
        for raw in [file.read_bytes()]
        if any(piece[8:72] in raw for piece in pieces)
    ]
