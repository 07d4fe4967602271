"""T14 in a real browser: when it is busy the page solves its puzzle by itself, and without scripts it works too."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.front.gate import Gate, make_budgets
from bot.front.puzzle import Puzzles, is_good
from bot.meter import Meter
from tests.browser.conftest import open_context
from tests.browser.stands import Stand, put_up

pytestmark = pytest.mark.browser


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture
def stand(meter: Meter) -> Iterator[Stand]:
    """A program that is so busy that everybody new must show that they mean it."""
    puzzles = Puzzles(b"secret", time.time)
    gate = Gate(make_budgets(10), puzzles, is_busy=lambda: True, count=meter.count)
    with put_up(Stand(gate=gate)) as standing:
        yield standing


def test_the_script_solves_the_puzzle_and_nobody_notices(page: Page, stand: Stand, meter: Meter) -> None:
    """Pressed once, taken once, under a policy that allows no script but ours; from then on the page is known."""
    page.goto(stand.url)
    page.get_by_role("button", name="現在可以").click()
    expect(page.get_by_text("謝謝你願意說")).to_be_visible()
    assert len(stand.conversation.received) == 1
    assert meter.read()["prove"] == 1
    page.get_by_role("button", name="我還不確定").click()
    expect(page.get_by_text("這些電話可以留著")).to_be_visible()
    assert meter.read()["prove"] == 1


def test_its_hash_is_the_one_that_the_server_checks(page: Page, stand: Stand) -> None:
    """The page's own SHA-256 finds what the server's accepts, whatever the key."""
    page.goto(stand.url)
    for number in range(5):
        key = f"{number:032x}"
        found = page.evaluate(
            "async (asked) => (await import('/static/puzzle.js')).solve(asked)",
            {"key": key, "parts": 8, "bits": 10},
        )
        assert all(is_good(key, part, one) for part, one in enumerate(str(found).split(".")))


def test_without_scripts_it_goes_on_as_well(browser: Browser, stand: Stand) -> None:
    context = open_context(browser, java_script_enabled=False)
    page = context.new_page()
    page.goto(stand.url)
    page.get_by_role("button", name="現在可以").click()
    expect(page.get_by_text("謝謝你願意說")).to_be_visible()
    context.close()
