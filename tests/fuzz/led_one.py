"""
One search led by coverage, in a process of its own: `python -m tests.fuzz.led_one TARGET [libFuzzer's options] FOLDER…`.

Atheris takes the process over and ends it. Only `bot` is watched: what others do with our bytes leads nowhere. Half of the changes
are libFuzzer's own, which know nothing of JSON; the others put wrong values into places of it, or do to it what happens to bodies.
"""

from __future__ import annotations

import json
import logging
import sys
from random import Random

import atheris

with atheris.instrument_imports(include=["bot"]):
    from tests.channels.hostile import list_places, spoil
    from tests.fuzz.bodies import VALUES
    from tests.fuzz.damage import DAMAGES, choose
    from tests.fuzz.odd import make_text
    from tests.fuzz.targets import TARGETS

    target = TARGETS[sys.argv[1]]()

_OWN = 0.5


def change(raw: bytes, longest: int, seed: int) -> bytes:
    """Change an input, by a seed that libFuzzer gives."""
    dice = Random(seed)
    if dice.random() < _OWN:
        return bytes(atheris.Mutate(raw, longest))
    changed = _change_value(raw, dice) if dice.random() < _OWN else b""
    return (changed or choose(dice, DAMAGES)(raw, dice))[:longest]


def _change_value(raw: bytes, dice: Random) -> bytes:
    """Put something wrong into one place of what is JSON; nothing: it is none."""
    lead = raw[:1] if raw[:1] == b"L" else b""
    try:
        value = json.loads(raw.removeprefix(lead))
        places = list(list_places(value))
        wrong = None if dice.random() < 0.2 else choose(dice, VALUES)
        text = json.dumps(make_text(dice)) if dice.random() < 0.3 else wrong
        return lead + spoil(value, choose(dice, places), text).encode("utf-8", "replace") if places else b""
    except (ValueError, RecursionError):
        return b""


logging.disable(logging.CRITICAL)
atheris.Setup([sys.argv[0], *sys.argv[2:]], target, custom_mutator=change)
atheris.Fuzz()
