"""Replies reach Telegram, and each failure is told apart."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.limits import TELEGRAM_LIMITS
from bot.channels.measure import count_units
from bot.channels.taps import decode_tap, encode_tap
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_messages import encode
from bot.core.reply import Reply
from bot.errors import ChannelError
from bot.ports import Address
from tests.channels.material import NOW, QUESTION, WEBHOOK_SECRET, make_reply
from tests.fakes.serving import Fault
from tests.fakes.telegram_server import FakeTelegramServer

SOMEBODY = 42
HOME = Address(to="42")


@pytest.fixture(autouse=True)
def _somebody_wrote(telegram: FakeTelegramServer) -> None:
    telegram.make_text_update(SOMEBODY, "嗨")


async def fail(channel: TelegramChannel, address: Address = HOME, reply: Reply = QUESTION) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await channel.deliver(address, reply)
    return caught.value


async def test_each_bubble_is_a_message_and_the_last_has_the_buttons(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """One choice per row, ways out in pairs; nothing can be forwarded or saved, no link is previewed."""
    await telegram_channel.deliver(HOME, QUESTION)

    first, last = telegram.sent
    assert [first.text, last.text] == ["我相信你。", "你現在安全嗎？"]
    assert first.keys == []
    assert [key["text"] for key in last.keys] == ["安全", "不安全", "找真人", "離開"]
    assert decode_tap(last.keys[0]["callback_data"]).id == "c0"  # type: ignore[union-attr]
    for sent in telegram.sent:
        assert sent.parameters["protect_content"] == "true"
        assert '"is_disabled": true' in sent.parameters["link_preview_options"]


async def test_a_tap_is_answered_before_the_message(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """The button's spinner stops first."""
    update = telegram.make_tap_update(SOMEBODY, encode_tap("c0", visit="a", turn=1))
    callback_id = update["callback_query"]["id"]

    await telegram_channel.deliver(Address(to="42", token=callback_id), QUESTION)

    assert telegram.answered == [callback_id]
    methods = [request.path.rsplit("/", 1)[-1] for request in telegram.requests]
    assert methods == ["answerCallbackQuery", "sendMessage", "sendMessage"]


@pytest.mark.parametrize("fault", [None, Fault(500), Fault(429), Fault(drop="before"), Fault(body=b"?")])
async def test_a_tap_that_cannot_be_answered_never_stops_the_message(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, fault: Fault | None
) -> None:
    """Too old, already answered, or Telegram is busy."""
    telegram.fail_next(*([fault] if fault else []))

    await telegram_channel.deliver(Address(to="42", token="old"), QUESTION)

    assert len(telegram.sent) == 2


async def test_someone_who_blocked_us_is_left_alone(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Permanently."""
    telegram.blocked.add(SOMEBODY)

    found = await fail(telegram_channel)

    assert (found.permanent, found.reached) == (True, False)


async def test_the_wait_that_telegram_asks_for_is_passed_on(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Nothing is sent before it is over."""
    body = b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":12}}'
    telegram.fail_next(Fault(429, body=body))

    found = await fail(telegram_channel)

    assert (found.permanent, found.reached, found.retry_after_s) == (False, False, 12.0)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the library's own, about the number
async def test_a_wait_given_as_a_number_is_the_same(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator may have kept the library's older type."""
    await telegram_channel.open()
    monkeypatch.setenv("PTB_TIMEDELTA", "false")
    telegram.fail_next(Fault(429, body=b'{"ok":false,"parameters":{"retry_after":12}}'))

    assert (await fail(telegram_channel)).retry_after_s == 12.0


@pytest.mark.parametrize(
    ("fault", "permanent", "reached"),
    [
        (Fault(400), True, False),
        (Fault(401), True, False),
        (Fault(403), True, False),
        (Fault(404), True, False),
        (Fault(409), True, False),
        (Fault(400, body=b'{"ok":false,"parameters":{"migrate_to_chat_id":-7}}'), True, False),
        (Fault(500), False, True),
        (Fault(502, body=b"<html>"), False, True),
        (Fault(drop="before"), False, True),
        (Fault(drop="after"), False, True),
        (Fault(delay_s=30), False, True),
    ],
    ids=str,
)
async def test_each_failure_is_told_apart(
    telegram: FakeTelegramServer,
    telegram_channel: TelegramChannel,
    fault: Fault,
    permanent: bool,
    reached: bool,
) -> None:
    """What the delivering worker decides on."""
    telegram_channel._timeout_s = 0.3 if fault.delay_s else 5.0
    telegram.fail_next(fault)

    found = await fail(telegram_channel)

    assert (permanent, False, reached) == (found.permanent, found.token_gone, found.reached)


async def test_a_failure_after_the_first_bubble_says_that_something_arrived(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Trying again says the first bubble twice."""
    telegram.fail_next(Fault(), Fault(400))

    assert (await fail(telegram_channel)).reached


@pytest.mark.parametrize(
    "body", [b"", b"?", b"{}", b"[]", b'{"ok":true,"result":{}}', b'{"ok":true,"result":5}']
)
async def test_an_unreadable_success_is_a_delivery(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, body: bytes
) -> None:
    """Telegram sends first and answers then."""
    telegram.fail_next(Fault(body=body))

    await telegram_channel.deliver(HOME, QUESTION)

    assert len(telegram.sent) == 2


@pytest.mark.parametrize("to", ["", "somebody", "４２x", "--"])
async def test_an_address_that_is_no_chat_is_refused_here(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, to: str
) -> None:
    """Telegram would take a name for a public channel."""
    assert (await fail(telegram_channel, Address(to=to))).permanent
    assert telegram.requests == []


async def test_a_reply_that_says_nothing_is_refused_here(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel
) -> None:
    """Telegram would refuse it."""
    assert (await fail(telegram_channel, reply=make_reply(""))).permanent
    assert telegram.requests == []


async def test_a_refused_connection_never_reached_telegram() -> None:
    """Trying again cannot say it twice."""
    async with FakeTelegramServer() as gone:
        base = gone.base_url
    channel = TelegramChannel(
        bot_token="1:a", webhook_secret=WEBHOOK_SECRET, api_base=base, clock=lambda: NOW
    )

    found = await fail(channel)
    await channel.close()

    assert (found.permanent, found.reached) == (False, False)


async def test_nothing_of_a_reply_or_the_token_is_logged_or_raised(
    telegram: FakeTelegramServer, telegram_channel: TelegramChannel, caplog: pytest.LogCaptureFixture
) -> None:
    """The token is part of every address, and the library prints answers it cannot read."""
    caplog.set_level(logging.DEBUG)
    await telegram_channel.deliver(HOME, QUESTION)
    telegram.fail_next(Fault(500, body="我相信你".encode()))
    found = await fail(telegram_channel)

    for secret in ("我相信你", telegram.token):
        assert secret not in caplog.text
        assert secret not in str(found)


def test_a_button_too_long_to_carry_is_told_as_text() -> None:
    """Sixty-four bytes; the others stay, and the numbered text names them all."""
    reply = make_reply("選一個", choices=["好", "不好"], visit="v" * 56)
    long_visit = make_reply("選一個", choices=["好", "不好"], visit="v" * 50)

    [message] = encode(reply)

    assert message.keyboard == ()
    assert message.text == "選一個\n\n也可以輸入數字：\n1 好\n2 不好\n隨時可以輸入：找真人"
    assert len(encode(long_visit)[0].keyboard) == 2


def test_numbered_text_that_does_not_fit_is_a_message_of_its_own() -> None:
    """With the buttons that are left, if any."""
    *_, last = encode(make_reply("長" * 4_090, choices=["好"], visit="v" * 99))

    assert last.text == "也可以輸入數字：\n1 好\n隨時可以輸入：找真人"


def test_without_words_to_number_nothing_is_added() -> None:
    """Too many ways out, and no hint in this language."""
    reply = make_reply("嗨", ways_out=["離開"], visit="v" * 99, ways_hint="")

    assert [message.text for message in encode(reply)] == ["嗨"]


@settings(max_examples=40)
@given(
    bubbles=st.lists(st.text(max_size=50) | st.just("長" * 5_000), max_size=7),
    choices=st.lists(st.text(min_size=1, max_size=80), max_size=110),
    ways_out=st.lists(st.text(min_size=1, max_size=80), max_size=9),
)
def test_every_reply_fits(bubbles: list[str], choices: list[str], ways_out: list[str]) -> None:
    """Texts, rows, keys and what they carry."""
    messages = encode(make_reply(*bubbles, choices=choices, ways_out=ways_out))

    assert all(1 <= count_units(m.text) <= TELEGRAM_LIMITS.text_units for m in messages)
    assert all(m.keyboard == () for m in messages[:-1])
    keys = [key for m in messages for row in m.keyboard for key in row]
    assert len(keys) <= TELEGRAM_LIMITS.buttons
    assert all(1 <= len(key.carried.encode()) <= TELEGRAM_LIMITS.tap_bytes for key in keys)
