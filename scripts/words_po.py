"""
Put translations into a catalogue without touching another byte of it.

A gettext library would write the whole file anew, in its own order and breaks: nobody could see what changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from babel.messages.pofile import denormalize, normalize

from bot.core.sentences import Sentence

_MSGCTXT, _MSGID, _MSGSTR = "msgctxt ", "msgid ", "msgstr "


@dataclass(frozen=True, slots=True)
class Entry:
    """One sentence of a catalogue; its translation stands in the lines from `start` to before `end`."""

    sentence: Sentence
    translation: str
    start: int
    end: int


def read_translations(text: str) -> dict[Sentence, str]:
    """Return the translation of every sentence of a catalogue, in its order; the header is none."""
    return {one.sentence: one.translation for one in _list_entries(text.split("\n"))}


def put_translations(text: str, said: Mapping[Sentence, str]) -> str:
    """Return the catalogue with these translations. KeyError: it has no such sentence."""
    lines = text.split("\n")
    entries = {one.sentence: one for one in _list_entries(lines)}
    for sentence in sorted(said, key=lambda one: -entries[one].start):
        entry = entries[sentence]
        if entry.translation != said[sentence]:
            lines[entry.start : entry.end] = f"{_MSGSTR}{normalize(said[sentence], width=0)}".split("\n")
    return "\n".join(lines)


def _list_entries(lines: list[str]) -> Iterator[Entry]:
    found: dict[str, tuple[int, int]] = {}
    for number, line in enumerate([*lines, ""]):
        keyword = next((one for one in (_MSGCTXT, _MSGID, _MSGSTR) if line.startswith(one)), None)
        if keyword:
            found[keyword] = number, _find_end(lines, number)
        if not line.strip() and found:
            if len(found) == len((_MSGCTXT, _MSGID, _MSGSTR)):
                yield _make_entry(lines, found)
            found = {}


def _find_end(lines: list[str], start: int) -> int:
    """A text goes on in the lines that begin with a quotation mark."""
    follow = (number for number in range(start + 1, len(lines)) if not lines[number].startswith('"'))
    return next(follow, len(lines))


def _make_entry(lines: list[str], found: Mapping[str, tuple[int, int]]) -> Entry:
    context, source, said = (
        denormalize("\n".join(lines[start:end]).removeprefix(keyword))
        for keyword in (_MSGCTXT, _MSGID, _MSGSTR)
        for start, end in (found[keyword],)
    )
    return Entry((context, source), said, *found[_MSGSTR])
