"""Each member of the office walks it in a real Chromium: what they may see is sound at every width, the rest is refused."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.conftest import ARGS, need_chromium
from tests.browser.office import SIZES, Place, serve_office
from tests.depth import thin

pytestmark = pytest.mark.browser

#: What each member of the demo finds in the menu, and where else they may go.
PAGES = {
    "demo": ("/queue", "/exports", "/exports/approvals", "/figures", "/keeping", "/vault", "/", "/me"),
    "demo-admin": ("/accounts", "/accounts/invite", "/keys", "/", "/me"),
    "demo-auditor": ("/queue", "/figures", "/keeping", "/audit", "/", "/me"),
}
EVERY = sorted({page for pages in PAGES.values() for page in pages})
#: Every second one is everybody once, and both sizes.
WALKS = [
    (name, size) for name, sizes in zip(PAGES, itertools.cycle([SIZES, [*SIZES][::-1]])) for size in sizes
]
#: What sticks out to the side.
_SPILLS = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=need_chromium(), args=ARGS)
        yield browser
        await browser.close()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with serve_office(tmp_path) as opened:
        yield opened


async def look(page: Page) -> list[str]:
    """What is wrong with a page: what axe finds, and whether it is wider than the screen."""
    found = (await Axe().run(page)).response["violations"]
    wrong = [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]
    return wrong + (["wider than the screen"] if await page.evaluate(_SPILLS) else [])


@pytest.mark.parametrize(("name", "size"), thin(WALKS, 2))
async def test_a_member_walks_what_they_may_and_is_kindly_refused_the_rest(
    place: Place, chromium: Browser, name: str, size: str
) -> None:
    """T6, and axe is content with each page, refusals included."""
    context = await place.sign_in(chromium, name, size)
    page = await context.new_page()
    wrong = {}
    handoff = f"/handoffs/{place.handoffs[0]}"
    for path in (*EVERY, handoff):
        answer = await page.goto(path)
        assert answer is not None
        may = path in PAGES[name] or (path == handoff and name == "demo")
        assert (answer.status == 200) is may, path
        if not may:
            await expect(page.locator("h1")).to_have_text("這一頁不是您的權限")
        wrong[path] = await look(page)
    assert not {path: found for path, found in wrong.items() if found}
    await context.close()


async def test_a_social_worker_works_through_a_handoff_by_clicking(place: Place, chromium: Browser) -> None:
    """List, open with a reason, how to call before the number, status, note; in English as well."""
    context = await place.sign_in(chromium, "demo", tongue="en")
    page = await context.new_page()
    await page.goto("/queue")
    await page.locator(f'a[href="/handoffs/{place.handoffs[0]}"]').first.click()
    await expect(page.locator("main")).not_to_contain_text("林小雨")
    await page.locator("input[name=reason]").first.check()
    await page.locator('form[action$="/open"] button').click()
    await expect(page.locator("main")).to_contain_text("林小雨")
    shown = await page.locator("main").inner_text()
    assert shown.index("說是讀書會的朋友") < shown.index("0912-000")
    await page.locator('input[name=status][value="called"]').check()
    await page.locator('form[action$="/status"] button').click()
    await page.locator("#note-text").fill("Call again tomorrow.")
    await page.locator('form[action$="/notes"] button').click()
    await expect(page.locator("main")).to_contain_text("Call again tomorrow.")
    assert await look(page) == []
    await context.close()


async def test_a_member_takes_the_form_out(place: Place, chromium: Browser) -> None:
    """Tick, choose, fetch; the page needs no script to say how far it is."""
    context = await place.sign_in(chromium, "demo")
    page = await context.new_page()
    await page.goto(f"/exports?id={place.handoffs[0]}")
    await page.locator("input[name=format][value=pdf]").check()
    await page.locator("select[name=reason]").select_option("duty")
    await page.locator('form[action="/exports"] button[type=submit]').last.click()
    fetch = page.locator('form[action="/exports/file"] button')
    await expect(fetch).to_be_visible()
    async with page.expect_download() as waiting:
        await fetch.click()
    download = await waiting.value
    assert re.fullmatch(r"DEMO-handoff-[0-9a-f]{8}\.pdf", download.suggested_filename)
    assert Path(await download.path()).read_bytes().startswith(b"%PDF")
    await context.close()


async def test_an_account_that_is_closed_sees_nothing_with_its_next_click(
    place: Place, chromium: Browser
) -> None:
    """T7: at once, not within five seconds."""
    context = await place.sign_in(chromium, "demo-auditor")
    page = await context.new_page()
    await page.goto("/audit")
    await place.world.parts.staff.disable_account("demo-auditor", place.world.clock())
    await page.goto("/audit")
    assert page.url == f"{place.url}/login"
    await context.close()
