"""
The one-time page in a real browser: with and without scripts, by keyboard, from 320 px to a desk, light and dark.

The form is the real one; the desk behind it is a fake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from starlette.types import ASGIApp

from bot.form.model import Form
from bot.form.parse import parse_form
from bot.ports import Opened
from tests.browser.conftest import EXIT_URL, open_context
from tests.browser.looks import Cell, open_cell
from tests.browser.stands import wait_until
from tests.browser.test_exit import STORED, WAYS, leave, list_history
from tests.browser.test_looks import MEASURE, run_axe
from tests.depth import thin
from tests.front.fakes import ROOT, SOURCE_WORDS, FakeConversation, make_app
from tests.front.form_words import FORM_EN, FORM_ZH
from tests.front.small_form import RECEIPT, TOKEN, FakeDesk
from tests.pseudo import PSEUDO, stretch
from tests.serving import serve_in_thread

pytestmark = pytest.mark.browser

NAME = "陳小安"
STORY = "他說如果不付錢，就要把影片傳給我同事。\n我已經截圖了。"
CELLS = [
    Cell(locale, width, scheme)
    for locale, width, scheme in (
        ("zh_TW", 320, "light"), ("zh_TW", 390, "dark"), (PSEUDO, 320, "dark"),
        (PSEUDO, 390, "light"), ("zh_TW", 1280, "light"), (PSEUDO, 1280, "dark"),
    )
]  # fmt: skip


def load_form() -> Form:
    flows = ROOT / "flows"
    return parse_form(
        *((flows / name).read_text("utf-8") for name in ("form.toml", "places.toml", "consent.toml"))
    )


class Words:
    """The page's words, and in the language of nobody the stretched ones."""

    def words(self, locale: str) -> Mapping[str, str]:
        words = {**FORM_ZH, **SOURCE_WORDS}
        if not locale.startswith(PSEUDO):
            return words
        told = {
            **{key: stretch(word) for key, word in SOURCE_WORDS.items()},
            **{key: stretch(word) for key, word in FORM_EN.items()},
        }
        return {**told, "lang": PSEUDO, "exit_url": EXIT_URL}


class Voice:
    def say(self, context: str, zh: str, locale: str) -> str:
        return stretch(zh) if locale.startswith(PSEUDO) else zh


@dataclass
class Stand:
    """A running program with the page, and what stands behind it."""

    url: str = ""
    desk: FakeDesk = field(default_factory=FakeDesk)
    asked: list[str] = field(default_factory=list)

    def offer(self, locale: str = "zh_TW") -> str:
        """Make a link that may be opened."""
        self.desk.links[TOKEN] = Opened({"types": "t4,t6", "county": "臺北市"}, locale)
        return f"{self.url}/p/n/{TOKEN}"


@contextmanager
def serve(stand: Stand) -> Iterator[Stand]:
    def make(url: str) -> ASGIApp:
        return make_app(
            FakeConversation(),
            interface=Words(),
            origin=url,
            desk=stand.desk,
            form=load_form(),
            voice=Voice(),
        )

    with serve_in_thread(make) as stand.url:
        yield stand


@pytest.fixture(scope="module")
def served() -> Iterator[Stand]:
    with serve(Stand()) as stand:
        yield stand


@pytest.fixture
def stand(served: Stand) -> Stand:
    """Nobody was here before."""
    served.desk.__dict__.update(FakeDesk().__dict__)
    return served


def press(page: Page, go: str) -> None:
    """Press a button of the sheet."""
    page.locator(f'#sheet button[value="{go}"]:not(.unseen)').first.click()


def begin(page: Page, stand: Stand, locale: str = "zh_TW") -> None:
    page.goto(stand.offer(locale))
    page.locator("main .button").click()
    expect(page.locator("ol.notices li")).to_have_count(6)


def be_at(page: Page, number: int) -> None:
    """Wait for the step of that number."""
    expect(page.locator("#sheet input[name=step]")).to_have_value(
        ("notices", "who", "more", "what", "review", "consent")[number - 1]
    )


def fill_who(page: Page) -> None:
    page.locator("#f-name").fill(NAME)
    page.locator("#f-birth").fill("79/5/20")
    page.locator("#f-phone_mobile").fill("0912345678")


def walk(page: Page) -> Iterator[str]:
    """Go to the consent, yielding at each place; the page stands there."""
    yield "notices"
    press(page, "next")
    be_at(page, 2)
    yield "who"
    press(page, "next")
    expect(page.locator(".faults")).to_be_visible()
    yield "who-faults"
    fill_who(page)
    press(page, "next")
    be_at(page, 3)
    for summary in page.locator("summary").all():
        if summary.locator("xpath=..").get_attribute("open") is None:
            summary.click()
    yield "more"
    press(page, "next")
    be_at(page, 4)
    page.locator("#f-story").fill(STORY)
    yield "what"
    press(page, "next")
    be_at(page, 5)
    press(page, "strike:county")
    expect(page.locator(".struck")).to_be_visible()
    page.locator("summary").last.click()
    yield "review"
    press(page, "next")
    be_at(page, 6)
    yield "consent"


def agree(page: Page) -> None:
    for box in ("contact", "special"):
        page.locator(f"#u-{box}").check()
    press(page, "send")
    expect(page.locator(".receipt")).to_have_text(RECEIPT)


def test_all_the_way(context: BrowserContext, stand: Stand):
    """With scripts and without: what arrives is what was shown."""
    page = context.new_page()
    begin(page, stand)
    for _ in walk(page):
        assert page.title() == SOURCE_WORDS["title"]
    agree(page)
    [sent] = stand.desk.submitted
    assert sent["draft"] == {
        "name": NAME, "birth": "1990-05-20", "phone_mobile": "0912-345-678", "types": "t4,t6", "story": STORY,
    }  # fmt: skip
    assert NAME not in page.content()
    assert page.context.cookies() == []


def test_by_keyboard_alone(context: BrowserContext, stand: Stand):
    """Tab, Space and Enter: Enter in a box goes on, and at the consent sends nothing."""
    page = context.new_page()
    page.goto(stand.offer())
    page.locator("main .button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("ol.notices")).to_be_visible()
    page.locator('.acts button[value="next"]').focus()
    page.keyboard.press("Enter")
    be_at(page, 2)
    page.locator("#f-name").focus()
    page.keyboard.type("An")
    page.locator("#f-phone_mobile").fill("0912345678")
    page.locator("#f-birth").fill("34")
    page.keyboard.press("Enter")
    be_at(page, 3)
    for number in (4, 5, 6):
        page.locator('.acts button[value="next"]').focus()
        page.keyboard.press("Enter")
        be_at(page, number)
    for use in ("contact", "special"):
        page.locator(f"#u-{use}").focus()
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    be_at(page, 6)
    expect(page.locator("#u-special")).to_be_checked()
    assert stand.desk.submitted == []


def test_a_link_of_an_error_leads_to_its_field(context: BrowserContext, stand: Stand):
    """The list takes the focus; its links bring one to the box."""
    page = context.new_page()
    begin(page, stand)
    press(page, "next")
    be_at(page, 2)
    press(page, "next")
    expect(page.locator(".faults")).to_be_focused()
    page.locator('.faults a[href="#f-birth"]').click()
    page.keyboard.type("34")
    expect(page.locator("#f-birth")).to_have_value("34")


def test_the_browsers_back_is_the_pages(scripted: BrowserContext, stand: Stand):
    """Nothing that was typed is lost by it."""
    page = scripted.new_page()
    begin(page, stand)
    press(page, "next")
    be_at(page, 2)
    fill_who(page)
    press(page, "next")
    be_at(page, 3)
    page.wait_for_load_state()  # by then the page's script has run
    page.evaluate("history.back()")
    be_at(page, 2)
    expect(page.locator("#f-name")).to_have_value(NAME)
    assert stand.desk.seats


def test_pressed_twice_is_sent_once(scripted: BrowserContext, stand: Stand):
    """And the receipt is seen."""
    page = scripted.new_page()
    begin(page, stand)
    for _ in walk(page):
        pass
    for box in ("contact", "special"):
        page.locator(f"#u-{box}").check()
    page.locator('button[value="send"]').dblclick(no_wait_after=True)
    expect(page.locator(".receipt")).to_have_text(RECEIPT)
    assert len(stand.desk.submitted) == 1


@pytest.mark.parametrize("way", list(WAYS))
def test_the_exit_leaves_nothing(scripted: BrowserContext, stand: Stand, way: str):
    """The page is given up; no token, no word in the history; no cookie and no storage."""
    page = scripted.new_page()
    begin(page, stand)
    press(page, "next")
    be_at(page, 2)
    fill_who(page)
    press(page, "next")
    be_at(page, 3)
    page.wait_for_load_state()  # no person is as fast as this key
    leave(page, way)
    wait_until(lambda: stand.desk.seats == set(), page)
    assert [url for url in list_history(page) if "/p/" in url or "f-" in url] == []
    wait_until(lambda: page.context.cookies(stand.url) == [], page)
    page.goto(f"{stand.url}/static/icon.svg")
    assert page.evaluate(STORED) == [0, 0, 0, 0, ""]


def test_the_exit_works_without_scripts(browser: Browser, stand: Stand):
    """The button alone; what was typed is nowhere any more."""
    context = open_context(browser, java_script_enabled=False)
    page = context.new_page()
    begin(page, stand)
    press(page, "next")
    be_at(page, 2)
    fill_who(page)
    press(page, "next")
    be_at(page, 3)
    leave(page)
    wait_until(lambda: stand.desk.seats == set(), page)
    assert page.context.cookies(stand.url) == []
    context.close()


def test_nobody_else_hears_of_it(context: BrowserContext, stand: Stand):
    """Every request goes to our own origin, nothing typed is in an address, and nothing may be kept."""
    page = context.new_page()
    asked: list[str] = []
    kept: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "response", lambda r: kept.append(r.url) if r.headers.get("cache-control") != "no-store" else None
    )
    begin(page, stand)
    for _ in walk(page):
        pass
    agree(page)
    assert {url.split("/")[2] for url in asked} == {stand.url.split("/")[2]}
    assert not [url for url in asked if "?" in url or "#" in url or "%" in url]
    assert kept == []


@pytest.mark.parametrize("cell", thin(CELLS, 2), ids=str)
def test_the_page_stands_well(browser: Browser, stand: Stand, cell: Cell, tmp_path: Path):
    """Nothing is cut off, pushed out or piled up on any step, the exit is always there, and axe is content."""
    context = open_cell(browser, cell)
    page = context.new_page()
    found: dict[str, object] = {}

    def judge(name: str) -> None:
        page.screenshot(path=tmp_path / f"{cell}-{name}.png", full_page=True)
        found[name] = page.evaluate(MEASURE)
        found[f"{name}, axe"] = run_axe(page)

    page.goto(stand.offer(cell.locale))
    judge("open")
    page.locator("main .button").click()
    for name in walk(page):
        judge(name)
    press(page, "later")
    expect(page.locator('button[value="drop"]')).to_be_visible()
    judge("stop")
    press(page, "stay")
    be_at(page, 6)
    agree(page)
    judge("sent")
    page.goto(f"{stand.url}/p/n/{TOKEN}")
    page.locator("main .button").click()
    expect(page.locator("main .button")).to_have_attribute("href", "/chat")
    judge("used")
    assert {name: faults for name, faults in found.items() if faults} == {}
    context.close()
