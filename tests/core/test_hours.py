"""Who answers, and from when: by Taipei's clock and Taiwan's calendar, as far as hours are known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.hours import HORIZON_DAYS, find_next_opening, is_always_open, is_open, parse_open
from bot.core.taipei import TAIPEI
from bot.errors import FlowError
from bot.workdays import is_workday

OFFICE = ("workdays 09:00-12:00", "workdays 13:00-18:00")


def _at(text: str) -> datetime:
    """A moment by Taipei's clock, kept in UTC as everywhere else."""
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI).astimezone(UTC)


def _open(spans: tuple[str, ...], moment: str) -> bool:
    return is_open(parse_open(spans, "test"), _at(moment), is_workday)


def _next(spans: tuple[str, ...], moment: str) -> str | None:
    found = find_next_opening(parse_open(spans, "test"), _at(moment), is_workday)
    return found.isoformat(" ", "minutes").removesuffix("+08:00") if found else None


# ─── What may be written ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("24/7", "is not 'always'"),
        ("daily", "is not 'always'"),
        ("daily 9:00-22:00", "is not 'always'"),
        ("daily 09:00–22:00", "is not 'always'"),
        ("daily 09:00-22:00 ", "is not 'always'"),
        ("Daily 09:00-22:00", "is not 'always'"),
        ("daily 09:60-22:00", "'09:60' is not a time of day"),
        ("daily 09:00-24:01", "'24:01' is not a time of day"),
        ("daily 09:00-09:00", "begins when it ends"),
        ("daily 24:00-08:00", "begins when it ends"),
        ("holidays 09:00-22:00", "'holidays' is not daily"),
        ("mon-tue-wed 09:00-22:00", "'mon-tue-wed' is not daily"),
        ("mon-daily 09:00-22:00", "'mon-daily' is not daily"),
        ("sat,workdays 09:00-22:00", "'workdays' is not daily"),
    ],
)
def test_nonsense_is_refused_with_its_place(text, reason):
    """A typing error in somebody's hours stops the build instead of opening them."""
    with pytest.raises(FlowError, match=r"^here: ") as fault:
        parse_open([text], "here")
    assert reason in str(fault.value)


def test_always_stands_alone():
    """Nothing can be added to day and night."""
    with pytest.raises(FlowError, match="no room"):
        parse_open(["always", "daily 09:00-22:00"], "here")


def test_only_day_and_night_is_always():
    """A whole day written as a span is the same; hours that are not known are not."""
    assert is_always_open(parse_open(["always"], "here"))
    assert is_always_open(parse_open(["daily 00:00-24:00"], "here"))
    assert not is_always_open(parse_open(["daily 00:00-23:59"], "here"))
    assert not is_always_open(parse_open(["workdays 00:00-24:00"], "here"))
    assert not is_always_open(())


@pytest.mark.parametrize(
    ("days", "open_on"),
    [
        ("mon-fri", "mon tue wed thu fri"),
        ("sat", "sat"),
        ("sat,sun", "sat sun"),
        ("mon,wed-fri", "mon wed thu fri"),
        ("fri-mon", "mon fri sat sun"),
        ("daily", "mon tue wed thu fri sat sun"),
    ],
)
def test_weekdays_are_written_as_people_say_them(days, open_on):
    """Names, ranges, ranges around the weekend, and lists of both."""
    week = [date(2026, 11, 23) + timedelta(days=n) for n in range(7)]
    names = [f"{day:%a}".lower() for day in week if _open((f"{days} 09:00-10:00",), f"{day} 09:30")]
    assert " ".join(names) == open_on


# ─── Open or not ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("moment", "answers"),
    [
        ("2026-11-21 08:59:59", False),
        ("2026-11-21 09:00", True),
        ("2026-11-21 21:59:59", True),
        ("2026-11-21 22:00", False),
        ("2026-11-21 00:00", False),
        ("2026-12-31 21:59", True),
        ("2027-01-01 00:00", False),
        ("2027-01-01 09:00", True),
    ],
)
def test_the_minute_of_closing_is_closed(moment, answers):
    """On every day, the last of the year and the first."""
    assert _open(("daily 09:00-22:00",), moment) is answers


@pytest.mark.parametrize(
    ("moment", "answers"),
    [
        ("2026-11-20 11:59", True),
        ("2026-11-20 12:30", False),
        ("2026-11-20 13:00", True),
        ("2026-11-21 10:00", False),  # Saturday
        ("2025-02-08 10:00", True),  # a Saturday on which offices made up for a day off
        ("2025-01-27 10:00", False),  # the day off that it paid for
        ("2026-02-17 10:00", False),  # lunar new year
        ("2026-02-20 10:00", False),  # its substituted day
        ("2026-02-23 10:00", True),
        ("2026-10-09 10:00", False),  # for National Day on a Saturday
        ("2026-12-31 17:59", True),
        ("2027-01-01 10:00", False),
        ("2027-12-31 10:00", False),  # for New Year's Day 2028 on a Saturday
    ],
)
def test_offices_keep_taiwans_calendar(moment, answers):
    """Holidays, days in lieu, make-up Saturdays and lunch."""
    assert _open(OFFICE, moment) is answers


def test_weekdays_do_not_know_holidays():
    """Who writes mon-fri says that the source did: workdays is another word."""
    assert _open(("mon-fri 09:00-18:00",), "2026-02-17 10:00")


@pytest.mark.parametrize(
    ("moment", "answers"),
    [
        ("2026-11-20 21:59", False),
        ("2026-11-20 22:00", True),  # Friday
        ("2026-11-21 01:59", True),
        ("2026-11-21 02:00", False),
        ("2026-11-21 23:59", True),
        ("2026-11-22 00:00", True),  # still Saturday's
        ("2026-11-22 22:30", False),  # Sunday
        ("2026-11-20 01:00", False),  # Thursday's night
    ],
)
def test_a_night_belongs_to_the_day_it_begins(moment, answers):
    """Past midnight, and at midnight itself."""
    assert _open(("fri,sat 22:00-02:00",), moment) is answers


def test_a_workdays_night_ends_on_the_holiday():
    """New Year's Eve was a workday, so somebody answers until two; the night after nobody begins."""
    nights = ("workdays 20:00-02:00",)
    assert _open(nights, "2027-01-01 01:00")
    assert not _open(nights, "2027-01-01 20:30")


@pytest.mark.parametrize("close", ["24:00", "00:00"])
def test_until_midnight_is_until_midnight(close):
    """In both ways to write it."""
    assert _open((f"daily 18:00-{close}",), "2026-11-20 23:59")
    assert not _open((f"daily 18:00-{close}",), "2026-11-21 00:00")


def test_hours_that_are_not_known_are_never_open():
    """And never open next."""
    assert not _open((), "2026-11-20 10:00")
    assert _next((), "2026-11-20 10:00") is None


def test_the_day_is_taipeis_wherever_the_clock_stands():
    """Sunday 17:00 in UTC is Monday 01:00 in Taipei."""
    monday_night = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
    assert is_open(parse_open(["mon 00:00-06:00"], "here"), monday_night, is_workday)


# ─── From when ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("spans", "moment", "opens"),
    [
        (("daily 09:00-22:00",), "2026-11-21 03:00", "2026-11-21 09:00"),
        (("daily 09:00-22:00",), "2026-11-21 22:00", "2026-11-22 09:00"),
        (("daily 09:00-22:00",), "2026-12-31 22:30", "2027-01-01 09:00"),
        (("fri,sat 22:00-02:00",), "2026-11-22 02:00", "2026-11-27 22:00"),
        (OFFICE, "2026-11-20 12:30", "2026-11-20 13:00"),
        (OFFICE[::-1], "2026-11-20 08:00", "2026-11-20 09:00"),
        (OFFICE, "2026-11-20 18:00", "2026-11-23 09:00"),  # Friday evening
        (OFFICE, "2026-02-13 18:00", "2026-02-23 09:00"),  # nine days of lunar new year
        (OFFICE, "2025-02-07 18:00", "2025-02-08 09:00"),  # a make-up Saturday
        (OFFICE, "2026-12-31 18:00", "2027-01-04 09:00"),
        (OFFICE, "2026-09-24 18:00", "2026-09-29 09:00"),  # Mid-Autumn and Confucius' Birthday
        (("sun 10:00-12:00",), "2026-11-22 12:00", "2026-11-29 10:00"),
    ],
)
def test_the_next_opening_is_told_across_holidays_and_years(spans, moment, opens):
    """The first span that begins later, on a day that is one of its own."""
    assert _next(spans, moment) == opens


def test_an_opening_too_far_away_is_none():
    """Nobody is sent to a line that works again in a month."""
    moment = _at("2026-11-20 18:00")
    last = moment.astimezone(TAIPEI).date() + timedelta(days=HORIZON_DAYS)
    office = parse_open(OFFICE, "here")
    assert find_next_opening(office, moment, lambda day: day > last) is None
    found = find_next_opening(office, moment, lambda day: day == last)
    assert found is not None
    assert found.date() == last
