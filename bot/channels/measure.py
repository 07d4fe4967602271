"""Counting and shortening text the way the channels count it."""

from __future__ import annotations

from itertools import accumulate

import regex  # type: ignore[import-untyped]  # it ships no type marks

_GRAPHEME = regex.compile(r"\X")
ELLIPSIS = "…"


def count_units(text: str) -> int:
    """Count UTF-16 code units: what LINE and Telegram mean by characters of a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def count_graphemes(text: str) -> int:
    """Count what a reader sees as single characters: what LINE means by characters of a label."""
    return len(_GRAPHEME.findall(text))


def shorten_graphemes(text: str, at_most: int) -> str:
    """Return the text with no more than that many graphemes; a cut is shown by an ellipsis."""
    clusters = _GRAPHEME.findall(text)
    if len(clusters) <= at_most:
        return text
    return "".join(clusters[: at_most - 1]) + ELLIPSIS


def shorten_units(text: str, at_most: int) -> str:
    """Return the text within that many UTF-16 code units, never cutting through a grapheme."""
    if count_units(text) <= at_most:
        return text
    clusters = _GRAPHEME.findall(text)
    room = at_most - count_units(ELLIPSIS)
    kept = sum(size <= room for size in accumulate(map(count_units, clusters)))
    return "".join(clusters[:kept]) + ELLIPSIS
