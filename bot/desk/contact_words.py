"""
The words in which people write when they may be called: days, parts of the day, hours.

Text becomes tokens here, or nothing at all: one word that is not in the lists and the whole text is left to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal[
    "days", "any", "always", "part", "time", "range", "after", "before", "no", "yes", "next", "join", "filler"
]
#: What makes a word mean another thing than the same word alone: generic days follow the office calendar.
Part = Literal["morning", "noon", "afternoon", "dusk", "evening", "daytime", "am", "pm", ""]

#: Above this a field of the form ends; anything longer is nothing that we wrote.
_MAX_CHARS = 200
#: Half-width for full-width, one sign for each of its looks, one word for each of its spellings.
_FOLDED: Final = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, "~～〜–—−－"), "-"),
    **dict.fromkeys(map(ord, "，。；.;"), ","),
    **dict.fromkeys(map(ord, "／/|"), "、"),
    ord("点"): "點",
    ord("后"): "後",
    ord("时"): "時",
    ord("间"): "間",
    ord("周"): "週",
}
_SPELLINGS: Final = (("星期", "週"), ("禮拜", "週"), ("礼拜", "週"), ("拜", "週"), ("週週", "週"))
_DIGITS: Final = {
    "一": 1, "二": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
    "十一": 11, "十二": 12,
}  # fmt: skip
_DAY_NAMES: Final = {
    **{name: day for day, name in enumerate("一二三四五六日")},
    **{str(day + 1): day for day in range(7)},
    "天": 6,
    **{name: day for day, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))},
}
WORKDAYS: Final = frozenset(range(5))
WEEKEND: Final = frozenset({5, 6})
EVERY_DAY: Final = frozenset(range(7))

_DAY = r"(?:[一二三四五六日天](?![點時])|[1-7](?![\d點時:]))"
_TO = "(?:到|至|-|to)"
_NAME = "(?:mon|tue|wed|thu|fri|sat|sun)(?:day|sday|nesday|rsday|urday|s)*"
_CHINESE = "十[一二]?|[一二兩三四五六七八九]"
_HOUR = rf"(?:(?P<digits>[0-2]?\d)|(?P<chinese>{_CHINESE}))"
_MINUTE = r"(?P<minute>[0-5]\d|半)?分?"

#: In this order: a longer word stands before the shorter one that it begins with.
_PATTERNS: Final[tuple[tuple[Kind, str], ...]] = (
    ("filler", "前後|左右|期間|整|大約|大概|around|about"),
    ("no", "不要打|不要|不行|不方便|不可以|不可|不能打|不能|請勿打|勿打|請勿|別打|不接"),
    ("any", "隨時|任何時間|任何時候|anytime|always"),
    ("always", "24小時"),
    ("days", "平日|工作日|上班日|週間|weekdays?|workdays?"),
    ("days", "週末|例假日|假日|weekends?"),
    ("days", "每天|天天|每日|everyday|daily"),
    ("days", rf"週{_DAY}{_TO}週?{_DAY}|週{_DAY}(?:[,、和及]?週?{_DAY})*"),
    ("days", rf"{_NAME}{_TO}{_NAME}|{_NAME}"),
    ("part", "早上|早晨|上午|mornings?|am(?![a-z])"),
    ("part", "中午|午休|noon|lunchtime"),
    ("part", "下午|afternoons?"),
    ("part", "傍晚"),
    ("part", "晚上|夜晚|晚間|evenings?"),
    ("part", "白天"),
    ("time", r"(?P<clock>[0-2]?\d)(?::(?P<past>[0-5]\d))?(?P<half>am|pm)"),
    ("time", r"(?P<hour>[0-2]?\d):(?P<minutes>[0-5]\d)"),
    ("time", rf"{_HOUR}[點時](?!段|間|候){_MINUTE}"),
    ("time", rf"(?P<bare>[0-2]?\d)(?={_TO}[0-2]?\d[點時:ap])"),
    ("after", "以後|之後|過後|後|起|after|from"),
    ("before", "以前|之前|前|before|until"),
    ("range", _TO),
    # What is joined may share what comes after it; what a comma parts does not, or not surely.
    ("join", "、|或者|或|和|及|跟|與|還有|or|and"),
    ("next", ",|\n"),
    ("yes", "都可以|都可|都行|都方便|皆可|可以|可|方便|好|ok"),
    (
        "filler",
        (
            "比較|最好|最|安全|打電話|打來|打給我|打|來電|聯絡我|聯絡|聯繫"
            "|接電話|電話|請|在|的|時候|時段|時間|之間|約|我|callme|call|please|between|at|on|inthe|the|only|只有|只"
        ),
    ),
)
_COMPILED: Final = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS)
_PARTS: Final[Mapping[str, Part]] = {
    "早上": "morning", "早晨": "morning", "上午": "morning", "morning": "morning", "mornings": "morning",
    "中午": "noon", "午休": "noon", "noon": "noon", "lunchtime": "noon",
    "下午": "afternoon", "afternoon": "afternoon", "afternoons": "afternoon",
    "傍晚": "dusk",
    "晚上": "evening", "夜晚": "evening", "晚間": "evening", "evening": "evening", "evenings": "evening",
    "白天": "daytime",
    "am": "am", "pm": "pm",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """
    A word that was known.

    `days` are counted from Monday, 0. `minute` is that of the clock as it was written, `part` what stood at it (am, pm);
    `is_exact`: it was written in the 24 hours of a day. `by_calendar`: which days it means the office calendar knows.
    """

    kind: Kind
    days: frozenset[int] = frozenset()
    by_calendar: bool = False
    part: Part = ""
    minute: int = field(default=0, repr=False)
    is_exact: bool = False


def read_tokens(text: str) -> tuple[Token, ...] | None:
    """Return the words of a text in order. None: it is too long, or holds something that is not in the lists."""
    folded = _fold(text)
    if len(folded) > _MAX_CHARS:
        return None
    found = tuple(_scan(folded))
    return None if None in found else tuple(token for token in found if token is not None)


def _fold(text: str) -> str:
    folded = text.translate(_FOLDED).lower()
    # Before a line's end is a space like others, its end parts what was said.
    folded = "\n".join("".join(line.split()) for line in folded.splitlines())
    for spelling, word in _SPELLINGS:
        folded = folded.replace(spelling, word)
    return folded


def _scan(folded: str) -> Iterator[Token | None]:
    place = 0
    while place < len(folded):
        for kind, pattern in _COMPILED:
            if found := pattern.match(folded, place):
                yield _make(kind, found)
                place = found.end()
                break
        else:
            yield None
            return


def _make(kind: Kind, found: re.Match[str]) -> Token | None:
    match kind:
        case "days":
            return _read_days(found[0])
        case "part":
            return Token("part", part=_PARTS[found[0]])
        case "time":
            return _read_time(found.groupdict())
    return Token(kind)


def _read_days(word: str) -> Token:
    if word in {"平日", "工作日", "上班日", "週間", "weekday", "weekdays", "workday", "workdays"}:
        return Token("days", WORKDAYS, by_calendar=True)
    if word in {"週末", "例假日", "假日", "weekend", "weekends"}:
        return Token("days", WEEKEND, by_calendar=True)
    if word in {"每天", "天天", "每日", "everyday", "daily"}:
        return Token("days", EVERY_DAY)
    names = re.findall("mon|tue|wed|thu|fri|sat|sun|[一二三四五六日天1-7]", word)
    days = [_DAY_NAMES[name] for name in names]
    if not re.search(rf".{_TO}.", word.removeprefix("週")):
        return Token("days", frozenset(days))
    first, last = days[0], days[-1]
    span = range(first, last + 1) if first <= last else (*range(first, 7), *range(last + 1))
    # Who writes from Monday to Friday means days of work.
    return Token("days", frozenset(span), by_calendar=frozenset(span) == WORKDAYS)


def _read_time(told: Mapping[str, str | None]) -> Token | None:
    minutes = told.get("minutes") or told.get("past") or told.get("minute") or "0"
    minute = 30 if minutes == "半" else int(minutes)
    written = told.get("clock") or told.get("hour") or told.get("digits") or told.get("bare")
    hour = int(written) if written else _DIGITS[told["chinese"] or ""]
    if hour > 24 or hour * 60 + minute > 24 * 60:  # noqa: PLR2004 - hours of a day
        return None
    half = told.get("half")
    is_exact = hour > 12 or hour == 0 or bool(told.get("hour") and (written or "").startswith("0"))  # noqa: PLR2004 - half a day
    return Token(
        "time", part="" if half is None else _PARTS[half], minute=hour * 60 + minute, is_exact=is_exact
    )
