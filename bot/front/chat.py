"""
The web chat: one page that works without scripts, and the same turns as JSON for the script.

Looking stores nothing. A turn is stored before it is answered; when it could not be, the answer
says so and what was typed comes back in the box.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bot.core.model import NOT_YET
from bot.core.reply import Reply
from bot.core.text import MAX_TYPED_CHARS
from bot.errors import StoreDown
from bot.front.bodies import TooLarge, parse_form, parse_json, read_capped
from bot.front.pages import SCRIPT_WORDS, ChatPage, Pages
from bot.front.visitor import Doorman, Visitor
from bot.log import log_incident
from bot.ports import Conversation, Inbound, WebCodec

_log = logging.getLogger(__name__)

CHANNEL = "web"
MAX_BODY_BYTES = 64 * 1024

_ReadFields = Callable[[bytes, str], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a turn. `line` is the key of the word that says what went wrong, empty if nothing."""

    status: int
    reply: Reply | None
    line: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """A person's act on the page: who, and the fields that came. TooLarge leaves no fields."""

    visitor: Visitor
    fields: Mapping[str, object] = field(repr=False)
    is_too_large: bool = False

    def get_text(self, name: str) -> str:
        """Return a field that may be drawn again; anything but text is empty."""
        value = self.fields.get(name)
        # A lone surrogate is legal in JSON and cannot be sent back as UTF-8.
        return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Chat:
    """The handlers of `/chat`."""

    conversation: Conversation
    codec: WebCodec
    pages: Pages
    doorman: Doorman
    new_token: Callable[[], str]

    async def show(self, request: Request) -> Response:
        """Show the current question. Nothing is stored and no cookie is set."""
        visitor = self.doorman.meet(request)
        reply = await self._look(visitor)
        if reply is None:
            return self._draw_page(visitor, Outcome(503, None, "down"))
        return self._draw_page(visitor, Outcome(200, reply))

    async def submit(self, request: Request) -> Response:
        """Take a turn from a form."""
        if not self.doorman.is_from_our_page(request):
            return self._refuse(request)
        act = await self._read_act(request, parse_form)
        outcome = await self._answer(act)
        response = await self._respond_to_form(act, outcome)
        if not outcome.line:
            self.doorman.remember(response, act.visitor)
        return response

    async def turn(self, request: Request) -> Response:
        """Take a turn from the script."""
        visitor = self.doorman.meet(request)
        if not self.doorman.is_from_our_page(request):
            return JSONResponse({"line": self.pages.words(visitor.locale)["refused"], "view": None}, 403)
        act = await self._read_act(request, parse_json)
        outcome = await self._answer(act)
        response = JSONResponse(self._make_answer(act, outcome), outcome.status)
        if not outcome.line:
            self.doorman.remember(response, act.visitor)
        return response

    async def leave(self, request: Request) -> Response:
        """
        Forget the cookie and send the browser elsewhere.

        The session is not erased: a stranger's tap on the button must not cost a person what they
        told. It cannot be opened from this browser any more and dies by its own time, 24 h.
        """
        if not self.doorman.is_from_our_page(request):
            return self._refuse(request)
        # Not a redirect: browsers hold it against `form-action 'self'` and the person would stay.
        # And this way the screen is blank at once, however slow the other site is.
        locale = self.doorman.meet(request).locale
        response = HTMLResponse(self.pages.draw_blank(locale=locale))
        response.headers["refresh"] = f"0; url={self.pages.words(locale)['exit_url']}"
        self.doorman.forget(response)
        return response

    async def _read_act(self, request: Request, parse: _ReadFields) -> Act:
        visitor = self.doorman.meet(request)
        try:
            raw = await read_capped(request, max_bytes=MAX_BODY_BYTES)
        except TooLarge:
            return Act(visitor, {}, is_too_large=True)
        return Act(visitor, parse(raw, request.headers.get("content-type", "")))

    async def _answer(self, act: Act) -> Outcome:
        if act.is_too_large:
            return Outcome(413, await self._look(act.visitor), "too_big")
        if len(act.get_text("text")) > MAX_TYPED_CHARS:
            return Outcome(413, await self._look(act.visitor), "too_long")
        visitor = act.visitor
        inbound = self.codec.decode(act.fields, user_id=visitor.user_id, locale=visitor.locale)
        if inbound is None:
            return Outcome(400, await self._look(visitor), "unclear")
        reply = await self._receive(inbound)
        if reply is None or _is_apology(reply):
            return Outcome(503, await self._look(visitor), "not_saved")
        return Outcome(200, reply)

    async def _receive(self, inbound: Inbound) -> Reply | None:
        """Take the turn; None: it is not stored."""
        try:
            reply = await self.conversation.receive(inbound)
            return reply or await self.conversation.look(CHANNEL, inbound.user_id, locale=inbound.locale)
        except StoreDown:
            return None
        except Exception as fault:  # noqa: BLE001 - whatever happened, the typed text goes back to its box
            log_incident(_log, "turn_failed", fault, channel=CHANNEL)
            return None

    async def _look(self, visitor: Visitor) -> Reply | None:
        """Read the current question; None when it cannot be read."""
        try:
            return await self.conversation.look(CHANNEL, visitor.user_id, locale=visitor.locale)
        except StoreDown:
            return None
        except Exception as fault:  # noqa: BLE001 - a page without its question still shows the human route
            log_incident(_log, "look_failed", fault, channel=CHANNEL)
            return None

    async def _respond_to_form(self, act: Act, outcome: Outcome) -> Response:
        """
        Send the browser back to the page, so that a reload or Back repeats nothing.

        Only when the page would say the same: a gentle note or a farewell is said once, and must
        not be lost on the way.
        """
        if not outcome.line and outcome.reply == await self._look(act.visitor):
            return RedirectResponse("/chat", 303)
        return self._draw_page(act.visitor, outcome, act)

    def _draw_page(self, visitor: Visitor, outcome: Outcome, act: Act | None = None) -> Response:
        kept = act if act and outcome.line else None
        page = ChatPage(
            view=self.codec.encode(outcome.reply) if outcome.reply else None,
            delivery=self.new_token(),
            line=outcome.line,
            text=kept.get_text("text") if kept else "",
            tap=kept.get_text("tap") if kept and outcome.status == 503 else "",  # noqa: PLR2004 - HTTP
        )
        locale = outcome.reply.locale if outcome.reply else visitor.locale
        return HTMLResponse(self.pages.draw_chat(page, locale=locale), outcome.status)

    def _make_answer(self, act: Act, outcome: Outcome) -> dict[str, Any]:
        """Make the script's answer; the page's words come along when the language changed."""
        words = self.pages.words(outcome.reply.locale if outcome.reply else act.visitor.locale)
        answer: dict[str, Any] = {
            "line": words[outcome.line] if outcome.line else "",
            "view": self.codec.encode(outcome.reply) if outcome.reply else None,
        }
        if outcome.reply and act.fields.get("lang") != words["lang"]:
            answer["words"] = {key: words[key] for key in SCRIPT_WORDS}
        return answer

    def _refuse(self, request: Request) -> Response:
        locale = self.doorman.meet(request).locale
        return HTMLResponse(self.pages.draw_notice("refused", locale=locale), 403)


def _is_apology(reply: Reply) -> bool:
    """Whether the conversation itself failed (Voice.sorry): nothing was stored, nothing may be lost."""
    return not reply.buttons and reply.visit == NOT_YET
