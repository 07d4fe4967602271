"""
Seals anew, to the recipients of now, what was sealed to those of then. Nothing is lost when it stops half-way.

What does not open is left as it lies and named by its id alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.errors import Forged, Unreadable
from bot.ports.desk import DeskStore, StoredHandoff
from bot.ports.handoff import Purpose, Sealed, Sealer


@dataclass(frozen=True, slots=True)
class Left:
    """Something that was left as it lies: `purpose` says what it is, `id` which, `why` in one word."""

    purpose: Purpose
    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many handoffs were looked at, how many seals are new, and what was left."""

    handoffs: int
    seals: int
    left: tuple[Left, ...]


class Opens(Protocol):
    """Opens what was sealed, after checking who signed it."""

    def open(self, sealed: Sealed, *, purpose: Purpose, name: str, at: datetime) -> bytes:
        """Open it. Forged, Unreadable: nothing of it is given."""
        ...


@dataclass(frozen=True, slots=True)
class _Part:
    """One seal of a handoff: `kind` is what the store calls it."""

    purpose: Purpose
    kind: str
    id: str
    at: datetime
    sealed: Sealed


def _nobody_watches(_done: int, _total: int) -> None:
    """Nobody asked how far it is."""


async def reseal(
    store: DeskStore,
    opener: Opens,
    sealer: Sealer,
    *,
    watch: Callable[[int, int], None] = _nobody_watches,
) -> Resealed:
    """
    Open and seal anew every handoff, consent, request and paper. `sealer` signs with the desk's key.

    `watch` is told how many handoffs are done, and of how many, before each.

    DeskClosed: too few recipients; StoreDown: the database went away. Both may be tried again: what is done stays.
    """
    handoffs = await store.list_handoffs()
    seals, left = 0, list[Left]()
    for number, handoff in enumerate(handoffs):
        watch(number, len(handoffs))
        for part in _list_parts(handoff):
            why = await _renew(store, handoff.id, part, opener, sealer)
            seals += not why
            left += [Left(part.purpose, part.id, why)] if why else []
    return Resealed(len(handoffs), seals, tuple(left))


def _list_parts(handoff: StoredHandoff) -> Iterator[_Part]:
    consent = handoff.consent
    yield _Part("handoff", "handoff", handoff.id, handoff.created_at, handoff.sealed)
    yield _Part("consent", "consent", consent.id, consent.created_at, consent.sealed)
    for request in handoff.requests:
        yield _Part("request", request.id, request.id, request.created_at, request.sealed)
    for paper in handoff.papers:
        yield _Part("paper", paper.id, paper.id, paper.created_at, paper.sealed)


async def _renew(store: DeskStore, handoff_id: str, part: _Part, opener: Opens, sealer: Sealer) -> str:
    """Seal one part anew; returns why not, or nothing."""
    try:
        plain = opener.open(part.sealed, purpose=part.purpose, name=part.id, at=part.at)
    except Forged:
        return "forged"
    except Unreadable:
        return "unreadable"
    new = sealer.seal(plain, purpose=part.purpose, name=part.id, at=part.at)
    return "" if await store.replace_seal(handoff_id, part.kind, part.sealed, new) else "changed"
