"""The words of the office: whole in both languages, and chosen as the reader would."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from bot.office.pages import HERE
from bot.office.words import BY_TONGUE, HTML_TAGS, SOURCE_TONGUE, TONGUE_NAMES, TONGUES, choose_tongue
from bot.office.words.tongues import _TOPICS

_USED = re.compile(r"\bw(?:\.(?!get\b)|\[\")(\w+)(?:\"\])?(?!\w*\" ~)")
#: A word whose key is put together: `w["status_" ~ code]`, `w.get("status_" ~ code)`.
_BEGUN = re.compile(r"\bw(?:\.get\(|\[)\"(\w+_)\" ~")
_LITERAL = re.compile(r"\"(\w+)\"")
_FIELD = re.compile(r"{\w*}")


def test_every_word_is_said_in_every_language() -> None:
    """With the same places to fill in, and never a blank."""
    for sentences in zip(*(BY_TONGUE[tongue].values() for tongue in TONGUES), strict=True):
        assert all(sentence.strip() for sentence in sentences)
        assert len({tuple(sorted(_FIELD.findall(sentence))) for sentence in sentences}) == 1
    assert set(TONGUES) == set(HTML_TAGS) == set(TONGUE_NAMES) == set(BY_TONGUE)


def test_templates_and_words_know_each_other() -> None:
    """No template asks for a word that is missing, and no word is left over."""
    templates = "".join(path.read_text("utf-8") for path in HERE.glob("templates/*.html"))
    code = "".join(
        path.read_text("utf-8") for folder in (HERE, HERE / "ways") for path in folder.glob("*.py")
    )
    asked = set(_USED.findall(templates))
    begun, literal = tuple(_BEGUN.findall(templates)), set(_LITERAL.findall(code))
    assert asked <= set(BY_TONGUE["en"])
    left = {key for key in BY_TONGUE["en"] if key not in asked | literal and not key.startswith(begun)}
    # A fault is named by its stem.
    assert not {key for key in left if key.removesuffix("_title").removesuffix("_text") not in literal}


@pytest.mark.parametrize("topic", _TOPICS, ids=lambda topic: topic.__name__.rpartition(".")[2])
def test_a_word_stands_in_one_topic_and_begins_with_its_name(topic: ModuleType) -> None:
    """So that no topic takes another's word away."""
    name = topic.__name__.rpartition(".")[2]
    others = {key for other in _TOPICS if other is not topic for key in other.WORDS}
    assert not topic.WORDS.keys() & others
    assert name == "shared" or all(key.startswith((f"{name}_", "status_")) for key in topic.WORDS)


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "chosen"),
    [
        ("", "", "", "zh_TW"),
        ("en", "zh_TW", "zh", "en"),
        ("", "en", "zh-TW", "en"),
        ("xx", "", "de;q=0.9, en-GB;q=0.8", "en"),
        ("", "", "zh-Hant-TW,zh;q=0.9,en;q=0.8", "zh_TW"),
        ("ZH_tw", "", "en", "zh_TW"),
        ("", "", ";;,,," * 1000 + "en", "zh_TW"),
    ],
)
def test_the_language_is_asked_for_then_kept_then_the_browsers(
    asked: str, kept: str, accepted: str, chosen: str
) -> None:
    """And Traditional Chinese when nobody says anything we know."""
    assert chosen == choose_tongue(asked, kept, accepted)


@pytest.mark.parametrize("lost", ["通行金鑰", "一次性密碼", "收回連結", "附註", "處理紀錄", "授予", "你"])
def test_one_thing_has_one_name(lost: str) -> None:
    """A tired reader must not wonder whether it is another thing."""
    assert [key for key, words in BY_TONGUE[SOURCE_TONGUE].items() if lost in words] == []
