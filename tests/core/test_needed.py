"""What must be taken however much its person sent before, in the shipped flow and in every language of it."""

from __future__ import annotations

from functools import cache

import pytest

from bot.core.hear import Ear
from bot.core.inputs import Input, SentMedia, Tapped, Typed
from bot.core.model import ChoiceId, VisitId
from bot.core.needed import Needed, find_needed
from bot.pack import load_pack
from bot.wiring.limiting import find_pressing
from tests.core.cast import read_plainly, shipped


@cache
def find() -> Needed:
    return find_pressing(load_pack())


def tap(button: str) -> Input:
    return Tapped(ChoiceId(button), VisitId("v"), 1)


@pytest.mark.parametrize(
    "what",
    [
        *map(Typed, ("真人", "找真人", " human ", "救我", "刪除", "全部刪除", "ＤＥＬＥＴＥ", "delete my data", "連訊息一起刪")),
        *map(tap, ("human", "erase", "to_erase", "resume_erase", "erase_yes", "erase_only", "wipe_yes")),
    ],
)  # fmt: skip
def test_a_human_and_the_erasure_up_to_its_last_button_are_needed(what: Input) -> None:
    """T14: whoever asks for the erasure and is too fast to confirm it would have erased nothing."""
    assert find().is_way_out(what)


@pytest.mark.parametrize(
    "what",
    [
        *map(Typed, ("", "嗨", "返回", "更多", "我不知道要不要找真人談", "刪" * 5_000)),
        *map(tap, ("back", "more", "leave", "erase_no", "")),
        SentMedia("image"),
    ],
)  # fmt: skip
def test_nothing_else_is(what: Input) -> None:
    assert not find().is_way_out(what)


def test_every_language_has_its_names() -> None:
    """The words on the buttons, as that language says them."""
    pack = load_pack()
    for way in pack.flow.ways_out:
        for locale in pack.catalogs.locales:
            label = pack.catalogs.translate(f"{pack.flow.id}.ways_out.{way.id}", way.label, locale)
            assert find().is_way_out(Typed(label)) == (way.id in {"human", "erase"}), label


@pytest.mark.parametrize(
    ("text", "is_heard"),
    [
        ("我想死", True),
        ("救命", True),
        ("danger=yes", True),
        ("crisis=yes", True),
        ("role=self", False),
        ("嗨", False),
    ],
)
def test_a_cry_for_help_is_taken_however_it_is_worded(*, text: str, is_heard: bool) -> None:
    """By a phrase of the lists, or as it is understood."""
    pack = shipped()
    ear = Ear(pack.flow, pack.alarms, pack.catalogs.translate, read_plainly)
    assert find_needed(ear, pack.catalogs.locales).is_alarm(text) is is_heard
