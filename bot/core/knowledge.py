"""
Contacts, facts, laws, platforms and checklists: what may be said, since when, and from where.

Every one carries id, source, date, status and the day it must be checked again. What may not be
shown, or is overdue, gives way to its fallback: a wrong number harms people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NewType

from bot.core.hours import Span

ContactId = NewType("ContactId", str)
FactId = NewType("FactId", str)
LawId = NewType("LawId", str)
PlatformId = NewType("PlatformId", str)
ListId = NewType("ListId", str)
ItemId = NewType("ItemId", str)

Show = Literal["yes", "caveat", "no"]
#: Whether somebody must complain: "none" is not a crime but a right or a duty.
Complaint = Literal["needed", "not_needed", "none"]
#: Whether the other side may notice that a platform was told.
TipsOff = Literal["no", "may", "unknown"]
#: Whether a platform was found among the partners of StopNCII. Partners change: never shown as a list.
Partner = Literal["partner", "not_found", "unknown"]
#: What a law may be about.
Situation = Literal[
    "secret", "forced", "spread", "fake", "threat", "money", "account",
    "minor", "ex", "stalking", "own_deed", "publish",
]  # fmt: skip

#: The statuses that may be shown. `SEED+PRESS` is a source document that a later report agrees with,
#: `SEED+3RD` one that third parties agree with: a contact may say so only with the date beside it.
SHOWABLE = frozenset({"OFF", "ORG", "PRESS", "SEED+PRESS", "SEED+3RD", "EMERGENCY"})
STATUSES = SHOWABLE | {"SEED", "3RD", "MEM"}


def _is_current(status: str, recheck_by: date, today: date) -> bool:
    """Whether what has this status may be shown, and not past the day it must be checked again."""
    return status in SHOWABLE and today <= recheck_by


@dataclass(frozen=True, slots=True)
class Contact:
    """
    Somebody to call or a place to write to.

    `hours` and `cost` are zh_TW words, empty when not known. `open` are the same hours for the clock, empty
    when not known: they are never guessed (see `bot.core.hours`). `source_date` is `YYYY`, `YYYY-MM` or
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
    open: tuple[Span, ...] = ()

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
        return _is_current(self.status, self.recheck_by, today)


@dataclass(frozen=True, slots=True)
class Law:
    """
    What one article says about a deed, in plain zh_TW words.

    An empty `penalty` means that there is none, or that it was not checked. `fallback` is said instead
    when the law may not be shown.
    """

    id: LawId
    article: str
    what: str
    penalty: str
    complaint: Complaint
    about: tuple[Situation, ...]
    source: str
    source_date: str
    status: str
    recheck_by: date
    fallback: str = ""

    def may_be_shown(self, today: date) -> bool:
        """Whether status and recheck day allow it today."""
        return _is_current(self.status, self.recheck_by, today)


@dataclass(frozen=True, slots=True)
class Held:
    """Something found about a platform that is not shown, and why not."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Platform:
    """
    Where and how to ask a platform to take something down, in plain zh_TW words.

    `words` are what people type for its name. `url`, `needs` and `caution` may be empty. `held` is what
    nobody has confirmed: it is kept here so that it is not added again unseen.
    """

    id: PlatformId
    name: str
    words: tuple[str, ...]
    how: str
    url: str
    needs: str
    caution: str
    tips_off: TipsOff
    stopncii: Partner
    source: str
    source_date: str
    status: str
    show: Literal["yes", "no"]
    recheck_by: date
    fallback: str = ""
    held: tuple[Held, ...] = ()

    def may_be_shown(self, today: date) -> bool:
        """Whether verdict, status and recheck day allow it today."""
        return self.show != "no" and _is_current(self.status, self.recheck_by, today)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to save (zh_TW), and the sources that name it."""

    id: ItemId
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """What to save in one situation or app, the most important first."""

    id: ListId
    title: str
    items: tuple[Item, ...]
    source: str
    source_date: str
    status: str
    recheck_by: date
    fallback: str = ""

    def may_be_shown(self, today: date) -> bool:
        """Whether status and recheck day allow it today."""
        return _is_current(self.status, self.recheck_by, today)


#: What is said as it stands, or gives way to words of its own.
Reference = Law | Platform | Checklist
#: Everything that carries a source and has to be checked again.
Entry = Contact | Fact | Reference


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that may be said, by kind."""

    contacts: Mapping[ContactId, Contact]
    facts: Mapping[FactId, Fact]
    laws: Mapping[LawId, Law] = field(default_factory=dict)
    platforms: Mapping[PlatformId, Platform] = field(default_factory=dict)
    lists: Mapping[ListId, Checklist] = field(default_factory=dict)

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Yield every entry with its place in the data: `laws.spread`."""
        kinds: tuple[tuple[str, Iterable[Entry]], ...] = (
            ("contacts", self.contacts.values()),
            ("facts", self.facts.values()),
            ("laws", self.laws.values()),
            ("platforms", self.platforms.values()),
            ("lists", self.lists.values()),
        )
        for kind, entries in kinds:
            for entry in entries:
                yield f"{kind}.{entry.id}", entry

    def find_contact(self, contact_id: ContactId, today: date) -> Contact | None:
        """Return the contact, or the first of its fallbacks that may be shown today."""
        contact = self.contacts[contact_id]
        if contact.may_be_shown(today):
            return contact
        found = (self.find_contact(other, today) for other in contact.fallback)
        return next((other for other in found if other), None)
