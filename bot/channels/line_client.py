"""
One LINE API client for the whole process, and what its failures mean.

Imports the SDK: only `line.LineChannel.open` imports this module, when the first reply is due.
Error texts of the SDK hold bodies and headers, so none of them leaves this module.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Literal

import aiohttp
from linebot.v3 import messaging
from linebot.v3.messaging.exceptions import ApiException

from bot.channels.line_flex import Json
from bot.channels.line_menus import MenuLinker
from bot.channels.line_messages import encode, encode_as_text
from bot.channels.wire import parse_json
from bot.core.reply import Reply
from bot.errors import ChannelError

#: Generated code without usable types: every field would count as required.
_SDK: Any = messaging
_log = logging.getLogger(__name__)

_SERVER_FAULT = 500
_BAD_REQUEST, _NO_ACCESS, _NOT_ALLOWED = 400, 401, 403
_TOO_MANY = 429
_JSON = "application/json"
#: More than the worker has hands. The SDK opens five for each processor, and whoever hangs there would
#: keep the others waiting.
_CONNECTIONS = 256
#: The longest that a menu in another language may hold up the end of the program.
_LAST_MOMENT_S = 1.0


class LookRefused(ChannelError):
    """LINE took the token and the request, but not what a message is made of. Nothing was sent."""


class LineClient:
    """The SDK's client, shared. Make it on the running loop; each one costs a TLS context."""

    def __init__(self, *, access_token: str, api_base: str, timeout_s: float) -> None:
        _quiet_loggers()
        configuration = _SDK.Configuration(host=api_base, access_token=access_token)
        configuration.connection_pool_maxsize = _CONNECTIONS
        self._client = _SDK.AsyncApiClient(configuration)
        # LINE does it first and answers then: the content of an answer may not make a failure of it.
        self._client.deserialize = _leave_unread
        self._menus = MenuLinker(_SDK.AsyncMessagingApi(self._client), timeout_s=timeout_s)
        self._timeout_s = timeout_s
        self._relabelling: set[asyncio.Task[None]] = set()

    async def reply(self, token: str, reply: Reply) -> None:
        """
        Spend a reply token. ChannelError says what a failure means; anything else is a bug.

        A 2xx counts as delivered whatever it says. What LINE will not draw is said as text: an error
        sends nothing and leaves the token as it was.
        """
        messages = encode(reply)
        if not messages:
            raise ChannelError("LINE: nothing to say", permanent=True)
        try:
            await self._send(token, messages, reply)
        except LookRefused:
            if all(message["type"] == "text" for message in messages):
                raise
            _log.warning("line_look_refused", extra={"channel": "line"})
            await self._send(token, encode_as_text(reply), reply)

    async def _send(self, token: str, messages: list[Json], reply: Reply) -> None:
        quietly = {"notificationDisabled": True} if reply.hushed else {}
        body = {"replyToken": token, "messages": messages, **quietly}
        await self.call("POST", "/v2/bot/message/reply", body, timeout_s=self._timeout_s)

    async def call(
        self,
        method: Literal["GET", "POST"],
        path: str,
        body: Json | None = None,
        *,
        timeout_s: float,
        **path_params: str,
    ) -> Json:
        """
        Ask LINE for something; returns the answer's JSON object, empty when it is none. ChannelError as in `reply`.

        `path_params` fill the `{…}` of the path. Below the SDK's generated methods, because those read
        every request into models, which costs more than sending it.
        """
        sent = self._client.call_api(
            path, method, path_params, [], {"Accept": _JSON, "Content-Type": _JSON}, body,
            response_types_map={}, auth_settings=["Bearer"], _request_timeout=timeout_s,
        )  # fmt: skip
        try:
            answer = await sent
        except ApiException as fault:
            raise _refusal(fault) from None
        except aiohttp.ClientConnectorError:
            raise ChannelError("LINE: no connection", permanent=False) from None
        except (OSError, aiohttp.ClientError):
            raise ChannelError("LINE: no answer", permanent=False, reached=True) from None
        except (UnicodeDecodeError, LookupError) as fault:
            _let_delivered_pass(fault)
            return {}
        return _read_object(answer.raw_data)

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
        await self._client.close()


def _quiet_loggers() -> None:
    """At DEBUG the SDK prints the bodies of answers, and aiohttp addresses."""
    for name in ("linebot", "aiohttp", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _leave_unread(_response: object, _kind: object) -> None:
    """Stand in for the SDK's reading of answers into models."""


def _let_delivered_pass(fault: Exception) -> None:
    """The SDK failed on the answer's encoding. Behind an error status that is still a refusal."""
    hidden = fault.__context__
    if isinstance(hidden, ApiException):
        raise _refusal(hidden) from None


def _refusal(fault: ApiException) -> ChannelError:
    """
    Say what an error answer means. The status decides, because LINE may reword its messages.

    Source: LINE Messaging API reference, Status codes and Error responses.
    """
    status = fault.status or 0
    if status >= _SERVER_FAULT:
        return ChannelError(f"LINE: {status}", permanent=False, reached=True)
    if status == _TOO_MANY:
        wait_s = _read_seconds((fault.headers or {}).get("Retry-After"))
        return ChannelError("LINE: too many requests", permanent=False, retry_after_s=wait_s)
    if status in {_NO_ACCESS, _NOT_ALLOWED}:
        return ChannelError(f"LINE: refused with {status}", permanent=True, halts=True)
    if status == _BAD_REQUEST:
        return _bad_request(_read_object(fault.body))
    return ChannelError(f"LINE: refused with {status}", permanent=True)


def _bad_request(answer: Json) -> ChannelError:
    if "reply token" in str(answer.get("message", "")).lower():
        return ChannelError("LINE: reply token gone", permanent=True, token_gone=True)
    # LINE lists what is wrong with messages, and nothing else, under `details`.
    kind = LookRefused if answer.get("details") else ChannelError
    return kind("LINE: refused with 400", permanent=True)


def _read_seconds(value: str | None) -> float | None:
    return float(value) if value and value.isascii() and value.isdigit() else None


def _read_object(body: str | bytes | None) -> Json:
    raw = body.encode("utf-8", "replace") if isinstance(body, str) else body
    answer = parse_json(raw or b"")
    return answer if isinstance(answer, dict) else {}
