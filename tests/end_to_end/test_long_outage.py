"""
R6: the database is away for long, and nobody is told that something was stored which was not.

    FRONTDOOR_TEST_OUTAGE_S=600 python -m pytest tests/end_to_end/test_long_outage.py --timeout 0

takes ten minutes each, four times, and asks for times as well: a refusal within 1.5 s, back within 10 s.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.chaos.databases import Breakable, SqliteFile, open_postgres
from tests.end_to_end.people.world import ask_postgres
from tests.end_to_end.programs import Program, run_program
from tests.end_to_end.service import SECRETS
from tests.fakes.line_server import FakeLineServer
from tests.figures import keep_figures

AWAY_S = float(os.environ.get("FRONTDOOR_TEST_OUTAGE_S", "4"))
#: Only a run of its own is about time.
IS_LONG = AWAY_S >= 30
_LATER = 503
_WITHIN_S, _BACK_WITHIN_S = 1.5, 10.0
_CASES = [
    ("sqlite", "EXCLUSIVE"),
    ("sqlite", "IMMEDIATE"),
    pytest.param("postgres", "cut", marks=pytest.mark.postgres),
    pytest.param("postgres", "blocked", marks=pytest.mark.postgres),
]
FOUND: list[str] = []


class Chosen:
    """Dice that always fall the same way."""

    def __init__(self, how: str) -> None:
        self.how = how

    def choice(self, ways: Sequence[str]) -> str:
        assert self.how in ways
        return self.how


@contextlib.asynccontextmanager
async def open_database(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Breakable]:
    if kind == "sqlite":
        request.getfixturevalue("sqlite_url")
        yield SqliteFile(tmp_path / "frontdoor.sqlite3")
        return
    async with open_postgres(request.getfixturevalue("postgres_server")) as behind_wire:
        yield behind_wire


@pytest.mark.parametrize(("kind", "how"), _CASES)
async def test_whoever_writes_while_the_database_is_away_is_told_later(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str, how: str
) -> None:
    """R6: refused as long as it lasts, taken as soon as it is back, each once; and then everybody is answered."""
    async with open_database(kind, request, tmp_path) as database, FakeLineServer(patience_s=60) as line:
        settings = {key.upper(): value for key, value in SECRETS.items()}
        settings |= {"LINE_API_BASE": line.base_url, "FRONTDOOR_DATABASE_URL": database.program_url}
        with contextlib.ExitStack() as stack:
            serve = await asyncio.to_thread(stack.enter_context, run_program("serve", tmp_path, **settings))
            line.webhook_url = f"{serve.url}/line/webhook"
            assert (await line.send_text("U" + "0" * 32, "嗨")).is_accepted
            away = asyncio.create_task(database.go_away(Chosen(how), AWAY_S))  # type: ignore[arg-type]  # all that is used
            await asyncio.sleep(0.2)
            refused = await write_until(away, line)
            back_s = await wait_until_back(serve, line)
            stored = await asyncio.to_thread(count_people, database)
            assert stored == 1 + len(line_people(line))
            await see_all_answered(line)
    assert refused
    FOUND.append(f"{kind} {how.lower()}: {len(refused)} refused, the slowest after {max(refused) * 1000:.0f} ms, back after {back_s:.1f} s")  # fmt: skip
    print(FOUND[-1])
    if IS_LONG:
        keep_figures("outage", {"outage:long": f"away for {AWAY_S:.0f} s: {'; '.join(FOUND)}; lost 0"})
        assert max(refused) <= _WITHIN_S
        assert back_s <= _BACK_WITHIN_S


async def write_until(away: asyncio.Task[str], line: FakeLineServer) -> list[float]:
    """Let somebody new write again and again until it is back; returns how long each refusal took."""
    took: list[float] = []
    number = 0
    while not away.done():
        number += 1
        began = time.perf_counter()
        delivery = await line.send_text(f"U{number:032x}", "嗨")
        if away.done():  # it came back meanwhile: either answer may be true
            break
        assert delivery.status == _LATER, "told as stored, while nothing can be stored"
        took.append(time.perf_counter() - began)
        await asyncio.sleep(min(AWAY_S / 10, 5.0))
    await away
    return took


async def wait_until_back(serve: Program, line: FakeLineServer) -> float:
    """Send again what was refused, as LINE does, until all is taken; returns how long until the program was ready."""
    began = time.perf_counter()
    ready_s = 0.0
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client, asyncio.timeout(120):
        while not ready_s:
            if (await client.get(f"{serve.url}/readyz")).status_code == 200:
                ready_s = time.perf_counter() - began
            await asyncio.sleep(0.05)
        while await line.redeliver_failed():  # noqa: ASYNC110  # the fake only records
            await asyncio.sleep(0.2)
    return ready_s


def line_people(line: FakeLineServer) -> set[str]:
    """Return everybody who wrote while it was away."""
    wrote: set[str] = {event["source"]["userId"] for delivery in line.deliveries for event in delivery.events}
    return wrote - {"U" + "0" * 32}


def count_people(database: Breakable) -> int:
    """Count the conversations from outside."""
    asked = "SELECT count(*) FROM person_session"
    if isinstance(database, SqliteFile):
        import sqlite3

        with contextlib.closing(sqlite3.connect(database.path, timeout=30)) as connection:
            return int(connection.execute(asked).fetchone()[0])
    row: Any = ask_postgres(database.url, asked)[0]
    return int(row[0])


async def see_all_answered(line: FakeLineServer) -> None:
    """Whoever waited too long for a reply token to live gets an answer to the next message."""
    people = line_people(line)
    before = len(line.sent)
    for user_id in people:
        await line.send_text(user_id, "1")
        for _ in range(20):
            if not await line.redeliver_failed():
                break
            await asyncio.sleep(0.1)
    async with asyncio.timeout(120):
        while {sent.user_id for sent in line.sent[before:]} < people:  # noqa: ASYNC110  # the fake only records
            await asyncio.sleep(0.05)
