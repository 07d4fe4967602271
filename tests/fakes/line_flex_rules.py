"""
What LINE refuses in a Flex Message.

Written apart from the bot's own drawing on purpose: what is wrong there must not be wrong here too.
Source: LINE Messaging API reference, Flex Message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

Complaint = tuple[str, str]
CheckAction = Callable[..., Iterator[Complaint]]

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?")
_PIXELS = re.compile(r"\d+(\.\d+)?px")
_PERCENT = re.compile(r"\d+(\.\d+)?%")
_STEPS = {"none", "xs", "sm", "md", "lg", "xl", "xxl"}
_LETTERS = {"xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl"}
_BORDERS = {"none", "light", "normal", "medium", "semi-bold", "bold"}
_BUBBLES = {"nano", "micro", "deca", "hecto", "kilo", "mega", "giga"}
_BLOCKS = ("header", "hero", "body", "footer")
_COLOURS = ("color", "backgroundColor", "borderColor", "separatorColor")
#: What may stand in a box, by its layout.
_INSIDE = {
    "horizontal": {"box", "button", "image", "text", "separator", "filler", "spacer", "video"},
    "vertical": {"box", "button", "image", "text", "separator", "filler", "spacer", "video"},
    "baseline": {"icon", "text", "filler", "spacer"},
}
#: Where an action is, its words: a button shows them, anything else has them read aloud at most.
_FLEX_LABEL = 40


def check_flex(contents: Any, where: str, check_action: CheckAction) -> Iterator[Complaint]:
    """Yield every reason to refuse a Flex container: a bubble, or a carousel of them."""
    kind = contents.get("type") if isinstance(contents, dict) else None
    if kind == "bubble":
        yield from _check_bubble(contents, where, check_action)
    elif kind == "carousel":
        yield from _check_carousel(contents, where, check_action)
    else:
        yield "Must be `bubble` or `carousel`", f"{where}.type"


def list_said(part: Any) -> list[str]:
    """Return the words that a drawing shows, top to bottom, a text with its spans as one."""
    if isinstance(part, list):
        return [said for inner in part for said in list_said(inner)]
    if not isinstance(part, dict):
        return []
    if part.get("type") == "text":
        return ["".join(span["text"] for span in part["contents"]) if "contents" in part else part["text"]]
    return [said for name in (*_BLOCKS, "contents") for said in list_said(part.get(name))]


def _check_carousel(carousel: dict[str, Any], where: str, check_action: CheckAction) -> Iterator[Complaint]:
    bubbles = carousel.get("contents")
    if not isinstance(bubbles, list) or not 1 <= len(bubbles) <= 12:
        yield "Size must be between 1 and 12", f"{where}.contents"
        return
    if _size(carousel) > 50 * 1024:
        yield "A carousel may have 50 KB", where
    for index, bubble in enumerate(bubbles):
        yield from check_flex(bubble, f"{where}.contents[{index}]", check_action)


def _check_bubble(bubble: dict[str, Any], where: str, check_action: CheckAction) -> Iterator[Complaint]:
    if _size(bubble) > 30 * 1024:
        yield "A bubble may have 30 KB", where
    if "size" in bubble and bubble["size"] not in _BUBBLES:
        yield "Unknown size", f"{where}.size"
    yield from _check_action_of(bubble, where, check_action)
    for name, style in (bubble.get("styles") or {}).items():
        yield from _check_looks(style, f"{where}.styles.{name}")
    for name in _BLOCKS:
        if name in bubble:
            allowed = {"box", "image", "video"} if name == "hero" else {"box"}
            yield from _check_component(bubble[name], f"{where}.{name}", allowed, check_action)


def _size(part: Any) -> int:
    return len(json.dumps(part, ensure_ascii=False).encode())


def _check_component(
    part: Any, where: str, allowed: set[str], check_action: CheckAction
) -> Iterator[Complaint]:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind not in allowed:
        yield f"Must be one of {sorted(allowed)}", f"{where}.type"
        return
    yield from _check_looks(part, where)
    yield from _check_action_of(part, where, check_action)
    match kind:
        case "box":
            yield from _check_box(part, where, check_action)
        case "text":
            yield from _check_text(part, where)
        case "button" if "action" not in part:
            yield "May not be empty", f"{where}.action"
        case "image" | "icon" | "video" if not part.get("url"):
            yield "May not be empty", f"{where}.url"


def _check_box(box: dict[str, Any], where: str, check_action: CheckAction) -> Iterator[Complaint]:
    layout, parts = box.get("layout"), box.get("contents")
    if layout not in _INSIDE:
        yield "Must be `horizontal`, `vertical` or `baseline`", f"{where}.layout"
        return
    if not isinstance(parts, list):
        yield "May not be empty", f"{where}.contents"
        return
    for index, part in enumerate(parts):
        yield from _check_component(part, f"{where}.contents[{index}]", _INSIDE[layout], check_action)


def _check_text(text: dict[str, Any], where: str) -> Iterator[Complaint]:
    spans = text.get("contents")
    if spans:
        for index, span in enumerate(spans):
            inside = f"{where}.contents[{index}]"
            if not isinstance(span, dict) or span.get("type") != "span":
                yield "Must be `span`", f"{inside}.type"
                continue
            yield from _check_looks(span, inside)
            if not isinstance(span.get("text"), str) or not span["text"]:
                yield "May not be empty", f"{inside}.text"
    elif not isinstance(text.get("text"), str) or not text["text"].strip():
        yield "May not be empty", f"{where}.text"


def _check_action_of(part: dict[str, Any], where: str, check_action: CheckAction) -> Iterator[Complaint]:
    if "action" in part:
        needs_label = part["type"] == "button"
        yield from check_action(part["action"], f"{where}.action", label=_FLEX_LABEL, needs_label=needs_label)


def _check_looks(part: dict[str, Any], where: str) -> Iterator[Complaint]:
    for name in _COLOURS:
        if name in part and not (isinstance(part[name], str) and _COLOUR.fullmatch(part[name])):
            yield "Must be #RRGGBB or #RRGGBBAA", f"{where}.{name}"
    lengths: dict[str, set[str]] = {
        "margin": _STEPS,
        "spacing": _STEPS,
        "cornerRadius": _STEPS,
        "borderWidth": _BORDERS,
    }
    lengths |= dict.fromkeys(
        ("paddingAll", "paddingTop", "paddingBottom", "paddingStart", "paddingEnd"), _STEPS
    )
    if part.get("type") in {"text", "span", "icon"}:
        lengths["size"] = _LETTERS
    for name, words in lengths.items():
        if name in part and not _is_length(part[name], words, percent=name.startswith("padding")):
            yield "Must be a step or pixels", f"{where}.{name}"


def _is_length(value: Any, words: set[str], *, percent: bool) -> bool:
    if not isinstance(value, str):
        return False
    return value in words or bool(_PIXELS.fullmatch(value)) or (percent and bool(_PERCENT.fullmatch(value)))
