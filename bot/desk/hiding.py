"""
Small numbers, hidden so that they cannot be computed from what is shown.

Whoever reads knows the rules below and the sum of each table. A table is safe when for each hidden cell at least two
numbers lead to the very same picture; that is what its tests try, table by table. The rules:

1. A cell below five is hidden, a zero as well: that something happened once is already too much to tell. Where all
   that would be hidden is zero, nothing is, and the zeros are shown.
2. One hidden cell alone could be computed from the sum, and so could several when all of them are four. Then the next
   larger number is hidden with them, and every cell that equals it.
3. A table whose numbers are four on average is hidden as a whole, else all cells being four could be told.

A sum below five is hidden too. Tables about the same people share nothing but that sum, so none helps with another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

#: Fewer than this are not told. Source: SECURITY §6, counts.
SMALLEST_SHOWN: Final = 5
_MOST_HIDDEN = SMALLEST_SHOWN - 1


def hide(counts: Sequence[int]) -> tuple[int | None, ...]:
    """Return the counts of one table, which add up to a sum that may be known; None: hidden."""
    if any(counts) and sum(counts) == _MOST_HIDDEN * len(counts):
        return (None,) * len(counts)
    bound = _choose_bound(counts)
    return tuple(None if count < bound else count for count in counts)


def hide_alone(count: int) -> int | None:
    """Return a number that stands by itself; None: hidden."""
    return None if 0 < count < SMALLEST_SHOWN else count


def _choose_bound(counts: Sequence[int]) -> int:
    """Return the number below which cells are hidden."""
    small = [count for count in counts if count < SMALLEST_SHOWN]
    rest = sum(small)
    if rest == 0:
        return 0
    is_open = len(small) > 1 and rest < _MOST_HIDDEN * len(small)
    larger = [count for count in counts if count >= SMALLEST_SHOWN]
    return SMALLEST_SHOWN if is_open or not larger else min(larger) + 1
