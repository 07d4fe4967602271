"""
What an operator does with LINE's console, over the API: webhook address, menus, pictures, aliases.

Used by the `frontdoor line` commands alone, through the SDK. Every failure becomes one line that says
what to do. Neither the token nor an answer's headers ever leave this module.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
from linebot.v3 import messaging
from linebot.v3.messaging.exceptions import ApiException

from bot.channels.measure import shorten_units
from bot.errors import ChannelError

#: Generated code without usable types: every field would count as required.
_SDK: Any = messaging

#: LINE serves pictures from a second host, which the SDK knows as long as it is not told another.
OFFICIAL = "https://api.line.me"
_TIMEOUT_S = 20.0
_SERVER_FAULT = 500
_SAID_AT_MOST = 200
_MENDS = {
    401: "LINE does not know the access token; issue one in the LINE Developers console and set LINE_CHANNEL_ACCESS_TOKEN",
    403: "LINE does not allow it; see that LINE_CHANNEL_ACCESS_TOKEN is of this Messaging API channel",
    413: "LINE finds the picture too large; draw it again with scripts/rich_menus.py",
    415: "LINE does not take this kind of picture; draw it again with scripts/rich_menus.py",
    429: "LINE has had too many requests; wait an hour, then run the command again",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where LINE sends what people write, and whether it does."""

    url: str
    active: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A rich menu that is there, ours or not."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Bot:
    """The account as LINE describes it. `chat_mode` and `mark_as_read` are LINE's own words."""

    basic_id: str
    chat_mode: str
    mark_as_read: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of LINE's call to our webhook. `reason` is LINE's word, such as COULD_NOT_CONNECT."""

    success: bool
    status: int
    reason: str


class LineConsole:
    """One client for one command. Every method raises ChannelError with a mend, or there is a bug."""

    def __init__(self, *, access_token: str, api_base: str, timeout_s: float = _TIMEOUT_S) -> None:
        host = None if api_base == OFFICIAL else api_base
        self._token = access_token
        self._timeout_s = timeout_s
        self._client = _SDK.AsyncApiClient(_SDK.Configuration(host=host, access_token=access_token))
        # Answers are read here, field by field: the SDK fails on fields that LINE adds or leaves out.
        self._client.deserialize = _leave_unread
        self._api = _SDK.AsyncMessagingApi(self._client)
        self._blobs = _SDK.AsyncMessagingApiBlob(self._client)

    async def __aenter__(self) -> Self:
        """Give the console: leaving closes its connections."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self._client.close()

    async def read_endpoint(self) -> Endpoint | None:
        """Return the webhook address; None when none is set."""
        read = await self._ask(
            "reading the webhook address", self._api.get_webhook_endpoint_with_http_info, none_at=(404,)
        )
        return None if read is None else Endpoint(str(read.get("endpoint", "")), read.get("active") is True)

    async def set_endpoint(self, url: str) -> None:
        """Let LINE send to this address. It may take a minute until it does."""
        request = _SDK.SetWebhookEndpointRequest(endpoint=url)
        await self._ask("setting the webhook address", self._api.set_webhook_endpoint_with_http_info, request)

    async def try_endpoint(self) -> Trial:
        """Let LINE call the address that is set; 60 an hour."""
        request = _SDK.TestWebhookEndpointRequest()
        read = await self._ask(
            "trying the webhook", self._api.test_webhook_endpoint_with_http_info, request, none_at=(404,)
        )
        if read is None:
            return Trial(success=False, status=0, reason="NOT_SET")
        status = read.get("statusCode")
        return Trial(
            read.get("success") is True, status if isinstance(status, int) else 0, str(read.get("reason", ""))
        )

    async def read_bot(self) -> Bot:
        """Return how the account is set."""
        read = await self._get("reading the account", self._api.get_bot_info_with_http_info)
        return Bot(*(str(read.get(key, "")) for key in ("basicId", "chatMode", "markAsReadMode")))

    async def list_menus(self) -> tuple[Listed, ...]:
        """Return all menus that were made over the API, whoever made them."""
        read = await self._get("listing the menus", self._api.get_rich_menu_list_with_http_info)
        return tuple(
            Listed(str(one["richMenuId"]), str(one.get("name", ""))) for one in _rows(read, "richmenus")
        )

    async def has_picture(self, menu_id: str) -> bool:
        """Whether a menu has its picture. Without one it cannot be shown, and LINE refuses to use it."""
        call = self._blobs.get_rich_menu_image_with_http_info
        return await self._call("looking at a menu's picture", call, menu_id, none_at=(404,)) is not None

    async def create_menu(self, body: Mapping[str, Any]) -> str:
        """Make a menu and return its id; 100 an hour, 1,000 in all."""
        request = _SDK.RichMenuRequest.from_dict(dict(body))
        read = await self._get("making a menu", self._api.create_rich_menu_with_http_info, request)
        if not read.get("richMenuId"):
            raise _nonsense("making a menu")
        return str(read["richMenuId"])

    async def give_picture(self, menu_id: str, png: bytes) -> None:
        """Give a menu its picture; it can never be given another."""
        call = self._blobs.set_rich_menu_image_with_http_info
        await self._call(
            "sending a menu's picture", call, menu_id, png, _headers={"Content-Type": "image/png"}
        )

    async def delete_menu(self, menu_id: str) -> None:
        """Take a menu away; well if it is gone already. 100 an hour."""
        await self._call(
            "removing a menu", self._api.delete_rich_menu_with_http_info, menu_id, none_at=(404,)
        )

    async def list_aliases(self) -> dict[str, str]:
        """Return the menu behind every alias."""
        read = await self._get("listing the aliases", self._api.get_rich_menu_alias_list_with_http_info)
        return {str(one["richMenuAliasId"]): str(one["richMenuId"]) for one in _rows(read, "aliases")}

    async def create_alias(self, alias: str, menu_id: str) -> None:
        """Give a menu that has a picture a name."""
        request = _SDK.CreateRichMenuAliasRequest(richMenuAliasId=alias, richMenuId=menu_id)
        await self._ask("naming a menu", self._api.create_rich_menu_alias_with_http_info, request)

    async def move_alias(self, alias: str, menu_id: str) -> None:
        """Let a name stand for another menu."""
        request = _SDK.UpdateRichMenuAliasRequest(richMenuId=menu_id)
        await self._ask("naming a menu", self._api.update_rich_menu_alias_with_http_info, alias, request)

    async def delete_alias(self, alias: str) -> None:
        """Take a name away; well if it is gone already. 100 an hour."""
        call = self._api.delete_rich_menu_alias_with_http_info
        await self._call("removing an alias", call, alias, none_at=(404,))

    async def read_default(self) -> str | None:
        """Return the menu that everybody sees; None: none of this channel's (403: the account manager's)."""
        call = self._api.get_default_rich_menu_id_with_http_info
        read = await self._ask("reading the default menu", call, none_at=(403, 404))
        return None if read is None else str(read.get("richMenuId", ""))

    async def set_default(self, menu_id: str) -> None:
        """Show everybody this menu who has none of their own."""
        await self._ask("setting the default menu", self._api.set_default_rich_menu_with_http_info, menu_id)

    async def move_people(self, moves: Sequence[tuple[str, str]], *, key: str) -> str:
        """
        Give everybody who has a menu of the left the one of the right; returns the request's id.

        LINE does it in the background, 3 requests an hour. The same `key` resumes what was begun.
        """
        operations = [{"type": "link", "from": old, "to": new} for old, new in moves]
        request = _SDK.RichMenuBatchRequest.from_dict({"operations": operations, "resumeRequestKey": key})
        answer = await self._call(
            "moving people to the new menus", self._api.rich_menu_batch_with_http_info, request
        )
        return str(_header(answer.headers, "x-line-request-id"))

    async def read_progress(self, request_id: str) -> str:
        """Return how far that is: `ongoing`, `succeeded` or `failed`."""
        call = self._api.get_rich_menu_batch_progress_with_http_info
        return str((await self._get("looking how far the move is", call, request_id)).get("phase", ""))

    async def _get(self, doing: str, call: Callable[..., Awaitable[Any]], *args: Any) -> dict[str, Any]:
        return await self._ask(doing, call, *args) or {}

    async def _ask(
        self, doing: str, call: Callable[..., Awaitable[Any]], *args: Any, none_at: tuple[int, ...] = ()
    ) -> dict[str, Any] | None:
        """Call, and read the answer's JSON object; None at these statuses."""
        answer = await self._call(doing, call, *args, none_at=none_at)
        if answer is None:
            return None
        try:
            read = json.loads(answer.raw_data)
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, dict):
            raise _nonsense(doing)
        return read

    async def _call(
        self,
        doing: str,
        call: Callable[..., Awaitable[Any]],
        *args: Any,
        none_at: tuple[int, ...] = (),
        **more: Any,
    ) -> Any:
        try:
            return await call(*args, _request_timeout=self._timeout_s, **more)
        except ApiException as fault:
            if fault.status in none_at:
                return None
            raise self._refusal(doing, fault) from None
        except TimeoutError:
            said = f"no answer within {self._timeout_s:.0f} s; run the command again"
        except (OSError, aiohttp.ClientError):
            said = (
                "no connection; look at the network, the proxy and LINE_API_BASE, then run the command again"
            )
        except (UnicodeDecodeError, LookupError):
            raise _nonsense(doing) from None
        raise ChannelError(f"LINE: {doing}: {said}", permanent=False) from None

    def _refusal(self, doing: str, fault: ApiException) -> ChannelError:
        """Say what an error means and what to do. Source: LINE Messaging API reference, Status codes."""
        status = fault.status or 0
        if status >= _SERVER_FAULT:
            said = "LINE has a fault of its own; run the command again in a few minutes"
        else:
            said = _MENDS.get(status) or f"LINE refuses: {self._quote(fault.body)}"
        return ChannelError(f"LINE: {doing}: {said} ({status})", permanent=status < _SERVER_FAULT)

    def _quote(self, body: object) -> str:
        """Return LINE's own words on one line, unless they repeat the token."""
        try:
            answer = json.loads(body) if isinstance(body, str | bytes) else {}
        except (ValueError, RecursionError):
            answer = {}
        answer = answer if isinstance(answer, dict) else {}
        rows = [one for one in answer.get("details") or () if isinstance(one, dict)]
        details = [f"{one.get('property')}: {one.get('message')}" for one in rows]
        said = " ".join("; ".join([str(answer.get("message", "")), *details]).split())
        said = "no reason given" if not said or self._token in said else said
        return shorten_units(said, _SAID_AT_MOST)


def _nonsense(doing: str) -> ChannelError:
    return ChannelError(f"LINE: {doing}: the answer makes no sense; is LINE_API_BASE right?", permanent=True)


def _rows(read: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return [one for one in read.get(key) or () if isinstance(one, dict) and "richMenuId" in one]


def _header(headers: Mapping[str, str] | None, name: str) -> str:
    return next((value for key, value in (headers or {}).items() if key.lower() == name), "")


def _leave_unread(_response: object, _kind: object) -> None:
    """Stand in for the SDK's reading of answers into models."""
