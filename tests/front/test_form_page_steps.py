"""From step to step: nothing is lost, nothing is stored, and what does not fit is said at its field."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.form.review import hash_lines, list_lines
from bot.front.form_drawing import FORM_WORDS
from bot.front.form_steps import STEPS
from bot.ports import Opened
from tests.front.filling import Person
from tests.front.form_words import FORM_ZH
from tests.front.small_form import FORM, RECEIPT, SEAT, TOKEN

STORY = "他說\n要傳出去 <script>alert(1)</script>"


def test_the_tests_have_every_word():
    """None is missing, none is said by nobody."""
    assert set(FORM_ZH) == FORM_WORDS


async def test_all_the_way(person, desk):
    """Six steps; what arrives is what was shown, and the receipt is told."""
    await person.open()
    seen = [person.step]
    while person.step != "consent":
        await person.go_to(STEPS[len(seen)])
        seen.append(person.step)
        if person.step == "what":
            person.fill(("f.needs", "legal"), f_story=STORY)
    assert seen == list(STEPS)
    paper = await person.agree()
    assert RECEIPT in paper.said
    assert person.response.headers["clear-site-data"] == '"cache", "storage"'
    [sent] = desk.submitted
    assert sent["draft"] == {
        "name": "小安", "birth": "34", "phone_mobile": "0912-345-678", "county": "臺北市",
        "types": "t4,t6", "needs": "legal", "story": STORY,
    }  # fmt: skip
    assert sent["uses"] == {"contact": True, "special": True, "refer": False}
    lines = list_lines(FORM, sent["draft"], say=lambda _, zh: zh, masked=False)
    assert sent["shown"] == hash_lines(lines)
    assert sent["locale"] == "zh_TW"


async def test_the_receipt_page_holds_nothing_else(person):
    """Told once, large, with what to do; nothing of what was filled in."""
    await person.open()
    paper = await person.agree()
    for word in ("form_receipt_plain", "form_receipt_write", "form_sent_next", "form_sent_quiet"):
        assert FORM_ZH[word] in paper.said
    assert "小安" not in person.response.text
    assert "0912" not in person.response.text
    assert paper.values == []
    assert ("form", "/chat/leave") in [(tag, told.get("action")) for tag, told in paper.tags]


async def test_nothing_reaches_the_desk_before_it_is_sent(person, desk):
    """The page carries everything; the desk is asked only whether the page may go on."""
    await person.open()
    await person.go_to("consent")
    assert desk.submitted == []


async def test_going_back_and_forth_keeps_everything(person):
    """Also what does not fit."""
    await person.open()
    await person.press("next")
    person.fill(("f.if_other", "hang_up"), f_name="小安", f_birth="不知道", f_may_say="我是他同學")
    await person.press("back")
    assert person.step == "notices"
    await person.press("next")
    assert person.step == "who"
    told = [person.paper.get(f"f.{key}") for key in ("name", "birth", "may_say", "if_other", "county")]
    assert told == ["小安", "不知道", "我是他同學", "hang_up", "臺北市"]


async def test_what_the_conversation_knows_is_ticked_and_marked(person):
    """And can be unticked."""
    await person.open()
    paper = await person.go_to("what")
    on = [value for (name, value), is_on in paper.boxes.items() if name == "f.types" and is_on]
    assert on == ["t4", "t6"]
    assert paper.said.count(FORM_ZH["form_from_talk"]) == 1
    paper.boxes["f.types", "t4"] = paper.boxes["f.types", "t6"] = False
    await person.press("next")
    assert "受暴類型" not in re.sub("<details.*", "", person.response.text, flags=re.DOTALL)


async def test_an_error_is_said_above_and_at_its_field(person):
    """A list of links that takes the focus, the sentence at the field, tied to it, and the words still in it."""
    await person.open()
    await person.press("next")
    person.fill(f_name="", f_birth="昨天", f_phone_home="12")
    paper = await person.press("next")
    assert (person.response.status_code, person.step) == (422, "who")
    links = [told["href"] for tag, told in paper.tags if tag == "a" and told["href"].startswith("#")]
    assert links == ["#f-name", "#f-birth", "#f-phone_home"]
    boxes = {told["id"]: told for tag, told in paper.tags if tag == "input" and "id" in told}
    assert boxes["f-birth"]["value"] == "昨天"
    assert boxes["f-birth"]["aria-invalid"] == "true"
    ids = [told["id"] for _, told in paper.tags if "id" in told]
    for described in (boxes[link[1:]]["aria-describedby"].split() for link in links):
        assert set(described) <= set(ids)
    assert len(ids) == len(set(ids))
    [summary] = [told for _, told in paper.tags if told.get("role") == "alert"]
    assert "autofocus" in summary
    details = [told for tag, told in paper.tags if tag == "details"]
    assert "open" in details[0]  # what is wrong is not folded away


async def test_too_long_a_story_says_by_how_much(person):
    """Nothing is cut."""
    await person.open()
    await person.go_to("what")
    person.fill(f_story="字" * 2_012)
    await person.press("next")
    assert "多了 12 個字" in person.paper.said
    assert person.paper.get("f.story") == "字" * 2_012


async def test_a_way_to_call_is_asked_for_at_the_review(person):
    """A number or an address: they stand on different pages, so the first does not insist."""
    await person.open()
    await person.press("next")
    person.fill(f_name="小安", f_birth="34")
    for _ in range(3):
        await person.press("next")
    assert person.step == "review"
    paper = await person.press("next")
    assert (person.response.status_code, person.step) == (422, "review")
    assert "way_needed" in paper.said
    await person.press("field:phone_mobile")
    person.fill(f_phone_mobile="0912345678")
    await person.press("review")
    await person.press("next")
    assert person.step == "consent"


async def test_a_number_to_call_must_be_there(person):
    """What contradicts itself is not sent."""
    await person.open()
    await person.press("next")
    person.fill(("f.call_number", "home"), f_name="小安", f_birth="34", f_phone_mobile="0912345678")
    await person.go_to("review")
    await person.press("next")
    assert "call_number_empty" in person.paper.said


async def test_a_number_finds_its_line_and_takes_nobodys_place(person):
    """A home number typed as mobile moves; where another stands already, each stays."""
    await person.open()
    await person.press("next")
    person.fill(f_phone_mobile="02-2345-6789")
    await person.press("back")
    assert (person.paper.get("f.phone_home"), person.paper.get("f.phone_mobile")) == ("02-2345-6789", "")
    await person.press("next")
    person.fill(f_phone_mobile="02-8765-4321", f_phone_work="04-2345-6789")
    await person.press("back")
    numbers = {value for name, value in person.paper.values if name.startswith("f.phone")}
    assert numbers >= {"02-2345-6789", "04-2345-6789", "02-8765-4321"}


async def test_every_line_can_be_changed(person):
    """The button goes to the field, which has the focus; from there one button leads back."""
    await person.open()
    await person.go_to("review")
    paper = await person.press("field:birth")
    assert person.step == "who"
    [focused] = [told["id"] for _, told in paper.tags if "autofocus" in told]
    assert focused == "f-birth"
    person.fill(f_birth="35")
    assert "next" not in person.paper.buttons
    await person.press("review")
    assert person.step == "review"
    assert "35" in person.paper.said


async def test_a_struck_line_is_not_sent_and_can_come_back(person, desk):
    """It stays in the page alone."""
    await person.open()
    await person.go_to("review")
    await person.press("strike:types")
    assert FORM_ZH["form_struck"] in person.paper.said
    assert "strike:types" not in person.paper.buttons
    await person.press("restore:types")
    await person.press("strike:types")
    await person.press("strike:county")
    await person.agree()
    assert desk.submitted[0]["draft"] == {"name": "小安", "birth": "34", "phone_mobile": "0912-345-678"}


async def test_a_needed_line_that_is_struck_is_asked_for(person):
    """Nothing is sent without a name; the line can be put back."""
    await person.open()
    await person.go_to("review")
    await person.press("strike:name")
    await person.press("next")
    assert (person.step, person.response.status_code) == ("review", 422)
    await person.press("restore:name")
    await person.press("next")
    assert person.step == "consent"


async def test_a_struck_line_that_is_changed_is_wanted_again(person):
    """Whoever goes to it means it."""
    await person.open()
    await person.go_to("review")
    await person.press("strike:types")
    await person.press("field:types", is_drawn=False)
    await person.press("review")
    assert "strike:types" in person.paper.buttons


async def test_something_can_be_added(person):
    """What is empty is listed, by its question."""
    await person.open()
    await person.go_to("review")
    assert "field:name" in person.paper.buttons  # it is there as a line
    await person.press("field:safe_name")
    person.fill(f_safe_name="阿姨")
    await person.press("review")
    assert "阿姨" in person.paper.said


async def test_an_empty_review_says_so(person):
    """Everything struck."""
    await person.open()
    await person.go_to("review")
    for key in ("name", "birth", "phone_mobile", "county", "types"):
        await person.press(f"strike:{key}")
    assert FORM_ZH["form_nothing"] in person.paper.said


async def test_not_now_is_a_real_no(person, desk):
    """Nothing is sent; whoever means it clears the page, whoever does not goes on where they were."""
    await person.open()
    await person.go_to("what")
    person.fill(f_story=STORY)
    await person.press("later")
    assert FORM_ZH["form_later_line"] in person.paper.said
    await person.press("stay")
    assert (person.step, person.paper.get("f.story")) == ("what", STORY)
    await person.press("later")
    paper = await person.press("drop")
    assert FORM_ZH["form_dropped"] in paper.said
    assert (desk.given_up, desk.submitted) == ([SEAT], [])
    assert "他說" not in person.response.text
    assert person.response.headers["clear-site-data"] == '"cache", "storage"'


async def test_whoever_is_late_can_still_clear_it(person, desk):
    """It needs no time."""
    await person.open()
    desk.standing = "late"
    await person.press("drop", is_drawn=False)
    assert desk.given_up == [SEAT]


@pytest.mark.parametrize(
    "go",
    ["", "nothing", "field:", "field:nothing", "field:reply_name", "strike:referrer_name", "next:x", "stay"],
)
async def test_what_no_button_says_changes_little(person, desk, go):
    """Unknown acts and fields lead to a page, never to a fault."""
    await person.open()
    await person.press(go, is_drawn=False)
    assert person.response.status_code == 200
    assert person.step in {"notices", "who"}


async def test_unknown_fields_and_options_are_left_out(person, desk):
    """What others fill in cannot come from here either."""
    await person.open()
    await person.go_to("consent")
    meddled = [
        *person.paper.all_values, ("u", "contact"), ("u", "special"), ("u", "everything"), ("f.reply_name", "我"),
        ("f.referrer_name", "我"), ("f.unknown", "x"), ("f.types", "t99"), ("x", "nothing"), ("known", "a,b"), ("step", "consent"),
    ]  # fmt: skip
    person.see(await person.post([*meddled, ("go", "send")]))
    assert RECEIPT in person.paper.said
    [sent] = desk.submitted
    assert set(sent["draft"]) == {"name", "birth", "phone_mobile", "county", "types"}
    assert sent["draft"]["types"] == "t4,t6"
    assert set(sent["uses"]) == {"contact", "special", "refer"}


async def test_a_step_of_nobody_is_gone(person, desk):
    """No seat, no page; an unknown step is the first."""
    response = await person.post([("step", "nowhere"), ("go", "next")])
    assert response.status_code == 410
    await person.open()
    person.see(await person.post([*person.paper.all_values, ("step", "nowhere"), ("go", "stay")]))
    assert person.step == "notices"


async def test_a_locale_that_is_none_is_nobodys(person):
    """It reaches neither a log nor a record."""
    await person.open()
    values = [(name, "<b>" if name == "locale" else value) for name, value in person.paper.all_values]
    person.see(await person.post([*values, ("go", "stay")]))
    assert person.paper.get("locale") == ""


async def test_spaces_that_nobody_sees_are_nothing(person):
    """No error for a field that looks empty."""
    await person.open()
    await person.press("next")
    person.fill(f_name="小安", f_birth="34", f_contact_time="\u200b\u200b")
    await person.press("next")
    assert person.step == "more"


HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</textarea><script>alert(1)</script>",
    "</option></select><svg onload=alert(1)>", "javascript:alert(1)", "{{ 7*7 }}{% raw %}", "' autofocus onfocus=alert(1) x='",
    "&lt;script&gt;", "<!--", "]]>", "\x00\x1b\u202e", "=1+1", "＜script＞",
)  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_whatever_is_typed_is_only_text(person, hostile):
    """T20: in every field of every step, at the review and where it is read back as wrong."""
    await person.open()
    pages = []
    for step in ("who", "more", "what"):
        await person.go_to(step)
        typed = {name for name, _ in person.paper.values if name.startswith("f.")}
        drawn = {
            told.get("name")
            for tag, told in person.paper.tags
            if told.get("type") in {"text", "tel"} or tag == "textarea"
        }
        meddled = [
            (name, hostile if name in drawn & typed else value) for name, value in person.paper.all_values
        ]
        pages += [(await person.post([*meddled, ("go", go)])).text for go in ("next", "later", "back")]
        await person.press("next")
    person.paper.values = [
        (name, f"王{hostile}" if name in {"f.name", "f.safe_name", "f.story"} else value)
        for name, value in person.paper.values
    ]
    pages.append((await person.post([*person.paper.all_values, ("go", "stay")])).text)
    for page in pages:
        paper = type(person.paper)(page)
        assert [told["src"] for tag, told in paper.tags if tag == "script"] == [
            src for src in ("/static/exit.js", "/static/once.js", "/static/form.js") if src in page
        ]
        assert not [
            tag for tag, told in paper.tags if tag == "svg" or any(name.startswith("on") for name in told)
        ]
        assert all(told["src"] == "/static/icon.svg" for tag, told in paper.tags if tag == "img")


TEXT = st.text(max_size=80)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(told=st.dictionaries(st.sampled_from([f"f.{key}" for key in FORM.fields]), TEXT, max_size=8), go=TEXT)
async def test_no_text_breaks_a_step(person, desk, told, go):
    """T17: any words in any fields under any button: a page, and the words that do not fit stay as they are."""
    desk.links[TOKEN] = Opened({}, "zh_TW")
    somebody = Person(person.client)
    await somebody.open()
    pairs = [pair for pair in somebody.paper.all_values if pair[0] not in told]
    somebody.see(await somebody.post([*pairs, *told.items(), ("go", go)]))
    assert somebody.response.status_code in {200, 422}
