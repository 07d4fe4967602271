"""The longest entry at each place is found, in the languages that count."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.stated import LANGUAGES, PLATFORMS
from bot.understanding.folding import fold, split
from bot.understanding.lexicon import Lexicon, load_lexicon
from bot.understanding.signs import COMMON
from tests.understanding.tiny import tiny_lexicon

LEXICON = tiny_lexicon()
WRITTEN = Path(__file__).parents[2] / "training" / "lexicon"


def ideas(text: str, language: str, lexicon: Lexicon = LEXICON) -> list[str]:
    return ["+".join(entry.ideas) for entry in lexicon.find(split(fold(text)), language)]


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("he posted my nudes", "en", ["HE", "SPREAD"]),
        ("he posted my photo", "en", ["HE", "SPREAD", "MY", "PICTURE"]),
        ("not yet posted", "en", ["NOT_YET", "SPREAD"]),
        ("not posted", "en", ["NOT", "SPREAD"]),
        ("我前男友把影片傳出去", "zh-TW", ["ME", "EX", "PICTURE", "SPREAD"]),
        ("影片還沒傳出去", "zh-TW", ["PICTURE", "NOT_YET"]),
        ("想死你了", "zh-TW", ["HYPERBOLE"]),
        ("想死", "zh-TW", ["DIE"]),
        ("我ex男友", "zh-TW", ["ME", "EX"]),
        ("แฟนเก่าปล่อยคลิปหนู", "th", ["EX", "SPREAD", "ME"]),
        ("nó hòa ảnh", "vi", ["HE", "SPREAD", "PICTURE"]),
        ("no hoà anh", "vi", ["HE", "SPREAD", "PICTURE"]),
    ],
)  # fmt: skip
def test_the_longest_entry_wins(text: str, language: str, found: list[str]) -> None:
    assert ideas(text, language) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("he threatens me", ["HE", "THREATEN"]), ("threatening", ["THREATEN"]), ("a threat", []), ("thre", []),
        ("nudes", ["IMAGE"]), ("nude", []), ("photography", []),
    ],
)  # fmt: skip
def test_words_are_whole_unless_an_entry_says_how_they_begin(text: str, found: list[str]) -> None:
    assert ideas(text, "en") == found


def test_a_phrase_may_end_with_the_beginning_of_a_word() -> None:
    assert ideas("dia rekam foto saya gantinya", "id") == ["HE", "SECRETLY"]
    assert ideas("dia rekam foto saya", "id") == ["HE", "MY"]
    assert ideas("dia rekam fotonya", "id") == ["HE", "PICTURE"]


def test_a_thai_entry_never_stands_within_a_syllable() -> None:
    assert ideas("นม", "th") == ["IMAGE"]
    assert ideas("นมา", "th") == []
    assert ideas("เนม", "th") == ["IMAGE"] or ideas("เนม", "th") == []
    assert ideas("โนม", "th") == []


def test_a_text_hears_its_own_language_then_english_then_the_others() -> None:
    assert ideas("no, the photo", "vi") == ["HE", "PICTURE"]
    assert ideas("no, the photo", "en") == ["BARE_NO", "PICTURE"]
    assert ideas("he said di ko kilala the man", "en") == ["HE", "STRANGER"]


def test_a_single_word_of_another_language_counts_only_where_it_is_typical_of_it() -> None:
    """Otherwise "ai", which is "who" in Vietnamese, would be a machine."""
    assert ideas("nó gửi ai cũng coi ai biết đâu", "vi") == ["HE", "TO_WHOM"]
    assert ideas("em bị nó dùng telegram gửi ảnh", "vi") == ["ME", "HE", "telegram", "PICTURE"]


def test_simplified_entries_are_found_beside_the_others() -> None:
    assert ideas("妈妈", "zh-TW") == ["IMAGE"]


def test_platforms_are_found_within_longer_entries_too() -> None:
    units = split(fold("my facebook friends and 臉書好友"))
    assert ideas("my facebook friends", "en") == ["MY", "FRIEND"]
    assert [entry.ideas for entry in LEXICON.find_kind("platforms", units, "en")] == [
        ("facebook",),
        ("facebook",),
    ]


def test_nothing_is_found_in_nothing() -> None:
    assert ideas("", "en") == []
    assert ideas("... ?!", "en") == []


class Counting:
    """Places of a table that count how often they are looked at."""

    def __init__(self, values: Sequence[int]) -> None:
        self.values, self.looks = values, 0

    def __getitem__(self, place: int) -> int:
        self.looks += 1
        return self.values[place]


@pytest.mark.parametrize(
    "text",
    [
        "posted my nudes ",
        "我前男友把影片還沒傳出去",
        "foto saya gantinya ",
        "แฟนเก่าปล่อยคลิป",
        "threatenings " * 3,
        "a",
    ],
)
def test_twice_the_length_is_twice_the_work(text: str) -> None:
    asked = []
    for times in (100, 200, 400):
        values = Counting(LEXICON.nodes.values)
        counting = replace(LEXICON, nodes=replace(LEXICON.nodes, values=values))
        units = split(fold(text * times))[:50_000]
        list(counting.find(units, "id"))
        asked.append(values.looks)
    assert asked[2] <= 2.1 * asked[1] + 10 <= 4.5 * asked[0] + 40


@pytest.fixture(scope="module")
def written() -> Lexicon:
    return load_lexicon(WRITTEN)


def test_the_written_lexicons_name_all_platforms_in_all_languages(written: Lexicon) -> None:
    for place, language in enumerate(LANGUAGES):
        named = {idea for meaning in written.meanings for idea in meaning[place]}
        assert named >= set(PLATFORMS), language


@pytest.mark.parametrize(
    ("text", "language", "idea"),
    [
        ("他說要把我的裸照傳給我同學", "zh-TW", "IMAGE"), ("he is threatening to post my nudes", "en", "IMAGE"), ("nó dọa tung clip", "vi", "THREATEN"),
        ("no doa tung clip", "vi", "THREATEN"), ("dia ngancem sebar fotoku", "id", "THREATEN"), ("มันขู่จะปล่อยคลิป", "th", "THREATEN"),
        ("tinatakot nya ako", "fil", "THREATEN"), ("笑死", "zh-TW", "HYPERBOLE"), ("前男友", "zh-TW", "EX"),
    ],
)  # fmt: skip
def test_the_written_lexicons_know_what_people_say(
    written: Lexicon, text: str, language: str, idea: str
) -> None:
    assert any(idea in found.split("+") for found in ideas(text, language, written))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_everyday_speech_is_written_down_in_every_language(language: str) -> None:
    """An idea that is named in the program and in no lexicon would never be found."""
    read = tomllib.loads((WRITTEN / f"{language}.toml").read_text(encoding="utf-8"))
    assert [idea for idea in sorted(COMMON) if not read.get(idea)] == []
    told = (WRITTEN / "README.md").read_text(encoding="utf-8")
    assert [idea for idea in sorted(COMMON) if f"`{idea}`" not in told] == []
