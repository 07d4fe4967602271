"""What is kept of inputs that made our code fail: never a word of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Poison:
    """
    One input that made our code fail.

    `kind` of input, `fault` and `place` as the log has them, `shape` as `bot.core.shape` draws it.
    """

    channel: str
    kind: str
    fault: str
    place: str
    shape: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """A record in the quarantine. `until` it is kept; `shape` is None where its key is gone."""

    id: str
    until: datetime
    channel: str
    kind: str
    fault: str
    place: str
    shape: str | None = field(default=None, repr=False)


class Quarantine(Protocol):
    """The records. StoreDown from each."""

    async def keep(self, poison: Poison, now: datetime) -> None:
        """Keep a record for seven days, unless there are enough of its fault already."""
        ...

    async def list_kept(self) -> Sequence[Kept]:
        """Return the records, oldest first, without their shapes."""
        ...

    async def find(self, record_id: str) -> Kept | None:
        """Return one with its shape. None: there is none."""
        ...

    async def drop(self, record_id: str) -> bool:
        """Destroy one, its key first. False: there is none."""
        ...
