"""
Where the looks of the page are judged: a server with one language more, the matrix, the walk.

Used by the tests and by `make looks`. The walk presses choices by their id, so that it is the same in every language.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.settings import Settings
from bot.wiring.common import prepare
from bot.wiring.front import open_front
from tests.pseudo import PSEUDO, load_stretched
from tests.serving import Server, listen

LOCALES = {"zh_TW": "zh-TW", "en": "en-US", PSEUDO: PSEUDO}
#: The other languages that are spoken, with what a browser asks for; stood at once, not in every width and scheme.
SPOKEN = {"vi": "vi-VN", "id": "id-ID", "th": "th-TH", "fil": "fil-PH"}
WIDTHS = {320: 568, 390: 844, 1280: 800}
SCHEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Stop:
    """A place of the walk: the choices that lead there from the stop before."""

    name: str
    choices: tuple[str, ...]


#: From the first question to a card that may be kept, then to what can be looked up.
WALK = (
    Stop("first", ()),
    Stop("what-happened", ("safe", "self", "adult", "adult")),
    Stop("no-age", ("back", "back", "skip")),
    Stop("card", ("card",)),
    Stop("numbers", ("look_up", "numbers", "now")),
    Stop("platforms", ("menu", "takedown", "platforms", "meta")),
    Stop("platform", ("facebook",)),
    Stop("day", ("return", "deadline", "date")),
)
#: The other pages of the program: one that is not there, and the one to go on from elsewhere.
BESIDE = {"missing": "/nothing-here", "passage": "/p/23456-789AB"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One square of the matrix. `width` in CSS pixels, `locale` as the catalogues call it."""

    locale: str
    width: int
    scheme: str

    def __str__(self) -> str:
        """The name of its files."""
        return f"{self.locale}-{self.width}-{self.scheme}"


MATRIX = tuple(Cell(locale, width, scheme) for locale in LOCALES for width in WIDTHS for scheme in SCHEMES)


@contextlib.contextmanager
def serve_stretched(folder: Path) -> Iterator[str]:
    """Serve the whole program with the language of nobody from a thread; yield its address."""
    pack = load_stretched(folder / "locales")
    with listen() as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = Settings(_env_file=None, data_dir=folder / "var", public_url=url)  # type: ignore[call-arg]  # a developer's own .env must not reach tests
        prepare(settings)
        started, stop = threading.Event(), threading.Event()

        async def serve() -> None:
            async with open_front(settings, pack) as front:
                server = Server(front.app)
                serving = asyncio.create_task(server.serve(sockets=[listener]))
                started.set()
                await asyncio.to_thread(stop.wait)
                server.stop()
                await serving

        thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
        thread.start()
        assert started.wait(30), "the front door did not start"
        try:
            yield url
        finally:
            stop.set()
            thread.join(timeout=30)


def open_cell(browser: Browser, cell: Cell, **options: object) -> BrowserContext:
    """Open a private window for the cell."""
    size = {"width": cell.width, "height": WIDTHS[cell.width]}
    context = browser.new_context(
        **{
            "locale": (LOCALES | SPOKEN)[cell.locale],
            "viewport": size,
            "color_scheme": cell.scheme,
            "reduced_motion": "reduce",
            "bypass_csp": True,  # the measuring scripts are not the page's own
            **options,
        }
    )
    context.set_default_timeout(30_000)
    return context


def press(page: Page, choice: str) -> None:
    """Press a choice or a way out by its id and wait for the answer."""
    said = page.locator(".bubble.you").count()
    page.locator(f"#taps button[value$='&c={choice}']").click()
    expect(page.locator(".bubble.you")).to_have_count(said + 1)
    expect(page.locator("body")).not_to_have_class("busy")


def walk(page: Page, url: str) -> Iterator[Stop]:
    """Go from stop to stop; the page stands there when a stop is yielded."""
    page.goto(url)
    for stop in WALK:
        for choice in stop.choices:
            press(page, choice)
        yield stop
