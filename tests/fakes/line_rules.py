"""
What LINE refuses in a message, counted as LINE counts.

Written apart from the bot's own limits on purpose: a wrong number there must not be wrong here too.
Source: LINE Messaging API reference, Message objects and Action objects; Text character count.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import regex

from tests.fakes.line_flex_rules import check_flex

Complaint = tuple[str, str]

_SCHEMES = {"http", "https", "line", "tel"}
_REQUIRED: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "textV2": ("text",),
    "sticker": ("packageId", "stickerId"),
    "image": ("originalContentUrl", "previewImageUrl"),
    "video": ("originalContentUrl", "previewImageUrl"),
    "audio": ("originalContentUrl", "duration"),
    "location": ("title", "address", "latitude", "longitude"),
    "imagemap": ("baseUrl", "altText", "baseSize", "actions"),
    "template": ("altText", "template"),
    "flex": ("altText", "contents"),
    "coupon": ("couponId",),
}
_ACTION_REQUIRED: dict[str, tuple[str, ...]] = {
    "postback": ("data",),
    "message": ("text",),
    "uri": ("uri",),
    "datetimepicker": ("data", "mode"),
    "camera": (),
    "cameraRoll": (),
    "location": (),
    "clipboard": ("clipboardText",),
    "richmenuswitch": ("richMenuAliasId", "data"),
}
_ONLY_IN_QUICK_REPLIES = {"camera", "cameraRoll", "location"}


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def graphemes(text: str) -> int:
    return len(regex.findall(r"\X", text))


def find_complaints(messages: Any) -> list[Complaint]:
    """Return every reason to refuse these message objects; none means that LINE would send them."""
    if not isinstance(messages, list) or not 1 <= len(messages) <= 5:
        return [("Size must be between 1 and 5", "messages")]
    found: list[Complaint] = []
    for index, message in enumerate(messages):
        where = f"messages[{index}]"
        found += _check_message(message, where)
        is_last = index == len(messages) - 1
        if isinstance(message, dict) and "quickReply" in message and not is_last:
            found.append(("Only the last message may have quick replies", f"{where}.quickReply"))
    return found


def _check_message(message: Any, where: str) -> Iterator[Complaint]:
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str) or kind not in _REQUIRED:
        yield "Must be one of the known message types", f"{where}.type"
        return
    for key in _REQUIRED[kind]:
        if message.get(key) in (None, "", [], {}):
            yield "May not be empty", f"{where}.{key}"
            return
    if "quickReply" in message:
        yield from _check_quick_reply(message["quickReply"], f"{where}.quickReply")
    if "sender" in message:
        yield from _check_sender(message["sender"], f"{where}.sender")
    yield from _check_content(kind, message, where)


def _check_content(kind: str, message: dict[str, Any], where: str) -> Iterator[Complaint]:
    match kind:
        case "text" | "textV2":
            yield from _check_text(message["text"], f"{where}.text", at_most=5000)
        case "image" | "video" | "audio":
            for key in ("originalContentUrl", "previewImageUrl"):
                if key in message:
                    yield from _check_https(message[key], f"{where}.{key}", at_most=2000)
        case "location":
            for key in ("title", "address"):
                yield from _check_text(message[key], f"{where}.{key}", at_most=100)
        case "imagemap":
            yield from _check_text(message["altText"], f"{where}.altText", at_most=1500)
        case "template":
            yield from _check_text(message["altText"], f"{where}.altText", at_most=1500)
            yield from _check_template(message["template"], f"{where}.template")
        case "flex":
            yield from _check_text(message["altText"], f"{where}.altText", at_most=1500)
            yield from check_flex(message["contents"], f"{where}.contents", check_action)


def _check_text(text: Any, where: str, *, at_most: int, count: Any = units) -> Iterator[Complaint]:
    if not isinstance(text, str) or not text.strip():
        yield "May not be empty", where
    elif count(text) > at_most:
        yield f"Length must be between 1 and {at_most}", where


def _check_https(url: Any, where: str, *, at_most: int) -> Iterator[Complaint]:
    if not isinstance(url, str) or urlsplit(url).scheme != "https" or units(url) > at_most:
        yield "Must be a valid HTTPS URL", where


def _check_sender(sender: Any, where: str) -> Iterator[Complaint]:
    name = sender.get("name", "x") if isinstance(sender, dict) else ""
    yield from _check_text(name, f"{where}.name", at_most=20)
    if isinstance(name, str) and "line" in name.lower():
        yield "Contains a word that may not be used", f"{where}.name"


def _check_quick_reply(quick_reply: Any, where: str) -> Iterator[Complaint]:
    items = quick_reply.get("items") if isinstance(quick_reply, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= 13:
        yield "Size must be between 1 and 13", f"{where}.items"
        return
    for index, item in enumerate(items):
        inside = f"{where}.items[{index}]"
        if not isinstance(item, dict) or item.get("type", "action") != "action":
            yield "Must be `action`", f"{inside}.type"
            continue
        if "imageUrl" in item:
            yield from _check_https(item["imageUrl"], f"{inside}.imageUrl", at_most=2000)
        yield from check_action(item.get("action"), f"{inside}.action", label=20, in_quick_reply=True)


def check_action(
    action: Any, where: str, *, label: int, in_quick_reply: bool = False, needs_label: bool = True
) -> Iterator[Complaint]:
    kind = action.get("type") if isinstance(action, dict) else None
    if not isinstance(kind, str) or kind not in _ACTION_REQUIRED:
        yield "Must be one of the known action types", f"{where}.type"
        return
    if kind == "richmenuswitch" or (kind in _ONLY_IN_QUICK_REPLIES and not in_quick_reply):
        yield "This action is not allowed here", f"{where}.type"
    for key in _ACTION_REQUIRED[kind]:
        if action.get(key) in (None, ""):
            yield "May not be empty", f"{where}.{key}"
    if needs_label or "label" in action:
        yield from _check_text(action.get("label"), f"{where}.label", at_most=label, count=graphemes)
    yield from _check_action_fields(kind, action, where)


def _check_action_fields(kind: str, action: dict[str, Any], where: str) -> Iterator[Complaint]:
    if "data" in action and (not isinstance(action["data"], str) or units(action["data"]) > 300):
        yield "Length must be between 0 and 300", f"{where}.data"
    for key in ("displayText", "fillInText", "text"):
        if key in action:
            yield from _check_text(action[key], f"{where}.{key}", at_most=300, count=graphemes)
    if "displayText" in action and "text" in action:
        yield "displayText and text exclude each other", f"{where}.text"
    if "fillInText" in action and action.get("inputOption") != "openKeyboard":
        yield "Needs inputOption openKeyboard", f"{where}.fillInText"
    if kind == "datetimepicker" and action.get("mode") not in {"date", "time", "datetime"}:
        yield "Must be `date`, `time` or `datetime`", f"{where}.mode"
    if kind == "uri" and isinstance(action.get("uri"), str):
        uri = action["uri"]
        if units(uri) > 1000 or urlsplit(uri).scheme not in _SCHEMES:
            yield "Invalid URI", f"{where}.uri"
    if kind == "clipboard" and isinstance(action.get("clipboardText"), str):
        yield from _check_text(action["clipboardText"], f"{where}.clipboardText", at_most=1000)


def _check_template(template: Any, where: str) -> Iterator[Complaint]:
    kind = template.get("type") if isinstance(template, dict) else None
    match kind:
        case "buttons":
            yield from _check_card(template, where, text=160, actions=range(1, 5))
        case "confirm":
            yield from _check_card(template, where, text=240, actions=range(2, 3))
        case "carousel":
            yield from _check_carousel(template.get("columns"), f"{where}.columns")
        case "image_carousel":
            yield from _check_image_carousel(template.get("columns"), f"{where}.columns")
        case _:
            yield "Must be one of the known template types", f"{where}.type"


def _check_card(card: Any, where: str, *, text: int, actions: range) -> Iterator[Complaint]:
    if not isinstance(card, dict):
        yield "Must be an object", where
        return
    is_illustrated = "title" in card or "thumbnailImageUrl" in card
    at_most = 60 if is_illustrated else text
    yield from _check_text(card.get("text"), f"{where}.text", at_most=at_most, count=graphemes)
    if "title" in card:
        yield from _check_text(card["title"], f"{where}.title", at_most=40, count=graphemes)
    if "thumbnailImageUrl" in card:
        yield from _check_https(card["thumbnailImageUrl"], f"{where}.thumbnailImageUrl", at_most=2000)
    found = card.get("actions")
    if not isinstance(found, list) or len(found) not in actions:
        yield f"Size must be between {actions.start} and {actions.stop - 1}", f"{where}.actions"
        return
    for index, action in enumerate(found):
        yield from check_action(action, f"{where}.actions[{index}]", label=20)


def _check_carousel(columns: Any, where: str) -> Iterator[Complaint]:
    if not isinstance(columns, list) or not 1 <= len(columns) <= 10:
        yield "Size must be between 1 and 10", where
        return
    for index, column in enumerate(columns):
        yield from _check_card(column, f"{where}[{index}]", text=120, actions=range(1, 4))
    if len({_shape(column) for column in columns}) > 1:
        yield "Columns must have the same shape", where


def _shape(column: Any) -> tuple[bool, bool, int]:
    card = column if isinstance(column, dict) else {}
    return "title" in card, "thumbnailImageUrl" in card, len(card.get("actions") or ())


def _check_image_carousel(columns: Any, where: str) -> Iterator[Complaint]:
    if not isinstance(columns, list) or not 1 <= len(columns) <= 10:
        yield "Size must be between 1 and 10", where
        return
    for index, column in enumerate(columns):
        inside = f"{where}[{index}]"
        card = column if isinstance(column, dict) else {}
        yield from _check_https(card.get("imageUrl"), f"{inside}.imageUrl", at_most=2000)
        yield from check_action(card.get("action"), f"{inside}.action", label=12, needs_label=False)
