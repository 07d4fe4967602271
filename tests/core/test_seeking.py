"""Who looks for such material is refused; who was harmed by it, or wants it gone, is never taken for one of them."""

from __future__ import annotations

import pytest

from bot.core.hear import Alarm, Ear
from bot.core.model import StateId
from bot.core.parse import parse_seeking
from tests.core.cast import shipped

LOOKING = [
    "求連結",
    "求无码",
    "有片嗎",
    "上車",
    "帶我上車",
    "哪裡有外流片",
    "link pls",
    "looking for leaks",
    "幼幼資源",
]
HARMED = [
    "偷拍片要怎麼下架", "我被拍了偷拍片", "幼幼片要去哪裡檢舉", "移除的連結在哪", "給我連結，我要申請移除", "n號房連結有我",
    "有人把我拉上車", "我被拖上車", "我被帶上車", "幼幼片是他逼我拍的", "他們求連結，我怎麼辦", "哪裡可以檢舉，給個連結",
    "any links to report", "please send the link to the police", "got the link to my video", "help, they share a cp link of me",
]  # fmt: skip
ON_THE_WAY = ["我正要上車，晚點再說", "我等一下要上車", "我先上車", "媽媽叫我快上車"]


def hear(text: str) -> object:
    pack = shipped()
    ear = Ear(pack.flow, pack.alarms, pack.catalogs.translate)
    return ear.hear(text, pack.flow.states[StateId("happened")], "zh_TW")


@pytest.mark.parametrize("text", LOOKING)
def test_who_looks_for_such_material_is_heard(text: str):
    """Alone, without a word of harm or of taking it down."""
    assert hear(text) == Alarm("seeking")


@pytest.mark.parametrize("text", HARMED)
def test_who_was_harmed_or_wants_it_gone_is_not_refused(text: str):
    """Given a word of help anywhere in the text, the words of those who look count for nothing."""
    assert hear(text) != Alarm("seeking")


@pytest.mark.parametrize("text", ON_THE_WAY)
def test_who_gets_into_a_car_is_not_refused(text: str):
    """The word for it means something else in some groups."""
    assert hear(text) != Alarm("seeking")


def test_words_of_help_may_be_left_out():
    """A pack for another city may have none."""
    words = parse_seeking('phrases = ["a"]\nharmless = []')
    assert (words.seeking, words.not_seeking, words.helping) == (("a",), (), ())
