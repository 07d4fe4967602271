"""Figures of a period: sums of the right days, with small numbers hidden wherever they could be computed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import StateId
from bot.core.tally import WAITS, Group, Name, Sign, Statistics, Step
from bot.desk.figures import (
    CHANNELS,
    Cell,
    Figures,
    Period,
    Table,
    choose_span,
    find_median,
    read_figures,
    write_figures,
)
from bot.ports import Counted, Counts

TODAY = date(2026, 11, 20)
YESTERDAY = TODAY - timedelta(days=1)
STATISTICS = Statistics(
    groups=(
        Group(
            "track", "為了誰", "For whom", "…", "…", tuple(Name(n, n, n, Sign()) for n in ("self", "friend"))
        ),
    ),
    steps=(Step(StateId("who"), "為了誰", "For whom"),),
)


class Rows:
    """`TallyStore` over a list; it notes which days were read."""

    def __init__(self, *rows: Counted) -> None:
        self.rows = rows
        self.asked: tuple[date, date] | None = None

    async def add(self, day: date, counts: Counts) -> None:
        raise AssertionError("figures add nothing")

    async def read(self, since: date, until: date) -> Sequence[Counted]:
        self.asked = (since, until)
        return [row for row in self.rows if since <= row.day <= until]


def ago(days: int, kind: str, name: str, count: int) -> Counted:
    return Counted(TODAY - timedelta(days=days), kind, name, count)


async def read(*rows: Counted, period: Period = "month") -> Figures:
    return await read_figures(Rows(*rows), STATISTICS, period, today=TODAY)


def shown(figures: Figures, kind: str) -> dict[str, int | None]:
    return {cell.code: cell.count for cell in figures.tables[kind].cells}


# ─── Which days ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("period", "today", "since"),
    [
        ("week", TODAY, date(2026, 11, 13)),
        ("month", TODAY, date(2026, 10, 21)),
        ("year", TODAY, date(2025, 12, 1)),
        ("year", date(2026, 12, 1), date(2025, 12, 1)),
        ("year", date(2026, 1, 1), date(2025, 1, 1)),
        ("year", date(2026, 1, 2), date(2025, 2, 1)),
    ],
)
def test_a_period_ends_yesterday(period: Period, today: date, since: date) -> None:
    """T6: whoever looks again and again today learns nothing of who writes now."""
    span = choose_span(period, today)
    assert (span.since, span.until) == (since, today - timedelta(days=1))


async def test_only_the_days_of_the_period_are_read() -> None:
    """Neither today nor what was before."""
    rows = Rows(*(ago(days, "channel", "web", 10) for days in (0, 1, 7, 8)))
    figures = await read_figures(rows, STATISTICS, "week", today=TODAY)
    assert rows.asked == (date(2026, 11, 13), YESTERDAY)
    assert figures.contacts == 20
    assert [cell.code for cell in figures.over_time] == [f"2026-11-{day}" for day in range(13, 20)]


async def test_a_year_is_told_by_month() -> None:
    """Twelve of them, the last as far as it is over."""
    figures = await read(ago(1, "channel", "web", 9), ago(60, "channel", "line", 30), period="year")
    cells = {cell.code: cell.count for cell in figures.over_time}
    assert len(cells) == 12
    assert (cells["2026-11"], cells["2026-09"], cells["2025-12"]) == (9, 30, 0)


# ─── Tables ───────────────────────────────────────────────────────────────────


async def test_every_row_is_there_whether_anybody_was_counted_or_not() -> None:
    """T6: that a row stands there tells nothing."""
    assert shown(await read(), "channel") == dict.fromkeys((*CHANNELS, "unlisted"), 0)
    assert shown(await read(), "first_call") == dict.fromkeys(WAITS, 0)
    assert shown(await read(), "track") == {"self": 0, "friend": 0, "unlisted": 0}


async def test_small_cells_are_hidden() -> None:
    """T6: and one alone takes the next one with it."""
    figures = await read(
        ago(1, "channel", "web", 40), ago(2, "channel", "line", 8), ago(1, "channel", "telegram", 1)
    )
    assert shown(figures, "channel") == {"line": 8, "telegram": None, "web": 40, "unlisted": None}
    assert figures.contacts == 49
    figures = await read(ago(1, "first_call", "under_1h", 9), ago(2, "first_call", "1_4h", 1))
    assert shown(figures, "first_call") == {**dict.fromkeys(WAITS), "under_1h": 9}


async def test_few_contacts_are_not_told_at_all() -> None:
    """T6: a day with one conversation is nobody's to recognise."""
    figures = await read(ago(1, "channel", "web", 1), ago(1, "hour", "03", 1), ago(1, "track", "self", 1))
    assert figures.contacts is None
    numbers = [cell.count for table in figures.tables.values() for cell in table.cells]
    assert not any(numbers)
    assert not any(cell.count for cell in figures.over_time)
    assert {cell.count for cell in figures.tables["hour"].cells} == {None}
    assert figures.tables["track"].total is None


async def test_what_is_no_longer_listed_is_still_told() -> None:
    """A social worker took it out of the file; what was counted before is not lost."""
    figures = await read(ago(1, "track", "old", 9), ago(1, "track", "self", 7), ago(1, "gone", "x", 9))
    assert shown(figures, "track") == {"self": 7, "friend": 0, "unlisted": 9}
    assert "gone" not in figures.tables


# ─── Days ─────────────────────────────────────────────────────────────────────


@given(st.lists(st.integers(0, 12), min_size=30, max_size=30))
async def test_the_month_tells_no_more_of_a_week_than_the_week(numbers: list[int]) -> None:
    """T6: a day that one of the two pages hides is hidden on the other as well, unless the month shows none at all."""
    rows = [ago(30 - place, "channel", "web", count) for place, count in enumerate(numbers) if count]
    month, week = await read(*rows), await read(*rows, period="week")
    last = month.over_time[-7:]
    assert last == week.over_time or {cell.count for cell in month.over_time} == {None}
    if week.contacts is None:
        assert {cell.count for cell in month.over_time} == {None}


@given(st.lists(st.integers(0, 12), min_size=60, max_size=60), st.integers(0, 27))
async def test_the_month_tells_no_more_of_a_day_than_the_year_allows(numbers: list[int], later: int) -> None:
    """T6: what is hidden of a month's days has a sum that the year's page tells, so it is never one day alone."""
    today = date(2026, 11, 2) + timedelta(days=later)
    rows = [
        Counted(today - timedelta(days=60 - place), "channel", "web", count)
        for place, count in enumerate(numbers)
        if count
    ]
    by_month = {}
    for period in ("month", "year"):
        figures = await read_figures(Rows(*rows), STATISTICS, period, today=today)
        by_month[period] = [cell for cell in figures.over_time if cell.code.startswith(f"{today:%Y-%m}")]
    [total], days = by_month["year"], by_month["month"]
    hidden = [cell for cell in days if cell.count is None]
    if total.count is not None and hidden:
        rest = total.count - sum(cell.count or 0 for cell in days)
        assert len(hidden) > 1 or rest >= 5, "one day could be computed"
        assert len(hidden) == len(days) or not 0 < rest < 5 or len(hidden) > 1


async def test_a_small_day_cannot_be_computed_from_the_year() -> None:
    """T6: the other hidden day lies in another month, so it would hide nothing."""
    days = {date(2026, 10, 1) + timedelta(days=each): 10 for each in range(50)}
    days |= {date(2026, 10, 25): 2, date(2026, 11, 5): 3}
    rows = [Counted(day, "channel", "web", count) for day, count in days.items()]
    figures = await read(*rows)
    hidden = [cell.code for cell in figures.over_time if cell.count is None]
    assert sum(code.startswith("2026-11") for code in hidden) > 1
    assert sum(code.startswith("2026-10") for code in hidden) > 1


async def test_a_quiet_week_cannot_be_computed_from_the_month() -> None:
    """T6: all other days would tell it, so none is told."""
    rows = [ago(days, "channel", "web", 10) for days in range(8, 31)]
    figures = await read(*rows, ago(2, "channel", "web", 3))
    assert figures.contacts == 233
    assert {cell.count for cell in figures.over_time} == {None}


# ─── Where conversations ended ────────────────────────────────────────────────


def a_week(days_ago: int, contacts: int, entered: int, left: int) -> tuple[Counted, ...]:
    return (
        ago(days_ago, "channel", "web", contacts),
        ago(days_ago, "entered", "who", entered),
        ago(days_ago, "left", "who", left),
    )


async def stop(*rows: Counted, period: Period = "month") -> tuple[int | None, int]:
    figures = await read(*rows, period=period)
    return figures.stops[0].percent, figures.weeks


async def test_a_share_is_told_roughly() -> None:
    """Of 60 who came, 13 ended there: 21.7 %."""
    assert await stop(*a_week(3, 60, 60, 47)) == (20, 1)


async def test_a_week_with_few_contacts_is_left_out() -> None:
    """T6: 20 of them are enough, 19 are not."""
    busy = a_week(3, 60, 60, 47)
    assert await stop(*busy, *a_week(10, 19, 19, 0)) == (20, 1)
    assert await stop(*busy, *a_week(10, 20, 20, 0)) == (40, 2)


async def test_days_that_make_no_whole_week_are_left_out() -> None:
    """A month has four weeks and two days."""
    assert await stop(*a_week(29, 60, 60, 30)) == (None, 0)
    assert await stop(*a_week(28, 60, 60, 30)) == (50, 1)


@pytest.mark.parametrize(("entered", "left"), [(19, 9), (30, 26), (30, 30), (30, 4), (30, 31), (0, 0)])
async def test_few_people_at_a_step_are_no_share(entered: int, left: int) -> None:
    """T6: too few came, ended there, or went on."""
    assert await stop(*a_week(3, 60, entered, left)) == (None, 1)


# ─── The first call ───────────────────────────────────────────────────────────


def waits(*counts: int | None, total: int | None) -> Table:
    cells = tuple(Cell(code, count) for code, count in zip(WAITS, counts, strict=True))
    return Table("first_call", cells, total)


@pytest.mark.parametrize(
    ("table", "found"),
    [
        (waits(10, 20, 5, 5, 5, total=45), "1_4h"),
        (waits(0, 0, 0, 0, 0, total=0), ""),
        (waits(None, None, None, None, None, total=None), ""),
        (waits(30, 20, 5, None, None, total=60), "under_1h"),
        (waits(None, 20, 5, None, 6, total=38), "1_4h"),
        (waits(None, 10, 9, None, None, total=26), ""),
        (waits(0, 0, 0, 0, 8, total=8), "over_3d"),
    ],
)
def test_the_middle_is_told_where_what_is_shown_tells_it(table: Table, found: str) -> None:
    """T6: whatever the hidden numbers are, it would be the same."""
    assert find_median(table) == found


# ─── CSV ──────────────────────────────────────────────────────────────────────


def test_the_file_opens_in_a_spreadsheet() -> None:
    """UTF-8 with a mark, numbers as numbers, every cell in quotes."""
    written = write_figures(("統計", "次數"), [("為了誰來", 12), ('a "b"', "—")])
    assert written.startswith("\ufeff".encode())
    assert written.decode("utf-8-sig").splitlines()[1] == '"為了誰來","12"'
    assert list(csv.reader(io.StringIO(written.decode("utf-8-sig")))) == [
        ["統計", "次數"],
        ["為了誰來", "12"],
        ['a "b"', "—"],
    ]
