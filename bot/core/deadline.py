"""
The last day to file a complaint, and the days that people type.

Pure counting: it says nothing about which offences have such a day, and gives no legal advice.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from bot.core.day_words import THAI_DIGITS, tell_in_chinese
from bot.core.text import fold

_MONTHS_TO_COMPLAIN = 6
#: A longer text tells a story: the day in it may be of something else.
_MAX_CHARS = 60
#: Older or later than this is more often a slip of the finger than a day that somebody means.
_MAX_YEARS_AWAY = 10
_ROC_YEAR_0 = 1911
#: Thai calendars count from it: 2569 is 2026. No western year that is meant here is as high.
_BUDDHIST_YEAR_0 = -543
_FIRST_BUDDHIST = 2400
#: Where two numbers are always month and day; others are used to either order, and are asked again.
_MONTH_FIRST = {"", "zh_TW"}


def find_last_day(learned_on: date) -> date:
    """
    Return the last day to file a complaint when the offender became known on `learned_on`.

    Six months from knowing the offender (刑事訴訟法 237), counted by 刑事訴訟法 65 as the Civil Code
    does: the first day does not count (民法 120Ⅱ), and the period ends on the day before the one that
    corresponds to its beginning, or with the month that has none (121Ⅱ). That is the same day of the
    sixth month, or that month's last day.

    Where the law gives more, the earlier day is told, because nobody loses by being early: a last
    day on a weekend or holiday is not moved to the next working day (122), and after the last day
    of a shorter month the period is not stretched to the end of the longer one (28 February gives
    28 August, where 121 gives the 31st). So a day past by little is not proof that it is too late:
    what is said then must send the person to a lawyer, and not say that it is over.
    """
    years, months = divmod(learned_on.month - 1 + _MONTHS_TO_COMPLAIN, 12)
    year, month = learned_on.year + years, months + 1
    return date(year, month, min(learned_on.day, monthrange(year, month)[1]))


# ─── Days as people type them ─────────────────────────────────────────────────

_Found = date | None
_Reading = Callable[[re.Match[str], date], _Found]

_TRADITIONAL = str.maketrans(
    "两个号礼周国这发现应该点时晓确约从刚",
    "兩個號禮週國這發現應該點時曉確約從剛",
)
_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "兩": 2}
_NUMERAL = re.compile(r"[〇零一二三四五六七八九兩十廿卅百]+(?=(年?))")
_TIME = re.compile(r"(?<![0-9:])[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?![0-9:])")
_BRACKETED_WEEKDAY = re.compile(r"\((?:週|周|星期|禮拜|礼拜)?[一二三四五六日天]\)")
_AROUND_CHINESE = re.compile(r" (?=[^0-9a-z])|(?<=[^0-9a-z]) ")
_BEFORE = re.compile(
    r"(?:我|是|在|就|才|從|約|大概|大約|差不多|好像|應該|(?:(?:it was|i think|on|about|around|since) ))+"
)
_AFTER = re.compile(
    r"(?:(?<=[0-9日號])(?<!週[0-9日])(?<!星期[0-9日])(?<!禮拜[0-9日])(?:週|星期|禮拜)[1-6日天]|早上|上午|中午|下午|傍晚|晚上|深夜|半夜|凌晨|清晨"
    r"|(?<![0-9])[0-9]{1,2}點(?:半|[0-9]{1,2}分)?|左右|那天|當天|那時候?|的時候|我|(?<!剛)才|(?<=[天日晚號0-9])剛剛?|知道|得知|發現|曉得|確定|的|了|吧"
    r"|(?<!last) (?:in the )?(?:morning|afternoon|evening|night))+"
)

_DAYS_AGO = {
    **dict.fromkeys(
        ("今天", "今日", "今早", "今晚", "剛", "剛剛", "剛才", "現在", "today", "now", "just now"), 0
    ),
    **dict.fromkeys(("昨天", "昨日", "昨晚", "昨夜", "yesterday", "last night"), 1),
    **dict.fromkeys(("前天", "前日", "前晚", "day before yesterday", "the day before yesterday"), 2),
    "大前天": 3,
}
_YEARS_AGO = {"今年": 0, "去年": 1, "前年": 2}
_UNIT_DAYS = {"天": 1, "日": 1, "day": 1, "週": 7, "禮拜": 7, "星期": 7, "week": 7}
_NUMBER_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
#: As English writes them, in small letters.
MONTH_NAMES = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_WEEKDAY_NAMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def read_day(text: str, today: date, locale: str = "") -> date | None:
    """
    Return the day that a text names, as seen from `today` (a day in Taipei); None: not exactly one.

    Read are days of three calendars (2026-10-31, 115年10月31日, 31 ต.ค. 2569), in any width, and 昨天, 三天前, 上週三
    (weeks begin on Monday), in Traditional, Simplified, English, Vietnamese, Indonesian, Thai and Filipino, whatever
    language is spoken. `locale` says only how two numbers are meant: month and day, as is usual in Taiwan, unless
    only the other order is a day; in other languages they are read only if one order is a day. A day without
    a year is the latest that is not in the future, at most a year back. A day with a year may lie in the
    future: the caller answers it.

    Not read, because a wrong day gives a wrong deadline: more than ten years away, which is mostly a
    typing error; 一個月前, 上週, "last Wednesday", 兩三天前, which name no single day; 6/7/2026, which two
    countries read differently, if neither lies ahead; a day inside a longer story. Never raises.
    """
    if len(text) > _MAX_CHARS:
        return None
    plain = tell_in_chinese(text) or _simplify(text)
    for pattern, read in _READINGS:
        if match := pattern.fullmatch(plain):
            found = _read_either_way(match, today) if _is_unclear(match, locale) else read(match, today)
            return found if found and abs(found.year - today.year) <= _MAX_YEARS_AWAY else None
    return None


def _is_unclear(match: re.Match[str], locale: str) -> bool:
    """Whether two bare numbers, without 月, may be in either order for who speaks that language."""
    return locale not in _MONTH_FIRST and match.re.pattern in _BARE


def _simplify(text: str) -> str:
    """Return the text with one spelling for numbers and words, without what people put around a day."""
    narrow = unicodedata.normalize("NFKC", text)  # before `fold`, which drops the marks of times and brackets
    bare = _BRACKETED_WEEKDAY.sub(" ", _TIME.sub(" ", narrow))
    folded = fold(bare).translate(_TRADITIONAL).translate(THAI_DIGITS)
    joined = _AROUND_CHINESE.sub("", _NUMERAL.sub(_write_number, folded))
    if begun := _BEFORE.match(joined):
        joined = joined[begun.end() :]
    if ended := re.search(f"{_AFTER.pattern}$", joined):
        joined = joined[: ended.start()]
    return joined


def _write_number(match: re.Match[str]) -> str:
    """Write a Chinese number in digits; 兩三 is no number, 二〇二六 is one only before 年."""
    run = match[0].replace("廿", "二十").replace("卅", "三十")
    if not {"十", "百"} & set(run):
        is_whole = len(run) == 1 or (len(run) > 2 and match[1])  # noqa: PLR2004 - 二六年 may be either calendar
        return "".join(str(_DIGITS[char]) for char in run) if is_whole else match[0]
    hundreds, hundred, rest = run.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    parts = [(100, hundreds, hundred), (10, tens.lstrip("零"), ten), (1, ones.lstrip("零"), "")]
    if any(part and part not in _DIGITS for _, part, _ in parts):
        return match[0]
    return str(sum(size * (_DIGITS[part] if part else bool(unit)) for size, part, unit in parts))


def _make_day(year: int, month: int, day: int) -> _Found:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _find_latest(month: int, day: int, today: date) -> _Found:
    """Return such a day of this year or the last, not in the future; an older one needs its year."""
    made = (_make_day(year, month, day) for year in (today.year, today.year - 1))
    return next((found for found in made if found and found <= today), None)


def _read_dated(match: re.Match[str], _: date) -> _Found:
    """A day with its year."""
    parts = match.groupdict()
    year = _read_year(parts["y"], is_roc=parts.get("era") == "民國")
    return _make_day(year, int(parts["m"]), int(parts["d"]))


def _read_year(digits: str, *, is_roc: bool = False) -> int:
    """Three digits are the Republic's, two are short for 20xx unless it is named, and the highest are Buddhist."""
    year = int(digits)
    if is_roc or len(digits) == len("115"):
        return year + _ROC_YEAR_0
    if len(digits) == len("26"):
        return year + 2000
    return year + _BUDDHIST_YEAR_0 if year >= _FIRST_BUDDHIST else year


def _read_year_last(match: re.Match[str], today: date) -> _Found:
    """Either order; of two days, one that lies ahead is not meant. A last 69 can only be the Buddhist 2569."""
    year = _read_year(match["y"] if len(match["y"]) > len("69") else f"25{match['y']}")
    orders = (match["a"], match["b"]), (match["b"], match["a"])
    found = {made for first, second in orders if (made := _make_day(year, int(first), int(second)))}
    past = {one for one in found if one <= today}
    meant = past if len(found) > 1 else found
    return meant.pop() if len(meant) == 1 else None


def _read_either_way(match: re.Match[str], today: date) -> _Found:
    month, day = int(match["m"]), int(match["d"])
    found = {_find_latest(month, day, today), _find_latest(day, month, today)} - {None}
    return found.pop() if len(found) == 1 else None


def _read_of_year(match: re.Match[str], today: date) -> _Found:
    return _make_day(today.year - _YEARS_AGO[match["year"]], int(match["m"]), int(match["d"]))


def _read_month_and_day(match: re.Match[str], today: date) -> _Found:
    month, day = int(match["m"]), int(match["d"])
    return _find_latest(month, day, today) or _find_latest(day, month, today)


def _read_yearless(match: re.Match[str], today: date) -> _Found:
    return _find_latest(int(match["m"]), int(match["d"]), today)


def _read_day_of_month(match: re.Match[str], today: date) -> _Found:
    """A day of this month, of the last, or (when neither is said) of the latest that has it."""
    ends = today.replace(day=1) - timedelta(1)
    last, this = ((first.year, first.month) for first in (ends, today))
    day = int(match["d"])
    if match["which"]:
        return _make_day(*(last if match["which"].startswith("上") else this), day)
    made = (_make_day(year, month, day) for year, month in (this, last))
    return next((found for found in made if found and found <= today), None)


def _read_name(match: re.Match[str], today: date) -> _Found:
    return today - timedelta(_DAYS_AGO[match[0]])


def _read_ago(match: re.Match[str], today: date) -> _Found:
    number = match["n"]
    if number in {"a", "an"}:
        number = "one"
    count = _NUMBER_WORDS.index(number) + 1 if number in _NUMBER_WORDS else int(number)
    return today - timedelta(count * _UNIT_DAYS[match["unit"]])


def _read_weekday(match: re.Match[str], today: date) -> _Found:
    """A weekday of this week or of those before; without a week, the latest."""
    weekday = "123456日".index(match["w"].replace("天", "日"))
    if not match["week"]:
        return today - timedelta((today.weekday() - weekday) % 7)
    weeks = match["week"].count("上")
    found = today + timedelta(weekday - today.weekday() - 7 * weeks)
    return found if found <= today else None


def _read_weekday_name(match: re.Match[str], today: date) -> _Found:
    weekday = next((i for i, name in enumerate(_WEEKDAY_NAMES) if name.startswith(match[0])), None)
    return None if weekday is None else today - timedelta((today.weekday() - weekday) % 7)


def _read_english(match: re.Match[str], today: date) -> _Found:
    names = (i for i, name in enumerate(MONTH_NAMES, 1) if name.startswith(match["m"]))
    month, day = next(names, 0), int(match["d"])
    return _make_day(int(match["y"]), month, day) if match["y"] else _find_latest(month, day, today)


_M_D = r"(?P<m>[0-9]{1,2})(?:月| )(?P<d>[0-9]{1,2})[日號]?"
_PAIR = r"(?P<m>[0-9]{1,2}) (?P<d>[0-9]{1,2})"
_FOUR_DIGITS = r"(?P<m>[0-9]{2})(?P<d>[0-9]{2})"
_BARE = {_PAIR, _FOUR_DIGITS}
_EN_DAY = r"(?P<d>[0-9]{1,2})(?:st|nd|rd|th)?"
_EN_MONTH = r"(?P<m>[a-z]{3,9})"
_EN_YEAR = r"(?: (?P<y>[0-9]{4}))?"
_READINGS: tuple[tuple[re.Pattern[str], _Reading], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (rf"(?P<era>民國|西元|公元)?(?P<y>[0-9]{{2,4}})年{_M_D}", _read_dated),
        (rf"(?P<era>民國|西元|公元)?(?P<y>[0-9]{{3,4}}) {_M_D}", _read_dated),
        (r"(?P<y>[0-9]{3,4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})", _read_dated),
        (r"(?P<a>[0-9]{1,2}) (?P<b>[0-9]{1,2}) (?P<y>[0-9]{3,4}|[67][0-9])", _read_year_last),
        (rf"(?P<year>{'|'.join(_YEARS_AGO)})的?{_M_D}", _read_of_year),
        (_PAIR, _read_month_and_day),
        (r"(?P<m>[0-9]{1,2}) (?P<d>[0-9]{1,2})[日號]", _read_month_and_day),
        (_M_D, _read_yearless),
        (_FOUR_DIGITS, _read_yearless),
        (r"(?P<which>上個?月|這個?月|本月)?的?(?P<d>[0-9]{1,2})[日號]", _read_day_of_month),
        ("|".join(_DAYS_AGO), _read_name),
        (r"(?P<n>[0-9]{1,3})個?(?P<unit>天|日|週|禮拜|星期)[以之]?前", _read_ago),
        (rf"(?P<n>[0-9]{{1,3}}|an?|{'|'.join(_NUMBER_WORDS)}) (?P<unit>day|week)s? ago", _read_ago),
        (r"(?P<week>(?:上+|這|本)個?)?(?:週|禮拜|星期)(?P<w>[1-6日天])", _read_weekday),
        (r"[a-z]{3,9}", _read_weekday_name),
        (rf"{_EN_MONTH} {_EN_DAY}{_EN_YEAR}", _read_english),
        (rf"{_EN_DAY}(?: of)? {_EN_MONTH}{_EN_YEAR}", _read_english),
    )
)
