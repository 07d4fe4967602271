"""Handoffs as the desk needs them. Only programs of the office have this port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from bot.core.events import RequestKind
from bot.ports.casework import StoredPaper
from bot.ports.handoff import Sealed, Status


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A request as it lies in the database. `seen_at`: when somebody first read it; None: nobody has."""

    id: str
    kind: RequestKind
    created_at: datetime
    sealed: Sealed = field(repr=False)
    seen_at: datetime | None = None


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
    papers: tuple[StoredPaper, ...] = ()


@dataclass(frozen=True, slots=True)
class Unopened:
    """
    A handoff that nobody has opened, or a request that nobody has read.

    `alerts`: how many warnings of it were given. `told`: how many notices of it left: one that it came, one for each warning.
    """

    id: str
    created_at: datetime
    alerts: int
    told: int = 0


@dataclass(frozen=True, slots=True)
class Ending:
    """A handoff that is to be erased. `rule`: see `bot.desk.keeping`; `restored` was erased before, and is back."""

    id: str
    rule: Literal["done", "old", "restored"]
    status: Status


class DeskStore(Protocol):
    """The handoffs of the database. StoreDown from each."""

    async def list_handoffs(self, status: Status | None = None) -> Sequence[StoredHandoff]:
        """Return handoffs, oldest first."""
        ...

    async def find_handoff(self, handoff_id: str) -> StoredHandoff | None:
        """Return one. None: erased, or never there."""
        ...

    async def mark_opened(self, handoff_id: str, now: datetime, *, requests: Sequence[str] = ()) -> None:
        """
        Note that it was opened by somebody who takes care of it; the first time counts. A new one is in progress from then on.

        `requests`: ids of those of its requests that were read with it.
        """
        ...

    async def mark_seen(self, requests: Sequence[str], now: datetime) -> None:
        """Note that these requests were read, by their ids; the first time counts."""
        ...

    async def set_status(
        self,
        handoff_id: str,
        status: Status,
        now: datetime,
        *,
        instead_of: Status | None = None,
        counts_as_opened: bool = False,
    ) -> bool:
        """
        Say how far it is. The person who asks with the receipt is told in plain words.

        False: nothing changed. It is erased, said so already, or is not `instead_of` any more. A status alone opens
        nothing, so what nobody opened rings on and stays; `counts_as_opened`: who says it has seen it elsewhere.
        """
        ...

    async def list_unopened(self) -> Sequence[Unopened]:
        """Return what nobody has opened yet, oldest first, without anything sealed."""
        ...

    async def list_unseen(self) -> Sequence[Unopened]:
        """Return requests that nobody has read yet, oldest first, without anything sealed. `id` is the request's."""
        ...

    async def note_alert(self, id_: str, number: int) -> bool:
        """
        Note that the `number`-th warning is given of a handoff or a request.

        False: it was before, or somebody has opened it, or it is gone.
        """
        ...

    async def note_told(self, id_: str, number: int) -> None:
        """Note that so many notices of a handoff or a request left; never fewer than before."""
        ...

    async def replace_seal(self, handoff_id: str, kind: str, old: Sealed, new: Sealed) -> bool:
        """
        Put a new seal in place of the old one. False: it is another one by now.

        `kind`: handoff, consent, or the id of a request or a paper.
        """
        ...

    async def list_due(self, now: datetime) -> Sequence[Ending]:
        """Return what has outlived its time, to be noted before `erase_due`."""
        ...

    async def list_left(self, handoff_ids: Sequence[str]) -> Sequence[Ending]:
        """Return those of them that are there: the ledger's, as after a restore."""
        ...

    async def erase_due(self, now: datetime, *, only: Sequence[str]) -> Sequence[str]:
        """
        Erase those of `only` that have outlived their time, with consent, receipt, requests, work and papers.

        Returns the ids. They stand in the erasure ledger before anything is erased: one that cannot be written keeps all
        as it is.

        Done for 30 days, or 90 days old and opened 7 days ago or earlier; never one that nobody opened, nor one with a
        request that nobody read, or that was first read in these 7 days. Source: SECURITY §6, R29.
        """
        ...

    async def erase(self, handoff_ids: Sequence[str]) -> Sequence[str]:
        """
        Erase these, whatever their state: a withdrawal that was confirmed, or the ledger after a restore.

        Returns those that were there; they stand in the ledger first, as in `erase_due`.
        """
        ...
