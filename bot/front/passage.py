"""
The one-time page: going on here with a conversation from another channel.

Opening it looks nothing up, because programs that preview and fetch ahead open addresses too; only the
button uses the code. What is wrong with a code that does not lead on, nobody is told.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.core.code import read_code
from bot.core.reply import Reply
from bot.errors import StoreDown, TooOften
from bot.front.bodies import TooLarge, parse_form, read_capped
from bot.front.chat import Chat, Outcome
from bot.front.gate import find_request_source
from bot.front.talk import CHANNEL, is_begun
from bot.front.visitor import Visitor
from bot.log import log_incident

_log = logging.getLogger(__name__)

_MAX_BODY_BYTES = 4 * 1024


@dataclass(frozen=True, slots=True)
class Passage:
    """The handlers of `/p/{code}`."""

    chat: Chat

    async def open(self, request: Request) -> Response:
        """Show the page, or use its button."""
        return await (self.enter(request) if request.method == "POST" else self.show(request))

    async def show(self, request: Request) -> Response:
        """Show a neutral page with one button. Nothing is looked up, stored or used."""
        code = _read_path(request)
        return self._draw(self.chat.doorman.meet(request), code, 200)

    async def enter(self, request: Request) -> Response:
        """Use the code: the chat with that conversation, or 410 for a code that leads nowhere any more."""
        code = _read_path(request)
        doorman, pages = self.chat.doorman, self.chat.talk.pages
        if not doorman.is_from_our_page(request):
            return HTMLResponse(pages.draw_notice("refused", locale=doorman.meet(request).locale), 403)
        seat = await _read_seat(request)
        visitor = doorman.meet(request, seat)
        if isinstance(seat, str) and self.chat.live.has_left(seat):
            return RedirectResponse("/chat", 303)  # they left before this came: the code stays good
        try:
            reply = await self._take_over(visitor, code, find_request_source(request))
        except (StoreDown, TooOften) as refusal:
            line, status = ("down", 503) if isinstance(refusal, StoreDown) else ("slow_down", 429)
            return self._draw(visitor, code, status, line=line)
        if await self.chat.end_if_left(visitor):
            return RedirectResponse("/chat", 303)
        if reply is None and (not visitor.has_cookie or visitor.user_id == seat):
            reply = await self._find_begun(visitor)
        if reply is None:
            return HTMLResponse(pages.draw_notice("code_gone", locale=visitor.locale), 410)
        self.chat.live.tell(visitor.user_id)
        return self._lead_on(visitor, reply)

    async def _take_over(self, visitor: Visitor, code: str, source: str) -> Reply | None:
        """Try the code. StoreDown, TooOften: it could not be tried, whatever the reason, and is still good."""
        if self.chat.gate and not self.chat.gate.may_step(source):
            raise TooOften("codes")
        try:
            return await self.chat.talk.conversation.take_over(CHANNEL, visitor.user_id, code)
        except (StoreDown, TooOften):
            raise
        except Exception as fault:  # noqa: BLE001 - whatever it was, the code is still good and the page says so
            log_incident(_log, "move_failed", fault, channel=CHANNEL)
            raise StoreDown("not moved") from None

    async def _find_begun(self, visitor: Visitor) -> Reply | None:
        """
        Find what this very page has brought already: a button is pressed twice, an answer gets lost.

        Not for a cookie of another name: whoever has a conversation here is told that the code did nothing.
        """
        here = await self.chat.talk.look(visitor)
        return here if here and is_begun(here) else None

    def _lead_on(self, visitor: Visitor, reply: Reply) -> Response:
        """Leave the address with the code behind, or draw the page at once where the way would lose the seat."""
        if visitor.has_cookie:
            return RedirectResponse("/chat", 303)
        response = self.chat.draw_page(visitor, Outcome(200, reply))
        self.chat.doorman.remember(response, visitor)
        return response

    def _draw(self, visitor: Visitor, code: str, status: int, *, line: str = "") -> Response:
        page = self.chat.talk.pages.draw_passage(code, seat=visitor.user_id, line=line, locale=visitor.locale)
        return HTMLResponse(page, status)


def _read_path(request: Request) -> str:
    """Return the code in the address, however it is written. HTTPException 404: it is none."""
    code = read_code(request.path_params["code"].replace("-", ""))
    if code is None:
        raise HTTPException(404)
    return code


async def _read_seat(request: Request) -> object:
    try:
        raw = await read_capped(request, max_bytes=_MAX_BODY_BYTES)
    except TooLarge:
        return None
    return parse_form(raw, request.headers.get("content-type", "")).get("seat")
