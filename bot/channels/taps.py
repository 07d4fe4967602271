"""
What a button carries: the question it was drawn for and the choice it stands for.

`v=<visit>&t=<turn>&c=<id>`, percent-encoded. It comes back from a person's device, so it may be
old, foreign or forged: it names a choice, never a right.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlencode

from bot.core.inputs import Tapped
from bot.core.model import ChoiceId, VisitId

#: Stands where a choice does, in what a day picker carries.
PICK: Final = "pick"
_TURN = re.compile(r"[0-9]{1,9}", re.ASCII)
#: LINE's limit is the widest of all channels. Source: LINE messaging-api.yml, PostbackAction.data.
_MAX_CHARS = 300


def encode_tap(button_id: str, *, visit: str, turn: int) -> str:
    """Write what a button carries: ASCII, unique within one reply."""
    return urlencode({"v": visit, "t": turn, "c": button_id})


def decode_tap(carried: object) -> Tapped | None:
    """Read what a button carried. None: not from a button of ours."""
    if not isinstance(carried, str) or len(carried) > _MAX_CHARS:
        return None
    try:
        pairs = parse_qsl(carried, strict_parsing=True, errors="strict", max_num_fields=3)
    except ValueError:
        return None
    match pairs:
        case [("v", visit), ("t", turn), ("c", choice)] if _are_sound(visit, turn, choice):
            return Tapped(ChoiceId(choice), VisitId(visit), int(turn))
    return None


def _are_sound(visit: str, turn: str, choice: str) -> bool:
    return visit.isprintable() and choice.isprintable() and _TURN.fullmatch(turn) is not None
