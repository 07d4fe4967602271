"""
Where a line of Thai may end: between words, which Thai writes without spaces.

The typesetter would not end it at all, and a line that ends within a word, or after a vowel that is written before its
letter, is hard to read. Words are those of `thai_words.txt`, made by `scripts/thai_words.py` from our own sentences; what is
not among them, names above all, stays whole while it is short.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

WORDS = Path(__file__).with_name("thai_words.txt")
#: A letter with the vowels before and behind it and the marks on it: never divided. Anything else is one by itself.
_SYLLABLE = re.compile(
    "[เแโใไ]{0,2}[ก-ฮ][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]*[ะาำๅ]{0,2}[ๆฯ]?(?:[ก-ฮ][\u0e34-\u0e39]?์){0,2}|[^\u0e00-\u0e7f]+|.",
    re.DOTALL,
)
_THAI = re.compile("[\u0e00-\u0e7f]")
#: A known word costs one, so that longer ones win; what is unknown costs more than any known word in its place.
_UNKNOWN = 3
#: A longer unknown piece is divided between its syllables. It fits the narrowest cell that takes text.
_LONGEST = 12


def is_thai(text: str) -> bool:
    """Whether there is a Thai letter in it."""
    return _THAI.search(text) is not None


def split_thai(text: str) -> list[str]:
    """Return the text in pieces between which a line may end."""
    syllables = _SYLLABLE.findall(text)
    pieces: list[str] = []
    for piece in _join(_choose(syllables)):
        if pieces and not _may_end(pieces[-1], piece):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _choose(syllables: Sequence[str]) -> list[tuple[str, bool]]:
    """Return the words of the cheapest way to read it, of two the one that begins with the longer word; and which are known."""
    best: list[tuple[int, int]] = [(0, 0)]
    for end in range(1, len(syllables) + 1):
        starts = range(max(0, end - _longest_word()), end)
        cost, start = min((best[at][0] + _cost(syllables[at:end]), -at) for at in starts)
        best.append((cost, -start))
    words: list[tuple[str, bool]] = []
    end = len(syllables)
    while end:
        start = best[end][1]
        words.append(("".join(syllables[start:end]), _cost(syllables[start:end]) == 1))
        end = start
    return words[::-1]


def _cost(syllables: Sequence[str]) -> int:
    return 1 if "".join(syllables) in _list_words() else _UNKNOWN * len(syllables)


def _join(words: Sequence[tuple[str, bool]]) -> Iterator[str]:
    """Put unknown syllables together that stand beside each other, as long as that fits."""
    held: list[str] = []
    for word, is_known in words:
        if held and (is_known or not is_thai(word) or len(held) == _LONGEST):
            yield "".join(held)
            held = []
        if is_known or not is_thai(word):
            yield word
        else:
            held.append(word)
    if held:
        yield "".join(held)


def _may_end(before: str, after: str) -> bool:
    """Not between signs and the word that they belong to, nor where a vowel or a mark would stand alone."""
    if _THAI.match(after):
        return re.match("[ก-ฮเแโใไ0-9๐-๙]", after) is not None and (
            is_thai(before[-1]) or before[-1].isalnum()
        )
    return after[0].isalnum()


@cache
def _list_words() -> frozenset[str]:
    return frozenset(WORDS.read_text("utf-8").split())


@cache
def _longest_word() -> int:
    return max(len(_SYLLABLE.findall(word)) for word in _list_words())
