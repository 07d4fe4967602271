"""What stands on the page of one handoff: everything that was written, in its place, and nothing that acts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.reading import OpenHandoff
from bot.form.model import Form
from bot.form.record import Record
from bot.office.case_drawing import (
    RULES,
    Number,
    draw_agreed,
    draw_blocks,
    draw_calls,
    draw_number,
    draw_told,
)
from tests.desk.export_cast import make_stored
from tests.desk.papers import SOMEBODY, fill, official

FORM: Form = official()


def list_shown(record: Record) -> dict[str, tuple[str, ...]]:
    """Every line of the page, by field."""
    calls = draw_calls(record, FORM)
    lines = [line for block in draw_blocks(record, FORM) for line in block.lines]
    return {line.key: line.texts for line in (*calls.said, *lines, *draw_told(record, FORM)) if line.texts}


def test_every_field_that_was_filled_in_is_shown() -> None:
    """Also where it came from a button, and what today's form does not have."""
    fields = {**SOMEBODY, "if_other": "other", "if_other_words": "說是送貨的", "older": "舊欄位"}
    record = fill(fields, told=("types", "may_text"))
    shown, calls = list_shown(record), draw_calls(record, FORM)
    assert fields.keys() - shown.keys() == {"if_other_words", "urgency", "speak"}
    assert shown["if_other"] == ("其他", "說是送貨的")
    assert (calls.urgency, calls.speak) == ("days", "中文")
    assert draw_blocks(record, FORM)[-1].title == ""
    assert shown["older"] == ("舊欄位",)


def test_what_came_from_buttons_is_not_among_what_was_written() -> None:
    record = fill(SOMEBODY, told=("types", "may_text", "older"))
    record = replace(record, fields={**record.fields, "older": "舊"})
    written = [line.key for block in draw_blocks(record, FORM) for line in block.lines]
    assert not {"types", "may_text", "older"} & set(written)
    assert [line.key for line in draw_told(record, FORM)] == ["types", "may_text", "older"]
    assert [line.key for line in draw_calls(record, FORM).said if line.is_told] == ["may_text"]


def test_boxes_are_shown_one_by_one_under_the_forms_words() -> None:
    shown = list_shown(fill({"types": "t4,t6,t99", "birth": "34", "county": "臺北市"}))
    assert shown["types"] == ("未經同意遭他人重製、交付、散布性影像", "遭他人恐嚇散布性影像", "t99")
    assert shown["birth"] == ("34 歲",)


def test_what_was_left_empty_is_named() -> None:
    """Of what a person fills in; not what the offices do."""
    blocks = {block.title: block for block in draw_blocks(fill({"name": "王小明"}), FORM)}
    assert "電話【手機】" in blocks["受保護／被害人"].blank
    assert "姓名" not in blocks["受保護／被害人"].blank
    assert not {"轉介單位", "回復受理結果"} & blocks.keys()


def test_a_form_without_our_questions_draws_the_rules_all_the_same() -> None:
    """A pack for another city: nothing written is nothing allowed."""
    bare = replace(FORM, fields={key: one for key, one in FORM.fields.items() if one.block != "safety"})
    calls = draw_calls(fill({"name": "王小明", "phone_mobile": "0912-345-678"}), bare)
    assert [line.key for line in calls.said] == list(RULES)
    assert not any(line.texts for line in calls.said)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0912-345-678", Number("", "0912-345-678", "0912345678", "0 9 1 2 · 3 4 5 · 6 7 8")),
        ("02-2345-6789#12", Number("", "02-2345-6789#12", "0223456789", "0 2 · 2 3 4 5 · 6 7 8 9")),
        ("+84912345678", Number("", "+84912345678", "+84912345678", "+ 8 4 · 9 1 2 · 3 4 5 · 6 7 8")),
        ("javascript:alert(1)", Number("", "javascript:alert(1)", "", "")),
        ("0912;ext=1&x", Number("", "0912;ext=1&x", "", "")),
        ("１２３４５６７８", Number("", "１２３４５６７８", "", "")),
        ("", Number("", "", "", "")),
    ],
)
def test_only_a_number_becomes_a_telephone_link(text: str, number: Number) -> None:
    """T22: nothing else that stands in its field does."""
    assert draw_number("", text) == number


def test_the_numbers_are_those_that_the_paper_has() -> None:
    """One rule for both: see `bot.desk.calling`."""
    calls = draw_calls(fill(SOMEBODY), FORM)
    assert [(one.label, one.text) for one in calls.numbers] == [("電話【手機】", "0912-345-678")]


def test_a_number_that_was_not_agreed_to_is_marked() -> None:
    fields = {"safe_phone_home": "02-2345-6789", "phone_mobile": "0912-345-678"}
    for uses, barred in (({}, ["safe_phone_home"]), ({"safe_person": True}, [])):
        lines = [line for block in draw_blocks(fill(fields, uses=uses), FORM) for line in block.lines]
        assert [line.key for line in lines if line.is_barred] == barred


def agree(text: str, **uses: bool) -> OpenHandoff:
    stored = make_stored()
    stored = replace(stored, consent=replace(stored.consent, text=text))
    return OpenHandoff(stored, fill({}, uses=uses), b"")


def test_the_text_of_the_consent_is_drawn_in_the_forms_order() -> None:
    """Canonical JSON has its keys in another one."""
    notices = {**dict(reversed(FORM.notices.notices.items())), "more": "第七件"}
    uses = {use.id: f"看到的{use.id}" for use in reversed(FORM.notices.uses)}
    text = json.dumps({"title": "說明", "notices": notices, "uses": uses, "version": "x", "locale": "vi"})
    agreed = draw_agreed(agree(text, refer=False, contact=True, other=True), FORM)
    assert agreed.title == "說明"
    assert agreed.notices == (*FORM.notices.notices.values(), "第七件")
    assert agreed.shown_uses == ("看到的contact", "看到的special", "看到的refer", "看到的safe_person")
    assert [(said[:4], answer) for said, answer in agreed.uses] == [
        ("我願意有", True),
        ("需要的時", False),
        ("othe", True),
    ]
    assert agreed.text == ""


@pytest.mark.parametrize(
    "text", ["", "7", "[]", "{", "[" * 100_000, '{"notices":7,"uses":[],"title":"t"}', "<b>"]
)
def test_a_text_of_another_shape_is_shown_as_it_stands(text: str) -> None:
    assert draw_agreed(agree(text), FORM).text == text


def test_a_use_that_only_the_shown_text_knows_has_its_words() -> None:
    text = json.dumps({"uses": {"older": "以前問的"}, "notices": {"a": 1}})
    assert draw_agreed(agree(text, older=True), FORM).uses == (("以前問的", True),)


@given(
    st.dictionaries(st.sampled_from([*FORM.fields, "older"]), st.text(min_size=1, max_size=60), max_size=12)
)
def test_no_record_is_too_odd_to_be_drawn(fields: dict[str, str]) -> None:
    """T17, T20: whatever stands in it; and nothing in it turns text around or hides it."""
    record = fill(fields)
    assert len(draw_calls(record, FORM).said) == len(RULES)
    texts = "".join(text for texts in list_shown(record).values() for text in texts)
    assert not set(texts) & {"\u202e", "\u2066", "\x00", "\x1b"}


def test_nothing_of_it_shows_when_it_is_printed_by_mistake() -> None:
    """T30."""
    record = fill(SOMEBODY)
    shown = repr((draw_calls(record, FORM), draw_blocks(record, FORM)))
    assert not [value for value in ("陳怡君", "0912-345-678", "牙醫", "A234567893") if value in shown]
