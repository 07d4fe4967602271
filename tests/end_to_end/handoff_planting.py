"""
Canaries: random values in every field of the form, and a search that finds them however they would be stored.

Words are Chinese characters that stand together in no text; any six of them in a row are a find. Numbers are found whole.
"""

from __future__ import annotations

import random
import re
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from urllib.parse import unquote

from bot.core.fields import Taken
from bot.form.reading import FormReader

_FEWEST = 6
_HAN = re.compile(r"[\u4e00-\u9fa5]{6,}")
_CODE = re.compile(r"[0-9A-Za-z#-]{9,}")
_ESCAPED = re.compile(r"(?:\\+u[0-9a-fA-F]{4}){6,}")
_BYTES = re.compile(r"(?:\\+x[0-9a-fA-F]{2}){9,}")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2}){9,}")

#: Fields whose canary is a text, with how many characters it has.
_TEXTS = {
    "name": 8, "address": 16, "contact_time": 12, "contact_way": 12, "safe_name": 8, "safe_relation": 8,
    "disability_kind": 8, "may_say": 12, "if_other_words": 12, "speak": 8, "needs_other": 12, "types_other": 12,
}  # fmt: skip
_PHONES = {
    "phone_home": "02", "phone_work": "04", "phone_mobile": "09",
    "safe_phone_home": "02", "safe_phone_work": "04", "safe_phone_mobile": "09",
}  # fmt: skip
#: So many stand in the story, so that a handoff holds forty.
_IN_STORY = 20
PER_HANDOFF = len(_TEXTS) + len(_PHONES) + 2 + _IN_STORY
#: What must be ticked for the words beside it.
_TICKED = {"disability": "yes", "if_other": "other", "needs": "other", "types": "t8"}


@dataclass
class Canaries:
    """Every value that was planted."""

    chance: random.Random
    reader: FormReader
    today: date
    planted: list[str] = field(default_factory=list)
    _pieces: set[str] = field(default_factory=set)
    _codes: set[str] = field(default_factory=set)

    def make_draft(self) -> dict[str, str]:
        """Fill in every field that takes words, so that it can be sent."""
        draft = {key: self.make_words(count) for key, count in _TEXTS.items()}
        draft |= {key: self._make_phone(key, area) for key, area in _PHONES.items()}
        draft["id_number"] = self._plant_code(f"{self._letters(2)}{self.chance.randrange(10**7):07}")
        born = date(1940, 1, 1) + timedelta(days=self.chance.randrange(20_000))
        draft["birth"] = self._plant_code(born.isoformat())
        draft["story"] = "，".join(self.make_words(10) for _ in range(_IN_STORY))
        return {**draft, **_TICKED}

    def make_words(self, count: int = 12) -> str:
        """Make a text that is nowhere else."""
        text = "".join(chr(self.chance.randrange(0x4E00, 0x9FA6)) for _ in range(count))
        self.planted.append(text)
        self._pieces |= set(_cut(text, _FEWEST))
        return text

    def find_in(self, raw: bytes) -> set[str]:
        """Return what of them is in there: as UTF-8 or UTF-16, as JSON, in an address, or as Python shows bytes."""
        return {found for text in _read(raw) for found in self._find(text)}

    def find_in_text(self, text: str) -> set[str]:
        return self.find_in(text.encode("utf-8", "surrogatepass"))

    def _find(self, text: str) -> Iterator[str]:
        for run in _HAN.findall(text):
            yield from (piece for piece in _cut(run, _FEWEST) if piece in self._pieces)
        lengths = {len(code) for code in self._codes}
        for run in _CODE.findall(text):
            yield from (code for length in lengths for code in _cut(run, length) if code in self._codes)

    def _make_phone(self, key: str, area: str) -> str:
        while True:
            read = self.reader.read(key, f"{area}{self.chance.randrange(10**8):08}", {}, today=self.today)
            if isinstance(read, Taken) and list(read.values) == [key]:
                return self._plant_code(read.values[key])

    def _letters(self, count: int) -> str:
        return "".join(self.chance.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(count))

    def _plant_code(self, code: str) -> str:
        self.planted.append(code)
        self._codes.add(code)
        return code


def _cut(text: str, length: int) -> Iterator[str]:
    return (text[start : start + length] for start in range(len(text) - length + 1))


def _read(raw: bytes) -> Iterator[str]:
    """Read bytes in every way in which they could hold a text."""
    plain = raw.decode("utf-8", "replace")
    yield plain
    for encoding in ("utf-16-le", "utf-16-be"):
        yield raw.decode(encoding, "replace")
        yield raw[1:].decode(encoding, "replace")
    yield from (
        re.sub(r"\\+u", r"\\u", one).encode().decode("unicode_escape") for one in _ESCAPED.findall(plain)
    )
    yield from (
        bytes.fromhex(re.sub(r"\\+x", "", one)).decode("utf-8", "replace") for one in _BYTES.findall(plain)
    )
    yield from (unquote(one) for one in _PERCENT.findall(plain))


# ─── Where things go wrong ────────────────────────────────────────────────────


@dataclass
class Mishaps:
    """What shall go wrong next, once each; and what came out of it, as an operator would see it."""

    armed: set[str] = field(default_factory=set)
    happened: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def strikes(self, what: str) -> bool:
        """Whether it goes wrong now."""
        if what not in self.armed:
            return False
        self.armed.remove(what)
        self.happened.append(what)
        return True

    def note(self, fault: BaseException) -> None:
        """Keep what an exception says, with all that it shows of what led to it."""
        self.told.append("".join(traceback.format_exception(fault)) + repr(fault))


def list_values(draft: Mapping[str, str]) -> list[str]:
    """Return the canaries of a draft, one by one."""
    words = (value.split("，") for key, value in draft.items() if key not in _TICKED)
    return list(chain.from_iterable(words))
