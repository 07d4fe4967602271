"""The calendar file, taken with a real browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar as CalendarFile
from playwright.sync_api import Page

from bot.core.taipei import TAIPEI
from tests.browser.conftest import Front

pytestmark = pytest.mark.browser

_MAKE_LINK = """(address) => {
  const link = document.createElement("a");
  link.href = address;
  link.id = "keep";
  link.textContent = "keep";
  document.querySelector("main").append(link);
}"""


@pytest.mark.parametrize("query", ["", "?openExternalBrowser=1"], ids=["from the web", "from LINE"])
def test_the_day_can_be_kept(page: Page, front: Front, tmp_path: Path, query: str):
    """One tap saves a file with a neutral name that a calendar can read; the conversation stays where it was."""
    last_day = datetime.now(UTC).astimezone(TAIPEI).date() + timedelta(100)
    page.goto(f"{front.url}/chat")
    page.evaluate(_MAKE_LINK, f"{front.url}/date/{last_day.isoformat()}.ics{query}")

    with page.expect_download() as waiting:
        page.locator("#keep").click()
    waiting.value.save_as(tmp_path / "kept.ics")

    assert waiting.value.suggested_filename == "memo.ics"
    entries = CalendarFile.from_ical((tmp_path / "kept.ics").read_bytes()).walk("VEVENT")
    assert [entry["dtstart"].dt for entry in entries] == [last_day - timedelta(30), last_day]
    assert {str(entry["summary"]) for entry in entries} == {"備忘"}
    assert page.url == f"{front.url}/chat"
    assert page.context.cookies() == []


def test_an_address_that_is_no_day_opens_a_kind_page(page: Page, front: Front):
    """The page of the house, not a file."""
    response = page.goto(f"{front.url}/date/2027-02-30.ics")
    assert response
    assert response.status == 404
    assert page.title() == "備忘"
    assert page.locator("a[href='tel:113']").is_visible()
