"""
A small, strict Telegram Bot API, and the updates of people in private chats and groups.

Requests are form-encoded, as the library sends them. Unknown parameters are refused, and every
object returned has all required fields. `getFile` and any download are violations.
Source: Telegram Bot API; refusals worded as the server's own source words them.
"""

from __future__ import annotations

import inspect
import itertools
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.serving import FakeServer
from tests.fakes.telegram_chats import BotRefused, Chat, Chats, Posted
from tests.fakes.telegram_console import TelegramConsole

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
_ACTION = {"chat_id", "action", "message_thread_id", "business_connection_id"}
#: Source: Telegram Bot API, deleteMessages, `message_ids`.
_MAX_IDS = 100
_MAX_ROW = 8
_MAX_KEYS = 100


@dataclass(frozen=True, slots=True)
class SentText:
    """One accepted message with the parameters it was sent with."""

    chat_id: int
    text: str
    parameters: dict[str, str]
    message_id: int = 0

    @property
    def keys(self) -> list[dict[str, Any]]:
        return _read_keys(self.parameters)


class FakeTelegramServer(FakeServer):
    """
    Knows the chats that have written to it; anybody else is `chat not found`.

    `early` are messages sent before the wait that was asked for was over, `waiting` the chats that
    were shown "typing…".
    """

    def __init__(self, *, token: str = "123456:telegram-token") -> None:  # noqa: S107  # the fake's own
        super().__init__()
        self.token = token
        self.chats = Chats()
        self.console = TelegramConsole()
        self.sent: list[SentText] = []
        self.answered: list[str] = []
        self.waiting: list[int] = []
        self.early: list[int] = []
        self._callbacks: set[str] = set()
        self._waits: dict[int, int] = {}
        self._silent_until: dict[int, float] = {}
        self._numbers = itertools.count(1)

    @property
    def blocked(self) -> set[int]:
        """Who has blocked the bot; to be added to."""
        return self.chats.blocked

    def screen(self, user_id: int) -> list[str]:
        """Return what stands in somebody's chat now, both sides, oldest first."""
        return [posted.text for posted in self.chats.private[user_id].posted.values()]

    def slow_down(self, user_id: int, retry_after: int) -> None:
        """Refuse the next message to that chat with 429, and every one that comes before the wait is over."""
        self._waits[user_id] = retry_after

    async def __aexit__(self, *fault: object) -> None:
        self.console.close()
        await super().__aexit__(*fault)

    # What people do

    def make_text_update(self, user_id: int, text: str, **more: Any) -> dict[str, Any]:
        return self.make_message_update(user_id, text=text, **more)

    def make_message_update(self, user_id: int, **content: Any) -> dict[str, Any]:
        """Make an update of a message in a private chat; `content` holds the kind's own fields."""
        if "chat" in content:
            return self._make_update("message", self._message(user_id, next(self._numbers)) | content)
        sent_at = content.get("date", self.chats.now())
        text = content.get("text", f"[{next(iter(content), '')}]")
        posted = self.chats.private[user_id].post(text, sent_at=sent_at, is_ours=False)
        return self._make_update("message", self._message(user_id, posted.number) | content)

    def make_edit_update(self, user_id: int, message_id: int, text: str, **more: Any) -> dict[str, Any]:
        """Make the update that says that somebody changed a message of theirs."""
        posted = self.chats.private[user_id].edit(message_id, text)
        dates = {"date": posted.sent_at, "edit_date": self.chats.now()}
        edited = {**self._message(user_id, message_id), **dates, "text": text, **more}
        return self._make_update("edited_message", edited)

    def make_tap_update(
        self, user_id: int, carried: str, *, is_accessible: bool = True, **changes: Any
    ) -> dict[str, Any]:
        """Make an update of a pressed inline button; the callback can be answered once."""
        chat = self.chats.private[user_id]
        under = chat.find_ours(carried) or self._post_button(chat, carried)
        message = {**self._message(1, under.number), "chat": _chat(user_id), "text": under.text}
        lost = {"chat": _chat(user_id), "message_id": under.number, "date": 0}
        callback = {
            "id": str(4_000_000_000 + next(self._numbers)),
            "from": _user(user_id),
            "chat_instance": "1",
            "message": message if is_accessible else lost,
            "data": carried,
            **changes,
        }
        self._callbacks.add(callback["id"])
        return self._make_update("callback_query", callback)

    def make_block_update(self, user_id: int, status: str = "kicked") -> dict[str, Any]:
        """Make the update that says that the person blocked (or unblocked) the bot."""
        if status == "kicked":
            self.blocked.add(user_id)
        else:
            self.blocked.discard(user_id)
        return self._make_update("my_chat_member", self._change(_chat(user_id), user_id, status))

    def make_group_update(self, group_id: int, user_id: int, **content: Any) -> dict[str, Any]:
        """Make an update of a message in a group that the bot is in."""
        self.chats.groups.add(group_id)
        group = {"id": group_id, "type": "supergroup", "title": "測試"}
        return self.make_message_update(user_id, chat=group, **content)

    def make_place_update(self, group_id: int, user_id: int, status: str = "member") -> dict[str, Any]:
        """Make the update that says that somebody took the bot into a group, or put it out."""
        if status not in {"left", "kicked"}:
            self.chats.groups.add(group_id)
        group = {"id": group_id, "type": "group", "title": "測試"}
        return self._make_update("my_chat_member", self._change(group, user_id, status))

    def _make_update(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        return {"update_id": next(self._numbers), kind: content}

    def _post_button(self, chat: Chat, carried: str) -> Posted:
        return chat.post("…", sent_at=self.chats.now(), is_ours=True, keys=(carried,))

    def _message(self, user_id: int, number: int) -> dict[str, Any]:
        return {
            "message_id": number,
            "from": _user(user_id),
            "chat": _chat(user_id),
            "date": self.chats.now(),
        }

    def _change(self, chat: dict[str, Any], user_id: int, status: str) -> dict[str, Any]:
        return {
            "chat": chat,
            "from": _user(user_id),
            "date": self.chats.now(),
            "old_chat_member": {"user": _user(1), "status": "member"},
            "new_chat_member": {"user": _user(1), "status": status},
        }

    # What the bot may do

    async def respond(self, request: Request, raw: bytes) -> Response:
        """Carry out one request as Telegram would."""
        try:
            result = self._route(request, raw)
            if inspect.isawaitable(result):  # getUpdates is held until there is something
                result = await result
        except BotRefused as refused:
            return _write_refusal(refused)
        return JSONResponse({"ok": True, "result": result})

    def _route(self, request: Request, raw: bytes) -> Any:
        path = request.url.path
        if path.startswith("/file/") or path.lower().endswith("/getfile"):
            self.violations.append(f"a file was asked for: {path.rsplit('/', 1)[-1]}")
            raise BotRefused(500, "Files are never asked for")
        prefix, _, method = path.rpartition("/")
        if prefix != f"/bot{self.token}":
            raise BotRefused(401, "Unauthorized")
        carry_out = self._methods().get(method)
        if carry_out is None:
            raise BotRefused(404, "Not Found")
        return carry_out(_read_form(request, raw))

    def _methods(self) -> dict[str, Callable[[dict[str, str]], Any]]:
        return {
            **self.console.methods(),
            "sendMessage": self._send_message,
            "answerCallbackQuery": self._answer_callback,
            "deleteMessage": self._delete_message,
            "deleteMessages": self._delete_messages,
            "sendChatAction": self._show_action,
            "leaveChat": self._leave_chat,
        }

    def _send_message(self, parameters: dict[str, str]) -> dict[str, Any]:
        _refuse_unknown(parameters, _SEND_MESSAGE)
        text = parameters.get("text", "")
        chat_id, chat = self.chats.require_chat(parameters.get("chat_id", ""))
        self._refuse_early(chat_id)
        if not text.strip():
            raise BotRefused(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            raise BotRefused(400, "Bad Request: message is too long")
        if "reply_markup" in parameters:
            _check_keyboard(json.loads(parameters["reply_markup"]))
        keys = tuple(key["callback_data"] for key in _read_keys(parameters))
        posted = chat.post(text, sent_at=self.chats.now(), is_ours=True, keys=keys)
        self.sent.append(SentText(chat_id, text, parameters, posted.number))
        return {**self._message(1, posted.number), "chat": _chat(chat_id), "text": text}

    def _refuse_early(self, chat_id: int) -> None:
        now = self.chats.now()
        if now < self._silent_until.get(chat_id, 0):
            self.early.append(chat_id)
        elif chat_id in self._waits:
            self._silent_until[chat_id] = now + self._waits.pop(chat_id)
        wait = math.ceil(self._silent_until.get(chat_id, 0) - now)
        if wait > 0:
            raise BotRefused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)

    def _delete_message(self, parameters: dict[str, str]) -> bool:
        _refuse_unknown(parameters, {"chat_id", "message_id"})
        number = parameters.get("message_id", "")
        if not number.isdigit() or int(number) == 0:
            raise BotRefused(400, "Bad Request: message identifier is not specified")
        self.chats.delete_one(parameters.get("chat_id", ""), int(number))
        return True

    def _delete_messages(self, parameters: dict[str, str]) -> bool:
        _refuse_unknown(parameters, {"chat_id", "message_ids"})
        numbers = json.loads(parameters.get("message_ids", "[]"))
        if not numbers:
            raise BotRefused(400, "Bad Request: message identifiers are not specified")
        if len(numbers) > _MAX_IDS:
            raise BotRefused(400, "Bad Request: too many message identifiers specified")
        if not all(isinstance(number, int) and number > 0 for number in numbers):
            raise BotRefused(400, "Bad Request: invalid message identifier specified")
        self.chats.delete_all(parameters.get("chat_id", ""), numbers)
        return True

    def _show_action(self, parameters: dict[str, str]) -> bool:
        _refuse_unknown(parameters, _ACTION)
        if parameters.get("action") != "typing":
            raise BotRefused(400, "Bad Request: wrong parameter action in request")
        chat_id, _ = self.chats.require_chat(parameters.get("chat_id", ""))
        self.waiting.append(chat_id)
        return True

    def _leave_chat(self, parameters: dict[str, str]) -> bool:
        _refuse_unknown(parameters, {"chat_id"})
        chat_id = parameters.get("chat_id", "")
        if not chat_id.startswith("-"):
            self.violations.append("a private chat was left")
            raise BotRefused(400, "Bad Request: chat not found")
        self.chats.leave(chat_id)
        return True

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


def _write_refusal(refused: BotRefused) -> JSONResponse:
    wait = refused.retry_after
    parameters = {} if wait is None else {"parameters": {"retry_after": wait}}
    answer = {"ok": False, "error_code": refused.code, "description": refused.description, **parameters}
    return JSONResponse(answer, refused.code)


def _read_keys(parameters: dict[str, str]) -> list[dict[str, Any]]:
    markup = json.loads(parameters.get("reply_markup", '{"inline_keyboard": []}'))
    return [key for row in markup["inline_keyboard"] for key in row]


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
