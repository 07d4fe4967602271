"""Counts of what happens, by day, of nobody in particular."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Counted:
    """How often `name` was met among things of a `kind` on a day in Taiwan."""

    day: date
    kind: str
    name: str
    count: int


#: (kind, name) → how often more.
Counts = Mapping[tuple[str, str], int]


class TallyStore(Protocol):
    """The counts of the database. StoreDown from each."""

    async def add(self, day: date, counts: Counts) -> None:
        """Add to the counts of a day."""
        ...

    async def read(self, since: date, until: date) -> Sequence[Counted]:
        """Return the counts of these days, both ends included, by day, kind and name."""
        ...
