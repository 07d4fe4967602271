"""The words of the office: whole in both languages, and chosen as the reader would."""

from __future__ import annotations

import re

import pytest

from bot.office.pages import HERE
from bot.office.words import BY_TONGUE, HTML_TAGS, TONGUE_NAMES, TONGUES, choose_tongue

_USED = re.compile(r"\bw\.(?!get\b)(\w+)")
_FIELD = re.compile(r"{\w*}")


def test_every_word_is_said_in_every_language() -> None:
    """With the same places to fill in, and never a blank."""
    for sentences in zip(*(BY_TONGUE[tongue].values() for tongue in TONGUES), strict=True):
        assert all(sentence.strip() for sentence in sentences)
        assert len({tuple(_FIELD.findall(sentence)) for sentence in sentences}) == 1
    assert set(TONGUES) == set(HTML_TAGS) == set(TONGUE_NAMES) == set(BY_TONGUE)


def test_templates_and_words_know_each_other() -> None:
    """No template asks for a word that is missing, and no word is left over."""
    used = {key for path in HERE.glob("templates/*.html") for key in _USED.findall(path.read_text("utf-8"))}
    faults = {key for key in BY_TONGUE["en"] if key.endswith(("_title", "_text")) and key not in used}
    assert used <= set(BY_TONGUE["en"])
    codes = {key for key in BY_TONGUE["en"] if key.startswith("status_")}
    assert set(BY_TONGUE["en"]) == used | faults | codes
    assert {key.rpartition("_")[0] for key in faults} == {"not_found", "forbidden", "too_large", "failed"}


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
