"""The form is filled in while talking: nothing is lost, nothing is said again, and a stranger sees none of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.events import EraseRequested, Interrupted, PageRequested, RequestMade, SubmitRequested
from bot.core.inputs import Tapped, Typed
from bot.core.model import ChoiceId, StateId, VisitId
from tests.core.cast import RECEIPT, Talk, agree, caller, shipped, show_receipt, walk_to

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


# ─── One question after the other ─────────────────────────────────────────────


def test_what_fits_is_taken_and_leads_on():
    """Name, birth and a number, written as people write them."""
    talk = in_row().type("林小美").wait(1).type("民國76年6月5日").wait(1).type("0971717737")
    assert talk.state == "form_call_time"
    assert dict(talk.session.draft) == {
        "name": "林小美",
        "birth": "1987-06-05",
        "phone_mobile": "0971-717-737",
    }


@pytest.mark.parametrize(
    ("state", "text", "reason"),
    [
        ("form_birth", "上個月", "birth_unclear"),
        ("form_birth", "2030-01-01", "birth_future"),
        ("form_phone", "沒空接啦啦啦", "phone_unclear"),
        ("form_county", "東京", "county_unclear"),
        ("form_id_number", "A123456780", "identity_checksum"),
        ("form_name", "字" * 61, "too_long"),
    ],
)
def test_what_does_not_fit_says_what_to_write(state, text, reason):
    """The question stands, what was there is kept, and the words are not said again."""
    talk = at(state, contact_time="晚上").type(text)
    assert (talk.state, talk.note) == (state, f"refusal_{reason}")
    assert dict(talk.session.draft) == {"contact_time": "晚上"}
    assert text not in talk.text
    assert shipped().form.refusals[reason] in talk.text


def test_every_refusal_can_be_said():
    """In every language there is; no reason leaves somebody without an answer."""
    for reason in shipped().form.refusals:
        for locale in shipped().catalogs.locales:
            talk = at("form_name")
            talk.session = replace(talk.session, locale=locale)
            talk.type("123")
            said = replace(talk.turn.get_said(), note=f"refusal_{reason}")
            assert talk.speaker.render(said, talk.session, talk.now).bubbles[0].strip()


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("form_call_way", "打電話"),
        ("form_may_say", "社工"),
        ("form_speak", "English"),
        ("form_call_time", "call"),
    ],
)
def test_words_that_lead_away_elsewhere_are_answers_here(state, text):
    """「打電話」 asked how to be reached is no call for help."""
    talk = at(state).type(text)
    assert not any(isinstance(event, Interrupted) for event in talk.turn.events)
    key = shipped().flow.states[StateId(state)].reads.key
    assert key in talk.session.draft


def test_where_it_is_no_answer_the_same_word_leads_to_a_human():
    """A name is no cry for help, but a cry for help is no name."""
    assert at("form_name").type("社工").state == "human"
    assert at("form_call_way").type("真人").state == "human"
    assert at("form_call_way").type("救命").state == "danger"


def test_boxes_are_ticked_and_unticked():
    """The page stays; what is ticked stands on it in our own words."""
    talk = at("form_types").tap("t6").tap("t1")
    assert talk.session.draft["types"] == "t1,t6"
    assert "有人說要傳出去" in talk.text
    talk.tap("t6").tap("t1")
    assert "types" not in talk.session.draft


def test_suggested_boxes_are_offered_once_and_struck_ones_stay_struck():
    """What the conversation knows is not asked again, and not insisted upon."""
    talk = walk_to("handoff_way")
    talk.session = replace(
        talk.session, answers={**talk.session.answers, "threat": "yes", "spread": "yes"}, draft={}
    )
    talk.wait(1).tap("chat")
    assert talk.session.draft["types"] == "t4,t6"
    talk.session = replace(talk.session, state=StateId("form_types"))
    talk.tap("t6").tap("t4").tap("done")
    assert "types" not in talk.session.draft
    talk.tap("back").tap("back").tap("stop").tap("go_on")
    assert "types" not in talk.session.draft


def test_a_line_is_taken_out_and_every_question_leads_back():
    """Once everything was shown, nobody is led through the row again."""
    talk = at("form_review", **WHOLE).tap("edit").tap("who").tap("name")
    assert "remove" in [button.id for button in talk.reply.choices]
    talk.tap("remove")
    assert talk.state == "form_review"
    assert "name" not in talk.session.draft
    talk.tap("edit").tap("who").tap("birth").wait(1).type("40")
    assert (talk.state, talk.session.draft["birth"]) == ("form_review", "40")


def test_one_step_back_takes_no_answer_away():
    """What was written stands when they come by again."""
    talk = in_row().type("林小美").wait(1).tap("back")
    assert (talk.state, dict(talk.session.draft)) == ("form_name", {"name": "林小美"})


def test_a_language_is_switched_without_losing_a_line():
    """The form is filled in once, in whatever language."""
    talk = at("form_review", **WHOLE).tap("language").tap("en")
    assert (talk.state, dict(talk.session.draft), talk.session.locale) == ("form_review", WHOLE, "en")


def test_the_last_look_is_masked():
    """T1: whoever opens the phone later reads no four characters in a row."""
    for state in ("form_review", "handoff_send"):
        talk = at(state, **WHOLE)
        talk.start()
        for value in WHOLE.values():
            assert not any(value[i : i + 4] in talk.text for i in range(len(value) - 3)), state
        assert "鸑○○" in talk.text


# ─── Who holds the phone ──────────────────────────────────────────────────────


@pytest.mark.parametrize("state", ["form_review", "form_story", "handoff_send", "form_types", "use_contact"])
def test_after_a_silence_nothing_of_the_form_shows(state):
    """T1: the greeting and what opens from it say no more than to a stranger; the person who goes on finds all of it."""
    talk = at(state, **WHOLE).wait(30).start()
    assert talk.state == "welcome_back"
    for page in ("你知道我什麼", "改答案", "真人", "換語言", "更多"):
        talk.wait(1).type(page)
        assert not any(value in talk.text for value in (*WHOLE.values(), "鸑"))
    talk.type("接著上次的地方")
    for _ in range(6):
        talk.wait(0.1).tap("back")
    talk.tap("resume_go_on")
    assert (talk.state, dict(talk.session.draft)) == (state, WHOLE)


def test_a_stranger_who_goes_on_loses_what_was_not_theirs():
    """Whoever does not ask for the earlier place is somebody else."""
    talk = at("form_review", **WHOLE).wait(30).start().wait(1).type("求連結").tap("seen")
    assert not talk.session.away
    assert dict(talk.session.draft) == {}
    assert dict(talk.session.pocket) == {}


@pytest.mark.parametrize("way", ["restart", "none", "no"])
def test_whoever_gives_it_up_leaves_nothing(way):
    """Starting over, or saying no, ends the form at once."""
    start = {"restart": "form_review", "none": "handoff_pause", "no": "handoff_way"}[way]
    talk = at(start, **WHOLE).tap(way)
    assert (dict(talk.session.draft), "reviewing" in talk.session.pocket) == ({}, False)
    assert not any(key.startswith("use_") for key in talk.session.answers)


def test_erasing_takes_two_inputs_in_the_form_too():
    """Nothing was sent, so nothing is left."""
    talk = at("form_story", **WHOLE).type("刪除").tap("erase_yes")
    assert EraseRequested() in talk.turn.events


def test_moving_elsewhere_takes_the_form_along():
    """The code brings everything, without showing it."""
    talk = at("form_review", **WHOLE).tap("more").tap("to_move")
    there = talk.engine.arrive(talk.session, talk.now).session
    assert (there.state, dict(there.draft)) == ("form_review", WHOLE)
    assert there.pocket["reviewing"] == "yes"


@pytest.mark.parametrize("age", ["15", "民國99年6月5日"])
def test_somebody_under_18_is_not_led_on_through_the_form(age):
    """Others take over; that they may have mistyped is asked."""
    talk = in_row("form_birth").type(age)
    assert talk.state == "handoff_minor"
    assert "113" in talk.text


@pytest.mark.parametrize("button", ["restart", "back", "human", "leave"])
@pytest.mark.parametrize("alarm", ["救命", "我想死"])
def test_a_breath_after_an_alarm_in_the_story_does_not_hide_it(alarm, button):
    """The numbers were not read yet; only the cover may stand before them."""
    talk = at("form_story").type(alarm)
    page = talk.state
    talk.send(Tapped(ChoiceId(button), talk.session.visit, talk.session.turn), recalled=True)
    assert talk.state == ("left" if button == "leave" else page)
    assert talk.session.draft["story"] == alarm


# ─── What it asks of those who run it ─────────────────────────────────────────


def test_a_page_is_asked_for():
    """A link of one's own."""
    talk = walk_to("handoff_way").tap("page")
    assert PageRequested() in talk.turn.events
    assert talk.state == "handoff_page"


def test_sending_is_asked_for_and_changes_nothing_by_itself():
    """Whether it was sent is for the desk to say."""
    talk = at("handoff_send", **WHOLE)
    pressed = Tapped(ChoiceId("send"), talk.session.visit, talk.session.turn)
    turn = talk.engine.take_turn(talk.session, pressed, talk.now)
    assert SubmitRequested() in turn.events
    assert (turn.session.state, dict(turn.session.draft)) == ("handoff_send", WHOLE)


def test_what_was_sent_on_the_page_ends_the_conversation_without_a_receipt():
    """The page told it; the chat says only that it is there."""
    talk = at("handoff_page", **WHOLE)
    talk.meet(talk.engine.empty(talk.session, talk.now))
    assert (talk.state, dict(talk.session.draft), dict(talk.session.pocket)) == ("handoff_sent", {}, {})
    assert "代碼只在那一頁" in talk.text


def test_a_refusal_over_a_page_leaves_the_way_back():
    """What stands below an overlay is not lost with it."""
    talk = show_receipt(at("form_review", **WHOLE), "received")
    talk.meet(talk.engine.refuse(talk.session, "closed"))
    assert (talk.state, talk.session.interrupted) == ("handoff_closed", "form_review")
    for _ in range(3):
        talk.wait(0.1).tap("back")
    assert talk.state == "form_review" or talk.session.draft == WHOLE


@pytest.mark.parametrize("kind", ["withdraw", "correct"])
def test_a_request_is_made_with_the_receipt_that_was_typed(kind):
    """And its words go with it, to be sealed."""
    talk = show_receipt(caller().start(), "working").wait(1).tap(kind)
    talk.type("換了電話") if kind == "correct" else talk.tap("withdraw_yes")
    words = "換了電話" if kind == "correct" else ""
    assert RequestMade(kind, RECEIPT, words) in talk.turn.events
    assert (talk.state, talk.session.pocket["asked"]) == ("receipt_asked", kind)
    assert words == "" or words not in str(talk.session) + str(dict(talk.session.pocket))


def test_without_a_receipt_at_hand_it_is_asked_for():
    """Nothing is asked, and nothing is said to have been asked once it is there."""
    talk = show_receipt(caller().start(), "working").wait(1).tap("correct")
    talk.session = replace(talk.session, pocket={})
    talk.type("換了電話")
    assert talk.state == "receipt_status"
    assert not any(isinstance(event, RequestMade) for event in talk.turn.events)
    show_receipt(talk, "working")
    assert "已經帶到" not in talk.text


def test_what_was_asked_back_is_said_with_the_receipt():
    """Also on another phone."""
    talk = show_receipt(caller().start(), "working", is_asked_back=True)
    assert "收回的事，已經帶到了" in talk.text
    assert "withdraw" not in [button.id for button in talk.reply.choices]


def test_a_receipt_typed_after_a_silence_is_answered():
    """The greeting hides the conversation, not what they ask for; leaving forgets which receipt it was."""
    talk = at("form_review", **WHOLE).wait(45)
    show_receipt(talk, "working")
    assert "已經打開看了" in talk.text
    assert talk.session.away
    talk.wait(45).start()
    assert (talk.state, talk.session.pocket.get("receipt")) == ("welcome_back", None)
    talk.tap("resume_go_on")
    assert (talk.state, dict(talk.session.draft)) == ("form_review", WHOLE)


def test_an_old_visits_button_sends_nothing():
    """A form is sent by the button under the last look only."""
    talk = at("handoff_send", **WHOLE)
    talk.send(Tapped(ChoiceId("send"), VisitId("yesterday"), talk.session.turn))
    assert talk.note == "old_button"
    assert SubmitRequested() not in talk.turn.events
