"""
What LINE refuses in a rich menu and its picture.

Source: LINE Messaging API reference, Rich menu structure; Requirements for rich menu image.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.line_rules import Complaint, check_action, graphemes

_SPELLED = {"selected": bool, "name": str, "chatBarText": str, "areas": list, "size": dict}


def find_menu_complaints(body: dict[str, Any]) -> Iterator[Complaint]:
    """Return every reason to refuse a rich menu object."""
    missing = [key for key, kind in _SPELLED.items() if not isinstance(body.get(key), kind)]
    yield from (("must be specified", key) for key in missing)
    yield from (("unknown property", key) for key in body.keys() - _SPELLED.keys())
    if missing:
        return
    for key, at_most in (("name", 300), ("chatBarText", 14)):
        if not 1 <= graphemes(body[key]) <= at_most:
            yield f"Length must be between 1 and {at_most}", key
    size = body["size"].get("width"), body["size"].get("height")
    if not all(isinstance(one, int) for one in size) or not is_allowed(*size):
        yield "invalid size", "size"
        return
    if len(body["areas"]) > 20:
        yield "Size must be between 0 and 20", "areas"
    for index, area in enumerate(body["areas"]):
        yield from _find_area_complaints(area, f"areas[{index}]", size)


def _find_area_complaints(area: Any, where: str, size: tuple[int, int]) -> Iterator[Complaint]:
    bounds = area.get("bounds", {})
    numbers = [bounds.get(key) for key in ("x", "y", "width", "height")]
    if not all(isinstance(one, int) and one >= 0 for one in numbers):
        yield "must be specified", f"{where}.bounds"
        return
    x, y, width, height = numbers
    if not width or not height or x + width > size[0] or y + height > size[1]:
        yield "must lie within the rich menu", f"{where}.bounds"
    action = area.get("action")
    is_switch = isinstance(action, dict) and action.get("type") == "richmenuswitch"
    if not is_switch:
        yield from check_action(action, f"{where}.action", label=20, needs_label=False)


def measure_png(raw: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG; None when it is none."""
    if raw[:8] != b"\x89PNG\r\n\x1a\n" or raw[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", raw[16:24])
    return width, height


def is_allowed(width: int, height: int) -> bool:
    return 800 <= width <= 2500 and height >= 250 and width / height >= 1.45


def is_https(url: str) -> bool:
    return urlsplit(url).scheme == "https" and bool(urlsplit(url).hostname)
