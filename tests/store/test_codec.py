"""The stored forms: whatever goes in comes out, and nothing else is believed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import Heard, Session, Step, Told
from bot.core.reply import Button, Reply
from bot.errors import Unreadable
from bot.ports import Address, Mail, Wipe
from bot.store.codec import decode_letter, decode_session, encode_letter, encode_session
from bot.store.moments import from_micros, round_up, to_micros
from tests.store.cast import NOON, a_mail, a_session, a_wipe

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=20)  # half surrogate pairs too
TEXTS = st.lists(ANY_TEXT, max_size=4).map(tuple)
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
    trail=st.lists(st.builds(Step, state=ANY_TEXT, answers=ANSWERS, guarded=st.booleans()), max_size=4).map(
        tuple
    ),
    interrupted=st.none() | ANY_TEXT,
    opened=TEXTS,
    misses=st.integers(0, 99),
    away=st.booleans(),
    veiled=st.frozensets(ANY_TEXT, max_size=4),
    asked_at=MOMENTS,
    fresh=st.booleans(),
    note=st.none() | ANY_TEXT,
    tapped=ANY_TEXT,
    heard=st.lists(st.builds(Heard, message=ANY_TEXT, state=ANY_TEXT, keys=TEXTS), max_size=4).map(tuple),
    hushed=st.booleans(),
    draft=ANSWERS,
    pocket=ANSWERS,
    told=st.lists(st.builds(Told, message=ANY_TEXT, facts=TEXTS, agreed=st.booleans()), max_size=4).map(
        tuple
    ),
    locale_known=st.booleans(),
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
    look=st.sampled_from(["plain", "card", "list", "preview"]),
    alt=ANY_TEXT,
    day_label=ANY_TEXT,
    hushed=st.booleans(),
    meets=st.booleans(),
    relabels=st.booleans(),
)
MAILS = st.builds(
    Mail,
    channel=st.just("line"),
    address=st.builds(Address, to=ANY_TEXT, token=ANY_TEXT, until=st.none() | MOMENTS),
    reply=REPLIES,
    wipe=st.none() | st.builds(Wipe, message_ids=TEXTS, partly=REPLIES),
)
#: As version 0.1.0 wrote them.
FIRST_SESSION = {
    "form": 1, "visit": "v1", "turn": 1, "state": "what_happened", "locale": "zh_TW",
    "seen_at": to_micros(NOON), "sent_at": to_micros(NOON), "answers": {"age": "adult"},
    "trail": [["start", {}, False]], "interrupted": None, "misses": 0, "away": False,
}  # fmt: skip
FIRST_LETTER = {
    "form": 1, "to": "U-survivor", "token": "token-1", "until": None, "bubbles": ["我們在這裡。"],
    "buttons": [["yes", "是", "choice"]], "visit": "v1", "turn": 1, "locale": "zh_TW", "hint": "",
    "ways_hint": "", "leaving": False,
}  # fmt: skip


@settings(deadline=None)  # a busy machine is no failure
@given(SESSIONS)
def test_every_session_comes_back_as_it_was(session: Session) -> None:
    assert decode_session(encode_session(session)) == session


@settings(deadline=None)  # a busy machine is no failure
@given(MAILS)
def test_every_letter_comes_back_as_it_was(mail: Mail) -> None:
    assert decode_letter(encode_letter(mail), "line") == mail


def test_every_field_is_stored() -> None:
    """A field added to the model and forgotten here would be lost silently; this notices."""
    session = json.loads(encode_session(a_session()))
    assert set(session) - {"form"} == set(Session.__slots__)
    letter = json.loads(encode_letter(a_mail(wipe=a_wipe("1"))))
    # `common` is only of use to whoever made it: what is read back is somebody's own.
    drawn = set(Reply.__slots__) - {"common"}
    assert set(letter) - {"form", "wipe"} == {*drawn, *Address.__slots__}
    assert set(letter["wipe"]["partly"]) == drawn
    assert set(Wipe.__slots__) == {"message_ids", "partly"}


def test_what_the_first_release_wrote_is_still_read() -> None:
    """Nobody is asked anew because the program was replaced; what it did not know is as if never said."""
    old = decode_session(json.dumps(FIRST_SESSION).encode())
    # Nor does it begin to speak another language in the middle.
    assert old == a_session(asked_at=NOON, locale_known=True)
    assert (old.fresh, old.heard, old.tapped, old.note, old.hushed) == (False, (), "", None, False)
    assert (old.draft, old.pocket, old.told) == ({}, {}, ())
    assert decode_letter(json.dumps(FIRST_LETTER).encode(), "line") == a_mail()


@pytest.mark.parametrize("wipe", [3, {"ids": ["1"]}, {"ids": 3, "partly": {}}, {"partly": FIRST_LETTER}])
def test_a_letter_with_half_a_wipe_is_unreadable(wipe: object) -> None:
    """It would say that messages are gone without taking them back."""
    with pytest.raises(Unreadable):
        decode_letter(json.dumps(FIRST_LETTER | {"wipe": wipe}).encode(), "line")


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff", b"[]", b"null", b"{}", b'{"form":2}', b'{"form":1}', b'{"form":1,"trail":3}'],
)
def test_another_form_is_unreadable(raw: bytes) -> None:
    """Nobody is answered from a guess."""
    with pytest.raises(Unreadable):
        decode_session(raw)
    with pytest.raises(Unreadable):
        decode_letter(raw, "line")


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
