"""Typed text is made safe before it is used, and comparable before it is compared."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import MAX_TYPED_CHARS, clean, fold, squeeze

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("你好", "你好"),
        ("一\n二\t三", "一\n二\t三"),
        ("a\x00b\x07c\r\x85d", "abcd"),
        (f"a{BIDI}b", "ab"),
        ("\ud800x", "\ufffdx"),
        ("\ud83d\ude00", "😀"),
        ("e\u0301", "é"),
        ("ﬁ①", "ﬁ①"),
        ("", ""),
    ],
)
def test_clean_drops_what_could_harm_and_keeps_the_rest(typed, kept):
    """Controls and direction marks go; line breaks, tabs and compatibility letters stay."""
    assert kept == clean(typed)


def test_a_pile_of_accents_is_cut_to_eight():
    """A letter keeps eight combining marks, and the next letter starts anew."""
    pile = "\u0301\u0300" * 20
    assert "q" + pile[:8] + "q" + pile[:8] == clean(f"q{pile}q{pile}")


def test_very_long_text_is_cut():
    """One message holds 5,000 characters at most, counted before it is normalised."""
    assert clean("字" * 1_000_000) == "字" * MAX_TYPED_CHARS


def test_a_letter_that_stands_for_a_sentence_makes_no_long_text():
    """Some become eighteen; comparing must cost about the same whatever was typed."""
    assert len(fold("\ufdfa" * MAX_TYPED_CHARS)) <= 2 * MAX_TYPED_CHARS
    assert fold("我想死" + "…" * 1_000 + "救命").endswith("救命")


@given(st.text(alphabet=st.characters(codec=None), max_size=200))
def test_clean_text_is_safe_whatever_was_typed(text):
    """No control, direction mark or lone surrogate is left, and it can always be encoded."""
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not set(BIDI) & set(cleaned)
    assert {unicodedata.category(char) for char in set(cleaned) - {"\n", "\t"}}.isdisjoint({"Cc", "Cs"})
    assert len(cleaned) <= 3 * max(len(text), 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("１２", "12"),
        ("①", "1"),
        ("ＯＫ！", "ok"),
        ("臺北", "台北"),
        ("1\ufe0f\u20e3", "1"),
        ("妳", "你"),
        ("祢", "你"),
        ("Straße", "STRASSE"),
        ("  go   back. ", "Go\nBack"),
        ("1.", "1"),
    ],
)
def test_fold_makes_alike_what_means_the_same(one, other):
    """Width, case, spelling variants, spaces and punctuation do not count."""
    assert fold(one) == fold(other)


def test_fold_keeps_words_apart_and_squeeze_joins_them():
    """Latin needs its word borders, Chinese is spaced freely."""
    assert fold("Go,back") == "go back"
    assert squeeze("Go,back") == "goback"
    assert squeeze("不 想，活 了…") == "不想活了"


@given(st.text(max_size=200))
def test_folding_never_fails(text):
    """Anything can be compared, and nothing but letters, marks, digits and single spaces is left."""
    folded = fold(text)
    assert "  " not in folded
    assert all(char == " " or unicodedata.category(char)[0] in "LMN" for char in folded)
