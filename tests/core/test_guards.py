"""Guards decide by answers alone, and when in doubt for the more careful door."""

import itertools

import pytest

from bot.core.guards import GUARDS, find_guard, holds

AGES = (None, "adult", "minor", "unsure")


def _answers(age_now, age_filmed):
    told = {"age_now": age_now, "age_filmed": age_filmed}
    return {key: value for key, value in told.items() if value}


@pytest.mark.parametrize(("age_now", "age_filmed"), list(itertools.product(AGES, AGES)))
def test_exactly_one_filming_age_holds(age_now, age_filmed):
    """Whatever was answered or not, one door of three is open, so no bubble is missing or doubled."""
    answers = _answers(age_now, age_filmed)
    names = ("filmed_under_18", "filmed_as_adult", "filmed_age_unsure")
    assert sum(GUARDS[name](answers) for name in names) == 1


@pytest.mark.parametrize(("age_now", "age_filmed"), list(itertools.product(AGES, AGES)))
def test_only_a_plain_adult_answer_opens_the_adults_door(age_now, age_filmed):
    """Who is a minor now was one then; whose age nobody knows is not sent to a tool for adults."""
    is_adult = age_filmed == "adult" and age_now not in {"minor", "unsure"}
    assert is_adult == GUARDS["filmed_as_adult"](_answers(age_now, age_filmed))


@pytest.mark.parametrize(
    ("guard", "answers"),
    [
        ("is_minor", {"age_now": "minor"}),
        ("is_age_unsure", {"age_now": "unsure"}),
    ],
)
def test_a_guard_holds_for_its_answer_only(guard, answers):
    """Each looks at one answer, and nobody who has not answered is taken for anything."""
    assert GUARDS[guard](answers)
    assert not GUARDS[guard]({})
    assert not GUARDS[guard](dict.fromkeys(answers, "other"))


def test_all_named_guards_must_hold():
    """No guard means yes; several mean all of them."""
    answers = {"age_now": "minor", "demand": "money"}
    assert holds((), {})
    assert holds(("is_minor", "demand=money"), answers)
    assert not holds(("is_minor", "is_age_unsure"), answers)


def test_a_guard_that_nobody_knows_is_a_bug():
    """A parsed flow names none, so it must not count as "no"."""
    with pytest.raises(KeyError, match="is_tall"):
        holds(("is_tall",), {})
    assert find_guard("not is_tall") is None
