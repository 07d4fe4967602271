"""Sending: only what was seen and agreed to; whatever comes between is said kindly and loses nothing."""

from __future__ import annotations

import re

import pytest

from bot.front.form_steps import STEPS
from bot.ports import NotSent
from tests.front.fakes import list_records
from tests.front.form_words import FORM_ZH
from tests.front.small_form import RECEIPT, SEAT, TOKEN


async def test_ticks_are_never_set_beforehand(person):
    """And each is asked for by itself: one that is needed is named, the others stay."""
    await person.open()
    paper = await person.go_to("consent")
    assert set(paper.boxes.values()) == {False}
    person.fill(("u", "special"), ("u", "refer"))
    paper = await person.press("send")
    assert (person.response.status_code, person.step) == (422, "consent")
    assert paper.boxes == {("u", "contact"): False, ("u", "special"): True, ("u", "refer"): True}
    assert "#u-contact" in [told.get("href") for _, told in paper.tags]


async def test_ticks_stay_while_the_lines_stay(person):
    """Whoever looks at the review again keeps them; whoever changes a line is asked anew."""
    await person.open()
    await person.go_to("consent")
    person.fill(("u", "contact"))
    await person.press("review")
    await person.press("next")
    assert person.paper.boxes["u", "contact"]
    await person.press("review")
    await person.press("strike:types")
    await person.press("next")
    assert set(person.paper.boxes.values()) == {False}


async def test_what_was_not_shown_is_not_sent(person, desk):
    """Two tabs, or somebody who meddles: the preview comes again, without ticks."""
    await person.open()
    await person.go_to("consent")
    person.fill(("u", "contact"), ("u", "special"))
    person.paper.values = [
        (name, "別人" if name == "f.name" else value) for name, value in person.paper.values
    ]
    paper = await person.press("send")
    assert person.step == "review"
    assert FORM_ZH["form_changed"] in paper.said
    assert "別人" in paper.said
    assert desk.submitted == []
    await person.press("next")
    assert set(person.paper.boxes.values()) == {False}


@pytest.mark.parametrize("name", ["shown", "version"])
async def test_what_the_page_was_drawn_for_must_still_be_so(person, desk, name):
    """No hash, or another form than when it was read: said kindly, with everything still there."""
    await person.open()
    await person.go_to("consent")
    person.fill(("u", "contact"), ("u", "special"))
    person.paper.values = [(key, "" if key == name else value) for key, value in person.paper.values]
    paper = await person.press("send")
    assert person.step == {"shown": "review", "version": "notices"}[name]
    assert FORM_ZH["form_changed"] in paper.said
    assert desk.submitted == []
    await person.agree()
    assert len(desk.submitted) == 1


async def test_what_does_not_fit_is_not_sent(person, desk):
    """Also when it comes by another way than the page's."""
    await person.open()
    await person.go_to("consent")
    broken = [(name, "昨天" if name == "f.birth" else value) for name, value in person.paper.all_values]
    for go in ("send", "next"):
        paper = person.see(await person.post([*broken, ("go", go)]))
        assert person.step == "who"
        assert "birth_unclear" in paper.said
    assert desk.submitted == []


@pytest.mark.parametrize("age", ["17", "2010-01-01", "9"])
async def test_somebody_under_18_is_told_where_to_go(person, desk, age):
    """Kindly, with 113; nothing goes on, and a slip can be mended."""
    await person.open()
    await person.press("next")
    person.fill(f_name="小安", f_birth=age, f_phone_mobile="0912345678")
    paper = await person.press("next")
    assert FORM_ZH["form_minor"] in paper.said
    assert person.paper.buttons == ["stay", "field:birth"]
    await person.press("field:birth")
    assert person.paper.get("f.birth") == age
    person.fill(f_birth="34")
    await person.press("next")
    assert person.step == "more"
    assert desk.submitted == []


async def test_a_page_that_rested_too_long_goes_on(person, desk):
    """Everything is still in it, one button renews it, and its own buttons wait."""
    await person.open()
    await person.press("next")
    person.fill(f_name="小安", f_birth="昨天")
    desk.standing = "late"
    paper = await person.press("next")
    assert FORM_ZH["form_late"] in paper.said
    assert set(paper.buttons) == {"renew"}
    assert (paper.get("f.name"), paper.get("f.birth")) == ("小安", "昨天")
    await person.press("renew")
    assert (person.step, person.paper.get("f.birth"), desk.standing) == ("who", "昨天", "open")


@pytest.mark.parametrize("step", STEPS)
async def test_every_step_can_be_late(person, desk, step):
    """And keeps what it has, also after the renewal."""
    await person.open()
    await person.go_to(step)
    if step == "consent":
        person.fill(("u", "contact"))
    before = sorted(person.paper.all_values)
    desk.standing = "late"
    await person.press("back", is_drawn=False)
    assert set(person.paper.buttons) == (
        {"renew"} if step in {"who", "more", "what"} else {"renew", *person.paper.buttons}
    )
    await person.press("renew")
    assert (person.step, sorted(person.paper.all_values)) == (step, before)


@pytest.mark.parametrize(("go", "line"), [("next", "form_gone"), ("send", "form_already")])
async def test_a_page_that_ended_keeps_nothing(person, desk, go, line):
    """Sent, erased or given up: what may have happened, the human route, and nothing of what came."""
    await person.open()
    await person.go_to("consent")
    desk.seats.clear()
    paper = await person.press(go, is_drawn=False)
    assert person.response.status_code == 410
    assert FORM_ZH[line] in paper.said
    assert "113" in paper.said
    assert "小安" not in person.response.text
    assert person.response.headers["clear-site-data"] == '"cache", "storage"'


async def test_sent_twice_is_sent_once(person, desk):
    """The second press is told so, without the receipt of the first."""
    await person.open()
    await person.agree()
    first = person.response
    again = await person.client.send(first.request)
    assert again.status_code == 410
    assert FORM_ZH["form_already"] in again.text
    assert RECEIPT not in again.text
    assert len(desk.submitted) == 1


@pytest.mark.parametrize(
    ("why", "line", "status"),
    [
        ("gone", "form_already", 410), ("late", "form_late", 200), ("changed", "form_changed", 200),
        ("minor", "form_minor", 200), ("closed", "form_closed", 503), ("often", "form_often", 429),
    ],
)  # fmt: skip
async def test_each_reason_is_said_kindly(person, desk, why, line, status):
    """What the desk answers, in words with the human route."""
    await person.open()
    desk.answer = NotSent(why)
    paper = await person.agree()
    assert person.response.status_code == status
    assert FORM_ZH[line] in paper.said
    assert "113" in paper.said
    assert RECEIPT not in paper.said


@pytest.mark.parametrize("why", ["closed", "often"])
async def test_words_that_cannot_be_sent_can_be_taken_along(person, desk, why):
    """To copy, and to go back to."""
    await person.open()
    desk.answer = NotSent(why)
    paper = await person.agree()
    assert FORM_ZH["form_copy"] in paper.said
    assert "小安" in paper.said
    assert ("send" in paper.buttons) is (why == "closed")
    await person.press("stay")
    assert (person.step, person.paper.boxes["u", "contact"]) == ("consent", True)


async def test_a_desk_that_opens_again_takes_it(person, desk):
    """The button of the page on which it was closed sends."""
    await person.open()
    desk.answer = NotSent("closed")
    await person.agree()
    desk.answer = None
    await person.press("send")
    assert RECEIPT in person.paper.said


@pytest.mark.parametrize(
    ("reasons", "step"),
    [
        ({"birth": "birth_unclear"}, "who"),
        ({"story": "too_long"}, "what"),
        ({"reply_name": "unclear"}, "review"),
        ({"nothing": "x"}, "review"),
    ],
)
async def test_what_the_desk_finds_unfit_is_shown_where_it_stands(person, desk, reasons, step):
    """At its field, or at the review."""
    await person.open()
    desk.answer = NotSent("unfit", reasons)
    await person.agree()
    assert (person.response.status_code, person.step) == (422, step)
    assert person.paper.get("f.name") == "小安"


@pytest.mark.parametrize("is_bug", [False, True])
@pytest.mark.parametrize("step", STEPS)
async def test_a_database_that_is_away_loses_nothing(person, desk, caplog, step, is_bug):
    """The same page with everything in it, and one button that tries the same again."""
    await person.open()
    await person.go_to(step)
    if step == "consent":
        person.fill(("u", "contact"), ("u", "special"))
    if step == "who":
        person.fill(f_name="小安", f_birth="34")
    before = sorted(person.paper.all_values)
    go = "send" if step == "consent" else "next"
    desk.is_down, desk.fault = not is_bug, RuntimeError("canary-text") if is_bug else None
    paper = await person.press(go)
    assert person.response.status_code == 503
    assert FORM_ZH["form_down"] in paper.said
    assert sorted(paper.all_values) == before
    assert not re.search(f"canary|小安|{TOKEN}|{SEAT}", list_records(caplog))
    desk.is_down, desk.fault = False, None
    await person.press(go)
    assert person.response.status_code == 200


async def test_what_a_button_says_is_not_repeated_blindly(person, desk):
    """Whatever came as the button's value, the one to try again says something that a button can say."""
    await person.open()
    desk.is_down = True
    await person.press('"><script>alert(1)</script>', is_drawn=False)
    assert "<script>alert" not in person.response.text
    assert "stay" in person.paper.buttons
