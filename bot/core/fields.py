"""What the engine must know of a form: that words may fit a field, or not, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

#: A note that begins so is a sentence of the form's own: why words do not fit a field.
REFUSAL = "refusal_"
#: What was filled in so far: canonical values by field key. Nothing empty is in it.
Draft = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Taken:
    """The words fit: these fields have these values now. An empty value empties its field."""

    values: Draft = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """
    The words do not fit. `reason` is the key of the sentence that says what to write instead.

    `over`: how many characters there are too many, when that is the reason.
    """

    reason: str
    over: int = 0


class FieldReader(Protocol):
    """Reads what somebody wrote into a field."""

    def read(self, key: str, text: str, draft: Draft, *, today: date) -> Taken | Refused:
        """
        Read words into the field `key`. `today` is a day in Taipei.

        One answer may fill several fields (a phone number finds its own line). KeyError: no such field.
        """
        ...

    def toggle(self, key: str, option: str, draft: Draft) -> str:
        """Return the field's value with one of its options added, or taken away; empty: none is left."""
        ...

    def is_under_18(self, draft: Draft, *, today: date) -> bool:
        """Whether what was filled in says so. `today` is a day in Taipei."""
        ...

    @property
    def edition(self) -> str:
        """Which form and which notices these are: another edition is another text to agree to."""
        ...

    def suggest(self, answers: Mapping[str, str]) -> Draft:
        """Return what the conversation's answers say of the form's fields, to be looked over by the person."""
        ...


class NoFields:
    """A reader for flows without a form."""

    def read(self, key: str, text: str, draft: Draft, *, today: date) -> Taken | Refused:  # noqa: ARG002 - the protocol's
        """Refuse: there is no such field."""
        raise KeyError(key)

    def toggle(self, key: str, option: str, draft: Draft) -> str:  # noqa: ARG002 - the protocol's
        """Refuse: there is no such field."""
        raise KeyError(key)

    def is_under_18(self, draft: Draft, *, today: date) -> bool:  # noqa: ARG002 - the protocol's
        """Know nothing."""
        return False

    @property
    def edition(self) -> str:
        """There is none."""
        return ""

    def suggest(self, answers: Mapping[str, str]) -> Draft:  # noqa: ARG002 - the protocol's
        """Suggest nothing."""
        return {}
