"""
What people see when a channel is in trouble: each reply once, or asked anew with their next message.

And one person's trouble is nobody else's: the fakes can keep somebody's deliveries hanging.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.line import LineChannel
from bot.channels.telegram import TelegramChannel
from bot.store import sweep
from tests.end_to_end.people import Person, WebPerson, World, open_world
from tests.end_to_end.people.words import note
from tests.fakes.line_server import FakeLineServer
from tests.fakes.serving import Fault
from tests.fakes.telegram_server import FakeTelegramServer

FIRST, SECOND = "方便說話", "這次是為了誰"
SAFE = "方便，可以說"
TROUBLED = 50

on_messengers = pytest.mark.parametrize("channel", ["line", "telegram"])
FAULTS = {
    "a slow answer": Fault(delay_s=0.3),
    "too many requests": Fault(status=429),
    "too many requests, come back later": Fault(
        status=429,
        headers={"Retry-After": "1"},
        body=b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":1}}',
    ),
    "their server fails": Fault(status=500),
    "the connection breaks before": Fault(drop="before"),
    "the connection breaks after": Fault(drop="after"),
    "an answer that cannot be read": Fault(body=b"<html>"),
}


class HangingLine(FakeLineServer):
    """Keeps the replies to `held` people until `gate` opens, whoever has stopped waiting for it."""

    def __init__(self) -> None:
        super().__init__(patience_s=60)
        self.held: set[str] = set()
        self.hanging: list[str] = []
        self.gate = asyncio.Event()

    async def respond(self, request: Request, raw: bytes) -> Response:
        token = json.loads(raw).get("replyToken", "") if raw else ""
        user_id = self._tokens[token].user_id if token in self._tokens else ""
        if user_id in self.held:
            self.hanging.append(user_id)
            await self.gate.wait()
        return await super().respond(request, raw)


class HangingTelegram(FakeTelegramServer):
    """The same for Telegram."""

    def __init__(self) -> None:
        super().__init__()
        self.held: set[str] = set()
        self.hanging: list[str] = []
        self.gate = asyncio.Event()

    async def respond(self, request: Request, raw: bytes) -> Response:
        user_id = parse_qs(raw.decode()).get("chat_id", [""])[0]
        if user_id in self.held and request.url.path.endswith("/sendMessage"):
            self.hanging.append(user_id)
            await self.gate.wait()
        return await super().respond(request, raw)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both SDKs honour proxy variables; the fakes are on this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
async def world(tmp_path: Path, sqlite_url: str) -> AsyncIterator[World]:
    async with open_world(tmp_path, sqlite_url, line=HangingLine(), telegram=HangingTelegram()) as world:
        yield world


def fake_of(world: World, channel: str) -> HangingLine | HangingTelegram:
    fake = world.line if channel == "line" else world.telegram
    assert isinstance(fake, HangingLine | HangingTelegram)
    return fake


async def begin(world: World, channel: str) -> Person:
    person = await world.meet(channel)
    await person.arrive()
    assert FIRST in await person.hear()
    return person


@on_messengers
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_reply_is_seen_once_or_asked_anew(world: World, channel: str, fault: Fault) -> None:
    """Never twice by itself; and with the next message everybody stands at the question."""
    person = await begin(world, channel)
    fake_of(world, channel).fail_next(fault)
    await person.write("1")
    assert (await person.hear()).count(SECOND) <= 1
    seen = "\n".join(person.list_said()).count(SECOND)
    await person.write("嗯")
    assert (await person.hear()).count(SECOND) == 1
    assert seen in {0, 1}


async def test_on_line_every_passing_fault_ends_with_the_reply(world: World) -> None:
    """The reply token makes a second try safe, so nobody has to write again."""
    for fault in FAULTS.values():
        person = await begin(world, "line")
        fake_of(world, "line").fail_next(fault)
        await person.write("1")
        assert (await person.hear()).count(SECOND) == 1


async def test_on_telegram_a_reply_goes_on_where_it_was_stopped(world: World) -> None:
    """A bubble in the middle is refused: what came before is not said again."""
    person = await world.meet("telegram")
    fake_of(world, "telegram").fail_next(Fault(delay_s=0.01), Fault(status=429))
    await person.arrive()
    said = (await person.hear()).split("\n")
    assert len(said) == len(set(said))
    assert "機器人" in said[0]
    assert FIRST in said[-1]


async def test_on_telegram_whoever_blocked_us_is_forgotten(world: World) -> None:
    """Telegram says so when we send, which may be before it tells us."""
    person = await begin(world, "telegram")
    world.telegram.blocked.add(int(person.user_id))
    await person.write("1")
    assert await person.hear() == ""
    await world.forgets(person)
    await person.arrive()
    assert FIRST in await person.hear()


async def test_on_the_web_an_answer_that_was_lost_is_given_again(world: World) -> None:
    """The page sends the same once more; the conversation moved once."""
    person = await world.meet("web")
    assert isinstance(person, WebPerson)
    await person.arrive()
    fields = {"tap": person.find(SAFE), "delivery": "d" * 32}
    for _ in range(2):
        await person.submit("/chat", **fields)
    heard = await person.hear()
    assert heard.count(SECOND) == 2
    assert note("old_button") not in heard


@pytest.fixture
async def patient_world(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """What hangs in it hangs until the gate is opened, not until somebody's patience ends."""
    for channel in (LineChannel, TelegramChannel):
        monkeypatch.setitem(channel.__init__.__kwdefaults__, "timeout_s", 120.0)
    monkeypatch.setattr(sweep, "_CLAIM_LASTS", timedelta(minutes=5))
    line, telegram = HangingLine(), HangingTelegram()
    async with open_world(tmp_path, sqlite_url, line=line, telegram=telegram) as world:
        try:
            yield world
        finally:
            line.gate.set()
            telegram.gate.set()


@on_messengers
@pytest.mark.parametrize("troubled", [1, TROUBLED])
async def test_the_trouble_of_some_delays_nobody_else(
    patient_world: World, channel: str, troubled: int
) -> None:
    """Their deliveries hang; who comes now is answered while they do."""
    world, fake = patient_world, fake_of(patient_world, channel)
    people = [await world.meet(channel) for _ in range(troubled)]
    fake.held = {person.user_id for person in people}
    for person in people:
        await person.arrive()
    async with asyncio.timeout(60):
        while set(fake.hanging) != fake.held:  # noqa: ASYNC110  # the fakes tell nobody
            await asyncio.sleep(0.01)
    other = await world.meet(channel)
    await other.arrive()
    assert FIRST in await other.hear()
    assert all([await world.is_awaiting(person) for person in people])
    assert not any(person.list_said() for person in people)
    fake.gate.set()
    for person in people:
        assert (await person.hear()).count(FIRST) == 1
