"""
The live stream of a page: server-sent events over a POST, so that no address holds the seat.

It only looks. An event `view` shows the current question where the page shows another; `gone` tells it
that the conversation ended elsewhere. Source of the form: HTML Standard, 9.2 Server-sent events.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from bot.core.model import NOT_YET
from bot.core.reply import Reply
from bot.front.bodies import TooLarge, parse_json, read_capped
from bot.front.gate import Gate, find_request_source
from bot.front.live import Live, Watch
from bot.front.talk import Talk, is_begun, name_view
from bot.front.visitor import Doorman, Visitor

_MAX_BODY_BYTES = 4 * 1024
#: What a page may have been shown: `<visit>.<turn>`.
_SHOWN = re.compile(r"[A-Za-z0-9_-]{1,64}\.[0-9]{1,9}", re.ASCII)
_GONE = "event: gone\ndata: {}\n\n"
_BEAT = ": \n\n"
_EVENTS = "text/event-stream"


@dataclass(slots=True)
class Screen:
    """What one page shows: the question's name (empty: none) and the page's language."""

    shown: str
    lang: object

    def follow(self, reply: Reply | None, talk: Talk) -> str:
        """Return the event that brings the page up to date; empty: it is, or nobody knows."""
        if reply is None or name_view(reply) == self.shown:
            return ""
        if not is_begun(reply):
            # Somebody unknown is told nothing. A page that shows more than is stored is a page after the end:
            # erased, left, moved or expired, and nothing of it may stay on a screen.
            return _GONE if self.shown and not self.shown.startswith(f"{NOT_YET}.") else ""
        drawn = talk.draw(reply, lang=self.lang)
        self.shown = name_view(reply)
        self.lang = drawn["words"]["lang"] if "words" in drawn else self.lang
        return f"event: view\nid: {self.shown}\ndata: {json.dumps(drawn)}\n\n"


@dataclass(frozen=True, slots=True)
class Stream:
    """The handler of `/chat/live`."""

    talk: Talk
    doorman: Doorman
    live: Live
    gate: Gate | None = None

    async def open(self, request: Request) -> Response:
        """
        Stream until something ends it.

        204: nothing to hear, or no place, and the page goes on without; 503: the program stops, come back.
        """
        if not self.doorman.is_from_our_page(request):
            locale = self.doorman.meet(request).locale
            return JSONResponse({"line": self.talk.pages.words(locale)["refused"]}, 403)
        try:
            raw = await read_capped(request, max_bytes=_MAX_BODY_BYTES)
        except TooLarge:
            return Response(status_code=413)
        fields = parse_json(raw, request.headers.get("content-type", ""))
        visitor = self.doorman.meet(request, fields.get("seat"))
        source = find_request_source(request)
        may_look = self.gate is None or self.gate.may_look(source)
        if self.live.is_closed or not may_look:
            return Response(status_code=503 if self.live.is_closed else 204)
        last = request.headers.get("last-event-id") or fields.get("last")
        screen = Screen(_read_shown(last), fields.get("lang"))
        reply = await self.talk.look(visitor)
        if visitor.has_left or (reply is not None and not is_begun(reply)):
            return _say_gone(is_gone=visitor.has_left or bool(screen.follow(reply, self.talk)))
        watch = self.live.watch(visitor.user_id, host=source)
        if watch is None:
            return Response(status_code=204)
        return _LiveResponse(watch, self._tell(watch, visitor, screen), patience_s=self.live.pace.patience_s)

    async def _tell(self, watch: Watch, visitor: Visitor, screen: Screen) -> AsyncIterator[str]:
        pace, tell_time = self.live.pace, asyncio.get_running_loop().time
        ends_at = tell_time() + pace.life_s
        yield f"retry: {pace.retry_ms}\n\n"
        while not watch.is_over and tell_time() < ends_at:
            event = _GONE if watch.is_gone else screen.follow(await self.talk.look(visitor), self.talk)
            yield event or _BEAT
            if event == _GONE:
                return
            await watch.wait(min(pace.look_s, max(ends_at - tell_time(), 0)))


class _LiveResponse(StreamingResponse):
    """Holds the stream's place while it is sent, and lets go of a reader who takes nothing."""

    def __init__(self, watch: Watch, events: AsyncIterator[str], *, patience_s: float) -> None:
        # Some proxies collect an answer before they pass it on; this is how they are told not to.
        super().__init__(events, media_type=_EVENTS, headers={"x-accel-buffering": "no"})
        self._watch = watch
        self._patience_s = patience_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        with self._watch:
            await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        """Send event by event. ClientDisconnect: the reader stopped reading."""

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(self._patience_s):
                await send(message)

        try:
            await super().stream_response(send_in_time)
        except TimeoutError:
            raise ClientDisconnect from None


def _say_gone(*, is_gone: bool) -> Response:
    """Answer at once, without a place: there is no conversation to listen to."""
    return Response(_GONE, media_type=_EVENTS) if is_gone else Response(status_code=204)


def _read_shown(last: object) -> str:
    """Read which question the page shows; empty: none, or nothing that we named."""
    return last if isinstance(last, str) and _SHOWN.fullmatch(last) else ""
