"""The doors of the channels: 200 means stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.types import Message

from bot.core.inputs import Typed
from bot.errors import StoreDown
from bot.front import bodies, webhooks
from bot.front.webhooks import MAX_WEBHOOK_BYTES
from bot.ports import Address, Errand, Inbound
from tests.front.fakes import NOW, FakeConversation, FakeWebhook, list_records, make_app


def make_inbound(delivery_id: str, *, user_id: str = "U1", late_s: int = 0) -> Inbound:
    return Inbound("line", user_id, delivery_id, Typed("嗨"), NOW + timedelta(seconds=late_s))


@pytest.fixture
def webhook() -> FakeWebhook:
    return FakeWebhook([make_inbound("e1")])


@pytest.fixture
async def channel(conversation, webhook, connect):
    app = make_app(conversation, webhooks={"line": webhook})
    async with connect(app) as client:
        yield client


async def test_a_stored_event_is_answered_with_nothing(channel, conversation):
    """200, and an empty body that Telegram cannot take for an order."""
    response = await channel.post("/line/webhook", content=b"{}")
    assert (response.status_code, response.content) == (200, b"")
    assert [inbound.delivery_id for inbound in conversation.received] == ["e1"]


async def test_the_channel_sees_the_raw_bytes(channel, webhook):
    """A signature holds over what was sent, so nothing may touch it."""
    await channel.post("/line/webhook", content=b' {"a" : 1}\n')
    assert webhook.bodies == [b' {"a" : 1}\n']


async def test_a_database_that_is_away_is_not_asked_a_hundred_times(
    channel, conversation, webhook, monkeypatch
):
    """After the time that a channel waits, the rest is left to the next delivery: 503 must arrive in time."""
    webhook.inbounds[:] = [make_inbound(f"e{number}", late_s=number) for number in range(100)]
    asked: list[str] = []

    async def fail_slowly(inbound: Inbound) -> None:
        asked.append(inbound.delivery_id)
        raise StoreDown("away")

    monkeypatch.setattr(conversation, "receive", fail_slowly)
    monkeypatch.setattr(webhooks, "_PATIENCE_S", 0.0)
    assert (await channel.post("/line/webhook", content=b"{}")).status_code == 503
    assert asked == ["e0"]


async def test_a_body_of_many_events_comes_to_its_end_however_slow_the_database_is(
    channel, conversation, webhook, monkeypatch
):
    """Each delivery goes on where the last one stopped: what is stored does not use up the time of what is not."""
    webhook.inbounds[:] = [make_inbound(f"e{number}", late_s=number) for number in range(4)]
    asked: list[str] = []

    async def take(inbound: Inbound) -> None:
        asked.append(inbound.delivery_id)

    monkeypatch.setattr(conversation, "receive", take)
    monkeypatch.setattr(webhooks, "_PATIENCE_S", 0.0)
    answers = [(await channel.post("/line/webhook", content=b"{}")).status_code for _ in range(4)]
    assert (answers, asked) == ([503, 503, 503, 200], ["e0", "e1", "e2", "e3"])


async def test_only_so_many_are_remembered(channel, conversation, webhook, monkeypatch):
    """What is forgotten is tried again, and recognised by the database."""
    webhook.inbounds[:] = [make_inbound(f"e{number}", late_s=number) for number in range(3)]
    asked: list[str] = []

    async def take(inbound: Inbound) -> None:
        asked.append(inbound.delivery_id)

    monkeypatch.setattr(conversation, "receive", take)
    monkeypatch.setattr(webhooks, "_PATIENCE_S", 0.0)
    monkeypatch.setattr(webhooks, "_MOST_TAKEN", 1)
    for _ in range(3):
        await channel.post("/line/webhook", content=b"{}")
    assert asked == ["e0", "e1", "e0"]


async def test_a_forged_body_is_refused(channel, conversation):
    """403, and nothing stored."""
    response = await channel.post("/line/webhook", content=b"forged")
    assert (response.status_code, response.content) == (403, b"")
    assert conversation.received == []


async def test_events_are_taken_in_the_order_of_their_time(channel, conversation, webhook):
    """A body may hold events of several people in any order."""
    webhook.inbounds = [
        make_inbound("a2", late_s=2), make_inbound("b1", user_id="U2", late_s=1), make_inbound("a1", late_s=0),
    ]  # fmt: skip
    await channel.post("/line/webhook", content=b"{}")
    assert [inbound.delivery_id for inbound in conversation.received] == ["a1", "b1", "a2"]


async def test_an_event_that_was_not_stored_is_asked_for_again(channel, conversation, webhook):
    """503 after trying the others, whose replies go out at once."""
    webhook.inbounds = [make_inbound("a"), make_inbound("b", late_s=1), make_inbound("c", late_s=2)]
    conversation.failing = frozenset({"b"})
    response = await channel.post("/line/webhook", content=b"{}")
    assert (response.status_code, response.content) == (503, b"")
    assert [inbound.delivery_id for inbound in conversation.received] == ["a", "c"]


async def test_a_fault_is_no_stored_event(channel, conversation, caplog):
    """An event that breaks the program is 503, and its words stay out of the log."""
    conversation.fault = RuntimeError("canary-text")
    with caplog.at_level(logging.DEBUG):
        response = await channel.post("/line/webhook", content=b"{}")
    assert response.status_code == 503
    assert "RuntimeError" in list_records(caplog)
    assert "canary" not in list_records(caplog)


@pytest.mark.parametrize("size", [MAX_WEBHOOK_BYTES, MAX_WEBHOOK_BYTES + 1])
async def test_the_cap_on_a_body_is_exact(channel, size):
    """256 KB are read; one byte more is not."""
    response = await channel.post("/line/webhook", content=b"x" * size)
    assert response.status_code == (200 if size == MAX_WEBHOOK_BYTES else 413)


@pytest.mark.parametrize("announced", ["9" * 5_000, str(MAX_WEBHOOK_BYTES + 1)])
async def test_an_announced_flood_is_refused_unread(channel, announced, webhook):
    """The header alone is enough to refuse."""
    response = await channel.post("/line/webhook", content=b"x", headers={"content-length": announced})
    assert response.status_code == 413
    assert webhook.bodies == []


async def test_a_flood_in_chunks_is_cut_off(channel, conversation):
    """Without a length, reading stops at the cap: the rest is never asked for."""
    asked = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal asked
        for _ in range(1_000):
            asked += 1
            yield b"x" * 16_384

    response = await channel.post("/line/webhook", content=flood())
    assert response.status_code == 413
    assert conversation.received == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
async def test_other_methods_are_refused(channel, method):
    """A webhook is posted."""
    assert (await channel.request(method, "/line/webhook")).status_code == 405


async def test_a_channel_that_is_off_has_no_door(channel):
    """Telegram is off here."""
    assert (await channel.post("/telegram/webhook", content=b"{}")).status_code == 404


async def test_a_broken_channel_is_a_fault_without_words(conversation, connect, caplog):
    """Anything but a bad signature from a channel is a bug: the channel sends it again, and its text is not logged."""

    class Broken(FakeWebhook):
        def read(self, raw, headers):
            raise ValueError("canary-text")

    async with connect(make_app(conversation, webhooks={"line": Broken()})) as client:
        response = await client.post("/line/webhook", content=b"{}")
    assert (response.status_code, response.content) == (503, b"")
    assert "body_failed" in list_records(caplog)
    assert "canary" not in list_records(caplog)


async def test_a_sender_who_hangs_up_is_no_fault(conversation, caplog):
    """A connection that ends in the middle of a body stores nothing and logs nothing."""
    app = make_app(conversation, webhooks={"line": FakeWebhook()})
    sent: list[object] = []
    scope = {
        "type": "http", "method": "POST", "path": "/line/webhook", "headers": [], "query_string": b"",
        "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", 1), "client": ("127.0.0.1", 2),
        "root_path": "", "raw_path": b"/line/webhook",
    }  # fmt: skip

    async def hang_up():
        return {"type": "http.disconnect"}

    async def keep(message):
        sent.append(message)

    await app(scope, hang_up, keep)
    assert (sent, list_records(caplog)) == ([], "")


async def test_errands_are_run_once_everything_is_stored(channel, conversation, webhook):
    """A courtesy goes out behind the answer, also where there was nothing to store."""
    webhook.errands = [Errand("answer_tap", "callback-1"), Errand("leave_place", "group-1", "group")]
    await channel.post("/line/webhook", content=b"{}")
    assert webhook.errands_run == webhook.errands
    assert [inbound.delivery_id for inbound in conversation.received] == ["e1"]


async def test_who_waits_longer_than_usual_sees_that_it_is_worked_on(
    channel, conversation, webhook, monkeypatch
):
    """The sign is given while the work goes on; without a way back there is nobody to show it to."""
    monkeypatch.setattr(webhooks, "_LONG_S", 0.0)
    address = Address("U1", "token")
    webhook.inbounds = [replace(make_inbound("e1"), reply_to=address), make_inbound("e2", late_s=1)]

    async def take_long(inbound: Inbound) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    monkeypatch.setattr(conversation, "receive", take_long)
    await channel.post("/line/webhook", content=b"{}")
    assert webhook.waits_shown == [address]


async def test_only_so_many_see_at_once_that_it_takes_longer(channel, conversation, webhook, monkeypatch):
    """Where hundreds wait it is the machine that is slow, and each sign would keep it even longer."""
    monkeypatch.setattr(webhooks, "_LONG_S", 0.0)
    monkeypatch.setattr(webhooks, "_MOST_SHOWN", 2)
    opened = asyncio.Event()

    async def wait(_: Inbound) -> None:
        await opened.wait()

    monkeypatch.setattr(conversation, "receive", wait)
    webhook.inbounds = [replace(make_inbound("e1"), reply_to=Address("U1", "token"))]
    posts = [asyncio.create_task(channel.post("/line/webhook", content=b"{}")) for _ in range(5)]
    async with asyncio.timeout(30):
        while len(webhook.bodies) < 5 or len(webhook.waits_shown) < 2:  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.001)
    opened.set()
    await asyncio.gather(*posts)
    assert len(webhook.waits_shown) == 2


async def test_a_delivery_that_does_not_end_is_let_go(webhook, monkeypatch):
    """408, with nothing read: the channel sends it again, and nobody's place is held for ever."""
    monkeypatch.setattr(bodies, "_WITHIN_S", 0.01)
    app = make_app(FakeConversation(), webhooks={"line": webhook})
    said: list[Message] = []

    async def never_come() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("nobody sends")

    async def hear(message: Message) -> None:
        said.append(message)

    path = {"path": "/line/webhook", "root_path": "", "query_string": b"", "headers": []}
    await app({"type": "http", "method": "POST", **path}, never_come, hear)
    assert (said[0]["status"], webhook.bodies) == (408, [])


async def test_only_a_delivery_goes_in_ahead_of_browsers(channel, webhook):
    """Whoever looks at the address is told kindly that it is the wrong way, and nothing is read as a delivery."""
    assert (await channel.get("/line/webhook")).status_code == 405
    assert webhook.bodies == []
