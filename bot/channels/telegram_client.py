"""
One Telegram Bot API client for the whole process, and what its failures mean.

Imports python-telegram-bot: only `telegram.TelegramChannel.open` imports this module. The token is
part of every address, and error texts may hold addresses or bodies, so none of them leaves here.
"""

from __future__ import annotations

import contextlib
import json
import logging
from typing import Any

import httpx
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import NetworkError, TelegramError
from telegram.ext import Defaults, ExtBot
from telegram.request import HTTPXRequest

from bot.channels.telegram_messages import Keyboard, Message, encode
from bot.core.reply import Reply
from bot.errors import ChannelError

#: The request never left this machine.
_NOT_SENT = (
    httpx.PoolTimeout,
    httpx.ConnectTimeout,
    httpx.ConnectError,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
#: What the library lets out when a 2xx says something it cannot read.
_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError)
#: Source: Telegram Bot API, deleteMessages, `message_ids`.
_MAX_WIPED_AT_ONCE = 100
#: More is no wait but a broken answer; no date could hold it.
_LONGEST_WAIT_S = 10**9
_BAD_REQUEST = 400
_TOO_MANY = 429
_SERVER_FAULT = 500
#: A wrong token, in one form or the other. Source: python-telegram-bot, BaseRequest.
_BAD_TOKEN = frozenset({401, 404})
#: Nobody reads there any more. A bare 403 may be a proxy's and says nothing about a person.
#: Source: telegram-bot-api, Client.cpp, fail_query_with_error and check_chat.
_GONE = ("blocked by the user", "user is deactivated", "chat not found", "can't initiate conversation")


class _Refused(TelegramError):
    """
    An answer other than 2xx, with what the library's own exceptions leave out: the status.

    Telegram's words stay in `said`, so that no message of this exception holds anything.
    """

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__("refused")
        answer = _read_answer(body)
        self.status = status
        self.said = str(answer.get("description", "")).lower()
        self.wait_s = _read_wait_s(answer.get("parameters"))


class _Request(HTTPXRequest):
    """The library's transport; an error answer is handed out as it was."""

    async def do_request(self, *args: Any, **more: Any) -> tuple[int, bytes]:
        """Make one request. `_Refused` for any answer but 2xx."""
        status, body = await super().do_request(*args, **more)
        if httpx.codes.is_success(status):
            return status, body
        raise _Refused(status, body)


class TelegramClient:
    """The library's bot, shared. Nothing is fetched at start: no `getMe`, no updates."""

    def __init__(self, *, token: str, api_base: str, timeout_s: float) -> None:
        _quiet_loggers()
        self._request = _make_request(timeout_s)
        self._bot: ExtBot[None] = ExtBot(
            token,
            base_url=f"{api_base}/bot",
            base_file_url=f"{api_base}/file/bot",
            request=self._request,
            get_updates_request=self._request,
            defaults=Defaults(
                protect_content=True, link_preview_options=LinkPreviewOptions(is_disabled=True)
            ),
        )

    async def send(self, chat_id: int, reply: Reply, *, done: int) -> tuple[str, ...]:
        """
        Send each bubble but the first `done`; returns the ids of those sent now.

        A ChannelError speaks of the bubble that failed, and tells how many arrived before it.
        """
        messages = encode(reply)
        if not messages:
            raise ChannelError("Telegram: nothing to say", permanent=True)
        ids: list[str] = []
        for arrived, message in enumerate(messages[done:], start=done):
            try:
                ids += await self._send_one(chat_id, message, is_quiet=reply.hushed)
            except ChannelError as refusal:
                refusal.done, refusal.message_ids = arrived, tuple(ids)
                raise
        return tuple(ids)

    async def wipe(self, chat_id: int, message_ids: tuple[str, ...]) -> bool:
        """
        Delete messages of both sides; True when every one is gone, by us or before.

        A ChannelError never says `reached`: nothing was to be shown, and doing it again harms nothing.
        """
        ids = [int(number) for number in message_ids if number.isascii() and number.isdecimal()]
        batches = [ids[at : at + _MAX_WIPED_AT_ONCE] for at in range(0, len(ids), _MAX_WIPED_AT_ONCE)]
        try:
            are_gone = [await self._wipe_batch(chat_id, batch) for batch in batches]
        except ChannelError as refusal:
            refusal.reached = False
            raise
        return all(are_gone) and len(ids) == len(message_ids)

    async def answer_tap(self, callback_id: str) -> None:
        """Stop a button's spinner. Too late or already answered: it stops by itself."""
        with contextlib.suppress(TelegramError, *_UNREADABLE):
            await self._bot.answer_callback_query(callback_id)

    async def leave_place(self, chat_id: str) -> None:
        """Leave a group or channel. Whoever has put us out already has done it for us."""
        with contextlib.suppress(TelegramError, *_UNREADABLE):
            await self._bot.leave_chat(int(chat_id))

    async def show_typing(self, chat_id: int) -> None:
        """Show "typing…"; not worth a second try."""
        with contextlib.suppress(TelegramError, *_UNREADABLE):
            await self._bot.send_chat_action(chat_id, "typing")

    async def close(self) -> None:
        """Release the connections."""
        await self._request.shutdown()

    async def _send_one(self, chat_id: int, message: Message, *, is_quiet: bool) -> list[str]:
        """Return the id, or nothing where the answer is unreadable: Telegram sends first and answers then."""
        markup = _write_markup(message.keyboard)
        try:
            sent = await self._bot.send_message(
                chat_id, message.text, reply_markup=markup, disable_notification=is_quiet
            )
        except TelegramError as fault:
            _raise_unless_done(fault)
            return []
        except _UNREADABLE:
            return []
        return [str(sent.message_id)]

    async def _wipe_batch(self, chat_id: int, ids: list[int]) -> bool:
        """A batch with a message that is too old may be refused whole: then the others go one by one."""
        try:
            await self._bot.delete_messages(chat_id, ids)
        except TelegramError as fault:
            if not _is_about_messages(fault):
                _raise_unless_done(fault)
                return True
        except _UNREADABLE:
            return True
        else:
            return True
        return all([await self._wipe_one(chat_id, number) for number in ids])

    async def _wipe_one(self, chat_id: int, number: int) -> bool:
        try:
            await self._bot.delete_message(chat_id, number)
        except TelegramError as fault:
            if isinstance(fault, _Refused) and _is_about_messages(fault):
                return "message to delete not found" in fault.said
            _raise_unless_done(fault)
        except _UNREADABLE:
            return True
        return True


def _make_request(timeout_s: float) -> HTTPXRequest:
    return _Request(
        connect_timeout=timeout_s, read_timeout=timeout_s, write_timeout=timeout_s, pool_timeout=timeout_s
    )


def _quiet_loggers() -> None:
    """At INFO httpx prints addresses with the token; at ERROR the library prints answers whole."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.CRITICAL)


def _write_markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(key.label, callback_data=key.carried) for key in row] for row in keyboard]
    return InlineKeyboardMarkup(rows) if rows else None


def _is_about_messages(fault: TelegramError) -> bool:
    """Whether the messages were refused, not the chat, the token or the pace."""
    return isinstance(fault, _Refused) and fault.status == _BAD_REQUEST and not _is_gone(fault)


def _is_gone(refused: _Refused) -> bool:
    return any(words in refused.said for words in _GONE)


def _raise_unless_done(fault: TelegramError) -> None:
    """Say what a failure means; a 2xx that the library cannot read is none."""
    if isinstance(fault, _Refused):
        raise _refusal(fault) from None
    if isinstance(fault, NetworkError):
        is_reached = not isinstance(fault.__cause__, _NOT_SENT)
        raise ChannelError("Telegram: no clear answer", permanent=False, reached=is_reached) from None


def _refusal(refused: _Refused) -> ChannelError:
    """
    Say what an error answer means: first the status, then, about the person, Telegram's own words.

    There is no idempotency key, so that an unclear answer must stay unclear.
    """
    status = refused.status
    if status == _TOO_MANY or (status < _SERVER_FAULT and refused.wait_s is not None):
        return ChannelError("Telegram: too many requests", permanent=False, retry_after_s=refused.wait_s)
    if status >= _SERVER_FAULT:
        return ChannelError(
            f"Telegram: {status}", permanent=False, reached=True, retry_after_s=refused.wait_s
        )
    return ChannelError(
        f"Telegram: refused with {status}",
        permanent=status >= _BAD_REQUEST,  # a redirect is somebody's between us and Telegram
        gone=_is_gone(refused),
        halts=status in _BAD_TOKEN,
    )


def _read_answer(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _read_wait_s(parameters: object) -> float | None:
    """Source: Telegram Bot API, ResponseParameters, `retry_after`: whole seconds."""
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(wait) if isinstance(wait, int | float) and 0 <= wait <= _LONGEST_WAIT_S else None
