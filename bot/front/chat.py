"""
The web chat: one page that works without scripts, and the same turns as JSON for the script.

Looking stores nothing. A turn is stored before it is answered; when it could not be, the answer
says so and what was typed comes back in the box. Neither cookies nor storage are needed: the page
carries its seat from answer to answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bot.core.reply import Reply
from bot.core.text import MAX_TYPED_CHARS
from bot.errors import TooOften
from bot.front.bodies import TooLarge, parse_form, parse_json, read_capped
from bot.front.gate import Gate, find_request_source
from bot.front.leaving import Leaving
from bot.front.live import Live
from bot.front.pages import Again, ChatPage
from bot.front.talk import Talk
from bot.front.visitor import Doorman, Visitor

MAX_BODY_BYTES = 64 * 1024
#: Statuses after which the same act may be sent again as it is.
_LATER = (429, 503)
#: What a button or the day's field sends: offered again as it was when it could not be stored.
_REPEATABLE = ("tap", "pick")

_ReadFields = Callable[[bytes, str], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of a turn.

    `line` is the key of the word that says what went wrong, empty if nothing. `is_gone`: the person left
    before it, and nothing became of it. `puzzle`: what the page's script solves before it sends the act again.
    """

    status: int
    reply: Reply | None
    line: str = ""
    is_gone: bool = False
    puzzle: Mapping[str, object] | None = None


_GONE = Outcome(410, None, is_gone=True)
_SLOW_DOWN = Outcome(429, None, "slow_down")


@dataclass(frozen=True, slots=True)
class Act:
    """
    A person's act on the page: who, and the fields that came. TooLarge leaves no fields.

    `source`: from where, if that can be told. `has_script`: the page's script sent it.
    """

    visitor: Visitor
    fields: Mapping[str, object] = field(repr=False)
    is_too_large: bool = False
    source: str = field(default="", repr=False)
    has_script: bool = False

    def get_text(self, name: str) -> str:
        """Return a field that may be drawn again; anything but text is empty."""
        value = self.fields.get(name)
        # A lone surrogate is legal in JSON and cannot be sent back as UTF-8.
        return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Chat:
    """The handlers of `/chat`."""

    talk: Talk
    doorman: Doorman
    live: Live
    leaving: Leaving
    new_token: Callable[[], str]
    gate: Gate | None = None

    async def show(self, request: Request) -> Response:
        """Show the current question. Nothing is stored and no cookie is set."""
        visitor = self.doorman.meet(request)
        if self.gate and not self.gate.may_look(find_request_source(request)):
            return HTMLResponse(self.talk.pages.draw_notice("slow_down", locale=visitor.locale), 429)
        reply = await self.talk.look(visitor)
        outcome = Outcome(200, reply) if reply else Outcome(503, None, "down")
        return self.tidy(visitor, self.draw_page(visitor, outcome))

    async def submit(self, request: Request) -> Response:
        """Take a turn from a form."""
        if not self.doorman.is_from_our_page(request):
            locale = self.doorman.meet(request).locale
            return HTMLResponse(self.talk.pages.draw_notice("refused", locale=locale), 403)
        act = await self._read_act(request, parse_form)
        outcome = await self._take(act)
        if outcome.is_gone:
            return self.tidy(act.visitor, RedirectResponse("/chat", 303))
        response = await self._respond_to_form(act, outcome)
        if not outcome.line:
            self.doorman.remember(response, act.visitor)
        return response

    async def turn(self, request: Request) -> Response:
        """Take a turn from the script."""
        if not self.doorman.is_from_our_page(request):
            words = self.talk.pages.words(self.doorman.meet(request).locale)
            return JSONResponse({"line": words["refused"], "view": None}, 403)
        act = replace(await self._read_act(request, parse_json), has_script=True)
        outcome = await self._take(act)
        if outcome.is_gone:
            gone = JSONResponse({"line": "", "view": None, "gone": True}, 410)
            return self.tidy(act.visitor, gone)
        response = JSONResponse(self._make_answer(act, outcome), outcome.status)
        if not outcome.line:
            self.doorman.remember(response, act.visitor)
        return response

    async def end_if_left(self, visitor: Visitor) -> bool:
        """Destroy what an act made while its person left, and say whether they did."""
        has_left = self.live.has_left(visitor.user_id)
        if has_left:
            await self.leaving.end((visitor.user_id,))
        return has_left

    def tidy(self, visitor: Visitor, response: Response) -> Response:
        """Take back a cookie that names somebody who left."""
        if visitor.has_stale_cookie:
            self.doorman.drop_cookies(response)
        return response

    async def open(self, request: Request) -> Response:
        """Show the page, or take a turn from its form."""
        return await (self.submit(request) if request.method == "POST" else self.show(request))

    def draw_page(self, visitor: Visitor, outcome: Outcome, act: Act | None = None) -> Response:
        """Draw the page with the question, and what could not be stored of the act."""
        kept = act if act and outcome.line else None
        page = ChatPage(
            view=self.talk.codec.encode(outcome.reply) if outcome.reply else None,
            delivery=self.new_token(),
            seat=visitor.user_id,
            line=outcome.line,
            text=kept.get_text("text") if kept else "",
            again=_find_again(kept) if kept and outcome.status in _LATER else None,
        )
        locale = outcome.reply.locale if outcome.reply else visitor.locale
        return HTMLResponse(self.talk.pages.draw_chat(page, locale=locale), outcome.status)

    async def _read_act(self, request: Request, parse: _ReadFields) -> Act:
        try:
            raw = await read_capped(request, max_bytes=MAX_BODY_BYTES)
        except TooLarge:
            return Act(self.doorman.meet(request), {}, is_too_large=True)
        fields = parse(raw, request.headers.get("content-type", ""))
        visitor = self.doorman.meet(request, fields.get("seat"))
        return Act(visitor, fields, source=find_request_source(request))

    async def _take(self, act: Act) -> Outcome:
        """Take a turn, unless its person left before it or meanwhile."""
        if act.visitor.has_left:
            return _GONE
        outcome = self._hold_back(act) or await self._answer(act)
        return _GONE if await self.end_if_left(act.visitor) else outcome

    def _hold_back(self, act: Act) -> Outcome | None:
        """Ask the gate, before anything of the database is. None: they may go on."""
        if self.gate is None or act.is_too_large:
            return None
        seat = act.visitor.user_id
        verdict = self.gate.admit(act.source, seat, act.fields, has_script=act.has_script)
        if verdict != "in" and self._must_hear(self.gate, act):
            return None
        if verdict == "prove":
            return replace(_SLOW_DOWN, puzzle=self.gate.ask(seat, act.fields))
        return None if verdict == "in" else _SLOW_DOWN

    def _must_hear(self, gate: Gate, act: Act) -> bool:
        """Whether it is one of the few things that never wait."""
        visitor = act.visitor
        inbound = self.talk.codec.decode(act.fields, user_id=visitor.user_id, locale=visitor.locale)
        return inbound is not None and gate.must_hear(act.source, visitor.user_id, inbound.what)

    async def _answer(self, act: Act) -> Outcome:
        visitor = act.visitor
        if act.is_too_large:
            return Outcome(413, await self.talk.look(visitor), "too_big")
        if len(act.get_text("text")) > MAX_TYPED_CHARS:
            return Outcome(413, await self.talk.look(visitor), "too_long")
        inbound = self.talk.codec.decode(act.fields, user_id=visitor.user_id, locale=visitor.locale)
        if inbound is None:
            return Outcome(400, await self.talk.look(visitor), "unclear")
        try:
            reply = await self.talk.receive(replace(inbound, source=act.source))
        except TooOften:
            return _SLOW_DOWN
        if reply is None:
            return Outcome(503, await self.talk.look(visitor), "not_saved")
        if self.gate:
            self.gate.remember(visitor.user_id)
        self.live.tell(visitor.user_id)
        return Outcome(200, reply)

    async def _respond_to_form(self, act: Act, outcome: Outcome) -> Response:
        """
        Send the browser back to the page, so that a reload or Back repeats nothing.

        Only where the page would say the same: a gentle note or a farewell is said once, and must
        not be lost on the way. And only a browser that showed the cookie: another would arrive as a
        stranger, so it gets the page at once, and with it the seat.
        """
        if act.visitor.has_cookie and not outcome.line and outcome.reply == await self.talk.look(act.visitor):
            return RedirectResponse("/chat", 303)
        return self.draw_page(act.visitor, outcome, act)

    def _make_answer(self, act: Act, outcome: Outcome) -> dict[str, Any]:
        """Make the script's answer; the page's words come along when the language changed."""
        locale = outcome.reply.locale if outcome.reply else act.visitor.locale
        line = self.talk.pages.words(locale)[outcome.line] if outcome.line else ""
        if outcome.reply is None:
            return {"line": line, "view": None, **({"puzzle": outcome.puzzle} if outcome.puzzle else {})}
        return {"line": line, **self.talk.draw(outcome.reply, lang=act.fields.get("lang"))}


def _find_again(act: Act) -> Again | None:
    """Find what can be sent again by one button, with the question it belonged to."""
    for name in _REPEATABLE:
        if value := act.get_text(name):
            return Again(name, value, visit=act.get_text("visit"), turn=act.get_text("turn"))
    return None
