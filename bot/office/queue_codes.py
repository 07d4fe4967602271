"""
What of the list is wanted, as codes in an address, and what somebody looked for, as such codes.

An address stays in the history of a browser and in logs on its way, so what is typed into the search is posted, and
only the codes that it led to go on. Nothing else of it is kept or repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import parse_qsl, urlencode

from bot.desk.contact_window import WINDOWS
from bot.desk.digests import NO_COUNTY, ODD_COUNTY, URGENCIES
from bot.desk.languages import LANGUAGES
from bot.desk.queue import ME, NOBODY, SORTS, TABS, Wanted
from bot.form.model import Form

_T = TypeVar("_T", bound=str)
PATH: Final = "/queue"
_ID: Final = re.compile(r"[0-9a-f][0-9a-f-]{3,35}")
_ACCOUNT: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
#: The letter before what a search led to.
_KINDS: Final = {"h": "handoff", "c": "county", "l": "language", "w": "holder"}
_LETTERS: Final = {kind: letter for letter, kind in _KINDS.items()}
_NOTHING: Final = "none"
#: More hits than any word gives: whatever is longer was not made here.
_MOST_HITS: Final = 40
_MAX_QUERY_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of one form's counties, and the reading and writing of addresses with them."""

    counties: tuple[str, ...]

    @classmethod
    def of(cls, form: Form) -> Codes:
        """Take the counties from the form."""
        return cls(tuple(county.name for county in form.counties))

    def read(self, params: Mapping[str, str]) -> Wanted:
        """Return what an address wants. What is no code of ours is left out."""
        found = self._read_found(params.get("find", ""))
        return Wanted(
            tab=_one_of(params.get("tab", ""), TABS, "new" if found is None else "all"),
            urgency=_one_of(params.get("urgency", ""), URGENCIES, ""),
            county=self.name_county(params.get("county", "")),
            language=_one_of(params.get("language", ""), LANGUAGES, ""),
            window=_one_of(params.get("window", ""), WINDOWS, ""),
            holder=_read_holder(params.get("holder", "")),
            sort=_one_of(params.get("sort", ""), SORTS, "urgency"),
            found=found,
        )

    def read_query(self, query: str) -> Wanted:
        """Return what the part of an address behind the question mark wants."""
        return self.read(dict(parse_qsl(query[:_MAX_QUERY_CHARS])))

    def write(self, wanted: Wanted, *, page: int = 1) -> str:
        """Return the address of a list."""
        told = {
            "tab": wanted.tab,
            "urgency": wanted.urgency,
            "county": self.code_county(wanted.county),
            "language": wanted.language,
            "window": wanted.window,
            "holder": wanted.holder,
            "sort": "" if wanted.sort == "urgency" else wanted.sort,
            "find": self._write_found(wanted.found),
            "page": str(page) if page > 1 else "",
        }
        return f"{PATH}?{urlencode({key: value for key, value in told.items() if value})}"

    def code_county(self, name: str) -> str:
        """Return the code of a county: its number in the form."""
        return str(self.counties.index(name) + 1) if name in self.counties else name

    def name_county(self, code: str) -> str:
        """Return the county that a code means; empty if none."""
        if code in {NO_COUNTY, ODD_COUNTY}:
            return code
        return dict(zip(map(str, range(1, len(self.counties) + 1)), self.counties, strict=True)).get(code, "")

    def _read_found(self, told: str) -> tuple[tuple[str, str], ...] | None:
        if not told:
            return None
        pairs = [(_KINDS.get(part[:1], ""), part[1:]) for part in told.split(".")[:_MOST_HITS]]
        named = ((kind, self.name_county(value) if kind == "county" else value) for kind, value in pairs)
        return tuple((kind, value) for kind, value in named if _is_sound(kind, value))

    def _write_found(self, found: tuple[tuple[str, str], ...] | None) -> str:
        if found is None:
            return ""
        parts = [
            _LETTERS[kind] + (self.code_county(value) if kind == "county" else value) for kind, value in found
        ]
        return ".".join(parts) or _NOTHING


def find_hits(
    words: str,
    *,
    ids: Iterable[str],
    counties: Iterable[str],
    languages: Mapping[str, Sequence[str]],
    colleagues: Mapping[str, str],
) -> tuple[tuple[str, str], ...]:
    """
    Return what somebody may have looked for, among what is in the clear, at most 40 hits.

    `languages`: what each is called, by code. `colleagues`: names by account. An id is found by its beginning, of four
    characters or more.
    """
    sought = _fold(words)
    if not sought:
        return ()
    begin = sought.lstrip("#")
    hits = [("handoff", begin)] if _ID.fullmatch(begin) and any(id_.startswith(begin) for id_ in ids) else []
    hits += [("county", name) for name in counties if sought in _fold(name)]
    hits += [("language", code) for code, names in languages.items() if sought in map(_fold, names)]
    hits += [("holder", account) for account, name in colleagues.items() if sought in _fold(name)]
    return tuple(hits[:_MOST_HITS])


def _fold(words: str) -> str:
    return "".join(words.split()).lower().replace("台", "臺")


def _is_sound(kind: str, value: str) -> bool:
    match kind:
        case "handoff":
            return bool(_ID.fullmatch(value))
        case "county":
            return bool(value)
        case "language":
            return value in LANGUAGES
        case "holder":
            return bool(_ACCOUNT.fullmatch(value))
    return False


def _read_holder(told: str) -> str:
    return told if told in {ME, NOBODY} or _ACCOUNT.fullmatch(told) else ""


def _one_of(told: str, known: Sequence[_T], otherwise: _T) -> _T:
    return next((one for one in known if one == told), otherwise)
