"""
One LINE API client for the whole process, and what its failures mean.

Imports the SDK: only `line.LineChannel.open` imports this module, when the first reply is due.
Error texts of the SDK hold bodies and headers, so none of them leaves this module.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import aiohttp
from linebot.v3 import messaging
from linebot.v3.messaging.exceptions import ApiException

from bot.channels.line_messages import encode
from bot.core.reply import Reply
from bot.errors import ChannelError

#: Generated code without usable types: every field would count as required.
_SDK: Any = messaging

_SERVER_FAULT = 500
_BAD_REQUEST = 400
_TOO_MANY = 429


class LineClient:
    """The SDK's client, shared. Make it on the running loop; each one costs a TLS context."""

    def __init__(self, *, access_token: str, api_base: str, timeout_s: float) -> None:
        _quiet_loggers()
        self._client = _SDK.AsyncApiClient(_SDK.Configuration(host=api_base, access_token=access_token))
        # LINE sends first and answers then: the content of an answer may not fail a delivery.
        self._client.deserialize = _leave_unread
        self._api = _SDK.AsyncMessagingApi(self._client)
        self._timeout_s = timeout_s

    async def reply(self, token: str, reply: Reply) -> None:
        """
        Spend a reply token. ChannelError says what a failure means; anything else is a bug.

        A 2xx counts as delivered whatever it says.
        """
        messages = encode(reply)
        if not messages:
            raise ChannelError("LINE: nothing to say", permanent=True)
        request = _SDK.ReplyMessageRequest(replyToken=token, messages=messages)
        try:
            await self._api.reply_message(request, _request_timeout=self._timeout_s)
        except ApiException as fault:
            raise _refusal(fault) from None
        except aiohttp.ClientConnectorError:
            raise ChannelError("LINE: no connection", permanent=False) from None
        except (OSError, aiohttp.ClientError):
            raise ChannelError("LINE: no answer", permanent=False, reached=True) from None
        except (UnicodeDecodeError, LookupError) as fault:
            _let_delivered_pass(fault)

    async def close(self) -> None:
        """Release the connections."""
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
    if status == _BAD_REQUEST and "reply token" in _read_message(fault.body).lower():
        return ChannelError("LINE: reply token gone", permanent=True, token_gone=True)
    return ChannelError(f"LINE: refused with {status}", permanent=True)


def _read_seconds(value: str | None) -> float | None:
    return float(value) if value and value.isascii() and value.isdigit() else None


def _read_message(body: str | bytes | None) -> str:
    try:
        answer = json.loads(body or "")
    except (ValueError, RecursionError):
        return ""
    return str(answer.get("message", "")) if isinstance(answer, dict) else ""
