"""
T14, R12: one person floods the webhook with signed messages; everybody else is answered, and little else happens.

Through the real program: signature, decoding, limits, database, delivery. How much slower others become in time is
measured by `benchmarks`; here is counted what the flood costs.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from bot.store.sql import SqlStore
from tests.end_to_end.service import Service, run_service
from tests.end_to_end.test_line_chat import count_rows
from tests.fakes.line_server import FakeLineServer

FLOOD, OTHERS = 300, 10
SECRETS = {"line_channel_secret": "channel-secret", "line_channel_access_token": "channel-access-token"}


async def test_a_flooder_gets_forty_answers_and_others_get_theirs(tmp_path: Path, database_url: str) -> None:
    """Every delivery is told 200, the database hears of forty and a few, and nobody else waits for the flood."""
    flooder, people = "U" + "f" * 32, [f"U{number:032}" for number in range(OTHERS)]
    async with FakeLineServer(patience_s=60) as line:
        limits = {"person_per_minute": 20, "person_burst": 40, "line_api_base": line.base_url, **SECRETS}
        async with run_service(tmp_path / "var", database_url, **limits) as service:
            line.webhook_url = f"{service.url}/line/webhook"
            for place in range(OTHERS):
                await asyncio.gather(*(line.send_text(flooder, "嗨") for _ in range(FLOOD // OTHERS)))
                await line.send_text(people[place], "嗨")
            for _ in range(1200):
                if {sent.user_id for sent in line.sent} >= set(people):
                    break
                await asyncio.sleep(0.05)
            async with httpx.AsyncClient(trust_env=False) as client:
                assert (await client.get(f"{service.url}/readyz")).status_code == 200
        answered = [sent.user_id for sent in line.sent]
    assert {person: answered.count(person) for person in people} == dict.fromkeys(people, 1)
    assert 1 <= answered.count(flooder) <= 80


async def test_who_is_too_fast_keeps_the_buttons_and_can_still_erase_everything(
    tmp_path: Path, database_url: str
) -> None:
    """T14: LINE shows the buttons of the last message only, so the line has them; two ways out are always taken."""
    her = "U" + "a" * 32
    async with FakeLineServer(patience_s=60) as line:
        limits = {"person_per_minute": 1, "person_burst": 1, "line_api_base": line.base_url, **SECRETS}
        async with run_service(tmp_path / "var", database_url, **limits) as service:
            line.webhook_url = f"{service.url}/line/webhook"
            await line.send_text(her, "嗨")
            asked = await line.wait_for_reply(her)
            await line.send_text(her, "嗨")
            slowed = await line.wait_for_reply(her)
            assert "太快" in str(slowed)
            assert "113" in str(slowed)
            assert slowed[-1]["quickReply"] == asked[-1]["quickReply"]
            await line.send_text(her, "刪除")
            await line.wait_for_reply(her)
            await line.send_text(her, "是")
            await line.wait_for_reply(her)
            assert await count_people(service) == 0


async def test_a_stored_event_that_comes_again_and_again_costs_its_person_nothing(
    tmp_path: Path, database_url: str
) -> None:
    """R6: the channel's own redeliveries use up no words; 200 for each."""
    her = "U" + "b" * 32
    async with FakeLineServer(patience_s=60) as line:
        limits = {"person_per_minute": 1, "person_burst": 2, "line_api_base": line.base_url, **SECRETS}
        async with run_service(tmp_path / "var", database_url, **limits) as service:
            line.webhook_url = f"{service.url}/line/webhook"
            first = await line.send_text(her, "嗨")
            for _ in range(10):
                assert (await line.redeliver(first.events)).is_accepted
            await line.wait_for_reply(her)
            await line.send_text(her, "嗨")
            assert "太快" not in str(await line.wait_for_reply(her))


async def test_made_up_seats_that_leave_write_nothing(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T14: by the button and by the browser's mark: no transaction; a real conversation is destroyed all the same."""
    begun, transaction = 0, SqlStore.transaction

    def counted(store: SqlStore) -> object:
        nonlocal begun
        begun += 1
        return transaction(store)

    async with (
        run_service(tmp_path / "var", database_url) as service,
        httpx.AsyncClient(trust_env=False, base_url=service.url) as browser,
    ):
        act = {"text": "嗨", "delivery": "d" * 32, "seat": "r" * 43, "visit": "new", "turn": 0}
        assert (await browser.post("/chat/turn", json=act)).status_code == 200
        browser.cookies.clear()
        monkeypatch.setattr(SqlStore, "transaction", counted)
        for number in range(10):
            left = await browser.post("/chat/leave", data={"seat": f"{number:043}"})
            assert left.headers["refresh"].startswith("0; ")
            await browser.get("/healthz", headers={"cookie": f"chat={number:043}; left=1"})
        assert begun == 0
        assert await count_people(service) == 1
        await browser.post("/chat/leave", data={"seat": "r" * 43})
        assert begun == 1
        assert await count_people(service) == 0


async def count_people(service: Service) -> int:
    return await asyncio.to_thread(count_rows, service, "person_session")
