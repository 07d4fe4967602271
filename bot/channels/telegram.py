"""
The Telegram channel: reads its updates, sends replies, takes messages back.

Answers to the webhook carry no method call, because Telegram would carry it out unseen, and files
are never asked for.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, assert_never

from bot.channels.telegram_updates import SECRET_HEADER, decode, verify
from bot.channels.wire import find_header, is_sendable
from bot.core.reply import Reply
from bot.errors import BadSignature, ChannelError, ConfigError
from bot.ports import Address, Clock, Errand, Received

if TYPE_CHECKING:
    from bot.channels.telegram_client import TelegramClient

__all__ = ["TelegramChannel", "decode", "verify"]

_CHAT = re.compile(r"-?[0-9]{1,19}", re.ASCII)


class TelegramChannel:
    """
    A `Webhook` and a `Sender` for one Telegram bot.

    Nothing is connected and the library is not imported until `open` or the first call. Without a
    webhook secret every request to `read` is refused: then updates are polled for. ConfigError: no token.
    """

    def __init__(
        self,
        *,
        bot_token: str,
        webhook_secret: str,
        api_base: str,
        clock: Clock,
        timeout_s: float = 5.0,
    ) -> None:
        if not is_sendable(bot_token) or (webhook_secret and not is_sendable(webhook_secret)):
            raise ConfigError(
                "set TELEGRAM_BOT_TOKEN, and for a webhook TELEGRAM_WEBHOOK_SECRET, without spaces or line ends"
            )
        self._token = bot_token
        self._secret = webhook_secret
        self._api_base = api_base.rstrip("/")
        self._clock = clock
        self._timeout_s = timeout_s
        self._client: TelegramClient | None = None
        self._opening = asyncio.Lock()

    def read(self, raw: bytes, headers: Mapping[str, str]) -> Received:
        """Check the secret header, then decode the update. See `Webhook.read`."""
        if not verify(find_header(headers, SECRET_HEADER), self._secret):
            raise BadSignature("Telegram: the secret header does not fit")
        return decode(raw, self._clock())

    async def run_errand(self, errand: Errand) -> None:
        """Stop a button's spinner or leave a group. See `Webhook.run_errand`."""
        client = await self._get_client()
        match errand.kind:
            case "answer_tap":
                await client.answer_tap(errand.to)
            case "leave_place":
                await client.leave_place(errand.to)
            case _:
                assert_never(errand.kind)

    async def open(self) -> None:
        """Connect ahead of the first reply."""
        await self._get_client()

    async def deliver(self, address: Address, reply: Reply, *, done: int = 0) -> tuple[str, ...]:
        """Send the reply's bubbles in order, but the first `done`. See `Sender.deliver`."""
        chat_id = _get_chat(address)
        client = await self._get_client()
        return await client.send(chat_id, reply, done=done)

    async def find_locale(self, address: Address) -> str:  # noqa: ARG002  # the port's shape
        """Telegram cannot be asked: each update tells the language itself."""
        return ""

    async def show_waiting(self, address: Address) -> None:
        """Show that the bot is typing, for five seconds at most. See `Sender.show_waiting`."""
        if _CHAT.fullmatch(address.to):
            client = await self._get_client()
            await client.show_typing(int(address.to))

    async def wipe(self, address: Address, message_ids: tuple[str, ...]) -> bool:
        """Delete messages of both sides, which Telegram allows for 48 h. See `Sender.wipe`."""
        chat_id = _get_chat(address)
        client = await self._get_client()
        return await client.wipe(chat_id, message_ids)

    async def close(self) -> None:
        """Release the connections. A later call connects again."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _get_client(self) -> TelegramClient:
        async with self._opening:
            if self._client is None:
                client_class = await asyncio.to_thread(_import_client)
                self._client = client_class(
                    token=self._token, api_base=self._api_base, timeout_s=self._timeout_s
                )
            return self._client


def _get_chat(address: Address) -> int:
    """A name instead of a number would be a public channel's."""
    if not _CHAT.fullmatch(address.to):
        raise ChannelError("Telegram: no chat to send to", permanent=True)
    return int(address.to)


def _import_client() -> type[TelegramClient]:
    from bot.channels.telegram_client import TelegramClient  # noqa: PLC0415  # the library only when used

    return TelegramClient
