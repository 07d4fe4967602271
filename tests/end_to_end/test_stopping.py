"""SIGTERM while people write, with a real process: whoever balances hears it first, and nobody is lost."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.end_to_end.programs import Program, run_program
from tests.end_to_end.service import SECRETS
from tests.fakes.line_server import FakeLineServer

PEOPLE = 24
DRAIN_S = 1.5


async def start(stack: ExitStack, tmp_path: Path, line: FakeLineServer, database_url: str) -> Program:
    settings = {key.upper(): value for key, value in SECRETS.items()}
    program = run_program(
        "serve",
        tmp_path,
        LINE_API_BASE=line.base_url,
        FRONTDOOR_DATABASE_URL=database_url,
        FRONTDOOR_DRAIN_S=str(DRAIN_S),
        **settings,
    )
    serve = await asyncio.to_thread(stack.enter_context, program)
    line.webhook_url = f"{serve.url}/line/webhook"
    return serve


async def ask(serve: Program, path: str) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"{serve.url}{path}")).status_code


async def test_who_stops_says_so_first_and_finishes_what_is_in_hand(
    tmp_path: Path, database_url: str
) -> None:
    """Not ready at once, alive and taking until the drain is over; every letter of what was taken is sent; status 0."""
    people = [f"U{number:032}" for number in range(PEOPLE)]
    async with FakeLineServer(patience_s=30) as line:
        with ExitStack() as stack:
            serve = await start(stack, tmp_path, line, database_url)
            assert await ask(serve, "/readyz") == 200
            first = asyncio.gather(*(line.send_text(user_id, "嗨") for user_id in people[: PEOPLE // 2]))
            await asyncio.sleep(0.05)
            serve.process.send_signal(signal.SIGTERM)
            assert (await ask(serve, "/readyz"), await ask(serve, "/healthz")) == (503, 200)
            await asyncio.gather(*(line.send_text(user_id, "嗨") for user_id in people[PEOPLE // 2 :]))
            await first
            assert await asyncio.to_thread(serve.process.wait, 30) == 0
        answered = Counter(sent.user_id for sent in line.sent)
        with ExitStack() as stack:
            await start(stack, tmp_path, line, database_url)
            await line.redeliver_failed()
            for _ in range(200):
                answered = Counter(sent.user_id for sent in line.sent)
                if set(answered) >= set(people):
                    break
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.3)  # a second answer would come now
    answered = Counter(sent.user_id for sent in line.sent)
    assert {user_id: answered[user_id] for user_id in people} == dict.fromkeys(people, 1)
