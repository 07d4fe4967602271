"""
Take pictures of the back office for human eyes: every page of each member of the demo, wide and on a phone.

    .venv/bin/python -m scripts.office_looks build/office          # all of them
    .venv/bin/python -m scripts.office_looks docs/images --readme  # the two of the documents
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from scripts.chromium import find_chromium
from tests.browser.conftest import ARGS
from tests.browser.office import SIZES, Place, serve_office
from tests.browser.test_office_walks import PAGES


def main() -> None:
    """Read the folder, take the pictures."""
    parser = argparse.ArgumentParser(description="Take pictures of the back office.")
    parser.add_argument("folder", type=Path, help="where they go")
    parser.add_argument("--readme", action="store_true", help="only the two pictures of the documents")
    asked = parser.parse_args()
    path = find_chromium()
    if path is None:
        sys.exit("office_looks: no Chromium on PATH; install it (Debian: apt-get install chromium)")
    asked.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_take(path, asked.folder, is_short=asked.readme))


async def _take(path: str, folder: Path, *, is_short: bool) -> None:
    with tempfile.TemporaryDirectory() as held:
        async with serve_office(Path(held)) as place, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path, args=ARGS)
            await (_take_two if is_short else _take_all)(place, browser, folder)
            await browser.close()


async def _take_two(place: Place, browser: Browser, folder: Path) -> None:
    page = await (await place.sign_in(browser, "demo")).new_page()
    await page.goto("/queue")
    await page.screenshot(path=folder / "office-queue.png")
    await _open(page, place)
    await page.screenshot(path=folder / "office-handoff.png")


async def _take_all(place: Place, browser: Browser, folder: Path) -> None:
    for name, pages in PAGES.items():
        for size in SIZES:
            page = await (await place.sign_in(browser, name, size)).new_page()
            for path in pages:
                await page.goto(path)
                told = path.strip("/").replace("/", "-") or "home"
                await page.screenshot(path=folder / f"{name}-{told}-{size}.png", full_page=True)
            if name == "demo":
                await _open(page, place)
                await page.screenshot(path=folder / f"{name}-handoff-{size}.png", full_page=True)


async def _open(page: Page, place: Place) -> None:
    await page.goto(f"/handoffs/{place.handoffs[0]}")
    await page.locator("input[name=reason]").first.check()
    await page.locator('form[action$="/open"] button').click()
    await page.locator("#note-text").wait_for()


if __name__ == "__main__":
    main()
