"""
The test handoff: a constant text, sealed once an hour as a handoff is, so that the desk sees that it could open one.

It holds nothing of anybody. The public side adds it and never sees it again; the desk looks at it and takes it away.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.ports.handoff import Sealed

#: Both hosts' clocks may differ by so much; what is from later was written by a clock that was wrong, or by nobody of ours.
AHEAD: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SealingTest:
    """One of them. `recipients`: the fingerprints to which the public side says that it sealed it, in their order."""

    hour: datetime
    recipients: tuple[str, ...]
    sealed: Sealed = field(repr=False)


@dataclass(frozen=True, slots=True)
class FoundTests:
    """The newest of each signer who was asked for, as far as there is one. `stranger`: the hour of one of anybody else."""

    tests: tuple[SealingTest, ...] = ()
    stranger: datetime | None = None


class NewSealingTests(Protocol):
    """The test handoffs as the public side has them."""

    async def add(self, test: SealingTest) -> bool:
        """Add it. False: there is one of this hour and this signer. StoreDown: nobody knows, try again."""
        ...


class SealingTestStore(Protocol):
    """The test handoffs as the desk has them. StoreDown from each."""

    async def find_newest(self, signers: Collection[str], *, since: datetime, until: datetime) -> FoundTests:
        """
        Return the newest of each of these signers that is not from after `until`, and whether others put one in since `since`.

        However many rows somebody puts in, few are read. What stands in them may be anything.
        """
        ...

    async def drop(self, *, before: datetime, after: datetime) -> int:
        """Take away those from before and from after these moments, and say how many; the newest that is left in between stays."""
        ...
