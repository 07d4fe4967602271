"""
Which test handoffs are looked at, and which of them are believed.

Each public host signs its own, so that one whose recipients were swapped cannot hide behind another: the newest of each signer
counts as long as that host writes. No key that opens is needed here. Source: SECURITY T10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.core.envelope import count_recipients, name_test
from bot.desk.opening import KnownSigner, Opener
from bot.errors import Forged
from bot.ports import FoundTests, SealingTest

#: One is made as soon as an hour begins: two hours after the beginning of the newest one's, a whole one is missing.
LATE_AFTER: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Newest:
    """
    The newest of each signer of the last two hours; if there is none, the newest at all.

    `believed`: those that are signed and sealed as they say; `is_odd`: one is not. `hour`: of the newest, believed or not.
    """

    believed: tuple[SealingTest, ...] = ()
    is_odd: bool = False
    hour: datetime | None = None


def choose_newest(found: FoundTests, signers: Sequence[KnownSigner], now: datetime) -> Newest:
    """Choose those that count, out of what was found for these signers."""
    looked = _choose(found, now)
    believed = tuple(one for one in looked if is_genuine(one, signers))
    is_odd = found.stranger is not None or len(believed) < len(looked)
    hours = [one.hour for one in looked] + ([found.stranger] if found.stranger else [])
    return Newest(believed, is_odd, max(hours, default=None))


def is_genuine(test: SealingTest, signers: Sequence[KnownSigner]) -> bool:
    """Whether one of these signed just this, and it is sealed to as many keys as it names, each of them once."""
    try:
        Opener((), signers).check(test.sealed, purpose="test", name=name_test(test.recipients), at=test.hour)
    except Forged:
        return False
    return count_recipients(test.sealed.blob) == len(test.recipients) == len(set(test.recipients))


def _choose(found: FoundTests, now: datetime) -> tuple[SealingTest, ...]:
    of_now = tuple(one for one in found.tests if now - one.hour <= LATE_AFTER)
    if of_now or found.stranger:
        return of_now
    return tuple(sorted(found.tests, key=lambda one: one.hour)[-1:])
