"""
What people wrote, made fit for paper: nothing that acts, nothing that cannot be drawn, nothing too long to break.

A text becomes tokens. Between two tokens nothing stands; BREAK is a place where the line may end although no rule
of writing allows it, because the word is longer than a cell is wide; NEW_LINE ends a line.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path

import regex  # type: ignore[import-untyped]  # it ships no type marks

from bot.desk.paper.thai import is_thai, split_thai

#: Where the fonts lie, with the table of what they have.
FONTS = Path(__file__).parent / "fonts"
BREAK = ""
NEW_LINE = "\n"
#: A longer piece without a natural break may be broken anywhere. It fits the narrowest cell that takes text.
_LONGEST = 16
#: Scripts without spaces may be broken after so many letters; Thai is divided between its words.
_LONGEST_UNSPACED = 24
#: Source: SECURITY T17.
_MOST_MARKS = 8

_CLUSTER = regex.compile(r"\X")
#: Never seen: bidi controls, joiners, fillers. The selectors of rare name characters are kept, to be named.
_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}--[\U000E0100-\U000E01EF]]", regex.V1)
_CONTROL = regex.compile(r"[\p{Cc}--[\n\t]]", regex.V1)
_LINE_END = regex.compile(r"\r\n?|[\u2028\u2029]")
_SPACE = regex.compile(r"[\p{Zs}\t--[\u3000]]", regex.V1)
_SURROGATE = regex.compile(r"\p{Cs}")
_UNSPACED = regex.compile(r"[\p{Lao}\p{Khmer}\p{Myanmar}]")
_SYLLABLE = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Hangul}"
_OPENS = regex.compile(rf"[{_SYLLABLE}]")
#: After these a line may end, if a syllable follows.
_CLOSES = regex.compile(rf"[{_SYLLABLE}，。、；：！？）」』》]")


def clean(text: str) -> str:
    """Return the text with what is invisible dropped and one kind of line end and of space; NFC. Source: SECURITY T17."""
    text = _CONTROL.sub("", _LINE_END.sub(NEW_LINE, text))
    text = _SURROGATE.sub("\ufffd", _SPACE.sub(" ", _INVISIBLE.sub("", text)))
    return unicodedata.normalize("NFC", text).strip()


def to_tokens(text: str) -> list[str]:
    """Cut a text into the smallest tokens: a long text may be divided between any two of them."""
    tokens: list[str] = []
    for line in clean(text).split(NEW_LINE):
        tokens += [NEW_LINE, *_cut(line)] if tokens else _cut(line)
    return tokens


def merge(tokens: Iterable[str]) -> list[str]:
    """Join what may stay together: for texts that are not divided between pages."""
    merged: list[str] = []
    for token in tokens:
        if merged and not {token, merged[-1]} & {BREAK, NEW_LINE}:
            merged[-1] += token
        else:
            merged.append(token)
    return merged


def _cut(line: str) -> list[str]:
    shown = [_draw(cluster) for cluster in _CLUSTER.findall(line)]
    tokens: list[str] = []
    for piece in _split(shown):
        tokens += _loosen(piece)
    return tokens


def _split(clusters: Sequence[str]) -> Iterator[list[str]]:
    """Split where a line surely may end: after a space, and between two syllables that are words by themselves."""
    piece = list(clusters[:1])
    for before, after in pairwise(clusters):
        if _may_break(before, after):
            yield piece
            piece = []
        piece.append(after)
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if before == " ":
        return after != " "
    return bool(_CLOSES.match(before) and _OPENS.match(after))


def _loosen(piece: Sequence[str]) -> Iterator[str]:
    text = "".join(piece)
    if len(text) <= _LONGEST:
        yield text
    elif is_thai(text):
        yield from _weave(_keep_clusters(split_thai(text), piece))
    elif _UNSPACED.search(text):
        yield from _weave(
            "".join(piece[at : at + _LONGEST_UNSPACED]) for at in range(0, len(piece), _LONGEST_UNSPACED)
        )
    else:
        yield from _weave(piece)
        yield BREAK


def _keep_clusters(words: Iterable[str], clusters: Sequence[str]) -> Iterator[str]:
    """Yield the words, each as long as a cell is wide at most, and none that begins within a cluster."""
    ends = set(accumulate(map(len, words)))
    held: list[str] = []
    for cluster, at in zip(clusters, accumulate(map(len, clusters)), strict=True):
        held.append(cluster)
        if at in ends or len(held) == _LONGEST_UNSPACED:
            yield "".join(held)
            held = []
    if held:
        yield "".join(held)


def _weave(pieces: Iterable[str]) -> Iterator[str]:
    for piece in pieces:
        yield BREAK
        yield piece


@cache
def _families() -> tuple[frozenset[int], ...]:
    """The characters of each font, in the order in which the form looks for them."""
    table: Mapping[str, list[tuple[int, int]]] = json.loads((FONTS / "coverage.json").read_text("utf-8"))
    return tuple(
        frozenset(code for first, last in ranges for code in range(first, last + 1))
        for ranges in table.values()
    )


def _draw(cluster: str) -> str:
    """Return the cluster if one font can draw it whole; else each character, named by its code where it must be."""
    codes = [ord(sign) for sign in cluster]
    if _is_mark(cluster[0]):  # it has no letter to stand on, and must not take the label's
        return "".join(map(_name, codes))
    if len(codes) <= 1 + _MOST_MARKS and any(family.issuperset(codes) for family in _families()):
        return cluster
    if len(codes) == 1:
        return _name(codes[0])
    return "".join(map(_draw, cluster))


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign).startswith("M")


def _name(code: int) -> str:
    return f"[U+{code:04X}]"
