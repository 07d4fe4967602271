"""The language of nobody: long, tall, whole, and loaded like any other."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.dates import format_date

from bot.pack import Pack
from bot.voice.catalogs import choose_locale
from tests.pseudo import CLOSE, OPEN, PSEUDO, count_seen, load_stretched, stretch


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load_stretched(tmp_path_factory.mktemp("pseudo"))


def test_every_sentence_has_its_stretched_one(pack: Pack):
    """It is loaded beside the real languages, and nothing in it is left to the source."""
    assert {"zh_TW", "en", PSEUDO} <= set(pack.catalogs.locales)
    assert pack.sentences == set(pack.catalogs.by_locale[PSEUDO])


def test_mentions_and_addresses_are_kept(pack: Pack):
    """What is filled in, and what is opened, is the same as in English."""
    kept = re.compile(r"\{[a-z0-9_.]+\}|https?://\S+")
    for key, said in pack.catalogs.by_locale[PSEUDO].items():
        if key[0] != "interface.exit_url":
            assert kept.findall(pack.catalogs.translate(*key, "en")) == kept.findall(said), key


def test_sentences_are_as_much_longer_as_the_longest_language(pack: Pack):
    """By 60 to 100 %, counted as a person sees letters. Shorter ones grow by their brackets alone."""
    en = pack.catalogs.by_locale["en"]
    plain = {key: said for key, said in en.items() if len(said) > 25 and not re.search(r"\n|\{|https:", said)}
    more = [
        count_seen(pack.catalogs.by_locale[PSEUDO][key]) / count_seen(said) for key, said in plain.items()
    ]
    assert len(more) > 500
    assert min(more) >= 1.6
    assert max(more) <= 2.0


def test_each_line_of_words_stands_between_brackets():
    """A line of its own stays one: a directory is still a directory."""
    said = stretch("Call now:\n{contact.protection_113}\nIt is free.")
    first, directory, last = said.split("\n")
    assert directory == "{contact.protection_113}"
    assert (first[0], first[-1], last[0], last[-1]) == (OPEN, CLOSE, OPEN, CLOSE)


@pytest.mark.parametrize(
    "glue", [", ", "、", ".", "", " ", "113", "{a}: {b}", "・{item}", "https://example.org/a"]
)
def test_what_is_not_language_is_left_alone(glue: str):
    """Commas, numbers and addresses have no translation."""
    assert stretch(glue) == glue


def test_it_holds_the_letters_that_break_pages():
    """Thai marks below and above, Vietnamese ones two on a letter, and a word longer than a small phone's line."""
    said = stretch(
        "You are not to blame, and you are not alone; one step after the other is enough for today. " * 2
    )
    assert all(word in said for word in ("ผู้", "ที่", "ปู่"))
    assert {"ễ", "ộ", "ậ"} <= set(said)
    assert max(count_seen(word) for word in said.split()) >= 40


def test_its_tag_is_its_own():
    """A browser that asks for it gets it, one that asks for English does not, and Babel can write its dates."""
    spoken = ("zh_TW", "en", PSEUDO)
    assert choose_locale(PSEUDO, spoken) == PSEUDO
    assert choose_locale("en-XA", spoken) == "en"
    assert format_date(datetime(2026, 11, 20, tzinfo=UTC), "EEEE", locale=PSEUDO)


def test_the_real_catalogues_are_copied_not_touched(pack: Pack, tmp_path: Path):
    """English says what it says everywhere else."""
    assert load_stretched(tmp_path / "again").catalogs.by_locale["en"] == pack.catalogs.by_locale["en"]
