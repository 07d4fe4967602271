"""Hours that contradict their words, and sentences that count the lines of a directory, are found."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.core.check import RULES
from bot.core.issues.hours import hours_without_words, ordinal_mentions
from tests.core.check_cast import make

CARD = '"先記著：{contact.protection_113}"'
TWO = "\\n{contact.protection_113}\\n{contact.police_110}"


def _card(sentence: str) -> Mapping[str, str]:
    return {CARD: f'"{sentence}"'}


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        ("打第一支：", "第一支"),
        ("付過錢，打第二支問：", "第二支"),
        ("最後一支可以匿名：", "最後一支"),
        ("上面那支免費：", "上面那支"),
        ("下面第一支是社工：", "下面第一支"),
        ("第一個是政府的：", "第一個"),
        ("Call the first one:", "the first one"),
        ("Start with the second.", "the second"),
        ("Gọi số đầu tiên:", "số đầu tiên"),
        ("Hubungi nomor pertama:", "nomor pertama"),
        ("โทรเบอร์แรก", "เบอร์แรก"),
        ("Tawagan ang unang numero:", "unang numero"),
    ],
)
def test_counting_the_lines_of_a_directory_is_found(said, counted):
    """In each language: they stand in another order tonight."""
    found = [one for one in ordinal_mentions(make(flow=_card(said + TWO))) if "zh_TW" in one[0]]
    assert [where for where, _ in found] == ["small.card [zh_TW]"]
    assert f"'{counted}'" in found[0][1]


def test_a_translation_is_judged_as_it_is_said():
    """The source names them, the translation counts them."""
    source = "打 113：\n{contact.protection_113}\n{contact.police_110}"
    english = {source: source.replace("打 113", "Call the first one")}
    found = list(ordinal_mentions(make(flow=_card(source.replace("\n", "\\n")), english=english)))
    assert [where for where, _ in found] == ["small.card [en]"]


@pytest.mark.parametrize(
    "said",
    [
        "第一個小時最重要：" + TWO,
        "The first hour matters:" + TWO,
        "下面兩個都可以打：" + TWO,
        "第一支：\\n{contact.protection_113}",
        "先打第一支，{contact.protection_113} 或 {contact.police_110}",
    ],
)
def test_what_counts_no_lines_is_left_alone(said):
    """An hour may be the first, two may be two, and one line has no order."""
    assert list(ordinal_mentions(make(flow=_card(said)))) == []


NUMBER = 'number = "113"\n'


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ('open = ["always"]\n', "no words"),
        ('open = ["always"]\nhours = "每天 9:00–22:00"\n', "is always open"),
        ('open = ["daily 09:00-22:00"]\nhours = "每天 9:00–21:00"\n', "other times"),
        ('open = ["daily 09:00-22:00"]\nhours = "24 小時"\n', "other times"),
        ('open = ["daily 09:00-22:00"]\nhours = "每天早上到晚上"\n', "other times"),
        ('hours = "24 小時"\n', "has no `open`"),
        ('hours = "平日 9:00–18:00"\n', "has no `open`"),
    ],
)
def test_hours_that_disagree_with_their_words_are_found(written, fault):
    """One of the two is wrong, and a person reads both."""
    found = list(hours_without_words(make(contacts={NUMBER: NUMBER + written})))
    assert [where for where, _ in found] == ["contacts.protection_113"]
    assert fault in found[0][1]


def test_hours_of_a_place_without_a_number_are_found():
    """Nobody can call it."""
    written = 'open = ["daily 09:00-22:00"]\nhours = "每天 9:00–22:00"\n'
    (found,) = hours_without_words(make(contacts={NUMBER: written}))
    assert "no number" in found[1]


@pytest.mark.parametrize(
    "written",
    [
        "",
        'hours = "上班時間"\n',
        'hours = "8:00–22:00"\n',  # on which days is not known
        'hours = "24 小時"\nopen = ["always"]\n',
        'hours = "中、英、日文 24 小時"\nopen = ["always"]\n',
        'hours = "平日 9:00–12:00、13:00–18:00"\nopen = ["workdays 09:00-12:00", "workdays 13:00-18:00"]\n',
        'hours = "電話每天 9:00–22:00，網路 24 小時收件"\nopen = ["daily 09:00-22:00"]\n',
        'hours = "週五 22:00–2:00"\nopen = ["fri 22:00-02:00"]\n',
    ],
)
def test_hours_and_words_that_agree_are_left_alone(written):
    """And hours that are only partly known may stay words."""
    assert list(hours_without_words(make(contacts={NUMBER: NUMBER + written}))) == []


def test_both_rules_are_asked():
    """By name, with what they find."""
    assert {"ordinal_mentions", "hours_without_words"} <= RULES.keys()
