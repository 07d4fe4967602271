"""
Catches up on an exit that nobody heard of: the page left without a network.

The page marks the browser with a cookie when it leaves, and the answer to the exit takes the mark back. A
request that still carries it is from whoever holds the phone now, so it is nobody's.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.front.gate import find_request_source
from bot.front.leaving import Leaving
from bot.front.visitor import Doorman


class LateExit:
    """Ends what the cookie of a marked browser stands for, before anything can be read in its name."""

    def __init__(self, app: ASGIApp, *, doorman: Doorman, leaving: Leaving) -> None:
        self._app = app
        self._doorman = doorman
        self._leaving = leaving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not self._doorman.is_marked(Request(scope)):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        names = self._doorman.list_names(request, None)
        await self._leaving.end(names, source=find_request_source(request))
        bare = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"cookie"]}
        await self._app(bare, receive, self._drop_cookies(send))

    def _drop_cookies(self, send: Send) -> Send:
        dropping = Response()
        self._doorman.drop_cookies(dropping)
        dropped = [pair for pair in dropping.raw_headers if pair[0] == b"set-cookie"]

        async def send_without(message: Message) -> None:
            if message["type"] == "http.response.start":
                # First, so that a name that the answer gives stays.
                message = {**message, "headers": [*dropped, *message["headers"]]}
            await send(message)

        return send_without
