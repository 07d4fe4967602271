"""The courtesies that Telegram wants: a button's spinner stopped, a group left. Who may speak to us at all."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from bot.channels.taps import encode_tap
from bot.channels.telegram import TelegramChannel, decode, verify
from bot.errors import BadSignature, ConfigError
from bot.ports import Address, Errand, Received
from tests.channels.material import NOW, WEBHOOK_SECRET
from tests.fakes.serving import Fault
from tests.fakes.telegram_server import FakeTelegramServer

SOMEBODY = 42
GROUP = -1001
CHAT = {"id": SOMEBODY, "type": "private"}
SENDER = {"id": SOMEBODY, "is_bot": False}
SHARED = [{"id": GROUP, "type": kind} for kind in ("group", "supergroup", "channel")]
LEAVE = Errand("leave_place", to=str(GROUP), detail="group")


def take(**update: Any) -> Received:
    return decode(json.dumps({"update_id": 1, **update}).encode(), NOW)


def methods(telegram: FakeTelegramServer) -> list[str]:
    return [request.path.rsplit("/", 1)[-1] for request in telegram.requests]


@pytest.mark.parametrize(
    "changes",
    [
        {"data": encode_tap("c0", visit="a", turn=1), "message": {"message_id": 1, "chat": CHAT, "date": 5}},
        {"data": "forged", "message": {"message_id": 1, "chat": CHAT, "date": 5}},
        {"data": "x", "message": {"message_id": 1, "chat": CHAT, "date": 0}},
        {"data": "x", "message": {"message_id": 1, "chat": {"id": GROUP, "type": "group"}, "date": 5}},
        {"data": "x", "inline_message_id": "abc"},
        {"game_short_name": "chess", "message": {"message_id": 1, "chat": CHAT, "date": 5}},
        {"from": None},
        {"message": "broken"},
        {},
    ],
)
def test_every_tap_is_answered_once(changes: dict[str, Any]) -> None:
    """Whatever it was and wherever: otherwise the button goes on spinning."""
    found = take(callback_query={"id": "4000", "from": SENDER, **changes})

    assert found.errands == (Errand("answer_tap", to="4000"),)


def test_a_tap_of_an_update_without_a_number_is_answered() -> None:
    """It is not heard, because nobody could tell it from its copy."""
    callback = {"id": "4000", "from": SENDER, "message": {"chat": CHAT, "date": 5}, "data": "x"}

    found = decode(json.dumps({"callback_query": callback}).encode(), NOW)

    assert found == Received(errands=(Errand("answer_tap", to="4000"),))


@pytest.mark.parametrize("callback_id", [None, "", 4000, ["4000"], "x" * 300])
def test_a_tap_without_an_id_cannot_be_answered(callback_id: object) -> None:
    """Nothing could be told to stop."""
    callback = {"id": callback_id, "from": SENDER, "message": {"chat": CHAT, "date": 5}, "data": "x"}

    assert take(callback_query=callback) == Received()


@pytest.mark.parametrize("chat", SHARED, ids=lambda chat: chat["type"])
@pytest.mark.parametrize("kind", ["message", "channel_post"])
def test_a_message_among_others_makes_us_leave(kind: str, chat: dict[str, Any]) -> None:
    """Nothing of it is read."""
    message = {"message_id": 1, "from": SENDER, "chat": chat, "date": 5, "text": "他說要公開"}

    assert take(**{kind: message}) == Received(errands=(LEAVE,))


@pytest.mark.parametrize("chat", SHARED, ids=lambda chat: chat["type"])
@pytest.mark.parametrize(
    ("member", "is_inside"),
    [
        ({"status": "member"}, True),
        ({"status": "administrator"}, True),
        ({"status": "creator"}, True),
        ({"status": "restricted", "is_member": True}, True),
        ({"status": "restricted", "is_member": False}, False),
        ({"status": "left"}, False),
        ({"status": "kicked"}, False),
        ({"status": ["member"]}, False),
        ({}, False),
    ],
)
def test_being_taken_into_a_group_makes_us_leave_and_being_put_out_nothing(
    chat: dict[str, Any], member: dict[str, Any], is_inside: bool
) -> None:
    """And nobody is forgotten because a group put us out."""
    change = {"chat": chat, "from": SENDER, "date": 5, "new_chat_member": member}

    assert take(my_chat_member=change) == Received(errands=(LEAVE,) if is_inside else ())


def test_one_update_leaves_one_place() -> None:
    """Should it show two."""
    other = {"chat": SHARED[2] | {"id": -7}, "date": 5, "text": "x"}

    found = take(message={"from": SENDER, "chat": SHARED[0], "text": "x"}, channel_post=other)

    assert found.errands == (LEAVE,)


@pytest.mark.parametrize(
    "chat", [None, "x", {"type": "group"}, {"id": "-5", "type": "group"}, {"id": -5, "type": ["group"]}]
)
def test_a_group_that_cannot_be_named_cannot_be_left(chat: object) -> None:
    """Malformed, and silence."""
    assert take(message={"from": SENDER, "chat": chat, "text": "x"}) == Received()


async def test_a_tap_is_answered_without_a_word(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """The spinner stops; nothing appears over the chat, where others could read it."""
    callback_id = telegram.make_tap_update(SOMEBODY, "x")["callback_query"]["id"]

    await telegram_channel.run_errand(Errand("answer_tap", to=callback_id))

    assert telegram.answered == [callback_id]
    assert telegram.requests[0].raw.decode() == f"callback_query_id={callback_id}"


async def test_a_group_is_left(telegram: FakeTelegramServer, telegram_channel: TelegramChannel) -> None:
    """From the update that showed it; a second time is harmless."""
    update = telegram.make_place_update(GROUP, SOMEBODY)
    [errand] = decode(json.dumps(update).encode(), NOW).errands

    await telegram_channel.run_errand(errand)
    await telegram_channel.run_errand(errand)

    assert telegram.chats.groups == set()
    assert methods(telegram) == ["leaveChat", "leaveChat"]


@pytest.mark.parametrize("errand", [Errand("answer_tap", to="old"), LEAVE, Errand("leave_place", to="x")])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(),
        Fault(500),
        Fault(429),
        Fault(401),
        Fault(drop="before"),
        Fault(drop="after"),
        Fault(body=b"?"),
    ],
    ids=str,
)
async def test_an_errand_is_tried_once_and_never_raises(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, errand: Errand, fault: Fault
) -> None:
    """Nobody waits for it: too old, already done, or Telegram is busy."""
    telegram.fail_next(fault)

    await telegram_channel.run_errand(errand)

    assert len(telegram.requests) == (errand.to != "x")


async def test_an_errand_that_takes_too_long_is_given_up(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """After the channel's time."""
    telegram_channel._timeout_s = 0.2
    telegram.fail_next(Fault(delay_s=30))

    await telegram_channel.run_errand(Errand("answer_tap", to="1"))

    assert telegram.answered == []


async def test_typing_is_shown_to_whoever_waits(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """In their chat."""
    telegram.make_text_update(SOMEBODY, "嗨")

    await telegram_channel.show_waiting(Address(to=str(SOMEBODY)))

    assert telegram.waiting == [SOMEBODY]


@pytest.mark.parametrize("fault", [Fault(), Fault(403), Fault(500), Fault(drop="before"), Fault(body=b"?")])
async def test_typing_that_cannot_be_shown_is_no_trouble(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, fault: Fault
) -> None:
    """The reply matters; to somebody unknown nothing is shown."""
    telegram.fail_next(fault)

    await telegram_channel.show_waiting(Address(to="43"))
    await telegram_channel.show_waiting(Address(to="somebody"))

    assert methods(telegram) == ["sendChatAction"]


async def test_nobody_is_asked_for_a_language(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Each update tells it."""
    assert await telegram_channel.find_locale(Address(to="42")) == ""
    assert telegram.requests == []


async def test_errands_log_no_token_and_nobody(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, caplog: pytest.LogCaptureFixture
) -> None:
    """The token is part of every address, done or refused."""
    caplog.set_level(logging.DEBUG)
    telegram.make_text_update(4242424242, "嗨")

    for fault in (Fault(), Fault(500, body=b"secret"), Fault(drop="before"), Fault(body=b"secret")):
        telegram.fail_next(fault)
        await telegram_channel.run_errand(Errand("answer_tap", to="777888999"))
        telegram.fail_next(fault)
        await telegram_channel.run_errand(LEAVE)
        telegram.fail_next(fault)
        await telegram_channel.show_waiting(Address(to="4242424242"))

    for secret in (telegram.token, "777888999", "4242424242", str(GROUP), "secret"):
        assert secret not in caplog.text


@pytest.mark.parametrize("given_secret", [None, "", "s" * 42, "S" * 43, "密", "\ud800"])
def test_anything_but_the_secret_is_refused(given_secret: str | None) -> None:
    """In constant time and without an exception."""
    assert not verify(given_secret, WEBHOOK_SECRET)


@pytest.mark.parametrize("headers", [{}, {"x-telegram-bot-api-secret-token": ""}])
def test_without_a_webhook_secret_nobody_is_let_in(headers: dict[str, str]) -> None:
    """Otherwise a missing header would be right; updates are polled for then."""
    channel = make_channel(webhook_secret="")

    assert not verify("", "")
    with pytest.raises(BadSignature):
        channel.read(b'{"update_id": 1}', headers)


@pytest.mark.parametrize(
    "wrong",
    [{"bot_token": ""}, {"bot_token": "1:a "}, {"webhook_secret": "s\n"}, {"webhook_secret": "密"}],
)
def test_settings_that_cannot_be_sent_are_refused(wrong: dict[str, str]) -> None:
    """A space or a line end came along when they were copied."""
    with pytest.raises(ConfigError, match="TELEGRAM_BOT_TOKEN"):
        make_channel(**wrong)


def test_a_body_is_not_looked_at_before_the_secret() -> None:
    """The header is found in any case."""
    channel = make_channel()

    with pytest.raises(BadSignature):
        channel.read(b"{", {})

    assert channel.read(b"{", {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET}) == Received()


def make_channel(**changes: str) -> TelegramChannel:
    settings = {"bot_token": "t", "webhook_secret": WEBHOOK_SECRET, **changes}
    return TelegramChannel(**settings, api_base="http://127.0.0.1:9", clock=lambda: NOW)
