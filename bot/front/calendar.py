"""
A calendar file with a day that the person wants to keep, made anew for each request.

The day stands in the address, so nothing is stored and nothing is looked up.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import date, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.core.taipei import TAIPEI
from bot.front.visitor import prefer_language
from bot.ports import Clock, Interface

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: A link from before midnight still opens.
_OLDEST = timedelta(days=1)
_NEWEST = timedelta(days=2 * 365 + 1)
_HEADERS = {"content-disposition": 'attachment; filename="memo.ics"'}


class Calendar:
    """Gives a file for one day: an entry thirty days before it, and one on it."""

    def __init__(self, interface: Interface, clock: Clock) -> None:
        self._interface = interface
        self._clock = clock

    async def give(self, request: Request) -> Response:
        """Answer with the file. Whatever follows a question mark in the address is not looked at."""
        today = self._clock().astimezone(TAIPEI).date()
        last_day = _read_path(request.path_params["day"], today)
        if last_day is None:
            raise HTTPException(404)
        locale = prefer_language(request.headers.get("accept-language", ""))
        content = await asyncio.to_thread(_draw, last_day, today, self._interface.words(locale))
        return Response(content, headers=_HEADERS, media_type="text/calendar")


def _draw(last_day: date, today: date, words: Mapping[str, str]) -> bytes:
    # Few ask for it, and what writes it takes a moment to load: in a thread, and with the first of them.
    from bot.front.calendar_file import draw_calendar  # noqa: PLC0415 - as said

    return draw_calendar(last_day, today, words=words)


def _read_path(text: str, today: date) -> date | None:
    """Return the day in the address, if it is one and near enough for somebody to keep."""
    if not _DAY.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if -_OLDEST <= day - today <= _NEWEST else None
