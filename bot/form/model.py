"""
What the referral form is made of.

Source of blocks, fields, options and marks: 成人性影像案件轉介表 (in force from 2023-02-15), read from flows/form.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: What may be written into a field, and so how it is read. `birth` is a day or an age, `identity` a
#: national number, a resident certificate's or a passport's, `county` and `district` are chosen from a list.
FieldKind = Literal[
    "text", "long_text", "choice", "choices", "birth", "identity", "phone", "county", "district"
]
#: `*`: the form needs it. `◎`: it needs one of these. Source: the form's own legend.
Mark = Literal["", "*", "◎"]
#: Who fills it in: the person, whoever runs this service, or the office that takes the case.
FilledBy = Literal["person", "operator", "receiver"]
#: How much of a value is shown in a chat: all of it, its ends only, or only that it is there.
Mask = Literal["none", "ends", "all"]

#: Between the options of one value.
SEPARATOR = ","


@dataclass(frozen=True, slots=True)
class Option:
    """One box to tick. `label` is the form's own word; `words`: it asks for more words (其他：＿)."""

    id: str
    label: str
    plain: str = ""
    words: bool = False

    @property
    def said(self) -> str:
        """What a person reads, and what is translated: the plain words, or the label where it is plain itself."""
        return self.plain or self.label


@dataclass(frozen=True, slots=True)
class Field:
    """
    One line of the form.

    `label` is the form's own word; `ask` and `help` are what a person reads on the page. `official`: the
    city's form has it; the others are ours (how to call safely). `why` is the written reason to ask it.
    `max_chars` bounds what is kept.
    """

    key: str
    block: str
    label: str
    kind: FieldKind
    ask: str = ""
    help: str = ""
    why: str = ""
    mark: Mark = ""
    official: bool = True
    filled_by: FilledBy = "person"
    mask: Mask = "all"
    max_chars: int = 200
    options: tuple[Option, ...] = ()

    def find_option(self, option_id: str) -> Option | None:
        """Return the option with that id, if the field has it."""
        return next((option for option in self.options if option.id == option_id), None)


@dataclass(frozen=True, slots=True)
class Block:
    """
    A part of the form, in its order.

    `title` is the form's own; `plain` is said to people where it is hard. `step` is the page on which they fill it in; empty: on none.
    """

    id: str
    title: str
    step: str = ""
    plain: str = ""

    @property
    def said(self) -> str:
        """What a person reads, and what is translated."""
        return self.plain or self.title


@dataclass(frozen=True, slots=True)
class County:
    """One of the 22 counties and cities, with its districts, as the post office writes them; `latin` as its signs do."""

    name: str
    districts: tuple[str, ...]
    latin: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that somebody may consent to. `needed`: without it nothing can be sent."""

    id: str
    text: str
    needed: bool


@dataclass(frozen=True, slots=True)
class Notices:
    """
    What must be said before anything is asked, and what may be consented to.

    `notices` are the six of the Personal Data Act, article 8, by id, in order. A changed sentence is a new `version`.
    """

    version: str
    title: str
    notices: Mapping[str, str]
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """The whole form. `version` is the day from which the city uses it, as the form prints it."""

    id: str
    version: str
    title: str
    blocks: tuple[Block, ...]
    fields: Mapping[str, Field]
    counties: tuple[County, ...]
    notices: Notices
    #: Why words did not fit: sentences by reason.
    refusals: Mapping[str, str] = field(default_factory=dict)
    #: How values are said back: sentences by name, with places to fill in.
    phrases: Mapping[str, str] = field(default_factory=dict)

    def list_fields(self, block: str) -> tuple[Field, ...]:
        """Return a block's fields in the form's order."""
        return tuple(one for one in self.fields.values() if one.block == block)


#: For a conversation without a form.
NO_FORM = Form("none", "", "", (), {}, (), Notices("", "", {}, ()))
