"""From the first word to the takedown door, in a real browser against the real program."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, open_context

pytestmark = pytest.mark.browser

TO_THE_DOOR = (
    "方便，可以說",
    "我自己",
    "滿 18 歲了",
    "那時滿 18 歲",
    "已經被傳出去",
    "好了，下一步",
    "要，怎麼做",
)


def say(page: Page, words: str) -> None:
    page.get_by_role("textbox").fill(words)
    page.get_by_role("textbox").press("Enter")
    expect(page.locator(".bubble.you p").last).to_have_text(words)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_from_the_first_word_to_the_door(browser: Browser, front_url: str, size):
    """The door shows the centre's number to call and its address to open, with the date of the facts."""
    context = open_context(browser, viewport=size)
    page = context.new_page()
    page.goto(front_url)
    say(page, "有人嗎")
    for label in TO_THE_DOOR:
        page.get_by_role("button", name=label, exact=True).click()
    log = page.locator("#log")
    expect(log.locator("a[href='tel:0266057373']").last).to_be_visible()
    expect(log.locator("a[href='https://siarc.mohw.gov.tw/']").last).to_be_visible()
    expect(log).to_contain_text("資料日期 2026-02")
    context.close()


def test_numbers_and_words_are_answers_too(page: Page, front_url: str):
    """Nobody has to press a button: digits and the words on them are understood, and human help is one word away."""
    page.goto(front_url)
    say(page, "1")
    expect(page.get_by_role("button", name="我自己", exact=True)).to_be_visible()
    say(page, "我認識的人")
    expect(page.get_by_role("button", name="還沒滿 18 歲", exact=True)).to_be_visible()
    say(page, "真人")
    expect(page.locator("#log a[href='tel:113']").last).to_be_visible()


def test_english_is_chosen_by_the_browser(browser: Browser, front_url: str):
    """The page and the conversation speak the browser's language; whoever writes another is answered in that."""
    context = open_context(browser, locale="en-US")
    page = context.new_page()
    page.goto(front_url)
    expect(page.get_by_role("button", name="Yes, I can chat", exact=True)).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    say(page, "中文")
    page.get_by_role("button", name="繁體中文", exact=True).click()
    expect(page.get_by_role("button", name="方便，可以說", exact=True)).to_be_visible()
    context.close()
