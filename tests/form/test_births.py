"""Days of birth and ages, in both calendars."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.fields import Refused
from bot.form.births import OLDEST, count_years, read_birth, read_years
from bot.form.review import is_under_18
from tests.form.conftest import ANY_TIME, TODAY

DAYS = st.dates(min_value=date(1917, 1, 1), max_value=TODAY)


def _read(text: str) -> str:
    read = read_birth(text, today=TODAY)
    return read.reason if isinstance(read, Refused) else read


@pytest.mark.parametrize(
    "typed",
    [
        "1990-05-20", "1990/5/20", "1990.5.20", "1990 5 20", "19900520", "1990年5月20日", "1990年5月20號", "1990年5月20",
        "西元1990年5月20日", "西元 19900520", "公元1990-5-20", "民國79年5月20日", "中華民國 79 年 5 月 20 日", "79/5/20", "79-05-20",
        "79.5.20", "79 5 20", "079/5/20", "790520", "0790520", "民國790520", "ROC 79/5/20", "７９／０５／２０", "民國七十九年五月二十日",
        "七九年五月廿日", "一九九〇年五月二十日", "一九九零年五月二十日", "我是民國79年5月20日出生的", "生日：79年5月20日", "20/5/1990", "5/20/1990",
        "20 May 1990", "May 20, 1990", "1990 may 20", "20-May-1990", "民国79年5月20号", "\u200f79/5/20\u200b",
    ],
)  # fmt: skip
def test_a_birthday_is_read_in_either_calendar(typed):
    """In any width, with Chinese numerals, with what people put around it."""
    assert _read(typed) == "1990-05-20"


@pytest.mark.parametrize(
    ("typed", "years"),
    [
        ("34", "34"), ("34歲", "34"), ("３４ 歲", "34"), ("三十四", "34"), ("三十四歲", "34"), ("卅四", "34"), ("我今年 34 歲了", "34"),
        ("滿18", "18"), ("十八", "18"), ("二十岁", "20"), ("一百零二歲", "102"), ("九", "9"), ("034", "34"), ("34 years old", "34"),
        ("34 tuổi", "34"), ("34 tahun", "34"), ("อ", "birth_unclear"), ("34 ปี", "34"), ("110", "110"), ("大約34", "34"),
    ],
)  # fmt: skip
def test_an_age_is_read_with_or_without_its_unit(typed, years):
    """A bare number is an age, never a year."""
    assert _read(typed) == years


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("5/6/1990", "birth_order"), ("12/11/1990", "birth_order"), ("30/30/1990", "birth_impossible"),
        ("79/2/30", "birth_impossible"), ("79/13/1", "birth_impossible"), ("19900230", "birth_impossible"),
        ("20051990", "birth_impossible"), ("1890-01-01", "birth_impossible"), ("1/1/1", "birth_impossible"),
        ("0", "birth_impossible"), ("111", "birth_impossible"), ("999", "birth_impossible"), ("99 May 1990", "birth_impossible"),
        (f"{'9' * 40} May 1990", "birth_impossible"),
        ("2026-11-22", "birth_future"), ("116/1/1", "birth_future"), ("2099年1月1日", "birth_future"),
        ("1990", "birth_unclear"), ("民國79", "birth_unclear"), ("79年次", "birth_unclear"), ("西元79/5/20", "birth_unclear"),
        ("民國1990年5月20日", "birth_unclear"), ("民國19900520", "birth_unclear"), ("西元790520", "birth_unclear"),
        ("5/20", "birth_unclear"), ("79/5/20/1", "birth_unclear"), ("79/5-20", "birth_unclear"), ("79/5/200", "birth_unclear"),
        ("12345/1/1", "birth_unclear"), ("5/200/1990", "birth_unclear"), ("三四", "birth_unclear"), ("十十", "birth_unclear"),
        ("未滿18", "birth_unclear"), ("快18歲", "birth_unclear"), ("不到 18", "birth_unclear"), ("18 或 19", "birth_unclear"),
        ("May 90", "birth_unclear"), ("may", "birth_unclear"), ("秘密", "birth_unclear"), ("歲34", "birth_unclear"), ("-34", "birth_unclear"),
        ("79/5/20 早上", "birth_unclear"), ("12345", "birth_unclear"), ("٣٤", "birth_unclear"), ("²", "birth_unclear"), ("1" * 61, "birth_unclear"),
    ],
)  # fmt: skip
def test_what_is_no_day_or_two_days_is_refused(typed, reason):
    """It is never guessed: a wrong year makes a grown-up a child."""
    assert _read(typed) == reason


def test_six_digits_begin_with_a_year_of_the_republic():
    """990520 is 2010, as every form in Taiwan reads it; the review says both years, so that a slip is seen."""
    assert _read("990520") == "2010-05-20"


@ANY_TIME
@given(DAYS)
def test_every_day_is_read_from_every_usual_spelling(day):
    """And the day that is kept reads as itself."""
    roc = day.year - 1911
    spellings = [
        day.isoformat(), f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日", f"{roc}/{day.month}/{day.day}",
        f"民國{roc}年{day.month}月{day.day}日", f"{roc:03}{day:%m%d}", f"{day.day} {day:%B} {day.year}",
    ]  # fmt: skip
    assert {_read(spelling) for spelling in spellings} == {day.isoformat()}


@ANY_TIME
@given(st.integers(1, OLDEST))
def test_every_age_is_read(age):
    """As a number or with its unit."""
    assert {_read(str(age)), _read(f"{age}歲"), _read(f"{age} 歲")} == {str(age)}


@ANY_TIME
@given(st.text(max_size=70))
def test_no_text_breaks_the_reading_of_birthdays(text):
    """What is read, reads as itself."""
    read = _read(text)
    assert read.startswith("birth_") or _read(read) == read


@pytest.mark.parametrize(
    ("birth", "today", "under"),
    [
        ("2010-05-20", TODAY, True), ("2008-11-21", TODAY, False), ("2008-11-22", TODAY, True), ("16", TODAY, True),
        ("17", TODAY, True), ("18", TODAY, False), ("34", TODAY, False), ("2008-02-29", date(2026, 2, 28), True),
        ("2008-02-29", date(2026, 3, 1), False), ("", TODAY, False), ("garbled", TODAY, True), ("19x0-05-20", TODAY, True),
    ],
)  # fmt: skip
def test_somebody_of_sixteen_is_known_from_day_or_age(birth, today, under):
    """Eighteen on the birthday itself; what cannot be read counts as no grown-up."""
    assert is_under_18({"birth": birth}, today) is under


def test_no_birth_is_no_child():
    """It is asked for elsewhere."""
    assert not is_under_18({}, TODAY)


@ANY_TIME
@given(DAYS)
def test_years_are_whole_years(day):
    """They change on the birthday."""
    years = count_years(day, TODAY)
    assert read_years(day.isoformat(), TODAY) == years
    assert 0 <= years <= OLDEST
    assert count_years(day - timedelta(1), TODAY) in {years, years + 1}
