"""
One connection pool to LINE for the whole process, and what its failures mean.

What is said here is ours, and LINE's description and the SDK's models judge it in tests; asked one by one, the SDK
takes longer to send a reply than everything else that a message costs (docs/adr/0033). Whoever sets up an account
goes through the SDK (`line_console.py`).
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Literal
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from bot.channels.line_flex import Json
from bot.channels.line_menus import MenuLinker, NotThere
from bot.channels.line_messages import Drawings, encode_as_text
from bot.channels.wire import parse_json
from bot.core.reply import Reply
from bot.errors import ChannelError

_log = logging.getLogger(__name__)

_REPLY = "/v2/bot/message/reply"
_NOTHING = "[]"
_SUCCESS = range(200, 300)
_SERVER_FAULT = 500
_BAD_REQUEST, _NO_ACCESS, _NOT_ALLOWED, _NOT_FOUND = 400, 401, 403, 404
_TOO_MANY = 429
#: More than the worker has hands, and as many as there may be inputs in hand, all of which may be stored at once.
#: aiohttp opens a hundred, and whoever hangs there would keep the others waiting.
_CONNECTIONS = 512
#: Both attempts together must end before somebody else takes the letter for one that a dead program held (`sweep.py`).
_PLAIN_WITHIN_S = 2.0
#: The longest that a menu in another language may hold up the end of the program.
_LAST_MOMENT_S = 1.0


class LookRefused(ChannelError):
    """LINE took the token and the request, but not what a message is made of. Nothing was sent."""


class LineClient:
    """Asks LINE. Make one on the running loop, for all: each has connections of its own."""

    def __init__(self, *, access_token: str, api_base: str, timeout_s: float) -> None:
        # At DEBUG aiohttp prints addresses.
        logging.getLogger("aiohttp").setLevel(logging.WARNING)
        self._api_base = api_base
        self._reply_url = URL(f"{api_base}{_REPLY}", encoded=True)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Authorization": f"Bearer {access_token}", "Content-Type": "application/json"},
            skip_auto_headers=("User-Agent",),
            proxy=_find_proxy(api_base),
        )
        self._drawings = Drawings()
        self._menus = MenuLinker(self.call, timeout_s=timeout_s)
        self._timeout_s = timeout_s
        self._reply_timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._plain_timeout = aiohttp.ClientTimeout(total=min(_PLAIN_WITHIN_S, timeout_s))
        self._relabelling: set[asyncio.Task[None]] = set()

    async def reply(self, token: str, reply: Reply) -> None:
        """
        Spend a reply token. ChannelError says what a failure means; anything else is a bug.

        A 2xx counts as delivered whatever it says. What LINE will not draw is said as text: an error
        sends nothing and leaves the token as it was.
        """
        messages = self._drawings.write(reply)
        if messages == _NOTHING:
            raise ChannelError("LINE: nothing to say", permanent=True)
        try:
            await self._send(token, messages, reply, self._reply_timeout)
        except LookRefused:
            plain = json.dumps(encode_as_text(reply))
            if plain == messages:
                raise
            _log.warning("line_look_refused", extra={"channel": "line"})
            await self._send(token, plain, reply, self._plain_timeout)

    async def _send(self, token: str, messages: str, reply: Reply, within: aiohttp.ClientTimeout) -> None:
        quietly = ', "notificationDisabled": true' if reply.hushed else ""
        body = f'{{"replyToken": {json.dumps(token)}, "messages": {messages}{quietly}}}'
        await self._ask("POST", self._reply_url, body, within)

    async def call(
        self,
        method: Literal["GET", "POST", "DELETE"],
        path: str,
        body: Json | None = None,
        *,
        timeout_s: float,
        **path_params: str,
    ) -> Json:
        """
        Ask LINE for something; returns the answer's JSON object, empty when it is none. ChannelError as in `reply`.

        `path_params` fill the `{…}` of the path. NotThere: LINE knows no such thing.
        """
        filled = path.format(**{name: quote(value, safe="") for name, value in path_params.items()})
        url = URL(f"{self._api_base}{filled}", encoded=True)
        written = None if body is None else json.dumps(body)
        return _read_object(await self._ask(method, url, written, aiohttp.ClientTimeout(total=timeout_s)))

    async def _ask(self, method: str, url: URL, body: str | None, within: aiohttp.ClientTimeout) -> bytes:
        sent = None if body is None else body.encode()
        try:
            async with self._session.request(
                method, url, data=sent, timeout=within, allow_redirects=False
            ) as answer:
                return await _read_answer(answer)
        except aiohttp.ClientConnectorError:
            raise ChannelError("LINE: no connection", permanent=False) from None
        except (OSError, aiohttp.ClientError):
            raise ChannelError("LINE: no answer", permanent=False, reached=True) from None

    def start_relabelling(self, user_id: str, locale: str) -> None:
        """Change the person's menus to a language, while nobody waits for it. Never raises."""
        task = asyncio.create_task(self._menus.link(user_id, locale))
        self._relabelling.add(task)
        task.add_done_callback(self._relabelling.discard)

    async def close(self) -> None:
        """Release the connections; what is being relabelled gets a last moment."""
        if self._relabelling:
            _, late = await asyncio.wait(self._relabelling, timeout=_LAST_MOMENT_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._session.close()


def _find_proxy(api_base: str) -> str | None:
    """Return the proxy of the environment, looked up once: aiohttp would look for it before each request."""
    parts = urlsplit(api_base)
    if proxy_bypass(parts.netloc):
        return None
    return getproxies().get(parts.scheme)


async def _read_answer(answer: aiohttp.ClientResponse) -> bytes:
    """
    Return what LINE says.

    LINE does it first and answers then: once it says that it did, a body that breaks off makes no failure of it.
    """
    try:
        said = await answer.read()
    except (OSError, aiohttp.ClientError, UnicodeDecodeError, LookupError):
        said = b""
    if answer.status not in _SUCCESS:
        raise _refusal(answer.status, answer.headers.get("Retry-After"), said) from None
    return said


def _refusal(status: int, retry_after: str | None, said: bytes) -> ChannelError:
    """
    Say what an error answer means. The status decides, because LINE may reword its messages.

    Source: LINE Messaging API reference, Status codes and Error responses.
    """
    if status >= _SERVER_FAULT:
        return ChannelError(f"LINE: {status}", permanent=False, reached=True)
    if status == _TOO_MANY:
        wait_s = _read_seconds(retry_after)
        return ChannelError("LINE: too many requests", permanent=False, retry_after_s=wait_s)
    if status in {_NO_ACCESS, _NOT_ALLOWED}:
        return ChannelError(f"LINE: refused with {status}", permanent=True, halts=True)
    if status == _BAD_REQUEST:
        return _bad_request(_read_object(said))
    kind = NotThere if status == _NOT_FOUND else ChannelError
    return kind(f"LINE: refused with {status}", permanent=True)


def _bad_request(answer: Json) -> ChannelError:
    if "reply token" in str(answer.get("message", "")).lower():
        return ChannelError("LINE: reply token gone", permanent=True, token_gone=True)
    # LINE lists what is wrong with messages, and nothing else, under `details`.
    kind = LookRefused if answer.get("details") else ChannelError
    return kind("LINE: refused with 400", permanent=True)


def _read_seconds(value: str | None) -> float | None:
    return float(value) if value and value.isascii() and value.isdigit() else None


def _read_object(raw: bytes) -> Json:
    answer = parse_json(raw)
    return answer if isinstance(answer, dict) else {}
