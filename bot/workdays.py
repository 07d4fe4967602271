"""
Taiwan's office calendar: weekends, public holidays, substituted days and make-up Saturdays.

The days come from the `holidays` package and its own tables: no network. For years that the government
has not announced yet they follow from the law, which is right unless offices are told to swap days or
the law changes; docs/adr/0012-office-calendar.md says what to do each year. Days off for typhoons are nobody's calendar.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from holidays import HolidayBase, country_holidays

#: The last year that the locked release of the library was checked against by its authors with the government's calendar.
CHECKED_UNTIL = 2026


def is_workday(day: date) -> bool:
    """Whether offices in Taiwan work on that day."""
    return _calendar(day.year).is_working_day(day)


@cache
def _calendar(year: int) -> HolidayBase:
    # One calendar for each year, and none that grows while it is asked: a make-up day may stand in
    # the year before the day off that it pays for, so the next year is read along.
    return country_holidays("TW", years=(year, year + 1), expand=False)
