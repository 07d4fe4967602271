"""
What stands in the calendar file.

It must tell whoever opens the calendar nothing: no subject, no sender, no moment at which it was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from icalendar import Calendar as CalendarFile
from icalendar import Event

#: Time enough to ask somebody and to write what must be written.
_AHEAD = timedelta(days=30)
#: RFC 5545 §3.7.3 wants a name of the product here; ours would tell the subject.
_PRODUCT = "-//memo//memo//EN"
#: RFC 5545 §3.8.7.2 wants a moment; the true one would tell when somebody was here.
_STAMP = datetime(2026, 1, 1, tzinfo=UTC)
_ENTRIES = uuid5(NAMESPACE_OID, "memo")


def draw_calendar(last_day: date, today: date, *, words: Mapping[str, str]) -> bytes:
    """Write the file (RFC 5545). The earlier entry is left out when its day is over."""
    file = CalendarFile()
    file.add("prodid", _PRODUCT)
    file.add("version", "2.0")
    for day in (last_day - _AHEAD, last_day):
        if day >= today or day == last_day:
            file.add_component(_make_entry(day, words))
    content: bytes = file.to_ical()
    return content


def _make_entry(day: date, words: Mapping[str, str]) -> Event:
    """
    Make an all-day entry without a time zone: it stands on its day wherever the phone is.

    Its id comes from the day alone, so that a second download replaces the first. There is no
    alarm: a phone that lights up by itself may do so in other hands.
    """
    entry = Event()
    entry.add("uid", str(uuid5(_ENTRIES, day.isoformat())))
    entry.add("dtstamp", _STAMP)
    entry.add("dtstart", day)
    entry.add("dtend", day + timedelta(days=1))  # some phones take an entry without an end for a moment
    entry.add("summary", words["calendar_title"])
    entry.add("description", words["calendar_note"])
    entry.add("class", "PRIVATE")
    entry.add("transp", "TRANSPARENT")
    return entry
