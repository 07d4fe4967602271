"""The small pieces under the channels: counting, buttons, the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.measure import count_graphemes, count_units, shorten_graphemes, shorten_units
from bot.channels.numbered import list_numbered, write_numbered
from bot.channels.taps import decode_tap, encode_tap
from bot.channels.wire import parse_json
from bot.core.inputs import Tapped
from tests.channels.material import QUESTION, make_reply

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "units", "graphemes"),
    [
        ("", 0, 0),
        ("abc", 3, 3),
        ("求救", 2, 2),
        ("😀", 2, 1),
        (FAMILY, 11, 1),
        ("e\u0301", 2, 1),
        ("🇹🇼", 4, 1),
    ],
)
def test_text_is_counted_as_line_counts(text: str, units: int, graphemes: int) -> None:
    """Code units for texts, grapheme clusters for labels."""
    assert (units, graphemes) == (count_units(text), count_graphemes(text))


def test_a_label_is_cut_between_what_a_reader_sees() -> None:
    """A family stays a family."""
    assert shorten_graphemes(FAMILY * 20, 20) == FAMILY * 20
    assert shorten_graphemes(FAMILY * 21, 20) == FAMILY * 19 + "…"


def test_a_text_is_cut_within_its_units_and_between_graphemes() -> None:
    """Twelve units hold one family and the ellipsis, and not half of the second."""
    assert shorten_units(FAMILY * 2, 22) == FAMILY * 2
    assert shorten_units(FAMILY * 2, 21) == FAMILY + "…"


@given(text=st.text(max_size=60), at_most=st.integers(1, 40))
def test_what_is_shortened_fits(text: str, at_most: int) -> None:
    """Whatever the text."""
    assert count_units(shorten_units(text, at_most)) <= at_most
    assert count_graphemes(shorten_graphemes(text, at_most)) <= max(at_most, 1)


def test_a_button_carries_visit_turn_and_choice() -> None:
    """Readable by whoever debugs, and short."""
    assert encode_tap("yes", visit="Ab3-_x", turn=12) == "v=Ab3-_x&t=12&c=yes"


@given(
    choice=st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=30),
    visit=st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=30),
    turn=st.integers(0, 999_999_999),
)
def test_what_a_button_carries_comes_back(choice: str, visit: str, turn: int) -> None:
    """Whatever the ids are made of."""
    assert Tapped(choice, visit, turn) == decode_tap(encode_tap(choice, visit=visit, turn=turn))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "carried",
    [
        None, 5, [], "", "x", "v=a&t=1", "v=a&t=1&c=", "v=&t=1&c=b", "t=1&v=a&c=b", "v=a&t=1&c=b&d=e",
        "v=a&t=-1&c=b", "v=a&t=1.0&c=b", "v=a&t=１&c=b", "v=a&t=1234567890&c=b", "v=a&t=1&c=%00", "v=%0a&t=1&c=b",
        "v=a&t=1&c=%ff", "V=a&T=1&C=b", "v=a&v=a&t=1&c=b", "c" * 301, "&&&", "=&=&=",
    ],
)  # fmt: skip
def test_what_is_not_our_button_is_nothing(carried: object) -> None:
    """Forged, foreign or broken: None, never an exception."""
    assert decode_tap(carried) is None


def test_numbers_stand_before_what_is_chosen_and_not_before_the_ways_out() -> None:
    """The same ones wherever the choices are shown."""
    assert list_numbered(QUESTION) == ["1 安全", "2 不安全"]
    assert write_numbered(QUESTION) == "也可以輸入數字：\n1 安全\n2 不安全\n隨時可以輸入：找真人"
    assert write_numbered(make_reply("再見")) == "隨時可以輸入：找真人"


@given(carried=st.text(max_size=80))
def test_no_carried_text_raises(carried: str) -> None:
    """It comes back from a stranger's device."""
    decode_tap(carried)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"a": NaN, "b": [Infinity, -Infinity]}', {"a": None, "b": [None, None]}),
        (b'{"a": {"b": 1, "b": 2}, "c": 3}', {"a": None, "c": 3}),
        (b'{"a": 1, "a": 1}', None),
        (b'{"n": 1234567890123456789}', {"n": 1234567890123456789}),
        (b'{"n": 12345678901234567890}', {"n": None}),
        (b'\xef\xbb\xbf{"bom": 1}', {"bom": 1}),
    ],
)
def test_what_no_channel_sends_becomes_nothing_in_its_place(raw: bytes, expected: object) -> None:
    """The rest of the body lives."""
    assert expected == parse_json(raw)
