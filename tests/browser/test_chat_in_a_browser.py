"""
The chat in a real browser, whatever conversation runs behind it.

These tests know the page, not the sentences: only `path_to_end` names buttons.
"""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, EXIT_URL, PHONE, open_context

pytestmark = pytest.mark.browser

STORED = """async () => [
  localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
  (await caches.keys()).length, document.cookie,
]"""
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def wait_for_no_cookie(page: Page, url: str) -> None:
    """The beacon travels behind the leaving page; its answer takes the cookie."""
    for _ in range(100):
        if page.context.cookies(url) == []:
            return
        page.wait_for_timeout(50)
    pytest.fail("the cookie is still there")


def walk(page: Page, labels: tuple[str, ...]) -> None:
    """Press the buttons and wait for each answer."""
    for label in labels:
        said = page.locator(".bubble.you").count()
        page.get_by_role("button", name=label, exact=True).click()
        expect(page.locator(".bubble.you")).to_have_count(said + 1)


@pytest.mark.parametrize(
    "size", [PHONE, DESKTOP, {"width": 320, "height": 568}], ids=["phone", "desk", "320px"]
)
def test_a_conversation_goes_to_its_end(browser: Browser, front_url, path_to_end, size):
    """On a phone, a small phone and a computer: no fault in the console, nothing wider than the screen."""
    context = open_context(browser, viewport=size)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda message: faults.append(message.text) if message.type != "info" else None)
    page.goto(front_url)
    walk(page, path_to_end)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("#log a[href^='tel:']").count() > 0
    assert faults == []
    context.close()


def test_without_scripts_it_goes_to_the_same_end(plain_page: Page, front_url, path_to_end):
    """Buttons are forms; Back shows no earlier bubble."""
    plain_page.goto(f"{front_url}/chat")
    first = plain_page.locator("#log").inner_text()
    for label in path_to_end:
        before = plain_page.locator("#log").inner_text()
        plain_page.get_by_role("button", name=label, exact=True).click()
        expect(plain_page.locator("#log")).not_to_have_text(before)
    plain_page.wait_for_load_state()  # without its style lines run together
    last = plain_page.locator("#log").inner_text()
    assert plain_page.locator("#log a[href^='tel:']").count() > 0
    plain_page.go_back()
    plain_page.wait_for_load_state()
    assert last == plain_page.locator("#log").inner_text()
    assert first != last


def test_without_scripts_text_can_be_typed(plain_page: Page, front_url):
    """The box sends, and the answer is there."""
    plain_page.goto(f"{front_url}/chat")
    plain_page.fill("#text", "我不知道怎麼辦")
    plain_page.get_by_role("button", name="送出").click()
    expect(plain_page.locator(".bubble.bot").first).to_be_visible()
    assert plain_page.input_value("#text") == ""


def test_without_scripts_the_exit_leads_away(plain_page: Page, front_url, path_to_end):
    """The neutral page, the cookie gone, and Back does not reopen the conversation."""
    plain_page.goto(f"{front_url}/chat")
    first = plain_page.locator("#log").inner_text()
    plain_page.get_by_role("button", name=path_to_end[0], exact=True).click()
    expect(plain_page.locator("#log")).not_to_have_text(first)
    plain_page.get_by_role("button", name="快速離開").click()
    plain_page.wait_for_url(EXIT_URL)
    assert plain_page.context.cookies(front_url) == []
    plain_page.go_back()
    assert plain_page.title() in {"備忘", "weather"}
    if plain_page.url.startswith(front_url):
        assert first == plain_page.locator("#log").inner_text()


def test_the_keyboard_is_enough(wide_page: Page, front_url, path_to_end):
    """Tab and Enter reach everything; after an answer the focus stands before the new choices."""
    wide_page.goto(front_url)
    for label in path_to_end:
        for _ in range(30):
            wide_page.keyboard.press("Tab")
            if wide_page.evaluate("document.activeElement.textContent.trim()") == label:
                break
        said = wide_page.locator(".bubble.you").count()
        wide_page.keyboard.press("Enter")
        expect(wide_page.locator(".bubble.you")).to_have_count(said + 1)
        assert wide_page.evaluate("document.activeElement.id") == "answers"
    wide_page.focus("#text")
    wide_page.keyboard.type("還有一件事")
    said = wide_page.locator(".bubble.you").count()
    wide_page.keyboard.press("Enter")
    expect(wide_page.locator(".bubble.you")).to_have_count(said + 1)
    assert wide_page.evaluate("document.activeElement.id") == "text"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_axe_finds_nothing(browser: Browser, front_url, path_to_end, size, scheme):
    """No accessibility violation at the start, at the end, on a failure, on an unknown page and before a code is used."""
    context = open_context(
        browser, viewport=size, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
    )
    page = context.new_page()
    page.goto(front_url)
    found = [Axe().run(page, options=WCAG)]
    walk(page, path_to_end)
    found.append(Axe().run(page, options=WCAG))
    page.route(
        "**/chat/turn", lambda route: route.fulfill(status=400, json={"line": "請再選一次。", "view": None})
    )
    page.fill("#text", "嗨")
    page.keyboard.press("Enter")
    expect(page.locator("#line")).to_be_visible()
    found.append(Axe().run(page, options=WCAG))
    for path in ("nothing-here", "p/ABCDE-FGHJK"):
        page.goto(f"{front_url}/{path}")
        found.append(Axe().run(page, options=WCAG))
    assert [report.generate_report() for report in found if report.violations_count] == []
    context.close()


def test_a_finger_hits_every_target(page: Page, front_url):
    """Buttons and telephone numbers are at least 44 px high. Source: WCAG 2.2, 2.5.5."""
    page.goto(front_url)
    for target in page.locator("button:visible, .calls a, textarea").all():
        box = target.bounding_box()
        assert box["height"] >= 44, target.inner_text()
        assert box["width"] >= 44, target.inner_text()


def test_nothing_is_kept_in_the_browser(page: Page, front_url, path_to_end):
    """No storage of any kind, and the cookie is out of reach of scripts and ends with the session."""
    page.goto(front_url)
    assert page.context.cookies(front_url) == []
    walk(page, path_to_end)
    assert page.evaluate(STORED) == [0, 0, 0, 0, ""]
    cookies = page.context.cookies(front_url)
    assert [(cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) for cookie in cookies] == [
        (True, "Strict", -1)
    ]


def test_a_reload_shows_the_current_question_only(page: Page, front_url, path_to_end):
    """What was said before is gone from the page; where one is, is not."""
    page.goto(front_url)
    walk(page, path_to_end[:1])
    current = page.locator("#answers").inner_text()
    page.reload()
    assert current == page.locator("#answers").inner_text()
    assert page.locator(".bubble.you").count() == 0


def test_the_address_tells_nothing(page: Page, front_url):
    """Whatever the link carried, the history keeps the bare address."""
    page.goto(f"{front_url}/chat?from=somewhere#there")
    assert page.url == f"{front_url}/chat"


@pytest.mark.parametrize("way", ["button", "escape"])
def test_the_exit_replaces_the_page(page: Page, front_url, path_to_end, way):
    """The history holds no chat to go back to, and the cookie is gone."""
    page.goto("about:blank")
    page.goto(front_url)
    walk(page, path_to_end[:1])
    entries = page.evaluate("history.length")
    if way == "button":
        page.get_by_role("button", name="快速離開").click()
    else:
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
    page.wait_for_url(EXIT_URL)
    assert entries == page.evaluate("history.length")
    wait_for_no_cookie(page, front_url)
    page.go_back()
    assert page.url == "about:blank"


def test_one_escape_is_no_exit(page: Page, front_url):
    """Somebody who closes a keyboard or an input method stays."""
    page.goto(front_url)
    page.keyboard.press("Escape")
    page.wait_for_timeout(1_100)
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    assert page.url == f"{front_url}/chat"


def test_back_from_elsewhere_shows_no_conversation(page: Page, front_url, path_to_end):
    """A page kept for Back holds no bubble of before."""
    page.goto(front_url)
    walk(page, path_to_end)
    page.goto(EXIT_URL)
    page.go_back()
    page.wait_for_url(re.compile("/chat$"))
    expect(page.locator(".bubble.bot").first).to_be_visible()
    assert page.locator(".bubble.you").count() == 0


def test_typed_markup_is_only_text(page: Page, front_url):
    """What a person types is shown as typed and does nothing."""
    fired: list[str] = []
    page.on("dialog", lambda dialog: (fired.append(dialog.message), dialog.dismiss()))
    page.goto(front_url)
    payload = "<img src=x onerror=alert(1)><script>alert(2)</script>javascript:alert(3) https://x.tw/ 110"
    page.fill("#text", payload)
    page.get_by_role("button", name="送出").click()
    said = page.locator(".bubble.you p")
    expect(said).to_have_text(payload)
    assert said.locator("*").count() == 0
    assert fired == []
