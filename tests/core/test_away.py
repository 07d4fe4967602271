"""Nobody knows who holds the phone: after leaving or silence, only the greeting shows the earlier place."""

from __future__ import annotations

from copy import copy
from datetime import timedelta

import pytest

from bot.core.model import ChoiceId, StateId
from bot.core.moves import IDLE_AFTER
from tests.core.cast import Talk, shipped_engine, walk_to

EARLIER = StateId("spread_first")


def leave(talk: Talk) -> Talk:
    return talk.type("離開")


def fall_silent(talk: Talk) -> Talk:
    return talk.wait(IDLE_AFTER / timedelta(minutes=1) + 1)


ABSENCES = [leave, fall_silent]


@pytest.fixture(params=ABSENCES, ids=lambda absence: absence.__name__)
def stranger(request: pytest.FixtureRequest) -> Talk:
    """Somebody picks up the phone of a person who told something."""
    return request.param(walk_to(EARLIER))


@pytest.mark.parametrize("detour", ["電話", "0", "help", "刪除", "english", "我不想活了", "他在門口"])
def test_no_detour_leads_past_the_greeting(stranger: Talk, detour: str):
    """Whatever is opened meanwhile, returning from it shows the greeting, not the earlier place."""
    stranger.type(detour)
    assert stranger.state not in {EARLIER, "welcome_back"}
    stranger.type("上一步")
    assert stranger.state == "welcome_back"
    stranger.type("上一步")
    assert stranger.state == "welcome_back"


def test_the_greetings_own_answer_leads_back(stranger: Talk):
    """Whoever asks for it goes on where they stopped, with what they had said."""
    before = stranger.session.answers
    stranger.type("電話").type("上一步").type("接著上次的地方")
    assert stranger.state == EARLIER
    assert stranger.session.answers == before
    assert not stranger.session.away


def test_going_on_from_an_overlay_shows_nothing_of_the_answers(stranger: Talk):
    """A stranger who looks things up sees what any stranger would see, and back leads to the greeting."""
    flow = shipped_engine().flow
    stranger.type("電話")
    onward = [choice for choice in flow.get_state(stranger.state).choices if choice.kind == "go"]
    for choice in onward:
        other = replace_session(stranger)
        other.tap(ChoiceId(choice.id))
        if other.state in flow.states and not flow.get_state(other.state).overlay:
            assert dict(other.session.answers) == dict(choice.sets)
            other.type("上一步")
            assert other.state == "welcome_back"
            other.type("接著上次的地方")
            assert other.state == EARLIER


def test_starting_over_forgets_the_earlier_place(stranger: Talk):
    """Then there is nothing to go back to."""
    stranger.type("重新開始")
    assert stranger.state == "start"
    assert not stranger.session.away
    assert stranger.session.trail == ()


def replace_session(talk: Talk) -> Talk:
    """The same moment again, so that every choice is tried from it."""
    return copy(talk)
