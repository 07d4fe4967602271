"""The web page as a channel: what it may send, and what it draws."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.links import find_links
from bot.channels.web import Web
from bot.core.inputs import Picked, Tapped, Typed
from bot.core.model import ChoiceId, VisitId
from bot.core.reply import Button, Reply

DELIVERY = "d" * 32


def decode(user_id: str = "somebody", **fields: object):
    return Web().decode({"delivery": DELIVERY, **fields}, user_id=user_id, locale="en")


def find_hrefs(text: str) -> list[tuple[str, str]]:
    return [(piece["text"], piece["href"]) for piece in find_links(text) if "href" in piece]


def test_a_tap_carries_its_question():
    """A pressed button comes back as the choice with the visit and turn it was drawn for."""
    inbound = decode(tap="v=new&t=0&c=yes")
    assert inbound.what == Tapped(ChoiceId("yes"), VisitId("new"), 0)
    assert (inbound.channel, inbound.locale, inbound.sent_at, inbound.reply_to) == ("web", "en", None, None)


def test_typed_text_is_made_safe():
    """Lone surrogates, NUL and bidi controls do not reach the conversation."""
    assert decode(text="嗨\ud800\x00\u202e！").what == Typed("嗨\ufffd！")


@pytest.mark.parametrize("visit", [None, "", 7, "x" * 65, "a\nb", ["new"]])
def test_an_unsound_visit_is_no_visit(visit):
    """The text still counts; only the page's claim is dropped."""
    assert decode(text="嗨", visit=visit).what == Typed("嗨", None)


@pytest.mark.parametrize("turn", [None, "", True, 1.5, "x", "９", "-1", "1234567", [3]])
def test_an_unsound_turn_is_no_turn(turn):
    """Then nobody knows which question they saw, and the words count as usual."""
    assert decode(text="嗨", visit="v1", turn=turn).what == Typed("嗨", VisitId("v1"), None)


@pytest.mark.parametrize("turn", [3, "3"])
def test_a_sound_turn_goes_along(turn):
    """From the script as a number, from the form as digits."""
    assert decode(text="嗨", visit="v1", turn=turn).what == Typed("嗨", VisitId("v1"), 3)


def test_a_sound_visit_goes_along():
    """It tells which question they saw."""
    assert decode(text="嗨", visit="v1").what == Typed("嗨", VisitId("v1"))


def test_a_picked_day_carries_its_question():
    """A day comes as browsers write it, with the visit and turn its field was drawn for."""
    assert decode(pick="2026-10-31", visit="v1", turn="4").what == Picked(date(2026, 10, 31), "v1", 4)
    assert decode(pick="2026-10-31", visit="new", turn=0).what == Picked(date(2026, 10, 31), "new", 0)


def test_a_day_and_how_it_looks_are_drawn():
    """The page learns what the day's field is called, and whether it is something to keep."""
    reply = Reply(("嗨",), (), VisitId("v1"), 1, "zh_TW", look="card", day_label="那一天")
    view = Web().encode(reply)
    assert (view["day"], view["look"]) == ("那一天", "card")


@pytest.mark.parametrize(
    "fields",
    [
        {"pick": "2026-10-31"},
        {"pick": "2026-10-31", "visit": "v1"},
        {"pick": "2026-10-31", "turn": 3},
        {"pick": "2026-02-30", "visit": "v1", "turn": 3},
        {"pick": "２０２６-10-31", "visit": "v1", "turn": 3},
        {"pick": "20261031", "visit": "v1", "turn": 3},
        {"pick": "+12026-10-31", "visit": "v1", "turn": 3},
        {"pick": "", "visit": "v1", "turn": 3},
        {"pick": 7, "visit": "v1", "turn": 3},
        {},
        {"text": ""},
        {"text": " \n\x00 "},
        {"text": 7},
        {"tap": ["v=new&t=0&c=yes"]},
        {"tap": "yes"},
        {"tap": ""},
        {"text": "嗨", "delivery": "short"},
        {"text": "嗨", "delivery": None},
        {"text": "嗨", "delivery": "x" * 129},
        {"text": "嗨", "delivery": "字" * 32},
    ],
)
def test_what_the_page_cannot_send_is_nothing(fields):
    """Missing, empty, mistyped and forged fields are no input."""
    assert decode(**fields) is None


def test_a_delivery_is_one_persons_and_one_kind():
    """The same nonce repeats for the same act only; it hides the person and the nonce."""
    first = decode(text="嗨").delivery_id
    assert first == decode(text="嗨").delivery_id
    assert len({first, decode("other", text="嗨").delivery_id, decode(tap="v=new&t=0&c=a").delivery_id}) == 3
    assert first != decode(pick="2026-10-31", visit="v1", turn=0).delivery_id
    assert "somebody" not in first
    assert DELIVERY not in first


def test_a_reply_becomes_a_view_without_markup():
    """A view is plain JSON: pieces of text, and buttons that carry their tap."""
    reply = Reply(
        bubbles=("<b>打 113</b>",),
        buttons=(Button("yes", "好", "choice"), Button("leave", "離開", "way_out")),
        visit=VisitId("v1"),
        turn=2,
        locale="zh_TW",
    )
    view = Web().encode(reply)
    assert view == {
        "bubbles": [[{"text": "<b>打 "}, {"text": "113", "href": "tel:113"}, {"text": "</b>"}]],
        "choices": [{"tap": "v=v1&t=2&c=yes", "label": "好"}],
        "ways": [{"tap": "v=v1&t=2&c=leave", "label": "離開"}],
        "visit": "v1",
        "turn": 2,
        "leaving": False,
        "day": "",
        "look": "plain",
    }
    assert json.loads(json.dumps(view)) == view


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("打 113", [("113", "tel:113")]),
        ("113／110、119", [("113", "tel:113"), ("110", "tel:110"), ("119", "tel:119")]),
        ("113/110", [("113", "tel:113"), ("110", "tel:110")]),
        (
            "1925、1955、1957、1980、1990、1995",
            [(n, f"tel:{n}") for n in ["1925", "1955", "1957", "1980", "1990", "1995"]],
        ),
        ("165反詐騙專線", [("165", "tel:165")]),
        ("Call 110.", [("110", "tel:110")]),
        ("中心 02-6605-7373。", [("02-6605-7373", "tel:0266057373")]),
        ("02-2361-5295 分機 226", [("02-2361-5295 分機 226", "tel:0223615295,226")]),
        ("02-2361-5295 分226、227", [("02-2361-5295 分226", "tel:0223615295,226")]),
        ("02-7728-5098 ext. 7", [("02-7728-5098 ext. 7", "tel:0277285098,7")]),
        ("02-2361-5295#226", [("02-2361-5295#226", "tel:0223615295,226")]),
        ("412-8518 轉 2", [("412-8518 轉 2", "tel:4128518,2")]),
        ("0800-013-999", [("0800-013-999", "tel:0800013999")]),
        ("049-2209290、082-373000", [("049-2209290", "tel:0492209290"), ("082-373000", "tel:082373000")]),
        ("看 https://siarc.mohw.gov.tw/consult.php。", [("https://siarc.mohw.gov.tw/consult.php",) * 2]),
        ("http://127.0.0.1:8080/date/2027-05-19.ics", [("http://127.0.0.1:8080/date/2027-05-19.ics",) * 2]),
        ("See https://stopncii.org.", [("https://stopncii.org",) * 2]),
        ("https://a.tw/113?b=110#165", [("https://a.tw/113?b=110#165",) * 2]),
    ],
)
def test_numbers_and_addresses_can_be_pressed(text, expected):
    """Telephone numbers of the directory and https addresses become links, extensions with a pause."""
    assert expected == find_hrefs(text)


@pytest.mark.parametrize(
    "text",
    [
        "民國113年", "113 年 7 月", "民國 110.8.15", "113.8.15", "113-08-15", "113/8/15", "第110條", "165 件",
        "1995 年", "1980-1990", "$110", "11301", "0113", "110%", "113條", "2026-11-20", "1:110", "http://a.tw",
        "javascript:alert(1)", "data:text/html,x", "ftp://a.tw", "A123456789",
    ],
)  # fmt: skip
def test_other_numbers_stay_text(text):
    """Years, articles, counts, dates and other schemes are never links."""
    assert find_hrefs(text) == []


@given(st.text(alphabet=st.sampled_from('013-59 分機#轉年https:/.\n嗨<"'), max_size=60))
def test_no_character_is_lost_by_finding_links(text):
    """The pieces put together are the text, and every link is of a known kind."""
    pieces = find_links(text)
    assert "".join(piece["text"] for piece in pieces) == text
    assert all(piece.get("href", "tel:").startswith(("tel:", "https://")) for piece in pieces)
