"""When somebody may be called, from the words they wrote: understood whole, or left to a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.taipei import TAIPEI
from bot.desk.contact_window import WINDOWS, Weekly, is_weekday, read_window

DAYS = ("一", "二", "三", "四", "五", "六", "日")
WORK, REST, ALL = "一二三四五", "六日", "一二三四五六日"
#: A Monday.
MONDAY = datetime(2026, 11, 16, tzinfo=TAIPEI)


def spell(weekly: Weekly | None) -> dict[str, str] | None:
    """Which hours of which days: days that are alike stand together."""
    if weekly is None:
        return None
    spelled: dict[str, str] = {}
    for day, name in enumerate(DAYS):
        bits = f"{weekly.minutes >> (day * 1440) & (1 << 1440) - 1:01440b}"[::-1] + "0"
        spans, start = [], -1
        for minute, bit in enumerate(bits):
            if bit == "1" and start < 0:
                start = minute
            elif bit == "0" and start >= 0:
                spans.append(f"{start // 60}:{start % 60:02}-{minute // 60}:{minute % 60:02}")
                start = -1
        if spans:
            key = " ".join(spans)
            spelled[key] = spelled.get(key, "") + name
    return {days: hours for hours, days in spelled.items()}


UNDERSTOOD = [
    ("隨時", {ALL: "8:00-22:00"}),
    ("任何時間都可以", {ALL: "8:00-22:00"}),
    ("anytime", {ALL: "8:00-22:00"}),
    ("24 小時都可以", {ALL: "0:00-24:00"}),
    ("平日晚上7點後", {WORK: "19:00-22:00"}),
    ("平日晚上七點以後", {WORK: "19:00-22:00"}),
    ("平日，晚上7點後", {WORK: "19:00-22:00"}),
    ("平 日 晚 上 ７ 點 半 之 後", {WORK: "19:30-22:00"}),
    ("晚上十點半以後", {ALL: "22:30-24:00"}),
    ("週六下午", {"六": "13:00-17:00"}),
    ("礼拜六下午", {"六": "13:00-17:00"}),
    ("星期二、四早上", {"二四": "9:00-12:00"}),
    ("週六日", {"六日": "8:00-22:00"}),
    ("週二到週四 14:00-16:30", {"二三四": "14:00-16:30"}),
    ("週五至週一傍晚", {"一五六日": "17:00-19:00"}),
    ("週1-5 白天", {WORK: "9:00-17:00"}),
    ("平日中午 12 點到 1 點，週末不要打", {WORK: "12:00-13:00"}),
    ("平日中午十二點到兩點", {WORK: "12:00-14:00"}),
    ("週末都可以，平日晚上7點後", {WORK: "19:00-22:00", REST: "8:00-22:00"}),
    ("早上9點到下午5點", {ALL: "9:00-17:00"}),
    ("早上到下午", {ALL: "9:00-17:00"}),
    ("9點到17點", {ALL: "9:00-17:00"}),
    ("９：００～１７：００", {ALL: "9:00-17:00"}),
    ("晚上7-9點", {ALL: "19:00-21:00"}),
    ("晚上10點到12點", {ALL: "22:00-24:00"}),
    ("晚上8點前", {ALL: "19:00-20:00"}),
    ("20:00以前", {ALL: "8:00-20:00"}),
    ("中午12點左右", {ALL: "12:00-12:30"}),
    ("每天晚上9點打給我", {ALL: "21:00-21:30"}),
    ("隨時，晚上不要打", {ALL: "8:00-17:00"}),
    ("隨時，下午3點不要打", {ALL: "8:00-14:00 16:00-22:00"}),
    ("隨時，中午12點到1點不要打", {ALL: "8:00-12:00 13:00-22:00"}),
    ("隨時，晚上8點後不要打", {ALL: "8:00-20:00"}),
    ("隨時，早上10點前不要打", {ALL: "10:00-22:00"}),
    ("隨時，週末不行", {WORK: "8:00-22:00"}),
    ("平日白天可以，早上不方便", {WORK: "12:00-17:00"}),
    ("平日中午、晚上", {WORK: "12:00-13:00 19:00-21:00"}),
    ("下午可以，早上不要打，晚上不要打", {ALL: "13:00-17:00"}),
    ("平日晚上、週末都可以，早上不要打", {WORK: "19:00-21:00", REST: "12:00-22:00"}),
    ("Weekdays after 7pm", {WORK: "19:00-22:00"}),
    ("weekends before 12pm", {REST: "8:00-12:00"}),
    ("Mon-Fri 9am to 5pm please", {WORK: "9:00-17:00"}),
    ("Saturday afternoon", {"六": "13:00-17:00"}),
    ("mornings", {ALL: "9:00-12:00"}),
    ("from 19:00", {ALL: "19:00-22:00"}),
]
LEFT_TO_A_PERSON = [
    "",
    "可以",
    "，",
    "7點後",  # of the morning, or of the evening?
    "7-9點",
    "12點",
    "9:00-11:00",
    "上午10點到2點",
    "晚上11點到1點",
    "晚上10點到早上6點",
    "晚上2點",
    "早上14點",
    "14:00am",
    "99點",
    "24:30",
    "下班後",
    "睡前",
    "凌晨",
    "今天晚上",
    "明天下午",
    "不要打",
    "週末不要打",
    "除了週末都可以",
    "不要在晚上打",
    "晚上不要打家裡",
    "晚上7點後，平日",
    "週末不要打，晚上7點後",
    # Is it one of them that is forbidden, or all?
    "早上跟晚上不要打",
    "早上、晚上不要打",
    "早上和晚上不方便",
    "早上或晚上不要打",
    "早上/晚上不要打",
    "早上，晚上不要打",
    "早上\n晚上不要打",
    "早上跟，晚上不要打",
    "早上跟可以，晚上不要打",
    "下午可以，早上、晚上不要打",
    "隨時，早上跟晚上不要打",
    "週六跟週日不要打",
    "週六，週日不要打",
    "平日、假日晚上不要打",
    "每天，週末不要打",
    "平日、週六下午，晚上不要打",
    "每天，週六下午，晚上不要打",
    "週一早上、週二晚上不要打",
    "mornings and evenings不要打",
    "平日早上，平日早上不要打",
    "早上下午",
    "晚上以後",
    "下午到早上",
    "到晚上",
    "7點到8點到9點",
    "先傳簡訊，不要打",
    "他不在家的時候",
    "buổi tối sau 7 giờ",
    "not after 7pm",
    "隨" * 500,
    "隨時" * 101,
    "'; DROP TABLE handoff; --",
]


@pytest.mark.parametrize(("words", "spans"), UNDERSTOOD)
def test_what_people_write_is_understood(words, spans):
    """Allowed narrowly, forbidden widely, in the hours of Taiwan."""
    assert spell(read_window(words)) == spans


@pytest.mark.parametrize("words", LEFT_TO_A_PERSON)
def test_what_could_be_meant_otherwise_is_left_to_a_person(words):
    """Nothing is guessed."""
    assert read_window(words) is None


_BITS = [
    "平日",
    "週末",
    "週",
    "一",
    "六",
    "、",
    "，",
    "早上",
    "中午",
    "晚上",
    "7",
    "19",
    "點",
    "半",
    ":",
    "00",
    "到",
    "-",
    "後",
    "前",
]
_BITS += [
    "不要打",
    "隨時",
    "am",
    "pm",
    "mon",
    "to",
    " ",
    "\n",
    "可以",
    "今天",
    "\u202e",
    "\x00",
    "１",
    "９",
    "十",
    "兩",
    "起",
]


@given(st.text(max_size=120) | st.lists(st.sampled_from(_BITS), max_size=12).map("".join))
def test_nothing_that_is_written_raises(words):
    """T17: and what comes of it is either understood, with some minute of the week, or not."""
    weekly = read_window(words)
    assert weekly is None or 0 < weekly.minutes < 1 << 7 * 1440
    assert read_window(words) == weekly


@given(
    st.integers(min_value=1, max_value=(1 << 7 * 1440) - 1), st.integers(min_value=0, max_value=7 * 1440 - 1)
)
def test_now_is_exactly_a_minute_of_the_week_that_was_allowed(minutes, minute):
    """And soon is any in the next two hours, over the end of the week too."""
    window = Weekly(minutes).find_window(MONDAY + timedelta(minutes=minute), is_workday=is_weekday)
    ahead = [minutes >> (minute + more) % (7 * 1440) & 1 for more in range(121)]
    assert window == ("now" if ahead[0] else "soon" if any(ahead) else "later")
    assert window in WINDOWS


@pytest.mark.parametrize(
    ("hour", "window"),
    [(16.9, "later"), (17, "soon"), (18.99, "soon"), (19, "now"), (21.9, "now"), (22, "later")],
)
def test_the_window_moves_with_the_day(hour, window):
    """Two hours ahead it is soon."""
    weekly = read_window("平日晚上7點後")
    assert weekly
    assert weekly.find_window(MONDAY + timedelta(hours=hour), is_workday=is_weekday) == window


def _never(_day: date) -> bool:
    return False


@pytest.mark.parametrize(
    ("words", "is_workday", "window"),
    [
        ("平日中午", is_weekday, "now"),
        ("平日中午", _never, "read"),  # a holiday: who is at home then?
        ("週一到週五中午", _never, "read"),
        ("週一中午", _never, "now"),
        ("中午", _never, "now"),
    ],
)
def test_on_a_day_off_days_of_work_are_read_by_a_person(
    words: str, is_workday: Callable[[date], bool], window: str
):
    """Who wrote "on days of work" is not at work on a holiday, and perhaps not alone."""
    weekly = read_window(words)
    assert weekly
    assert weekly.find_window(MONDAY + timedelta(hours=12), is_workday=is_workday) == window
