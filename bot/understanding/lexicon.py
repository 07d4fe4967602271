"""
What words and phrases of six languages are about: the longest entry at each place of a text.

The entries are written in `training/lexicon`; at run time there is only a table of them, packed into the artefact.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple
from zlib import crc32

from bot.core.stated import LANGUAGES, PLATFORMS
from bot.understanding.folding import MARKS, THAI, fold, is_stretched, split
from bot.understanding.index import Index
from bot.understanding.tongue import Tongue, teach_tongue

#: What a phrase is about in each language that has it, in the order of LANGUAGES.
Meaning = tuple[tuple[str, ...], ...]

#: Entries that are looked for by themselves: names of platforms, and words of crisis and danger.
Kind = Literal["platforms", "alarms"]
_KINDS: Mapping[Kind, frozenset[str]] = {
    "platforms": frozenset(PLATFORMS),
    "alarms": frozenset({"DIE", "SELF_HARM", "WEAPON", "HITS", "AT_MY_PLACE", "LOCKED", "WILL_KILL"}),
}
_STAR = "*"
_SHORTEST_STEM = 2
_FEW = 3
_NOTHING: Meaning = ((),) * len(LANGUAGES)
#: The languages whose entries count in a text, best first: its own, English words in between, then whatever else is known.
_HEARD = {own: tuple(map(LANGUAGES.index, dict.fromkeys((own, "en", *LANGUAGES)))) for own in LANGUAGES}
#: Thai signs that belong to the letter before them, and vowels that are written before their letter.
_THAI_SIGNS = frozenset("ะัาํิีึืฺุู็่้๊๋์ๅ")
#: One Thai letter stands in every other word.
_THAI_LETTER = re.compile(f"[{THAI}]")
_THAI_FIRST = frozenset("เแโใไ")


class Entry(NamedTuple):
    """What stands from unit `start` up to `end` of a text, and the ideas that it names."""

    start: int
    end: int
    ideas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """
    The entries of all languages as a trie: `nodes` has every beginning of every entry, by its units each followed by a space.

    The number of a node is twice that of its meaning (0: none), plus one if an entry goes on there with the beginning of a
    word (`threaten*`). `stems`: the entries that are no more than the beginning of one word. `starts`: how entries of a kind begin:
    their second units by their first, "" where one unit is enough.
    """

    nodes: Index
    meanings: tuple[Meaning, ...]
    tongue: Tongue
    stems: frozenset[str]
    starts: Mapping[Kind, Mapping[str, frozenset[str]]]

    def tell_language(self, units: Sequence[str]) -> str:
        """Return the language that carries a text, "" if that cannot be said."""
        return self.tongue.tell(units)

    def find(self, units: Sequence[str], language: str) -> Iterator[Entry]:
        """Yield the longest entries from left to right; none overlaps another."""
        search = _Search(self, units, language)
        at = 0
        while at < len(units):
            entry = search.find_longest(at)
            if entry:
                yield entry
                at = entry.end
            else:
                at += 1

    def find_kind(self, kind: Kind, units: Sequence[str], language: str) -> Iterator[Entry]:
        """
        Yield the longest entry of a kind at each place, also within longer ones ("FB好友" are friends, and on Facebook).

        Faster than `find`, because it looks only where such entries may begin.
        """
        starts = self.starts[kind]
        search = None
        for at, (unit, following) in enumerate(pairwise((*units, ""))):
            seconds = starts.get(unit)
            if seconds is not None and ("" in seconds or following in seconds):
                search = search or _Search(self, units, language)
                if entry := search.find_longest(at, among=_KINDS[kind]):
                    yield entry


class _Search:
    """One text in which entries are looked for."""

    def __init__(self, lexicon: Lexicon, units: Sequence[str], language: str) -> None:
        self._nodes, self._meanings, self._tongue = lexicon.nodes, lexicon.meanings, lexicon.tongue
        self._stems = lexicon.stems
        self._units = units
        self._coded = [f"{unit} ".encode() for unit in units]
        self._inside = _find_inside(units)
        self._own, *self._others = _HEARD[language or "en"]
        # So little says hardly which language it is.
        self._is_short = len(units) <= _FEW

    def find_longest(self, start: int, *, among: frozenset[str] = frozenset()) -> Entry | None:
        """Return the longest entry that begins there, of all that name one of these ideas if any are given."""
        for end, number in reversed(self._walk(start)):
            ideas = self._choose(number, start, end)
            if ideas and (not among or among.intersection(ideas)):
                return Entry(start, end, ideas)
        return None

    def _walk(self, start: int) -> list[tuple[int, int]]:
        """Return where the entries end that begin there, and their meanings; shortest first."""
        found: list[tuple[int, int]] = []
        if self._inside[start]:
            return found
        if stem := self._find_first_stem(start):
            found.append((start + 1, stem))
        coded, inside, keys, values = self._coded, self._inside, self._nodes.keys, self._nodes.values
        key = node = 0
        for at in range(start, len(coded)):
            if node & 1 and (stem := self._find_stem(start, at)):
                found.append((at + 1, stem))
            key = crc32(coded[at], key)
            # As `Index.find_key`, written out: this is done some times for each letter.
            place = key % len(keys)
            while (node := values[place]) and keys[place] != key:
                place = (place + 1) % len(keys)
            if not node:
                break
            node -= 1
            if node > 1 and not inside[at + 1] and self._nodes.find(b"".join(coded[start : at + 1])) == node:
                found.append((at + 1, node >> 1))
        return found

    def _find_first_stem(self, start: int) -> int:
        word = self._units[start]
        sizes = (size for size in range(len(word), _SHORTEST_STEM - 1, -1) if word[:size] in self._stems)
        size = next(sizes, 0)
        return self._nodes.find(f"{word[:size]}*".encode()) >> 1 if size else 0

    def _find_stem(self, start: int, at: int) -> int:
        """Return the meaning of the longest entry that ends with the beginning of the word there, or 0."""
        word = self._units[at]
        if len(word) < _SHORTEST_STEM:
            return 0
        key = crc32(b"".join(self._coded[start:at]))
        for size in range(len(word), _SHORTEST_STEM - 1, -1):
            stem = f"{word[:size]}*".encode()
            node = self._nodes.find_key(crc32(stem, key))
            if node > 1 and self._nodes.find(b"".join(self._coded[start:at]) + stem) == node:
                return node >> 1
        return 0

    def _choose(self, number: int, start: int, end: int) -> tuple[str, ...]:
        """
        Return the ideas in the first language that has them.

        A single word of another language counts only if it is more typical of that one: "ai" is "who" in Vietnamese, not AI.
        """
        meaning, own = self._meanings[number], self._own
        if meaning[own]:
            return meaning[own]
        is_phrase = end - start > 1 or self._is_short
        for other in self._others:
            if meaning[other] and (is_phrase or self._tongue.is_foreign(self._units[start], own, other)):
                return meaning[other]
        return ()


def _find_inside(units: Sequence[str]) -> list[bool]:
    """Say before which units no entry may begin or end: within a Thai syllable, between a letter and its signs."""
    return [
        "\u0e00" <= unit <= "\u0e7f" and (unit in _THAI_SIGNS or last in _THAI_FIRST)
        for last, unit in zip(("", *units), (*units, ""), strict=True)
    ]


def load_lexicon(folder: Path) -> Lexicon:
    """Read `<language>.toml` for each language in a folder: for training only."""
    entries: dict[str, list[tuple[str, str]]] = {}
    for language in LANGUAGES:
        read = tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))
        entries[language] = [(idea, entry) for idea in sorted(read) for entry in read[idea]]
    return make_lexicon(entries)


def make_lexicon(entries: Mapping[str, Iterable[tuple[str, str]]]) -> Lexicon:
    """Build it from (idea, entry) by language."""
    found: dict[str, list[dict[str, None]]] = {}
    words: dict[str, list[list[str]]] = {}
    stars: set[str] = set()
    starts: dict[Kind, dict[str, set[str]]] = {kind: {} for kind in _KINDS}
    for place, language in enumerate(LANGUAGES):
        for idea, entry in entries.get(language, ()):
            units = split(fold(entry.removesuffix(_STAR)))
            if MARKS.issuperset(units) or is_stretched(entry) or _THAI_LETTER.fullmatch("".join(units)):
                continue
            second = units[1] if units[1:] and not entry.endswith(_STAR) else ""
            for kind, ideas in _KINDS.items():
                if idea in ideas:
                    starts[kind].setdefault(units[0], set()).add(second)
            name = "".join(f"{unit} " for unit in units)
            if entry.endswith(_STAR):
                name = f"{name[:-1]}*"
                stars.add("".join(f"{unit} " for unit in units[:-1]))
            else:
                words.setdefault(language, []).append(units)
            found.setdefault(name, [{} for _ in LANGUAGES])[place][idea] = None
    frozen = {
        kind: {first: frozenset(seconds) for first, seconds in pairs.items()}
        for kind, pairs in starts.items()
    }
    return _pack(found, stars, teach_tongue(words), frozen)


def _pack(
    found: Mapping[str, list[dict[str, None]]],
    stars: set[str],
    tongue: Tongue,
    starts: Mapping[Kind, Mapping[str, frozenset[str]]],
) -> Lexicon:
    numbers: dict[Meaning, int] = {_NOTHING: 0}
    nodes: dict[str, int] = {}
    for name in sorted(found):
        meaning = tuple(tuple(ideas) for ideas in found[name])
        nodes[name] = 2 * numbers.setdefault(meaning, len(numbers))
        for beginning in _beginnings(name):
            nodes.setdefault(beginning, 0)
    for name in stars - {""}:
        nodes[name] = nodes.get(name, 0) | 1
    stems = frozenset(name[:-1] for name in found if name.endswith(_STAR) and " " not in name)
    return Lexicon(Index.of(nodes.items()), tuple(numbers), tongue, stems, starts)


def _beginnings(name: str) -> Iterator[str]:
    at = name.find(" ")
    while 0 <= at < len(name) - 1:
        yield name[: at + 1]
        at = name.find(" ", at + 1)
