"""
Take a screenshot of the web chat after pressing the buttons with these labels, in order.

    .venv/bin/python scripts/screenshot.py http://127.0.0.1:8080 docs/chat.png 現在可以 為我自己

`--wide` gives a computer's window instead of a phone's, `--dark` the dark scheme.
"""

from __future__ import annotations

import argparse
import sys

from playwright.sync_api import Page, expect, sync_playwright

from scripts.chromium import find_chromium

PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 800}
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]


def main() -> None:
    """Read the arguments, walk, take the picture."""
    asked = _read_arguments()
    path = find_chromium()
    if path is None:
        sys.exit("screenshot: no Chromium on PATH; install it (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        page = browser.new_page(
            viewport=WIDE if asked.wide else PHONE,
            locale=asked.locale,
            color_scheme="dark" if asked.dark else "light",
            reduced_motion="reduce",
            device_scale_factor=1 if asked.wide else 2,
        )
        page.goto(asked.url)
        _walk(page, asked.labels)
        page.screenshot(path=asked.out)
        browser.close()


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Take a screenshot of the web chat.")
    parser.add_argument("url", help="where the front door listens")
    parser.add_argument("out", help="the PNG file to write")
    parser.add_argument("labels", nargs="*", help="labels of the buttons to press, in order")
    parser.add_argument("--wide", action="store_true", help="a computer's window")
    parser.add_argument("--dark", action="store_true", help="the dark colour scheme")
    parser.add_argument("--locale", default="zh-TW", help="the browser's language (default: zh-TW)")
    return parser.parse_args()


def _walk(page: Page, labels: list[str]) -> None:
    for label in labels:
        said = page.locator(".bubble.you").count()
        page.get_by_role("button", name=label, exact=True).click()
        expect(page.locator(".bubble.you")).to_have_count(said + 1)


if __name__ == "__main__":
    main()
