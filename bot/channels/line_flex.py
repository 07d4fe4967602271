"""
Drawing on LINE: the question with its buttons, and what people keep or read over.

A drawing adds nothing to the words and loses none of them. Every colour is set, because a phone may
be light or dark. A lock screen or a list of chats shows `altText` instead: never a label, never a
sentence of a bubble. Source: LINE Messaging API reference, Flex Message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bot.channels.limits import LINE_FLEX_LIMITS
from bot.channels.line_actions import pick_day, press
from bot.channels.links import find_links
from bot.channels.measure import ELLIPSIS, count_units, shorten_graphemes, shorten_units
from bot.channels.numbered import list_numbered
from bot.core.reply import Button, Reply

#: A message or a part of one, as LINE reads it.
Json = dict[str, Any]

PAPER, INK, QUIET, LINK = "#FFFFFF", "#1A1A1A", "#595959", "#0B57D0"
KEY, _KEY_EDGE, _RULE = "#EEF3FB", "#6B83A6", "#D0D0D0"
_SMALL = "sm"
#: Text wraps, and grows with the size of letters that the person has chosen in LINE.
_LETTERS: Json = {"wrap": True, "scaling": True, "size": "md", "color": INK}
#: What parts a label from its value, as we write it and as other languages do.
_AFTER_LABEL = re.compile("(?<=：)|(?<=: )")


def draw_question(reply: Reply) -> Json | None:
    """
    Draw the choices as buttons with their numbers, and the words around them.

    None: there is nothing to press, or more than fits, so it must be said as text.
    """
    picker = _draw_picker(reply)
    if not reply.choices and not picker:
        return None
    choices = zip(reply.choices, list_numbered(reply), strict=True)
    parts = [
        *picker,
        *_draw_words(reply.hint, margin="md"),
        *(_draw_choice(button, said, reply) for button, said in choices),
        *_draw_words(reply.ways_hint, margin="xl"),
    ]
    return _wrap(parts, reply)


def draw_look(text: str, reply: Reply) -> Json | None:
    """
    Draw a bubble the way its state looks: in a list, what can be called or opened is pressed in its line.

    None: the bubble is no such list, or more than fits, so it is said as text.
    """
    lines = [line for line, _ in _space(text)]
    if reply.look == "plain" or len(lines) <= 1:
        return None
    if reply.look == "preview":
        return _wrap(list(_draw_rows(text)), reply) if any(_split_row(line)[1] for line in lines) else None
    return _wrap(list(_draw_lines(text)), reply) if any(_find_targets(line) for line in lines) else None


# Buttons


def _draw_picker(reply: Reply) -> list[Json]:
    if not reply.day_label.strip():
        return []
    return [_draw_key(reply.day_label, pick_day(reply, at_most=LINE_FLEX_LIMITS.label_graphemes))]


def _draw_choice(button: Button, said: str, reply: Reply) -> Json:
    return _draw_key(said, press(button, reply, label=said, at_most=LINE_FLEX_LIMITS.label_graphemes))


def _draw_key(said: str, action: Json) -> Json:
    """Not LINE's own button component: that one cuts a long label off instead of wrapping it."""
    return {
        "type": "box",
        "layout": "vertical",
        "margin": "md",
        "paddingAll": "12px",
        "cornerRadius": "8px",
        "borderWidth": "1px",
        "borderColor": _KEY_EDGE,
        "backgroundColor": KEY,
        "action": action,
        "contents": [_text(said)],
    }


# Lines


def _space(text: str) -> Iterator[tuple[str, str]]:
    """Yield each line that says something, with how far it stands from the one before."""
    margin = "none"
    for line in text.split("\n"):
        if line.strip():
            yield line.strip(), margin
            margin = "sm"
        else:
            margin = "lg"


def _draw_lines(text: str) -> Iterator[Json]:
    for line, margin in _space(text):
        yield from _draw_line(line, margin)


def _draw_line(line: str, margin: str) -> Iterator[Json]:
    """Draw a line: pressing it calls or opens the first thing in it. Each further one has a line of its own below."""
    targets = _find_targets(line)
    if not targets:
        yield _text(line, margin=margin)
        return
    first, *further = targets.items()
    spans = _draw_spans(line, targets)
    yield {"type": "text", **_LETTERS, "margin": margin, "contents": spans, "action": _open(*first)}
    for href, shown in further:
        yield _text(
            shown, size=_SMALL, color=LINK, decoration="underline", margin="xs", action=_open(href, shown)
        )


def _find_targets(line: str) -> dict[str, str]:
    """Return what can be called or opened in a line of ours, with the words that stand for it."""
    found: dict[str, str] = {}
    for piece in find_links(line):
        href = piece.get("href", "")
        if href and count_units(href) <= LINE_FLEX_LIMITS.uri_units:
            found.setdefault(href, piece["text"])
    return found


def _draw_spans(line: str, targets: dict[str, str]) -> list[Json]:
    spans: list[Json] = []
    for piece in find_links(line):
        looks = {"color": LINK, "decoration": "underline"} if piece.get("href") in targets else {"color": INK}
        if spans and not piece["text"].strip():
            spans[-1]["text"] += piece["text"]  # a span of its own may not be blank
        else:
            spans.append({"type": "span", "text": piece["text"], **looks})
    return spans


def _open(href: str, shown: str) -> Json:
    return {"type": "uri", "label": shorten_graphemes(shown, LINE_FLEX_LIMITS.label_graphemes), "uri": href}


# Rows to read over


def _draw_rows(text: str) -> Iterator[Json]:
    """
    Draw labels with their values. Nothing in them can be pressed.

    The values are what a person told us, and what a stranger sent them must not become a link.
    """
    for line, margin in _space(text):
        label, value = _split_row(line)
        if not value:
            yield _text(line, margin=margin)
            continue
        yield {"type": "separator", "margin": "md", "color": _RULE}
        told = [_text(label, size=_SMALL, color=QUIET), _text(value, margin="xs")]
        yield {"type": "box", "layout": "vertical", "margin": "md", "contents": told}


def _split_row(line: str) -> tuple[str, str]:
    """Return label and value; the value is empty when the line is no such pair."""
    label, *rest = _AFTER_LABEL.split(line, maxsplit=1)
    value = "".join(rest).strip()
    return (label.rstrip(), value) if label.rstrip(":： ") and value else (line, "")


# Parts


def _draw_words(text: str, *, margin: str) -> list[Json]:
    lines = [line for line, _ in _space(text)]
    return [
        _text(line, size=_SMALL, color=QUIET, margin="xs" if index else margin)
        for index, line in enumerate(lines)
    ]


def _text(said: str, **looks: Any) -> Json:
    return {"type": "text", **_LETTERS, "text": said, **looks}


def _wrap(parts: list[Json], reply: Reply) -> Json | None:
    bubble = {
        "type": "bubble",
        "size": "mega",
        "styles": {"body": {"backgroundColor": PAPER}},
        "body": {"type": "box", "layout": "vertical", "contents": parts},
    }
    if len(json.dumps(bubble)) > LINE_FLEX_LIMITS.bubble_bytes:
        return None
    return {"type": "flex", "altText": _write_alt(reply), "contents": bubble}


def _write_alt(reply: Reply) -> str:
    """Say what a bystander may see. LINE wants some text; without neutral words of ours it is three dots."""
    words = reply.alt.strip() or reply.hint.strip() or ELLIPSIS
    return shorten_units(words, LINE_FLEX_LIMITS.alt_units)
