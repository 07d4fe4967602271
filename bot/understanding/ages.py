"""
How old somebody is said to be, now or then: from ages, birth years in three calendars, and years ago.

Spans of time ("3 years ago", "5 ปีก่อน"), money, hours and numbers of things are no ages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.understanding import age_words as words
from bot.understanding.folding import fold
from bot.understanding.numerals import Number, find_numbers

#: When the sentences were written that understanding was taught with: the year their birth years are counted from.
WRITTEN_IN = 2026

_OF_AGE = 18
_OLDEST = 99
#: A bare number below this is a number of things, or of an answer, sooner than an age.
_YOUNGEST_BARE = 8
_TEN = 10
_ROC, _BUDDHIST = 1911, 543
#: How far around a number its meaning is looked for.
_NEAR = 40

When = Literal["", "now", "then"]


@dataclass(frozen=True, slots=True)
class Age:
    """What stands from `start` up to `end` of a text says an age of somebody; `when` if it says of when."""

    start: int
    end: int
    years: int
    when: When


@dataclass(frozen=True, slots=True)
class Bare:
    """What stands there is a number that could be an age: what stands around it must tell."""

    start: int
    end: int
    years: int


@dataclass(frozen=True, slots=True)
class Ago:
    """What stands there says that something was so many years ago."""

    start: int
    end: int
    years: int


def _words(names: str) -> str:
    """Make a pattern of words as they are when folded; those of Latin letters whole."""
    folded = sorted({fold(name.replace("_", " ")) for name in names.split()}, key=len, reverse=True)
    latin = [re.escape(name) for name in folded if name[0] < "\u0e00"]
    others = [re.escape(name) for name in folded if name[0] >= "\u0e00"]
    parts = ([rf"(?<![^\W_])(?:{'|'.join(latin)})(?![^\W_]|[\u0300-\u0323])"] if latin else []) + others
    return f"(?:{'|'.join(parts)})"


_YEARS, _AGO, _NOW = _words(words.YEARS), re.compile(_words(words.AGO)), _words(words.NOW)
_BORN_THAI = re.compile(f"{fold('เกิด')}(?:{fold('ปี')})?[ ,]?$")
_BIRTH_YEAR_BEFORE = re.compile(rf"{_words(words.BORN)}[^0-9]{{0,12}}$")
_BIRTH_YEAR_AFTER = re.compile(rf" ?(?:年生|年出生|年次|born|{fold('เกิด')}| ang (?:taon ng )?kapanganakan)")
_ROC_BEFORE = re.compile(r"(?:民國|民国) ?$")
_ROC_AFTER = re.compile(" ?(?:年次|年生|年出生)")
#: As Vietnamese write years of birth from 2000 on: 2k8.
_2K = re.compile(r"(?<![0-9a-z])2 ?k ?(\d{1,2})(?!\d)")
_UNIT_AFTER = re.compile(rf"(?:[,. ]*{_words(words.MORE)})? ?{_words(words.UNITS)}")
_YEARS_AFTER = re.compile(rf" ?{_YEARS}")
_LASTING_AFTER = re.compile(_words(words.LASTING))
_LASTING_BEFORE = re.compile(rf"{_words(words.LASTING_BEFORE)} ?$")
_OTHER_AFTER = re.compile(rf" ?(?:[多幾几]?{_words(words.OTHER_UNITS)}|[%$+€£¥฿₱])|,\d")
_OTHER_BEFORE = re.compile(rf"(?:[$€£¥฿₱+#]|\d,|{_words(words.NO_AGE_BEFORE)}) ?$")
_PERSON_BEFORE = re.compile(rf"{_words(words.PERSONS)}[ ,]?$")
_PERSON_AFTER = re.compile(
    rf" ?(?:(?:na|po|pa|lang|palang|n|p|lng|plang) ){{0,3}}{_words(words.PERSONS_AFTER)}"
)
_SHE_IS_BEFORE = re.compile(f"{_words(words.SHE_IS)} ?$")
_ALONE_BEFORE = re.compile(r"(?:^|[.,?]) ?$")
_ALONE_AFTER = re.compile(rf" ?(?:{_words(words.POLITE)} ?)?(?:$|[.,?])")
_NOW_WORD = re.compile(_NOW)
#: Not "16 now 22": there the second is of now.
_NOW_AFTER = re.compile(rf" ?(?:[^ .?,]+ ){{0,2}}{_NOW}(?! ?\d)")
#: The Thai word for "when" is in that for "now", too.
_THEN_WORD = re.compile(rf"{_words(words.THEN)}|{fold('ตอน')}(?!{fold('นี้')})")
_THEN_AFTER = re.compile(rf" ?{_words(words.THEN_AFTER)}")
_AGO_BEFORE = re.compile(rf"{_YEARS} ?{_words(words.AGO)}")
_UNDER_BEFORE = re.compile(rf"{_words(words.UNDER)}[ ,]?$")
_UNDER_AFTER = re.compile(rf"[ ,]?{_words(words.SOON)}")
_DENIED_BEFORE = re.compile(rf"{_words(words.DENIED)} ?$")
_NOT_OVER_BEFORE = re.compile(rf"{_words(words.DENIED + words.NOT_PASSED)} ?{_words(words.OVER)}[ ,]?$")
_UP_AFTER = re.compile(rf"[ ,]?(?:{_words(words.UNITS)})?[ ,]?{_words(words.UP)}")
_LEFT_BEFORE = re.compile(rf"{_words(words.LEFT)}.{{0,12}}{_words(words.SPANS)}")


def find_ages(text: str, year: int = WRITTEN_IN) -> Iterator[Age | Bare | Ago]:
    """Yield what folded and joined text says of ages; birth years are counted up to `year`."""
    for number in find_numbers(text):
        before = text[max(0, number.start - _NEAR) : number.start]
        after = text[number.end : number.end + _NEAR]
        if found := _read(number, before, after, year):
            yield found
    for short in _2K.finditer(text):
        yield Age(*short.span(), year - 2000 - int(short[1]), "now")


def _read(number: Number, before: str, after: str, year: int) -> Age | Bare | Ago | None:
    if (birth := _read_birth(number, before, after, year)) is not None:
        return Age(number.start, number.end, year - birth, "now")
    if number.value > _OLDEST or _OTHER_BEFORE.search(before):
        return None
    if unit := _UNIT_AFTER.match(after):
        return Age(
            number.start, number.end + unit.end(), number.value, _tell_when(before, after[unit.end() :])
        )
    if years := _YEARS_AFTER.match(after):
        return _read_years(number, before, after, years.end())
    if _OTHER_AFTER.match(after):
        return None
    return _read_bare(number, before, after)


def _read_bare(number: Number, before: str, after: str) -> Age | Bare | None:
    """Read a number that stands by itself, without saying of what."""
    if number.value < _YOUNGEST_BARE:
        small = number.written and _SHE_IS_BEFORE.search(before) and _ALONE_AFTER.match(after)
        return Age(number.start, number.end, number.value, "") if small else None
    alone = _ALONE_BEFORE.search(before) and _ALONE_AFTER.match(after)
    sure = number.value >= _TEN or not number.written
    if alone or (sure and (_PERSON_BEFORE.search(before) or _PERSON_AFTER.match(after))):
        return Age(number.start, number.end, number.value, _tell_when(before, after))
    return None if number.written else Bare(number.start, number.end, number.value)


def _read_years(number: Number, before: str, after: str, end: int) -> Age | Ago | None:
    rest = after[end:].lstrip(" ")
    if _AGO.match(rest):
        return Ago(number.start, number.end + end, number.value)
    if number.value < _YOUNGEST_BARE or _LASTING_AFTER.match(rest) or _LASTING_BEFORE.search(before):
        return None
    if after.strip().startswith("年"):
        return None
    return Age(number.start, number.end + end, number.value, _tell_when(before, rest))


def _read_birth(number: Number, before: str, after: str, year: int) -> int | None:
    """Return the year of birth in the common calendar."""
    value = number.value
    told = _BIRTH_YEAR_BEFORE.search(before) or _BIRTH_YEAR_AFTER.match(after)
    if told and year - _OLDEST < value <= year:
        return value
    if told and year - _OLDEST < value - _BUDDHIST <= year:
        return value - _BUDDHIST
    if value <= _OLDEST and _BORN_THAI.search(before) and not number.written:
        return 2500 + value - _BUDDHIST
    roc = _ROC_BEFORE.search(before) or _ROC_AFTER.match(after)
    if roc and 0 < value <= year - _ROC:
        return value + _ROC
    return None


def _tell_when(before: str, after: str) -> When:
    clause = re.split(r"[.?]", before)[-1]
    if _THEN_AFTER.match(after) or _AGO_BEFORE.search(clause):
        return "then"
    if _NOW_AFTER.match(after):
        return "now"
    then = max((found.end() for found in _THEN_WORD.finditer(clause)), default=-1)
    now = max((found.end() for found in _NOW_WORD.finditer(clause)), default=-1)
    if then > now:
        return "then"
    return "now" if now >= 0 else ""


def _is_under(text: str, found: Age | Bare) -> bool:
    """Whether eighteen is named as what is not reached yet."""
    before = text[max(0, found.start - _NEAR) : found.start]
    after = text[found.end : found.end + _NEAR]
    if found.years != _OF_AGE:
        return False
    if under := _UNDER_BEFORE.search(before):
        return not _DENIED_BEFORE.search(before[: under.start()])
    left = _LEFT_BEFORE.search(re.split("[.?]", before)[-1])
    is_not_up = _UP_AFTER.match(after) and _DENIED_BEFORE.search(before)
    return bool(_UNDER_AFTER.match(after) or left or _NOT_OVER_BEFORE.search(before) or is_not_up)


def name_ages(text: str, year: int = WRITTEN_IN) -> Iterator[tuple[int, int, Sequence[str]]]:
    """Yield (start, end, ideas) of what is said of ages, then of the whole text as (-1, -1, ideas)."""
    now: list[int] = []
    then: list[int] = []
    ago: list[int] = []
    for found in find_ages(text, year):
        if isinstance(found, Ago):
            ago.append(found.years)
            yield found.start, found.end, ("YEARS_AGO",)
            continue
        years = found.years - _is_under(text, found)
        band = "MINOR" if years < _OF_AGE else "ADULT"
        if isinstance(found, Bare):
            yield found.start, found.end, (f"NUMBER_{band}",)
            continue
        (then if found.when == "then" else now).append(years)
        more = (f"AGE_{found.when.upper()}_{band}",) if found.when else ()
        yield found.start, found.end, (f"AGE_{band}", *more)
    yield -1, -1, tuple(_reckon(now, then, ago))


def _reckon(now: Sequence[int], then: Sequence[int], ago: Sequence[int]) -> Iterator[str]:
    """Say what follows from an age and a number of years ago."""
    for years in ago:
        if now and not then:
            yield "RECKONED_THEN_MINOR" if min(now) - years < _OF_AGE else "RECKONED_THEN_ADULT"
        if then and not now:
            yield "RECKONED_NOW_MINOR" if max(then) + years < _OF_AGE else "RECKONED_NOW_ADULT"
