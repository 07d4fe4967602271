"""Material for the tests of `frontdoor line`: menus with small pictures, and a console on the fake."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from bot.channels.line_console import LineConsole
from bot.channels.line_menus import HEIGHT, WIDTH, Menu, build_menu, write_notes
from bot.channels.line_setup import Wanted, set_up
from tests.fakes.line_platform import Person
from tests.fakes.line_server import FakeLineServer

WEBHOOK = "https://chat.example.org/line/webhook"
LABELS = {
    "zh_TW": ("找真人", "查資料", "換語言", "更多", "刪除", "離開"),
    "en": ("Talk to a person", "Look up info", "Language", "More", "Delete", "Leave"),
}
READER = "U" + "2" * 32


def make_png(width: int = WIDTH, height: int = HEIGHT, *, says: str = "") -> bytes:
    """Make the head of a PNG: all that LINE's rules ask about."""
    head = struct.pack(">II5B", width, height, 8, 2, 0, 0, 0)
    bare = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(head)) + b"IHDR" + head + bytes(4)
    return write_notes(bare, {"drawn": says})


def make_menu(locale: str, *, says: str = "") -> Menu:
    return build_menu(locale, LABELS[locale], bar="選單", png=make_png(says=says))


def want(*locales: str, says: str = "") -> Wanted:
    """What a set-up should reach; another `says` is another picture."""
    return Wanted(WEBHOOK, tuple(make_menu(locale, says=says) for locale in locales or LABELS))


def open_console(line: FakeLineServer, *, token: str = "", timeout_s: float = 20.0) -> LineConsole:
    return LineConsole(access_token=token or line.access_token, api_base=line.base_url, timeout_s=timeout_s)


async def run_set_up(line: FakeLineServer, wanted: Wanted, *, dry_run: bool = False) -> list[str]:
    """Set up once; returns what was told."""
    told: list[str] = []

    async def rest(_seconds: float) -> None:
        """Nobody waits here."""

    async with open_console(line) as console:
        await set_up(console, wanted, dry_run=dry_run, say=told.append, rest=rest)
    return told


def add_reader(line: FakeLineServer, locale: str) -> None:
    """Let somebody have the menu of a language of their own."""
    line.people[READER] = Person(READER)
    line.menu_of[READER] = line.aliases[f"frontdoor-{locale.lower()}"]


def assert_stands(line: FakeLineServer, wanted: Wanted, *, besides: Iterable[str] = ()) -> None:
    """All is there once, with its picture, in use, and nothing else of ours is left."""
    assert sorted(menu.name for menu in line.menus.values()) == sorted(
        [*(menu.name for menu in wanted.menus), *besides]
    )
    by_name = {menu.name: menu for menu in line.menus.values()}
    for menu in wanted.menus:
        there = by_name[menu.name]
        assert there.picture == menu.png
        assert there.body == menu.body
        assert line.aliases[menu.alias] == there.id
    assert line.default_menu == by_name[wanted.default.name].id
    assert line.console.endpoint == wanted.webhook
