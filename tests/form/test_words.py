"""Words are kept whole and readable; what hides or turns around is not (T17)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.fields import Refused
from bot.form.words import narrow, read_name, read_words, tidy
from tests.form.conftest import ANY_TIME, take

ODD = "\u202e\u2066\u200f\u200b\u200d\ufeff\u00ad\x00\x1b\x85\ud800\ufffe\ufdd0\u115f\u3164\U000e0041\u2028"
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from(f"{ODD}\u0301\u0e31\u3000\n\t ")), max_size=120)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("王小明", "王小明"), (" 王　小明 ", "王 小明"), ("Nguyễn Thị Mai", "Nguyễn Thị Mai"), ("e\u0301", "é"), ("สมหญิง", "สมหญิง"),
        ("محمد", "محمد"), ("Siti\u202eitiS", "SitiitiS"), ("王\u200b小\ufeff明", "王小明"), ("𠮷田", "𠮷田"), ("a\r\nb", "a b"),
        ("\ue000明", "\ue000明"), ("\ud800王", "\ufffd王"), ("a\u2028b", "a b"), ("王\ufffe", "王"), ("ﬁ①", "ﬁ①"),
        ("12345", "name_unclear"), ("-", "name_unclear"), ("\u200b\u202e", "empty"), ("ㅤ", "empty"), ("　", "empty"),
        ("王" * 60, "王" * 60), ("王" * 61, "too_long"),
    ],
)  # fmt: skip
def test_a_name_is_kept_in_any_script(typed, kept):
    """One to sixty characters, at least one of them a letter."""
    reasons = {"empty", "name_unclear", "too_long"}
    assert take("name", typed) == (kept if kept in reasons else {"name": kept})


@ANY_TIME
@given(TEXTS)
def test_nothing_hidden_is_left(text):
    """T17: no control, format, bidi or blank character, no noncharacter, no lone surrogate, no tower of marks."""
    kept = tidy(text, lines=True)
    assert not {unicodedata.category(char) for char in kept if char not in "\n\t"} & {"Cc", "Cf", "Cs"}
    assert not set(kept) & set(ODD)
    assert kept == unicodedata.normalize("NFC", kept) == kept.strip()
    assert "\n" not in tidy(text)


@ANY_TIME
@given(TEXTS)
def test_what_was_kept_is_kept_as_it_is(text):
    """Cleaning twice is cleaning once, in lines or without."""
    for lines in (True, False):
        assert tidy(tidy(text, lines=lines), lines=lines) == tidy(text, lines=lines)


def test_marks_are_not_stacked_higher_than_any_script_does():
    """T17: eight on one base; also those that have no combining class."""
    assert tidy("a" + "\u0335" * 50) == "a" + "\u0335" * 8
    assert len(tidy("a" + "\ufe0f" * 50)) == 9


def test_lines_are_kept_where_a_story_is_told():
    """And are one space elsewhere."""
    assert tidy("一\r\n\r\n二\r三\u2029四\tx ", lines=True) == "一\n\n二\n三\n四\tx"
    assert take("story", "一\n二") == {"story": "一\n二"}
    assert take("contact_time", "一\n二") == {"contact_time": "一 二"}


@ANY_TIME
@given(st.integers(1, 4000), st.integers(1, 2000))
def test_nothing_is_cut(chars, most):
    """What does not fit is refused, and how much there is too much is known."""
    read = read_words("字" * chars, max_chars=most)
    assert read == ("字" * chars if chars <= most else Refused("too_long", over=chars - most))


def test_a_text_too_long_to_be_cleaned_is_refused_unread():
    """Its surplus is counted as it came."""
    assert read_words("字" * 5_001, max_chars=2_000) == Refused("too_long", over=3_001)


def test_full_width_is_folded_sign_by_sign():
    """T17: explicitly, so that nothing else changes."""
    assert narrow("Ａ１＃（）　①²") == "A1#() ①²"


def test_a_name_may_be_made_of_signs_newer_than_our_tables():
    """Names hold rare characters; an unassigned one may be somebody's."""
    assert read_name("\U000323b0", max_chars=60) == "\U000323b0"
