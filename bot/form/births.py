"""
A day of birth or an age, as people write them in Taiwan and elsewhere.

What is read is kept as a day (`1990-05-20`) or as whole years (`34`). What two people could read in two ways is refused:
a wrong year makes a grown-up a child. Decided so:

- A bare number of at most three digits is an age, with 歲 or without. A year alone is neither a day nor an age.
- A year of at most three digits is the Republic's (79 is 1990), as every form in Taiwan asks for it; one of four is western.
- Six or seven digits in a row begin with a year of the Republic, eight with a western one.
- With the year at the end (5/20/1990) the other two may be in either order, so they are read only if one order is a day.
"""

from __future__ import annotations

import re
from datetime import date

from bot.core.deadline import MONTH_NAMES
from bot.core.fields import Refused
from bot.form.words import narrow, tidy

#: Nobody in Taiwan is known to be older; a year beyond it is a slip.
OLDEST = 110
#: From this birthday on somebody decides alone. Source: 民法 12, in force since 2023-01-01.
GROWN_UP = 18

_MAX_CHARS = 60
_ROC_YEAR_0 = 1911
_SIMPLIFIED = str.maketrans("岁号国华满", "歲號國華滿")
_NUMERALS = re.compile(r"[〇零一二三四五六七八九十廿卅百]+(?=(年?))")
_DIGITS = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | {"零": "0"}
_PIECES = re.compile(r"[0-9]+|[^0-9]+")
_BEFORE = ("我是", "我", "今年", "現在", "大約", "約", "已經", "滿", "出生日期", "出生", "生日", "是", ":")
_AFTER = ("出生的", "出生", "生的", "生", "了", "。", ".")
_ERAS = {"中華民國": "roc", "民國": "roc", "roc": "roc", "西元": "ce", "公元": "ce"}
_AGE_UNITS = {"", "歲", "years old", "year old", "years", "yrs", "yo", "y", "tuổi", "tahun", "ปี"}
_DAY_SHAPES = {(a, a) for a in ("/", "-", ".", " ", "、", ",")}
_DAY_ENDS = {"", "日", "號"}
_SHORTEST_MONTH = 3
_AROUND_NAMES = " ,.-/"


def read_birth(text: str, *, today: date) -> str | Refused:
    """Return the day (ISO 8601) or the age, or why it is neither. `today` is a day in Taipei."""
    era, plain = _strip(_simplify(text))
    pieces = _PIECES.findall(plain)
    numbers = [piece for piece in pieces if piece[0] in "0123456789"]
    if not numbers or len(plain) > _MAX_CHARS:
        return Refused("birth_unclear")
    if any(name for piece in pieces if (name := piece.strip(_AROUND_NAMES)).isalpha() and _find_month(name)):
        return _read_english([piece.strip(_AROUND_NAMES) for piece in pieces], today)
    if len(numbers) == 1 and pieces[0] == numbers[0]:
        return _read_single(numbers[0], "".join(pieces[1:]).strip(), era=era, today=today)
    return _read_parts(pieces, era=era, today=today)


def count_years(born: date, today: date) -> int:
    """Return the whole years between; whoever was born on 29 February is a year older on 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def read_years(value: str, today: date) -> int:
    """Return how old somebody is, from a value that was read before; below zero for anything else."""
    try:
        return count_years(date.fromisoformat(value), today) if "-" in value else int(value)
    except ValueError:
        return -1


def _simplify(text: str) -> str:
    if len(text) > _MAX_CHARS:
        return ""
    return _NUMERALS.sub(_write_number, narrow(tidy(text)).casefold().translate(_SIMPLIFIED))


def _write_number(match: re.Match[str]) -> str:
    """Write a Chinese number in digits. 三四 is no number; 七九 is one before 年 and with four digits."""
    run = match[0].replace("廿", "二十").replace("卅", "三十")
    if not {"十", "百"} & set(run):
        return "".join(_DIGITS[char] for char in run) if len(run) in {1, 4} or match[1] else match[0]
    hundreds, hundred, rest = run.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    parts = ((100, hundreds, hundred), (10, tens.lstrip("零"), ten), (1, ones.lstrip("零"), ""))
    if any(part and part not in _DIGITS for _, part, _ in parts):
        return match[0]
    return str(sum(size * (int(_DIGITS[part]) if part else bool(unit)) for size, part, unit in parts))


def _strip(text: str) -> tuple[str, str]:
    """Take away what people put around a day; returns the calendar that they named, if any."""
    era, changed = "", True
    while changed:
        text, before = text.strip(), text
        for word in _BEFORE:
            text = text.removeprefix(word)
        for word in _AFTER:
            text = text.removesuffix(word)
        for word, named in _ERAS.items():
            if not era and text.startswith(word):
                era, text = named, text.removeprefix(word)
        changed = text != before
    return era, text


def _read_single(number: str, unit: str, *, era: str, today: date) -> str | Refused:
    if len(number) <= len("110") and unit in _AGE_UNITS and not era:
        return str(int(number)) if 0 < int(number) <= OLDEST else Refused("birth_impossible")
    if unit in _DAY_ENDS and len(number) in {6, 7} and era != "ce":
        return _make(int(number[:-4]) + _ROC_YEAR_0, number[-4:-2], number[-2:], today=today)
    if unit in _DAY_ENDS and len(number) == len("19900520") and era != "roc":
        return _make(int(number[:4]), number[4:6], number[6:], today=today)
    return Refused("birth_unclear")


def _read_parts(pieces: list[str], *, era: str, today: date) -> str | Refused:
    """Three numbers with the same sign between them, or with 年 and 月."""
    if len(pieces) == 5:  # noqa: PLR2004 - three numbers, two signs between them
        pieces = [*pieces, ""]
    if len(pieces) != 6:  # noqa: PLR2004 - and what stands behind the last
        return Refused("birth_unclear")
    first, one, second, two, third, end = (piece.strip() or " " * (piece != "") for piece in pieces)
    if (one, two) not in _DAY_SHAPES | {("年", "月")} or end not in _DAY_ENDS:
        return Refused("birth_unclear")
    if len(third) == len("1990") and len(first) <= len("20") and not era:
        return _read_year_last(first, second, int(third), today=today)
    if max(len(second), len(third)) > len("20") or (len(first) < len("1990") and era == "ce"):
        return Refused("birth_unclear")
    if len(first) > len("1990") or (len(first) == len("1990") and era == "roc"):
        return Refused("birth_unclear")
    year = int(first) + (0 if len(first) == len("1990") else _ROC_YEAR_0)
    return _make(year, second, third, today=today)


def _read_year_last(first: str, second: str, year: int, *, today: date) -> str | Refused:
    if len(second) > len("20"):
        return Refused("birth_unclear")
    made = {_make(year, *order, today=today) for order in ((first, second), (second, first))}
    days = {one for one in made if isinstance(one, str)}
    return days.pop() if len(days) == 1 else Refused("birth_order") if days else made.pop()


def _read_english(pieces: list[str], today: date) -> str | Refused:
    """20 May 1990, May 20, 1990, 1990 May 20."""
    match [_find_month(piece) or piece for piece in pieces if piece]:
        case [str(day), int(month), str(year)] if len(year) == len("1990"):
            return _make(int(year), str(month), day, today=today)
        case [str(year), int(month), str(day)] if len(year) == len("1990"):
            return _make(int(year), str(month), day, today=today)
        case [int(month), str(day), str(year)] if len(year) == len("1990"):
            return _make(int(year), str(month), day, today=today)
        case _:
            return Refused("birth_unclear")


def _find_month(word: str) -> int:
    """Return the number of an English month; 0: it is none."""
    if len(word) < _SHORTEST_MONTH:
        return 0
    return next((number for number, name in enumerate(MONTH_NAMES, 1) if name.startswith(word)), 0)


def _make(year: int, month: str, day: str, *, today: date) -> str | Refused:
    try:
        born = date(year, int(month), int(day))
    except (ValueError, OverflowError):
        return Refused("birth_impossible")
    if born > today:
        return Refused("birth_future")
    return born.isoformat() if count_years(born, today) <= OLDEST else Refused("birth_impossible")
