"""The audit log as those who act at the desk need it. It holds no personal data of anybody who wrote to us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """
    One line of the log as it lies in the database.

    `actor`: an account's id, or `office` or `command`. `act`: a code of `bot.desk.acts`. `subject`: the id of a handoff,
    an account, an export, or empty. `detail`: canonical JSON of codes and counts, never words of anybody.
    `hash` covers all of it and `previous`, the hash of the line before; `signature` (Ed25519) covers `hash`.
    """

    number: int
    at: datetime
    actor: str
    act: str
    subject: str
    detail: str
    previous: str
    hash: str
    signature: bytes = field(repr=False)
    signer: str


@dataclass(frozen=True, slots=True)
class AuditWanted:
    """
    Which lines are looked for; what is empty does not count. `subject`: how the id begins.

    `since`, `until`: aware, `until` itself is not meant.
    """

    act: str = ""
    actor: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


class AuditStore(Protocol):
    """The lines of the log. They are added and read, never changed. StoreDown from each."""

    async def append(self, make: Makes) -> AuditEntry:
        """
        Add what `make` makes of the last line (None: there is none), alone against all others who add.

        When it returns the line is committed; it is given the `number` that `make` gave it. What `make` raises passes.
        """
        ...

    async def read(self, *, after: int = 0, limit: int = 1000) -> Sequence[AuditEntry]:
        """Return lines with a number above `after`, in order."""
        ...

    async def read_last(
        self,
        *,
        before: int | None = None,
        limit: int = 100,
        subject: str = "",
        wanted: AuditWanted | None = None,
    ) -> Sequence[AuditEntry]:
        """Return the newest lines below a number, newest first; only those about `subject` if one is given, and `wanted`."""
        ...


class Makes(Protocol):
    """Makes the next line."""

    def __call__(self, last: AuditEntry | None) -> AuditEntry:
        """Make it from the last one."""
        ...


class Audit(Protocol):
    """Writes the log. Whoever opens or exports writes first; what cannot be written keeps them from doing it."""

    async def write(
        self, act: str, *, actor: str, subject: str = "", detail: Mapping[str, str | int] | None = None
    ) -> None:
        """Write one line; when it returns it is committed. AuditDown: it is not, so do nothing."""
        ...
