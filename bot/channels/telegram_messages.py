"""
Writing a reply as Telegram messages.

Buttons are an inline keyboard under the last one; a tap there posts nothing into the chat. Choices
show the number that may be typed instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.channels.limits import TELEGRAM_LIMITS
from bot.channels.measure import count_units, shorten_graphemes, shorten_units
from bot.channels.numbered import list_numbered, write_numbered
from bot.channels.taps import encode_tap
from bot.core.reply import Button, Reply

_GAP = "\n\n"
_WAYS_OUT_PER_ROW = 2


@dataclass(frozen=True, slots=True)
class Key:
    """One inline button: what it shows and what it carries (at most 64 bytes of ASCII)."""

    label: str
    carried: str


Keyboard = tuple[tuple[Key, ...], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message to send; the keyboard is empty except under the last."""

    text: str
    keyboard: Keyboard = ()


def encode(reply: Reply) -> list[Message]:
    """
    Write a reply as messages within Telegram's limits; none when it says nothing.

    A button too long to carry is left out, and then the numbered text stands in for it.
    """
    keyboard, is_whole = _write_keyboard(reply)
    bubbles = [bubble for bubble in reply.bubbles if bubble.strip()][: TELEGRAM_LIMITS.bubbles]
    texts = [shorten_units(bubble, TELEGRAM_LIMITS.text_units) for bubble in bubbles]
    if not is_whole:
        texts = _add_numbered(texts, write_numbered(reply))
    if not texts:
        return []
    *others, last = texts
    return [*(Message(text) for text in others), Message(last, keyboard)]


def _add_numbered(texts: list[str], numbered: str) -> list[str]:
    if not numbered:
        return texts
    if texts and count_units(texts[-1] + _GAP + numbered) <= TELEGRAM_LIMITS.text_units:
        return [*texts[:-1], f"{texts[-1]}{_GAP}{numbered}"]
    return [*texts, shorten_units(numbered, TELEGRAM_LIMITS.text_units)]


def _write_keyboard(reply: Reply) -> tuple[Keyboard, bool]:
    """One row per choice, then the ways out in pairs; and whether every button found a place."""
    ways_out = _write_keys(((button, button.label) for button in reply.ways_out), reply)
    numbered = zip(reply.choices, list_numbered(reply), strict=True)
    choices = _write_keys(numbered, reply)[: TELEGRAM_LIMITS.buttons - len(ways_out)]
    pairs = [ways_out[i : i + _WAYS_OUT_PER_ROW] for i in range(0, len(ways_out), _WAYS_OUT_PER_ROW)]
    rows = (*((key,) for key in choices), *pairs)
    return rows, len(choices) + len(ways_out) == len(reply.buttons)


def _write_keys(labelled: Iterable[tuple[Button, str]], reply: Reply) -> tuple[Key, ...]:
    keys = (
        Key(
            label=shorten_graphemes(label, TELEGRAM_LIMITS.label_graphemes),
            carried=encode_tap(button.id, visit=reply.visit, turn=reply.turn),
        )
        for button, label in labelled
    )
    return tuple(key for key in keys if len(key.carried) <= TELEGRAM_LIMITS.tap_bytes)[
        : TELEGRAM_LIMITS.buttons
    ]
