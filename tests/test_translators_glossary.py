"""The glossary: complete, drawn, and what the catalogues say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.pack import load_pack
from scripts.translators_glossary import DRAWN, LANGUAGES, SOURCE, Term, draw, find_strays, load_terms
from tests.test_catalogues import is_label

ROOT = Path(__file__).resolve().parents[1]
TERMS = load_terms(SOURCE.read_text(encoding="utf-8"))
CATALOGS = load_pack().catalogs.by_locale
_HAN = re.compile("[㐀-䶿一-鿿]")


def is_short(context: str) -> bool:
    """Whether a sentence is a button, a name or a word of a list, which have no room for a long term."""
    return (
        is_label(context)
        or context.partition(".")[0] in {"answer", "told"}
        or context.endswith((".label", ".name"))
    )


SHORT = {context: is_short(context) for catalog in CATALOGS.values() for context, _ in catalog}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogues_keep_to_the_glossary(language: str):
    """One thing has one name: people meet it again on a sign, on the telephone and in a form."""
    assert list(find_strays(TERMS, language, CATALOGS[language], SHORT)) == []


def test_every_language_that_is_spoken_has_its_words():
    """A language more is a column more."""
    assert set(LANGUAGES) == set(CATALOGS)
    assert [
        (term.zh, one) for term in TERMS for one in LANGUAGES if not all(map(str.strip, term.forms[one]))
    ] == []


def test_every_term_stands_once_and_is_said_somewhere():
    """What nobody says needs no word, and two entries of one term would differ one day."""
    said = [source for _, source in CATALOGS["en"]]
    assert len({term.zh for term in TERMS}) == len(TERMS)
    assert [term.zh for term in TERMS if not any(term.zh in source for source in said)] == []


def test_an_exception_is_one_that_is_needed_and_has_a_reason():
    """A sentence that says the term by now, or is said no more, needs none."""
    bare = [Term(one.zh, one.means, one.forms, one.note, one.is_free, {}) for one in TERMS]
    strays = {(zh, where) for at in LANGUAGES for _, where, zh in find_strays(bare, at, CATALOGS[at], SHORT)}
    assert {(term.zh, where) for term in TERMS for where in term.without} == strays
    assert all(len(reason) > 10 for term in TERMS for reason in term.without.values())


def test_names_of_laws_have_the_chinese_beside_them():
    """So that a lawyer, a policeman or a sign can be shown them."""
    laws = [term for term in TERMS if term.zh.endswith(("法", "條例"))]
    assert len(laws) >= 7
    assert [
        (one.zh, at)
        for one in laws
        for at in LANGUAGES
        if not all(_HAN.search(form) for form in one.forms[at])
    ] == []


def test_the_page_is_drawn_from_the_terms():
    """Otherwise: scripts/translators_glossary.py."""
    ran = subprocess.run(
        [sys.executable, "scripts/translators_glossary.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert draw(TERMS) == DRAWN.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("source", "text", "where", "found"),
    [
        ("問社工", "Ask a Social Worker", "frontdoor.start", False),
        ("問社工", "Ask somebody", "frontdoor.start", True),
        ("問社工", "Ask somebody", "frontdoor.start.go", False),
        ("問社工", "Ask somebody", "frontdoor.excused", False),
        ("問別人", "Ask somebody", "frontdoor.start", False),
    ],
)
def test_a_sentence_without_the_word_is_found(source: str, text: str, where: str, found: bool):
    """Unless it is a button, or was excused."""
    forms = dict.fromkeys(LANGUAGES, ("social worker",))
    term = Term("社工", "", forms, "", is_free=False, without={"frontdoor.excused": "named before"})
    strays = list(find_strays([term], "en", {(where, source): text}, {where: is_short(where)}))
    assert bool(strays) == found
    free = Term("社工", "", forms, "", is_free=True, without={})
    assert list(find_strays([free], "en", {(where, source): text}, {where: False})) == []
