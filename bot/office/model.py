"""
What the back office may show of the service: counts, contacts and settings, and nothing of anyone.

`wiring` gathers it; the pages only print it. No field can hold what a person wrote or who they are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

#: A count below this could point at one person, so it is not shown. Source: SECURITY §6, counts.
SMALLEST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class RecipientSeen:
    """Somebody to whom handoffs are sealed. `demo`: its key lies unprotected."""

    name: str
    fingerprint: str
    demo: bool


@dataclass(frozen=True, slots=True)
class ContactSeen:
    """
    A number or address that people are given, and how sure we are of it.

    `dated` is `YYYY`, `YYYY-MM` or `YYYY-MM-DD` as published. `status` is a code of the directory,
    or several joined by `+`. `phone_checked_on`: None until a person has dialled the number.
    """

    id: str
    name: str
    number: str
    source: str
    dated: str
    status: str
    recheck_by: date | None
    overdue: bool
    phone_checked_on: date | None = None


@dataclass(frozen=True, slots=True)
class LanguageSeen:
    """A language of the conversation. `translated` is a share from 0 to 1."""

    tag: str
    name: str
    translated: float


@dataclass(frozen=True, slots=True)
class StateOfService:
    """The service at one moment. `flow_issues`: None while they are being looked for."""

    version: str
    demo: bool
    conversations: int
    letters: int
    flow_issues: int | None
    recipients: tuple[RecipientSeen, ...] = ()
    contacts: tuple[ContactSeen, ...] = ()
    languages: tuple[LanguageSeen, ...] = ()

    @property
    def overdue(self) -> int:
        """How many contacts are past their recheck date."""
        return sum(contact.overdue for contact in self.contacts)


#: Reads the state of the service. `wiring` hands it over.
Look = Callable[[], Awaitable[StateOfService]]
