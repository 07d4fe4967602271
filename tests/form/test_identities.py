"""Numbers of cards, certificates and passports; all of them made up here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.form.conftest import ANY_TIME, take

LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"


def _finish(start: str) -> str:
    """Return the number with its check digit, counted another way than the program does."""
    first = 10 + LETTERS.index(start[0])
    second = int(start[1]) if start[1].isdigit() else (10 + LETTERS.index(start[1])) % 10
    total = first // 10 + first % 10 * 9 + second * 8
    total += sum(int(digit) * (7 - place) for place, digit in enumerate(start[2:]))
    return f"{start}{-total % 10}"


SOUND = st.builds(
    lambda letter, second, rest: _finish(f"{letter}{second}{rest:07}"),
    st.sampled_from(LETTERS),
    st.sampled_from("1289ABCD"),
    st.integers(0, 9_999_999),
)


def _read(text: str) -> object:
    taken = take("id_number", text)
    return taken["id_number"] if isinstance(taken, dict) else taken


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("A123456789", "A123456789"),
        ("a123456789", "A123456789"),
        ("Ａ１２３ ４５６ ７８９", "A123456789"),
        ("A123-456-789", "A123456789"),
        ("A800000014", "A800000014"),
        ("AA00000009", "AA00000009"),
        ("300000000", "300000000"),
        ("b 1234567", "B1234567"),
        ("P1234567A", "P1234567A"),
        ("C01X00T47", "C01X00T47"),
        ("A323456789", "A323456789"),
        ("A123456788", "identity_checksum"),
        ("A800000015", "identity_checksum"),
        ("AB00000009", "identity_checksum"),
        ("12345", "identity_unclear"),
        ("1234567890123", "identity_unclear"),
        ("NGUYEN", "identity_unclear"),
        ("不想說", "identity_unclear"),
        ("A12345678\u0669", "identity_unclear"),
        ("A" * 61, "identity_unclear"),
    ],
)
def test_a_number_is_read_as_it_is_copied(typed, number):
    """Small letters, full width and spaces do not matter; a wrong check digit does."""
    assert _read(typed) == number


@ANY_TIME
@given(SOUND)
def test_every_sound_number_is_read_and_every_wrong_check_digit_found(number):
    """National numbers, new certificates and old ones alike."""
    assert _read(number) == number
    wrong = {f"{number[:-1]}{digit}" for digit in range(10)} - {number}
    assert {_read(one) for one in wrong} == {"identity_checksum"}


@ANY_TIME
@given(SOUND, st.integers(2, 8))
def test_two_neighbours_that_changed_places_are_found(number, place):
    """The most usual slip when copying, unless they differ by nothing or by five."""
    swapped = (
        number[:place] + number[place + 1] + number[place] + number[place + 2 :] if place < 9 else number
    )
    if int(number[place]) != int(number[place + 1]) and place < 8:
        assert _read(swapped) == "identity_checksum"


@ANY_TIME
@given(st.text(max_size=70))
def test_no_text_breaks_the_reading_of_numbers(text):
    """What is read, reads as itself."""
    read = _read(text)
    assert read in {"empty", "identity_unclear", "identity_checksum"} or _read(read) == read
