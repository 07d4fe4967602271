"""
Writing a reply as LINE messages.

Buttons are quick replies on the last message, which LINE shows on phones only and takes away at the
next message; so the last bubble says the same as numbered text. Imports the SDK, which costs about
a second: only `line_client` and tests import this module.
"""

from __future__ import annotations

from linebot.v3.messaging.models.text_message import TextMessage

from bot.channels.limits import LINE_LIMITS
from bot.channels.measure import count_units, shorten_graphemes, shorten_units
from bot.channels.numbered import write_numbered
from bot.channels.taps import encode_tap
from bot.core.reply import Button, Reply

_GAP = "\n\n"


def encode(reply: Reply) -> list[TextMessage]:
    """
    Write a reply as one to five text messages within LINE's limits; none when it says nothing.

    What does not fit is shortened with an ellipsis, but the numbered text stays whole: it is how
    a person without buttons answers.
    """
    texts = _write_texts(reply)
    if not texts:
        return []
    *others, last = texts
    return [*(_write_message(text) for text in others), _write_message(last, _write_items(reply))]


def _write_texts(reply: Reply) -> list[str]:
    bubbles = [bubble for bubble in reply.bubbles if bubble.strip()][: LINE_LIMITS.bubbles]
    numbered = shorten_units(write_numbered(reply), LINE_LIMITS.text_units)
    if not numbered:
        return [shorten_units(bubble, LINE_LIMITS.text_units) for bubble in bubbles]
    if not bubbles:
        return [numbered]
    *others, last = bubbles
    room = LINE_LIMITS.text_units - count_units(_GAP + numbered)
    fitted = [shorten_units(bubble, LINE_LIMITS.text_units) for bubble in others]
    return [*fitted, _join(shorten_units(last, room), numbered) if room > 0 else numbered]


def _join(bubble: str, numbered: str) -> str:
    return f"{bubble}{_GAP}{numbered}"


def _write_message(text: str, items: list[dict[str, object]] | None = None) -> TextMessage:
    """Written as JSON and read by the SDK's model, which refuses what the API's description refuses."""
    quick_reply = {"quickReply": {"items": items}} if items else {}
    return TextMessage.from_dict({"type": "text", "text": text, **quick_reply})


def _write_items(reply: Reply) -> list[dict[str, object]]:
    """
    Choices, then ways out; when there are too many the last choices go.

    They are still in the numbered text, but nobody in danger may have to look for the way out.
    """
    ways_out = reply.ways_out[: LINE_LIMITS.buttons]
    choices = reply.choices[: LINE_LIMITS.buttons - len(ways_out)]
    return [_write_item(button, reply) for button in (*choices, *ways_out)]


def _write_item(button: Button, reply: Reply) -> dict[str, object]:
    return {
        "type": "action",
        "action": {
            "type": "postback",
            "label": shorten_graphemes(button.label, LINE_LIMITS.label_graphemes),
            "data": encode_tap(button.id, visit=reply.visit, turn=reply.turn),
            "displayText": shorten_graphemes(button.label, LINE_LIMITS.echo_graphemes),
        },
    }
