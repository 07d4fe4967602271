"""
The public program's routes.

It receives everything it works with; which adapters those are, only the wiring knows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.form.model import Form
from bot.form.reading import FormReader
from bot.front.calendar import Calendar
from bot.front.chat import Chat
from bot.front.form_drawing import FormPages
from bot.front.form_page import FormPage
from bot.front.form_sheet import SheetReader
from bot.front.gate import Gate
from bot.front.headers import SafeEdge
from bot.front.late_exit import LateExit
from bot.front.leaving import Leaving
from bot.front.live import Live
from bot.front.pages import STATIC, Pages
from bot.front.passage import Passage
from bot.front.stream import Stream
from bot.front.talk import Talk
from bot.front.visitor import Doorman, prefer_language
from bot.front.webhooks import Door, DoorsFirst
from bot.log import log_incident
from bot.ports import Clock, Conversation, Desk, FormVoice, Interface, WebCodec, Webhook, name_door

_log = logging.getLogger(__name__)

#: Where a page says that its person leaves.
LEAVE = "/chat/leave"

_IsReady = Callable[[], Awaitable[bool]]


def _tell_time() -> datetime:
    return datetime.now(UTC)


def create_app(
    *,
    conversation: Conversation,
    interface: Interface,
    codec: WebCodec,
    webhooks: Mapping[str, Webhook],
    is_ready: Callable[[], Awaitable[bool]],
    origin: str,
    demo: bool,
    new_token: Callable[[], str],
    clock: Clock = _tell_time,
    live: Live | None = None,
    desk: Desk | None = None,
    form: Form | None = None,
    voice: FormVoice | None = None,
    gate: Gate | None = None,
    in_hand: set[asyncio.Task[Any]] | None = None,
    knows: Callable[[str], Awaitable[bool]] | None = None,
) -> Starlette:
    """
    Build the public program.

    `webhooks` by channel name: a channel that is off has no route. `origin` is the page's own, without a path; https makes
    its cookie secure. `new_token` gives 256 random bits in base64url. `clock` says which days can still
    be kept in a calendar. `live` are the pages that listen: whoever stops the program must close it
    first, because the server waits for what is open. `desk`, `form` and `voice`, all three, add the one-time page
    on which the form is filled in. `gate` bounds what comes from one source; without it nothing does.
    `in_hand` holds what goes on behind an answer: whoever stops the program waits for it. `knows` says whether anything
    is stored of a name of the web page, without a transaction; without it every exit is carried out.
    """
    pages = Pages(interface, demo=demo)
    live, in_hand = Live() if live is None else live, set() if in_hand is None else in_hand
    doorman = Doorman(origin=origin, new_token=new_token, has_left=live.has_left)
    talk = Talk(conversation, codec, pages)
    leaving = Leaving(talk, doorman, live, new_token, desk, in_hand, gate, knows)
    chat = Chat(talk, doorman, live, leaving, new_token, gate)
    doors = {name: Door(webhook, conversation, in_hand) for name, webhook in webhooks.items()}
    form_page = None
    if desk and form and voice:
        form_page = FormPage(desk, _draw_form(pages, form, voice), doorman, live, new_token, clock, gate)
    app = Starlette(
        routes=[
            *_route_doors(doors),
            *_route_chat(chat, Stream(talk, doorman, live, gate), leaving),
            *_route_passage(Passage(chat)),
            *_route_form(form_page),
            Route("/date/{day}.ics", Calendar(interface, clock).give, methods=["GET"]),
            *_route_probes(is_ready),
        ],
        middleware=[
            _guard_edge(pages, origin),
            *_let_in(doors, Middleware(LateExit, doorman=doorman, leaving=leaving)),
        ],
        exception_handlers={HTTPException: _make_kind_page(pages)},
    )
    # Starlette would build the way from the Host header, which anybody may write.
    app.router.redirect_slashes = False
    return app


def _draw_form(pages: Pages, form: Form, voice: FormVoice) -> FormPages:
    return FormPages(pages, voice, SheetReader(form, FormReader(form)))


def _guard_edge(pages: Pages, origin: str) -> Middleware:
    def draw_broken(header: str) -> str:
        return pages.draw_notice("failed", locale=prefer_language(header))

    return Middleware(SafeEdge, https=origin.startswith("https://"), when_broken=draw_broken)


def _let_in(doors: Mapping[str, Door], browsers: Middleware) -> list[Middleware]:
    """Deliveries first: nothing that a browser carries is looked for on them."""
    first = Middleware(DoorsFirst, doors={name_door(name): door for name, door in doors.items()})
    return [first, browsers]


def _route_doors(doors: Mapping[str, Door]) -> list[BaseRoute]:
    """Refuse whoever knocks in another way. What is posted there is taken ahead of all routes (`DoorsFirst`)."""
    return [Route(name_door(name), _refuse_way, methods=["POST"]) for name in doors]


def _route_chat(chat: Chat, stream: Stream, leaving: Leaving) -> list[BaseRoute]:
    return [
        Route("/", _go_to_chat, methods=["GET"]),
        Route("/chat", chat.open, methods=["GET", "POST"]),
        Route("/chat/turn", chat.turn, methods=["POST"]),
        Route("/chat/live", stream.open, methods=["POST"]),
        Route(LEAVE, leaving.leave, methods=["POST"]),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


def _route_passage(passage: Passage) -> list[BaseRoute]:
    return [Route("/p/{code}", passage.open, methods=["GET", "POST"])]


def _route_form(page: FormPage | None) -> list[BaseRoute]:
    return [Route("/p/n/{token}", page.open, methods=["GET", "POST"])] if page else []


def _route_probes(is_ready: _IsReady) -> list[BaseRoute]:
    async def say_ready(_: Request) -> Response:
        ready = await _ask(is_ready)
        return JSONResponse({"ready": ready}, 200 if ready else 503)

    return [Route("/healthz", _say_alive, methods=["GET"]), Route("/readyz", say_ready, methods=["GET"])]


async def _ask(is_ready: _IsReady) -> bool:
    try:
        return await is_ready()
    except Exception as fault:  # noqa: BLE001 - a probe that cannot tell is not ready
        log_incident(_log, "readiness_failed", fault)
        return False


async def _refuse_way(_: Request) -> Response:
    raise HTTPException(405)


async def _go_to_chat(_: Request) -> Response:
    return RedirectResponse("/chat", 303)


async def _say_alive(_: Request) -> Response:
    return PlainTextResponse("ok")


def _make_kind_page(pages: Pages) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Make the handler for what the routes do not know."""

    async def answer(request: Request, refusal: Exception) -> Response:
        status = refusal.status_code if isinstance(refusal, HTTPException) else 500
        headers = refusal.headers if isinstance(refusal, HTTPException) else None
        line = {404: "not_found", 405: "wrong_way"}.get(status, "failed")
        locale = prefer_language(request.headers.get("accept-language", ""))
        return HTMLResponse(pages.draw_notice(line, locale=locale), status, headers)

    return answer
