"""The back office in a real browser: sign in, look, sign out, and nothing comes back."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright
from starlette.types import ASGIApp

from bot.office.model import ContactSeen, RecipientSeen
from bot.office.passwords import Passwords
from tests.browser.conftest import ARGS, need_chromium
from tests.office.conftest import NAME, PASSWORD, World
from tests.office.fakes import CHEAP, make_state
from tests.serving import serve_beside

pytestmark = pytest.mark.browser

HOSTILE_NAME = "demo-<img src=x onerror='window.hurt = 1'>"
HOSTILE = "<script>window.hurt = 1</script><img src=x onerror='window.hurt = 1'>\"' onmouseover=\"hurt=1\""


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    """The office on a real socket."""

    def make(origin: str) -> ASGIApp:
        world.open(origin)
        return world.app

    async with serve_beside(make) as origin:
        yield origin


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium; in CI it must be there."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=need_chromium(), args=ARGS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """A computer in Taiwan whose console must stay silent."""
    context = await chromium.new_context(locale="zh-TW", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    yield page
    await context.close()
    # The last: the server may be gone before the browser has stopped asking it for the icon.
    expected = ("403 (Forbidden)", "Cleared data types", "ERR_CONNECTION_REFUSED")
    assert [each for each in complaints if not any(part in each for part in expected)] == []


async def sign_in(page: Page, url: str, password: str = PASSWORD) -> None:
    await page.goto(url)
    await page.get_by_label("帳號").fill(NAME)
    await page.get_by_label("密碼").fill(password)
    await page.keyboard.press("Enter")


async def check(page: Page, name: str) -> None:
    """No barrier that axe knows; a picture for whoever asks for one."""
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    if folder := os.environ.get("FRONTDOOR_SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"office-{name}.png", full_page=True)


async def test_staff_sign_in_look_and_sign_out_and_back_shows_nothing(
    page: Page, url: str, world: World
) -> None:
    """By keyboard alone; afterwards neither Back nor Forward shows what was there."""
    await sign_in(page, url)
    await page.get_by_role("heading", name="服務狀態").wait_for()
    assert await page.get_by_text("這裡看不到任何人的對話").is_visible()
    await check(page, "home")
    await page.reload()
    await page.get_by_role("button", name="登出").press("Enter")
    await page.get_by_role("heading", name="工作人員登入").wait_for()
    assert not world.staff.sessions
    await page.go_back()
    await page.get_by_role("heading", name="工作人員登入").wait_for()
    assert "113 保護專線" not in await page.content()
    await page.go_forward()
    assert "113 保護專線" not in await page.content()


async def test_pages_have_no_barriers_in_either_language_on_a_phone(
    page: Page, url: str, world: World
) -> None:
    """Sign-in, refusal, first page, error; nothing is wider than the screen."""
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(url)
    await check(page, "sign-in-phone")
    await sign_in(page, url, "wrong")
    await page.get_by_role("alert").wait_for()
    await check(page, "refused-phone")
    await sign_in(page, url)
    await page.get_by_role("link", name="English").click()
    await page.get_by_role("heading", name="State of the service").wait_for()
    await check(page, "home-phone")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.emulate_media(media="print")
    assert not await page.get_by_role("button", name="Sign out").is_visible()
    world.clock.pass_by(timedelta(hours=9))
    await page.reload()
    await page.get_by_role("heading", name="Staff sign-in").wait_for()


async def test_markup_in_names_and_contacts_does_nothing(page: Page, url: str, world: World) -> None:
    """It is read, not run; the names of staff as well."""
    world.state = make_state(
        recipients=(RecipientSeen(HOSTILE, HOSTILE, demo=True),),
        contacts=(ContactSeen(*[HOSTILE] * 6, None, overdue=True),),
    )
    await world.staff.add_account(HOSTILE_NAME, await Passwords(CHEAP, demo=True).hash("x"), world.clock())
    await page.goto(url)
    await page.get_by_label("帳號").fill(HOSTILE_NAME)
    await page.get_by_label("密碼").fill("x")
    await page.get_by_role("button", name="登入").click()
    await page.get_by_role("heading", name="服務狀態").wait_for()
    assert await page.get_by_text(HOSTILE).count() == 8
    assert await page.get_by_text(HOSTILE_NAME, exact=True).count() == 1
    assert await page.evaluate("window.hurt") is None
