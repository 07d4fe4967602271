"""
The test handoff: a constant text, sealed once an hour as a handoff is, so that the desk sees that it could open one.

It holds nothing of anybody. The public side adds it and never sees it again; the desk looks at it and takes it away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.ports.handoff import Sealed


@dataclass(frozen=True, slots=True)
class SealingTest:
    """One of them. `recipients`: the fingerprints to which the public side says that it sealed it, in their order."""

    hour: datetime
    recipients: tuple[str, ...]
    sealed: Sealed = field(repr=False)


class NewSealingTests(Protocol):
    """The test handoffs as the public side has them."""

    async def add(self, test: SealingTest) -> bool:
        """Add it. False: there is one of this hour. StoreDown: nobody knows, try again."""
        ...


class SealingTestStore(Protocol):
    """The test handoffs as the desk has them. StoreDown from each."""

    async def find_newest(self, until: datetime) -> SealingTest | None:
        """Return the newest that is not from after `until`. None: there is none."""
        ...

    async def drop(self, *, before: datetime, after: datetime) -> int:
        """Take away those from before and from after these moments, and say how many; the newest that is left in between stays."""
        ...
