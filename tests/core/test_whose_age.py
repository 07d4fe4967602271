"""An age belongs to one person: nobody is told what is meant for another age, nor by the age of another person."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.core.guards import Answers, holds
from bot.core.issues.answers import combine, find_read_keys, find_settable, list_guards
from bot.core.model import Choice, State, StateId
from bot.core.standing import list_open
from tests.core.cast import Talk, caller, shipped

FLOW = shipped().flow
SETTABLE = find_settable(FLOW)
#: What is said to somebody under 18 who tells of themselves, or who comes for another person.
FIT_FOR_MINORS = {"minor", "opening", "friend", "others"}
TOLD_ALL = ("safe", "self", "adult", "adult", "spread")


def tell(*taps: str) -> Talk:
    talk = caller().start()
    for tap in taps:
        talk.tap(tap)
    return talk


def lead(state: State, choice: Choice, answers: Answers) -> str:
    """Return the track that a choice leads to out of the pages, or nothing while it stays among them."""
    told = {**{k: v for k, v in answers.items() if k not in choice.forgets}, **choice.sets}
    to = next((FLOW.states[one.to] for one in choice.routes if holds(one.when, told)), state)
    return "" if to.overlay else to.track


def list_minors(state: State) -> Iterator[Answers]:
    """Yield every set of answers of somebody under 18 that may change what a page offers."""
    keys = find_read_keys(list_guards(state), SETTABLE) - {"age_now", "about"}
    for answers in combine(keys, SETTABLE):
        yield {**answers, "age_now": "minor", "about": "self"}


@pytest.mark.parametrize("state_id", sorted(one.id for one in FLOW.states.values() if one.overlay))
def test_no_page_leads_somebody_under_18_among_what_is_for_adults(state_id: StateId):
    """Whatever else was answered before, looking something up or changing an answer stays among what is fit."""
    state = FLOW.states[state_id]
    for answers in list_minors(state):
        for choice in list_open(state, answers):
            assert lead(state, choice, answers) in {"", *FIT_FOR_MINORS}, (choice.id, answers)


def test_no_last_day_is_counted_for_somebody_under_18():
    """What is done to them has none, and a day that has not come or is over would frighten or send them away."""
    talk = tell("safe", "self", "minor", "look_up", "police", "deadline")
    assert "count" not in [button.id for button in talk.reply.choices]
    assert "count" in [button.id for button in tell("look_up", "police", "deadline").reply.choices]


def test_who_said_under_18_and_then_would_rather_not_say_stays_where_it_is_fit():
    """Not to say takes nothing back, so it leads to where the duty to report was explained."""
    talk = tell("safe", "self", "minor", "change", "age", "skip")
    assert (talk.state, talk.session.answers["age_now"]) == ("minor_start", "minor")
    assert tell("safe", "self", "skip").state == "any_age"


@pytest.mark.parametrize("age", ["adult", "unsure"])
def test_ones_own_age_at_filming_is_not_taken_for_a_friends(age: str):
    """Given an adult filmed as one, when they ask for a friend, nobody is told to copy what may show a child."""
    talk = tell(*TOLD_ALL, "change", "rest", "about", "friend", age)
    assert "age_filmed" not in talk.session.answers
    talk.tap("look_up").tap("evidence").tap("now")
    assert talk.text.startswith("先看這一句")


def test_a_friends_age_does_not_become_ones_own():
    """Given somebody under 18 who looks up how to help an adult, their pages say whose age it is."""
    talk = tell("safe", "self", "minor", "look_up", "friend", "steps", "adult")
    assert talk.session.answers["about"] == "friend"
    talk.tap("change")
    assert [b.id for b in talk.reply.choices if b.id.startswith("age")] == ["age_friend"]
    talk.tap("return").tap("back").tap("back")
    assert (talk.state, talk.session.answers["age_now"]) == ("minor_start", "minor")
