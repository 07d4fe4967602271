"""
One suite over every messaging channel: what the program may rely on, whichever it is.

A new channel adds a kit; it does not add tests here.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import pytest

from bot.channels.line import LineChannel
from bot.channels.taps import encode_tap
from bot.channels.telegram import TelegramChannel
from bot.core.inputs import Left, SentMedia, Started, Tapped, Typed
from bot.errors import BadSignature, ChannelError
from bot.ports import Address, Errand, Inbound
from tests.channels.material import NOW, QUESTION, WEBHOOK_SECRET, make_body, make_reply
from tests.fakes.line_platform import sign
from tests.fakes.line_server import FakeLineServer
from tests.fakes.serving import FakeServer, Fault
from tests.fakes.telegram_server import FakeTelegramServer


class Kit(Protocol):
    """One channel with its fake service."""

    name: str
    channel: LineChannel | TelegramChannel
    server: FakeServer

    def make(self, what: str, detail: str = "") -> dict[str, Any]:
        """Make the channel's own event of somebody who wrote, tapped, started, left, sent an image."""
        ...

    def pack(self, event: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """Make the signed request that carries an event."""
        ...

    def seen(self) -> list[str]:
        """Return the texts that reached the person."""
        ...


@dataclass
class LineKit:
    server: FakeLineServer
    channel: LineChannel
    name: str = "line"
    person: str = "U" + "1" * 32

    def make(self, what: str, detail: str = "") -> dict[str, Any]:
        kinds: dict[str, tuple[str, dict[str, Any]]] = {
            "write": ("message", {"message": {"id": "1", "type": "text", "text": detail, "quoteToken": "q"}}),
            "image": ("message", {"message": {"id": "1", "type": "image"}}),
            "tap": ("postback", {"postback": {"data": detail}}),
            "start": ("follow", {"follow": {"isUnblocked": False}}),
            "leave": ("unfollow", {}),
            "group": ("message", {"source": {"type": "group", "groupId": "C1", "userId": self.person}}),
        }
        kind, content = kinds[what]
        event = self.server.make_event(self.person, kind, replies=what != "leave", **content)
        return {**event, "timestamp": int(NOW.timestamp() * 1000)}

    def pack(self, event: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        raw = make_body(event)
        return raw, {"X-Line-Signature": sign(raw, self.server.channel_secret)}

    def seen(self) -> list[str]:
        return self.server.people[self.person].bubbles


@dataclass
class TelegramKit:
    server: FakeTelegramServer
    channel: TelegramChannel
    name: str = "telegram"

    def make(self, what: str, detail: str = "") -> dict[str, Any]:
        update = {
            "write": lambda: self.server.make_text_update(42, detail),
            "image": lambda: self.server.make_message_update(42, photo=[{"file_id": "x"}]),
            "tap": lambda: self.server.make_tap_update(42, detail),
            "start": lambda: self.server.make_text_update(42, "/start"),
            "leave": lambda: self.server.make_block_update(42),
            "group": lambda: self.server.make_text_update(42, "x", chat={"id": -1, "type": "group"}),
        }[what]()
        if "message" in update:
            update["message"]["date"] = int(NOW.timestamp())
        return update

    def pack(self, event: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        return json.dumps(event).encode(), {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET}

    def seen(self) -> list[str]:
        return [sent.text for sent in self.server.sent]


@pytest.fixture(params=["line", "telegram"])
async def kit(request: pytest.FixtureRequest) -> AsyncIterator[Kit]:
    async with FakeLineServer() as line, FakeTelegramServer() as telegram:
        line_channel = LineChannel(
            channel_secret=line.channel_secret, access_token=line.access_token,
            api_base=line.base_url + "/", clock=lambda: NOW,
        )  # fmt: skip
        telegram_channel = TelegramChannel(
            bot_token=telegram.token, webhook_secret=WEBHOOK_SECRET,
            api_base=telegram.base_url + "/", clock=lambda: NOW,
        )  # fmt: skip
        kits: Mapping[str, Kit] = {
            "line": LineKit(line, line_channel),
            "telegram": TelegramKit(telegram, telegram_channel),
        }
        yield kits[request.param]
        await line_channel.close()
        await telegram_channel.close()
        line.assert_clean()
        telegram.assert_clean()


def read(kit: Kit, what: str, detail: str = "") -> list[Inbound]:
    return list(kit.channel.read(*kit.pack(kit.make(what, detail))).inbounds)


def address_of(kit: Kit) -> Address:
    [inbound] = read(kit, "write", "嗨")
    assert inbound.reply_to is not None
    return inbound.reply_to


@pytest.mark.parametrize(
    ("what", "detail", "expected"),
    [
        ("write", "他說要公開", Typed("他說要公開")),
        ("image", "", SentMedia("image")),
        ("tap", encode_tap("yes", visit="a", turn=2), Tapped("yes", "a", 2)),  # type: ignore[arg-type]
        ("tap", "somebody else's", Started()),
        ("start", "", Started()),
        ("leave", "", Left()),
    ],
)
async def test_what_people_do_is_the_same_input_on_every_channel(
    kit: Kit, what: str, detail: str, expected: object
) -> None:
    """With the channel's name, a name for the delivery, and the channel's time where it has one."""
    [inbound] = read(kit, what, detail)

    assert expected == inbound.what
    assert inbound.channel == kit.name
    assert inbound.delivery_id
    assert inbound.sent_at in {NOW, None}


async def test_groups_are_silence(kit: Kit) -> None:
    """Nothing is started, read or answered there."""
    assert read(kit, "group") == []


async def test_whoever_leaves_has_no_way_back(kit: Kit) -> None:
    """Whoever does anything else has one."""
    assert [inbound.reply_to for inbound in read(kit, "leave")] == [None]
    assert all(read(kit, what)[0].reply_to for what in ("write", "image", "tap", "start"))


async def test_the_same_event_has_the_same_name_and_another_a_different_one(kit: Kit) -> None:
    """Duplicates are known by it."""
    event = kit.make("write", "嗨")

    first, again = (kit.channel.read(*kit.pack(event)).inbounds[0].delivery_id for _ in range(2))

    assert first == again
    assert read(kit, "write", "嗨")[0].delivery_id != first


async def test_an_unsigned_request_is_refused(kit: Kit) -> None:
    """Whatever it carries."""
    raw, headers = kit.pack(kit.make("write", "嗨"))

    for wrong in ({}, dict.fromkeys(headers, ""), dict.fromkeys(headers, "x" * 44)):
        with pytest.raises(BadSignature):
            kit.channel.read(raw, wrong)


async def test_nothing_a_person_sent_is_in_the_repr(kit: Kit) -> None:
    """What is logged by accident names nobody and quotes nobody."""
    [inbound] = read(kit, "write", "他說要公開")

    assert "他說要公開" not in repr(inbound)
    assert inbound.user_id not in repr(inbound).replace(str(NOW.year), "")


async def test_a_reply_arrives_in_order(kit: Kit) -> None:
    """Each bubble, the question last."""
    await kit.channel.deliver(address_of(kit), QUESTION)

    first, question, *_ = kit.seen()
    assert first == "我相信你。"
    assert question.startswith("你現在安全嗎？")


async def test_a_hushed_reply_arrives_as_well(kit: Kit) -> None:
    """Without a sound."""
    await kit.channel.deliver(address_of(kit), make_reply("我相信你。", hushed=True))

    assert kit.seen()[0].startswith("我相信你。")


async def test_courtesies_never_raise(kit: Kit) -> None:
    """Whatever the service answers, and also when nothing was opened yet."""
    address = address_of(kit)
    errands = (Errand("answer_tap", to="1"), Errand("leave_place", to="-5", detail="group"))

    for fault in (Fault(), Fault(400), Fault(429), Fault(500), Fault(drop="before"), Fault(body=b"?")):
        for errand in errands:
            kit.server.fail_next(fault)
            await kit.channel.run_errand(errand)
        kit.server.fail_next(fault)
        await kit.channel.show_waiting(address)
        assert isinstance(await kit.channel.find_locale(address), str)
        await kit.channel.open()
        kit.server.faults.clear()


async def test_opening_ahead_connects_once(kit: Kit) -> None:
    """And asks the service for nothing."""
    await kit.channel.open()
    client = kit.channel._client
    await kit.channel.open()

    assert kit.channel._client is client
    assert kit.server.requests == []


async def test_closing_twice_is_harmless_and_a_closed_channel_opens_again(kit: Kit) -> None:
    """So that shutting down needs no order."""
    await kit.channel.close()
    await kit.channel.deliver(address_of(kit), QUESTION)
    await kit.channel.close()
    await kit.channel.close()
    await kit.channel.deliver(address_of(kit), QUESTION)

    assert kit.seen().count("我相信你。") == 2


@pytest.mark.parametrize(
    ("fault", "permanent", "reached"),
    [
        (Fault(400), True, False),
        (Fault(401), True, False),
        (Fault(403), True, False),
        (Fault(500), False, True),
        (Fault(503), False, True),
        (Fault(drop="before"), False, True),
        (Fault(drop="after"), False, True),
        (Fault(delay_s=30), False, True),
    ],
    ids=str,
)
async def test_a_failure_says_whether_to_try_again_and_whether_it_may_have_arrived(
    kit: Kit, fault: Fault, permanent: bool, reached: bool
) -> None:
    """The same on every channel; never another exception."""
    kit.channel._timeout_s = 0.3 if fault.delay_s else 5.0
    kit.server.fail_next(fault)

    with pytest.raises(ChannelError) as caught:
        await kit.channel.deliver(address_of(kit), QUESTION)

    assert (permanent, reached) == (caught.value.permanent, caught.value.reached)


async def test_an_unreadable_success_is_a_delivery(kit: Kit) -> None:
    """Sending again would say it twice."""
    kit.server.fail_next(Fault(body=b"<html>"))

    await kit.channel.deliver(address_of(kit), QUESTION)

    assert kit.seen().count("我相信你。") == 1


async def test_deliveries_are_not_logged(kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
    """No words and no addresses."""
    caplog.set_level(logging.DEBUG)
    address = address_of(kit)

    await kit.channel.deliver(address, QUESTION)

    assert "我相信你" not in caplog.text
    assert address.token == "" or address.token not in caplog.text


async def test_an_address_shows_nothing(kit: Kit) -> None:
    """It holds an id and a token."""
    address = address_of(kit)

    assert address.to not in repr(address)
    assert repr(Address(to="x", token="y", until=NOW + timedelta(1))).count("'") == 0
