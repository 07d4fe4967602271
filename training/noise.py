"""
Texts that mean nothing, so that the nets learn what to make of letters alone: that nothing was said.

Without them whatever is long and unknown looks like what is seldom put in plain words, above all like a farewell.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from training.sentences import Sentence

#: From a slip of the hand to a cat on the keyboard, in characters.
_SHORTEST, _LONGEST = 8, 1_000
#: One of so many texts repeats a short piece again and again.
_REPEATED = 4
#: Left out together, as the sentences of one sitting are.
_BLOCK = 40


def make_noise(sentences: Sequence[Sentence], each: int) -> list[Sentence]:
    """Make `each` texts in the letters of each language, as often as its sentences have them. The same sentences give the same texts."""
    found: list[Sentence] = []
    for language in sorted({one.language for one in sentences}):
        chance = random.Random(language)  # noqa: S311  # nobody's secret: the same texts again
        letters = [letter for one in sentences if one.language == language for letter in one.text.lower()]
        found += [
            Sentence(text, language, {"noise": True}, f"noise/{language}/{number // _BLOCK}")
            for number, text in enumerate(_draw(letters, each, chance))
        ]
    return found


def _draw(letters: Sequence[str], each: int, chance: random.Random) -> Iterator[str]:
    for number in range(each):
        length = round(_SHORTEST * (_LONGEST / _SHORTEST) ** chance.random())
        if number % _REPEATED:
            yield "".join(chance.choices(letters, k=length))
        else:
            piece = "".join(chance.choices(letters, k=chance.randint(1, 6)))
            yield piece * (length // len(piece))
