"""What pressing something does on LINE, whether it is a quick reply or part of a drawing."""

from __future__ import annotations

from bot.channels.limits import LINE_LIMITS
from bot.channels.measure import shorten_graphemes
from bot.channels.taps import PICK, encode_tap
from bot.core.reply import Button, Reply


def press(button: Button, reply: Reply, *, label: str, at_most: int) -> dict[str, str]:
    """
    Answer this question, and leave the button's words in the chat: otherwise it cannot be read back.

    `at_most` are the graphemes that LINE takes of a `label` in that place.
    """
    return {
        "type": "postback",
        "label": shorten_graphemes(label, at_most),
        "data": encode_tap(button.id, visit=reply.visit, turn=reply.turn),
        "displayText": shorten_graphemes(button.label, LINE_LIMITS.echo_graphemes),
    }


def pick_day(reply: Reply, *, at_most: int) -> dict[str, str]:
    """Let a day be picked. Which days make sense is for the conversation to say, so none is barred here."""
    return {
        "type": "datetimepicker",
        "label": shorten_graphemes(reply.day_label, at_most),
        "data": encode_tap(PICK, visit=reply.visit, turn=reply.turn),
        "mode": "date",
    }
