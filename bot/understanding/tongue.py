"""
Which of the six languages carries the grammar of a text: by its script, and for Latin letters by words, their beginnings and endings.

What is typical of a language is counted in its lexicon, whose phrases are what people say; a few words that decide are named here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

from bot.core.stated import LANGUAGES
from bot.understanding.folding import HAN, THAI, strip_accents
from bot.understanding.index import Index

#: The languages in Latin letters, in the order of the weights.
LATIN = ("en", "vi", "id", "fil")

_PLACE = {LANGUAGES.index(one): at for at, one in enumerate(LATIN)}

#: Small words that stand in one language alone, also where everything around them is English.
_DECIDING = {
    "vi": "ạ nhé nha ơi giùm giúp không đang được của những",
    "id": "yg gak nggak ngga dong sih deh nih banget bgt udah gimana saya gue gw",
    "fil": "po opo yung yong kasi naman daw raw yan nyo niyo ako akong siya sya nya niya natin namin lang pala tayo nga",
}
_DECIDES = 20
_HAN = re.compile(f"[{HAN}]")
_THAI = re.compile(f"[{THAI}]")
#: So many letters say what one word of Latin letters says.
_HAN_A_WORD, _THAI_A_WORD = 0.8, 3.0
_SMOOTHING = 0.5
_OFTEN = 2
_STEPS = 8
_ZERO = 128
#: What a mark of a Vietnamese letter weighs that no other of these languages has.
_VIETNAMESE = re.compile("[đơưăâêô\u0300\u0301\u0303\u0309\u0323]")


@dataclass(frozen=True, slots=True)
class Tongue:
    """
    `places`: where the weights of a word or of a part of one stand in `weights`, four bytes for each.

    A byte less 128 is an eighth of the logarithm of how much more often it stands in that language than in all of them.
    """

    places: Index
    weights: bytes

    def tell(self, units: Sequence[str]) -> str:
        """Return the language, "" where nothing tells it."""
        words = [
            unit for unit in units if unit[0].isalpha() and not _HAN.match(unit) and not _THAI.match(unit)
        ]
        text = "".join(units)
        han, thai = len(_HAN.findall(text)) / _HAN_A_WORD, len(_THAI.findall(text)) / _THAI_A_WORD
        if max(han, thai) > len(words):
            return "zh-TW" if han > thai else "th"
        return self._tell_latin(words)

    def is_foreign(self, word: str, own: int, other: int) -> bool:
        """Whether a word is more typical of another language than of a text's own, both by their places in LANGUAGES."""
        if other not in _PLACE:
            return not word.isascii()
        at = len(LATIN) * self.places.find(word.encode())
        if at < 0:
            return True
        least = (
            self.weights[at + _PLACE[own]] + 1 if own in _PLACE else max(self.weights[at : at + len(LATIN)])
        )
        return self.weights[at + _PLACE[other]] >= least

    def _tell_latin(self, words: Sequence[str]) -> str:
        english = vietnamese = indonesian = filipino = 0
        for word in words:
            at = self.places.find(word.encode())
            for place in [at] if at >= 0 else self.places.find_all(_parts(word)):
                one, two, three, four = self.weights[4 * place : 4 * place + 4]
                english += one - _ZERO
                vietnamese += two - _ZERO
                indonesian += three - _ZERO
                filipino += four - _ZERO
            if not word.isascii():
                vietnamese += _STEPS * len(_VIETNAMESE.findall(word))
        sums = (english, vietnamese, indonesian, filipino)
        return LATIN[sums.index(max(sums))] if any(sums) else ""


def teach_tongue(phrases: Mapping[str, Iterable[Sequence[str]]]) -> Tongue:
    """Count what is typical of each language, from the units of its phrases."""
    counts = [_count(phrases.get(language, ())) for language in LATIN]
    known = sorted(name for name, times in sum(counts, Counter[str]()).items() if times >= _OFTEN)
    totals = [count.total() + _SMOOTHING * len(known) for count in counts]
    weights = bytearray()
    for name in known:
        logs = [log((count[name] + _SMOOTHING) / total) for count, total in zip(counts, totals, strict=True)]
        mean = sum(logs) / len(logs)
        weights += bytes(
            _ZERO + round(_STEPS * (one - mean)) + _bonus(name, at) for at, one in enumerate(logs)
        )
    return Tongue(Index.of((name, at) for at, name in enumerate(known)), bytes(weights))


def _bonus(name: str, at: int) -> int:
    return _DECIDES if name in _DECIDING.get(LATIN[at], "").split() else 0


def _count(phrases: Iterable[Sequence[str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for phrase in phrases:
        for unit in phrase:
            if unit[0].isalpha():
                for word in {unit, strip_accents(unit)}:
                    found.update((word, *_parts(word)))
    return found


def _parts(word: str) -> Iterator[str]:
    """Yield how it begins and ends: what is known of a word that is not."""
    yield f"^{word[:2]}"
    yield f"{word[-2:]}$"
    if len(word) > 3:  # noqa: PLR2004 - a longer part of it would be the word
        yield f"^{word[:3]}"
        yield f"{word[-3:]}$"
