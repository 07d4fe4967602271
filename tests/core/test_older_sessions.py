"""A conversation that another version of the program began goes on, whatever it stored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.events import Said
from bot.core.model import StateId
from bot.core.standing import find_deadline, see
from tests.core.cast import NOON, Talk, caller, shipped_speaker


def tell(state: str, **answers: str) -> Talk:
    talk = caller().start()
    talk.session = replace(talk.session, state=StateId(state), answers=answers)
    return talk


@pytest.mark.parametrize("day", ["31/10", "", "2026-02-30", "yesterday"])
@pytest.mark.parametrize("state", ["card", "deadline_told", "deadline_date", "police_ask"])
def test_a_day_in_another_form_is_as_if_it_was_not_told(state: str, day: str):
    """No last day is counted from it, no sentence ends where the day should stand, and nobody gets our apology."""
    talk = tell(state, learned_on=day)
    assert find_deadline(talk.session) is None
    assert "learned_on" not in see(talk.session, NOON.date())
    reply = shipped_speaker().render(Said(talk.session.state), talk.session, talk.now)
    assert "最晚是" not in "".join(reply.bubbles)
    assert talk.wait(1).type("你知道我什麼").state == "about_me"


@pytest.mark.parametrize("state", ["card", "police_ask", "happened", "age_filmed"])
def test_a_value_that_is_gone_opens_no_door_and_breaks_nothing(state: str):
    """It is an answer that nobody asks about."""
    talk = tell(state, police="perhaps", age_filmed="grown", who_did="boss", gone="yes")
    reply = shipped_speaker().render(Said(talk.session.state), talk.session, talk.now)
    assert "stopncii" not in "".join(reply.bubbles).casefold()
    assert talk.wait(1).type("你知道我什麼").state == "about_me"
