"""
A small, strict Telegram Bot API, and the updates of one person in a private chat.

Requests are form-encoded, as the library sends them. Unknown parameters are refused, and every
object returned has all required fields. `getFile` and any download are violations.
Source: Telegram Bot API; refusals worded as the server's own source words them.
"""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.serving import FakeServer

_SEND_MESSAGE = {
    "chat_id",
    "text",
    "parse_mode",
    "entities",
    "link_preview_options",
    "disable_notification",
    "protect_content",
    "reply_markup",
    "message_thread_id",
}
_ANSWER = {"callback_query_id", "text", "show_alert", "url", "cache_time"}
_MAX_ROW = 8
_MAX_KEYS = 100


@dataclass(frozen=True, slots=True)
class SentText:
    """One accepted message with the parameters it was sent with."""

    chat_id: int
    text: str
    parameters: dict[str, str]

    @property
    def keys(self) -> list[dict[str, Any]]:
        markup = json.loads(self.parameters.get("reply_markup", '{"inline_keyboard": []}'))
        return [key for row in markup["inline_keyboard"] for key in row]


class BotRefused(Exception):
    """An error answer; nothing was sent."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


class FakeTelegramServer(FakeServer):
    """Knows the chats that have written to it; anybody else is `chat not found`."""

    def __init__(self, *, token: str = "123456:telegram-token") -> None:  # noqa: S107  # the fake's own
        super().__init__()
        self.token = token
        self.sent: list[SentText] = []
        self.answered: list[str] = []
        self.blocked: set[int] = set()
        self._chats: set[int] = set()
        self._callbacks: set[str] = set()
        self._numbers = itertools.count(1)

    def make_text_update(self, user_id: int, text: str, **more: Any) -> dict[str, Any]:
        return self.make_message_update(user_id, text=text, **more)

    def make_message_update(self, user_id: int, **content: Any) -> dict[str, Any]:
        """Make an update of a message in a private chat; `content` holds the kind's own fields."""
        self._chats.add(user_id)
        return {"update_id": next(self._numbers), "message": {**self._message(user_id), **content}}

    def make_tap_update(self, user_id: int, carried: str) -> dict[str, Any]:
        """Make an update of a pressed inline button; the callback can be answered once."""
        self._chats.add(user_id)
        callback_id = str(4_000_000_000 + next(self._numbers))
        self._callbacks.add(callback_id)
        callback = {
            "id": callback_id,
            "from": _user(user_id),
            "chat_instance": "1",
            "message": {**self._message(user_id), "text": "…"},
            "data": carried,
        }
        return {"update_id": next(self._numbers), "callback_query": callback}

    def make_block_update(self, user_id: int, status: str = "kicked") -> dict[str, Any]:
        """Make the update that says that the person blocked (or unblocked) the bot."""
        change = {
            "chat": _chat(user_id),
            "from": _user(user_id),
            "date": int(time.time()),
            "old_chat_member": {"user": _user(1), "status": "member"},
            "new_chat_member": {"user": _user(1), "status": status},
        }
        return {"update_id": next(self._numbers), "my_chat_member": change}

    def _message(self, user_id: int) -> dict[str, Any]:
        return {
            "message_id": next(self._numbers),
            "from": _user(user_id),
            "chat": _chat(user_id),
            "date": int(time.time()),
        }

    async def respond(self, request: Request, raw: bytes) -> Response:
        """Carry out one request as Telegram would."""
        try:
            result = self._route(request, raw)
        except BotRefused as refused:
            return JSONResponse(
                {"ok": False, "error_code": refused.code, "description": refused.description}, refused.code
            )
        return JSONResponse({"ok": True, "result": result})

    def _route(self, request: Request, raw: bytes) -> Any:
        path = request.url.path
        if path.startswith("/file/") or path.lower().endswith("/getfile"):
            self.violations.append(f"a file was asked for: {path.rsplit('/', 1)[-1]}")
            raise BotRefused(500, "Files are never asked for")
        prefix, _, method = path.rpartition("/")
        if prefix != f"/bot{self.token}":
            raise BotRefused(401, "Unauthorized")
        parameters = _read_form(request, raw)
        match method:
            case "getMe":
                return {**_user(1), "is_bot": True, "username": "frontdoor_bot"}
            case "sendMessage":
                return self._send_message(parameters)
            case "answerCallbackQuery":
                return self._answer_callback(parameters)
        raise BotRefused(404, "Not Found")

    def _send_message(self, parameters: dict[str, str]) -> dict[str, Any]:
        _refuse_unknown(parameters, _SEND_MESSAGE)
        chat_id, text = parameters.get("chat_id", ""), parameters.get("text", "")
        if not chat_id.lstrip("-").isdigit() or int(chat_id) not in self._chats:
            raise BotRefused(400, "Bad Request: chat not found")
        if int(chat_id) in self.blocked:
            raise BotRefused(403, "Forbidden: bot was blocked by the user")
        if not text.strip():
            raise BotRefused(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            raise BotRefused(400, "Bad Request: message is too long")
        if "reply_markup" in parameters:
            _check_keyboard(json.loads(parameters["reply_markup"]))
        self.sent.append(SentText(int(chat_id), text, parameters))
        return {**self._message(int(chat_id)), "text": text}

    def _answer_callback(self, parameters: dict[str, str]) -> bool:
        _refuse_unknown(parameters, _ANSWER)
        callback_id = parameters.get("callback_query_id", "")
        if callback_id not in self._callbacks:
            too_old = "query is too old and response timeout expired or query ID is invalid"
            raise BotRefused(400, f"Bad Request: {too_old}")
        self._callbacks.remove(callback_id)
        self.answered.append(callback_id)
        return True


def _user(user_id: int) -> dict[str, Any]:
    return {"id": user_id, "is_bot": False, "first_name": "測試", "language_code": "zh-hant"}


def _chat(user_id: int) -> dict[str, Any]:
    return {"id": user_id, "type": "private", "first_name": "測試"}


def _read_form(request: Request, raw: bytes) -> dict[str, str]:
    kind = request.headers.get("content-type", "")
    if raw and not kind.startswith("application/x-www-form-urlencoded"):
        raise BotRefused(400, "Bad Request: expected a form")
    return dict(parse_qsl(raw.decode(), keep_blank_values=True))


def _refuse_unknown(parameters: dict[str, str], known: set[str]) -> None:
    unknown = set(parameters) - known
    if unknown:
        raise BotRefused(400, f"Bad Request: unknown parameters {sorted(unknown)}")


def _check_keyboard(markup: dict[str, Any]) -> None:
    rows = markup.get("inline_keyboard")
    if not isinstance(rows, list) or not rows:
        raise BotRefused(400, "Bad Request: inline keyboard expected")
    keys = [key for row in rows for key in row]
    if any(not 1 <= len(row) <= _MAX_ROW for row in rows) or len(keys) > _MAX_KEYS:
        raise BotRefused(400, "Bad Request: reply markup is too long")
    for key in keys:
        if not str(key.get("text", "")).strip():
            raise BotRefused(400, "Bad Request: text buttons are unallowed in the inline keyboard")
        if not 1 <= len(key.get("callback_data", "").encode()) <= 64:
            raise BotRefused(400, "Bad Request: BUTTON_DATA_INVALID")
