"""Unsending or changing a message takes back everything that came of it, before and after it was confirmed."""

from __future__ import annotations

import pytest

from bot.core.inputs import Edited, Tapped, Typed, Unsent
from bot.core.model import ChoiceId
from bot.core.understood import list_offered
from tests.core.cast import Talk, caller

STORY = "role=self minor=no minor_at_filming=no harms=threatened_sharing"


def say(talk: Talk, text: str, message: str) -> Talk:
    return talk.send(Typed(text), message=message, words=f"{message}:{text}").wait(1)


def edit(talk: Talk, text: str, message: str) -> Talk:
    return talk.send(Edited(text), message=message, words=f"{message}:{text}").wait(1)


def unsend(talk: Talk, message: str) -> Talk:
    return talk.send(Unsent(), message=message)


def told(*texts: str) -> Talk:
    """Somebody who read the greeting and told this, in messages m0, m1, …"""
    talk = caller().start().wait(1)
    for number, text in enumerate(texts):
        say(talk, text, f"m{number}")
    return talk


# ─── Before it was confirmed ──────────────────────────────────────────────────


def test_an_unsent_story_is_not_said_back_any_more():
    """The question that stood is asked again."""
    talk = unsend(told(STORY), "m0")
    assert (talk.state, talk.session.told, talk.session.answers) == ("start", (), {})
    assert talk.start().text.endswith("先問一件事：你現在方便說話嗎？")


def test_only_what_the_unsent_message_told_is_gone():
    """The other message stays."""
    talk = unsend(told("role=self", "minor=no"), "m1")
    assert (talk.state, list_offered(talk.session)) == ("understood", ("role=self",))


def test_unsending_after_the_cover_leaves_the_cover():
    """The abuser looks: the cover stays, and nothing is left behind it."""
    talk = told(STORY).type("離開")
    assert talk.state == "left"
    unsend(talk, "m0")
    assert (talk.state, talk.session.told, talk.session.opened) == ("left", (), ())
    talk.wait(1).start().tap("resume_go_on")
    assert (talk.state, talk.session.answers) == ("start", {})


def test_unsending_below_another_page_leaves_no_empty_page_behind():
    """Back from the numbers is the question, not a page that says nothing back."""
    talk = unsend(told(STORY).type("電話"), "m0")
    assert talk.state == "human"
    assert talk.tap("back").state == "start"


def test_unsending_what_was_told_before_the_greeting_was_read():
    """It was kept for later, and is not any more."""
    talk = say(caller(), STORY, "m0")
    unsend(talk, "m0")
    assert talk.session.told == ()
    assert talk.wait(1).tap("safe").state == "who"


def test_a_changed_story_is_said_back_as_it_is_now():
    """Nothing of the first version is left."""
    talk = edit(told(STORY), "role=relative minor=yes", "m0")
    assert (talk.state, list_offered(talk.session)) == ("understood", ("role=relative", "minor=yes"))


def test_a_story_changed_into_nothing_is_gone():
    """It is as if it had never been sent, and nobody is blamed for it."""
    talk = edit(told(STORY), "嗯", "m0")
    assert (talk.state, talk.session.told, talk.note) == ("start", (), None)


def test_a_change_that_nobody_sees_changes_nothing():
    """Channels tell of those as well."""
    talk = told(STORY)
    assert edit(talk, STORY, "m0").turn.events == ()
    assert talk.state == "understood"


def test_a_story_changed_into_a_cry_for_help_is_helped():
    """And what it told before is gone."""
    talk = edit(told(STORY), "我想死", "m0")
    assert (talk.state, talk.session.told) == ("crisis", ())


# ─── After it was confirmed ───────────────────────────────────────────────────


def test_an_unsent_story_takes_its_answers_along_after_the_yes():
    """Its first question is asked again, and nothing of it is known."""
    talk = unsend(told(STORY).tap("right"), "m0")
    assert (talk.state, talk.session.answers) == ("who", {})
    assert all(step.answers == {} for step in talk.session.trail)


def test_of_two_messages_the_other_one_stays_answered():
    """Only what the unsent one told is asked again."""
    talk = unsend(told("role=self", "minor=no").tap("right"), "m1")
    assert (talk.state, talk.session.answers) == ("age_now", {"about": "self"})


def test_unsending_deep_in_the_conversation_goes_back_there():
    """Also when they went on since."""
    talk = told(STORY).tap("right").act("money", "unknown", "paid_no")
    unsend(talk, "m0")
    assert talk.state == "who"
    assert {"about", "age_now", "age_filmed", "threat"}.isdisjoint(talk.session.answers)


def test_unsending_what_is_agreed_to_and_not_used_yet():
    """It answers no question later."""
    talk = told("role=self", "harms=filmed_secretly").tap("right")
    assert talk.state == "age_now"
    unsend(talk, "m1").wait(1)
    assert talk.act("adult", "adult").state == "happened"


def test_unsending_one_of_several_kinds():
    """The page that collects them asks again."""
    talk = told("role=self minor=no minor_at_filming=no harms=threatened_sharing", "harms=deepfake").tap(
        "right"
    )
    assert talk.session.answers["fake"] == "yes"
    unsend(talk, "m1")
    assert "fake" not in talk.session.answers
    assert talk.state == "happened"


def test_unsending_the_yes_takes_back_what_it_agreed_to():
    """The word was the answer."""
    talk = say(told(STORY), "對", "yes")
    assert talk.state == "threat_first"
    unsend(talk, "yes")
    assert talk.session.answers == {}
    assert talk.state == "start"


def test_unsending_after_the_yes_and_the_cover():
    """Behind the cover everything is gone; the cover itself says nothing."""
    talk = unsend(told(STORY).tap("right").type("離開"), "m0")
    assert (talk.state, talk.session.answers) == ("left", {})
    talk.wait(1).start().tap("resume_go_on")
    assert talk.state == "who"


def test_a_story_changed_after_the_yes_is_asked_anew():
    """The answers of its first version are gone before the new one is said back."""
    talk = edit(told(STORY).tap("right"), "role=self minor=yes", "m0")
    assert (talk.state, talk.session.answers) == ("understood", {})
    assert talk.tap("right").state == "minor_start"


def test_a_correction_that_is_unsent_takes_the_corrected_answer_along():
    """Nobody knows what is right: it is asked."""
    talk = say(told(STORY).tap("right"), "minor=yes", "m1").tap("right")
    unsend(talk, "m1")
    assert (talk.state, "age_now" in talk.session.answers) == ("age_now", False)


@pytest.mark.parametrize("state", ["understood", "threat_first"])
def test_unsending_something_else_changes_nothing(state: str):
    """Another message told nothing."""
    talk = told(STORY) if state == "understood" else told(STORY).tap("right")
    before = talk.session
    unsend(talk, "other")
    assert (talk.state, talk.session) == (state, before)


def test_an_answer_in_own_words_is_taken_back_like_a_typed_one():
    """Inside a question, words choose: unsent, it is asked again."""
    talk = caller().start().act("safe", "self").wait(1)
    say(talk, "minor=yes", "m0")
    assert talk.state == "minor_start"
    unsend(talk, "m0")
    assert (talk.state, "age_now" in talk.session.answers) == ("age_now", False)


def test_a_page_of_an_older_turn_confirms_nothing():
    """A yes pressed on a page that was taken back meets a question that is not that one."""
    talk = told(STORY)
    drawn = talk.session.turn
    unsend(talk, "m0")
    talk.send(Tapped(ChoiceId("right"), talk.session.visit, drawn))
    assert (talk.state, talk.note, talk.session.answers) == ("start", "old_button", {})


def test_where_the_channel_names_no_message_nothing_is_taken_back():
    """The web has no unsending: an empty name is nobody's."""
    talk = caller().start().wait(1).type(STORY)
    unsend(talk, "")
    assert talk.state == "understood"
