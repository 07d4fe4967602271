"""
Writing a reply as LINE messages.

Bubbles are text, so that people can copy and forward them; what a state draws is a Flex Message, and so
are the choices: LINE on a computer shows no quick replies, and on a phone the next message takes them
away. What is written here is held to LINE's description and to the SDK's models by tests, not by every
reply: reading it into the models costs more than sending it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final
from urllib.parse import quote_plus

from bot.channels.limits import LINE_LIMITS
from bot.channels.line_actions import pick_day, press
from bot.channels.line_flex import Json, draw_look, draw_question
from bot.channels.measure import count_units, shorten_units
from bot.channels.numbered import write_numbered
from bot.core.model import VisitId
from bot.core.reply import Reply

_GAP = "\n\n"
#: Stands where the question's own name does in a drawing that is kept. As long as any name, so that what fits with it fits.
_ANY: Final = (VisitId("the-visit-of-anybody"), 999_999_999)
_CARRIED = "v={}&t={}&"
_MOST_KEPT = 1024


class Drawings:
    """
    Messages as the JSON that LINE is sent. What is drawn of words that are the same for everybody is kept.

    Such a drawing differs from person to person in nothing but the name of the question that its buttons answer.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], str] = {}

    def write(self, reply: Reply) -> str:
        """Write a reply as a JSON array of messages; see `encode`."""
        if not reply.common:
            return json.dumps(encode(reply))
        what = (
            reply.bubbles,
            reply.buttons,
            reply.look,
            reply.hint,
            reply.ways_hint,
            reply.alt,
            reply.day_label,
        )
        drawn = self._kept.get(what)
        if drawn is None:
            visit, turn = _ANY
            drawn = json.dumps(encode(replace(reply, visit=visit, turn=turn)))
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[what] = drawn
        return drawn.replace(_CARRIED.format(*_ANY), _CARRIED.format(quote_plus(reply.visit), reply.turn))


def encode(reply: Reply) -> list[Json]:
    """
    Write a reply as one to five messages within LINE's limits; none when it says nothing.

    What cannot be drawn within them is said as text. Text beyond them is shortened with an ellipsis, but
    the numbered choices stay whole: they are how a person without buttons answers.
    """
    question = draw_question(reply)
    if question is None:
        texts = _write_texts(reply, write_numbered(reply), LINE_LIMITS.bubbles)
    else:
        texts = _write_texts(reply, "", LINE_LIMITS.bubbles - 1)
    messages = [draw_look(text, reply) or _say(text) for text in texts]
    return _add_quick_replies([*messages, question] if question else messages, reply)


def encode_as_text(reply: Reply) -> list[Json]:
    """Write the same reply with nothing drawn, for when LINE refuses a drawing."""
    texts = _write_texts(reply, write_numbered(reply), LINE_LIMITS.bubbles)
    return _add_quick_replies([_say(text) for text in texts], reply)


def _write_texts(reply: Reply, numbered: str, at_most: int) -> list[str]:
    bubbles = _merge([bubble for bubble in reply.bubbles if bubble.strip()], at_most)
    numbered = shorten_units(numbered, LINE_LIMITS.text_units)
    if not numbered:
        return [shorten_units(bubble, LINE_LIMITS.text_units) for bubble in bubbles]
    if not bubbles:
        return [numbered]
    *others, last = bubbles
    room = LINE_LIMITS.text_units - count_units(_GAP + numbered)
    fitted = [shorten_units(bubble, LINE_LIMITS.text_units) for bubble in others]
    return [*fitted, f"{shorten_units(last, room)}{_GAP}{numbered}" if room > 0 else numbered]


def _merge(bubbles: list[str], at_most: int) -> list[str]:
    """Put the last bubbles together when there are more than LINE takes."""
    if len(bubbles) <= at_most:
        return bubbles
    return [*bubbles[: at_most - 1], _GAP.join(bubbles[at_most - 1 :])]


def _say(text: str) -> Json:
    return {"type": "text", "text": text}


def _add_quick_replies(messages: list[Json], reply: Reply) -> list[Json]:
    """Only the last message may have them. Source: LINE Messaging API reference, Quick reply."""
    items = _write_items(reply)
    if not messages or not items:
        return messages
    *others, last = messages
    return [*others, {**last, "quickReply": {"items": items}}]


def _write_items(reply: Reply) -> list[Json]:
    """
    Write the day picker, the choices, then the ways out; when there are too many the last choices go.

    They are still among the numbered ones, but nobody in danger may have to look for the way out.
    """
    size = LINE_LIMITS.label_graphemes
    picker = [pick_day(reply, at_most=size)] if reply.day_label.strip() else []
    ways_out = reply.ways_out[: LINE_LIMITS.buttons - len(picker)]
    choices = reply.choices[: LINE_LIMITS.buttons - len(picker) - len(ways_out)]
    pressed = [press(one, reply, label=one.label, at_most=size) for one in (*choices, *ways_out)]
    return [{"type": "action", "action": action} for action in (*picker, *pressed)]
