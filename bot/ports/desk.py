"""Handoffs as the desk needs them. Only programs of the office have this port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.core.events import RequestKind
from bot.ports.handoff import Sealed, Status


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A request as it lies in the database."""

    id: str
    kind: RequestKind
    created_at: datetime
    sealed: Sealed = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredConsent:
    """A consent as it lies in the database: the text that was shown, and what was ticked (sealed)."""

    id: str
    created_at: datetime
    text: str = field(repr=False)
    text_sha256: str
    sealed: Sealed = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredHandoff:
    """
    A handoff as it lies in the database: nothing of it can be read without the desk's key.

    `opened_at`: when it was first opened at the desk. `alerts`: how often was warned that nobody opened it.
    """

    id: str
    created_at: datetime
    status: Status
    status_at: datetime
    opened_at: datetime | None
    alerts: int
    sealed: Sealed = field(repr=False)
    consent: StoredConsent
    requests: tuple[StoredRequest, ...] = ()


class DeskStore(Protocol):
    """The handoffs of the database. StoreDown from each."""

    async def list_handoffs(self, status: Status | None = None) -> Sequence[StoredHandoff]:
        """Return handoffs, oldest first."""
        ...

    async def find_handoff(self, handoff_id: str) -> StoredHandoff | None:
        """Return one. None: erased, or never there."""
        ...

    async def mark_opened(self, handoff_id: str, now: datetime) -> None:
        """Note that it was opened; the first time counts. A new one is in progress from then on."""
        ...

    async def set_status(self, handoff_id: str, status: Status, now: datetime) -> None:
        """Say how far it is. The person who asks with the receipt is told in plain words."""
        ...

    async def replace_seal(self, handoff_id: str, kind: str, old: Sealed, new: Sealed) -> bool:
        """
        Put a new seal in place of the old one. False: it is another one by now.

        `kind`: handoff, consent, or a request's id.
        """
        ...

    async def erase_due(self, now: datetime) -> Sequence[str]:
        """
        Erase what has outlived its time, with consent, receipt and requests; returns the ids.

        They stand in the erasure ledger before anything is erased: one that cannot be written keeps all as it is.

        Done for 30 days, or 90 days old; never one that nobody opened and of which fewer than two warnings were given.
        Source: SECURITY §6.
        """
        ...

    async def erase(self, handoff_ids: Sequence[str]) -> Sequence[str]:
        """
        Erase these, whatever their state: a withdrawal that was confirmed, or the ledger after a restore.

        Returns those that were there; they stand in the ledger first, as in `erase_due`.
        """
        ...
