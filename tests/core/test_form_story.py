"""A story told in several messages is kept whole, and whatever was written can be taken back until it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.inputs import Edited, Typed, Unsent
from bot.core.model import StateId
from tests.core.cast import Talk, agree, walk_to

WHOLE = {"name": "鸑鷟龘靐", "birth": "1987-06-05", "phone_mobile": "0971-717-737", "story": "饕餮在鼉鼇街"}


def at(state: str, **draft: str) -> Talk:
    """Somebody at a page, with nothing filled in but this, on which everything before was read."""
    talk = walk_to(state)
    talk.session = agree(replace(talk.session, draft=draft))
    return talk.wait(1)


def in_row(state: str = "form_name") -> Talk:
    """Somebody who answers one question after the other."""
    talk = at(state)
    pocket = {key: value for key, value in talk.session.pocket.items() if key != "reviewing"}
    talk.session = replace(talk.session, pocket=pocket)
    return talk


def say(talk: Talk, text: str, message: str, **how: object) -> Talk:
    return talk.wait(0.1).send(Typed(text), message=message, words=f"{message}:{text}", **how)


# ─── A story ──────────────────────────────────────────────────────────────────


def test_a_story_grows_over_several_messages():
    """Each is noted, none is said again, and a button ends it."""
    talk = at("form_story")
    for number, piece in enumerate(("他說要傳給我媽", "我很怕", "拜託")):
        say(talk, piece, f"m{number}")
        assert (talk.state, talk.note) == ("form_story", "written_down")
        assert piece not in talk.text
    assert talk.session.draft["story"] == "他說要傳給我媽\n我很怕\n拜託"
    assert talk.tap("done").state == "form_review"


@pytest.mark.parametrize(
    "how", [{"recalled": True}, {"waiting": True}, {"unread": True}, {"reply_lost": True}]
)
def test_a_story_written_in_one_breath_is_kept_whole(how):
    """Whatever became of our word in between: the question was seen, and every piece is part of the answer."""
    talk = at("form_story").type("第一句話")
    for piece in ("第二句話", "第三句話"):
        talk.send(Typed(piece), **how)
    assert talk.session.draft["story"] == "第一句話\n第二句話\n第三句話"
    assert talk.note == "written_down"


def test_pieces_that_arrive_in_the_wrong_order_are_kept():
    """Out of order is better than lost."""
    talk = at("form_story").type("第二句話")
    talk.type("第一句話", sent_at=talk.session.sent_at - timedelta(seconds=1))
    assert talk.session.draft["story"] == "第二句話\n第一句話"


@pytest.mark.parametrize(
    "how", [{"recalled": True}, {"waiting": True}, {"unread": True}, {"reply_lost": True}]
)
def test_words_from_before_the_question_are_no_story(how):
    """Nobody has read it yet: the question is said, and nothing is claimed to be written down."""
    talk = walk_to("form_story")
    talk.send(Typed("不是故事"), **how)
    assert "story" not in talk.session.draft
    assert (talk.state, talk.note) == ("form_story", None)


def test_words_typed_to_another_question_are_no_story():
    """The page says which question it shows."""
    talk = at("form_story").type("第一句話")
    other = Typed("這是前一頁的", visit=talk.session.visit, turn=talk.session.turn - 1)
    assert talk.send(other).session.draft["story"] == "第一句話"
    here = Typed("這是這一頁的", visit=talk.session.visit, turn=talk.session.turn)
    assert talk.send(here, reply_lost=True).session.draft["story"] == "第一句話\n這是這一頁的"


def test_a_number_in_one_breath_does_not_end_the_story_unseen():
    """It may be meant for what came before."""
    talk = at("form_story").type("第一句話").send(Typed("1"), reply_lost=True)
    assert (talk.state, talk.session.draft["story"]) == ("form_story", "第一句話")


def test_an_alarm_in_a_story_is_helped_first_and_kept():
    """They see the numbers, go on, and have lost no word."""
    talk = at("form_story").type("他說要傳").wait(1).type("我想死")
    assert talk.state == "crisis"
    assert "1925" in talk.text
    assert talk.session.draft["story"] == "他說要傳\n我想死"
    talk.tap("mistake").wait(1).type("後來他又打來")
    assert talk.session.draft["story"] == "他說要傳\n我想死\n後來他又打來"


def test_an_alarm_from_before_the_question_is_heard_and_no_story():
    """Help comes all the same."""
    talk = walk_to("form_story")
    talk.send(Typed("我想死"), reply_lost=True)
    assert (talk.state, dict(talk.session.draft).get("story")) == ("crisis", None)


def test_a_story_that_is_too_long_keeps_what_was_there():
    """The last piece is refused, and they are told."""
    talk = at("form_story", story="好" * 1_999).type("太長了")
    assert talk.note == "refusal_too_long"
    assert talk.session.draft["story"] == "好" * 1_999


# ─── Taken back and changed ───────────────────────────────────────────────────


def test_a_message_that_is_taken_back_is_blanked():
    """T27: before it was sent, and its question is asked again."""
    talk = in_row()
    say(talk, "林小美", "m1").wait(1)
    say(talk, "34", "m2").send(Unsent(), message="m1")
    assert dict(talk.session.draft) == {"birth": "34"}
    assert talk.state == "form_name"
    assert talk.session.heard[0].message == "m2"


def test_a_piece_of_a_story_with_an_alarm_can_be_taken_back_too():
    """T27: what was kept beside the call for help is not beyond reach, and the page with the numbers stays."""
    talk = at("form_story")
    say(talk, "救命，他在門口", "m1")
    assert talk.session.draft == {"story": "救命，他在門口"}
    talk.send(Unsent(), message="m1")
    assert (talk.state, dict(talk.session.draft)) == ("danger", {})


def test_words_that_pressed_a_button_are_taken_back_with_what_it_filled_in():
    """「平日晚上」 typed is what the button says."""
    talk = say(in_row("form_call_time"), "平日晚上", "m1")
    assert talk.session.draft["contact_time"] == "平日晚上"
    assert "contact_time" not in talk.send(Unsent(), message="m1").session.draft


def test_what_was_written_long_before_can_still_be_taken_back():
    """T27: the form has more questions than a conversation; the first answer is not beyond reach."""
    talk = say(in_row(), "林小美", "m0")
    talk.session = replace(talk.session, state=StateId("form_story"))
    for number in range(1, 60):
        say(talk, f"第{number}句", f"m{number}")
    talk.send(Unsent(), message="m0")
    assert "name" not in talk.session.draft


def test_whoever_went_back_to_the_beginning_can_still_take_back():
    """T27: the form is still there, so its messages are still known."""
    talk = say(in_row(), "林小美", "m1")
    for _ in range(40):
        talk.wait(0.1).tap("back")
    assert talk.session.trail == ()
    talk.wait(0.1).tap("human").tap("return").send(Unsent(), message="m1")
    assert dict(talk.session.draft) == {}


def test_after_sending_there_is_nothing_to_take_back():
    """T27: what was sealed is sealed; the session has forgotten the messages."""
    talk = at("handoff_send", **WHOLE).tap("send")
    before = talk.session
    assert talk.send(Unsent(), message="m1").session == before


def test_a_changed_message_changes_no_line_by_itself():
    """They are told; a changed line is changed in the form."""
    talk = say(in_row(), "林小美", "m1").wait(1)
    talk.send(Edited("林大美"), message="m1", words="m1:林大美")
    assert (talk.note, talk.session.draft["name"]) == ("edited", "林小美")


def test_words_that_did_not_fit_may_be_mended_by_changing_them():
    """Telegram lets people change what they wrote."""
    talk = say(at("form_phone"), "0971-717", "m1")
    assert talk.note.startswith("refusal_")
    talk.send(Edited("0971-717-737"), message="m1", words="m1:0971-717-737")
    assert talk.session.draft["phone_mobile"] == "0971-717-737"
