"""Somebody on the web page, in a browser that runs no scripts: pages and forms only."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from html import unescape

import httpx

from tests.end_to_end.people.person import Person

_BUBBLE = re.compile(r'<div class="bubble bot[^"]*">.*?<p>(.*?)</p></div>', re.DOTALL)
_BUTTON = re.compile(r'<button class="(?:choice|way)" name="tap" value="([^"]*)">(.*?)</button>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_TAG = re.compile(r"<[^>]+>")


class WebPerson(Person):
    """`browser` keeps cookies and follows redirects, as browsers do. `user_id` is the seat that the page tells."""

    channel = "web"

    def __init__(
        self,
        user_id: str,
        settle: Callable[[Person], Awaitable[None]],
        *,
        browser: httpx.AsyncClient,
        language: str = "zh-TW",
    ) -> None:
        super().__init__(user_id, settle, language=language)
        self.browser = browser
        self.browser.headers.update({"accept-language": language, "sec-fetch-site": "same-origin"})
        self.page = ""
        self._said: list[str] = []

    async def arrive(self) -> None:
        await self.open("/chat")

    async def open(self, path: str) -> int:
        """Open an address and look at it; returns the status."""
        return self._look(await self.browser.get(path))

    async def write(self, text: str, *, at_once: bool = False) -> None:
        """What is written belongs to the question on the page, so that no clock is needed."""
        await self.submit("/chat", text=text, **self._asked())

    async def press(self, carried: str) -> None:
        await self.submit("/chat", tap=carried)

    async def press_twice(self, label: str) -> None:
        """Press a button twice: the page's form is sent twice as it is."""
        fields = {"tap": self.find(label), "delivery": secrets.token_urlsafe(32)}
        for _ in range(2):
            await self.submit("/chat", **fields)

    async def pick_day(self, day: str) -> None:
        await self.submit("/chat", pick=day, **self._asked())

    async def leave(self) -> None:
        await self.submit("/chat/leave")

    async def submit(self, path: str, **fields: str) -> int:
        """Send a form of this page; returns the status."""
        hidden = self._hidden()
        carried = {"seat": hidden.get("seat", ""), "delivery": secrets.token_urlsafe(32), **fields}
        return self._look(await self.browser.post(path, data=carried))

    def list_buttons(self) -> dict[str, str]:
        return {unescape(label).strip(): unescape(tap) for tap, label in _BUTTON.findall(self.page)}

    def list_said(self) -> list[str]:
        return list(self._said)

    def _look(self, response: httpx.Response) -> int:
        self.page = response.text
        self.user_id = self._hidden().get("seat") or self.user_id
        self._said += [unescape(_TAG.sub("", bubble)) for bubble in _BUBBLE.findall(self.page)]
        return response.status_code

    def _asked(self) -> dict[str, str]:
        hidden = self._hidden()
        return {name: hidden[name] for name in ("visit", "turn") if name in hidden}

    def _hidden(self) -> dict[str, str]:
        return {name: unescape(value) for name, value in _HIDDEN.findall(self.page)}
