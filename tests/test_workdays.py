"""Taiwan's office calendar as the library knows it: announced years, and the next that follows from the law."""

from __future__ import annotations

import socket
from datetime import date, timedelta

import pytest
from holidays.countries import Taiwan

from bot.workdays import CHECKED_UNTIL, is_workday


def _days_off(year: int) -> set[str]:
    """The days from Monday to Friday on which offices are closed."""
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return {f"{day:%m-%d}" for day in days if day.year == year and day.weekday() < 5 and not is_workday(day)}


def _make_up_days(year: int) -> list[str]:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return [f"{day:%m-%d}" for day in days if day.year == year and day.weekday() >= 5 and is_workday(day)]


DAYS_OFF = {
    2024: "01-01 02-08 02-09 02-12 02-13 02-14 02-28 04-04 04-05 06-10 09-17 10-10",
    2025: "01-01 01-27 01-28 01-29 01-30 01-31 02-28 04-03 04-04 05-30 09-29 10-06 10-10 10-24 12-25",
    2026: "01-01 02-16 02-17 02-18 02-19 02-20 02-27 04-03 04-06 05-01 06-19 09-25 09-28 10-09 10-26 12-25",
    # Not announced to the library: as the law says, with the lunar days in lieu after the holidays.
    2027: "01-01 02-04 02-05 02-08 02-09 02-10 03-01 04-05 04-06 04-30 06-09 09-15 09-28 10-11 10-25 12-24 12-31",
}


@pytest.mark.parametrize("year", DAYS_OFF)
def test_a_years_days_off_are_those(year):
    """Every one between Monday and Friday, substituted days among them."""
    assert _days_off(year) == set(DAYS_OFF[year].split())


@pytest.mark.parametrize(
    ("year", "saturdays"), [(2024, ["02-17"]), (2025, ["02-08"]), (2026, []), (2027, [])]
)
def test_make_up_saturdays_are_workdays(year, saturdays):
    """2025 had one, and none has been announced since."""
    assert _make_up_days(year) == saturdays


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("New Year's Day", ("2024-01-01", "2025-01-01", "2026-01-01", "2027-01-01")),
        ("lunar New Year's Eve", ("2024-02-09", "2025-01-28", "2026-02-16", "2027-02-05")),
        ("Peace Memorial Day, 228", ("2024-02-28", "2025-02-28", "2026-02-28", "2027-02-28")),
        ("Tomb-Sweeping Day", ("2024-04-04", "2025-04-04", "2026-04-05", "2027-04-05")),
        ("Dragon Boat Festival", ("2024-06-10", "2025-05-31", "2026-06-19", "2027-06-09")),
        ("Mid-Autumn Festival", ("2024-09-17", "2025-10-06", "2026-09-25", "2027-09-15")),
        ("National Day", ("2024-10-10", "2025-10-10", "2026-10-10", "2027-10-10")),
    ],
)
def test_the_great_holidays_are_days_off_every_year(name, days):
    """By the sun and by the moon."""
    assert [is_workday(date.fromisoformat(day)) for day in days] == [False] * 4, name


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2024-05-01", True),  # Labour Day: offices of the government worked
        ("2025-05-01", True),
        ("2026-05-01", False),  # a holiday for everybody from 2026
        ("2024-12-25", True),  # Constitution Day
        ("2025-12-25", False),  # a holiday again from 2025
        ("2024-09-28", False),  # a Saturday
        ("2026-09-28", False),  # Confucius' Birthday, again from 2025
        ("2026-10-26", False),  # for 25 October on a Sunday
    ],
)
def test_the_law_of_2025_brought_holidays_back(day, works):
    """A day that was worked one year is off the next."""
    assert is_workday(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("paid", "off"),
    [("2025-02-08", "2025-01-27"), ("2018-12-22", "2018-12-31"), ("2014-12-27", "2015-01-02")],
)
def test_a_day_off_is_paid_for_by_a_saturday(paid, off):
    """Even across the end of a year."""
    assert is_workday(date.fromisoformat(paid))
    assert not is_workday(date.fromisoformat(off))


def test_an_ordinary_week_is_five_days():
    """Monday to Friday."""
    monday = date(2026, 11, 16)
    assert [is_workday(monday + timedelta(days=n)) for n in range(7)] == [True] * 5 + [False] * 2


def test_a_year_nobody_announced_follows_the_law():
    """Holidays of the sun and of the moon are there; only swapped days cannot be known."""
    for day in ("2031-01-01", "2031-01-23", "2031-10-10", "2031-12-25"):
        assert not is_workday(date.fromisoformat(day))
    assert _make_up_days(2031) == []


def test_the_checked_year_is_what_the_library_says_of_itself():
    """After a new release somebody looks at the government's calendar, then moves the year on."""
    assert f"(1998-{CHECKED_UNTIL}; Chinese)" in (Taiwan.__doc__ or "")


def test_the_calendar_asks_no_network(monkeypatch):
    """Everything is in the package."""

    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    assert not is_workday(date(2045, 1, 1))
