"""What was struck: nothing finds its way there, nothing comes back there, and it says nothing of other lines."""

from __future__ import annotations

from datetime import date

import pytest

from bot.form.model import Form
from bot.form.parse import parse_form
from bot.form.reading import FormReader
from bot.front.form_sheet import Sheet, SheetReader
from tests.front.fakes import ROOT

TODAY = date(2026, 11, 21)
HOME = "02-2345-6789"
ADDRESS = "臺北市大安區和平東路一段一號"


@pytest.fixture(scope="module")
def form() -> Form:
    files = ("form.toml", "places.toml", "consent.toml")
    return parse_form(*((ROOT / "flows" / name).read_text("utf-8") for name in files))


def read(form: Form, struck: tuple[str, ...], **told: str) -> Sheet:
    pairs = [("x", key) for key in struck] + [(f"f.{key}", text) for key, text in told.items()]
    return SheetReader(form, FormReader(form)).read(pairs, today=TODAY)


def test_a_number_does_not_vanish_into_a_struck_line(form):
    """Else nobody could call: it is not sent there, and its own line is empty."""
    sheet = read(form, ("phone_home",), phone_mobile=HOME)
    assert sheet.sent == {"phone_mobile": HOME}
    assert FormReader(form).find_unfit(sheet.sent, today=TODAY) == {}
    assert read(form, (), phone_mobile=HOME).sent == {"phone_home": HOME}


def test_the_same_number_as_a_struck_one_stays_where_it_was_typed(form):
    """Struck under one line, wanted under another."""
    sheet = read(form, ("phone_home",), phone_home=HOME, phone_mobile=HOME)
    assert (sheet.sent, sheet.left_out) == ({"phone_mobile": HOME}, {"phone_home": HOME})


@pytest.mark.parametrize("struck", [("county",), ("district",), ("county", "district")])
def test_an_address_fills_in_no_place_that_was_struck(form, struck):
    """Neither half of it: a district alone may be anywhere, and would be refused unasked."""
    sheet = read(form, struck, address=ADDRESS)
    assert sheet.draft == {"address": ADDRESS}
    assert FormReader(form).find_unfit(sheet.sent, today=TODAY) == {}


def test_a_struck_county_that_still_stands_draws_no_district_after_it(form):
    sheet = read(form, ("county",), county="臺北市", address=ADDRESS)
    assert sheet.sent == {"address": ADDRESS}
    assert sheet.left_out == {"county": "臺北市"}


def test_a_struck_address_fills_in_nothing(form):
    """What it would tell was not to be sent."""
    sheet = read(form, ("address",), address=ADDRESS)
    assert sheet.sent == {}
    assert sheet.left_out == {"address": ADDRESS}


def test_words_of_a_struck_box_tick_nothing(form):
    sheet = read(form, ("types",), types_other="跟蹤")
    assert sheet.draft == {"types_other": "跟蹤"}


def test_what_is_not_struck_still_finds_its_place(form):
    sheet = read(form, ("name",), name="甲", address=ADDRESS)
    assert sheet.sent == {"county": "臺北市", "district": "大安區", "address": ADDRESS}


async def test_a_number_typed_beside_a_struck_line_is_sent(person, desk):
    """On the page itself: struck, emptied, and typed anew under another line."""
    await person.open()
    await person.press("next")
    person.fill(f_name="小安", f_birth="34", f_phone_home=HOME, f_phone_mobile="0912345678")
    await person.go_to("review")
    await person.press("strike:phone_home")
    await person.press("field:phone_mobile")
    person.fill(f_phone_home="", f_phone_mobile="04-2345-6789")
    await person.press("review")
    await person.agree()
    assert desk.submitted[0]["draft"]["phone_mobile"] == "04-2345-6789"
    assert "phone_home" not in desk.submitted[0]["draft"]
