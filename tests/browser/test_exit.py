"""
Leaving for good, and doing without cookies, in a real browser.

After the exit there is nothing: no conversation on the server, no history to go back to, no storage, no cache.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from bot.front.live import Live, Pace
from tests.browser.conftest import EXIT_URL
from tests.browser.stands import Stand, put_up, wait_until
from tests.front.fakes import CODE, PATH_TO_END, SOURCE_WORDS

pytestmark = pytest.mark.browser

WAYS = {"button": ["click"], "escape": ["Escape", "Escape"]}
STORED = """async () => [
  localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
  (await caches.keys()).length, document.cookie,
]"""


@pytest.fixture(params=[False, True], ids=["cookies", "no cookies"])
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    """A program as browsers with and without cookies find it."""
    with put_up(Stand(live=Live(Pace(look_s=30)), refuses_cookies=request.param)) as stand:
        yield stand


def press(page: Page, label: str) -> None:
    """Press a button and wait for what it brings."""
    before = page.locator("#log").inner_text()
    page.get_by_role("button", name=label, exact=True).click()
    expect(page.locator("#log")).not_to_have_text(before)


def list_history(page: Page) -> list[str]:
    """Every address that the tab could go back to."""
    session = page.context.new_cdp_session(page)
    return [entry["url"] for entry in session.send("Page.getNavigationHistory")["entries"]]


def leave(page: Page, way: str = "button") -> None:
    if way == "button":
        page.get_by_role("button", name="快速離開").click()
    else:
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
    page.wait_for_url(EXIT_URL)


def test_a_whole_conversation(context: BrowserContext, stand: Stand):
    """To its end, by buttons and words, with and without cookies, with and without scripts: one person."""
    page = context.new_page()
    page.goto(f"{stand.url}/chat")
    for label in PATH_TO_END:
        press(page, label)
    expect(page.locator("#log")).to_contain_text("這些電話可以留著")
    page.fill("#text", "還有一件事")
    page.get_by_role("button", name="送出").click()
    expect(page.locator("#log")).to_contain_text("我還不懂這句話")
    assert len(stand.conversation.received) == len(PATH_TO_END) + 1
    assert len({inbound.user_id for inbound in stand.conversation.received}) == 1
    assert page.url == f"{stand.url}/chat"


def test_the_exit_leaves_nothing(context: BrowserContext, stand: Stand):
    """The conversation is gone from the server, the cookie from the browser, and Back shows none of it."""
    page = context.new_page()
    page.goto("about:blank")
    page.goto(f"{stand.url}/chat")
    press(page, PATH_TO_END[0])
    press(page, PATH_TO_END[1])
    leave(page)
    wait_until(lambda: stand.conversation.where == {}, page)
    wait_until(lambda: page.context.cookies(stand.url) == [], page)
    page.go_back()
    assert "報警" not in page.content()
    assert "不是你的錯" not in page.content()


@pytest.mark.parametrize("way", list(WAYS))
def test_the_exit_leaves_no_address(scripted: BrowserContext, stand: Stand, way):
    """One entry, which is the neutral page now; nothing stored, nothing to find by the browser's own keys."""
    page = scripted.new_page()
    page.goto(f"{stand.url}/chat?from=somewhere")
    press(page, PATH_TO_END[0])
    leave(page, way)
    assert [url for url in list_history(page) if stand.url in url] == []
    wait_until(lambda: stand.conversation.where == {}, page)
    page.goto(f"{stand.url}/static/icon.svg")
    assert page.evaluate(STORED) == [0, 0, 0, 0, ""]


def test_nothing_may_be_cached(page: Page):
    """Every answer of a whole walk says that it must not be kept."""
    kept: list[str] = []
    with put_up() as stand:
        page.on(
            "response",
            lambda response: (
                kept.append(response.url)
                if response.url.startswith(stand.url) and response.headers.get("cache-control") != "no-store"
                else None
            ),
        )
        page.goto(stand.url)
        press(page, PATH_TO_END[0])
        leave(page)
    assert kept == []


#: Tells, in the very moment in which the page goes blank, how much of it could still be seen.
SEEN = """() => new MutationObserver(() => console.log(
  "seen", document.body.getClientRects().length, document.getElementById("log").textContent.length,
)).observe(document.body, { attributes: true, attributeFilter: ["hidden"] })"""


@pytest.mark.parametrize("way", list(WAYS))
def test_the_screen_is_blank_at_once(scripted: BrowserContext, way):
    """Before anything is asked of a network: our own server does not answer any more, and the page leaves."""
    told: list[str] = []
    stand = Stand()
    with put_up(stand):
        page = scripted.new_page()
        page.on("console", lambda message: told.append(message.text))
        page.goto(stand.url)
        press(page, PATH_TO_END[0])
        page.evaluate(SEEN)
    leave(page, way)
    assert "seen 0 0" in told


def test_a_database_that_is_away_holds_nobody_back(context: BrowserContext, stand: Stand):
    """The page leaves; what could not be destroyed yet follows or expires."""
    page = context.new_page()
    page.goto(f"{stand.url}/chat")
    press(page, PATH_TO_END[0])
    stand.conversation.is_down = True
    leave(page)
    stand.conversation.is_down = False
    wait_until(lambda: stand.conversation.where == {}, page)


def test_leaving_in_one_tab_empties_the_other(scripted: BrowserContext):
    """Both show the neutral page; the second was not touched."""
    with put_up(Stand(live=Live(Pace(look_s=30)))) as stand:
        one, two = scripted.new_page(), scripted.new_page()
        one.goto(stand.url)
        press(one, PATH_TO_END[0])
        two.goto(stand.url)
        expect(two.get_by_role("button", name=PATH_TO_END[1])).to_be_visible()
        wait_until(lambda: stand.live.count == 2, two)
        leave(one)
        two.wait_for_url(EXIT_URL)
        assert [url for url in list_history(two) if stand.url in url] == []


def test_every_tab_leaves(scripted: BrowserContext, stand: Stand):
    """Also one that found no place to listen: the browser itself passes it on."""
    tabs = [scripted.new_page() for _ in range(4)]
    for number, tab in enumerate(tabs):
        tab.goto(f"{stand.url}/chat")
        if number == 0 or stand.refuses_cookies:
            press(tab, PATH_TO_END[0])
        expect(tab.get_by_role("button", name=PATH_TO_END[1])).to_be_visible()
    leave(tabs[0])
    for tab in tabs[1:]:
        tab.wait_for_url(EXIT_URL)
    wait_until(lambda: stand.conversation.where == {}, tabs[0])


@pytest.mark.parametrize("first", [True, False], ids=["first act", "later act"])
def test_an_act_on_its_way_brings_nothing_back(scripted: BrowserContext, stand: Stand, first):
    """Slow to the server, overtaken by the exit: no conversation, no cookie, and the page stays blank."""
    page = scripted.new_page()
    page.goto(f"{stand.url}/chat")
    if not first:
        press(page, PATH_TO_END[0])
    stand.conversation.is_slow_s = 0.5
    page.get_by_role("button", name=PATH_TO_END[0 if first else 1], exact=True).click()
    wait_until(lambda: stand.conversation.waiting > 0, page)
    leave(page)
    wait_until(lambda: stand.conversation.waiting == 0, page)
    wait_until(lambda: stand.conversation.where == {}, page)
    wait_until(lambda: page.context.cookies(stand.url) == [], page)


def test_an_exit_without_a_network_is_caught_up_on(scripted: BrowserContext):
    """Whoever opens the page next is nobody, and what was told is destroyed."""
    with put_up() as stand:
        page = scripted.new_page()
        page.goto(stand.url)
        press(page, PATH_TO_END[0])
        scripted.set_offline(True)
        leave(page)
        scripted.set_offline(False)
        assert len(stand.conversation.where) == 1
        page.goto(f"{stand.url}/chat")
        expect(page.get_by_role("button", name=PATH_TO_END[0])).to_be_visible()
        assert stand.conversation.where == {}
        assert page.context.cookies(stand.url) == []


@pytest.mark.parametrize("beacon", ["undefined", "() => false"])
def test_a_browser_without_beacons_tells_all_the_same(scripted: BrowserContext, beacon):
    """Old, or its queue is full."""
    with put_up() as stand:
        page = scripted.new_page()
        page.add_init_script(f"navigator.sendBeacon = {beacon}")
        page.goto(stand.url)
        press(page, PATH_TO_END[0])
        leave(page)
        wait_until(lambda: stand.conversation.where == {}, page)


def test_more_escapes_do_not_stop_the_way_out(scripted: BrowserContext):
    """Esc is the browser's Stop key: from the one that leaves on, the page keeps it to itself."""
    with put_up() as stand:
        page = scripted.new_page()
        page.goto(stand.url)
        kept = page.evaluate("""async () => {
          const { leave } = await import("/static/exit.js");
          const kept = [];
          for (const repeat of [false, false, false, true]) {
            const key = new KeyboardEvent("keydown", { key: "Escape", repeat, bubbles: true, cancelable: true });
            kept.push(!document.dispatchEvent(key));
          }
          return kept;
        }""")
        assert kept == [False, True, True, True]
        page.wait_for_url(EXIT_URL)


def test_a_key_held_down_is_no_exit(page: Page):
    """A key that repeats, or Shift by a reader's or typist's habit, is no wish to leave."""
    with put_up() as stand:
        page.goto(stand.url)
        page.keyboard.down("Escape")
        page.keyboard.down("Escape")
        page.keyboard.up("Escape")
        for _ in range(6):
            page.keyboard.press("Shift")
        page.wait_for_timeout(200)
        assert page.url == f"{stand.url}/chat"


# Coming by a code


def test_a_code_leads_to_the_conversation(context: BrowserContext, stand: Stand):
    """One button; with scripts no address with the code is left, before or after."""
    stand.conversation.codes[CODE] = "police"
    page = context.new_page()
    page.goto(f"{stand.url}/p/{CODE}")
    assert page.title() == "備忘"
    page.get_by_role("button", name="繼續").click()
    expect(page.locator("#log")).to_contain_text("你可以報警，也可以不報")
    press(page, "先不用")
    expect(page.locator("#log")).to_contain_text("這些電話可以留著")
    assert len(stand.conversation.where) == 1
    leave(page)
    wait_until(lambda: stand.conversation.where == {}, page)


def test_no_code_is_left_in_the_history(scripted: BrowserContext, stand: Stand):
    """Neither while the page waits for the button, nor on the way, nor after the exit."""
    stand.conversation.codes[CODE] = "police"
    page = scripted.new_page()
    page.goto(f"{stand.url}/p/{CODE}")
    expect(page.get_by_role("button", name="繼續")).to_be_visible()
    page.wait_for_url("**/chat")  # the script comes a moment after what it belongs to
    assert [url for url in list_history(page) if "/p/" in url] == []
    page.get_by_role("button", name="繼續").click()
    expect(page.get_by_role("button", name="先不用")).to_be_visible()
    page.wait_for_url("**/chat")
    assert [url for url in list_history(page) if "/p/" in url] == []
    leave(page)
    assert [url for url in list_history(page) if "/p/" in url] == []


def test_a_code_pressed_twice_leads_to_the_conversation(context: BrowserContext, stand: Stand):
    """The second press finds what the first has brought."""
    stand.conversation.codes[CODE] = "police"
    page = context.new_page()
    page.goto(f"{stand.url}/p/{CODE}")
    page.get_by_role("button", name="繼續").dblclick(no_wait_after=True)
    expect(page.locator("#log")).to_contain_text("你可以報警，也可以不報")
    assert len(stand.conversation.where) == 1


def test_a_used_code_leads_to_the_chat(context: BrowserContext, stand: Stand):
    """Said kindly, with the way on."""
    page = context.new_page()
    page.goto(f"{stand.url}/p/{CODE}")
    page.get_by_role("button", name="繼續").click()
    expect(page.locator(".line")).to_have_text(SOURCE_WORDS["code_gone"])
    page.get_by_role("link", name="回到對話").click()
    expect(page.get_by_role("button", name="現在可以")).to_be_visible()


def test_the_page_of_a_code_can_be_left_too(scripted: BrowserContext, stand: Stand):
    """The exit works where there is no conversation yet; nothing was used up."""
    stand.conversation.codes[CODE] = "police"
    page = scripted.new_page()
    page.goto(f"{stand.url}/p/{CODE}")
    leave(page, "escape")
    assert list(stand.conversation.codes) == [CODE]
