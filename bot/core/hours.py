"""
When somebody answers: opening hours as data, and whether it is one of them now, in Taipei.

A contact's `open` is a list of spans, written the way people say them:

    open = ["always"]                                        day and night, alone in its list
    open = ["daily 09:00-22:00"]                             every day, holidays too
    open = ["workdays 09:00-12:00", "workdays 13:00-18:00"]  as the government's office calendar says
    open = ["mon-fri 08:30-17:30", "sat 09:00-12:00"]        these weekdays, holidays too
    open = ["fri,sat 22:00-02:00"]                           past midnight: belongs to the day it begins

Times are `HH:MM`, the end may be `24:00`. Nobody answers any more in the minute in which a span ends.
No `open` at all means that the hours are not known, which is neither open nor closed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.core.taipei import TAIPEI
from bot.errors import FlowError

#: Whether offices in Taiwan work on that day.
IsWorkday = Callable[[date], bool]

#: Longer than the longest run of days off, so that whoever opens at all is found.
HORIZON_DAYS = 21

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ALL_DAYS = frozenset(range(7))
_HOUR_MIN = 60
_DAY_MIN = 24 * _HOUR_MIN
_SPAN = re.compile(r"(?P<days>[a-z]+(?:[-,][a-z]+)*) (?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Span:
    """
    One stretch of time, on every day of its kind.

    `days` are weekdays counted from Monday, or `workdays`. `opens` and `closes` are minutes from that
    day's midnight; `closes` is beyond 1440 when the span ends on the day after.
    """

    days: frozenset[int] | Literal["workdays"]
    opens: int
    closes: int


_ALWAYS = Span(_ALL_DAYS, 0, _DAY_MIN)


def parse_open(texts: Sequence[str], where: str) -> tuple[Span, ...]:
    """Parse the list of spans described above. FlowError names `where` and the reason."""
    if "always" in texts and len(texts) > 1:
        raise FlowError(where, "'always' leaves no room for other hours")
    return tuple(_parse_span(text, where) for text in texts)


def is_always_open(spans: Sequence[Span]) -> bool:
    """Whether somebody answers day and night."""
    return _ALWAYS in spans


def is_open(spans: Sequence[Span], moment: datetime, is_workday: IsWorkday) -> bool:
    """Whether somebody answers at that aware moment. False for hours that are not known: ask for spans first."""
    here = moment.astimezone(TAIPEI)
    minute = here.hour * _HOUR_MIN + here.minute
    today, yesterday = here.date(), here.date() - timedelta(days=1)
    return any(
        (_is_day_of(span, today, is_workday) and span.opens <= minute < span.closes)
        or (_is_day_of(span, yesterday, is_workday) and minute + _DAY_MIN < span.closes)
        for span in spans
    )


def find_next_opening(spans: Sequence[Span], moment: datetime, is_workday: IsWorkday) -> datetime | None:
    """Return when the next span begins after that aware moment, in Taipei's time; None if not within 21 days."""
    here = moment.astimezone(TAIPEI)
    return next((start for start in _list_starts(spans, here.date(), is_workday) if start > here), None)


def _list_starts(spans: Sequence[Span], first: date, is_workday: IsWorkday) -> Iterator[datetime]:
    for ahead in range(HORIZON_DAYS + 1):
        day = first + timedelta(days=ahead)
        for minute in sorted(span.opens for span in spans if _is_day_of(span, day, is_workday)):
            yield datetime.combine(day, time(*divmod(minute, _HOUR_MIN)), TAIPEI)


def _is_day_of(span: Span, day: date, is_workday: IsWorkday) -> bool:
    return is_workday(day) if span.days == "workdays" else day.weekday() in span.days


def _parse_span(text: str, where: str) -> Span:
    if text == "always":
        return _ALWAYS
    found = _SPAN.fullmatch(text)
    if not found:
        raise FlowError(where, f"'{text}' is not 'always' or days and a span, such as 'daily 09:00-22:00'")
    opens, closes = (_parse_minute(found[name], where) for name in ("opens", "closes"))
    if opens in {closes, _DAY_MIN}:
        raise FlowError(where, f"'{text}' begins when it ends")
    ends = closes if closes > opens else closes + _DAY_MIN
    return Span(_parse_days(found["days"], where), opens, ends)


def _parse_minute(text: str, where: str) -> int:
    hour, minute = (int(part) for part in text.split(":"))
    total = hour * _HOUR_MIN + minute
    if minute >= _HOUR_MIN or total > _DAY_MIN:
        raise FlowError(where, f"'{text}' is not a time of day")
    return total


def _parse_days(text: str, where: str) -> frozenset[int] | Literal["workdays"]:
    if text == "workdays":
        return "workdays"
    if text == "daily":
        return _ALL_DAYS
    return frozenset(day for part in text.split(",") for day in _parse_range(part, where))


def _parse_range(text: str, where: str) -> Iterator[int]:
    """Yield the weekdays of `mon`, `mon-fri` or, around the weekend, `fri-mon`."""
    names = text.split("-")
    unknown = [name for name in names if name not in _WEEKDAYS]
    if unknown or len(names) > 2:  # noqa: PLR2004 - a range has two ends
        raise FlowError(where, f"'{text}' is not daily, workdays or weekdays such as mon-fri or sat,sun")
    first, last = _WEEKDAYS.index(names[0]), _WEEKDAYS.index(names[-1])
    return ((first + step) % 7 for step in range((last - first) % 7 + 1))
