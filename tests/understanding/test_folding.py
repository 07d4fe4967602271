"""However it is typed, the same words become the same units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.folding import MARKS, MAX_CHARS, fold, split, strip_accents


def units(text: str) -> list[str]:
    return split(fold(text))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ＨＥＬＰ", "help"), ("He Posted", "he posted"), ("p\u200bo\u200bst\u2060ed", "posted"), ("ѕеx", "sex"), ("soooo bad", "so bad"),
        ("臺灣", "台灣"), ("妳們", "你們"), ("我 好 怕", "我好怕"), ("哈哈哈哈哈", "哈哈"), ("มากกกก", "มาก"), ("don't", "dont"), ("don’t", "dont"),
        ("step-father", "step father"), ("5,000", "5000"), ("1.500.000", "1500000"), ("๑๕", "15"), ("ม.3", "ม3"), ("😭😭😭", "😭"), ("👋🏽", "👋"),
        ("1️⃣", "1"), ("hoà", "hòa"), ("thuỷ", "thủy"), ("a\u0301nh", "ánh"), ("\ud800help", "?help"), ("lo\u00advely", "lovely"),
    ],
)  # fmt: skip
def test_spellings_of_the_same(typed: str, meant: str) -> None:
    assert units(typed) == units(meant)


@pytest.mark.parametrize(
    ("one", "other"),
    [("ảnh", "anh"), ("ma", "má"), ("媽媽", "媽"), ("wait", "wai"), ("xxx", "x"), ("go od", "good")],
)
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert units(one) != units(other)


def test_letters_of_chinese_and_thai_stand_alone_and_words_are_whole() -> None:
    assert units("我ex男友po到IG") == ["我", "ex", "男", "友", "po", "到", "ig"]
    assert units("15yo") == ["15", "yo"]
    assert units("อายุ15") == ["อ", "า", "ย", "ุ", "15"]


def test_clauses_are_parted_by_marks_and_in_chinese_by_spaces() -> None:
    assert units("想報案 要先打110嗎") == [*"想報案", ",", *"要先打", "110", "嗎"]
    assert units("no! why? ok\nyes") == ["no", ".", "why", "?", "ok", ".", "yes"]
    assert units("no one") == ["no", "one"]


def test_what_is_long_keeps_its_beginning_and_its_end() -> None:
    text = "start " + "x y " * MAX_CHARS + " finish"
    read = units(text)
    assert read[0] == "start"
    assert read[-1] == "finish"
    assert len(fold(text)) <= MAX_CHARS + 1


def test_a_letter_that_stands_for_many_does_not_make_a_text_long() -> None:
    assert len(fold("\ufdfa" * MAX_CHARS)) <= 2 * MAX_CHARS


@pytest.mark.parametrize(
    ("word", "plain"), [("đăng", "dang"), ("ảnh", "anh"), ("help", "help"), ("niño", "nino")]
)
def test_marks_can_be_left_out(word: str, plain: str) -> None:
    assert strip_accents(fold(word)) == plain


@given(st.text(max_size=300))
def test_folding_takes_anything(text: str) -> None:
    once = units(text)
    assert all(once)
    assert all(unit in MARKS or unit.strip() for unit in once)
