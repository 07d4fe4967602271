"""What is filled into the form while people talk: added, emptied, suggested once, and known to guards only as far as it may be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.core.fields import NoFields, Refused
from bot.core.filling import (
    LOOKED_UP,
    OWN_RECEIPT,
    apply,
    begin,
    drop,
    fill,
    is_answer,
    keep_words,
    note_review,
    put_away,
    see_draft,
    see_receipt,
    tidy_pocket,
    write_down,
)
from bot.core.model import Choice, ChoiceId, Reads, Route, Session, StateId
from bot.form.reading import FormReader
from tests.core.cast import NOON, VISIT, shipped

FLOW = shipped().flow
READER = FormReader(shipped().form)
TODAY = date(2026, 11, 20)
STORY = Reads("field", "story", (Route(StateId("form_review")),), grows=True)
NAME = Reads("field", "name", (Route(StateId("form_birth")),))


def at(state: str = "form_name", **changes: object) -> Session:
    """Somebody at a page of the form."""
    return replace(Session(VISIT, 3, StateId(state), "zh_TW", NOON, NOON), **changes)


def pressing(**does: object) -> Choice:
    return Choice(ChoiceId("it"), "這個", **does)


def test_what_is_filled_in_replaces_and_what_is_empty_is_not_kept():
    """The form holds no empty line."""
    filled = fill(at(draft={"name": "小美", "birth": "34"}), {"name": "阿美", "birth": "", "county": ""})
    assert dict(filled.draft) == {"name": "阿美"}


def test_a_field_is_dropped_alone_and_a_star_ends_everything():
    """What the pages noted goes with the whole only."""
    session = at(draft={"name": "小美", "birth": "34"}, pocket={"reviewing": "yes"})
    assert dict(drop(session, ("name", "story")).draft) == {"birth": "34"}
    assert dict(drop(session, ("name",)).pocket) == {"reviewing": "yes"}
    whole = drop(session, ("*",))
    assert (dict(whole.draft), dict(whole.pocket)) == ({}, {})


def test_a_choice_drops_fills_and_toggles():
    """In that order, so that one button may put one thing in another's place."""
    session = at(draft={"disability_kind": "聽不到", "types": "t1"})
    choice = pressing(drops=("disability_kind",), fills={"disability": "no"}, toggles="types.t6")
    assert dict(apply(session, choice, READER).draft) == {"disability": "no", "types": "t1,t6"}
    again = apply(apply(session, choice, READER), pressing(toggles="types.t1"), READER)
    assert again.draft["types"] == "t6"
    assert "types" not in apply(again, pressing(toggles="types.t6"), READER).draft
    assert apply(session, pressing(), READER) == session


def test_words_that_do_not_fit_change_nothing():
    """The reason is a name of a sentence; nothing that was there is lost."""
    session = at(draft={"name": "小美"})
    assert isinstance(write_down(session, NAME, "123", READER, TODAY), Refused)
    assert session.draft == {"name": "小美"}


def test_a_text_grows_by_lines_and_a_field_does_not():
    """Only where several messages make one text."""
    session = write_down(at(), STORY, "他說要傳", READER, TODAY)
    session = write_down(session, STORY, "我很怕", READER, TODAY)
    assert session.draft["story"] == "他說要傳\n我很怕"
    named = write_down(at(draft={"name": "小美"}), NAME, "阿美", READER, TODAY)
    assert named.draft["name"] == "阿美"


def test_a_text_that_grew_too_long_keeps_what_was_there():
    """The last piece is refused, with how much there is too much."""
    session = at(draft={"story": "好" * 1_990})
    refused = write_down(session, STORY, "太長了太長了太長了太長了", READER, TODAY)
    assert refused == Refused("too_long", over=3)


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [(("打電話",), "打 電話！", True), (("打電話",), "打", False), ((), "打電話", False)],
)
def test_words_of_a_way_out_may_be_an_answer(words, text, expected):
    """Where the field says so, however they are spaced."""
    state = replace(FLOW.states[StateId("form_call_way")], reads=replace(NAME, words=words))
    assert is_answer(state, text) is expected
    assert not is_answer(replace(state, reads=None), text)


def test_words_with_an_alarm_are_kept_only_where_a_text_grows():
    """And not from whoever holds the phone after a silence, nor where they do not fit."""
    story, name = FLOW.states[StateId("form_story")], FLOW.states[StateId("form_name")]
    keep = lambda session, state, text="我想死": keep_words(session, state, text, READER, TODAY)  # noqa: E731 - the same five times
    assert keep(at(), story).draft == {"story": "我想死"}
    assert keep(at(), name).draft == {}
    assert keep(at(away=True), story).draft == {}
    assert keep(at(), replace(story, reads=None)).draft == {}
    full = at(draft={"story": "好" * 2_000})
    assert keep(full, story) == full


def test_what_the_conversation_knows_is_offered_once():
    """On the first page of the form, and what was filled in already stands."""
    told = at(answers={"threat": "yes", "spread": "yes"})
    begun = begin(told, FLOW, READER)
    assert begun.draft == {"types": "t4,t6"}
    struck = drop(begun, ("types",))
    assert begin(struck, FLOW, READER) == struck
    own = begin(replace(told, draft={"types": "t1"}), FLOW, READER)
    assert own.draft == {"types": "t1"}
    assert begin(replace(told, state=StateId("handoff_way")), FLOW, READER).draft == {}
    assert begin(replace(told, away=True), FLOW, READER).draft == {}


def test_guards_know_which_fields_are_filled_and_never_with_what():
    """Nothing that was typed can reach a guard, and so no sentence."""
    session = at(
        draft={"name": "小美"},
        pocket={"reviewing": "yes", "begun": "yes", "status": "working", "asked": "correct"},
    )
    seen = see_draft(session)
    assert seen == {
        "form_name": "yes",
        "filled": "yes",
        "reviewing": "yes",
        "receipt": "working",
        "asked": "correct",
    }
    assert see_draft(at()) == {}
    assert see_receipt(at(pocket={"asked": "withdraw"})) == {"asked": "withdraw"}


def test_having_seen_everything_is_remembered():
    """From then on every question leads back there."""
    assert note_review(at("form_review"), FLOW).pocket == {"reviewing": "yes"}
    assert note_review(at(), FLOW).pocket == {}
    without = replace(FLOW, special=replace(FLOW.special, review=StateId("")))
    assert note_review(at(""), without).pocket == {}


def test_which_receipt_was_asked_about_is_forgotten_with_its_pages():
    """One's own is said until one goes on."""
    pocket = {"receipt": "r", "status": "s", "asked": "correct", "begun": "yes", OWN_RECEIPT: "mine"}
    over = at("receipt_status", interrupted=StateId("start"), pocket=pocket)
    assert tidy_pocket(over, FLOW) == over
    assert tidy_pocket(at("handoff_sent", pocket=pocket), FLOW).pocket == {
        "begun": "yes",
        OWN_RECEIPT: "mine",
    }
    assert tidy_pocket(at("card", pocket=pocket), FLOW).pocket == {"begun": "yes"}
    assert tidy_pocket(at(), FLOW) == at()
    assert not set(LOOKED_UP) & put_away(over).pocket.keys()


def test_a_flow_without_a_form_reads_nothing():
    """Where no form is, no field is."""
    reader = NoFields()
    assert reader.suggest({"threat": "yes"}) == {}
    assert reader.edition == ""
    assert not reader.is_under_18({"birth": "12"}, today=TODAY)
    with pytest.raises(KeyError):
        reader.read("name", "小美", {}, today=TODAY)
    with pytest.raises(KeyError):
        reader.toggle("types", "t1", {})
