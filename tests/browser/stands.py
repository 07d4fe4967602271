"""Fake programs to stand a page before: each on a free port, and some refuse what a browser may refuse."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.types import ASGIApp

from bot.front.gate import Gate
from bot.front.live import Live
from tests.front.fakes import FakeConversation, make_app
from tests.serving import Threaded


@dataclass
class Stand:
    """A fake program: `stop` and `start` let it die and come back at the same address."""

    conversation: FakeConversation = field(default_factory=FakeConversation)
    live: Live = field(default_factory=Live)
    refuses_cookies: bool = False
    gate: Gate | None = None
    _served: Threaded | None = None

    @property
    def url(self) -> str:
        assert self._served is not None
        return self._served.url

    def start(self) -> None:
        self._served = Threaded(self._make, port=self._served.port if self._served else 0)

    def stop(self) -> None:
        assert self._served is not None
        self._served.stop()

    def _make(self, url: str) -> ASGIApp:
        app: ASGIApp = make_app(self.conversation, origin=url, live=self.live, gate=self.gate)
        return refuse_cookies(app) if self.refuses_cookies else app


@contextmanager
def put_up(stand: Stand | None = None) -> Iterator[Stand]:
    """Serve until the block ends."""
    stand = stand or Stand()
    stand.start()
    try:
        yield stand
    finally:
        stand.stop()


def refuse_cookies(app: ASGIApp) -> ASGIApp:
    """
    Let no cookie through in either direction: what a server sees of a browser that refuses them.

    Only taking back passes: the browser behind it keeps the mark that the page's script sets.
    """

    async def pass_on(scope, receive, send) -> None:
        scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"cookie"]}

        async def send_bare(message) -> None:
            if message["type"] == "http.response.start":
                kept = [
                    pair
                    for pair in message["headers"]
                    if pair[0].lower() != b"set-cookie" or b"Max-Age=0" in pair[1]
                ]
                message = {**message, "headers": kept}
            await send(message)

        await app(scope, receive, send_bare)

    return pass_on


def wait_until(is_so, page=None, *, seconds: float = 30.0) -> None:
    """Wait for something on the server's side."""
    give_up_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up_at, "it did not happen"
        page.wait_for_timeout(20) if page else time.sleep(0.02)
