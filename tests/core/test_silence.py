"""Silence, second looks, late messages and lost replies: nothing is recapped, guessed or taken as an answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.events import Said
from bot.core.inputs import Tapped, Typed
from bot.core.model import NOT_YET, ChoiceId, NoteId, Session, StateId, Step, VisitId
from bot.core.moves import IDLE_AFTER
from bot.errors import StateGone
from tests.core.cast import NOON, Talk, caller, settle, tiny

START, LOOP, MINOR = StateId("start"), StateId("loop"), StateId("minor")


def _place(session: Session) -> tuple[object, ...]:
    """Everything of a session but when it was last seen and how often it was not understood."""
    return settle(session), session.answers, session.trail


def _begun() -> Talk:
    return tiny().start()


def _at_loop() -> Talk:
    return _begun().tap("adult")


# ─── Silence ──────────────────────────────────────────────────────────────────


def _wake_at(silence: timedelta) -> Talk:
    talk = _at_loop()
    talk.now += silence - timedelta(seconds=1)
    return talk


def test_after_half_an_hour_the_greeting_is_neutral():
    """Somebody else may hold the phone: nothing is recapped, and nothing is taken as an answer."""
    talk = _wake_at(IDLE_AFTER).type("1")
    assert talk.turn.events == (Said(StateId("resume")),)
    assert talk.session.interrupted == LOOP
    assert talk.session.answers == {"age_now": "adult"}


def test_before_half_an_hour_the_conversation_goes_on():
    """A second less is no silence."""
    assert _wake_at(IDLE_AFTER - timedelta(seconds=1)).type("1").session.answers["again"] == "yes"


def test_who_returns_goes_on_where_they_were():
    """With the answers of before, or without any."""
    talk = _wake_at(IDLE_AFTER).start().tap("on")
    assert (talk.state, dict(talk.session.answers)) == (LOOP, {"age_now": "adult"})
    again = _wake_at(IDLE_AFTER).start().tap("anew")
    assert (again.state, dict(again.session.answers)) == (START, {})


def test_an_old_button_after_silence_shows_the_greeting():
    """It was drawn before the silence: whoever taps it is asked first."""
    talk = _wake_at(IDLE_AFTER).tap("again")
    assert talk.turn.events == (Said(StateId("resume"), NoteId("old_button")),)
    assert "again" not in talk.session.answers


@pytest.mark.parametrize(("text", "state"), [("拿刀", "danger"), ("想死", "crisis"), ("真人", "human")])
def test_alarms_and_ways_out_are_heard_after_silence(text, state):
    """A cry for help is not answered with a greeting."""
    talk = _wake_at(IDLE_AFTER).type(text)
    assert (talk.state, talk.session.interrupted) == (state, LOOP)


def test_silence_during_the_greeting_keeps_the_place():
    """Days of silence are one silence."""
    talk = _wake_at(IDLE_AFTER).start().wait(60).type("on?")
    assert (talk.state, talk.session.interrupted) == ("resume", LOOP)
    assert talk.wait(60).tap("on").state == LOOP


@pytest.mark.parametrize("how", ["tap", "type"])
def test_back_does_not_lead_past_the_greeting(how):
    """Whoever holds the phone sees where they were only by the greeting's own answer."""
    talk = _wake_at(IDLE_AFTER).start()
    talk.tap("back") if how == "tap" else talk.type("back")
    assert talk.turn.events == (Said(StateId("resume"), NoteId("nothing_before")),)
    assert talk.session.interrupted == LOOP


def test_silence_inside_an_overlay_keeps_the_place_below_it():
    """The greeting stands over the question, not over the overlay."""
    talk = _at_loop().tap("human").wait(31).start()
    assert (talk.state, talk.session.interrupted) == ("resume", LOOP)


def test_nobody_who_has_not_been_asked_anything_is_greeted_as_returning():
    """A session begun long ago and never answered opens as new."""
    talk = tiny().wait(600).start()
    assert talk.turn.events == (Said(START),)


@pytest.mark.parametrize("text", ["1", "嗯", "回去"])
def test_after_leaving_any_word_gets_the_neutral_greeting(text):
    """At once, without any silence: the cover message is not a question."""
    talk = _at_loop().tap("leave").type(text)
    assert (talk.state, talk.session.interrupted) == ("resume", LOOP)
    assert talk.tap("on").state == LOOP


# ─── Looking ──────────────────────────────────────────────────────────────────


def test_looking_shows_the_question_and_changes_nothing():
    """A page that is drawn again does not count as an answer, a miss or a visit."""
    talk = _at_loop()
    turn = talk.engine.look(talk.session, talk.now)
    assert turn.session == talk.session
    assert turn.events == (Said(LOOP),)


def test_somebody_unknown_sees_the_opening_question_at_turn_zero():
    """So that nothing needs to be stored before they answer."""
    session = tiny().engine.begin(NOT_YET, "zh_TW", NOON)
    turn = tiny().engine.look(session, NOON)
    assert (turn.session.visit, turn.session.turn) == (NOT_YET, 0)


def test_the_greeting_that_was_looked_at_takes_its_button():
    """Nothing was stored when it was drawn; the tap counts all the same."""
    talk = _at_loop().wait(31)
    seen = talk.engine.look(talk.session, talk.now).session
    assert seen.state == "resume"
    talk.send(Tapped(ChoiceId("on"), seen.visit, seen.turn))
    assert (talk.state, talk.note) == (LOOP, None)


# ─── Late, lost, gone ─────────────────────────────────────────────────────────


def test_text_written_before_the_question_is_not_its_answer():
    """It overtook our reply, or came late: the question is shown again, and it is no miss."""
    talk = _at_loop()
    before = _place(talk.session)
    talk.type("1", sent_at=talk.now - timedelta(seconds=30))
    assert talk.turn.events == (Said(LOOP),)
    assert _place(talk.session) == before
    assert talk.session.misses == 0


def test_being_late_does_not_make_the_next_message_early():
    """The newest moment is remembered, so that a second late one is late too."""
    talk = _at_loop()
    newest = talk.session.sent_at
    talk.type("1", sent_at=newest - timedelta(seconds=30))
    assert talk.session.sent_at == newest
    talk.type("1", sent_at=newest - timedelta(seconds=20))
    assert "again" not in talk.session.answers
    assert talk.type("1").session.answers["again"] == "yes"


def test_where_a_channel_tells_no_time_nothing_is_late():
    """A tap of Telegram's or a word on the web page carries none, and answers what stands."""
    talk = _at_loop()
    talk.tells_time = False
    newest = talk.session.sent_at
    assert talk.type("1").session.answers["again"] == "yes"
    assert talk.session.sent_at == newest


def test_only_times_of_the_channel_are_compared():
    """Our clock may be ahead of the channel's: what follows an input without a time is not late for that."""
    talk = tiny()
    talk.tells_time = False
    talk.start().tap("adult")
    talk.type("1", sent_at=NOON - timedelta(hours=1))
    assert talk.session.answers["again"] == "yes"


def test_a_lost_reply_was_never_answered():
    """Who did not see the question cannot have answered it in words."""
    talk = _at_loop()
    before = _place(talk.session)
    talk.type("1", reply_lost=True)
    assert (talk.turn.events, _place(talk.session)) == ((Said(LOOP),), before)


@pytest.mark.parametrize(("text", "state"), [("拿刀", "danger"), ("想死", "crisis"), ("真人", "human")])
def test_alarms_and_ways_out_are_heard_however_late(text, state):
    """The order of messages does not weigh against a life."""
    late = _at_loop()
    assert late.type(text, sent_at=late.now - timedelta(minutes=5)).state == state
    assert _at_loop().type(text, reply_lost=True).state == state


def test_a_button_of_the_question_that_stands_counts_however_late():
    """It says itself which question it answers."""
    talk = _at_loop()
    drawn = Tapped(ChoiceId("again"), talk.session.visit, talk.session.turn)
    assert talk.send(drawn, sent_at=talk.now - timedelta(minutes=1)).session.answers["again"] == "yes"


def test_a_picture_however_late_is_answered():
    """The note is about what they did, not about the question."""
    talk = _at_loop()
    assert talk.send(Typed("x"), reply_lost=True).note is None
    talk.show("image")
    assert talk.note == "no_pictures"


@pytest.mark.parametrize("where", ["state", "interrupted", "trail"])
def test_a_state_that_is_gone_is_told(where):
    """The flow changed under a session: wherever it is missing, nothing is guessed."""
    talk = _at_loop()
    gone = StateId("gone")
    changes = {
        "state": {"state": gone},
        "interrupted": {"interrupted": gone},
        "trail": {"trail": (Step(gone, {}),)},
    }
    talk.session = replace(talk.session, **changes[where])
    with pytest.raises(StateGone):
        talk.start()
    with pytest.raises(StateGone):
        talk.engine.look(talk.session, talk.now)


def test_messages_sent_in_one_go_answer_only_what_was_read():
    """Three short messages within a second: the questions that the first brought were read by nobody."""
    talk = caller().start()
    began = talk.now
    talk.type("1", sent_at=began + timedelta(seconds=5))
    state = talk.state
    talk.type("1", sent_at=began + timedelta(seconds=5.3)).type("1", sent_at=began + timedelta(seconds=5.9))
    assert talk.state == state
    assert talk.type("1", sent_at=began + timedelta(seconds=8)).state != state


def test_text_from_a_page_that_shows_an_older_question_is_no_answer():
    """A second tab still asks what the first has answered: typed words there show where things stand."""
    talk = caller().start()
    old = (talk.session.visit, talk.session.turn)
    talk.tap("safe")
    state = talk.state
    assert talk.send(Typed("2", *old)).state == state
    assert talk.send(Typed("2", talk.session.visit, talk.session.turn)).state != state


def test_alarms_are_heard_however_fast_and_from_any_page():
    """Nobody waits a second before crying for help."""
    talk = caller().start()
    talk.type("1", sent_at=talk.now)
    assert talk.send(Typed("我不想活了", VisitId("other"), 7)).state == "crisis"
