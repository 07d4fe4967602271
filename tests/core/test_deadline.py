"""The last day to file a complaint is never told too late, and typed days are read or asked for again."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.deadline import find_last_day, read_day

DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
#: A Saturday.
TODAY = date(2026, 11, 21)


def day(text: str) -> date:
    return date.fromisoformat(text)


def count_by_law(learned_on: date) -> date:
    """Count as 民法 120 and 121 do, day by day: from the next day, to the day before the corresponding one."""
    begins = learned_on + timedelta(1)
    year, month = (
        (begins.year, begins.month + 6) if begins.month <= 6 else (begins.year + 1, begins.month - 6)
    )
    if begins.day > monthrange(year, month)[1]:
        return date(year, month, monthrange(year, month)[1])
    return date(year, month, begins.day) - timedelta(1)


# ─── The last day ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("learned_on", "last_day"),
    [
        ("2026-10-31", "2027-04-30"),
        ("2026-08-31", "2027-02-28"),
        ("2026-08-30", "2027-02-28"),
        ("2026-08-29", "2027-02-28"),
        ("2026-08-28", "2027-02-28"),
        ("2026-08-27", "2027-02-27"),
        ("2027-08-28", "2028-02-28"),
        ("2027-08-29", "2028-02-29"),
        ("2027-08-30", "2028-02-29"),
        ("2028-02-29", "2028-08-29"),
        ("2026-01-01", "2026-07-01"),
        ("2026-06-30", "2026-12-30"),
        ("2026-07-01", "2027-01-01"),
        ("2026-12-31", "2027-06-30"),
    ],
)
def test_the_last_day_of_six_months(learned_on, last_day):
    """The same day of the sixth month, or the last day of that month."""
    assert find_last_day(day(learned_on)) == day(last_day)


@given(DAYS)
def test_the_last_day_is_never_later_than_the_law_says(learned_on):
    """It is the law's own day, except after the end of a shorter month: there it is one to three days early."""
    early = (count_by_law(learned_on) - find_last_day(learned_on)).days
    tomorrow = learned_on + timedelta(1)
    assert early == 0 or (tomorrow.day == 1 and 1 <= early <= 3)


def test_the_one_case_where_we_say_an_earlier_day_than_the_law():
    """After 28 February the law's six months end on 31 August; we say the 28th."""
    assert count_by_law(day("2026-02-28")) == day("2026-08-31")
    assert find_last_day(day("2026-02-28")) == day("2026-08-28")


@given(DAYS)
@example(date(2026, 8, 31))
@example(date(2026, 3, 1))
def test_the_last_day_is_in_the_sixth_month_and_not_after_the_same_day(learned_on):
    """181 to 184 days, and never in a seventh month."""
    last_day = find_last_day(learned_on)
    assert (last_day.year * 12 + last_day.month) - (learned_on.year * 12 + learned_on.month) == 6
    assert last_day.day <= learned_on.day
    assert 181 <= (last_day - learned_on).days <= 184


def test_both_bounds_are_real():
    """Both the shortest and the longest period occur."""
    year = [day("2026-01-01") + timedelta(n) for n in range(365)]
    assert {(find_last_day(one) - one).days for one in year} == {181, 182, 183, 184}


@given(DAYS, DAYS)
def test_who_learned_later_has_no_earlier_last_day(one, other):
    """Monotone."""
    first, second = sorted((one, other))
    assert find_last_day(first) <= find_last_day(second)


# ─── Typed days ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-31", "2026/10/31", "2026.10.31", " 2026 / 10 / 31 ", "20261031", "２０２６－１０－３１",
        "2026年10月31日", "2026年10月31號", "西元2026年10月31日", "26年10月31日", "二〇二六年十月三十一日",
        "115年10月31日", "民國115年10月31日", "民国115年10月31日", "民國 115 年 10 月 31 日", "115/10/31", "115.10.31",
        "1151031", "一一五年十月三十一日", "一百一十五年十月三十一日", "一百十五年十月卅一日", "今年10月31日", "今年的10/31",
        "10/31", "10-31", "10／31", "1031", "31/10", "10月31日", "10月31", "10 月 31 號", "10月31号", "十月三十一日", "十月卅一號",
        "31號", "31日", "上個月31號", "上个月31号", "上月的31日",
        "10/31（六）", "10/31(星期六)", "10月31日星期六", "10/31 23:05", "10/31 晚上11點半", "10月31日晚上十一點二十分",
        "大概10/31", "好像是10月31日左右", "我10/31發現的", "我是10月31號那天才知道的",
        "Oct 31", "31 Oct", "October 31st, 2026", "31st of October 2026", "on Oct. 31", "10/31/2026", "31/10/2026",
        "21天前", "二十一天前", "廿一天前", "三週前", "三周前", "3個禮拜前", "3 weeks ago", "three weeks ago", "21 days ago",
        "上上上週六",
    ],
)  # fmt: skip
def test_one_day_is_written_in_many_ways(text):
    """Both calendars, any width, both scripts, English, with what people put around it."""
    assert read_day(text, TODAY) == day("2026-10-31")


@pytest.mark.parametrize(
    ("text", "days_ago"),
    [
        ("今天", 0), ("剛剛", 0), ("刚才知道", 0), ("剛知道", 0), ("now", 0), ("Today", 0), ("今天早上", 0), ("星期六", 0),
        ("昨天", 1), ("昨天剛知道的", 1), ("昨晚", 1), ("yesterday", 1), ("last night", 1), ("yesterday evening", 1), ("a day ago", 1),
        ("前天", 2), ("前天凌晨", 2), ("the day before yesterday", 2), ("大前天", 3),
        ("三天前", 3), ("兩天前", 2), ("两天前", 2), ("3天以前", 3), ("三日之前", 3), ("十天前", 10), ("一百天前", 100), ("一百零五天前", 105),
        ("3 days ago", 3), ("3 days ago.", 3), ("a week ago", 7), ("one week ago", 7), ("一週前", 7),
        ("上週三", 10), ("上礼拜三", 10), ("上個星期三", 10), ("上週日", 6), ("上禮拜天", 6), ("上上週三", 17),
        ("這週三", 3), ("這禮拜三", 3), ("本週三", 3), ("週三", 3), ("周三", 3), ("星期日", 6), ("wed", 3), ("on Wednesday", 3),
    ],
)  # fmt: skip
def test_days_are_counted_back_from_today(text, days_ago):
    """Names, weekdays and numbers of days."""
    assert read_day(text, TODAY) == TODAY - timedelta(days_ago)


@pytest.mark.parametrize(
    ("text", "today", "meant"),
    [
        ("6/7", "2026-11-21", "2026-06-07"),
        ("12/25", "2026-11-21", "2025-12-25"),
        ("25/12", "2026-11-21", "2025-12-25"),
        ("11/21", "2026-11-21", "2026-11-21"),
        ("11/22", "2026-11-21", "2025-11-22"),
        ("12/31", "2027-01-01", "2026-12-31"),
        ("Dec 31", "2027-01-01", "2026-12-31"),
        ("2/29", "2028-11-21", "2028-02-29"),
        ("30號", "2027-03-15", None),
        ("30號", "2027-02-15", "2027-01-30"),
        ("21號", "2026-11-21", "2026-11-21"),
        ("22號", "2026-11-21", "2026-10-22"),
        ("上個月31號", "2027-01-05", "2026-12-31"),
        ("去年10/31", "2026-11-21", "2025-10-31"),
        ("前年10月31日", "2026-11-21", "2024-10-31"),
    ],
)
def test_what_is_left_out_is_the_latest_that_was(text, today, meant):
    """A day without its year or month is never in the future, and two numbers are month and day."""
    assert read_day(text, day(today)) == (day(meant) if meant else None)


@pytest.mark.parametrize("text", ["2027-10-31", "116年10月31日", "Oct 31 2027"])
def test_a_day_ahead_is_read_when_its_year_is_written(text):
    """The conversation answers it; it is not changed into another day."""
    assert read_day(text, TODAY) == day("2027-10-31")


def test_a_day_of_this_month_may_lie_ahead_when_it_is_said_so():
    """Like a written year."""
    assert read_day("這個月25號", TODAY) == day("2026-11-25")


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "🙂", "不知道", "還不知道", "忘了", "不是昨天", "昨天不知道", "昨天和前天", "好", "the", "mon ami", "sometime",
        "一個月前", "上個月", "半年前", "a month ago", "上週", "last week", "last Wednesday", "前幾天", "兩三天前", "2-3天前", "十三四天前",
        "二三十天前", "去年", "十月", "10月", "in October", "2026", "2026-10", "一", "3", "113", "110", "1925", "1995", "02-2361-5295",
        "週一週二", "上週三週四", "星期日星期一", "6/7/2026", "26/10/31", "10/30-31", "10/30~11/2", "10:31", "１０：３１", "早上7點", "明天", "下週三", "這週日",
        "2026-02-30", "2026-13-01", "31/31/2026", "13/13", "0/0", "2/30", "2/29", "32號", "0000-01-01", "民國0年1月1日", "Oct 32",
        "may", "foo 31", "31 foo", "百百", "十十月",
        "2015-10-31", "2006-10-31", "3026-10-31", "9999-12-31", "民國99年1月1日", "民國26年10月31日", "9999天前", "999週前",
        "我昨天跟朋友吃飯的時候看到他傳訊息給我說他手上有東西要我匯錢不然就要給大家看，我不知道怎麼辦才好，可以幫我嗎，拜託你們了謝謝",
    ],
)  # fmt: skip
def test_what_names_no_single_day_is_asked_again(text):
    """A guessed day would give a wrong deadline."""
    assert read_day(text, TODAY) is None


@pytest.mark.parametrize("text", ["2016-01-01", "105年1月1日"])
def test_ten_years_back_is_still_a_day(text):
    """Older than that is mostly a slip of the finger."""
    assert read_day(text, TODAY) == day("2016-01-01")


def test_weeks_begin_on_monday():
    """On a Sunday, 這週三 was four days ago and 上週日 a week ago."""
    sunday = day("2026-11-22")
    assert read_day("這週三", sunday) == day("2026-11-18")
    assert read_day("上週日", sunday) == day("2026-11-15")
    assert read_day("上週一", sunday) == day("2026-11-09")


PIECES = st.sampled_from(
    [
        "0",
        "1",
        "3",
        "10",
        "31",
        "115",
        "2026",
        "９",
        "年",
        "月",
        "日",
        "號",
        "/",
        "-",
        ":",
        ".",
        "(",
        ")",
        "上",
        "這",
        "週",
        "禮拜",
        "天",
        "前",
        "昨天",
        "去年",
        "民國",
        "一",
        "二",
        "三",
        "十",
        "百",
        "廿",
        "零",
        "個",
        "的",
        "才",
        "Oct",
        "ago",
        "days",
    ]
)


@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=9).map("".join)), DAYS)
def test_reading_never_fails(text, today):
    """Anything may be typed, and what is read is not far away."""
    found = read_day(text, today)
    assert found is None or abs(found.year - today.year) <= 10


@given(DAYS.filter(lambda d: d.year > 2025), st.integers(0, 364))
def test_every_day_of_the_last_year_is_read_in_every_writing(today, days_ago):
    """Whatever day it is, and whatever day is meant."""
    meant = today - timedelta(days_ago)
    for text in (
        meant.isoformat(),
        f"{meant.year}/{meant.month}/{meant.day}",
        f"民國{meant.year - 1911}年{meant.month}月{meant.day}日",
        f"{meant.month}月{meant.day}日",
        f"{days_ago}天前",
        f"{meant:%B} {meant.day}",
    ):
        assert read_day(text, today) == meant, text
