"""The fake Telegram is as strict as the real one where it matters to us."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from bot.channels.taps import encode_tap
from tests.fakes.telegram_server import FakeTelegramServer

SOMEBODY = 42


async def call(telegram: FakeTelegramServer, method: str, **parameters: Any) -> tuple[int, str]:
    """Return the status, and what was said or the result."""
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{telegram.base_url}/bot{telegram.token}/{method}", data=parameters)
    body = answer.json()
    return answer.status_code, body.get("description", str(body.get("result")))


@pytest.mark.parametrize(
    ("method", "parameters", "expected"),
    [
        ("deleteMessages", {"message_ids": "[]"}, "Bad Request: message identifiers are not specified"),
        (
            "deleteMessages",
            {"message_ids": json.dumps(list(range(1, 102)))},
            "Bad Request: too many message identifiers specified",
        ),
        ("deleteMessages", {"message_ids": "[0]"}, "Bad Request: invalid message identifier specified"),
        ("deleteMessage", {"message_id": "0"}, "Bad Request: message identifier is not specified"),
        ("deleteMessage", {"message_id": "9"}, "Bad Request: message to delete not found"),
        ("deleteMessages", {"message_ids": "[1]", "revoke": "true"}, "Bad Request: unknown parameters ['revoke']"),
        ("sendChatAction", {"action": "dancing"}, "Bad Request: wrong parameter action in request"),
        ("sendMessage", {"text": " "}, "Bad Request: message text is empty"),
        ("sendMessage", {"text": "長" * 4_097}, "Bad Request: message is too long"),
        ("sendMessage", {"text": "x", "reply_markup": '{"inline_keyboard": [[]]}'}, "Bad Request: reply markup is too long"),
        ("sendMessage", {"text": "x", "silent": "true"}, "Bad Request: unknown parameters ['silent']"),
    ],
)  # fmt: skip
async def test_what_telegram_refuses_is_refused(
    telegram: FakeTelegramServer, method: str, parameters: dict[str, str], expected: str
) -> None:
    """And nothing is done."""
    telegram.make_text_update(SOMEBODY, "嗨")

    assert await call(telegram, method, chat_id=str(SOMEBODY), **parameters) == (400, expected)
    assert telegram.screen(SOMEBODY) == ["嗨"]


async def test_a_message_named_twice_is_deleted_once(telegram: FakeTelegramServer) -> None:
    """And unknown ones are skipped."""
    telegram.make_text_update(SOMEBODY, "嗨")

    assert await call(telegram, "deleteMessages", chat_id="42", message_ids="[1, 1, 77]") == (200, "True")
    assert telegram.screen(SOMEBODY) == []


async def test_an_edit_changes_the_screen(telegram: FakeTelegramServer) -> None:
    """With the dates of both."""
    number = telegram.make_text_update(SOMEBODY, "一")["message"]["message_id"]
    telegram.chats.pass_time(seconds=60)

    edited = telegram.make_edit_update(SOMEBODY, number, "二")["edited_message"]

    assert telegram.screen(SOMEBODY) == ["二"]
    assert edited["edit_date"] - edited["date"] in {60, 61}


async def test_a_tap_sits_under_the_message_with_that_button(telegram: FakeTelegramServer) -> None:
    """The newest that has it; a lost one shows only where it was."""
    carried = [encode_tap("c0", visit="a", turn=turn) for turn in (1, 2)]
    for data in (*carried, carried[0]):
        markup = json.dumps({"inline_keyboard": [[{"text": "好", "callback_data": data}]]})
        telegram.make_text_update(SOMEBODY, "嗨")
        await call(telegram, "sendMessage", chat_id="42", text="？", reply_markup=markup)

    def under(data: str, **more: Any) -> dict[str, Any]:
        message = telegram.make_tap_update(SOMEBODY, data, **more)["callback_query"]["message"]
        return dict(message)

    assert [under(data)["message_id"] for data in (*carried, "forged")] == [6, 4, 6]
    assert under(carried[0], is_accessible=False).keys() == {"chat", "message_id", "date"}


async def test_leaving_a_private_chat_or_fetching_a_file_must_never_happen(
    telegram: FakeTelegramServer,
) -> None:
    """A test in which it does fails."""
    await call(telegram, "leaveChat", chat_id="42")
    await call(telegram, "getFile", file_id="x")

    assert telegram.violations == ["a private chat was left", "a file was asked for: getFile"]
    telegram.violations.clear()


@pytest.mark.parametrize("status", ["left", "kicked"])
async def test_being_put_out_of_a_group_is_no_being_in(telegram: FakeTelegramServer, status: str) -> None:
    """Then there is nothing to leave."""
    telegram.make_place_update(-5, SOMEBODY, status)

    assert await call(telegram, "leaveChat", chat_id="-5") == (
        403,
        "Forbidden: bot is not a member of the group chat",
    )
