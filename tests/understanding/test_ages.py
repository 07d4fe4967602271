"""Ages are told from numbers of anything else, and what was once from what is now."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.folding import fold, split
from bot.understanding.ideas import find_ages_in


def named(text: str, year: int = 2026) -> set[str]:
    entries, reckoned = find_ages_in(split(fold(text)), year)
    return {idea for entry in entries for idea in entry.ideas} | set(reckoned)


MINOR = [
    "我15歲", "我才十五", "今年十六", "我十七歲", "15 ㄙㄨㄟˋ", "我15", "未滿18", "還沒滿十八歲", "快滿十八了", "女兒12歲",
    "I'm 15", "im 15 pls help", "16yo girl", "15 y/o", "fifteen years old", "my daughter (15)", "student, 15, sextorted", "under 18", "not yet 18",
    "she turned 17", "godchild. 17. says",
    "em 15t", "con mới 14 tuổi", "mười lăm tuổi", "muoi lam tuoi", "chưa đủ 18", "Còn 2 tháng nữa con mới tròn 18",
    "umur 15", "umurku 16", "aku 17", "anak 13 tahun", "lima belas tahun", "gw 17 thn", "belum 18", "adik 14 th",
    "หนู 13", "อายุ15", "อายุ ๑๖", "สิบห้าปี", "ลูก 12 ขวบ", "ไม่ถึง 18", "อีกไม่กี่วันก็ครบ 18",
    "15 ako", "15 anyos", "labinlima palang ako", "katorse lang ako", "16 taong gulang", "mag 18 pa lang", "wala pang 18",
    "15", "mười bốn", "17 po", "not over 18", "I'm not 18 or older", "我未超過18歲", "我還未超過十八歲", "我不是18歲以上", "chưa quá 18 tuổi",
]  # fmt: skip

ADULT = [
    "我25歲", "剛滿18", "我三十二歲", "他45歲", "I'm 22", "i am 19 years old", "just turned 18", "em 20 tuổi", "hai mươi hai tuổi", "tôi 35t",
    "umur 27", "saya 31 tahun", "dua puluh lima tahun", "อายุ 22", "ยี่สิบห้าปี", "หนู 20", "18 na ako", "bente uno ako", "24 anyos", "25",
    "not under 18", "I'm no longer under 18", "我沒有未滿18", "我超過18歲", "không dưới 18 tuổi", "ไม่ต่ำกว่า 18", "over 18",
]  # fmt: skip


@pytest.mark.parametrize("text", MINOR)
def test_who_is_under_age_is_heard(text: str) -> None:
    assert "AGE_MINOR" in named(text)
    assert "AGE_ADULT" not in named(text)


@pytest.mark.parametrize("text", ADULT)
def test_who_is_of_age_is_heard(text: str) -> None:
    assert "AGE_ADULT" in named(text)
    assert "AGE_MINOR" not in named(text)


@pytest.mark.parametrize(
    "text",
    [
        "3年前", "三年前", "5個月", "15分鐘", "15張照片", "三年三班", "11月5日", "15萬", "打110",
        "3 years ago", "he wants 15 photos", "at 15:00", "15k", "500 USD", "15 minutes", "20 messages", "11 pm", "12 hours", "call 113",
        "5 năm trước", "15 phút nữa", "15 triệu", "16 ngày", "20 tấm ảnh",
        "3 tahun lalu", "tiga tahun lalu", "17 tahun lalu", "15 juta", "udah pacaran 3 tahun", "15 menit", "selama 12 tahun",
        "5 ปีก่อน", "5 ปีที่แล้ว", "15 นาที", "15 บาท", "20 รูป", "คบกันมา 10 ปี",
        "15 minuto", "3 taon na ang nakalipas", "20 beses", "15 libo",
    ],
)  # fmt: skip
def test_spans_of_time_money_and_numbers_of_things_are_no_ages(text: str) -> None:
    assert not {idea for idea in named(text) if idea.startswith("AGE")}


@pytest.mark.parametrize(
    ("text", "year", "idea"),
    [
        ("民國98年生", 2026, "AGE_MINOR"), ("97年次", 2026, "AGE_ADULT"), ("民國七十年出生", 2026, "AGE_ADULT"), ("2010年生", 2026, "AGE_MINOR"),
        ("born in 2010", 2026, "AGE_MINOR"), ("born in 2010", 2030, "AGE_ADULT"), ("sinh năm 2010", 2026, "AGE_MINOR"), ("sn 2001", 2026, "AGE_ADULT"),
        ("em 2k10", 2026, "AGE_MINOR"), ("em 2k1", 2026, "AGE_ADULT"), ("lahir 2011", 2026, "AGE_MINOR"), ("kelahiran 1997", 2026, "AGE_ADULT"),
        ("เกิดปี 2553", 2026, "AGE_MINOR"), ("เกิด 2541", 2026, "AGE_ADULT"), ("เกิดปี 53", 2026, "AGE_MINOR"), ("เกิดปี 2010", 2026, "AGE_MINOR"),
        ("ipinanganak ako noong 2010", 2026, "AGE_MINOR"), ("2003 ang taon ng kapanganakan ko", 2026, "AGE_ADULT"),
    ],
)  # fmt: skip
def test_birth_years_count_in_three_calendars(text: str, year: int, idea: str) -> None:
    assert {one for one in named(text, year) if one in {"AGE_MINOR", "AGE_ADULT"}} == {idea}


@pytest.mark.parametrize(
    ("text", "ideas"),
    [
        ("我十七歲拍的，現在22", {"AGE_THEN_MINOR", "AGE_NOW_ADULT"}),
        ("I was 16 then, 22 now", {"AGE_THEN_MINOR", "AGE_NOW_ADULT"}),
        ("when i was 15, i am 30 now", {"AGE_THEN_MINOR", "AGE_NOW_ADULT"}),
        ("hồi 16 tuổi, giờ em 22 tuổi", {"AGE_THEN_MINOR", "AGE_NOW_ADULT"}),
        ("waktu aku 16, sekarang umur 22", {"AGE_THEN_MINOR", "AGE_NOW_ADULT"}),
        ("ตอนถ่ายอายุ 16 ตอนนี้ 22", {"AGE_THEN_MINOR", "AGE_NOW_ADULT"}),
        ("kinunan nung 12 ako, bente na ako ngayon", {"AGE_THEN_MINOR", "AGE_NOW_ADULT"}),
        ("三年前我16歲", {"AGE_THEN_MINOR", "RECKONED_NOW_ADULT", "YEARS_AGO"}),
        ("我20歲 影片是4年前拍的", {"AGE_ADULT", "RECKONED_THEN_MINOR", "YEARS_AGO"}),
        ("i am 40, it was 4 years ago", {"AGE_ADULT", "RECKONED_THEN_ADULT", "YEARS_AGO"}),
    ],
)  # fmt: skip
def test_an_age_then_is_told_from_an_age_now(text: str, ideas: set[str]) -> None:
    assert ideas <= named(text)


@given(st.text(max_size=200), st.integers(2000, 2100))
def test_ages_take_anything(text: str, year: int) -> None:
    units = split(fold(text))
    entries, _ = find_ages_in(units, year)
    for entry in entries:
        assert 0 <= entry.start < entry.end <= len(units)
