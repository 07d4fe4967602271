"""One input in, a new session and its events out; what does not fit changes nothing and repeats the question."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.events import Answered, EraseRequested, Interrupted, Said, SessionEnded
from bot.core.inputs import Left, Typed
from bot.core.model import NOT_YET, ChoiceId, NoteId, Session, StateId, Step, VisitId
from tests.core.cast import Talk, settle, tiny

START, LOOP, MINOR = StateId("start"), StateId("loop"), StateId("minor")


def _place(session: Session) -> tuple[object, ...]:
    """Everything of a session but when it was last seen and how often it was not understood."""
    return settle(session), session.answers, session.trail


def _begun() -> Talk:
    return tiny().start()


def _at_loop() -> Talk:
    return _begun().tap("adult")


# ─── Answers ──────────────────────────────────────────────────────────────────


def test_a_new_session_has_asked_nothing():
    """Turn 0, at the opening question, with nothing known."""
    session = tiny().session
    assert (session.turn, session.state, dict(session.answers), session.trail) == (0, START, {}, ())


def test_opening_the_chat_asks_the_first_question():
    """The question is turn 1, so that its buttons are known."""
    talk = _begun()
    assert talk.turn.events == (Said(START),)
    assert talk.session.turn == 1
    assert _place(talk.start().session) == _place(talk.session)


def test_an_answer_is_stored_and_leads_on():
    """Every question asked gets a turn of its own."""
    talk = _at_loop()
    assert talk.turn.events == (Answered(START, ChoiceId("adult")), Said(LOOP))
    assert talk.session.answers == {"age_now": "adult"}
    assert talk.session.turn == 2
    assert talk.session.trail == (Step(START, {}),)


def test_guards_see_the_answer_just_given():
    """The first open route is taken."""
    talk = _begun().tap("minor")
    assert talk.state == MINOR
    assert talk.session.answers == {"age_now": "minor"}


def test_a_choice_may_change_the_language():
    """The next question is asked in it."""
    assert _begun().tap("english").session.locale == "en"


def test_a_choice_that_leads_to_an_overlay_answers_nothing():
    """Looking something up on the way neither answers nor leaves the question."""
    talk = _begun().tap("call")
    assert (talk.state, talk.session.interrupted) == ("human", START)
    assert (dict(talk.session.answers), talk.session.trail) == ({}, ())


def test_a_choice_of_an_overlay_may_lead_on():
    """Back then returns to what the overlay interrupted."""
    talk = _begun().tap("human").tap("move")
    assert (talk.state, talk.session.interrupted) == (LOOP, None)
    assert talk.tap("back").state == START


def test_answers_never_show_in_a_repr():
    """What somebody told us is kept out of logs and tracebacks."""
    talk = _begun().tap("minor")
    shown = repr(talk.session) + repr(talk.turn) + repr(Typed("小美")) + repr(talk.session.trail)
    for secret in ("age_now", "adult", "小美", "trail="):
        assert secret not in shown


# ─── Buttons of another question ──────────────────────────────────────────────


@pytest.mark.parametrize(
    "tap",
    [
        {"button": "again", "turn": 1},
        {"button": "again", "turn": 3},
        {"button": "again", "visit": "yesterday"},
        {"button": "again", "visit": NOT_YET},
        {"button": "again", "visit": NOT_YET, "turn": 0},
        {"button": "minor", "turn": 1},
        {"button": "adult"},
        {"button": "nobody"},
        {"button": ""},
        {"button": "back", "turn": 1},
        {"button": "back", "visit": "yesterday"},
        {"button": "restart", "turn": 1},
        {"button": "restart", "visit": NOT_YET},
    ],
)
def test_a_button_of_another_question_changes_nothing(tap):
    """Older, newer, of another visit, or never drawn: the question is repeated gently."""
    talk = _at_loop()
    before = _place(talk.session)
    talk.tap(tap.pop("button"), **tap)
    assert talk.turn.events == (Said(LOOP, NoteId("old_button")),)
    assert _place(talk.session) == before


def test_a_second_tap_changes_nothing():
    """The same button twice is one answer: it is on its way. Much later it is an old button."""
    talk = _at_loop().tap("again")
    before = _place(talk.session)
    talk.tap("again", turn=2)
    assert talk.turn.events == ()
    talk.wait(1).tap("again", turn=2)
    assert talk.note == "old_button"
    assert _place(talk.session) == before


def test_going_back_with_two_taps_goes_back_once():
    """A double tap must not lose a second answer."""
    talk = _at_loop().tap("again")
    drawn = talk.session.turn
    talk.tap("back", turn=drawn).tap("back", turn=drawn)
    assert talk.state == LOOP
    assert talk.session.answers == {"age_now": "adult"}
    assert talk.turn.events == ()


def test_help_works_from_any_old_button():
    """An overlay takes nothing away, so age does not matter."""
    talk = _at_loop().tap("human", turn=0, visit="last year")
    assert (talk.state, talk.session.interrupted) == ("human", LOOP)


def test_the_buttons_of_the_first_page_count_before_anything_is_stored():
    """The web page draws its first question without a session."""
    assert tiny().tap("adult", visit=NOT_YET, turn=0).state == LOOP
    assert tiny().tap("adult", visit=NOT_YET, turn=1).state == LOOP
    assert tiny().tap("restart", visit=NOT_YET).note is None


def test_a_button_from_before_everything_was_erased_begins_anew():
    """A session that ran out does not take yesterday's answer."""
    talk = tiny().tap("adult", visit="yesterday", turn=1)
    assert talk.turn.events == (Said(START, NoteId("old_button"), whole=True),)
    assert not talk.session.answers


# ─── Typed text ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["滿了", "1", "yes", "hello", ""])
def test_the_first_words_are_greeted_and_not_taken_as_an_answer(text):
    """They were written before any question was seen."""
    talk = tiny().type(text)
    assert talk.turn.events == (Said(START),)
    assert (dict(talk.session.answers), talk.session.turn, talk.session.misses) == ({}, 1, 0)


def test_first_words_are_an_answer_where_the_page_showed_the_question():
    """The web page says which question stands on it."""
    talk = tiny().send(Typed("滿了", NOT_YET))
    assert talk.state == LOOP
    assert tiny().send(Typed("blah", NOT_YET)).note == "not_understood"


@pytest.mark.parametrize(("text", "state"), [("拿刀", "danger"), ("想死", "crisis"), ("真人", "human")])
def test_first_words_may_be_an_alarm_or_a_way_out(text, state):
    """Who opens with a cry for help is not greeted first."""
    talk = tiny().type(text)
    assert talk.turn.events == (Interrupted(StateId(state)), Said(StateId(state)))
    assert talk.tap("return").state == START


def test_a_typed_answer_is_an_answer():
    """By number, label or word."""
    for text in ("1", "滿了", "YES"):
        assert _begun().type(text).session.answers == {"age_now": "adult"}


def test_the_second_miss_names_the_human():
    """Not understanding is our fault, and it is not repeated in the same words."""
    talk = _begun().type("嗯")
    before = _place(talk.session)
    assert talk.note == "not_understood"
    assert talk.type("啊").note == "not_understood_again"
    assert talk.type("喔").note == "not_understood_again"
    assert _place(talk.session) == before
    assert talk.type("滿了").session.misses == 0
    assert talk.type("嗯").note == "not_understood"


@pytest.mark.parametrize(
    ("kind", "note"),
    [
        ("image", "no_pictures"),
        ("video", "no_pictures"),
        ("audio", "no_pictures"),
        ("file", "no_pictures"),
        ("sticker", "sticker"),
        ("location", "only_text"),
        ("other", "only_text"),
    ],
)
def test_what_is_not_text_changes_nothing_and_is_answered_kindly(kind, note):
    """Nothing was fetched; the question stands."""
    talk = _at_loop()
    before = _place(talk.session)
    talk.show(kind)
    assert talk.turn.events == (Said(LOOP, NoteId(note)),)
    assert _place(talk.session) == before


# ─── Ways out ─────────────────────────────────────────────────────────────────


def test_an_overlay_returns_to_what_it_interrupted():
    """Answers and the way back are as before."""
    talk = _at_loop()
    kept = (talk.session.answers, talk.session.trail)
    talk.tap("human").tap("return")
    assert talk.turn.events == (Answered(StateId("human"), ChoiceId("return")), Said(LOOP))
    assert (talk.session.answers, talk.session.trail, talk.session.interrupted) == (*kept, None)


def test_an_overlay_over_an_overlay_still_returns_to_the_question():
    """An alarm among the numbers does not lose the place, nor does one alarm after another."""
    talk = _at_loop().tap("human").type("想死").type("拿刀")
    assert (talk.state, talk.session.interrupted) == ("danger", LOOP)
    assert talk.tap("return").state == LOOP


def test_asking_for_the_overlay_one_is_in_says_it_again():
    """Nothing is interrupted twice."""
    talk = _at_loop().type("真人").type("help")
    assert talk.turn.events == (Said(StateId("human")),)
    assert talk.session.interrupted == LOOP


def test_back_in_an_overlay_leaves_the_overlay():
    """It takes no answer back."""
    talk = _at_loop().tap("human").tap("back")
    assert talk.state == LOOP
    assert talk.session.answers == {"age_now": "adult"}


def test_back_restores_the_answers_held_there_exactly():
    """An answer taken back is gone, and one given before it stays."""
    talk = _at_loop().tap("again").tap("again").tap("back")
    assert (talk.state, dict(talk.session.answers)) == (LOOP, {"age_now": "adult", "again": "yes"})
    talk.tap("back")
    assert (talk.state, dict(talk.session.answers)) == (LOOP, {"age_now": "adult"})
    talk.tap("back")
    assert (talk.state, dict(talk.session.answers), talk.session.trail) == (START, {}, ())
    talk.tap("back")
    assert talk.turn.events == (Said(START, NoteId("nothing_before")),)


def test_back_remembers_fifty_questions():
    """The trail does not grow for ever, and the newest are kept."""
    talk = _at_loop()
    for _ in range(60):
        talk.tap("again")
    assert len(talk.session.trail) == 50
    assert {step.state for step in talk.session.trail} == {LOOP}


def test_starting_over_forgets_the_answers_but_not_the_person():
    """The language and the visit stay; nothing leads back."""
    talk = _begun().tap("english").tap("again").tap("restart")
    assert talk.turn.events == (Said(START),)
    assert (dict(talk.session.answers), talk.session.trail, talk.session.locale) == ({}, (), "en")
    assert talk.tap("back").note == "nothing_before"


def test_erasing_says_so_and_asks_for_destruction():
    """The event goes to the runner; the last words are said from the erased place."""
    talk = _at_loop().wait(45).start().tap("erase")
    assert talk.turn.events == (
        Answered(StateId("resume"), ChoiceId("erase")),
        EraseRequested(),
        Said(StateId("erased")),
    )


def test_who_blocks_us_is_forgotten_without_a_word():
    """No reply, and everything destroyed, whatever the state and however late."""
    for talk in (tiny(), _at_loop(), _at_loop().wait(600)):
        assert talk.block().turn.events == (EraseRequested(), SessionEnded())
        assert talk.turn.get_said() is None


def test_a_farewell_that_comes_late_forgets_nothing():
    """They came back since: what they told us afterwards is not lost, and nothing is said."""
    talk = _at_loop()
    before = _place(talk.session)
    talk.send(Left(), sent_at=talk.now - timedelta(minutes=1))
    assert (talk.turn.events, _place(talk.session)) == ((), before)


def test_a_return_with_nothing_interrupted_begins_anew():
    """A stored overlay without its place still leads somewhere."""
    talk = _begun().tap("human")
    talk.session = replace(talk.session, interrupted=None)
    assert talk.tap("return").state == START


# ─── Around it ────────────────────────────────────────────────────────────────


def test_the_state_machine_does_not_print_where_a_person_is(caplog):
    """Its library logs state names, which say what happened to somebody."""
    caplog.set_level(logging.DEBUG)
    _at_loop().tap("human").tap("return")
    assert not caplog.records


def test_one_engine_serves_everybody():
    """It holds nobody's place."""
    one = _at_loop()
    other = Talk(one.engine, visit=VisitId("visit-2")).start()
    other.tap("minor")
    assert (one.state, other.state) == (LOOP, MINOR)
    assert one.tap("again").state == LOOP
