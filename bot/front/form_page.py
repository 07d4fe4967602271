"""
The one-time page on which the form is filled in: `/p/n/{token}`.

Opening the address uses nothing up, because programs that preview and fetch ahead open addresses too; only the
button does. From then on a seat that lives in the page alone names it. What was typed is in the page and nowhere else:
never in an address, a log or a title.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.core.taipei import TAIPEI
from bot.errors import StoreDown
from bot.front.bodies import TooLarge, parse_pairs, read_capped
from bot.front.form_drawing import FormPages
from bot.front.form_sheet import find_seat
from bot.front.form_turn import Shown, Turn, insist
from bot.front.gate import BusyDesk, Gate, find_request_source
from bot.front.live import Live
from bot.front.visitor import Doorman, prefer_language
from bot.ports import Clock, Desk, Opened

MAX_BODY_BYTES = 64 * 1024
#: More than the form has fields and boxes to tick.
_MAX_PAIRS = 300
#: 128 to 256 bits in base64url.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,43}", re.ASCII)

_Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class FormPage:
    """The handlers of `/p/n/{token}`."""

    desk: Desk
    pages: FormPages
    doorman: Doorman
    live: Live
    new_token: Callable[[], str]
    clock: Clock
    gate: Gate | None = None

    async def open(self, request: Request) -> Response:
        """Show the page, or take what its buttons send."""
        return await (self.enter(request) if request.method == "POST" else self.show(request))

    async def show(self, request: Request) -> Response:
        """Show a neutral page with one button. Nothing is looked up, stored or used."""
        return self._draw_opening(request, self.new_token())

    async def enter(self, request: Request) -> Response:
        """Open the page, or take a step on it."""
        _read_path(request)
        if not self.doorman.is_from_our_page(request):
            return self._draw_notice(request, "refused", 403)
        try:
            pairs = await _read_pairs(request)
        except TooLarge:
            return self._draw_notice(request, "too_big", 413)
        seat = find_seat(pairs) or self.new_token()
        if self.live.has_left(seat):
            return RedirectResponse("/chat", 303)  # they left before this came
        if any(name == "step" for name, _ in pairs):
            return await self._go_on(request, pairs)
        if not self._may_step(request):
            return self._draw_opening(request, seat, "slow_down", 429)
        return await self._begin(request, seat)

    def _may_step(self, request: Request) -> bool:
        return self.gate is None or self.gate.may_step(find_request_source(request))

    async def _begin(self, request: Request, seat: str) -> Response:
        """Use the link up and show the first step; 410 for a link that leads nowhere any more."""
        token = _read_path(request)
        try:
            opened = await self._open(
                token, seat, prefer_language(request.headers.get("accept-language", ""))
            )
            if opened and self.live.has_left(seat):
                await insist(self.desk.give_up(seat))
                return RedirectResponse("/chat", 303)
        except StoreDown:
            return self._draw_opening(request, seat, "down", 503)
        if opened is None:
            locale = self.doorman.meet(request).locale
            return _respond(Shown(self.pages.draw_end("form_used", locale=locale), 410, is_over=True))
        sheet = self.pages.sheets.open(opened, seat, today=self._tell_today())
        return _respond(Shown(self.pages.draw_step(sheet, token)))

    async def _open(self, token: str, seat: str, locale: str) -> Opened | None:
        """
        Open it, or find what this very page has opened already: a button is pressed twice, an answer gets lost.

        Then it begins without what the conversation knew.
        """
        opened = await insist(self.desk.open_page(token, seat))
        if opened is None and await insist(self.desk.check_page(seat)) == "open":
            return Opened({}, locale)
        return opened

    async def _go_on(self, request: Request, pairs: _Pairs) -> Response:
        today = self._tell_today()
        sheet = self.pages.sheets.read(pairs, today=today)
        go = next((value for name, value in pairs if name == "go"), "")
        # A refusal must not cost what was filled in: the page says that it could not, and keeps it.
        desk = self.desk if self._may_step(request) else BusyDesk()
        turn = Turn(desk, self.pages, _read_path(request), today, sheet, go, find_request_source(request))
        return _respond(await turn.take())

    def _draw_opening(self, request: Request, seat: str, line: str = "", status: int = 200) -> Response:
        token, locale = _read_path(request), self.doorman.meet(request).locale
        return HTMLResponse(self.pages.draw_opening(token, seat=seat, line=line, locale=locale), status)

    def _draw_notice(self, request: Request, line: str, status: int) -> Response:
        locale = self.doorman.meet(request).locale
        return HTMLResponse(self.pages.pages.draw_notice(line, locale=locale), status)

    def _tell_today(self) -> date:
        return self.clock().astimezone(TAIPEI).date()


def _respond(shown: Shown) -> Response:
    response = HTMLResponse(shown.page, shown.status)
    if shown.is_over:
        # As the exit does: what the browser kept of earlier steps goes. The chat's cookie is not ours to take.
        response.headers["clear-site-data"] = '"cache", "storage"'
    return response


def _read_path(request: Request) -> str:
    """Return the token in the address. HTTPException 404: it is none."""
    token: str = request.path_params["token"]
    if not _TOKEN.fullmatch(token):
        raise HTTPException(404)
    return token


async def _read_pairs(request: Request) -> _Pairs:
    raw = await read_capped(request, max_bytes=MAX_BODY_BYTES)
    return parse_pairs(raw, request.headers.get("content-type", ""), most=_MAX_PAIRS)
