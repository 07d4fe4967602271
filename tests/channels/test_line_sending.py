"""What goes to LINE beside a reply's words: quietly, in another look, and the courtesies around it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.channels.line import LineChannel
from bot.errors import ChannelError
from bot.ports import Address, Errand, Received
from tests.channels.material import NOW, QUESTION, SOMEBODY, make_body, make_event, make_reply
from tests.fakes.line_platform import sign
from tests.fakes.line_server import FakeLineServer
from tests.fakes.serving import Fault

CARD = make_reply("打 113\n打 110", choices=["好"], look="card", alt="有新訊息")
REFUSED_LOOK = Fault(
    400,
    body=json.dumps(
        {
            "message": "A message (messages[0]) in the request body is invalid",
            "details": [{"message": "invalid property", "property": "/body/contents/0"}],
        }
    ).encode(),
)


@pytest.fixture
async def channel(line_channel: LineChannel) -> LineChannel:
    await line_channel.open()
    return line_channel


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What this program logged, and the libraries under it; the fake logs paths of its own."""
    return [record.getMessage() for record in caplog.records if not record.name.startswith("uvicorn")]


def address_of(line: FakeLineServer) -> Address:
    return Address(to=SOMEBODY, token=line.issue_reply_token(SOMEBODY), until=NOW + timedelta(seconds=50))


# A reply


async def test_a_delivery_names_no_messages(line: FakeLineServer, channel: LineChannel) -> None:
    """On LINE nothing can be taken back; and all of a reply arrives or none."""
    assert await channel.deliver(address_of(line), QUESTION) == ()
    assert await channel.deliver(address_of(line), QUESTION, done=1) == ()
    assert [len(sent.messages) for sent in line.sent] == [3, 3]


@pytest.mark.parametrize("hushed", [True, False])
async def test_a_hushed_reply_makes_no_sound(
    line: FakeLineServer, channel: LineChannel, hushed: bool
) -> None:
    """The phone shows no notification."""
    await channel.deliver(address_of(line), make_reply("嗨", hushed=hushed))

    assert [sent.quietly for sent in line.sent] == [hushed]


async def test_a_look_that_line_refuses_is_said_as_text(
    line: FakeLineServer, channel: LineChannel, caplog: pytest.LogCaptureFixture
) -> None:
    """With the same token, because an error sends nothing; the operator is told, and nothing personal."""
    caplog.set_level(logging.INFO)
    line.fail_next(REFUSED_LOOK)

    await channel.deliver(address_of(line), CARD)

    [sent] = line.sent
    assert [message["type"] for message in sent.messages] == ["text"]
    assert "打 113\n打 110" in sent.messages[0]["text"]
    assert logged(caplog) == ["line_look_refused"]


async def test_words_that_line_refuses_are_not_sent_again(line: FakeLineServer, channel: LineChannel) -> None:
    """There is nothing left to take away; and a drawing is taken away once."""
    for reply, tries in ((make_reply("嗨"), 1), (CARD, 2)):
        line.requests.clear()
        line.fail_next(*[REFUSED_LOOK] * tries)
        with pytest.raises(ChannelError) as caught:
            await channel.deliver(address_of(line), reply)
        assert (caught.value.permanent, caught.value.reached, caught.value.token_gone) == (True, False, False)
        assert len(line.requests) == tries


async def test_a_refusal_that_is_not_of_a_look_is_not_tried_again(
    line: FakeLineServer, channel: LineChannel
) -> None:
    """A used token with a list of faults is still a used token."""
    line.fail_next(Fault(400, body=b'{"message":"Invalid reply token","details":[{"message":"x"}]}'))

    with pytest.raises(ChannelError) as caught:
        await channel.deliver(address_of(line), CARD)

    assert caught.value.token_gone
    assert len(line.requests) == 1


# Menus in another language


class Menus:
    """Links menus, slowly when told to."""

    def __init__(self) -> None:
        self.linked: list[tuple[str, str]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def link(self, user_id: str, locale: str) -> None:
        await self.gate.wait()
        self.linked.append((user_id, locale))


@pytest.fixture
def menus(channel: LineChannel) -> Menus:
    stand_in = Menus()
    assert channel._client is not None
    channel._client._menus = stand_in  # type: ignore[assignment]
    return stand_in


@pytest.mark.parametrize(("relabels", "linked"), [(True, [(SOMEBODY, "en")]), (False, [])])
async def test_menus_follow_the_language_that_was_chosen(
    line: FakeLineServer, channel: LineChannel, menus: Menus, relabels: bool, linked: list[tuple[str, str]]
) -> None:
    """After the reply was sent."""
    await channel.deliver(address_of(line), make_reply("Hi", locale="en", relabels=relabels))
    await channel.close()

    assert menus.linked == linked


async def test_menus_stay_when_the_reply_did_not_arrive(
    line: FakeLineServer, channel: LineChannel, menus: Menus
) -> None:
    """The person did not see the other language yet."""
    line.fail_next(Fault(500))

    with pytest.raises(ChannelError):
        await channel.deliver(address_of(line), make_reply("Hi", relabels=True))
    await channel.close()

    assert menus.linked == []


async def test_nobody_waits_for_a_menu(
    line: FakeLineServer, channel: LineChannel, menus: Menus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the reply nor, for longer than a moment, the end of the program."""
    monkeypatch.setattr("bot.channels.line_client._LAST_MOMENT_S", 0.01)
    menus.gate.clear()

    await channel.deliver(address_of(line), make_reply("Hi", relabels=True))
    await channel.close()

    assert len(line.sent) == 1
    assert menus.linked == []


async def test_the_menu_itself_is_asked_for_through_the_same_client(
    line: FakeLineServer, channel: LineChannel
) -> None:
    """Where no menu was set up nothing happens to the person."""
    await channel.deliver(address_of(line), make_reply("Hi", locale="en", relabels=True))
    await channel.close()

    assert [(r.method, r.path) for r in line.requests][1:] == [("GET", "/v2/bot/richmenu/alias/frontdoor-en")]


# Courtesies


@pytest.mark.parametrize("detail", ["group", "room"])
async def test_we_leave_a_place_once(line: FakeLineServer, channel: LineChannel, detail: str) -> None:
    """By LINE's call for that kind of place."""
    line.places = {"C1", "C2"}

    await channel.run_errand(Errand("leave_place", to="C1", detail=detail))

    assert line.places == {"C2"}
    assert [(r.method, r.path) for r in line.requests] == [("POST", f"/v2/bot/{detail}/C1/leave")]


@pytest.mark.parametrize(
    "errand", [Errand("leave_place", "C1"), Errand("leave_place", "C1", "planet"), Errand("answer_tap", "1")]
)
async def test_an_errand_that_is_none_of_lines_is_not_run(
    line: FakeLineServer, channel: LineChannel, errand: Errand
) -> None:
    """Another channel's, or nonsense."""
    await channel.run_errand(errand)

    assert line.requests == []


async def test_an_odd_name_of_a_place_stays_one_part_of_the_address(
    line: FakeLineServer, channel: LineChannel
) -> None:
    """Whatever a body said."""
    await channel.run_errand(Errand("leave_place", "../../message/1/content?x", "group"))

    assert [r.path.startswith("/v2/bot/group/") for r in line.requests] == [True]


async def test_waiting_is_shown_to_the_person(line: FakeLineServer, channel: LineChannel) -> None:
    """Until the next message, at most twenty seconds."""
    await channel.show_waiting(Address(to=SOMEBODY))

    assert line.waiting == [SOMEBODY]
    assert line.requests[-1].json() == {"chatId": SOMEBODY, "loadingSeconds": 20}


@pytest.mark.parametrize(("language", "expected"), [("zh-TW", "zh-TW"), ("en", "en"), ("", "")])
async def test_the_language_of_their_line_is_found(
    line: FakeLineServer, channel: LineChannel, language: str, expected: str
) -> None:
    """Whoever did not consent to LINE's privacy policy has none."""
    line._meet(SOMEBODY).language = language

    assert await channel.find_locale(Address(to=SOMEBODY)) == expected


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"language": 5}', b'{"language": null}', b"\xff", b'{"language": "zh', b"{" * 9]
)
async def test_an_unreadable_profile_has_no_language(
    line: FakeLineServer, channel: LineChannel, body: bytes
) -> None:
    """Any of our languages will do then."""
    line._meet(SOMEBODY)
    line.fail_next(Fault(body=body))

    assert await channel.find_locale(Address(to=SOMEBODY)) == ""


async def test_whoever_blocked_us_has_no_language(line: FakeLineServer, channel: LineChannel) -> None:
    """LINE does not tell it."""
    line._meet(SOMEBODY).has_blocked = True

    assert await channel.find_locale(Address(to=SOMEBODY)) == ""


async def test_nothing_is_ever_taken_back(line: FakeLineServer, channel: LineChannel) -> None:
    """LINE cannot, so nobody may be told that it was done."""
    assert await channel.wipe(Address(to=SOMEBODY), ("1",)) is False
    assert await channel.wipe(Address(to=SOMEBODY), ()) is False
    assert line.requests == []


COURTESIES: dict[str, Callable[[LineChannel], Awaitable[object]]] = {
    "run_errand": lambda c: c.run_errand(Errand("leave_place", "C1", "group")),
    "show_waiting": lambda c: c.show_waiting(Address(to=SOMEBODY)),
    "find_locale": lambda c: c.find_locale(Address(to=SOMEBODY)),
    "learn_own_id": lambda c: c.learn_own_id(),
}
FAULTS = (Fault(400), Fault(401), Fault(404), Fault(429), Fault(500), Fault(drop="before"), Fault(delay_s=30))


@pytest.mark.parametrize("courtesy", COURTESIES.values(), ids=COURTESIES.keys())
async def test_a_courtesy_never_raises(
    line: FakeLineServer,
    channel: LineChannel,
    courtesy: Callable[[LineChannel], Awaitable[object]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing personal is logged, and the conversation goes on."""
    monkeypatch.setattr("bot.channels.line._COURTESY_S", 0.3)
    caplog.set_level(logging.DEBUG)
    for fault in FAULTS:
        line.fail_next(fault)
        await courtesy(channel)

    # After a drop aiohttp itself asks once more for what only reads; that uses no fault up.
    assert not line.faults
    assert len(line.requests) in {len(FAULTS), len(FAULTS) + 1}
    assert not [words for words in logged(caplog) if SOMEBODY in words]


@pytest.mark.parametrize("courtesy", COURTESIES.values(), ids=COURTESIES.keys())
async def test_a_courtesy_opens_no_connection_of_its_own(
    line: FakeLineServer, line_channel: LineChannel, courtesy: Callable[[LineChannel], Awaitable[object]]
) -> None:
    """Before the channel is open and after it was closed there is nobody to be courteous to."""
    await courtesy(line_channel)
    await line_channel.open()
    client = line_channel._client
    await line_channel.close()
    await courtesy(line_channel)
    line_channel._client = client  # somebody still holds it
    await courtesy(line_channel)
    line_channel._client = None

    assert line.requests == []


# Who we are


def post(channel: LineChannel, line: FakeLineServer, destination: str) -> Received:
    raw = make_body(make_event()).replace(b"b" * 32, destination.encode())
    return channel.read(raw, {"x-line-signature": sign(raw, line.channel_secret)})


async def test_once_we_know_who_we_are_others_mail_is_not_read(
    line: FakeLineServer, channel: LineChannel
) -> None:
    """Before that, and when LINE does not tell, whatever is signed is ours."""
    line.bot_id = "U" + "b" * 32
    line.fail_next(Fault(500))
    await channel.learn_own_id()
    assert len(post(channel, line, "c" * 32).inbounds) == 1

    await channel.learn_own_id()

    assert post(channel, line, "c" * 32) == Received()
    assert len(post(channel, line, "b" * 32).inbounds) == 1


@pytest.mark.parametrize(("mode", "warned"), [("chat", True), ("bot", False)])
async def test_it_is_warned_that_staff_could_read_along(
    line: FakeLineServer, channel: LineChannel, mode: str, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """With the chat mode on, LINE's console shows the conversation."""
    line.fail_next(Fault(body=json.dumps({"userId": "Ux", "chatMode": mode}).encode()))

    await channel.learn_own_id()

    assert ("line_chat_mode_is_on" in logged(caplog)) is warned
