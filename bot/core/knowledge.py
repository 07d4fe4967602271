"""
Contacts and facts: what may be said, since when, and from where.

Every one carries id, source, date, status and the day it must be checked again. What may not be
shown, or is overdue, gives way to its fallback: a wrong number harms people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NewType

ContactId = NewType("ContactId", str)
FactId = NewType("FactId", str)

Show = Literal["yes", "caveat", "no"]

#: The statuses that may be shown. `SEED+PRESS` is a source document that a later report agrees with.
SHOWABLE = frozenset({"OFF", "ORG", "PRESS", "SEED+PRESS", "EMERGENCY"})
STATUSES = SHOWABLE | {"SEED", "3RD", "MEM"}


@dataclass(frozen=True, slots=True)
class Contact:
    """
    Somebody to call or a place to write to.

    `hours` and `cost` are zh_TW words, empty when not known. `source_date` is `YYYY`, `YYYY-MM` or
    `YYYY-MM-DD` as published. `phone_checked_on` stays None until a person has dialled the number.
    `fallback` names who is shown instead.
    """

    id: ContactId
    name: str
    number: str
    url: str
    hours: str
    cost: str
    languages: tuple[str, ...]
    audience: str
    area: str
    purpose: str
    source: str
    source_date: str
    status: str
    show: Show
    recheck_by: date
    fallback: tuple[ContactId, ...] = ()
    ext: str = ""
    sms: str = ""
    supersedes: tuple[str, ...] = ()
    phone_checked_on: date | None = None

    def may_be_shown(self, today: date) -> bool:
        """Whether status, verdict and recheck day allow it today. 110 and 119 never go: nothing could stand in."""
        if self.show == "no" or self.status not in SHOWABLE:
            return False
        return self.is_emergency or today <= self.recheck_by

    @property
    def is_emergency(self) -> bool:
        """Whether it is one of the universal numbers, which need no date beside them."""
        return self.status == "EMERGENCY"


@dataclass(frozen=True, slots=True)
class Fact:
    """One true sentence (zh_TW) with its source; `fallback` is said when it may not be shown."""

    id: FactId
    text: str
    fallback: str
    source: str
    source_date: str
    status: str
    recheck_by: date

    def may_be_shown(self, today: date) -> bool:
        """Whether status and recheck day allow it today."""
        return self.status in SHOWABLE and today <= self.recheck_by


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All contacts and facts."""

    contacts: Mapping[ContactId, Contact]
    facts: Mapping[FactId, Fact]

    def find_contact(self, contact_id: ContactId, today: date) -> Contact | None:
        """Return the contact, or the first of its fallbacks that may be shown today."""
        contact = self.contacts[contact_id]
        if contact.may_be_shown(today):
            return contact
        found = (self.find_contact(other, today) for other in contact.fallback)
        return next((other for other in found if other), None)
