"""What the pages of the office say, and that nothing put into them can do anything."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from bot.office.model import ContactSeen, LanguageSeen, RecipientSeen, StateOfService
from tests.office.conftest import World, hash_in
from tests.office.fakes import make_state

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


async def test_the_state_of_the_service_is_all_there(desk_browser: httpx.AsyncClient) -> None:
    """Counts, recipients, contacts with their dates, languages, version and time."""
    page = (await desk_browser.get("/")).text
    for shown in (
        "<dd>12</dd>",
        "3f9a 11c2 77de 0b41",
        "Demo, not safe",
        "113 保護專線",
        "衛生福利部新聞稿",
        "2026-02-13",
        "2026-06-30",
        "2026-11-19",
        "2022-06<",
        "Official <",
        "Seed document <",
        "Not yet",
        "Overdue",
        "Not set",
        "98%",
        "100%",
        "0.1.0",
        "2026-11-20 12:00",
    ):
        assert shown in page


async def test_the_pages_say_plainly_what_this_version_is_not(desk_browser: httpx.AsyncClient) -> None:
    """In both languages, before and after signing in."""
    for path in ("/", "/login"):
        page = (await desk_browser.get(path, follow_redirects=True)).text
        assert "Nobody&#39;s conversation can be read here" in page
        assert "A handoff opens only for somebody with the right" in page
    chinese = (await desk_browser.get("/?lang=zh_TW")).text
    assert "這裡看不到任何人的對話" in chinese
    assert "轉介要有權限、選了理由" in chinese


async def test_switching_the_language_keeps_what_was_asked_for(desk_browser: httpx.AsyncClient) -> None:
    """T23: each code as it was, and nothing of it as a mark of ours; that nobody sat there is not kept."""
    page = (await desk_browser.get("/?period=2026-10&right=list&right=open&lang=en&quiet=1")).text
    assert 'href="/?period=2026-10&amp;right=list&amp;right=open&amp;lang=zh_TW"' in page
    hostile = (await desk_browser.get("/", params={"a": HOSTILE, HOSTILE: "b"})).text
    assert "<script>alert" not in hostile
    assert 'href="/?a=%3Cscript%3E' in hostile
    assert 'href="/?lang=zh_TW"' in (await desk_browser.get("/", params={"a": "x" * 3000})).text


async def test_a_page_for_strangers_repeats_nothing_of_its_address(browser: httpx.AsyncClient) -> None:
    """A code or a token of somebody's agency may stand there."""
    assert 'href="/login?lang=zh_TW"' in (await browser.get("/login?code=secret")).text


async def test_no_telephone_turns_a_number_into_a_call(browser: httpx.AsyncClient) -> None:
    """One touch too many would call somebody whose telephone others may hold."""
    page = (await browser.get("/login")).text
    assert '<meta name="format-detection" content="telephone=no">' in page


@pytest.mark.parametrize("count", [0, 1, 4])
async def test_a_small_number_of_people_is_not_shown_exactly(
    world: World, desk_browser: httpx.AsyncClient, count: int
) -> None:
    """One conversation in progress could be recognised by whoever sits next to that person."""
    world.state = make_state(conversations=count, letters=count)
    assert (await desk_browser.get("/")).text.count("<dd>fewer than 5</dd>") == 2


async def test_an_empty_service_says_so(world: World, desk_browser: httpx.AsyncClient) -> None:
    """No empty tables."""
    world.state = StateOfService(version="0", demo=False, conversations=0, letters=0, flow_issues=3)
    page = (await desk_browser.get("/")).text
    assert "<table" not in page
    assert page.count('class="none"') == 3
    assert "<dd>3</dd>" in page


async def test_names_and_contacts_with_markup_are_shown_as_text(
    world: World, desk_browser: httpx.AsyncClient
) -> None:
    """In every field of every table, and in the name of whoever signed in."""
    world.state = make_state(
        version=HOSTILE,
        recipients=(RecipientSeen(HOSTILE, HOSTILE, demo=False),),
        contacts=(ContactSeen(*[HOSTILE] * 6, None, overdue=True),),
        languages=(LanguageSeen(HOSTILE, HOSTILE, 0.5),),
    )
    account_id, session = world.staff.sessions[hash_in(desk_browser)]
    world.staff.sessions[hash_in(desk_browser)] = (
        account_id,
        replace(session, name=HOSTILE, method="passkey"),
    )
    page = (await desk_browser.get("/")).text
    assert "<script>" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;alert(1)") == 12
    assert "{{7*7}}" in page


async def test_the_language_is_the_browsers_then_the_asked_for_one(
    world: World, browser: httpx.AsyncClient
) -> None:
    """Asked for once it is kept; unknown ones are Traditional Chinese."""
    assert '<html lang="en">' in (await browser.get("/login")).text
    assert '<html lang="zh-Hant-TW">' in (await browser.get("/login?lang=zh_TW")).text
    assert '<html lang="zh-Hant-TW">' in (await browser.get("/login")).text
    assert '<html lang="zh-Hant-TW">' in (await browser.get("/login?lang=<b>")).text
    async with world.browser() as other:
        page = (await other.get("/login", headers={"accept-language": "de, fr;q=0.8"})).text
        assert '<html lang="zh-Hant-TW">' in page


async def test_every_page_of_the_demo_says_demo(browser: httpx.AsyncClient) -> None:
    """Errors included."""
    for path in ("/login", "/nowhere"):
        page = (await browser.get(path)).text
        assert "· DEMO</title>" in page
        assert 'class="demo"' in page
