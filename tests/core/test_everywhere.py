"""In every state of the real conversation the ways out work, old buttons are harmless, and words are heard."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.core.events import EraseRequested, Said
from bot.core.model import StateId
from tests.core.cast import LIVE_STATES, NOON, Talk, caller, shipped, walk_to

FLOW = shipped().flow

pytestmark = pytest.mark.parametrize("state", LIVE_STATES)


def _question_of(talk: Talk) -> str:
    """The question below any overlay."""
    return talk.session.interrupted or talk.session.state


def _kept(talk: Talk) -> tuple[object, ...]:
    session = talk.session
    return (_question_of(talk), dict(session.answers), session.trail, dict(session.draft))


def _without_uses(talk: Talk) -> tuple[object, ...]:
    question, answers, trail, draft = _kept(talk)
    places = [(step.state, _bare(step.answers), step.guarded) for step in trail]
    return (question, _bare(answers), places, draft)


def _bare(answers: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in answers.items() if not key.startswith("use_")}


def _reads_words(state: str) -> bool:
    """Whether any words are an answer here."""
    reads = FLOW.states[StateId(state)].reads
    return reads is not None and reads.kind != "day"


@pytest.mark.parametrize("how", ["tap", "type"])
def test_a_human_is_one_input_away(state, how):
    """By button or word the numbers are shown, and the way back leads where one was, past the greeting if need be."""
    talk = walk_to(state)
    before = _kept(talk)
    talk.tap("human") if how == "tap" else talk.type("真人")
    assert talk.state == "human"
    assert "113" in talk.text
    talk.tap("return")
    if state in {"left", "welcome_back"}:
        assert talk.state == "welcome_back"  # nobody knows who holds the phone: the greeting asks first
        talk.tap("resume_go_on")
    # What was said back is still to be answered, over the page on which it was told.
    assert talk.state == ("understood" if state in {"understood", "understood_fix"} else before[0])
    assert _kept(talk) == before


@pytest.mark.parametrize("how", ["tap", "type"])
def test_erasing_takes_two_inputs(state, how):
    """Ask, and say yes: everything kept is asked to be destroyed, and the last words say so."""
    talk = walk_to(state)
    if state != "erase_confirm":
        talk.tap("erase") if how == "tap" else talk.type("刪除")
    assert talk.state == "erase_confirm"
    talk.tap("erase_yes") if how == "tap" else talk.type("刪除")
    assert EraseRequested() in talk.turn.events
    assert talk.turn.get_said() == Said(StateId("erased"))
    assert not talk.reply.buttons


def test_not_erasing_after_all_changes_nothing(state):
    """Who says no is where they were."""
    talk = walk_to(state)
    before = _kept(talk)
    if state != "erase_confirm":
        talk.tap("erase")
    assert _kept(talk.tap("erase_no")) == before
    assert EraseRequested() not in talk.turn.events


def test_leaving_covers_and_returning_is_neutral(state):
    """The cover names nothing and has no buttons; after it, or after hours, the greeting recaps nothing."""
    talk = walk_to(state)
    before = _kept(talk)
    talk.tap("leave")
    cover = talk.reply
    assert cover.leaving
    assert not cover.buttons
    assert not any(word in "".join(cover.bubbles) for word in shipped().denied_in_previews)
    talk.wait(300).type("在嗎")
    assert talk.state == "welcome_back"
    assert talk.reply.bubbles == caller().start().tap("safe").wait(40).start().reply.bubbles
    assert _kept(talk.tap("resume_go_on")) == before


def test_half_an_hour_of_silence_greets_neutrally_with_nothing_recapped(state):
    """The greeting is the same text for everybody, and going on finds the same place."""
    talk = walk_to(state)
    before = _kept(talk)
    talk.wait(30)
    # Where the greeting was the last thing said, a number answers it.
    talk.start() if state == "welcome_back" else talk.type("2")
    assert talk.state == "welcome_back"
    assert talk.reply.bubbles == caller().start().tap("safe").wait(40).start().reply.bubbles
    assert _kept(talk) == before
    assert _kept(talk.tap("resume_go_on")) == before


def test_starting_over_forgets_every_answer(state):
    """From anywhere, in one input."""
    talk = walk_to(state).tap("restart")
    assert _kept(talk) == ("start", {}, (), {})


def test_switching_language_and_back_keeps_the_place(state):
    """
    A person may read the same question in another language without losing an answer.

    Only what was agreed to in one language is asked again in another.
    """
    talk = walk_to(state)
    before = _without_uses(talk)
    talk.tap("language").tap("en")
    assert (talk.session.locale, _without_uses(talk)) == ("en", before)
    assert not any(key.startswith("use_") for key in talk.session.answers)
    talk.type("language").type("中文")
    assert (talk.session.locale, _without_uses(talk)) == ("zh_TW", before)


def test_one_step_back_restores_the_answers_of_that_question(state):
    """An overlay is left without losing an answer; a question gives back the place before it."""
    talk = walk_to(state)
    question, answers, trail, draft = _kept(talk)
    talk.tap("back")
    assert talk.session.draft == draft
    if state in {"start", "handoff_sent"}:  # what was sent is behind nobody
        assert (talk.state, talk.note, trail) == (state, "nothing_before", ())
    elif state != question or not FLOW.states[StateId(state)].choices:
        assert _kept(talk) == (question, answers, trail, draft)
    else:
        assert (talk.state, dict(talk.session.answers), talk.session.trail) == (
            trail[-1].state,
            dict(trail[-1].answers),
            trail[:-1],
        )


@pytest.mark.parametrize(("text", "alarm"), [("救命", "danger"), ("我想死", "crisis"), ("suicide", "crisis")])
def test_alarms_stop_the_flow_and_return_to_the_right_place(state, text, alarm):
    """Whatever is asked or shown, overlays too; nothing that was answered is lost."""
    talk = walk_to(state)
    before = _kept(talk)
    talk.type(text)
    assert talk.state == alarm
    assert any(number in talk.text for number in ("110", "1925"))
    if FLOW.states[StateId(state)].reads and FLOW.states[StateId(state)].reads.grows:
        before = (*before[:3], {**before[3], "story": text})  # no less what happened
    assert _kept(talk) == before
    assert _kept(talk.tap("mistake")) == before


def test_old_buttons_change_nothing(state):
    """Yesterday's button of any question, and the one just pressed, repeat the question."""
    talk = walk_to(state)
    before = (_kept(talk), talk.session.turn)
    for choice in FLOW.states[StateId(state)].choices:
        talk.tap(choice.id, turn=talk.session.turn - 1).tap(choice.id, visit="yesterday")
        if state != "left":
            assert talk.note == "old_button"
            assert (_kept(talk), talk.session.turn, talk.state) == (*before, state)


def test_media_and_misses_change_nothing(state):
    """Each gets a kind word, twice not understood the human's too, and the question again."""
    talk = walk_to(state)
    before = _kept(talk)
    talk.show("image")
    assert talk.note == "no_pictures"
    assert _kept(talk) == before
    if _reads_words(state):
        return
    talk.type("嗯哼").type("嗯哼嗯")
    assert talk.note == ("at_an_ending" if FLOW.states[talk.session.state].ends else "not_understood_again")
    assert _kept(talk) == before
    assert 1 <= len(talk.reply.bubbles) <= 3


def test_late_text_and_text_after_a_lost_reply_answer_nothing(state):
    """Numbers are answers to what was seen; alarms and ways out are heard all the same."""
    for lateness in ({"sent_at": NOON - timedelta(hours=1)}, {"reply_lost": True}):
        talk = walk_to(state)
        before = _kept(talk)
        assert _kept(talk.type("1", **lateness)) == before
        assert _kept(talk.type("救命", **lateness)) == before
        assert talk.state == "danger"
        assert _kept(talk.type("真人", **lateness)) == before
        assert talk.state == "human"


def test_the_hints_name_every_word_that_always_works(state):
    """People who see no buttons read numbers and words instead."""
    reply = walk_to(state).reply
    if not reply.buttons:
        assert (reply.hint, reply.ways_hint) == ("", "")
        return
    assert reply.hint
    assert all(way.label in reply.ways_hint for way in reply.ways_out)
    assert {way.id for way in reply.ways_out} == {way.id for way in FLOW.ways_out if not way.quiet}
