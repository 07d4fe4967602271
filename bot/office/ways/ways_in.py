"""The ways in of one office, made once, with what their open ceremonies remember."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from bot.office.sources import Sources
from bot.office.ways.agency import Travel
from bot.office.ways.once import Once
from bot.office.ways.passkeys import Passkeys
from bot.office.ways.safe import Safe
from bot.ports import Agency, Clock, WaysStore

#: Long enough to find the telephone and to install an app on it.
_ENROLLING = timedelta(minutes=15)
#: How often one source may begin to sign in without coming in: an office behind one address fits, a flood does not.
_MOST_BEGUN = 30
_BEGUN_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Halfway:
    """Whom the agency vouches for by one factor."""

    name: str = field(repr=False)
    subject_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WaysIn:
    """
    Passkeys, and the agency's sign-in where there is one.

    `secrets`: of codes that are being set up. `halfway`: those whom the agency vouches for and whose code is awaited;
    `halfway_proved`: members at work of whom the same is true, with the page that they want.
    `begun`: counts per source who begins what this program must remember; coming in takes one back.
    """

    passkeys: Passkeys
    travel: Travel | None
    secrets: Once[bytes]
    halfway: Once[Halfway]
    halfway_proved: Once[str]
    begun: Sources


def open_ways(ways: WaysStore, safe: Safe, agency: Agency | None, *, clock: Clock, origin: str) -> WaysIn:
    """Build them for an office at this origin."""
    return WaysIn(
        Passkeys(ways, clock, origin=origin),
        Travel(agency, safe, clock) if agency else None,
        Once(clock, lives=_ENROLLING),
        Once(clock),
        Once(clock),
        Sources(_MOST_BEGUN, _BEGUN_WITHIN),
    )
