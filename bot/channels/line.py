"""
The LINE channel: reads its webhooks, delivers replies by reply token.

It never pushes, never sends a retry key with a reply (LINE refuses it) and never asks for content.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.channels.line_events import SIGNATURE_HEADER, decode, verify
from bot.channels.wire import find_header, is_sendable
from bot.core.reply import Reply
from bot.errors import BadSignature, ChannelError, ConfigError
from bot.ports import Address, Clock, Inbound

if TYPE_CHECKING:
    from bot.channels.line_client import LineClient

__all__ = ["LineChannel", "decode", "verify"]


class LineChannel:
    """
    A `Webhook` and a `Sender` for one LINE official account.

    Nothing is connected and the SDK is not imported until `open` or the first `deliver`.
    ConfigError: without a secret everybody could sign.
    """

    def __init__(
        self,
        *,
        channel_secret: str,
        access_token: str,
        api_base: str,
        clock: Clock,
        timeout_s: float = 5.0,
    ) -> None:
        if not is_sendable(channel_secret) or not is_sendable(access_token):
            raise ConfigError(
                "set both LINE_CHANNEL_SECRET and LINE_CHANNEL_ACCESS_TOKEN, without spaces or line ends"
            )
        self._secret = channel_secret
        self._access_token = access_token
        self._api_base = api_base.rstrip("/")
        self._clock = clock
        self._timeout_s = timeout_s
        self._client: LineClient | None = None
        self._opening = asyncio.Lock()

    def read(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        """Check the signature over the bytes as they came, then decode them. See `Webhook.read`."""
        if not verify(raw, find_header(headers, SIGNATURE_HEADER), self._secret):
            raise BadSignature("LINE: the signature does not fit the body")
        return decode(raw, self._clock())

    async def open(self) -> None:
        """Connect ahead of the first reply, which otherwise waits a second for the SDK's import."""
        await self._get_client()

    async def deliver(self, address: Address, reply: Reply) -> None:
        """Spend the reply token on this reply. See `Sender.deliver`."""
        if not address.token or self._is_late(address):
            raise ChannelError("LINE: no reply token to use", permanent=True, token_gone=True)
        client = await self._get_client()
        await client.reply(address.token, reply)

    async def close(self) -> None:
        """Release the connections. A later `deliver` connects again."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _is_late(self, address: Address) -> bool:
        return address.until is not None and self._clock() >= address.until

    async def _get_client(self) -> LineClient:
        async with self._opening:
            if self._client is None:
                self._client = await self._connect()
            return self._client

    async def _connect(self) -> LineClient:
        # The import takes a second: in a thread, so that webhooks are answered meanwhile.
        client_class = await asyncio.to_thread(_import_client)
        return client_class(
            access_token=self._access_token, api_base=self._api_base, timeout_s=self._timeout_s
        )


def _import_client() -> type[LineClient]:
    from bot.channels.line_client import LineClient  # noqa: PLC0415  # the SDK only when it is used

    return LineClient
