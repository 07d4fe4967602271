"""The stored forms: whatever goes in comes out, and nothing else is believed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import Session, Step
from bot.core.reply import Button, Reply
from bot.errors import Unreadable
from bot.ports import Address
from bot.store.codec import decode_letter, decode_session, encode_letter, encode_session
from bot.store.moments import from_micros, round_up, to_micros
from tests.store.cast import NOON, a_reply, a_session, an_address

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=20)  # half surrogate pairs too
MOMENTS = st.datetimes(timezones=st.just(UTC))
ANSWERS = st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=4)
SESSIONS = st.builds(
    Session,
    visit=ANY_TEXT,
    turn=st.integers(0, 10**6),
    state=ANY_TEXT,
    locale=ANY_TEXT,
    seen_at=MOMENTS,
    sent_at=MOMENTS,
    answers=ANSWERS,
    trail=st.lists(st.builds(Step, state=ANY_TEXT, answers=ANSWERS), max_size=4).map(tuple),
    interrupted=st.none() | ANY_TEXT,
    misses=st.integers(0, 99),
)
BUTTONS = st.builds(Button, id=ANY_TEXT, label=ANY_TEXT, kind=st.sampled_from(["choice", "way_out"]))
REPLIES = st.builds(
    Reply,
    bubbles=st.lists(ANY_TEXT, min_size=1, max_size=3).map(tuple),
    buttons=st.lists(BUTTONS, max_size=4).map(tuple),
    visit=ANY_TEXT,
    turn=st.integers(0, 10**6),
    locale=ANY_TEXT,
    hint=ANY_TEXT,
    ways_hint=ANY_TEXT,
    leaving=st.booleans(),
)
ADDRESSES = st.builds(Address, to=ANY_TEXT, token=ANY_TEXT, until=st.none() | MOMENTS)


@settings(deadline=None)  # a busy machine is no failure
@given(SESSIONS)
def test_every_session_comes_back_as_it_was(session: Session) -> None:
    assert decode_session(encode_session(session)) == session


@settings(deadline=None)  # a busy machine is no failure
@given(ADDRESSES, REPLIES)
def test_every_letter_comes_back_as_it_was(address: Address, reply: Reply) -> None:
    assert decode_letter(encode_letter(address, reply)) == (address, reply)


def test_every_field_is_stored() -> None:
    """A field added to the model and forgotten here would be lost silently; this notices."""
    session = json.loads(encode_session(a_session()))
    assert set(session) - {"form"} == set(Session.__slots__)
    letter = json.loads(encode_letter(an_address(), a_reply()))
    assert set(letter) - {"form"} == {*Reply.__slots__, *Address.__slots__}


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff", b"[]", b"null", b"{}", b'{"form":2}', b'{"form":1}', b'{"form":1,"trail":3}'],
)
def test_another_form_is_unreadable(raw: bytes) -> None:
    """Nobody is answered from a guess."""
    with pytest.raises(Unreadable):
        decode_session(raw)
    with pytest.raises(Unreadable):
        decode_letter(raw)


def test_a_moment_beyond_the_calendar_is_unreadable() -> None:
    stored = json.loads(encode_session(a_session())) | {"seen_at": 10**30}
    with pytest.raises(Unreadable):
        decode_session(json.dumps(stored).encode())


@settings(deadline=None)  # a busy machine is no failure
@given(MOMENTS)
def test_a_moment_survives_to_the_microsecond(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment


def test_the_same_moment_elsewhere_is_the_same_integer() -> None:
    taipei = timezone(timedelta(hours=8))
    assert to_micros(NOON.astimezone(taipei)) == to_micros(NOON)


def test_a_moment_without_a_time_zone_is_a_bug() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_micros(NOON.replace(tzinfo=None))


@settings(deadline=None)  # a busy machine is no failure
@given(st.datetimes(datetime(1900, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_rounding_never_ends_anything_early(moment: datetime) -> None:
    minute = timedelta(minutes=1)
    assert timedelta(0) <= round_up(moment, minute) - moment < minute
    assert to_micros(round_up(moment, minute)) % 60_000_000 == 0
