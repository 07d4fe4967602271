"""
How a contact is said in one line, and in which order the lines of a directory stand.

A line tells whether somebody answers now, as far as the hours are known. In a message that people keep
it must not, because "now" would be wrong the next morning: such lines say the hours alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from babel.core import Locale
from babel.dates import format_date, format_skeleton

from bot.core.hours import IsWorkday, find_next_opening, is_always_open, is_open
from bot.core.knowledge import Contact, ContactId
from bot.core.taipei import TAIPEI

#: The words of flows/phrases.toml that say whether somebody answers.
REACH_WORDS = ("open_now", "opens_today", "opens_tomorrow", "opens_on", "closed_now")

_ALONE = re.compile(r"\{(contact|url|number)\.([a-z0-9_]+)\}")
_WEEK_DAYS = 6


@lru_cache(maxsize=64)
def _language_of(locale: str) -> str:
    """Return the language of one of our own locales; Babel looks it up among its files each time."""
    return Locale.parse(locale).language


@dataclass(frozen=True, slots=True)
class ContactLines:
    """
    Says contacts in one language at one moment.

    `now` is aware, `words` are the translated words around a contact, `kept`: the message is one that
    people keep.
    """

    translate: Callable[[str, str], str]
    locale: str
    words: Mapping[str, str]
    now: datetime
    is_workday: IsWorkday
    kept: bool = False

    def say(self, contact: Contact) -> str:
        """Return name, number and, in brackets, what is known beside them."""
        name = self.translate(f"contact.{contact.id}.name", contact.name)
        ext = self.words["ext"] + self.words["comma"].join(contact.ext.split("、"))
        number = f"{contact.number} {ext}" if contact.ext else contact.number
        named = name if not number or number in name.split() else f"{name} {number}"
        details = [detail for detail in self._details(contact) if detail]
        if not details:
            return named
        return f"{named}{self.words['open']}{self.words['comma'].join(details)}{self.words['close']}"

    def rank(self, contact: Contact | None) -> int:
        """
        Return the place of a contact in a directory: 0 answers now, 1 hours not known, 2 closed now.

        What people keep stays as it was written.
        """
        if contact is None or not contact.open or self.kept:
            return 1
        return 0 if is_open(contact.open, self.now, self.is_workday) else 2

    def _details(self, contact: Contact) -> Iterator[str]:
        yield self._translate_part(contact, "hours", contact.hours)
        yield self._reach(contact)
        yield self._translate_part(contact, "cost", contact.cost)
        language = _language_of(self.locale)
        if contact.languages and language != "zh":
            yield self.words["spoken" if language in contact.languages else "not_spoken"]
        if contact.show == "caveat":
            yield self.words["dated_short"].replace("{dates}", contact.source_date[:7])

    def _translate_part(self, contact: Contact, part: str, sentence: str) -> str:
        return self.translate(f"contact.{contact.id}.{part}", sentence) if sentence else ""

    def _reach(self, contact: Contact) -> str:
        """Return whether it can be called now; nothing where that is not known or goes without saying."""
        is_silent = self.kept or not (contact.open and contact.number) or is_always_open(contact.open)
        if is_silent:
            return ""
        if is_open(contact.open, self.now, self.is_workday):
            return self.words["open_now"]
        opening = find_next_opening(contact.open, self.now, self.is_workday)
        return self._say_opening(opening) if opening else self.words["closed_now"]

    def _say_opening(self, opening: datetime) -> str:
        ahead = (opening.date() - self.now.astimezone(TAIPEI).date()).days
        key = {0: "opens_today", 1: "opens_tomorrow"}.get(ahead, "opens_on")
        day = self._name_day(opening) if ahead <= _WEEK_DAYS else self._name_date(opening)
        return self.words[key].replace("{day}", day).replace("{time}", self._name_time(opening))

    def _name_day(self, day: datetime) -> str:
        # Chinese says 週一; the short names of other languages are puzzles ("Th 2").
        return format_date(day, "EEE" if self.locale.startswith("zh") else "EEEE", locale=self.locale)

    def _name_date(self, day: datetime) -> str:
        return format_skeleton("MMMMd", day, locale=self.locale)

    def _name_time(self, moment: datetime) -> str:
        # By the 24 hours of the written hours, and like them without a leading zero.
        return format_skeleton("Hm", moment, tzinfo=TAIPEI, locale=self.locale).removeprefix("0")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One contact of a directory: its line, and the lines of its own number or address below it."""

    id: ContactId
    lines: list[str] = field(default_factory=list)


def arrange(sentence: str, rank: Callable[[ContactId], int]) -> str:
    """
    Reorder consecutive lines that hold a `{contact.x}` alone by their rank, lowest first, ties as written.

    A `{url.x}` or `{number.x}` alone on the line below moves along with its contact.
    """
    arranged: list[str] = []
    directory: list[_Entry] = []
    for line in sentence.splitlines():
        kind, name = _read_alone(line)
        if kind == "contact":
            directory.append(_Entry(name, [line]))
        elif kind and directory and directory[-1].id == name:
            directory[-1].lines.append(line)
        else:
            arranged += _sort(directory, rank)
            arranged.append(line)
            directory = []
    return "\n".join([*arranged, *_sort(directory, rank)])


def _read_alone(line: str) -> tuple[str, ContactId]:
    found = _ALONE.fullmatch(line.strip())
    return (found[1], ContactId(found[2])) if found else ("", ContactId(""))


def _sort(directory: list[_Entry], rank: Callable[[ContactId], int]) -> Iterator[str]:
    for entry in sorted(directory, key=lambda entry: rank(entry.id)):
        yield from entry.lines
