"""A choice by its number in words, or with one slip of the finger."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.near import find_near, is_near, read_number
from bot.core.text import fold

NUMBERS = {
    1: ["一", "第一個", "第1個", "1號", "the first one", "first", "number one", "một", "cái thứ nhất", "satu", "nomor satu", "yang pertama", "หนึ่ง", "ข้อหนึ่ง", "isa", "una"],
    2: ["二", "兩", "第二個", "我選二", "選2", "option 2", "no. 2", "the 2nd one", "số hai", "số 2", "nomor 2", "yang kedua", "ข้อ 2", "ข้อที่สอง", "dalawa", "ikalawa", "numero 2", "＃2"],
    7: ["七", "第七個", "seventh", "bảy", "tujuh", "เจ็ด", "pito"],
}  # fmt: skip


@pytest.mark.parametrize(("number", "text"), [(n, text) for n, texts in NUMBERS.items() for text in texts])
def test_a_number_is_read_in_words(number: int, text: str):
    """As people name a button."""
    assert read_number(fold(text)) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "個",
        "第",
        "二十歲",
        "兩年前",
        "我有一個問題",
        "no",
        "one more thing",
        "第二次被威脅",
        "123",
        "số",
        "hai người",
        "第" * 50,
    ],
)
def test_a_number_within_a_sentence_names_no_choice(text: str):
    """Only a number and nothing else."""
    assert read_number(fold(text)) is None


@pytest.mark.parametrize(
    ("said", "name"), [("freind", "friend"), ("frend", "friend"), ("friendd", "friend"), ("friemd", "friend")]
)
def test_one_slip_is_near(said: str, name: str):
    """A letter too few, too many, another, or two swapped."""
    assert is_near(said, name)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("friend", "friend"),
        ("yse", "yes"),
        ("frien", "fiend2"),
        ("fridns", "friend"),
        ("偷怕了嗎", "偷拍了嗎"),
        ("2026", "2025"),
        ("a" * 50, "a" * 49),
    ],
)
def test_what_is_not_near(said: str, name: str):
    """The same word, a short one, two slips, a script of whole words, figures, a text."""
    assert not is_near(said, name)


def test_only_one_name_may_be_near():
    """Between two nothing is guessed."""
    assert find_near("hause", [("house", "a"), ("cause", "b")]) is None
    assert find_near("hause", [("house", "a"), ("hause2", "a"), ("other", "b")]) == "a"
    assert find_near("zzzz", [("house", "a")]) is None


@given(st.text("abcdeé", min_size=4, max_size=8), st.integers(0, 7), st.sampled_from("abcdeé"))
def test_one_change_is_near_both_ways(word: str, place: int, letter: str):
    """Whichever of the two was meant."""
    at = place % len(word)
    other = word[:at] + letter + word[at + 1 :]
    assert is_near(word, other) == is_near(other, word) == (word != other)


@given(st.text(), st.text())
def test_nothing_that_is_typed_raises(said: str, name: str):
    """Whatever it is."""
    read_number(fold(said))
    is_near(said, name)
