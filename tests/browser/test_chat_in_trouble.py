"""The chat in a real browser when the network, the server or somebody's words are hostile."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import EXIT_URL, Front, open_context

pytestmark = pytest.mark.browser

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "</textarea></section><iframe srcdoc='<script>parent.alert(1)</script>'>",
    "javascript:alert(1)",
    "https://x.tw/'onmouseover='alert(1)",
    'https://x.tw/"><script>alert(1)</script>',
    "{{ 7*7 }}${alert(1)}",
]


def fill_and_send(page: Page, text: str) -> None:
    page.fill("#text", text)
    page.get_by_role("button", name="送出").click()


def hurry(page: Page) -> None:
    """Let the page's pauses pass at once: its clock is the test's."""
    page.clock.install()


@pytest.mark.parametrize("scripts", [True, False])
def test_hostile_bot_text_does_nothing(browser: Browser, front: Front, scripts):
    """Even if the bot's own words were markup: no node, no dialog, no other scheme in a link."""
    context = open_context(browser, java_script_enabled=scripts)
    page = context.new_page()
    fired: list[str] = []
    page.on("dialog", lambda dialog: (fired.append(dialog.message), dialog.dismiss()))
    front.conversation.says = tuple(PAYLOADS)
    page.goto(front.url)
    page.get_by_role("button", name="現在可以").click()
    expect(page.locator(".bubble.bot")).to_have_count(len(PAYLOADS) * (2 if scripts else 1))
    assert page.locator("#log").locator("script, img, svg, iframe, [onmouseover]").count() == 0
    links = [link.get_attribute("href") for link in page.locator("#log a").all()]
    assert all(href.startswith(("https://", "tel:")) for href in links)
    assert fired == []
    context.close()


def test_an_injected_script_cannot_run(page: Page, front: Front):
    """The policy itself, tried: neither a string nor an inline script becomes code."""
    page.goto(front.url)
    blocked = page.evaluate("""() => {
      try { document.body.innerHTML = "<b>x</b>"; return "markup"; } catch (fault) { return fault.name; }
    }""")
    assert blocked == "TypeError"


def test_offline_keeps_the_text_and_sends_it_once(page: Page, front: Front):
    """A kind line, the text still in the box, and one delivery when the network is back."""
    page.goto(front.url)
    hurry(page)
    page.context.set_offline(True)
    fill_and_send(page, "我很害怕")
    expect(page.locator("#line")).to_contain_text("還沒有送到")
    page.clock.run_for(5_000)
    expect(page.locator("#again")).to_be_visible()
    assert page.input_value("#text") == "我很害怕"
    page.context.set_offline(False)
    page.clock.run_for(5_000)
    expect(page.locator(".bubble.you")).to_have_text("你說我很害怕")
    assert page.input_value("#text") == ""
    expect(page.locator("#trouble")).to_be_hidden()
    assert len(front.conversation.received) == 1


def test_a_lost_answer_is_asked_for_again_under_the_same_delivery(page: Page, front: Front):
    """The server had it, the answer never came: the retry is the same act."""
    sent: list[str] = []
    page.goto(front.url)
    page.get_by_role("button", name="現在可以").click()
    expect(page.locator(".bubble.you")).to_have_count(1)
    hurry(page)

    def lose_the_first(route):
        sent.append(route.request.post_data_json["delivery"])
        response = route.fetch()
        if len(sent) == 1:
            route.abort()
        else:
            route.fulfill(response=response)

    page.route("**/chat/turn", lose_the_first)
    page.get_by_role("button", name="是，有人威脅我").click()
    expect(page.locator("#line")).to_be_visible()
    page.clock.run_for(2_000)
    expect(page.locator(".bubble.you")).to_have_count(2)
    assert len(set(sent)) == 1
    assert len(front.conversation.received) == 2


def test_a_double_tap_is_one_answer(page: Page, front: Front):
    """The pressed button is off before the answer comes."""
    page.goto(front.url)
    page.get_by_role("button", name="現在可以").dblclick()
    expect(page.locator(".bubble.you")).to_have_count(1)
    assert len(front.conversation.received) == 1


def test_a_store_that_is_down_is_said_and_nothing_is_lost(page: Page, front: Front):
    """Not saved, the text in the box, a button to try again that works."""
    page.goto(front.url)
    front.conversation.is_down = True
    fill_and_send(page, "我想問一件事")
    expect(page.locator("#line")).to_contain_text("沒有存下來")
    expect(page.locator("#line")).to_contain_text("113")
    assert page.input_value("#text") == "我想問一件事"
    front.conversation.is_down = False
    page.get_by_role("button", name="再試一次").click()
    expect(page.locator(".bubble.you")).to_have_text("你說我想問一件事")


def test_without_scripts_a_tap_can_be_tried_again(plain_page: Page, front: Front):
    """The page that could not read its question still offers the same button."""
    plain_page.goto(f"{front.url}/chat")
    front.conversation.is_down = True
    plain_page.get_by_role("button", name="現在可以").click()
    expect(plain_page.locator("#line")).to_contain_text("沒有存下來")
    front.conversation.is_down = False
    plain_page.get_by_role("button", name="再試一次").click()
    expect(plain_page.locator(".bubble.bot").first).to_contain_text("這不是你的錯")


def test_a_text_that_is_too_long_stays(page: Page, front: Front):
    """Said in the page, sent nowhere."""
    page.goto(front.url)
    fill_and_send(page, "我" * 5_001)
    expect(page.locator("#line")).to_contain_text("5,000")
    assert page.input_value("#text") == "我" * 5_001
    assert front.conversation.received == []


def test_an_answer_that_is_no_json_is_a_failure_of_the_network(page: Page, front: Front):
    """A proxy's error page is not shown and not run."""
    page.goto(front.url)
    hurry(page)
    page.route("**/chat/turn", lambda route: route.fulfill(status=502, body="<script>alert(1)</script>"))
    page.get_by_role("button", name="現在可以").click()
    expect(page.locator("#line")).to_be_visible()
    page.clock.run_for(5_000)
    expect(page.locator("#again")).to_be_visible()
    assert page.get_by_role("button", name="現在可以").is_enabled()


def test_a_refused_act_leaves_the_choices(page: Page, front: Front):
    """A 400 says so and redraws the question's buttons."""
    page.goto(front.url)
    page.evaluate("document.querySelector('.choice').value = 'forged nonsense'")
    page.locator(".choice").first.click()
    expect(page.locator("#line")).to_contain_text("不是你的問題")
    page.get_by_role("button", name="現在可以").click()
    expect(page.locator(".bubble.you")).to_have_count(1)
    expect(page.locator("#trouble")).to_be_hidden()


def test_the_page_changes_its_language(page: Page, front: Front):
    """Title, buttons and language mark follow the conversation without a reload."""
    page.goto(front.url)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Leave now")).to_be_visible()
    assert page.title() == "Notes"
    assert page.get_attribute("html", "lang") == "en"
    assert page.get_by_role("button", name="Send").is_visible()


def test_erasing_clears_the_page_too(page: Page, front: Front):
    """The bubbles of before go with what was stored."""
    page.goto(front.url)
    page.get_by_role("button", name="現在可以").click()
    expect(page.locator(".bubble.you")).to_have_count(1)
    page.get_by_role("button", name="清除全部").click()
    expect(page.locator("#log")).to_contain_text("都清掉了")
    assert page.locator("#log .bubble").count() == 1
    page.get_by_role("link", name="回到對話").click()
    expect(page.get_by_role("button", name="現在可以")).to_be_visible()


def test_a_farewell_is_read_and_then_the_page_leaves(page: Page, front: Front):
    """The cover message, then the neutral page: the page's clock stands while the message is read."""
    page.clock.install(time=0)
    page.goto(front.url)
    page.clock.pause_at(3_600_000)
    page.get_by_role("button", name="離開", exact=True).click()
    expect(page.locator(".bubble.bot").last).to_contain_text("明天多雲")
    page.clock.run_for(5_000)
    page.wait_for_url(EXIT_URL)


def test_an_input_method_ends_its_word_with_enter(page: Page, front: Front):
    """Enter that picks a character does not send half a sentence."""
    page.goto(front.url)
    page.fill("#text", "ㄨㄛˇ")
    page.evaluate("""() => document.getElementById("text").dispatchEvent(
        new KeyboardEvent("keydown", {key: "Enter", isComposing: true, bubbles: true, cancelable: true}))""")
    page.wait_for_timeout(200)
    assert front.conversation.received == []
