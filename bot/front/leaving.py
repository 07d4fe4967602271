"""
The quick exit: the screen is elsewhere at once, and what was told is destroyed.

Nothing here may hold a person back: not a body that does not come, not a database that is away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.core.inputs import Left
from bot.errors import StoreDown, TooOften
from bot.front.bodies import TooLarge, parse_form, read_capped
from bot.front.gate import Gate, find_request_source
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
#: Exits that are still being stored. Beyond that each is tried once: what is not stored ends by its own time.
_MOST_WAITING = 1_000
#: Names that are ended one after the other, where one source leaves very often. As above.
_MOST_LATER = 10_000


@dataclass(frozen=True, slots=True)
class Leaving:
    """
    The handler of `/chat/leave`.

    No exit is refused. What `gate` finds too much from one source is answered at once, and carried out one after the
    other. `knows` says of a name whether anything is stored, so that one that is made up costs no transaction.
    """

    talk: Talk
    doorman: Doorman
    live: Live
    new_token: Callable[[], str]
    desk: Desk | None = None
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    gate: Gate | None = None
    knows: Callable[[str], Awaitable[bool]] | None = None
    #: Names that wait to be ended, in their order.
    later: dict[str, None] = field(default_factory=dict)

    async def leave(self, request: Request) -> Response:
        """
        End the conversation, take the cookie back and send the browser elsewhere.

        The conversation is destroyed, not only let go of: whoever presses this is in a hurry and
        cannot come back to erase it. A stranger's tap costs what was told; their look would cost more.
        """
        locale = self.doorman.meet(request).locale
        if not self.doorman.is_from_our_page(request):
            return HTMLResponse(self.talk.pages.draw_notice("refused", locale=locale), 403)
        names = self.doorman.list_names(request, await _read_seat(request))
        await self.end(names, source=find_request_source(request))
        # Not a redirect: browsers hold it against `form-action 'self'` and the person would stay.
        # And this way the screen is blank at once, however slow the other site is.
        response = HTMLResponse(self.talk.pages.draw_blank(locale=locale))
        response.headers["refresh"] = f"0; url={self.talk.pages.words(locale)['exit_url']}"
        self.doorman.forget(response)
        return response

    async def end(self, names: tuple[str, ...], *, source: str = "") -> None:
        """
        Tell their other pages, then have everything destroyed, waiting only a moment for it.

        From here on the names are dead: what comes late in one of them begins nothing. `source`: from where it came.
        """
        is_at_once = self._is_at_once(names, source)
        for name in names:
            self.live.end(name)
        if not is_at_once:
            self._end_later(names)
            return
        ending = {self._begin(self._destroy(name)) for name in names}
        ending |= {self._begin(self._give_up(self.desk, name)) for name in names if self.desk}
        if ending:
            await asyncio.wait(ending, timeout=_END_WITHIN_S)

    def _is_at_once(self, names: tuple[str, ...], source: str) -> bool:
        """Whoever acted a moment ago and leaves for the first time never waits behind others."""
        if self.gate is None or not names:
            return True
        if any(self.gate.is_known(name) and not self.live.has_left(name) for name in names):
            return True
        return self.gate.may_leave(source) and len(self.tasks) < _MOST_WAITING

    def _end_later(self, names: tuple[str, ...]) -> None:
        """End them behind the person, one after the other."""
        if len(self.later) >= _MOST_LATER:
            _log.warning("exit_not_stored", extra={"channel": CHANNEL})
            return
        is_ending = bool(self.later)
        self.later.update(dict.fromkeys(names))
        if self.later and not is_ending:
            self._begin(self._end_waiting())

    async def _end_waiting(self) -> None:
        while self.later:
            name = next(iter(self.later))
            await self._destroy(name)
            if self.desk:
                await self._give_up(self.desk, name)
            self.later.pop(name, None)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def _destroy(self, name: str) -> None:
        left = Inbound(CHANNEL, name, self.new_token(), Left())

        async def destroy() -> None:
            if await self._is_known(name):
                self.live.keep(name)
                await self.talk.conversation.receive(left)

        await self._insist(destroy)

    async def _is_known(self, name: str) -> bool:
        """Say whether anything is stored of it. StoreDown: nobody knows yet."""
        try:
            return self.knows is None or await self.knows(name)
        except StoreDown:
            raise
        except Exception as fault:  # noqa: BLE001 - a fault in looking must not keep what is to be destroyed
            log_incident(_log, "exit_failed", fault, channel=CHANNEL)
            return True

    async def _give_up(self, desk: Desk, name: str) -> None:
        """End the one-time page that has this seat, if there is one."""
        await self._insist(lambda: desk.give_up(name))

    async def _insist(self, act: Callable[[], Awaitable[object]]) -> None:
        for pause_s in _PAUSES_S:
            if pause_s and len(self.tasks) > _MOST_WAITING:
                break
            await asyncio.sleep(pause_s)
            try:
                await act()
            except (StoreDown, TooOften):
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
