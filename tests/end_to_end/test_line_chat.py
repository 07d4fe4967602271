"""A person on LINE, the strict fake of LINE's servers, the whole program, both databases."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text

from tests.end_to_end.service import SECRETS, Service, run_service
from tests.fakes.line_platform import read_message, sign
from tests.fakes.line_schema import CONTRACTS, find_faults, is_available
from tests.fakes.line_server import FakeLineServer
from tests.fakes.serving import Fault

SURVIVOR = "U" + "5" * 32
FRIEND = "U" + "f" * 32
SAMPLES = sorted((CONTRACTS / "samples").glob("*/*.json"))
PATH_TO_DOOR = (
    "方便，可以說",
    "我自己",
    "滿 18 歲了",
    "那時滿 18 歲",
    "已經被傳出去",
    "好了，下一步",
    "要，怎麼做",
)


@dataclass
class World:
    line: FakeLineServer
    service: Service

    async def say(self, what: str, user_id: str = SURVIVOR) -> str:
        await self.line.send_text(user_id, what)
        await self.line.redeliver_failed()
        return await self.hear(user_id)

    async def answer(self, what: str, user_id: str = SURVIVOR) -> str:
        """Read the question first: what is typed faster than that answers nothing."""
        await asyncio.sleep(1.1)
        return await self.say(what, user_id)

    async def tap(self, label: str, user_id: str = SURVIVOR) -> str:
        await self.line.tap(user_id, label)
        await self.line.redeliver_failed()
        return await self.hear(user_id)

    async def hear(self, user_id: str = SURVIVOR) -> str:
        messages = await self.line.wait_for_reply(user_id)
        return "\n".join(read_message(message) for message in messages)

    async def expect_silence(self, replies: int) -> None:
        """Wait until nothing is on its way to anybody, then count."""
        waiting = "outbox WHERE state IN ('new', 'sending')"
        async with asyncio.timeout(30):
            while await asyncio.to_thread(count_rows, self.service, waiting):  # noqa: ASYNC110  # looked at from outside
                await asyncio.sleep(0.05)
        assert len(self.line.sent) == replies


@pytest.fixture
async def world(tmp_path: Path, database_url: str) -> AsyncIterator[World]:
    async with contextlib.AsyncExitStack() as stack:
        line = await stack.enter_async_context(FakeLineServer(patience_s=30))
        service = await stack.enter_async_context(
            run_service(tmp_path / "var", database_url, line_api_base=line.base_url, **SECRETS)
        )
        line.webhook_url = f"{service.url}/line/webhook"
        yield World(line, service)
        line.assert_clean()
        _assert_payloads_fit(line)


async def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for something that the program does in its own time."""
    for _ in range(300):
        if happened():
            return
        await asyncio.sleep(0.1)
    pytest.fail("it never happened")


def _assert_payloads_fit(line: FakeLineServer) -> None:
    """Every payload of every test fits LINE's own description, where that lies beside the repository."""
    for request in line.requests if is_available() else ():
        if request.path == "/v2/bot/message/reply":
            assert find_faults("ReplyMessageRequest", request.json()) == []


def count_rows(service: Service, table: str) -> int:
    """Count with a driver of its own, so that the program's code is not asked about itself."""
    url = service.settings.database
    if url.startswith("sqlite"):
        engine = create_engine(url.replace("+aiosqlite", ""))
        with engine.connect() as connection:
            count = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
        engine.dispose()
        return int(count)
    return asyncio.run(_count_in_postgres(url, table))


async def _count_in_postgres(url: str, table: str) -> int:
    import asyncpg

    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608
    finally:
        await connection.close()


async def count_all(service: Service) -> dict[str, int]:
    tables = ("person_session", "erasable_key", "inbox_event", "outbox")
    return {table: await asyncio.to_thread(count_rows, service, table) for table in tables}


async def test_a_person_gets_from_the_first_word_to_the_takedown_door(world: World) -> None:
    """Given the first word, each tap brings the next question, and the door names the centre."""
    heard = await world.say("嗨")
    assert "自動回覆的機器人" in heard
    for label in PATH_TO_DOOR:
        heard = await world.tap(label)
    assert "02-6605-7373" in heard
    assert "資料日期" in heard
    assert "StopNCII" in await world.tap("擋住新的上傳")


async def test_quick_replies_stand_on_the_last_bubble_and_numbered_buttons_in_it(world: World) -> None:
    """A computer shows no quick replies, so the same choices are drawn with numbers, and numbers answer."""
    await world.say("嗨")
    *others, last = world.line.sent[-1].messages
    assert ["quickReply" in message for message in (*others, last)] == [False] * len(others) + [True]
    assert ({message["type"] for message in others}, last["type"]) == ({"text"}, "flex")
    assert "1 方便，可以說" in read_message(last)
    assert "這次是為了誰" in await world.answer("1")


async def test_a_redelivered_event_gets_no_second_reply(world: World) -> None:
    """The same event twice is one answer, and the conversation has moved once."""
    await world.say("嗨")
    await world.tap("方便，可以說")
    await world.line.redeliver(world.line.deliveries[-1].events)
    await world.expect_silence(2)
    assert "滿 18 歲" in await world.tap("我自己")


async def test_a_button_from_yesterday_changes_nothing(world: World) -> None:
    """An old button is explained, and the question that is open is asked again."""
    await world.say("嗨")
    old = world.line.people[SURVIVOR].quick_replies[1]["action"]["data"]
    await world.tap("方便，可以說")
    await world.line.tap_data(SURVIVOR, old)
    heard = await world.hear()
    assert "比較早的按鈕" in heard
    assert "這次是為了誰" in heard


async def test_a_picture_is_refused_kindly_and_never_fetched(world: World) -> None:
    """The fake fails the test if the content is asked for."""
    await world.say("嗨")
    await world.line.image(SURVIVOR)
    assert "請不要傳檔案給我" in await world.hear()
    await world.line.sticker(SURVIVOR)
    assert "我只看得懂文字和按鈕" in await world.hear()


async def test_an_unknown_event_does_not_lose_its_neighbours(world: World) -> None:
    """One body may carry several people and things we have never heard of."""
    known = world.line.make_event(SURVIVOR, "message", message={"id": "1", "type": "text", "text": "嗨"})
    strange = world.line.make_event(SURVIVOR, "hologram", hologram={"size": 3})
    friend = world.line.make_event(FRIEND, "message", message={"id": "2", "type": "text", "text": "你好"})
    delivery = await world.line.send_raw([strange, {"type": 7}, "noise", known, strange, friend])
    assert delivery.status == 200
    assert "方便說話" in await world.hear(SURVIVOR)
    assert "方便說話" in await world.hear(FRIEND)


async def test_a_wrong_signature_is_refused_and_nothing_is_stored(world: World) -> None:
    """403, and not one row."""
    event = world.line.make_event(SURVIVOR, "message", message={"id": "1", "type": "text", "text": "嗨"})
    raw = json.dumps({"destination": world.line.bot_id, "events": [event]}).encode()
    for signature in ("", "wrong", sign(raw, "another-secret"), sign(raw + b" ", "channel-secret"), None):
        assert await world.line.post(raw, signature) == 403
    assert set((await count_all(world.service)).values()) == {0}
    await world.expect_silence(0)


async def test_a_lost_answer_is_asked_again_and_never_pushed(world: World) -> None:
    """When a reply could not be delivered, typed text is not taken as an answer to it."""
    await world.say("嗨")
    world.line.fail_next(*[Fault(status=400, body=b'{"message":"Invalid reply token"}')])
    await world.line.tap(SURVIVOR, "方便，可以說")
    await wait_until(lambda: len(world.line.requests) > 1)
    heard = await world.answer("1")
    assert "這次是為了誰" in heard
    assert not any(request.path.endswith("/push") for request in world.line.requests)


async def test_a_passing_fault_of_line_is_tried_again_with_the_same_token(world: World) -> None:
    """A 500 is followed by the same reply, once."""
    world.line.fail_next(Fault(status=500))
    assert "方便說話" in await world.say("嗨")
    assert len(world.line.sent) == 1


async def test_erasing_leaves_no_session_and_no_key(world: World) -> None:
    """Erase takes two inputs; what is left is the fact that an event was handled."""
    await world.say("嗨")
    await world.tap("刪除")
    assert "都刪除了" in await world.tap("全部刪除")
    for _ in range(100):  # the farewell's own key goes when it is delivered
        rows = await count_all(world.service)
        if not rows["erasable_key"]:
            break
        await asyncio.sleep(0.1)
    assert rows["person_session"] == 0
    assert rows["erasable_key"] == 0


async def test_blocking_the_bot_forgets_the_person_without_a_word(world: World) -> None:
    """Unfollow has no reply token and gets no answer."""
    await world.say("嗨")
    await world.line.unfollow(SURVIVOR)
    await world.expect_silence(1)
    assert (await count_all(world.service))["person_session"] == 0


async def test_a_megabyte_of_text_is_refused_whole_and_a_long_message_is_answered(world: World) -> None:
    """LINE never sends more than 5,000 characters; more is not LINE."""
    long = await world.say("很長" * 2_500)
    assert "方便說話" in long
    raw = json.dumps({"destination": "U1", "events": [], "x": "字" * 400_000}).encode()
    assert await world.line.post(raw, sign(raw, "channel-secret")) == 413
    await world.expect_silence(1)


async def test_human_now_works_at_every_step_of_the_way(world: World) -> None:
    """One input from anywhere."""
    await world.say("嗨")
    for label in PATH_TO_DOOR:
        await world.tap(label)
        assert "113" in await world.say("真人")
        await world.tap("回到剛才")


@pytest.mark.skipif(not SAMPLES, reason="LINE's samples are not beside this checkout")
async def test_every_sample_of_line_gets_200_when_signed_and_403_when_not(world: World) -> None:
    """And the refused ones store nothing."""
    for sample in SAMPLES:
        raw = sample.read_bytes()
        assert await world.line.post(raw, sign(raw, "wrong")) in {401, 403}
    assert set((await count_all(world.service)).values()) == {0}
    for sample in SAMPLES:
        assert await world.line.post_until_taken(sample.read_bytes()) == 200


async def test_malformed_bodies_are_refused_cleanly(world: World) -> None:
    """Signed nonsense gets 200 or a clean refusal, never 500, and stores nothing."""
    for raw in (b"", b"{", b"[]", b"null", b'{"events":{}}', b"\xff\xfe", b"[" * 5_000, b'{"events":[NaN]}'):
        assert await world.line.post(raw, sign(raw, "channel-secret")) in {200, 400, 413}
    assert set((await count_all(world.service)).values()) == {0}


async def test_when_the_database_is_away_line_is_told_to_send_again(tmp_path: Path, sqlite_url: str) -> None:
    """503, because an answer of 200 would lose the message."""
    async with FakeLineServer(patience_s=30) as line:
        service = run_service(tmp_path / "var", sqlite_url, line_api_base=line.base_url, **SECRETS)
        async with service as running:
            event = line.make_event(SURVIVOR, "message", message={"id": "1", "type": "text", "text": "嗨"})
            raw = json.dumps({"destination": line.bot_id, "events": [event]}).encode()
            line.webhook_url = f"{running.url}/line/webhook"
            path = sqlite_url.removeprefix("sqlite+aiosqlite:///")
            thief = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            await asyncio.to_thread(thief.execute, "BEGIN EXCLUSIVE")
            assert await line.post(raw, sign(raw, "channel-secret")) == 503
            async with httpx.AsyncClient() as client:
                assert (await client.get(f"{running.url}/healthz")).status_code == 200
                assert (await client.get(f"{running.url}/readyz")).status_code == 503
            thief.execute("ROLLBACK")
            thief.close()
            assert await line.post(raw, sign(raw, "channel-secret")) == 200
            await line.wait_for_reply(SURVIVOR)
