"""The page about the service: what is running, to whom handoffs are sealed, which numbers people are given."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from bot.desk.waiting import count_waiting
from bot.office.doors import Door
from bot.office.visit import Visit


async def health(_visit: Visit) -> Response:
    """Say that the process answers; nothing about the service."""
    return PlainTextResponse("ok\n")


async def home(visit: Visit) -> Response:
    """Show the state of the service, and on top what nobody has opened yet."""
    parts, now = visit.office.parts, visit.office.clock()
    waiting = await count_waiting(parts.handoffs, now)
    page = visit.render(
        "home.html",
        state=await parts.look(),
        waiting=waiting,
        is_log_sound=not parts.log_watch.fault,
        looked_at=now,
    )
    return visit.look_again(page)


DOORS = (Door("/", "GET", home), Door("/healthz", "GET", health, is_open=True))
