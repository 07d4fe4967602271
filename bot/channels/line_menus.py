"""
LINE's rich menus: what stands where, the pictures that travel with the program, and whose menu is whose.

Everybody who opens the chat sees the menu, also somebody else who holds the phone: words and icons
are neutral, and a tap leaves nothing in the chat. Nothing here imports the SDK.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import struct
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from bot.channels.limits import LINE_LIMITS
from bot.channels.measure import shorten_graphemes
from bot.channels.taps import encode_tap
from bot.errors import ChannelError
from bot.log import describe_fault

#: What the six areas do, row by row. They work from anywhere, so a menu never grows old.
MENU_WAYS = ("human", "look_up", "language", "more", "erase", "leave")
#: Pixels; low, so that a small phone has room for what is said above it.
#: Source: LINE Messaging API reference, Requirements for rich menu image.
WIDTH, HEIGHT, COLUMNS, ROWS = 1200, 600, 3, 2
SOURCE_LOCALE = "zh_TW"
#: The tap of a menu belongs to no visit: an overlay opens from any.
_VISIT = "menu"
#: Source: LINE messaging-api.yml, RichMenuRequest.chatBarText.maxLength
_BAR_GRAPHEMES = 14
_MENUS = Path(__file__).resolve().parent / "menus"
_OUR_NAME = re.compile(r"frontdoor:(?P<locale>[A-Za-z_]{2,20}):[0-9a-f]{16}")
_OUR_ALIAS = re.compile(r"frontdoor-[a-z_]{2,20}")
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_OF_USER = "/v2/bot/user/{user}/richmenu"
#: A menu changes when an operator sets it up anew, which is seldom.
_REMEMBER_S = 600.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Menu:
    """One language's rich menu. `name` tells what it holds: another content has another name."""

    locale: str
    name: str
    alias: str
    body: Mapping[str, Any] = field(repr=False)
    png: bytes = field(repr=False)


def build_menu(locale: str, labels: Sequence[str], *, bar: str, png: bytes) -> Menu:
    """Build a menu. `labels` are read aloud by screen readers, in the order of MENU_WAYS; `bar` opens it."""
    areas = [_area(index, label) for index, label in enumerate(labels)]
    body = {
        "size": {"width": WIDTH, "height": HEIGHT},
        "selected": True,
        "chatBarText": shorten_graphemes(bar, _BAR_GRAPHEMES),
        "areas": areas,
    }
    said = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
    name = f"frontdoor:{locale}:{hashlib.sha256(said + png).hexdigest()[:16]}"
    return Menu(locale, name, alias_of(locale), {"name": name, **body}, png)


def _area(index: int, label: str) -> dict[str, Any]:
    row, column = divmod(index, COLUMNS)
    width, height = WIDTH // COLUMNS, HEIGHT // ROWS
    action = {
        "type": "postback",
        "label": shorten_graphemes(label, LINE_LIMITS.label_graphemes),
        "data": encode_tap(MENU_WAYS[index], visit=_VISIT, turn=0),
        "inputOption": "closeRichMenu",  # the answer needs the room
    }
    return {
        "bounds": {"x": column * width, "y": row * height, "width": width, "height": height},
        "action": action,
    }


def alias_of(locale: str) -> str:
    """Return the name under which a language's menu is found. Source: CreateRichMenuAliasRequest, pattern."""
    return f"frontdoor-{locale.lower()}"


def find_locale_of(name: str) -> str | None:
    """Return the language of a menu of ours; None when the menu is not ours, so that nobody touches it."""
    found = _OUR_NAME.fullmatch(name)
    return found["locale"] if found else None


def is_our_alias(alias: str) -> bool:
    """Whether an alias has the shape of ours."""
    return _OUR_ALIAS.fullmatch(alias) is not None


def read_pictures(folder: Path = _MENUS) -> dict[str, bytes]:
    """Return the drawn menus by language, in the order of their names."""
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.png"))}


def read_notes(png: bytes) -> dict[str, str]:
    """Return what a picture says about itself: its text chunks. Source: PNG, 11.3.3.2 tEXt."""
    pairs = (chunk.partition(b"\0") for kind, chunk in _chunks(png) if kind == b"tEXt")
    return {key.decode("latin-1"): text.decode("latin-1") for key, _, text in pairs}


def write_notes(png: bytes, notes: Mapping[str, str]) -> bytes:
    """Return the picture with these notes (ASCII) and no others."""
    kept = [(kind, chunk) for kind, chunk in _chunks(png) if kind != b"tEXt"]
    texts = [(b"tEXt", key.encode("ascii") + b"\0" + text.encode("ascii")) for key, text in notes.items()]
    return _PNG_HEAD + b"".join(_pack(kind, chunk) for kind, chunk in (kept[0], *texts, *kept[1:]))


def read_drawn_labels(png: bytes) -> tuple[str, ...]:
    """Return the words that stand in a picture, so that one can see whether they are still the right ones."""
    try:
        drawn = json.loads(read_notes(png).get("labels", "[]"))
    except ValueError:
        return ()
    return tuple(map(str, drawn)) if isinstance(drawn, list) else ()


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_PNG_HEAD)
    while place + 8 <= len(png):
        size, kind = struct.unpack(">I4s", png[place : place + 8])
        yield kind, png[place + 8 : place + 8 + size]
        place += size + 12


def _pack(kind: bytes, chunk: bytes) -> bytes:
    check = zlib.crc32(chunk, zlib.crc32(kind))
    return struct.pack(">I4s", len(chunk), kind) + chunk + struct.pack(">I", check)


class NotThere(ChannelError):
    """LINE knows no such thing."""


class Call(Protocol):
    """Asks LINE for something; see `line_client.LineClient.call`."""

    async def __call__(
        self,
        method: Literal["GET", "POST", "DELETE"],
        path: str,
        body: dict[str, Any] | None = None,
        *,
        timeout_s: float,
        **path_params: str,
    ) -> dict[str, Any]:
        """Return the answer's JSON object. NotThere: LINE knows no such thing."""
        ...


class MenuLinker:
    """
    Gives a person the menu of the language that they chose.

    `call` asks LINE (`line_client.LineClient.call`). Best effort: the conversation does not depend on it.
    """

    def __init__(
        self,
        call: Call,
        *,
        timeout_s: float,
        source: str = SOURCE_LOCALE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._call = call
        self._timeout_s = timeout_s
        self._source = source
        self._clock = clock
        self._known: dict[str, tuple[str | None, float]] = {}

    async def link(self, user_id: str, locale: str) -> None:
        """Show that language's menu to this person from now on. Never raises; logs no id."""
        try:
            await self._link(user_id, locale)
        except Exception as fault:  # noqa: BLE001  # a menu in the wrong language must not cost a reply
            kind, place = describe_fault(fault)
            _log.warning("menu_not_linked", extra={"channel": "line", "fault": kind, "place": place})

    async def _link(self, user_id: str, locale: str) -> None:
        if locale == self._source:
            await self._call("DELETE", _OF_USER, timeout_s=self._timeout_s, user=user_id)
            return
        for _ in range(2):
            menu_id = await self._find(locale)
            if menu_id is None or await self._reaches(user_id, menu_id):
                return
            # Set up anew since we looked: look once more.
            self._known.pop(locale, None)

    async def _reaches(self, user_id: str, menu_id: str) -> bool:
        """Link; False when there is no such menu any more."""
        path = f"{_OF_USER}/{{menu}}"
        try:
            await self._call("POST", path, timeout_s=self._timeout_s, user=user_id, menu=menu_id)
        except NotThere:
            return False
        return True

    async def _find(self, locale: str) -> str | None:
        """Return the menu behind a language's alias; None: not set up. Both are remembered for a while."""
        menu_id, until = self._known.get(locale, (None, 0.0))
        if self._clock() < until:
            return menu_id
        menu_id = await self._ask(locale)
        self._known[locale] = (menu_id, self._clock() + _REMEMBER_S)
        return menu_id

    async def _ask(self, locale: str) -> str | None:
        path = "/v2/bot/richmenu/alias/{alias}"
        try:
            answer = await self._call("GET", path, timeout_s=self._timeout_s, alias=alias_of(locale))
        except NotThere:
            return None
        return str(answer["richMenuId"])
