"""
The Telegram channel: reads its webhooks, sends replies.

Answers to the webhook carry no method call, because Telegram would carry it out unseen, and files
are never asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.channels.telegram_updates import SECRET_HEADER, decode, verify
from bot.channels.wire import find_header, is_sendable
from bot.core.reply import Reply
from bot.errors import BadSignature, ChannelError, ConfigError
from bot.ports import Address, Clock, Inbound

if TYPE_CHECKING:
    from bot.channels.telegram_client import TelegramClient

__all__ = ["TelegramChannel", "decode", "verify"]


class TelegramChannel:
    """
    A `Webhook` and a `Sender` for one Telegram bot.

    Nothing is connected and the library is not imported until `open` or the first `deliver`.
    ConfigError: without a secret everybody could post updates.
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
        if not is_sendable(bot_token) or not is_sendable(webhook_secret):
            raise ConfigError(
                "set both TELEGRAM_BOT_TOKEN and TELEGRAM_WEBHOOK_SECRET, without spaces or line ends"
            )
        self._token = bot_token
        self._secret = webhook_secret
        self._api_base = api_base.rstrip("/")
        self._clock = clock
        self._timeout_s = timeout_s
        self._client: TelegramClient | None = None
        self._opening = asyncio.Lock()

    def read(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        """Check the secret header, then decode the update. See `Webhook.read`."""
        if not verify(find_header(headers, SECRET_HEADER), self._secret):
            raise BadSignature("Telegram: the secret header does not fit")
        return decode(raw, self._clock())

    async def open(self) -> None:
        """Connect ahead of the first reply."""
        await self._get_client()

    async def deliver(self, address: Address, reply: Reply) -> None:
        """Send the reply's bubbles in order. See `Sender.deliver`."""
        if not address.to.lstrip("-").isdecimal():
            raise ChannelError("Telegram: no chat to send to", permanent=True)
        client = await self._get_client()
        await client.send(address.to, address.token, reply)

    async def close(self) -> None:
        """Release the connections. A later `deliver` connects again."""
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


def _import_client() -> type[TelegramClient]:
    from bot.channels.telegram_client import TelegramClient  # noqa: PLC0415  # the library only when used

    return TelegramClient
