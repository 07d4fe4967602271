"""
A real Chromium against a real server.

`front_url` is the real program in a process of its own; `front` is the fake that can be broken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from scripts.chromium import find_chromium
from tests.end_to_end.programs import run_program
from tests.front.fakes import FakeConversation, make_app
from tests.lacking import miss
from tests.serving import serve_in_thread

# A busy machine is slow: no test here is about time.
expect.set_options(timeout=30_000)

ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
#: Where the quick exit goes; answered here, so that no test leaves the machine.
EXIT_URL = "https://www.cwa.gov.tw/"


@dataclass
class Front:
    """A running fake program."""

    url: str
    conversation: FakeConversation


@pytest.fixture
def front() -> Iterator[Front]:
    """Serve the fake conversation on a free port."""
    conversation = FakeConversation()
    with serve_in_thread(lambda url: make_app(conversation, origin=url, demo=True)) as url:
        yield Front(url, conversation)


@pytest.fixture(scope="module")
def front_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real program, started as an operator starts it, once per module: each test is a new visitor."""
    with run_program("serve", tmp_path_factory.mktemp("serve")) as serve:
        yield serve.url


def need_chromium() -> str:
    """Say where Chromium is. Without one the test is skipped, and in CI it fails: `.ci/run` installs it."""
    path = find_chromium()
    if path is None:
        miss("no Chromium on PATH (install chromium)")
    return path


@pytest.fixture
def path_to_end() -> tuple[str, ...]:
    """Labels of the buttons from the first question to a place where one may stop."""
    return ("方便，可以說", "我自己", "先不說", "先這樣，給我電話")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, once per module: a longer life would leave its event loop in other tests' way."""
    path = need_chromium()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield launched
        launched.close()


def open_context(browser: Browser, **options: object) -> BrowserContext:
    """A private context in Chinese, in which the neutral exit page is answered locally."""
    context = browser.new_context(**{"locale": "zh-TW", "viewport": PHONE, **options})
    context.route(
        f"{EXIT_URL}**",
        lambda route: route.fulfill(status=200, content_type="text/html", body="<title>weather</title>sunny"),
    )
    context.set_default_timeout(30_000)
    return context


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone."""
    context = open_context(browser)
    yield context.new_page()
    context.close()


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    """A phone that runs no scripts."""
    context = open_context(browser, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def wide_page(browser: Browser) -> Iterator[Page]:
    """A computer."""
    context = open_context(browser, viewport=DESKTOP)
    yield context.new_page()
    context.close()


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A phone's browser, once with scripts and once without."""
    context = open_context(browser, java_script_enabled=request.param)
    yield context
    context.close()


@pytest.fixture
def scripted(browser: Browser) -> Iterator[BrowserContext]:
    """A phone's browser that runs scripts."""
    context = open_context(browser)
    yield context
    context.close()
