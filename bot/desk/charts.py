"""Charts as numbers: where each bar begins and how long it is. Pages draw them as SVG, without scripts or styles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: How long the longest bar of a table is, in the drawing's own units.
FULL: Final = 100
#: The column chart, in its own units.
WIDTH: Final = 720
HEIGHT: Final = 150
_GAP = 0.25
#: How high the mark is that stands for a hidden number. It is the same for all of them.
_STUB = 5.0


@dataclass(frozen=True, slots=True)
class Column:
    """A column: left edge, upper edge, width, height; `hidden`: a mark of no certain height."""

    x: float
    y: float
    width: float
    height: float
    hidden: bool


def scale_bars(counts: Sequence[int | None]) -> tuple[float, ...]:
    """Return how long each bar is, the largest 100. A hidden number has none, so that no length tells it."""
    largest = max((count for count in counts if count), default=0)
    return tuple(round(FULL * count / largest, 1) if count else 0.0 for count in counts)


def stand_columns(counts: Sequence[int | None]) -> tuple[Column, ...]:
    """Stand columns side by side from left to right."""
    pitch = WIDTH / max(len(counts), 1)
    wide = round(pitch * (1 - _GAP), 1)
    columns = []
    for place, (count, bar) in enumerate(zip(counts, scale_bars(counts), strict=True)):
        high = _STUB if count is None else round(HEIGHT * bar / FULL, 1)
        x = round(pitch * (place + _GAP / 2), 1)
        columns.append(Column(x, round(HEIGHT - high, 1), wide, high, count is None))
    return tuple(columns)
