"""What one printed form is made of: a record as it was read, and what the desk adds to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from bot.core.events import RequestKind
from bot.core.taipei import TAIPEI
from bot.form.model import Form
from bot.form.record import Record

#: So much of an id is printed: enough to tell the papers on one desk apart, and to find the record again.
_SHORT_CHARS = 8


@dataclass(frozen=True, slots=True)
class Centre:
    """Where the paper is faxed to: the first line of the form. What is empty is filled in by hand."""

    county: str = ""
    phone: str = ""
    fax: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What the person asked for after sending. `kind` is empty where nobody can tell.

    `fault`: it could not be read, or is not signed by this service and must not be followed; then there are no `words`.
    """

    kind: RequestKind | Literal[""]
    at: datetime
    words: str = field(default="", repr=False)
    fault: Literal["", "unreadable", "forged"] = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    One form to print. `added` is what operator and receiver filled in, by field key; it never replaces the record's.

    Without a `centre` the county is the person's own, if passing the form on was agreed to. `requests`: oldest first.
    `mark`: who took it out and when, at the foot of each page.
    """

    record: Record = field(repr=False)
    form: Form = field(repr=False)
    added: Mapping[str, str] = field(default_factory=dict, repr=False)
    centre: Centre | None = None
    requests: tuple[Asked, ...] = ()
    mark: str = ""

    @property
    def id(self) -> str:
        """The handoff's id."""
        return self.record.handoff_id

    @property
    def short_id(self) -> str:
        """The first characters of the id, as every page of the paper carries them."""
        return self.id[:_SHORT_CHARS]

    @property
    def fields(self) -> Mapping[str, str]:
        """What was filled in, by whomever: canonical values by field key."""
        return {**self.added, **self.record.fields}

    @property
    def created(self) -> date:
        """The day in Taipei on which it was sent."""
        return self.record.created_at.astimezone(TAIPEI).date()
