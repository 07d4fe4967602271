"""A page that listens, in a real browser: other tabs, lost answers, dead servers, a tab in the background."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.front.live import Live, Pace
from tests.browser.conftest import EXIT_URL, open_context
from tests.browser.stands import Stand, put_up, wait_until

pytestmark = pytest.mark.browser

TURN_BACK = """hidden => {
  Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def stand() -> Iterator[Stand]:
    with put_up(Stand(live=Live(Pace(look_s=0.3, retry_ms=100)))) as stand:
        yield stand


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = open_context(browser)
    yield context
    context.close()


def begin(page: Page, stand: Stand) -> None:
    """One answer given: the person is known, and the page listens."""
    page.goto(stand.url)
    page.get_by_role("button", name="現在可以").click()
    expect(page.get_by_role("button", name="是，有人威脅我")).to_be_visible()
    wait_until(lambda: stand.live.count > 0, page)


def open_both(context: BrowserContext, stand: Stand) -> tuple[Page, Page]:
    """Two tabs of one person at the same question, both listening."""
    one, two = context.new_page(), context.new_page()
    begin(one, stand)
    two.goto(stand.url)
    expect(two.get_by_role("button", name="是，有人威脅我")).to_be_visible()
    wait_until(lambda: stand.live.count == 2, two)
    return one, two


def only_person(stand: Stand) -> str:
    (person,) = stand.conversation.where
    return person


def test_another_tab_follows(context: BrowserContext, stand: Stand):
    """The new question appears there too, once, and its buttons work."""
    one, two = open_both(context, stand)
    one.get_by_role("button", name="是，有人威脅我").click()
    expect(two.get_by_role("button", name="好，給我看清單")).to_be_visible()
    assert two.locator(".bubble.bot").count() == 4
    two.get_by_role("button", name="好，給我看清單").click()
    expect(one.locator("#log")).to_contain_text("先截圖")
    for tab in (one, two):
        expect(tab.get_by_text("先截圖")).to_have_count(1)
    assert len(stand.conversation.received) == 3


def test_what_is_being_typed_stays(context: BrowserContext, stand: Stand):
    """A question from elsewhere takes neither the text nor the place in it."""
    one, two = open_both(context, stand)
    two.fill("#text", "我正在寫")
    one.get_by_role("button", name="是，有人威脅我").click()
    expect(two.get_by_role("button", name="好，給我看清單")).to_be_visible()
    assert two.input_value("#text") == "我正在寫"
    assert two.evaluate("document.activeElement.id") == "text"


def test_the_keyboard_is_not_lost(context: BrowserContext, stand: Stand):
    """Who stood on a button that is no more stands before the new ones."""
    one, two = open_both(context, stand)
    two.get_by_role("button", name="是，有人威脅我").focus()
    one.get_by_role("button", name="是，有人威脅我").click()
    expect(two.get_by_role("button", name="好，給我看清單")).to_be_visible()
    assert two.evaluate("document.activeElement.id") == "answers"


def test_another_tab_changes_its_language_too(context: BrowserContext, stand: Stand):
    """With the page's own words."""
    one, two = open_both(context, stand)
    one.get_by_role("button", name="English").click()
    expect(one.get_by_role("button", name="Leave now")).to_be_visible()
    one.get_by_role("button", name="是，有人威脅我").click()
    expect(two.get_by_role("button", name="Leave now")).to_be_visible()
    assert (two.title(), two.get_attribute("html", "lang")) == ("Notes", "en")


def test_a_conversation_taken_over_is_shown_alone(page: Page, stand: Stand):
    """Another program did it: found by looking; nothing of the earlier visit stays on the screen."""
    begin(page, stand)
    stand.conversation.visit = "visit-2"
    stand.conversation.where[only_person(stand)] = ("police", 7, "zh_TW")
    expect(page.get_by_role("button", name="好，給我看清單")).to_be_visible()
    assert page.locator(".bubble").count() == 2


def test_an_end_elsewhere_clears_the_screen(page: Page, stand: Stand):
    """Erased or moved by another channel or program: blank, and elsewhere."""
    begin(page, stand)
    stand.conversation.where.clear()
    page.wait_for_url(EXIT_URL)


def test_erasing_here_is_still_confirmed_here(context: BrowserContext, stand: Stand):
    """The page that erased says so and stays; the other one leaves."""
    one, two = open_both(context, stand)
    one.get_by_role("button", name="清除全部").click()
    expect(one.locator("#log")).to_contain_text("都清掉了")
    two.wait_for_url(EXIT_URL)
    one.wait_for_timeout(700)
    expect(one.locator("#log")).to_contain_text("都清掉了")


@pytest.mark.parametrize("lost", [1, 3], ids=["once", "all tries"])
def test_an_answer_lost_on_the_way_is_shown_once(page: Page, stand: Stand, lost):
    """The server had it, whoever tells: one act, one answer, the trouble gone by itself."""
    begin(page, stand)
    page.clock.install()
    deliveries: list[str] = []

    def lose(route):
        deliveries.append(route.request.post_data_json["delivery"])
        response = route.fetch()
        route.abort() if len(deliveries) <= lost else route.fulfill(response=response)

    page.route("**/chat/turn", lose)
    page.fill("#text", "怎麼辦")
    page.get_by_role("button", name="是，有人威脅我").click()
    for _ in range(60):
        page.clock.run_for(200)
        page.wait_for_timeout(10)
    expect(page.get_by_role("button", name="好，給我看清單")).to_be_visible()
    expect(page.locator("#trouble")).to_be_hidden()
    assert page.locator(".bubble.you").count() == 2
    assert page.get_by_text("你可以報警").count() == 1
    assert (len(set(deliveries)), len(stand.conversation.received)) == (1, 2)
    assert page.input_value("#text") == "怎麼辦"


def test_a_server_that_comes_back_gets_what_was_written(page: Page, stand: Stand):
    """No button, no reload: the page finds it again, and the text goes once."""
    begin(page, stand)
    stand.stop()
    page.fill("#text", "我很害怕")
    page.get_by_role("button", name="送出").click()
    expect(page.locator("#again")).to_be_visible()
    assert page.input_value("#text") == "我很害怕"
    stand.start()
    expect(page.locator(".bubble.you").last).to_have_text("你說我很害怕")
    expect(page.locator("#trouble")).to_be_hidden()
    assert page.input_value("#text") == ""
    assert [str(one.what) for one in stand.conversation.received].count(
        str(stand.conversation.received[-1].what)
    ) == 1


@pytest.mark.parametrize("since", ["第二句", ""], ids=["changed", "emptied"])
def test_what_was_taken_back_does_not_go(page: Page, stand: Stand, since):
    """The text that could not be sent was changed or taken out: nothing goes by itself, and the box stays."""
    begin(page, stand)
    stand.stop()
    page.fill("#text", "第一句")
    page.get_by_role("button", name="送出").click()
    expect(page.locator("#again")).to_be_visible()
    page.fill("#text", since)
    expect(page.locator("#trouble")).to_be_hidden()
    stand.start()
    wait_until(lambda: stand.live.count > 0, page)
    assert len(stand.conversation.received) == 1
    assert page.input_value("#text") == since


def test_a_tab_in_the_background_is_marked(context: BrowserContext, stand: Stand):
    """A neutral sign in title and icon, no number, no subject; gone as soon as somebody looks."""
    one, two = open_both(context, stand)
    plain = two.get_attribute("#icon", "href")
    two.evaluate(TURN_BACK, arg=True)
    one.get_by_role("button", name="是，有人威脅我").click()
    expect(two).to_have_title("• 備忘")
    assert two.get_attribute("#icon", "href") == "/static/icon-dot.svg"
    one.get_by_role("button", name="好，給我看清單").click()
    expect(two.locator("#log")).to_contain_text("先截圖")
    assert two.title() == "• 備忘"
    two.evaluate(TURN_BACK, arg=False)
    expect(two).to_have_title("備忘")
    assert two.get_attribute("#icon", "href").endswith(plain)


def test_a_tab_that_is_looked_at_is_not_marked(context: BrowserContext, stand: Stand):
    """The bubble is sign enough."""
    one, two = open_both(context, stand)
    one.get_by_role("button", name="是，有人威脅我").click()
    expect(two.get_by_role("button", name="好，給我看清單")).to_be_visible()
    assert two.title() == "備忘"


def test_a_tab_forgotten_for_long_stops_listening(page: Page, stand: Stand):
    """Ten minutes in the background: the battery is the person's. Looking at it goes on where things are."""
    page.clock.install()
    begin(page, stand)
    page.evaluate(TURN_BACK, arg=True)
    page.clock.run_for(500_000)

    def listens() -> bool:  # a stream that looked dead is taken up after a pause, by the page's clock
        page.clock.run_for(2_000)
        return stand.live.count == 1

    wait_until(listens, page)
    page.clock.run_for(200_000)
    wait_until(lambda: stand.live.count == 0, page)
    stand.conversation.where[only_person(stand)] = ("police", 2, "zh_TW")
    page.evaluate(TURN_BACK, arg=False)
    expect(page.get_by_role("button", name="好，給我看清單")).to_be_visible()


@pytest.mark.parametrize("behind", [False, True], ids=["looked at", "in the background"])
def test_a_page_left_alone_for_long_shows_only_a_fresh_look(page: Page, stand: Stand, behind):
    """Half an hour: what was said, and what was not sent yet, is not for whoever picks the phone up."""
    page.clock.install()
    begin(page, stand)
    page.fill("#text", "還沒寫完")
    page.evaluate(TURN_BACK, arg=behind)
    stand.conversation.where[only_person(stand)] = ("day", 1, "zh_TW")
    page.clock.fast_forward(1_801_000)
    if behind:
        expect(page.locator(".bubble")).to_have_count(0)
        page.evaluate(TURN_BACK, arg=False)
    expect(page.locator("#log")).to_contain_text("你是哪一天知道的")
    expect(page.locator(".bubble")).to_have_count(1)
    expect(page.get_by_role("button", name="不確定")).to_be_visible()
    expect(page.locator("#over")).to_be_hidden()
    assert page.input_value("#text") == ""


def test_before_the_first_word_nothing_listens(page: Page, stand: Stand):
    """A page that only looks holds no place."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(stand.url)
    expect(page.get_by_role("button", name="現在可以")).to_be_visible()
    page.wait_for_timeout(300)
    assert not [url for url in asked if url.endswith("/chat/live")]


@pytest.mark.parametrize("without", ["stream", "place"])
def test_without_a_stream_the_page_works(browser: Browser, without):
    """An old browser, or no place: acting is all that is needed."""
    with put_up(Stand(live=Live(most=0))) as stand:
        context = open_context(browser)
        page = context.new_page()
        if without == "stream":
            page.add_init_script("delete window.ReadableStream")
        page.goto(stand.url)
        for label in ("現在可以", "是，有人威脅我", "先不用"):
            page.get_by_role("button", name=label).click()
        expect(page.locator("#log")).to_contain_text("這些電話可以留著")
        expect(page.locator(".bubble.card")).to_have_count(2)
        context.close()


def test_the_stream_is_read_whatever_the_pieces(page: Page, stand: Stand):
    """Cut anywhere, with any line end: the same events."""
    page.goto(stand.url)
    text = ': beat\n\nretry: 150\r\n\r\nevent: view\nid: v.1\ndata: {"a":\ndata: 1}\n\nevent: gone\rdata: {}\r\rdata\n\nevent: cut'
    heard = page.evaluate(
        """async text => {
          const { makeParser } = await import("/static/live.js");
          const all = [];
          for (let at = 0; at <= text.length; at += 1) {
            const heard = [];
            const parse = makeParser((...event) => heard.push(event));
            parse(text.slice(0, at));
            parse(text.slice(at));
            all.push(JSON.stringify(heard));
          }
          return [...new Set(all)];
        }""",
        arg=text,
    )
    assert heard == [
        '[["retry","","150"],["view","v.1","{\\"a\\":\\n1}"],["gone","","{}"],["message","",""]]'
    ]


def test_a_day_is_picked(page: Page, stand: Stand):
    """The browser's own field, with its label; what was picked is said in words."""
    begin(page, stand)
    stand.conversation.where[only_person(stand)] = ("day", 2, "zh_TW")
    field = page.get_by_label("那一天")
    expect(field).to_be_visible()
    field.fill("2026-10-31")
    page.get_by_role("button", name="送出日期").click()
    expect(page.locator(".bubble.you").last).to_contain_text("2026年10月31日")
    expect(page.locator(".bubble.bot.list")).to_have_count(1)
    expect(field).to_be_hidden()
