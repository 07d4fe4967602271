"""A day is read as people of six languages write it; what could be two days is asked again."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.day_words import tell_in_chinese
from bot.core.deadline import read_day
from tests.core.cast import walk_to

#: A Saturday.
TODAY = date(2026, 11, 21)
LOCALES = ("zh_TW", "en", "vi", "id", "th", "fil")
OTHERS = LOCALES[1:]
DAYS = st.dates(date(2025, 1, 1), date(2100, 12, 31))


def strip_marks(text: str) -> str:
    """Write Vietnamese as many phones do."""
    bare = unicodedata.normalize("NFD", text).replace("đ", "d").replace("Đ", "D")
    return "".join(char for char in bare if not unicodedata.combining(char))


# ─── Counted back ─────────────────────────────────────────────────────────────

VIETNAMESE = [
    ("hôm nay", 0), ("sáng nay", 0), ("vừa xong", 0), ("bây giờ", 0), ("hôm qua", 1), ("Hôm qua ạ", 1), ("tối qua", 1), ("đêm qua", 1),
    ("bữa qua", 1), ("tối hôm qua lúc 11 giờ", 1), ("em biết hôm qua", 1), ("hôm qua em mới biết", 1), ("hôm kia", 2), ("bữa kia", 2),
    ("3 ngày trước", 3), ("ba ngày trước", 3), ("cách đây 3 ngày", 3), ("3 hôm trước", 3), ("năm ngày trước", 5), ("khoảng 3 ngày trước", 3),
    ("1 tuần trước", 7), ("hai tuần trước", 14), ("thứ hai", 5), ("thứ 2", 5), ("chủ nhật", 6), ("thứ bảy", 0), ("thứ hai tuần trước", 12),
    ("thứ 4 tuần này", 3), ("chủ nhật tuần rồi", 6),
]  # fmt: skip
INDONESIAN = [
    ("hari ini", 0), ("barusan", 0), ("tadi pagi", 0), ("kemarin", 1), ("kmrn", 1), ("Kemarin malam kak", 1), ("tadi malam", 1), ("semalam", 1),
    ("saya baru tahu kemarin", 1), ("kemarin lusa", 2), ("kemarin dulu", 2), ("3 hari yang lalu", 3), ("3 hari lalu", 3), ("3 hr yg lalu", 3),
    ("tiga hari yang lalu", 3), ("sekitar 3 hari lalu", 3), ("seminggu yang lalu", 7), ("dua minggu lalu", 14), ("sehari yang lalu", 1),
    ("senin", 5), ("hari Senin", 5), ("hari minggu", 6), ("jum'at", 1), ("rabu minggu lalu", 10), ("rabu minggu ini", 3),
]  # fmt: skip
THAI = [
    ("วันนี้", 0), ("เมื่อกี้", 0), ("เมื่อเช้านี้", 0), ("เมื่อวาน", 1), ("เมื่อวานนี้ค่ะ", 1), ("เมื่อคืน", 1), ("รู้เมื่อวาน", 1),
    ("เมื่อวานตอนเย็น", 1), ("เมื่อวานซืน", 2), ("วานซืน", 2), ("3 วันก่อน", 3), ("๓ วันก่อน", 3), ("สามวันก่อน", 3), ("3วันที่แล้ว", 3),
    ("เมื่อ 3 วันที่ผ่านมา", 3), ("ประมาณ 3 วันก่อนครับ", 3), ("1 สัปดาห์ก่อน", 7), ("สองอาทิตย์ที่แล้ว", 14), ("วันจันทร์", 5), ("วันอาทิตย์", 6),
    ("วันพุธสัปดาห์ที่แล้ว", 10), ("วันพฤหัสบดีอาทิตย์นี้", 2), ("ตอนค่ำเมื่อวาน", None), ("เมื่อวานตอนค่ำ", 1),
]  # fmt: skip
FILIPINO = [
    ("ngayon", 0), ("kanina lang po", 0), ("kaninang umaga", 0), ("kahapon", 1), ("kahapon lang po", 1), ("kagabi", 1), ("kahapon ng gabi", 1),
    ("nalaman ko kahapon", 1), ("kamakalawa", 2), ("3 araw na ang nakalipas", 3), ("tatlong araw na ang nakalipas", 3),
    ("mga 3 araw na ang nakararaan", 3), ("3 days na ang nakalipas", 3), ("apat na araw na ang nakalipas", 4),
    ("isang linggo na ang nakalipas", 7), ("noong Lunes", 5), ("nitong Biyernes", 1), ("araw ng Linggo", 6), ("Miyerkules noong nakaraang linggo", 10),
]  # fmt: skip
ENGLISH = [
    ("yesterday", 1),
    ("3 days ago", 3),
    ("Wednesday last week", 10),
    ("on monday", 5),
    ("wed this week", 3),
]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("text", "days_ago"), [*VIETNAMESE, *INDONESIAN, *THAI, *FILIPINO, *ENGLISH])
def test_days_are_counted_back_in_six_languages(text: str, days_ago: int | None, locale: str):
    """Whatever language is spoken: many write their own words into a Chinese conversation."""
    assert read_day(text, TODAY, locale) == (None if days_ago is None else TODAY - timedelta(days_ago))


@pytest.mark.parametrize(("text", "days_ago"), VIETNAMESE)
def test_vietnamese_is_read_without_its_marks(text: str, days_ago: int):
    """Phones in Taiwan seldom have its keyboard."""
    assert read_day(strip_marks(text), TODAY, "vi") == TODAY - timedelta(days_ago)


def test_only_its_mark_tells_the_third_day_from_the_second():
    """Without it the usual word is meant."""
    assert read_day("hôm kìa", TODAY, "vi") == TODAY - timedelta(3)
    assert read_day("hom kia", TODAY, "vi") == TODAY - timedelta(2)


# ─── Written out ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    "text",
    [
        "ngày 5 tháng 10", "ngày 5 tháng 10 năm 2026", "5 tháng 10", "5 thang 10", "mùng 5 tháng 10", "mồng 5 tháng mười", "ngày 5/10", "hôm 5/10",
        "ngày mùng 5 tháng 10", "tháng 10 ngày 5", "năm 2026 tháng 10 ngày 5", "5 thg 10, 2026", "5 t10", "sáng ngày 5/10", "ngày 5/10/2026",
        "em biết từ ngày 5 tháng 10 ạ", "ngày 5 tháng 10 năm 115", "NGÀY 5 THÁNG 10",
        "5 Oktober", "5 Okt", "5 Oktober 2026", "tgl 5 Oktober", "tanggal 5 bulan 10", "tgl 5/10", "tgl. 5/10/2026", "tgl 5 bln 10 tahun 2026",
        "Oktober 5", "sekitar tanggal 5 Oktober", "tgl 5 October",
        "5 ต.ค. 2569", "5 ต.ค. 69", "5 ต.ค. 26", "5 ตค", "๕ ตุลาคม ๒๕๖๙", "วันที่ 5 ตุลาคม พ.ศ. 2569", "5 ตุลาคม ค.ศ. 2026", "วันที่ 5 ตุลา",
        "วันจันทร์ที่ 5 ตุลาคม", "วันที่ 5 เดือน 10", "วันที่ 5 เดือนตุลาคม ปี 2569", "วันที่ 5/10", "วันที่ ๕/๑๐/๒๕๖๙", "เมื่อวันที่ 5 ตุลาค่ะ",
        "Oktubre 5", "Oktubre 5, 2026", "noong Oktubre 5", "ika-5 ng Oktubre", "ika-5 ng Oktubre, 2026", "a-5 ng Oktubre", "5 ng Oktubre", "5 Oktubre 2026",
        "noong October 5", "ika-5 ng October",
        "the 5th of October", "5th of October 2026", "Oct 5", "5 October",
        "115/10/5", "民國115年10月5日", "2569/10/5", "2569-10-05", "2026-10-05",
    ],
)  # fmt: skip
def test_a_day_of_the_year_is_read_in_six_languages(text: str, locale: str):
    """In the western calendar, the Republic's and the Buddhist one, with the digits of either script."""
    assert read_day(text, TODAY, locale) == date(2026, 10, 5)


@pytest.mark.parametrize(
    "text", ["mùng 5", "ngày 5", "ngày 5 tháng này", "tgl 5", "tanggal 5 bulan ini", "วันที่ 5", "วันที่ ๕ เดือนนี้", "ika-5", "ika-5 ng buwang ito", "the 5th", "5號"]
)  # fmt: skip
def test_a_day_of_the_month_is_the_latest(text: str):
    """As in Chinese."""
    assert read_day(text, TODAY, "vi") == date(2026, 11, 5)


@pytest.mark.parametrize(
    "text", ["ngày 5 tháng trước", "tgl 5 bulan lalu", "วันที่ 5 เดือนที่แล้ว", "ika-5 ng nakaraang buwan", "the 5th of last month", "上個月5號"]
)  # fmt: skip
def test_a_day_of_last_month_is_read(text: str):
    """The month needs no name."""
    assert read_day(text, TODAY, "id") == date(2026, 10, 5)


@pytest.mark.parametrize(
    ("number", "name"),
    list(enumerate(["มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม"], 1))
    + list(enumerate(["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."], 1))
    + list(enumerate(["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"], 1))
    + list(enumerate(["Enero", "Pebrero", "Marso", "Abril", "Mayo", "Hunyo", "Hulyo", "Agosto", "Setyembre", "Oktubre", "Nobyembre", "Disyembre"], 1))
    + list(enumerate(["tháng một", "tháng hai", "tháng ba", "tháng tư", "tháng năm", "tháng sáu", "tháng bảy", "tháng tám", "tháng chín", "tháng mười", "tháng mười một", "tháng mười hai"], 1)),
)  # fmt: skip
def test_every_month_has_its_name(number: int, name: str):
    """Full and short."""
    assert read_day(f"6 {name} 2026", TODAY, "th") == date(2026, number, 6)


# ─── Two numbers ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text", ["10/11", "5/10", "05/10", "5-10", "0510", "5.10", "10/11/2026", "10/11/2569"]
)
@pytest.mark.parametrize("locale", OTHERS)
def test_two_numbers_that_could_be_two_days_are_asked_again(text: str, locale: str):
    """Some write the day first, some the month, and some have learned Taiwan's way: a guess may be months off."""
    assert read_day(text, TODAY, locale) is None


@pytest.mark.parametrize("locale", OTHERS)
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("31/10", "2026-10-31"), ("10/31", "2026-10-31"), ("3110", "2026-10-31"), ("5/5", "2026-05-05"), ("25/12", "2025-12-25"),
        ("31/10/2026", "2026-10-31"), ("31/10/2569", "2026-10-31"), ("๓๑/๑๐/๒๕๖๙", "2026-10-31"), ("31/10/69", "2026-10-31"),
        ("31/10/115", "2026-10-31"), ("10/12/2026", "2026-10-12"), ("12/10/2026", "2026-10-12"), ("3/12/2026", "2026-03-12"),
    ],
)  # fmt: skip
def test_two_numbers_that_can_be_one_day_only_are_read(text: str, meant: str, locale: str):
    """Because the month would be a thirteenth, or the other day is still to come."""
    assert read_day(text, TODAY, locale) == date.fromisoformat(meant)


def test_in_chinese_two_numbers_are_month_and_day():
    """Everybody in Taiwan writes so."""
    assert read_day("10/11", TODAY, "zh_TW") == read_day("10/11", TODAY) == date(2026, 10, 11)


def test_day_first_stays_so_where_a_word_says_that_it_is_the_day():
    """Ngày, tanggal and วันที่ stand before a day; a number that can only be the month is one all the same."""
    assert read_day("ngày 10/11", date(2026, 12, 1), "vi") == date(2026, 11, 10)
    assert read_day("ngày 10/31", TODAY, "vi") == date(2026, 10, 31)


# ─── Asked again ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    "text",
    [
        "tuần trước", "tháng trước", "hôm trước", "mấy hôm trước", "2-3 ngày trước", "hai ba ngày trước", "không phải hôm qua", "không biết", "ngày mai",
        "tháng 10", "ngày 32 tháng 10", "5 tháng 13", "mùng 5 tháng 10 âm lịch", "hôm qua và hôm kia", "3 ngày sau", "một tháng trước", "ngày 30 tháng 2",
        "minggu lalu", "minggu", "bulan lalu", "beberapa hari lalu", "2-3 hari lalu", "bukan kemarin", "besok", "lusa", "tidak tahu", "Oktober", "32 Oktober",
        "สัปดาห์ที่แล้ว", "อาทิตย์ก่อน", "วันก่อน", "เดือนที่แล้ว", "2-3 วันก่อน", "พรุ่งนี้", "มะรืนนี้", "ไม่ใช่เมื่อวาน", "ตุลาคม", "32 ตุลาคม", "5 ต.ค. 2590",
        "noong isang linggo", "noong nakaraang linggo", "noong isang araw", "hindi kahapon", "bukas", "hindi ko alam", "Oktubre", "Oktubre 32",
        "last week", "not yesterday", "the 32nd", "October", "a month ago",
        "5 ngày hari lalu", "5 oktober tháng 10", "ngày", "tgl", "วันที่", "ika-",
    ],
)  # fmt: skip
def test_what_names_no_single_day_is_asked_again_in_six_languages(text: str, locale: str):
    """A guessed day would give a wrong deadline. สัปดาห์ที่แล้ว is any of seven, as 上週 is."""
    assert read_day(text, TODAY, locale) is None


def test_a_story_is_not_a_day():
    """The day in it may be of something else."""
    assert read_day("hôm qua " * 8, TODAY, "vi") is None


@pytest.mark.parametrize(("locale", "state"), [("zh_TW", "deadline_told"), ("vi", "deadline_date")])
def test_the_conversation_reads_two_numbers_as_its_language_does(locale: str, state: str):
    """Told in Chinese, asked again in Vietnamese; written out it is told there too."""
    talk = walk_to("deadline_date")
    talk.session = replace(talk.session, locale=locale)
    assert talk.type("10/11").state == state
    if state == "deadline_date":
        assert talk.type("ngày 10 tháng 11").state == "deadline_told"


# ─── Whatever day it is ───────────────────────────────────────────────────────

THAI_MONTHS = [
    "ม.ค.",
    "ก.พ.",
    "มี.ค.",
    "เม.ย.",
    "พ.ค.",
    "มิ.ย.",
    "ก.ค.",
    "ส.ค.",
    "ก.ย.",
    "ต.ค.",
    "พ.ย.",
    "ธ.ค.",
]
ID_MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]
FIL_MONTHS = [
    "Enero",
    "Pebrero",
    "Marso",
    "Abril",
    "Mayo",
    "Hunyo",
    "Hulyo",
    "Agosto",
    "Setyembre",
    "Oktubre",
    "Nobyembre",
    "Disyembre",
]


@given(DAYS, st.integers(0, 364), st.sampled_from(LOCALES))
def test_every_day_of_the_last_year_is_read_in_every_language(today: date, days_ago: int, locale: str):
    """In the usual writings of each, whatever language is spoken."""
    meant = today - timedelta(days_ago)
    day, month, year = meant.day, meant.month, meant.year
    for text in (
        f"ngày {day} tháng {month}",
        f"{day} {ID_MONTHS[month - 1]}",
        f"{day} {THAI_MONTHS[month - 1]} {year + 543}",
        f"{FIL_MONTHS[month - 1]} {day}, {year}",
        f"{days_ago} ngày trước",
        f"{days_ago} hari yang lalu",
        f"{days_ago} วันก่อน",
        f"{days_ago} araw na ang nakalipas",
        f"{year - 1911}/{month}/{day}",
    ):
        assert read_day(text, today, locale) == meant, text


@given(DAYS, st.integers(1, 12), st.integers(1, 31), st.sampled_from(OTHERS))
def test_two_bare_numbers_never_hide_a_second_day(today: date, first: int, second: int, locale: str):
    """What is read is the same whichever number is taken for the month."""
    assert read_day(f"{first}/{second}", today, locale) == read_day(f"{second}/{first}", today, locale)


WORDS = [
    "ngày",
    "tháng",
    "năm",
    "hôm",
    "qua",
    "kia",
    "mùng",
    "thứ",
    "hai",
    "tuần",
    "trước",
    "cách",
    "đây",
    "khoảng",
    "tgl",
    "bulan",
    "minggu",
    "hari",
    "yang",
    "lalu",
    "se",
    "kemarin",
    "วันที่",
    "เมื่อวาน",
    "วัน",
    "เดือน",
    "ก่อน",
    "ต.ค.",
    "๕",
    "สาม",
    "ika-",
    "ng",
    "noong",
    "araw",
    "na",
    "ang",
    "nakalipas",
    "Oktubre",
    "the",
    "of",
    "5",
    "10",
    "31",
    "2569",
    "2026",
    "/",
    "-",
    ".",
    "ม",
    "ำ",
    "ั",
]


@given(
    st.lists(st.sampled_from(WORDS), max_size=10), st.sampled_from([" ", ""]), DAYS, st.sampled_from(LOCALES)
)
def test_reading_never_fails_in_any_language(words: list[str], glue: str, today: date, locale: str):
    """Words in any order, and what is read is not far away."""
    found = read_day(glue.join(words), today, locale)
    assert found is None or abs(found.year - today.year) <= 10


@given(st.text(max_size=60))
def test_what_is_told_again_is_chinese_or_nothing(text: str):
    """So that only one place decides what day it is."""
    told = tell_in_chinese(text)
    assert told == "" or told.endswith(("日", "前")) or "週" in told
