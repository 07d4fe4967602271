"""
Handoffs that may be of the same person: the same number, or the same name and birth.

Compared in memory, when a handoff is opened, with what the member's own vault opens. What comes of it are ids and times; nothing is
written down, and nothing is merged. Source: SECURITY T3, T6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.taipei import TAIPEI
from bot.desk.calling import LINES
from bot.desk.reading import Failure, OpenHandoff, Opens, read_told
from bot.form.births import read_years
from bot.form.model import Form
from bot.form.record import Record
from bot.form.words import narrow
from bot.ports import StoredHandoff

#: The newest so many are looked at: each takes half a millisecond.
MOST_COMPARED: Final = 500


@dataclass(frozen=True, slots=True)
class Like:
    """Another handoff that may be of the same person: its id, and when it was sent."""

    id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Alike:
    """What was found, newest first, and whether there were more handoffs than were compared."""

    found: tuple[Like, ...] = ()
    is_partial: bool = False


def find_alike(one: OpenHandoff, others: Sequence[StoredHandoff], *, form: Form, opener: Opens) -> Alike:
    """Compare a handoff with others, in any order; itself is left out, and what cannot be read is no match."""
    newest = sorted(others, key=lambda other: other.created_at, reverse=True)
    rest = [other for other in newest if other.id != one.stored.id]
    found = tuple(
        Like(other.id, other.created_at)
        for other in rest[:MOST_COMPARED]
        if not isinstance(read := read_told(other, form=form, opener=opener), Failure)
        and is_alike(one.record, read[1])
    )
    return Alike(found, is_partial=len(rest) > MOST_COMPARED)


def is_alike(one: Record, other: Record) -> bool:
    """Whether two records may be of the same person."""
    return bool(_list_numbers(one) & _list_numbers(other)) or (
        _fold_name(one) == _fold_name(other) != "" and _is_birth_alike(one, other)
    )


def _list_numbers(record: Record) -> set[str]:
    """The person's own numbers without extension; that of somebody they trust says nothing about them."""
    told = (record.fields.get(key, "").partition("#")[0] for key in LINES.values())
    return {number for number in told if number}


def _fold_name(record: Record) -> str:
    return "".join(narrow(record.fields.get("name", "")).casefold().split())


def _is_birth_alike(one: Record, other: Record) -> bool:
    """Whether two days are the same; where one is only an age, whether the ages are, give or take a birthday."""
    births = (one.fields.get("birth", ""), other.fields.get("birth", ""))
    if all("-" in birth for birth in births):
        return births[0] == births[1]
    years = (_count_years(one), _count_years(other))
    return min(years) >= 0 and abs(years[0] - years[1]) <= 1


def _count_years(record: Record) -> int:
    """How old they were when they sent it; below zero: it does not say."""
    return read_years(record.fields.get("birth", ""), record.created_at.astimezone(TAIPEI).date())
