"""What is said in one breath is answered once: bursts, double taps, edits, and messages taken back."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.core.events import Answered, MoveRequested, Said, SessionEnded, WipeRequested
from bot.core.inputs import Edited, Left, Picked, SentMedia, Started, Tapped, Typed, Unsent
from bot.core.model import ChoiceId, Heard, NoteId, StateId, VisitId
from tests.core.cast import NOON, TINY, Talk, caller, settle, tiny

START, LOOP = StateId("start"), StateId("loop")


def _asked() -> Talk:
    """Somebody who has seen the first question."""
    return tiny().start()


# ─── A burst of messages ──────────────────────────────────────────────────────


def test_what_follows_an_answer_in_the_same_breath_is_no_answer_to_what_nobody_saw():
    """The reply to the first was taken back unsent, so the second's says the question that stands."""
    talk = _asked().type("1")
    assert (talk.state, talk.session.answers) == (LOOP, {"age_now": "adult"})
    talk.send(Typed("1"), recalled=True)
    assert (talk.state, dict(talk.session.answers)) == (LOOP, {"age_now": "adult"})
    assert talk.turn.events == (Said(LOOP),)


def test_a_long_breath_stays_one_breath():
    """The third message is as early as the second, however much later it was written."""
    talk = _asked().type("1").send(Typed("1"), recalled=True)
    talk.send(Typed("1"), recalled=True, sent_at=talk.now + timedelta(seconds=9))
    assert talk.state == LOOP
    assert "again" not in talk.session.answers


def test_what_follows_something_not_understood_may_still_be_the_answer():
    """The question was seen before; only the reply to the first half is taken back."""
    talk = _asked().type("嗯")
    assert talk.note == "not_understood"
    assert talk.send(Typed("滿了"), recalled=True).state == LOOP
    assert talk.note is None


def test_a_reply_taken_back_is_said_by_the_next():
    """Twice not understood in one breath is still told."""
    talk = _asked().type("嗯")
    talk.send(Typed("啊"), recalled=True)
    assert talk.note == "not_understood_again"
    talk = _asked().show("sticker")
    assert talk.send(Tapped(ChoiceId("human"), VisitId("menu"), 0), recalled=True).note is None


@pytest.mark.parametrize("then", ["1", "嗯", "help"])
def test_not_to_send_pictures_is_told_whatever_comes_in_the_same_breath(then):
    """They must know at once, and what comes after is answered as well."""
    talk = _asked().show("image")
    talk.send(Typed(then), recalled=True)
    said = talk.turn.get_said()
    assert (said.note, said.whole) == ("no_pictures", True)


def test_a_note_that_was_seen_is_not_said_again():
    """Only what was taken back or lost is carried on."""
    assert _asked().show("image").type("help").note is None
    assert _asked().show("image").send(Typed("help"), reply_lost=True).note == "no_pictures"


def test_with_a_note_everything_unseen_is_said():
    """A question that nobody has read is not cut down to its last bubble."""
    talk = _asked().type("1").send(Typed("x"), recalled=True)
    assert talk.turn.get_said() == Said(LOOP)
    talk.show("image")
    assert talk.turn.get_said() == Said(LOOP, NoteId("no_pictures"))
    pack = caller().start().show("image")
    assert len(pack.reply.bubbles) == 1
    unseen = caller().show("image")
    assert len(unseen.reply.bubbles) > 1
    assert unseen.reply.bubbles[0].startswith("請不要傳檔案給我")


@pytest.mark.parametrize(("cry", "page"), [("想死", "crisis"), ("拿刀", "danger")])
def test_a_cry_for_help_is_not_hidden_by_words_in_the_same_breath(cry, page):
    """「我想死」「救我」: the second asks for a human, and the first page says it all."""
    talk = _asked().type(cry)
    talk.send(Typed("help"), recalled=True)
    assert talk.state == page
    assert talk.send(Typed("離開"), recalled=True).state == "left"
    assert _asked().type(cry).type("help").state == "human"


def test_a_worse_cry_still_comes_through():
    """Danger after despair, in one breath."""
    assert _asked().type("想死").send(Typed("拿刀"), recalled=True).state == "danger"


def test_looking_for_material_never_hides_a_cry_for_help():
    """What sounds like it may be about the same person."""
    talk = caller().start().type("我想死")
    talk.send(Typed("求連結"), recalled=True)
    assert talk.state == "crisis"


@pytest.mark.parametrize("how", [{"unread": True}, {"waiting": True}])
def test_text_from_before_the_question_was_shown_is_no_answer(how):
    """Telegram may bring a tap and an older message in the wrong order; ways out count all the same."""
    talk = _asked().tap("adult")
    talk.send(Typed("1"), sent_at=NOON, **how)
    assert "again" not in talk.session.answers
    assert talk.send(Typed("help"), **how).state == "human"


def test_while_a_reply_to_something_else_is_on_its_way_answers_count():
    """The question itself was seen long ago."""
    talk = _asked().wait(1).type("嗯").wait(1)
    assert talk.send(Typed("1"), waiting=True).state == LOOP


# ─── Two taps ─────────────────────────────────────────────────────────────────


def test_two_taps_are_one_answer():
    """The second says nothing: the answer is on its way."""
    talk = _asked()
    drawn = talk.session.turn
    talk.tap("adult", turn=drawn).tap("adult", turn=drawn)
    assert (talk.turn.events, talk.state, talk.session.trail[1:]) == ((), LOOP, ())


def test_as_long_as_the_answer_is_on_its_way_a_second_tap_stays_silent():
    """However long that takes; a lost answer is said again."""
    talk = _asked()
    drawn = talk.session.turn
    pressed = Tapped(ChoiceId("adult"), talk.session.visit, drawn)
    talk.send(pressed).wait(3)
    assert talk.send(pressed, waiting=True).turn.events == ()
    assert talk.send(pressed, reply_lost=True).turn.get_said() == Said(LOOP, NoteId("old_button"), whole=True)


def test_a_clock_that_was_set_back_makes_no_second_tap_of_a_later_one():
    """R18: who presses again after a while is answered, also when it seems to be before the first time."""
    talk = _asked()
    drawn = talk.session.turn
    pressed = Tapped(ChoiceId("adult"), talk.session.visit, drawn)
    talk.send(pressed).wait(-0.75)
    assert talk.send(pressed).turn.get_said() == Said(LOOP, NoteId("old_button"))


def test_as_long_as_the_answer_is_on_its_way_no_clock_makes_two_of_one_press():
    """R18: set back by half an hour between the two, it is still the same press."""
    talk = _asked()
    drawn = talk.session.turn
    pressed = Tapped(ChoiceId("adult"), talk.session.visit, drawn)
    talk.send(pressed).wait(-45)
    assert talk.send(pressed, waiting=True).turn.events == ()


def test_another_button_of_the_same_question_is_explained():
    """A slip of the finger: the first counts, and they are told."""
    talk = _asked()
    drawn = talk.session.turn
    assert talk.tap("adult", turn=drawn).tap("minor", turn=drawn).note == "old_button"


def test_a_menu_button_twice_opens_the_page_once():
    """The menu's buttons belong to no question."""
    talk = _asked().tap("human", visit="menu", turn=0).tap("human", visit="menu", turn=0)
    assert (talk.turn.events, talk.state) == ((), "human")
    assert talk.wait(1).tap("human", visit="menu", turn=0).turn.events == (Said(StateId("human")),)


# ─── Days picked ──────────────────────────────────────────────────────────────


def _at_day() -> Talk:
    return (
        tiny(
            TINY.replace(
                'say = ["再一次？"]', 'say = ["哪天？"]\nreads = { kind = "day", key = "day", to = "minor" }'
            )
        )
        .start()
        .tap("adult")
    )


def test_a_picked_day_is_an_answer():
    """As if it had been typed."""
    talk = _at_day()
    talk.send(Picked(date(2026, 11, 1), talk.session.visit, talk.session.turn))
    assert (talk.state, talk.session.answers["day"]) == ("minor", "2026-11-01")


def test_a_day_of_the_future_is_asked_again():
    """The same note as for a typed one."""
    talk = _at_day()
    talk.send(Picked(date(2030, 1, 1), talk.session.visit, talk.session.turn))
    assert (talk.state, talk.note) == (LOOP, "day_ahead")


@pytest.mark.parametrize(("visit", "turn"), [("visit-1", 1), ("yesterday", 2)])
def test_a_day_for_another_question_changes_nothing(visit, turn):
    """An old picker is an old button."""
    talk = _at_day()
    talk.send(Picked(date(2026, 11, 1), VisitId(visit), turn))
    assert (talk.state, talk.note) == (LOOP, "old_button")


def test_a_day_where_none_is_asked_changes_nothing():
    """Forged, or the flow changed."""
    talk = _asked()
    talk.send(Picked(date(2026, 11, 1), talk.session.visit, talk.session.turn))
    assert (talk.state, talk.note) == (START, "old_button")


# ─── Messages taken back and changed ──────────────────────────────────────────


def _answered() -> Talk:
    return _asked().send(Typed("滿了"), message="m1")


def test_which_message_gave_which_answer_is_remembered():
    """Only for messages that gave one."""
    assert _answered().session.heard == (Heard("m1", START, ("age_now",)),)
    assert _asked().send(Typed("嗯"), message="m1").session.heard == ()
    assert _asked().tap("adult").session.heard == ()


def test_a_message_taken_back_takes_its_answer_with_it():
    """Without a word; the question is asked again next."""
    talk = _answered().tap("again").send(Unsent(), message="m1")
    assert talk.turn.events == ()
    assert (talk.state, dict(talk.session.answers), talk.session.trail) == (START, {"again": "yes"}, ())
    assert not any("age_now" in step.answers for step in talk.session.trail)
    assert talk.session.heard == ()


def test_taking_back_twice_or_what_told_nothing_changes_nothing():
    """Nor does a message that nobody knows."""
    talk = _answered().send(Unsent(), message="m1")
    before = talk.session
    for message in ("m1", "other", ""):
        assert talk.send(Unsent(), message=message).session == before


def test_an_answer_without_a_way_back_is_taken_back_where_one_is():
    """The trail forgets the oldest; the answer goes all the same."""
    talk = _answered()
    talk.session = replace(talk.session, trail=())
    talk.send(Unsent(), message="m1")
    assert (talk.state, dict(talk.session.answers)) == (LOOP, {})


def test_the_steps_behind_forget_it_too():
    """Going back does not bring it up again."""
    talk = _answered().tap("again").tap("again")
    talk.session = replace(talk.session, heard=(Heard("m1", StateId("minor"), ("again",)),))
    talk.send(Unsent(), message="m1")
    assert all("again" not in step.answers for step in talk.session.trail)


def test_starting_over_forgets_the_messages_as_well():
    """There is no answer left that they could take back."""
    assert _answered().tap("restart").session.heard == ()


def _say(talk: Talk, text: str, message: str) -> Talk:
    return talk.send(Typed(text), message=message, words=f"{message}:{text}")


def _edit(talk: Talk, text: str, message: str, **how: object) -> Talk:
    return talk.send(Edited(text), message=message, words=f"{message}:{text}", **how)


def test_an_edited_answer_stays_and_says_so():
    """It is changed on purpose, not by a slip; anything else is heard anew."""
    talk = _say(_asked(), "滿了", "m1").wait(1)
    before = settle(talk.session)
    _edit(talk, "還沒", "m1")
    assert (talk.note, settle(talk.session)) == ("edited", before)
    assert _edit(_say(_asked(), "嗯", "m2"), "滿了", "m2").state == LOOP


def test_an_edit_that_changes_nothing_is_silence():
    """A channel also tells of changes that nobody sees; the phone may lie on the table."""
    for text in ("滿了", "嗯", "想死"):
        talk = _say(_asked(), text, "m1")
        before = talk.session
        assert _edit(talk, text, "m1").turn.events == ()
        assert talk.session == before


def test_an_edit_of_an_older_message_is_silence():
    """Only the last message typed is looked at again."""
    talk = _say(_say(_asked(), "嗯", "m1"), "啊", "m2")
    assert _edit(talk, "滿了", "m1").turn.events == ()


def test_a_cry_for_help_is_heard_in_an_edit_too():
    """Even where the message was an answer."""
    assert _edit(_say(_asked(), "滿了", "m1"), "拿刀", "m1").state == "danger"
    assert _edit(_say(_asked(), "嗯", "m1"), "help", "m1").state == "human"


def test_an_edit_answers_no_question_asked_since():
    """They tapped on; what they wrote before belongs to what was asked before."""
    talk = _say(_asked(), "嗯", "m1").tap("adult").wait(1)
    _edit(talk, "1", "m1")
    assert (talk.state, "again" in talk.session.answers) == (LOOP, False)
    left = _say(_asked(), "嗯", "m1").tap("leave").wait(1)
    assert _edit(left, "接著", "m1").state == "resume"


def test_a_message_taken_back_under_the_cover_leaves_the_cover_on():
    """Leaving, then unsending as they were taught: whoever writes next is greeted as a stranger."""
    talk = _answered().tap("leave").send(Unsent(), message="m1")
    assert talk.state == "left"
    assert "age_now" not in talk.session.answers
    assert talk.type("嗨").state == "resume"
    greeted = _answered().wait(31).start().send(Unsent(), message="m1")
    assert (greeted.state, greeted.session.away) == ("resume", True)


def test_a_message_taken_back_does_not_take_a_cry_for_help_away():
    """The page with 110 stays, and the question behind it is asked again."""
    talk = _answered().type("拿刀").send(Unsent(), message="m1")
    assert (talk.state, talk.session.interrupted, dict(talk.session.answers)) == ("danger", START, {})


@pytest.mark.parametrize("button", ["restart", "back", "human"])
def test_no_button_hides_a_cry_for_help_of_the_same_breath(button):
    """110 was not said yet."""
    talk = _asked().tap("adult").type("拿刀")
    drawn = Tapped(ChoiceId(button), talk.session.visit, talk.session.turn)
    assert talk.send(drawn, recalled=True).state == "danger"


def test_neither_a_picture_nor_a_new_start_hides_a_cry_for_help_of_the_same_breath():
    """What was sent is told beside the numbers, and who opens the chat again reads them."""
    for what, note in ((SentMedia("image"), "no_pictures"), (Started(), None)):
        talk = _asked().type("拿刀").send(what, recalled=True)
        assert (talk.state, talk.note) == ("danger", note)
    assert _asked().type("拿刀").send(Left(), recalled=True).turn.events[-1] == SessionEnded()


def test_despair_after_danger_in_one_breath_still_says_110():
    """As if both had stood in one message."""
    assert _asked().type("拿刀").send(Typed("想死"), recalled=True).state == "danger"


def test_the_greeting_after_a_silence_stands_alone():
    """A note that was lost on its way would tell whoever holds the phone now."""
    talk = _asked().show("image").wait(45)
    talk.send(Typed("嗨"), reply_lost=True)
    assert (talk.state, talk.note) == ("resume", None)


# ─── Moving, wiping, silence ──────────────────────────────────────────────────


def test_moving_asks_for_a_code_and_goes_on_where_it_was():
    """The page that tells the code is left behind."""
    talk = caller().start().tap("safe")
    question = talk.state
    talk.tap("more").tap("to_move")
    assert talk.turn.events == (
        Answered(StateId("more"), ChoiceId("to_move")),
        MoveRequested(),
        Said(StateId("move_here")),
    )
    turn = talk.engine.arrive(talk.session, talk.now)
    assert (turn.session.state, turn.events) == (question, (Said(StateId(question), NoteId("arrived")),))
    assert turn.session.turn > talk.session.turn
    assert turn.session.answers == talk.session.answers


def test_whoever_was_away_stays_unknown_elsewhere():
    """A code shows nobody what the greeting hides."""
    talk = caller().start().tap("safe").tap("self").wait(31).start().type("更多").tap("to_move")
    turn = talk.engine.arrive(talk.session, talk.now)
    assert (turn.session.state, turn.session.away) == ("welcome_back", True)


def test_arriving_after_a_silence_greets_first():
    """Codes live for a quarter of an hour, the silence may be older."""
    talk = caller().start().tap("safe")
    turn = talk.engine.arrive(talk.session, talk.now + timedelta(minutes=40))
    assert turn.session.state == "welcome_back"
    assert turn.session.away


def test_only_telegram_offers_to_take_messages_back():
    """No other channel can."""
    erase = caller().start().tap("erase")
    for channel, is_offered in (("telegram", True), ("line", False), ("web", False)):
        reply = erase.speaker.render(erase.turn.get_said(), erase.session, erase.now, channel=channel)
        assert ("wipe_yes" in [button.id for button in reply.choices]) == is_offered
    pressed = Tapped(ChoiceId("wipe_yes"), erase.session.visit, erase.session.turn)
    assert erase.send(pressed, channel="line").note == "old_button"
    assert WipeRequested() in erase.send(pressed, channel="telegram").turn.events


def test_replies_are_silent_on_request():
    """Until they may sound again."""
    talk = caller().start().tap("more").send(Typed("不要出聲"), channel="line")
    assert talk.session.hushed
    assert talk.reply.hushed
    talk.tap("more").send(Typed("可以出聲"), channel="line")
    assert not talk.session.hushed
