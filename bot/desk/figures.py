"""
Figures about the service from counts of nobody: what happened in a period, with small numbers hidden.

A period ends yesterday, so that looking again and again on one day tells nothing about who is writing now.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise
from typing import Final, Literal, get_args

from bot.core.model import StateId
from bot.core.tally import FIXED, Statistics, Step
from bot.desk.hiding import SMALLEST_SHOWN, hide, hide_alone
from bot.ports import Counted, TallyStore

Period = Literal["week", "month", "year"]
PERIODS: Final[tuple[Period, ...]] = get_args(Period)
#: These rows are always there, so that a row alone does not tell that somebody was counted in it.
CHANNELS: Final = ("line", "telegram", "web")
LANGUAGES: Final = ("zh_TW", "en", "vi", "id", "th", "fil")
#: The row of what has no other: no option may be called so, while `other` is one that people chose.
UNLISTED: Final = "unlisted"
#: Steps are told over weeks with at least so many contacts, and for steps that so many reached.
FEWEST_FOR_STEPS: Final = 20
#: A share is told this roughly, in percent: exactly, it would tell how many people it stands for.
SHARE_STEP: Final = 5
_DAYS: Mapping[Period, int] = {"week": 7, "month": 30}
_WEEK = timedelta(days=7)
_MONTHS = 12
_BOM = "\ufeff"
_Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a period, both ends included; they end yesterday."""

    period: Period
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Cell:
    """A row of a table: its code, and its count (None: hidden)."""

    code: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of one kind, and its sum (None: hidden)."""

    kind: str
    cells: tuple[Cell, ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class Stop:
    """How many of those who came to a step ended there: percent, roughly. None: too few came, ended, or went on."""

    step: Step
    percent: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """
    All figures of a period. `contacts`: new conversations, None: hidden. `over_time`: by day, or by month of a year.

    `weeks`: of how many weeks the stops tell. `wait`: the half of those called waited no longer than this; empty: unknown.
    """

    span: Span
    contacts: int | None
    over_time: tuple[Cell, ...]
    tables: Mapping[str, Table]
    stops: tuple[Stop, ...]
    weeks: int
    wait: str


def choose_span(period: Period, today: date) -> Span:
    """Return the days of a period. A year is the month of yesterday, as far as it is over, and the eleven before it."""
    until = today - timedelta(days=1)
    if period != "year":
        return Span(period, today - timedelta(days=_DAYS[period]), until)
    months = until.year * 12 + until.month - 1 - (_MONTHS - 1)
    return Span(period, date(months // 12, months % 12 + 1, 1), until)


async def read_figures(store: TallyStore, statistics: Statistics, period: Period, *, today: date) -> Figures:
    """Read a period; `today` is the day in Taiwan. StoreDown as in `TallyStore`."""
    span = choose_span(period, today)
    rows = await store.read(span.since, span.until)
    counts = _sum(rows)
    tables = {table.kind: table for table in _make_tables(counts, statistics)}
    weeks = _choose_weeks(rows, span)
    return Figures(
        span=span,
        contacts=tables["channel"].total,
        over_time=_make_series(rows, span),
        tables=tables,
        stops=tuple(_make_stop(step, _sum(weeks)) for step in statistics.steps),
        weeks=len({(span.until - row.day) // _WEEK for row in weeks}),
        wait=find_median(tables["first_call"]),
    )


def find_median(table: Table) -> str:
    """
    Return the row in which the middle of all lies. Empty: what is shown does not tell.

    Only shown numbers are used, with what is hidden taken for the first rows and for the last ones: so it tells
    nothing that the table does not.
    """
    if not table.total:
        return ""
    shown = [cell.count or 0 for cell in table.cells]
    rest = table.total - sum(shown)
    hidden = [place for place, cell in enumerate(table.cells) if cell.count is None]
    found = {_find_middle(_add(shown, place, rest)) for place in {*hidden[:1], *hidden[-1:]} or {0}}
    return table.cells[found.pop()].code if len(found) == 1 else ""


def write_figures(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """Write CSV: UTF-8 with a byte order mark, CRLF, every cell in quotes. Texts must be harmless already."""
    out = io.StringIO(newline="")
    out.write(_BOM)
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue().encode()


def _make_tables(counts: _Counts, statistics: Statistics) -> Iterable[Table]:
    listed: dict[str, Sequence[str]] = {"channel": CHANNELS, "language": LANGUAGES, **FIXED}
    listed |= {group.id: [name.id for name in group.names] for group in statistics.groups}
    for kind, codes in listed.items():
        found = counts.get(kind, {})
        others = found.keys() - set(codes)
        # Names come and go: the row of the others is always there, so that it alone tells nothing.
        rest = [UNLISTED] if others or kind not in FIXED else []
        numbers = [
            *(found.get(code, 0) for code in codes),
            *(sum(found[one] for one in others) for _ in rest),
        ]
        cells = tuple(Cell(*pair) for pair in zip((*codes, *rest), hide(numbers), strict=True))
        yield Table(kind, cells, hide_alone(sum(numbers)))


def _make_series(rows: Sequence[Counted], span: Span) -> tuple[Cell, ...]:
    contacts: Counter[str] = Counter()
    for row in rows:
        if row.kind == "channel":
            contacts[_name_time(row.day, span)] += row.count
    names = list(dict.fromkeys(_name_time(day, span) for day in _list_days(span)))
    numbers = [contacts[name] for name in names]
    shown = hide(numbers) if span.period == "year" else _hide_days(numbers, span)
    return tuple(Cell(*pair) for pair in zip(names, shown, strict=True))


def _hide_days(numbers: Sequence[int], span: Span) -> tuple[int | None, ...]:
    """
    Hide days so that no two pages of one day tell more together: each piece whose sum another page tells is one table.

    The week's page tells the last seven days, the year's page each month.
    """
    week = max(len(numbers) - _WEEK.days, 0)
    months = [place for place, day in enumerate(_list_days(span)) if day.day == 1]
    cuts = sorted({0, week, *months, len(numbers)})
    pieces = [numbers[start:end] for start, end in pairwise(cuts)]
    if any(hide_alone(sum(piece)) is None for piece in pieces):
        return (None,) * len(numbers)
    return tuple(shown for piece in pieces for shown in hide(piece))


def _list_days(span: Span) -> Iterable[date]:
    return (span.since + timedelta(days=each) for each in range((span.until - span.since).days + 1))


def _name_time(day: date, span: Span) -> str:
    return day.isoformat() if span.period != "year" else f"{day:%Y-%m}"


def _choose_weeks(rows: Sequence[Counted], span: Span) -> list[Counted]:
    """Return the counts of those weeks, whole ones back from the last day, in which enough people came."""
    contacts: Counter[int] = Counter()
    for row in rows:
        if row.kind == "channel":
            contacts[(span.until - row.day) // _WEEK] += row.count
    whole = ((span.until - span.since).days + 1) // _WEEK.days
    kept = {week for week, count in contacts.items() if count >= FEWEST_FOR_STEPS and week < whole}
    return [row for row in rows if (span.until - row.day) // _WEEK in kept]


def _make_stop(step: Step, counts: _Counts) -> Stop:
    came, went = _get(counts, "entered", step.state), _get(counts, "left", step.state)
    ended = came - went
    if came < FEWEST_FOR_STEPS or min(ended, went) < SMALLEST_SHOWN:
        return Stop(step, None)
    return Stop(step, round(100 * ended / came / SHARE_STEP) * SHARE_STEP)


def _get(counts: _Counts, kind: str, state: StateId) -> int:
    return counts.get(kind, {}).get(state, 0)


def _sum(rows: Iterable[Counted]) -> _Counts:
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        counts.setdefault(row.kind, Counter())[row.name] += row.count
    return counts


def _add(shown: Sequence[int], place: int, rest: int) -> list[int]:
    return [count + (rest if at == place else 0) for at, count in enumerate(shown)]


def _find_middle(counts: Sequence[int]) -> int:
    """Return the first place at which half of all is reached."""
    so_far = accumulate(counts)
    return next(place for place, count in enumerate(so_far) if 2 * count >= sum(counts))
