"""Numbers are read in figures and in the words of six languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.folding import fold
from bot.understanding.numerals import find_numbers


def values(text: str) -> list[int]:
    return [number.value for number in find_numbers(fold(text))]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("15", 15), ("１５", 15), ("๑๕", 15), ("十五", 15), ("十", 10), ("二十", 20), ("二十三", 23), ("廿一", 21), ("九十八", 98), ("兩", 2),
        ("fifteen", 15), ("eighteen", 18), ("twenty", 20), ("twenty one", 21), ("twenty-two", 22), ("seven", 7),
        ("mười lăm", 15), ("mười bảy", 17), ("mười", 10), ("hai mươi", 20), ("hai mươi mốt", 21), ("hai mốt", 21), ("hai lăm", 25), ("muoi sau", 16),
        ("lima belas", 15), ("sebelas", 11), ("sepuluh", 10), ("dua puluh", 20), ("dua puluh dua", 22), ("tujuh belas", 17),
        ("สิบห้า", 15), ("สิบเอ็ด", 11), ("สิบ", 10), ("ยี่สิบ", 20), ("ยี่สิบเอ็ด", 21), ("สามสิบสี่", 34),
        ("labinlima", 15), ("labing-anim", 16), ("labing pito", 17), ("labimpito", 17), ("labingwalo", 18), ("sampu", 10), ("dalawampu", 20),
        ("dalawampu't isa", 21), ("kinse", 15), ("disisais", 16), ("disisyete", 17), ("disiotso", 18), ("bente", 20), ("bente uno", 21), ("bente singko", 25),
    ],
)  # fmt: skip
def test_a_number_is_read(text: str, value: int) -> None:
    assert values(text) == [value]


@pytest.mark.parametrize("text", ["", "tender", "stone", "ทำไม", "tahun ini", "someone else", "kintse"])
def test_where_no_number_stands_none_is_read(text: str) -> None:
    assert values(text) == []


def test_numbers_beside_each_other_are_told_apart() -> None:
    assert values("mười lăm tuổi, hai mươi") == [15, 20]
    assert values("one twenty two, year") == [1, 22]
    assert values("兒子十二 女兒十五") == [12, 15]


def test_endless_figures_are_a_number_like_any_other() -> None:
    assert len(values("9" * 5000)) == 1


@given(st.text(max_size=200))
def test_numbers_stand_where_they_say(text: str) -> None:
    folded = fold(text)
    last = 0
    for number in find_numbers(folded):
        assert last <= number.start < number.end <= len(folded)
        assert number.value >= 0
        last = number.end
