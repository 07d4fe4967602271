"""
The web page as a channel: fields become an input, a reply becomes a view.

Pure. It adds no words and writes no markup: links are pieces that the page builds nodes from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from bot.channels.links import find_links
from bot.channels.taps import decode_tap, encode_tap
from bot.core.inputs import Input, Picked, Typed
from bot.core.model import VisitId
from bot.core.reply import Button, Reply
from bot.core.text import clean
from bot.ports import Inbound

CHANNEL = "web"

_MAX_VISIT_CHARS = 64
_TURN = re.compile(r"[0-9]{1,6}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DELIVERY = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)


class Web:
    """Reads what the page sends and draws what the bot says."""

    def decode(self, fields: Mapping[str, object], *, user_id: str, locale: str) -> Inbound | None:
        """
        Read `delivery` with `tap`, or with `pick` or `text` and the `visit` and `turn` they belong to.

        None: nothing was said, or not by our page.
        """
        what = _read_input(fields)
        delivery = fields.get("delivery")
        if what is None or not isinstance(delivery, str) or not _DELIVERY.fullmatch(delivery):
            return None
        return Inbound(
            channel=CHANNEL,
            user_id=user_id,
            delivery_id=_name_delivery(user_id, delivery, what),
            what=what,
            locale=locale,
        )

    def encode(self, reply: Reply) -> Mapping[str, Any]:
        """Draw a reply. `tap` is what a button sends back; `day` is what the day's field is called, if there is one."""
        return {
            "bubbles": [find_links(bubble) for bubble in reply.bubbles],
            "choices": [_draw(button, reply) for button in reply.choices],
            "ways": [_draw(button, reply) for button in reply.ways_out],
            "visit": reply.visit,
            "turn": reply.turn,
            "leaving": reply.leaving,
            "day": reply.day_label,
            "look": reply.look,
        }


def _read_input(fields: Mapping[str, object]) -> Input | None:
    tap, pick, text = fields.get("tap"), fields.get("pick"), fields.get("text")
    if tap is not None:
        return decode_tap(tap)
    if pick is not None:
        return _read_pick(pick, _read_visit(fields.get("visit")), _read_turn(fields.get("turn")))
    if not isinstance(text, str) or not clean(text).strip():
        return None
    return Typed(clean(text), _read_visit(fields.get("visit")), _read_turn(fields.get("turn")))


def _read_pick(pick: object, visit: VisitId | None, turn: int | None) -> Picked | None:
    """Read a day as browsers write it. Source: HTML Standard, 2.3.5.2 valid date string."""
    if not isinstance(pick, str) or not _DAY.fullmatch(pick) or visit is None or turn is None:
        return None
    try:
        return Picked(date.fromisoformat(pick), visit, turn)
    except ValueError:
        return None


def _read_turn(turn: object) -> int | None:
    """Read at which turn it was: a number from the script, digits from the form."""
    written = str(turn) if isinstance(turn, int | str) and not isinstance(turn, bool) else ""
    return int(written) if _TURN.fullmatch(written) else None


def _read_visit(visit: object) -> VisitId | None:
    """Read which question the page showed when they wrote; None: it could not show any."""
    is_sound = isinstance(visit, str) and 0 < len(visit) <= _MAX_VISIT_CHARS and visit.isprintable()
    return VisitId(str(visit)) if is_sound else None


def _name_delivery(user_id: str, delivery: str, what: Input) -> str:
    # Bound to the person: a first act whose answer was lost comes again without the cookie, so it
    # is a new person's and must count. Bound to the kind: a page's two forms share one nonce.
    told = f"{user_id}\n{type(what).__name__}\n{delivery}"
    return sha256(told.encode()).hexdigest()


def _draw(button: Button, reply: Reply) -> dict[str, str]:
    return {"tap": encode_tap(button.id, visit=reply.visit, turn=reply.turn), "label": button.label}
