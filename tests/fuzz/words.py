"""One piece of what people might write, read by the shipped understanding: whole, in pieces, mixed, damaged, and odd texts as well."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from random import Random

from bot.core import stated
from bot.core.stated import Stated
from bot.wiring.understanding import load_understanding
from tests.end_to_end.programs import ROOT
from tests.fuzz.odd import make_text
from tests.fuzz.texts import Share
from training.sentences import read_sentences

#: Read in one piece.
AT_ONCE = 5_000
#: Of one core, for any text: fifty times what 5,000 characters may take. Only what grows without bound comes near it.
_MOST_SECONDS = 1.0
_MOST_CHANGES = 6
_LONG = 5_000
_VALUES = {
    "role": ("", *stated.ROLES),
    "status": ("", *stated.STATUSES),
    "abuser": ("", *stated.ABUSERS),
    "command": ("", *stated.COMMANDS),
    "language": ("", *stated.LANGUAGES),
    "harms": stated.HARMS,
    "wants": stated.WANTS,
    "platforms": stated.PLATFORMS,
    "demands": stated.DEMANDS,
}


def play(seed: int, count: int = AT_ONCE) -> Share:
    """Make texts by a seed, and read each of them twice."""
    dice, began = Random(seed), time.monotonic()
    share = Share(seed)
    for _ in range(count):
        text = make_words(dice)
        share.texts += 1
        share.characters += len(text)
        for what in _read(text):
            share.found[what] += 1
            share.examples.append(f"{what}: {text[:2_000]!a}")
    share.took_s = time.monotonic() - began
    return share


def make_words(dice: Random) -> str:
    """Make one text: an example with some of its letters changed, several of them run together, one said over and over, or an odd one."""
    luck = dice.random()
    if luck < 0.3:
        return make_text(dice)
    text = dice.choice(_list_examples())
    if luck < 0.32:
        return (text * _LONG)[: dice.randrange(_LONG, 2 * _LONG)]
    if luck < 0.5:
        text += dice.choice(" ,.\n") + dice.choice(_list_examples())[:: dice.choice((1, -1))]
    for _ in range(dice.randrange(_MOST_CHANGES)):
        at, end = sorted(dice.randrange(len(text) + 1) for _ in range(2))
        new = dice.choice(("", text[at:end] * 2, make_text(dice)[:20], text[at:end].upper()))
        text = f"{text[:at]}{new}{text[min(end, at + 4) :]}"
    return text


@cache
def _list_examples() -> Sequence[str]:
    return [one.text for one in read_sentences(ROOT / "training" / "examples")]


def _read(text: str) -> list[str]:
    """Return what is wrong with how a text is read."""
    read = load_understanding()
    began = time.process_time()
    try:
        told = read(text)
    except Exception as fault:  # noqa: BLE001 - this is what is looked for
        return [f"raised {type(fault).__name__}"]
    took = time.process_time() - began
    wrong = [] if read(text) == told else ["read otherwise the second time"]
    wrong += ["took longer than any text may"] if took > _MOST_SECONDS else []
    return wrong + _judge(told)


def _judge(told: Stated) -> list[str]:
    wrong = [
        f"{name} is none that there is"
        for name, allowed in _VALUES.items()
        if not {*_as_values(getattr(told, name))} <= {*allowed}
    ]
    alone = told.as_facts().keys() - {"language", "out_of_scope"}
    return [*wrong, "said more of what is out of scope"] if told.out_of_scope and alone else wrong


def _as_values(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
