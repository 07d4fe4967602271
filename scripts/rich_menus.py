"""
Draws the pictures of LINE's rich menus, one for each language, into bot/channels/menus.

    .venv/bin/python scripts/rich_menus.py            # needs Chromium and fonts for the languages
    .venv/bin/python scripts/rich_menus.py --check    # fails when a picture is stale; needs neither

Each picture notes the hash of the page it was drawn from and the words that stand in it. The words are
those of the flow and its catalogues. Whoever looks over a shoulder sees the menu: icons say nothing
about what is talked about here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from bot.channels.line_menus import COLUMNS, HEIGHT, MENU_WAYS, ROWS, WIDTH, read_notes, write_notes
from bot.commands.line import list_labels
from bot.pack import load_pack
from scripts.chromium import find_chromium

OUT = Path(__file__).resolve().parent.parent / "bot" / "channels" / "menus"
#: Source: LINE Messaging API reference, Requirements for rich menu image.
_MAX_BYTES = 1024 * 1024
_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--font-render-hinting=none"]

#: Line drawings on a 24 x 24 grid.
_ICONS = {
    "human": '<path d="M20 12.5c0 3.9-3.6 7-8 7-1 0-2-.2-2.9-.5L4.5 20l1.1-3.6A6.6 6.6 0 0 1 4 12.500c0-3.9 3.6-7 8-7s8 3.1 8 7z"/>'
    '<path d="M9 11.500h6M9 14.500h3.5"/>',
    "look_up": '<circle cx="10.8" cy="10.8" r="6"/><path d="M15.3 15.3 20 20"/>',
    "language": '<circle cx="12" cy="12" r="8"/><path d="M4 12h16M12 4c2.3 2.2 3.4 4.9 3.4 8s-1.1 5.8-3.4 8'
    'c-2.3-2.2-3.4-4.9-3.4-8s1.1-5.8 3.4-8z"/>',
    "more": '<rect x="4.5" y="4.5" width="6" height="6" rx="1.5"/><rect x="13.5" y="4.5" width="6" height="6" rx="1.5"/>'
    '<rect x="4.5" y="13.5" width="6" height="6" rx="1.5"/><rect x="13.5" y="13.5" width="6" height="6" rx="1.5"/>',
    "erase": '<path d="M5 7h14M10 7V4.800h4V7M6.8 7l.8 12.200h8.800L17.2 7M10.3 10.500v5.500M13.7 10.500v5.5"/>',
    "leave": '<path d="M13.5 5H6.500v14h7M10.5 12H20M16.5 8.5 20 12l-3.5 3.5"/>',
}
_STYLE = """
*{box-sizing:border-box;margin:0}
body{width:__W__px;height:__H__px;display:grid;grid-template:repeat(__R__,1fr)/repeat(__C__,1fr);gap:3px;
background:#c3d0d2;color:#16272c;font-family:"Noto Sans","Noto Sans CJK TC","Noto Sans TC","Noto Sans Thai",
"PingFang TC","Microsoft JhengHei",sans-serif;font-weight:600}
.area{display:flex;flex-direction:column;align-items:center;justify-content:center;gap:14px;padding:18px 26px;
background:#f6f9f9;overflow:hidden}
.area:first-child{background:#0d4f5c;color:#fff}
svg{flex:none;width:104px;height:104px;fill:none;stroke:#0d4f5c;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}
.area:first-child svg{stroke:#fff}
.label{flex:none;width:100%;line-height:1.2;text-align:center;text-wrap:balance}
"""
#: Makes all words smaller together until each stands on one line, or else on two, unbroken; icons of a row
#: stay level. Tells which words do not fit even then.
_FIT = """columns => {
  const labels = [...document.querySelectorAll('.label')];
  const over = (px, lines) => labels.filter(
    label => label.scrollWidth > label.clientWidth || label.offsetHeight > px * 1.2 * lines + 1);
  const fit = (lines, from, to) => {
    for (let px = from; px >= to; px -= 2) {
      labels.forEach(label => { label.style.fontSize = px + 'px'; });
      if (!over(px, lines).length) return true;
    }
    return false;
  };
  const tooLong = fit(1, 62, 46) || fit(2, 56, 36) ? [] : over(36, 2).map(label => label.textContent);
  for (let first = 0; first < labels.length; first += columns) {
    const row = labels.slice(first, first + columns);
    const high = Math.max(...row.map(label => label.offsetHeight));
    row.forEach(label => { label.style.height = high + 'px'; });
  }
  return tooLong;
}"""


def main() -> None:
    """Draw, or look whether drawing is due."""
    parser = argparse.ArgumentParser(description="Draw the pictures of LINE's rich menus.")
    parser.add_argument("--check", action="store_true", help="only say whether a picture is stale")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the pictures")
    asked = parser.parse_args()
    pack = load_pack()
    wanted = {locale: list_labels(pack, locale) for locale in pack.catalogs.locales}
    if asked.check:
        stale = sorted(find_stale(wanted, asked.out))
        if stale:
            sys.exit(f"rich menus: stale or missing: {', '.join(stale)}; run `make rich-menus`")
        return
    for locale, png in draw(wanted).items():
        asked.out.mkdir(parents=True, exist_ok=True)
        path = asked.out / f"{locale}.png"
        path.write_bytes(png)
        print(path)


def find_stale(wanted: Mapping[str, Sequence[str]], folder: Path) -> Iterator[str]:
    """Give every language whose picture is missing or was drawn from another page, and every picture too many."""
    for locale, labels in wanted.items():
        path = folder / f"{locale}.png"
        if not path.exists() or read_notes(path.read_bytes()).get("drawn") != _hash(
            build_page(locale, labels)
        ):
            yield locale
    yield from {path.stem for path in folder.glob("*.png")} - wanted.keys()


def build_page(locale: str, labels: Sequence[str]) -> str:
    """Return the page that is drawn."""
    style = _STYLE
    for name, number in (("__W__", WIDTH), ("__H__", HEIGHT), ("__R__", ROWS), ("__C__", COLUMNS)):
        style = style.replace(name, str(number))
    areas = "".join(
        f'<div class="area"><svg viewBox="0 0 24 24">{_ICONS[way]}</svg><div class="label">{escape(label)}</div></div>'
        for way, label in zip(MENU_WAYS, labels, strict=True)
    )
    lang = locale.replace("_", "-")
    return f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><style>{style}</style><body>{areas}</body></html>'


def draw(wanted: Mapping[str, Sequence[str]]) -> dict[str, bytes]:
    """Return the picture of each language. Exits when there is no Chromium or when words do not fit."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - `--check` runs without it

    path = find_chromium()
    if path is None:
        sys.exit(
            "rich menus: no Chromium on PATH; install it (Debian: apt-get install chromium fonts-noto-cjk)"
        )
    drawn = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1)
        for locale, labels in wanted.items():
            html = build_page(locale, labels)
            page.set_content(html)
            too_long = page.evaluate(_FIT, COLUMNS)
            if too_long:
                sys.exit(f"rich menus: {locale}: too long for its area: {', '.join(too_long)}")
            drawn[locale] = _note(page.screenshot(), html, labels)
        browser.close()
    return drawn


def _note(png: bytes, html: str, labels: Sequence[str]) -> bytes:
    noted = write_notes(png, {"drawn": _hash(html), "labels": json.dumps(list(labels))})
    if len(noted) > _MAX_BYTES:
        sys.exit("rich menus: LINE takes pictures of 1 MB at most")
    return noted


def _hash(html: str) -> str:
    """Return the name of a page: its words, icons, style, and how words are made to fit."""
    return hashlib.sha256(f"{html}{_FIT}".encode()).hexdigest()


if __name__ == "__main__":
    main()
