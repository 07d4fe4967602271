"""One piece of texts: each through every field of the form, and through each of the five ways out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from bot.core.hear import Ear
from bot.wiring.understanding import load_understanding
from tests.end_to_end.service import load_pack_once
from tests.fuzz.fields import Way, read_fields
from tests.fuzz.odd import make_text
from tests.fuzz.outputs import WAYS

#: Set together into one paper: more would make it slow, fewer would begin it too often.
AT_ONCE = 400


@dataclass
class Share:
    """What one share of the texts was and gave. `found`: complaints and how often; empty is what is wanted."""

    seed: int
    texts: int = 0
    characters: int = 0
    took_s: float = 0.0
    found: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)


def play(seed: int, count: int = AT_ONCE) -> Share:
    """Make texts by a seed, and send them every way."""
    dice, began = Random(seed), time.monotonic()
    texts = [make_text(dice) for _ in range(count)]
    share = Share(seed, count, sum(map(len, texts)))
    for name, way in {"fields": read_fields, "hearing": _hear, **WAYS}.items():
        _try(share, name, way, texts)
    share.took_s = time.monotonic() - began
    return share


def _try(share: Share, name: str, way: Way, texts: Sequence[str]) -> None:
    try:
        for what, where in way(texts):
            _note(share, f"{name}: {what} ({where})")
    except Exception as fault:  # noqa: BLE001 - this is what is looked for
        culprits = [text for text in texts if _breaks(way, text)][:3]
        _note(share, f"{name}: raised {type(fault).__name__}", *map(ascii, culprits))


def _breaks(way: Way, text: str) -> bool:
    try:
        list(way([text]))
    except Exception:  # noqa: BLE001 - as above
        return True
    return False


def _hear(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Hear each text in some state: it must mean something known or nothing."""
    pack = load_pack_once()
    ear, states = (
        Ear(pack.flow, pack.alarms, understand=load_understanding()),
        list(pack.flow.states.values()),
    )
    for number, text in enumerate(texts):
        ear.hear(text, states[number % len(states)], "zh_TW")
    return []


def _note(share: Share, what: str, *examples: str) -> None:
    share.found[what] += 1
    share.examples += [f"{what}: {example[:2_000]}" for example in examples]
