"""
One Telegram Bot API client for the whole process, and what its failures mean.

Imports python-telegram-bot: only `telegram.TelegramChannel.open` imports this module. The token is
part of every address, and error texts may hold addresses or bodies, so none of them leaves here.
"""

from __future__ import annotations

import contextlib
import logging
import os
from datetime import timedelta

import httpx
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.ext import Defaults, ExtBot
from telegram.request import HTTPXRequest

from bot.channels.telegram_messages import Keyboard, Message, encode
from bot.core.reply import Reply
from bot.errors import ChannelError

_PERMANENT = (Forbidden, BadRequest, InvalidToken, Conflict, ChatMigrated)
#: The request never left this machine.
_NOT_SENT = (httpx.PoolTimeout, httpx.ConnectTimeout, httpx.ConnectError)


#: Opt in to durations as the library asks; otherwise each 429 warns of the coming change.
#: Source: python-telegram-bot, telegram._utils.datetime.get_timedelta_value
os.environ.setdefault("PTB_TIMEDELTA", "true")


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

    async def send(self, chat_id: str, callback_id: str, reply: Reply) -> None:
        """
        Stop the button's spinner, then send each bubble. ChannelError says what a failure means.

        After a failure part of the reply may have been delivered: then `reached` is true.
        """
        messages = encode(reply)
        if not messages:
            raise ChannelError("Telegram: nothing to say", permanent=True)
        if callback_id:
            await self._answer(callback_id)
        for index, message in enumerate(messages):
            await self._send_one(chat_id, message, is_first=index == 0)

    async def close(self) -> None:
        """Release the connections."""
        await self._request.shutdown()

    async def _answer(self, callback_id: str) -> None:
        # Too late or already answered: the spinner stops by itself, and the message matters more.
        with contextlib.suppress(TelegramError):
            await self._bot.answer_callback_query(callback_id)

    async def _send_one(self, chat_id: str, message: Message, *, is_first: bool) -> None:
        markup = _write_markup(message.keyboard)
        try:
            await self._bot.send_message(int(chat_id), message.text, reply_markup=markup)
        except TelegramError as fault:
            refusal = _refusal(fault)
            if refusal is None:
                return
            refusal.reached = refusal.reached or not is_first
            raise refusal from None
        except (ValueError, TypeError, LookupError, AttributeError):
            return  # a 2xx that the library cannot read: Telegram sends first and answers then


def _make_request(timeout_s: float) -> HTTPXRequest:
    return HTTPXRequest(
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


def _refusal(fault: TelegramError) -> ChannelError | None:
    """Say what a failure means; None when the message was delivered and only the answer is unreadable."""
    if isinstance(fault, RetryAfter):
        wait_s = _read_wait_s(fault)
        return ChannelError("Telegram: too many requests", permanent=False, retry_after_s=wait_s)
    if isinstance(fault, _PERMANENT):
        return ChannelError(f"Telegram: refused ({type(fault).__name__})", permanent=True)
    if isinstance(fault, NetworkError):
        is_reached = not isinstance(fault.__cause__, _NOT_SENT)
        return ChannelError("Telegram: no clear answer", permanent=False, reached=is_reached)
    return None


def _read_wait_s(fault: RetryAfter) -> float:
    """An operator may have opted out of durations, so both types are handled."""
    wait: int | timedelta = fault.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
