"""
The quick exit: the screen is elsewhere at once, and what was told is destroyed.

Nothing here may hold a person back: not a body that does not come, not a database that is away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.core.inputs import Left
from bot.errors import StoreDown
from bot.front.bodies import TooLarge, parse_form, read_capped
from bot.front.live import Live
from bot.front.talk import CHANNEL, Talk
from bot.front.visitor import Doorman
from bot.log import log_incident
from bot.ports import Desk, Inbound

_log = logging.getLogger(__name__)

_MAX_BODY_BYTES = 4 * 1024
#: The seat comes in one piece with the request. Longer, and somebody waits before a page that must go.
_BODY_WITHIN_S = 2.0
#: Usually the conversation is gone by then; else the person leaves first and it goes behind them.
_END_WITHIN_S = 0.5
_PAUSES_S = (0.0, 1.0, 4.0)


@dataclass(frozen=True, slots=True)
class Leaving:
    """The handler of `/chat/leave`."""

    talk: Talk
    doorman: Doorman
    live: Live
    new_token: Callable[[], str]
    desk: Desk | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def leave(self, request: Request) -> Response:
        """
        End the conversation, take the cookie back and send the browser elsewhere.

        The conversation is destroyed, not only let go of: whoever presses this is in a hurry and
        cannot come back to erase it. A stranger's tap costs what was told; their look would cost more.
        """
        locale = self.doorman.meet(request).locale
        if not self.doorman.is_from_our_page(request):
            return HTMLResponse(self.talk.pages.draw_notice("refused", locale=locale), 403)
        await self.end(self.doorman.list_names(request, await _read_seat(request)))
        # Not a redirect: browsers hold it against `form-action 'self'` and the person would stay.
        # And this way the screen is blank at once, however slow the other site is.
        response = HTMLResponse(self.talk.pages.draw_blank(locale=locale))
        response.headers["refresh"] = f"0; url={self.talk.pages.words(locale)['exit_url']}"
        self.doorman.forget(response)
        return response

    async def end(self, names: tuple[str, ...]) -> None:
        """
        Tell their other pages, then have everything destroyed, waiting only a moment for it.

        From here on the names are dead: what comes late in one of them begins nothing.
        """
        for name in names:
            self.live.end(name)
        ending = {asyncio.create_task(self._destroy(name)) for name in names}
        ending |= {asyncio.create_task(self._give_up(self.desk, name)) for name in names if self.desk}
        self.tasks.update(ending)
        for task in ending:
            task.add_done_callback(self.tasks.discard)
        if ending:
            await asyncio.wait(ending, timeout=_END_WITHIN_S)

    async def _destroy(self, name: str) -> None:
        left = Inbound(CHANNEL, name, self.new_token(), Left())
        await self._insist(lambda: self.talk.conversation.receive(left))

    async def _give_up(self, desk: Desk, name: str) -> None:
        """End the one-time page that has this seat, if there is one."""
        await self._insist(lambda: desk.give_up(name))

    async def _insist(self, act: Callable[[], Awaitable[object]]) -> None:
        for pause_s in _PAUSES_S:
            await asyncio.sleep(pause_s)
            try:
                await act()
            except StoreDown:
                continue
            except Exception as fault:  # noqa: BLE001 - nobody waits for it any more
                log_incident(_log, "exit_failed", fault, channel=CHANNEL)
            return
        # It ends by its own time, 24 h after the last word; no browser holds its name any more.
        _log.warning("exit_not_stored", extra={"channel": CHANNEL})


async def _read_seat(request: Request) -> object:
    try:
        async with asyncio.timeout(_BODY_WITHIN_S):
            raw = await read_capped(request, max_bytes=_MAX_BODY_BYTES)
    except (TooLarge, TimeoutError):
        return None
    return parse_form(raw, request.headers.get("content-type", "")).get("seat")
