"""The language of the first words is answered in, until one is chosen; changing it never loses the place."""

from __future__ import annotations

import pytest

from bot.core.engine import Engine
from bot.core.hear import Ear
from bot.core.parse import parse_flow
from tests.core.cast import TINY, TINY_ALARMS, Talk


def find(text: str) -> str:
    """Find the language by a word that no other has."""
    return next((locale for word, locale in (("hello", "en"), ("halo", "id")) if word in text), "")


def talk(locale: str = "zh_TW") -> Talk:
    flow = parse_flow(TINY, "tiny.toml")
    return Talk(Engine(flow, Ear(flow, TINY_ALARMS), find_locale=find), locale=locale)


def test_the_first_words_choose_the_language():
    """Whatever the phone is set to: a borrowed phone speaks its owner's."""
    assert talk().type("hello there").session.locale == "en"


def test_also_where_they_cry_for_help():
    """The numbers come in a language that can be read."""
    one = talk().type("hello 想死")
    assert (one.state, one.session.locale) == ("crisis", "en")


def test_words_that_tell_no_language_leave_it_open():
    """The next ones may."""
    one = talk().start().wait(1).type("ok")
    assert (one.session.locale, one.session.locale_known) == ("zh_TW", False)
    assert one.wait(1).type("halo").session.locale == "id"


def test_it_is_found_once():
    """A word of another language later changes nothing."""
    assert talk().type("hello").wait(1).type("halo").session.locale == "en"


def test_a_chosen_language_stays():
    """Whoever chose one means it."""
    one = talk("id").start().tap("english").wait(1).type("halo")
    assert one.session.locale == "en"


def test_the_place_and_the_answers_stay():
    """It changes how things are said, and nothing else."""
    one = talk().start().tap("adult").wait(1).type("hello")
    assert (one.state, one.session.answers) == ("loop", {"age_now": "adult"})


def test_a_new_beginning_keeps_the_language():
    """They still read the same one."""
    assert talk().type("hello").wait(1).type("重新開始").session.locale == "en"


def test_a_stranger_chooses_none_by_a_word():
    """The greeting is the one that this phone knows."""
    one = talk().start().tap("adult").wait(31).start().type("hello")
    assert one.session.locale == "zh_TW"


@pytest.mark.parametrize("locale", ["zh_TW", "en"])
def test_nobody_finds_a_language_where_nothing_is_given_to_find_it(locale: str):
    """As for flows that are only tapped through."""
    flow = parse_flow(TINY, "tiny.toml")
    one = Talk(Engine(flow, Ear(flow, TINY_ALARMS)), locale=locale).type("hello")
    assert one.session.locale == locale
