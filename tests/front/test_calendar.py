"""The calendar file: valid, neutral, the same every time, and without a trace on our side."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar as CalendarFile
from icalendar import Event

from bot.channels.web import Web
from bot.front.app import create_app
from bot.front.calendar_file import draw_calendar
from bot.front.headers import SAFE_HEADERS
from bot.log import set_up_logging
from tests.front.conftest import ORIGIN
from tests.front.fakes import ROOT, SOURCE_WORDS, be_ready, list_records, make_tokens

#: In Taipei it is already the 21st.
NOW = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
TODAY = date(2026, 11, 21)
ENGLISH = {**SOURCE_WORDS, "calendar_title": "Note", "calendar_note": "Things to do"}


class TwoLanguages:
    """Chinese, and English when asked for it."""

    def words(self, locale: str) -> Mapping[str, str]:
        return ENGLISH if locale.startswith("en") else SOURCE_WORDS


@pytest.fixture
def ask(conversation, connect) -> Callable[..., object]:
    """Ask the program for a path at 00:30 in Taipei."""
    app = create_app(
        conversation=conversation,
        interface=TwoLanguages(),
        codec=Web(),
        webhooks={},
        is_ready=be_ready,
        origin=ORIGIN,
        demo=False,
        new_token=make_tokens(),
        clock=lambda: NOW,
    )

    async def request(path: str, method: str = "GET", **options: object) -> httpx.Response:
        async with connect(app) as client:
            return await client.request(method, path, **options)

    return request


def draw(last_day: date, today: date = TODAY) -> bytes:
    return draw_calendar(last_day, today, words=SOURCE_WORDS)


def list_entries(content: bytes) -> list[Event]:
    """Read the file back with the library, as a phone would."""
    return list(CalendarFile.from_ical(content).walk("VEVENT"))


def list_days(content: bytes) -> list[date]:
    return [entry["dtstart"].dt for entry in list_entries(content)]


# ─── What comes ───────────────────────────────────────────────────────────────


async def test_a_day_ahead_gives_two_entries(ask):
    """One thirty days before, one on the day, in a file that phones know."""
    response = await ask("/date/2027-04-30.ics")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="memo.ics"'
    assert list_days(response.content) == [date(2027, 3, 31), date(2027, 4, 30)]


async def test_nothing_is_known_of_who_asks(ask, conversation):
    """No cookie is given, none is asked for, and the conversation hears nothing."""
    response = await ask("/date/2027-04-30.ics", headers={"cookie": f"chat={'t' * 43}"})
    assert "set-cookie" not in response.headers
    assert (conversation.received, conversation.where) == ([], {})


@pytest.mark.parametrize("path", ["/date/2027-04-30.ics", "/date/nothing.ics"])
async def test_the_answer_is_guarded_like_every_other(ask, path):
    """All safe headers: not kept in any cache, not framed, no referrer elsewhere."""
    response = await ask(path)
    for name, value in SAFE_HEADERS.items():
        assert response.headers[name] == value, name


async def test_what_follows_the_question_mark_is_not_looked_at(ask):
    """LINE adds how to open the link; others add what they like."""
    plain = await ask("/date/2027-04-30.ics")
    opened = await ask("/date/2027-04-30.ics?openExternalBrowser=1&x=%00")
    assert (opened.status_code, opened.content) == (200, plain.content)


async def test_head_gives_the_headers_alone(ask):
    """Phones look before they take."""
    response = await ask("/date/2027-04-30.ics", "HEAD")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/calendar")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_it_can_only_be_read(ask, method):
    """Anything else is refused kindly."""
    response = await ask("/date/2027-04-30.ics", method)
    assert response.status_code == 405
    assert 'href="tel:113"' in response.text


@pytest.mark.parametrize(
    ("asked", "title"), [("", "備忘"), ("zh-TW", "備忘"), ("en-GB,zh;q=0.5", "Note"), ("x" * 9_000, "備忘")]
)
async def test_the_entry_speaks_the_browsers_language(ask, asked, title):
    """By Accept-Language, whatever stands there."""
    response = await ask("/date/2027-04-30.ics", headers={"accept-language": asked})
    assert {str(entry["summary"]) for entry in list_entries(response.content)} == {title}


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2026-11-19", 404),
        ("2026-11-20", 200),
        ("2026-11-21", 200),
        ("2028-11-21", 200),
        ("2028-11-22", 404),
    ],
)
async def test_a_day_must_be_near(ask, day, status):
    """From yesterday, because a link may be opened after midnight in Taipei, to two years ahead."""
    assert (await ask(f"/date/{day}.ics")).status_code == status


@pytest.mark.parametrize(
    "name",
    [
        "2027-04-31", "2027-13-01", "20270430", "2027-W17-5", "2027-4-30", "2027-04-30T00:00", " 2027-04-30", "2027-04-30%0A",
        "%EF%BC%922027-04-30", "+027-04-30", "0000-00-00", "9999-12-31", "0001-01-01", "today", "", "..%2Fchat", "%00", "%FF", "x" * 5_000,
    ],
)  # fmt: skip
async def test_what_is_no_day_is_a_kind_page(ask, name, caplog):
    """404 in the house's own style, with the human route; what was asked for is said and logged nowhere."""
    response = await ask(f"/date/{name}.ics", headers={"accept-language": "zh-TW"})
    assert response.status_code == 404
    assert SOURCE_WORDS["not_found"] in response.text
    assert 'href="tel:113"' in response.text
    assert "2027" not in response.text + list_records(caplog)


async def test_the_day_is_logged_nowhere(ask, caplog):
    """A deadline tells what somebody is going through."""
    with caplog.at_level("DEBUG"):
        await ask("/date/2027-04-30.ics")
    from_us = [
        record for record in caplog.records if record.name.startswith(("bot", "icalendar", "starlette"))
    ]
    assert "2027" not in "\n".join(str(vars(record)) for record in from_us)


async def test_the_programs_own_log_stays_empty(ask, capsys):
    """With logging set up as the program does it."""
    import logging

    before = (logging.root.handlers[:], logging.root.level)
    try:
        set_up_logging(logging.DEBUG)
        await ask("/date/2027-04-30.ics")
    finally:
        logging.root.handlers[:], logging.root.level = before
    assert "2027" not in "".join(capsys.readouterr())


# ─── The file ─────────────────────────────────────────────────────────────────


def test_the_file_has_what_the_standard_asks_for():
    """RFC 5545: VERSION and PRODID once; UID, DTSTAMP and DTSTART in each entry; lines of 75 bytes with CRLF."""
    content = draw(date(2027, 4, 30))
    file = CalendarFile.from_ical(content)
    assert (str(file["version"]), "prodid" in file, file.errors) == ("2.0", True, [])
    assert content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    for entry in list_entries(content):
        assert entry.errors == []
        assert {"UID", "DTSTAMP", "DTSTART"} <= set(entry)
        assert entry["dtstamp"].dt.tzinfo is not None


def test_an_entry_lasts_one_day_everywhere():
    """Dates without a time: no zone can move them to another day."""
    for entry in list_entries(draw(date(2027, 4, 30))):
        starts, ends = entry["dtstart"], entry["dtend"]
        assert (starts.params["VALUE"], ends.params["VALUE"]) == ("DATE", "DATE")
        assert not isinstance(starts.dt, datetime)
        assert ends.dt - starts.dt == timedelta(1)


def test_the_person_is_not_shown_as_busy_and_the_entry_as_private():
    """Colleagues who share a calendar see no title and no blocked day."""
    for entry in list_entries(draw(date(2027, 4, 30))):
        assert (str(entry["class"]), str(entry["transp"])) == ("PRIVATE", "TRANSPARENT")


def test_nothing_lights_up_by_itself_and_nobody_is_named():
    """No alarm, no organiser, no address, no place: these properties and no others."""
    content = draw(date(2027, 4, 30))
    file = CalendarFile.from_ical(content)
    assert {part.name for part in file.walk()} == {"VCALENDAR", "VEVENT"}
    assert set(file) == {"VERSION", "PRODID"}
    for entry in list_entries(content):
        assert set(entry) == {
            "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "CLASS", "TRANSP",
        }  # fmt: skip


def test_whoever_opens_the_calendar_learns_nothing():
    """None of the words that a locked phone must not show, nor our own name, stands anywhere in the file."""
    denied = tomllib.loads((ROOT / "flows/words/preview.toml").read_text("utf-8"))["denied"]
    told = draw(date(2027, 4, 30)).decode().replace("\r\n ", "").casefold()
    assert [
        word for word in (*denied, "frontdoor", "告訴", "期限", "deadline", "http", "@") if word in told
    ] == []


def test_a_second_download_is_the_same_file():
    """Nothing random and no moment: phones replace the entry, and the file does not say when it was made."""
    assert draw(date(2027, 4, 30)) == draw(date(2027, 4, 30), TODAY + timedelta(5))


def test_another_day_is_another_entry():
    """Only the same day has the same id."""
    entries = [entry for n in range(60) for entry in list_entries(draw(date(2027, 4, 1) + timedelta(n)))]
    names = {(entry["dtstart"].dt, str(entry["uid"])) for entry in entries}
    assert len(names) == len({day for day, _ in names}) == len({name for _, name in names}) == 90
    assert all(re.fullmatch(r"[0-9a-f-]{36}", name) for _, name in names)


@pytest.mark.parametrize(("days_ahead", "entries"), [(31, 2), (30, 2), (29, 1), (0, 1), (-1, 1)])
def test_a_day_that_is_over_has_no_entry(days_ahead, entries):
    """The earlier one is left out when it would lie in the past."""
    last_day = TODAY + timedelta(days_ahead)
    assert len(list_entries(draw(last_day))) == entries
    assert list_days(draw(last_day))[-1] == last_day


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=200),
    st.dates(TODAY, TODAY + timedelta(731)),
)
def test_no_translation_breaks_the_file(sentence, last_day):
    """Commas, quotes, colons, long lines: what a translator writes is read back as it was."""
    words = {"calendar_title": sentence, "calendar_note": sentence}
    content = draw_calendar(last_day, TODAY, words=words)
    assert {str(entry["summary"]) for entry in list_entries(content)} == {sentence}
    assert list_days(content)[-1] == last_day
    assert content.count(b"BEGIN:VEVENT\r\n") == len(list_days(content))
