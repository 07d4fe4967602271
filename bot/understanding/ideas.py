"""A text as the ideas that it names, clause by clause, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.core.stated import PLATFORMS
from bot.understanding.ages import WRITTEN_IN, name_ages
from bot.understanding.folding import HAN, MARKS, THAI, fold, split
from bot.understanding.lexicon import Entry, Lexicon

#: What one word or phrase names.
Ideas = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """What stands between two marks: units from `start` up to `end`, and what its words name, in order."""

    start: int
    end: int
    ideas: tuple[Ideas, ...]
    known: int


@dataclass(frozen=True, slots=True)
class Reading:
    """
    A text, read.

    `units`: its words, numbers, single letters and marks. `parts`: its clauses; in those that name nothing nothing is said.
    `reckoned`: what follows from all its ages together. `platforms`: those that are named, in the order of PLATFORMS.
    """

    units: Sequence[str]
    language: str
    parts: tuple[Clause, ...]
    reckoned: Ideas
    platforms: tuple[str, ...]

    @property
    def clauses(self) -> tuple[tuple[Ideas, ...], ...]:
        """What its clauses name, in order."""
        return tuple(part.ideas for part in self.parts)

    @property
    def asks(self) -> bool:
        """Whether a question mark stands in it."""
        return "?" in self.units

    @property
    def unknown(self) -> int:
        """How many units nothing is known about."""
        marks = sum(unit in MARKS for unit in self.units)
        return max(0, len(self.units) - marks - sum(part.known for part in self.parts))

    def name_ideas(self) -> set[str]:
        """Return all ideas that it names."""
        return {idea for part in self.parts for ideas in part.ideas for idea in ideas}

    def shorten(self, units: int) -> Reading:
        """Return it with only its clauses in so many units at the beginning, and half as many at the end."""
        first = [part for part in self.parts if part.end <= units]
        last = [part for part in self.parts if part.start >= max(units, len(self.units) - units // 2)]
        start, end = (first[-1].end if first else 0), (last[0].start if last else len(self.units))
        moved = [replace(part, start=part.start - end + start, end=part.end - end + start) for part in last]
        return replace(self, units=(*self.units[:start], *self.units[end:]), parts=(*first, *moved))

    def cut(self, words: float) -> list[Reading]:
        """Cut it at marks into pieces of at least so many words; the last may be shorter."""
        pieces: list[Reading] = []
        start, size, chosen = 0, 0.0, []
        for part in self.parts:
            chosen.append(replace(part, start=part.start - start, end=part.end - start))
            size += count_words(self.units[part.start : part.end])
            is_last = part is self.parts[-1]
            if is_last or size >= words:
                end = len(self.units) if is_last else part.end
                pieces.append(replace(self, units=self.units[start:end], parts=tuple(chosen), reckoned=()))
                start, size, chosen = part.end, 0.0, []
        return pieces


def count_words(units: Sequence[str]) -> float:
    """Return about how many words there are, where Chinese and Thai letters stand alone."""
    text = "".join(units)
    han, thai = len(_HAN.findall(text)), len(_THAI.findall(text))
    return len(units) - (1 - _OF_A_WORD[0]) * han - (1 - _OF_A_WORD[1]) * thai


_HAN, _THAI = re.compile(f"[{HAN}]"), re.compile(f"[{THAI}]")
#: What part of a word a Chinese, and a Thai letter is.
_OF_A_WORD = 0.6, 0.25


def read_ideas(text: str, lexicon: Lexicon, year: int = WRITTEN_IN) -> Reading:
    """Read a text into ideas. Never raises, and is linear in its length."""
    return read_units(split(fold(text)), lexicon, year)


def read_units(units: Sequence[str], lexicon: Lexicon, year: int) -> Reading:
    """Read what is folded and split already."""
    language = lexicon.tell_language(units)
    ages, reckoned = find_ages_in(units, year)
    entries = list(_merge(ages, lexicon.find(units, language)))
    platforms = lexicon.find_kind("platforms", units, language)
    named = {idea for entry in (*entries, *platforms) for idea in entry.ideas}
    parts = tuple(_part(units, entries))
    return Reading(units, language, parts, reckoned, tuple(one for one in PLATFORMS if one in named))


def _part(units: Sequence[str], entries: Sequence[Entry]) -> Iterator[Clause]:
    """Yield the clauses in which something is named."""
    waiting = list(reversed(entries))
    ends = [at + 1 for at, unit in enumerate(units) if unit in MARKS]
    start = 0
    for end in (*ends, len(units)):
        own = []
        while waiting and waiting[-1].start < end:
            own.append(waiting.pop())
        if own:
            yield Clause(start, end, tuple(entry.ideas for entry in own), _count_known(own))
        start = end


def _count_known(entries: Sequence[Entry]) -> int:
    known = last = 0
    for entry in entries:
        known += max(0, entry.end - max(entry.start, last))
        last = max(last, entry.end)
    return known


def _merge(ages: Sequence[Entry], entries: Iterator[Entry]) -> Iterator[Entry]:
    """Yield both in order; an entry within an age says nothing more ("15 tahun" is no span of years)."""
    waiting = list(reversed(ages))
    until = -1
    for entry in entries:
        while waiting and waiting[-1].start <= entry.start:
            until = waiting[-1].end
            yield waiting.pop()
        if entry.end > until:
            yield entry
    yield from reversed(waiting)


def find_ages_in(units: Sequence[str], year: int) -> tuple[list[Entry], Ideas]:
    """Return what is said of ages, in order, and what follows from all of it together."""
    text, places = _join(units)
    found: list[Entry] = []
    reckoned: Ideas = ()
    for start, end, ideas in name_ages(text, year):
        if start < 0:
            reckoned = tuple(ideas)
        else:
            found.append(Entry(places[start], places[end - 1] + 1, tuple(ideas)))
    return sorted(found, key=lambda one: one.start), reckoned


def _join(units: Sequence[str]) -> tuple[str, list[int]]:
    """Return units as one text, words apart and letters together, and the unit that each character belongs to."""
    parts: list[str] = []
    places: list[int] = []
    was_word = False
    for at, unit in enumerate(units):
        is_word = (unit.isascii() and unit.isalnum()) or len(unit) > 1
        if was_word and is_word:
            parts.append(" ")
            places.append(at)
        parts.append(unit)
        places += [at] * len(unit)
        was_word = is_word
    return "".join(parts), places
