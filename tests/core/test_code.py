"""One-time codes: told in one way, read in every way that people copy them."""

from __future__ import annotations

import string
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.code import ALPHABET, CODE_LIVES, LENGTH, is_unmistakable, read_code, write_code
from bot.wiring.common import new_code

CODES = st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH)


def test_no_character_is_taken_for_another():
    """Read aloud, copied by hand, or in small letters."""
    assert not set(ALPHABET) & set("01ILOU")
    assert len(set(ALPHABET)) == len(ALPHABET) == 30
    assert set(ALPHABET) <= set(string.ascii_uppercase + string.digits)


def test_a_code_cannot_be_guessed_in_its_time():
    """49 bits for a quarter of an hour. Source: SECURITY notes, one-time page token."""
    assert len(ALPHABET) ** LENGTH > 2**49
    assert timedelta(minutes=15) == CODE_LIVES


def test_a_code_is_told_in_two_halves():
    assert write_code("ABCDEFGH23") == "ABCDE-FGH23"


def test_every_new_code_is_another_and_can_be_read():
    codes = {new_code() for _ in range(1_000)}
    assert len(codes) == 1_000
    assert all(read_code(code) == code for code in codes)


@given(CODES)
def test_what_is_written_is_read(characters):
    """With and without the dash, in small letters, between spaces."""
    code = write_code(characters)
    for typed in (code, code.lower(), characters, characters.lower(), f"  {code}\n", code.replace("-", " ")):
        assert read_code(typed) == code


@pytest.mark.parametrize(
    "typed",
    [
        "ＡＢＣＤＥ－ＦＧＨ２３",
        "ａｂｃｄｅｆｇｈ２３",
        "abcde\u2010fgh23",
        "abcde\u2011fgh23",
        "abcde\u2013fgh23",
        "abcde\u2014fgh23",
        "abcde\u2212fgh23",
        "ABCDE\u3000FGH23",
    ],
)
def test_every_keyboard_is_understood(typed):
    """Full-width letters of an input method, and whatever a phone makes of a dash."""
    assert read_code(typed) == "ABCDE-FGH23"


@pytest.mark.parametrize(
    "typed",
    [
        "", "-", "ABCDE", "ABCDE-FGH2", "ABCDE-FGH234", "ABCD-EFGH23", "ABCDE--FGH23", "ABCDE_FGH23",
        "ABCDE-FGH20", "ABCDE-FGH21", "ABCDE-FGHIJ", "我ABCDE-FGH23", "ABCDE-FGH23 ABCDE-FGH23",
        "https://x/p/ABCDE-FGH23", "A B C D E F G H 2 3", "ABCDE-FGH23" + " x" * 9, "\u0131BCDE-FGH23",
    ],
)  # fmt: skip
def test_anything_else_is_no_code(typed):
    assert read_code(typed) is None
    assert not is_unmistakable(typed)


@given(st.text(max_size=30))
def test_reading_never_fails(typed):
    """Whatever is typed; and whoever gets a code back, gets it the way it was told."""
    code = read_code(typed)
    assert code is None or read_code(code) == code


@pytest.mark.parametrize("word", ["harassment", "Attachment", "engagement", "ABCDEFGHJK"])
def test_a_word_may_look_like_a_code(word):
    """So nobody is told that a code was wrong unless it can hardly be anything else."""
    assert read_code(word) is not None
    assert not is_unmistakable(word)


@pytest.mark.parametrize("typed", ["ABCDE-FGHJK", "abcdefgh23", "abcde\u2014fghjk", "２BCDEFGHJK"])
def test_a_digit_or_a_dash_makes_it_unmistakable(typed):
    assert is_unmistakable(typed)
