"""
Take pictures of the web chat for human eyes: languages, widths and schemes, at each stop of a walk.

    .venv/bin/python -m scripts.looks build/looks

One PNG per picture, and `index.html` beside them with all of them in rows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from scripts.chromium import find_chromium
from tests.browser.conftest import ARGS
from tests.browser.looks import BESIDE, MATRIX, Cell, open_cell, serve_stretched, walk


def main() -> None:
    """Read the folder, take every picture, write the index."""
    parser = argparse.ArgumentParser(description="Take pictures of the web chat.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("build/looks"), help="where they go")
    parser.add_argument("--only", default="", help="only cells whose name has this in it, e.g. eo-320")
    parser.add_argument("--whole", action="store_true", help="the whole page instead of what one sees")
    asked = parser.parse_args()
    path = find_chromium()
    if path is None:
        sys.exit("looks: no Chromium on PATH; install it (Debian: apt-get install chromium)")
    asked.folder.mkdir(parents=True, exist_ok=True)
    cells = [cell for cell in MATRIX if asked.only in str(cell)]
    with tempfile.TemporaryDirectory() as held, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        with serve_stretched(Path(held)) as url:
            rows = {cell: list(_take(browser, cell, url, asked.folder, whole=asked.whole)) for cell in cells}
        browser.close()
    (asked.folder / "index.html").write_text(_write_index(rows), encoding="utf-8")
    print(asked.folder / "index.html")


def _take(browser: Browser, cell: Cell, url: str, folder: Path, *, whole: bool) -> Iterator[str]:
    context = open_cell(browser, cell)
    page = context.new_page()
    for stop in walk(page, url):
        name = f"{cell}-{stop.name}.png"
        page.screenshot(path=folder / name, full_page=whole)
        yield name
    for what, path in BESIDE.items():
        page.goto(f"{url}{path}")
        page.screenshot(path=folder / f"{cell}-{what}.png", full_page=whole)
        yield f"{cell}-{what}.png"
    context.close()


def _write_index(rows: dict[Cell, list[str]]) -> str:
    drawn = "".join(f"<h2>{escape(str(cell))}</h2><div>{_draw(names)}</div>" for cell, names in rows.items())
    style = (
        "div{display:flex;gap:12px;overflow:auto;align-items:start}img{border:1px solid #888;max-width:640px}"
    )
    return f"<!doctype html><meta charset=utf-8><title>looks</title><style>{style}</style>{drawn}"


def _draw(names: list[str]) -> str:
    return "".join(
        f'<a href="{escape(name)}"><img src="{escape(name)}" alt="{escape(name)}"></a>' for name in names
    )


if __name__ == "__main__":
    main()
