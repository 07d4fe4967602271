"""Reading request bodies: never more than a cap in memory, and nothing in them can raise."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_MAX_FIELDS = 16
_MAX_LENGTH_DIGITS = 9
#: Longer than the slowest phone needs for the largest body; the place may be somebody else's.
_WITHIN_S = 30.0


class TooLarge(Exception):
    """The body is over the cap. Nothing of it was kept."""


async def read_capped(request: Request, *, max_bytes: int) -> bytes:
    """
    Read the raw body. TooLarge: announced or found to be over the cap; reading stops there.

    HTTPException 408: it did not come in time. ClientDisconnect: it never will.
    """
    return await receive_capped(request.headers, request.receive, max_bytes=max_bytes)


async def receive_capped(headers: Mapping[str, str], receive: Receive, *, max_bytes: int) -> bytes:
    """Read the raw body of an ASGI request that nobody has read from; see `read_capped`."""
    announced = headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > _MAX_LENGTH_DIGITS or int(announced) > max_bytes):
        raise TooLarge
    try:
        async with asyncio.timeout(_WITHIN_S):
            return await _read(receive, max_bytes)
    except TimeoutError:
        raise HTTPException(408) from None


async def _read(receive: Receive, max_bytes: int) -> bytes:
    body, is_whole = bytearray(), False
    while not is_whole:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        if len(body) + len(chunk) > max_bytes:
            raise TooLarge
        body += chunk
        is_whole = not message.get("more_body", False)
    return bytes(body)


def parse_form(raw: bytes, content_type: str) -> Mapping[str, object]:
    """Read form fields, the last of a name winning. Anything else gives no fields."""
    return dict(parse_pairs(raw, content_type))


def parse_pairs(raw: bytes, content_type: str, *, most: int = _MAX_FIELDS) -> list[tuple[str, str]]:
    """Read at most so many form fields in their order; a name may come again. Anything else gives none."""
    if _get_kind(content_type) != _FORM:
        return []
    try:
        text = raw.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=most)
    except ValueError:
        return []


def parse_json(raw: bytes, content_type: str) -> Mapping[str, object]:
    """
    Read a JSON object. Anything else gives no fields.

    Asking for the JSON type keeps other sites out even where a browser tells no origin: a plain
    form cannot send it.
    """
    if _get_kind(content_type) != _JSON:
        return {}
    try:
        found = json.loads(raw, parse_constant=_refuse, object_pairs_hook=_make_object)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _get_kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _make_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name twice")
    return made
