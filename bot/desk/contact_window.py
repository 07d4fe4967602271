"""
From the words in which somebody wrote when they may be called to: now, soon, later, or "read it".

Nothing is guessed. A text is understood whole or not at all; what it allows is taken narrowly, what it forbids widely.
The list is sorted with it; before a call is made, the person's own words are read. Times are those of Taiwan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

from bot.core.taipei import TAIPEI
from bot.desk.contact_words import EVERY_DAY, Part, Token, read_tokens

#: `soon`: within two hours. `read`: it was not understood. `unsaid`: nothing was written.
Window = Literal["now", "soon", "later", "read", "unsaid"]
WINDOWS: Final[tuple[Window, ...]] = ("now", "soon", "read", "unsaid", "later")
Span = tuple[int, int]
IsWorkday = Callable[[date], bool]

SOON: Final = timedelta(hours=2)
_DAY: Final = 24 * 60
_WEEK: Final = 7 * _DAY
_NOON: Final = 12 * 60
#: A moment ("中午 12 點") holds for half an hour; forbidden, it is kept clear of by an hour on both sides.
_MOMENT, _CLEAR = 30, 60
#: Nobody who wrote "after seven" or "Saturdays" meant the night.
_DECENT: Final[Span] = (8 * 60, 22 * 60)

_NARROW: Final[Mapping[Part, Span]] = {
    "morning": (9 * 60, 12 * 60),
    "am": (9 * 60, 12 * 60),
    "noon": (12 * 60, 13 * 60),
    "afternoon": (13 * 60, 17 * 60),
    "dusk": (17 * 60, 19 * 60),
    "evening": (19 * 60, 21 * 60),
    "daytime": (9 * 60, 17 * 60),
}
_WIDE: Final[Mapping[Part, Span]] = {
    "morning": (5 * 60, 12 * 60),
    "am": (0, 12 * 60),
    "noon": (11 * 60, 14 * 60),
    "afternoon": (12 * 60, 19 * 60),
    "dusk": (16 * 60, 20 * 60),
    "evening": (17 * 60, _DAY),
    "daytime": (5 * 60, 19 * 60),
}
#: Which minutes of the half-day clock a part can mean as they are, and which with twelve hours more.
_AS_WRITTEN: Final[Mapping[Part, Span]] = {
    "morning": (5 * 60, 12 * 60),
    "noon": (11 * 60, 12 * 60 + 59),
    "afternoon": (12 * 60, 12 * 60 + 59),
    "daytime": (6 * 60, 12 * 60 + 59),
    "am": (60, 11 * 60 + 59),
    "pm": (12 * 60, 12 * 60 + 59),
}
_PLUS_NOON: Final[Mapping[Part, Span]] = {
    "noon": (60, 2 * 60 + 59),
    "afternoon": (60, 8 * 60),
    "dusk": (4 * 60, 7 * 60),
    "evening": (5 * 60, 12 * 60),
    "daytime": (60, 5 * 60 + 59),
    "pm": (60, 11 * 60 + 59),
}


@dataclass(frozen=True, slots=True)
class Weekly:
    """
    The minutes of a week in which somebody may be called: bit 0 is Monday, 00:00.

    `by_calendar`: they spoke of days of work or of days off, which on some days only the office calendar can tell.
    """

    minutes: int
    by_calendar: bool = False

    def find_window(self, now: datetime, *, is_workday: IsWorkday) -> Window:
        """Say how it is at a moment (aware). On a day on which the week is not as usual, it is for a person to read."""
        here = now.astimezone(TAIPEI)
        if self.by_calendar and not all(_is_usual(day.date(), is_workday) for day in (here, here + SOON)):
            return "read"
        start = here.weekday() * _DAY + here.hour * 60 + here.minute
        ahead = self.minutes >> start | self.minutes << (_WEEK - start)
        if ahead & 1:
            return "now"
        return "soon" if ahead & ((1 << int(SOON.total_seconds() // 60) + 1) - 1) else "later"


def read_window(text: str) -> Weekly | None:
    """Read what somebody wrote. None: not understood, or nothing is left of it. Nothing is raised, whatever it is."""
    tokens = read_tokens(text)
    clauses = None if tokens is None else _read_clauses(tokens)
    if clauses is None:
        return None
    allowed = _join(clause for clause in clauses if not clause.forbids)
    forbidden = _join(clause for clause in clauses if clause.forbids)
    if forbidden:  # "any time, but not in the evening" does not mean the night
        allowed &= _join(iter([_Clause(EVERY_DAY, None)]))
    minutes = allowed & ~forbidden
    return Weekly(minutes, any(clause.by_calendar for clause in clauses)) if minutes else None


@dataclass(frozen=True, slots=True)
class _Clause:
    """
    What stands between two commas. `span` is None where only days were named.

    `is_sure`: it says by itself that it allows, so that no "not" after it can be meant for it too.
    """

    days: frozenset[int]
    span: Span | None
    by_calendar: bool = False
    forbids: bool = False
    is_sure: bool = False


def is_weekday(day: date) -> bool:
    """Say whether a day is one from Monday to Friday, which is all that can be known without an office calendar."""
    return day.weekday() < 5  # noqa: PLR2004 - Saturday


def _is_usual(day: date, is_workday: IsWorkday) -> bool:
    return is_workday(day) == is_weekday(day)


def _read_clauses(tokens: Sequence[Token]) -> list[_Clause] | None:
    """Read all of them, or none. Days hold for the clauses after them that allow something and name none."""
    clauses: list[_Clause] = []
    for words, is_joined in _split(tokens):
        clause = _read_clause(words)
        before = clauses[-1] if clauses else None
        if (
            clause is None
            or not _fits(before, clause)
            or _may_forbid_more(before, clause, is_joined=is_joined)
        ):
            return None
        if before and not clause.days and not clause.forbids:
            if before.span is None and not before.forbids:
                clauses.pop()
            clause = replace(clause, days=before.days, by_calendar=before.by_calendar)
        clauses.append(clause)
    return clauses


def _split(tokens: Sequence[Token]) -> Iterator[tuple[list[Token], bool]]:
    """Return what stands between the signs, and whether it is joined to what stands before it."""
    words: list[Token] = []
    is_joined = is_next_joined = False
    for token in (*tokens, Token("next")):
        if token.kind not in {"next", "join"}:
            words.append(token)
            continue
        is_next_joined |= token.kind == "join"
        if any(word.kind not in {"filler", "yes"} for word in words):
            yield words, is_joined
            is_joined = is_next_joined
            is_next_joined = False
        else:
            is_joined |= is_next_joined
        words = []


def _may_forbid_more(before: _Clause | None, clause: _Clause, *, is_joined: bool) -> bool:
    """Say whether a "not" could be meant for what stands before it too: "mornings, evenings: please don't"."""
    if not clause.forbids or before is None or before.forbids:
        return False
    is_alike = (before.span is None) == (clause.span is None)
    return is_joined or (is_alike and not before.is_sure)


def _fits(before: _Clause | None, clause: _Clause) -> bool:
    """Say whether it is clear to which days each belongs: "after seven, weekdays" can be read in two ways."""
    return before is None or bool(before.days) or clause.span is not None or clause.forbids


def _read_clause(said: Sequence[Token]) -> _Clause | None:
    words = [token for token in said if token.kind not in {"filler", "yes"}]
    is_sure = any(token.kind in {"yes", "any", "always"} for token in said)
    forbids = words[-1].kind == "no"
    rest = list(words[:-1] if forbids else words)
    days = [rest.pop(0) for _ in list(_leading_days(rest))]
    if any(token.kind in {"days", "no"} for token in rest) or not (days or rest):
        return None
    span = _read_span(rest, wide=forbids) if rest else None
    if rest and span is None:
        return None
    named = frozenset(day for token in days for day in token.days)
    return _Clause(named, span, any(token.by_calendar for token in days), forbids, is_sure)


def _leading_days(words: Sequence[Token]) -> Iterator[Token]:
    for token in words:
        if token.kind != "days":
            return
        yield token


def _read_span(words: Sequence[Token], *, wide: bool) -> Span | None:
    """Return the minutes of a day that the words mean. None: not clear."""
    span: Span | None = None
    match [token.kind for token in words]:
        case ["any" | "always" as kind]:
            span = (0, _DAY) if wide or kind == "always" else _DECENT
        case ["part"]:
            span = (_WIDE if wide else _NARROW).get(words[0].part)
        case ["part", "range", "part"]:
            span = _order(_NARROW[words[0].part][0], _NARROW[words[2].part][1])
        case ["time"] | ["part", "time"]:
            span = _around(_read_clock(words), wide=wide)
        case ["time", "after"] | ["part", "time", "after"]:
            span = _since(_read_clock(words[:-1]), wide=wide)
        case ["after", "time"] | ["after", "part", "time"]:
            span = _since(_read_clock(words[1:]), wide=wide)
        case ["time", "before"] | ["part", "time", "before"]:
            span = _until(words[:-1], wide=wide)
        case ["before", "time"] | ["before", "part", "time"]:
            span = _until(words[1:], wide=wide)
        case [*first, "range", "time"] | [*first, "range", "part", "time"] if first in (
            ["time"],
            ["part", "time"],
        ):
            span = _read_range(words[: len(first)], words[len(first) + 1 :])
    return span


def _read_range(first: Sequence[Token], last: Sequence[Token]) -> Span | None:
    begin, end = _part_of(first), _part_of(last)
    if not (begin or end) and (first[-1].is_exact or last[-1].is_exact):
        return _order(first[-1].minute, last[-1].minute)
    return _order(_place(first[-1], begin), _place(last[-1], end or begin))


def _read_clock(words: Sequence[Token]) -> int | None:
    """Return the minute of the day of a time with the part of the day before it, if any."""
    return _place(words[-1], _part_of(words))


def _part_of(words: Sequence[Token]) -> Part:
    """Return the part of the day that stands before a time, or at it."""
    return next((token.part for token in words if token.part), "")


def _place(time: Token, part: Part) -> int | None:
    """Return the minute of the day. None: it could be morning or evening, or part and hour do not fit."""
    if time.is_exact:
        is_odd = part in {"am", "pm"} or (part == "morning" and time.minute > _NOON)
        return None if is_odd else time.minute
    if _holds(_AS_WRITTEN, part, time.minute):
        return time.minute
    return time.minute + _NOON if _holds(_PLUS_NOON, part, time.minute) else None


def _holds(spans: Mapping[Part, Span], part: Part, minute: int) -> bool:
    low, high = spans.get(part, (1, 0))
    return low <= minute <= high


def _around(minute: int | None, *, wide: bool) -> Span | None:
    if minute is None:
        return None
    return (
        _order(max(0, minute - _CLEAR), min(_DAY, minute + _CLEAR))
        if wide
        else _order(minute, minute + _MOMENT)
    )


def _since(minute: int | None, *, wide: bool) -> Span | None:
    is_late = wide or (minute or 0) >= _DECENT[1]
    return _order(minute, _DAY if is_late else _DECENT[1])


def _until(words: Sequence[Token], *, wide: bool) -> Span | None:
    """Before eight in the evening is, narrowly, the evening before eight."""
    part = _part_of(words)
    start = _NARROW[part][0] if part in _NARROW else _DECENT[0]
    return _order(0 if wide else start, _read_clock(words))


def _order(start: int | None, end: int | None) -> Span | None:
    """Return a span. None: an end is missing, or it would go over midnight, which may be meant otherwise."""
    return (start, end) if start is not None and end is not None and start < end <= _DAY else None


def _join(clauses: Iterator[_Clause]) -> int:
    minutes = 0
    for clause in clauses:
        start, end = clause.span or ((0, _DAY) if clause.forbids else _DECENT)
        for day in clause.days or EVERY_DAY:
            minutes |= ((1 << end - start) - 1) << (day * _DAY + start)
    return minutes
