"""What staff do with a handoff beside reading it: who has it, what they write about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from bot.ports.handoff import Sealed

#: `note`: what a colleague should know. `acknowledgement`: the block of the form that the receiving unit fills in.
PaperKind = Literal["note", "acknowledgement"]


@dataclass(frozen=True, slots=True)
class Work:
    """Who has a handoff (an account's id), and in which full hour the person was first called."""

    handoff_id: str
    assigned_to: str | None = None
    called_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredPaper:
    """A paper as it lies in the database: sealed to the recipients, with purpose `paper`. `created_at`: a full hour."""

    id: str
    handoff_id: str
    kind: PaperKind
    author: str
    created_at: datetime
    sealed: Sealed = field(repr=False)


class CaseworkStore(Protocol):
    """Work and papers of the database. StoreDown from each. Erasing a handoff erases its work and papers."""

    async def list_work(self) -> Mapping[str, Work]:
        """Return what is known, by the handoff's id."""
        ...

    async def assign(self, handoff_id: str, account_id: str | None, *, instead_of: str | None) -> bool:
        """Give a handoff to somebody, or to nobody. False: it is no longer with `instead_of`, and nothing changed."""
        ...

    async def note_called(self, handoff_id: str, now: datetime) -> bool:
        """Note the first call. False: it was noted before."""
        ...

    async def add_paper(self, paper: StoredPaper) -> None:
        """Add a paper. StoreDown also when the handoff is not there any more."""
        ...

    async def list_papers(self, handoff_id: str) -> Sequence[StoredPaper]:
        """Return the papers of a handoff, oldest first."""
        ...
