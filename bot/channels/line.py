"""
The LINE channel: reads its webhooks, delivers replies by reply token.

It never pushes, never sends a retry key with a reply (LINE refuses it) and never asks for content.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from bot.channels.line_events import CHANNEL, SIGNATURE_HEADER, decode, verify
from bot.channels.wire import find_header, find_id, find_text, is_sendable
from bot.core.reply import Reply
from bot.errors import BadSignature, ChannelError, ConfigError
from bot.ports import Address, Clock, Errand, Received

if TYPE_CHECKING:
    from bot.channels.line_client import LineClient
    from bot.channels.line_flex import Json

__all__ = ["LineChannel", "decode", "verify"]

_log = logging.getLogger(__name__)
#: What is no reply may not hold anything up.
_COURTESY_S = 1.0
#: It ends with the next message. Source: LINE messaging-api.yml, ShowLoadingAnimationRequest.loadingSeconds
_WAITING_S = 20


class LineChannel:
    """
    A `Webhook` and a `Sender` for one LINE official account.

    Nothing is connected until `open` or the first `deliver`.
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
        self._own_id = ""

    def read(self, raw: bytes, headers: Mapping[str, str]) -> Received:
        """Check the signature over the bytes as they came, then decode them. See `Webhook.read`."""
        if not verify(raw, find_header(headers, SIGNATURE_HEADER), self._secret):
            raise BadSignature("LINE: the signature does not fit the body")
        return decode(raw, self._clock(), own_id=self._own_id)

    async def open(self) -> None:
        """Connect ahead of the first reply."""
        await self._get_client()

    async def learn_own_id(self) -> None:
        """
        Ask LINE who we are, so that a body meant for another bot is known. Best effort, after `open`; never raises.

        Warns when the account's chat mode is on: then staff of LINE's console may read along (SECURITY T31).
        """
        about = await self._try("GET", "/v2/bot/info")
        self._own_id = find_id(about, "userId") or self._own_id
        if about.get("chatMode") == "chat":
            _log.warning("line_chat_mode_is_on", extra={"channel": CHANNEL})

    async def deliver(self, address: Address, reply: Reply, *, done: int = 0) -> tuple[str, ...]:  # noqa: ARG002  # LINE sends all of a reply or none
        """
        Spend the reply token on this reply. See `Sender.deliver`.

        Returns no ids: on LINE nothing can be taken back.
        """
        if not address.token or self._is_late(address):
            raise ChannelError("LINE: no reply token to use", permanent=True, token_gone=True)
        client = self._client or await self._get_client()
        await client.reply(address.token, reply)
        if reply.relabels:
            client.start_relabelling(address.to, reply.locale)
        return ()

    async def run_errand(self, errand: Errand) -> None:
        """Leave a group or a room. See `Webhook.run_errand`."""
        if errand.kind == "leave_place" and errand.detail in {"group", "room"}:
            await self._try("POST", f"/v2/bot/{errand.detail}/{{place}}/leave", place=errand.to)

    async def show_waiting(self, address: Address) -> None:
        """Show the three moving dots, which end with the next message. See `Sender.show_waiting`."""
        body = {"chatId": address.to, "loadingSeconds": _WAITING_S}
        await self._try("POST", "/v2/bot/chat/loading/start", body)

    async def find_locale(self, address: Address) -> str:
        """Read the language of their LINE, and nothing else of their profile. See `Sender.find_locale`."""
        profile = await self._try("GET", "/v2/bot/profile/{user}", user=address.to)
        return find_text(profile, "language") or ""

    async def wipe(self, address: Address, message_ids: tuple[str, ...]) -> bool:  # noqa: ARG002  # the port's names
        """
        Nothing can be taken back on LINE, so never say that it was: people delete a chat themselves.

        See `Sender.wipe`.
        """
        return False

    async def close(self) -> None:
        """Release the connections. A later `deliver` connects again."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _is_late(self, address: Address) -> bool:
        return address.until is not None and self._clock() >= address.until

    async def _try(
        self, method: Literal["GET", "POST"], path: str, body: Json | None = None, **path_params: str
    ) -> Json:
        """Ask LINE for what is no reply: once, over the open connection; an empty answer if that does not work."""
        if self._client is None:
            return {}
        try:
            return await self._client.call(method, path, body, timeout_s=_COURTESY_S, **path_params)
        except (ChannelError, RuntimeError):  # RuntimeError: closed meanwhile
            return {}

    async def _get_client(self) -> LineClient:
        async with self._opening:
            if self._client is None:
                self._client = await self._connect()
            return self._client

    async def _connect(self) -> LineClient:
        # The import takes a moment: in a thread, so that webhooks are answered meanwhile.
        client_class = await asyncio.to_thread(_import_client)
        return client_class(
            access_token=self._access_token, api_base=self._api_base, timeout_s=self._timeout_s
        )


def _import_client() -> type[LineClient]:
    from bot.channels.line_client import LineClient  # noqa: PLC0415  # aiohttp only when it is used

    return LineClient
