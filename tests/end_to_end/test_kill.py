"""Killed without warning while people write: nobody is lost, nobody is answered twice."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from tests.end_to_end.programs import Program, run_program
from tests.end_to_end.service import SECRETS
from tests.fakes.line_server import FakeLineServer

#: A longer run: FRONTDOOR_TEST_KILLS=50 python -m pytest tests/end_to_end/test_kill.py
KILLS = int(os.environ.get("FRONTDOOR_TEST_KILLS", "3"))
PEOPLE = 12
SEED = 20261120


async def start(stack: ExitStack, tmp_path: Path, line: FakeLineServer, database_url: str) -> Program:
    settings = {key.upper(): value for key, value in SECRETS.items()}
    program = run_program(
        "serve", tmp_path, LINE_API_BASE=line.base_url, FRONTDOOR_DATABASE_URL=database_url, **settings
    )
    serve = await asyncio.to_thread(stack.enter_context, program)
    line.webhook_url = f"{serve.url}/line/webhook"
    return serve


async def write_and_kill(line: FakeLineServer, serve: Program, people: list[str], pause_s: float) -> None:
    """Everybody writes at once; in the middle of it the program dies."""
    writing = asyncio.gather(*(line.send_text(user_id, "嗨") for user_id in people))
    await asyncio.sleep(pause_s)
    serve.process.kill()
    await asyncio.to_thread(serve.process.wait)
    await writing


async def wait_until_all_are_answered(line: FakeLineServer, people: list[str]) -> None:
    for _ in range(450):
        if {sent.user_id for sent in line.sent} >= set(people):
            return
        await asyncio.sleep(0.1)


async def test_kill_dash_nine_loses_nobody_and_doubles_nothing(tmp_path: Path, database_url: str) -> None:
    """What LINE was told is stored is answered; what it was not told is sent again; each once."""
    moments = random.Random(SEED)
    everybody: list[str] = []
    async with FakeLineServer(patience_s=30) as line:
        with ExitStack() as stack:
            serve = await start(stack, tmp_path, line, database_url)
            for kill in range(KILLS):
                people = [f"U{kill:02}{number:030}" for number in range(PEOPLE)]
                everybody += people
                await write_and_kill(line, serve, people, moments.uniform(0.0, 0.4))
                serve = await start(stack, tmp_path, line, database_url)
                await line.redeliver_failed()
                await wait_until_all_are_answered(line, people)
            await asyncio.sleep(0.5)  # a second answer would come now
        answers = Counter(sent.user_id for sent in line.sent)
    assert {user_id: answers[user_id] for user_id in everybody} == dict.fromkeys(everybody, 1), f"seed {SEED}"
