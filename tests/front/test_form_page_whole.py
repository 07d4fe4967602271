"""The page with the city's own form: every field has its place, everything fits, and the looks hold."""

from __future__ import annotations

import gzip
import re
from datetime import date

import pytest

from bot.core.fields import Taken
from bot.form.model import SEPARATOR, Form
from bot.form.parse import parse_form
from bot.form.reading import FormReader
from bot.front.form_page import MAX_BODY_BYTES
from bot.front.form_sheet import Sheet, SheetReader, name_version
from bot.front.form_steps import FILLED, find_step, list_asked, list_groups
from bot.front.pages import STATIC
from tests.front.fakes import ROOT, FakeConversation, make_app
from tests.front.filling import Person
from tests.front.small_form import RECEIPT, SEAT, FormInterface, PlainVoice
from tests.front.test_style import CSS as CHAT_CSS
from tests.front.test_style import measure_contrast, read_colours

TODAY = date(2026, 11, 21)
#: Bytes of one character that is percent-encoded: three of UTF-8, or two of them for one of two units.
MOST_BYTES = 9
CSS = (STATIC / "form.css").read_text("utf-8")


@pytest.fixture(scope="module")
def form() -> Form:
    files = ("form.toml", "places.toml", "consent.toml")
    return parse_form(*((ROOT / "flows" / name).read_text("utf-8") for name in files))


def write_all(form: Form) -> dict[str, str]:
    """Something in every field that a person fills in."""
    said = {
        "birth": "79/5/20", "identity": "A123456789", "county": "臺北市", "district": "大安區",
        "phone": "02-2345-6789", "text": "王小明", "long_text": "第一行\n第二行",
    }  # fmt: skip
    draft = {}
    for one in list_asked(form):
        # the box with words first: words beside a box that is not ticked say two things
        options = [
            option.id
            for option in sorted(one.options, key=lambda option: one.kind == "choice" and not option.words)
        ]
        mobile = "0912-345-678" if one.key.endswith("mobile") else ""
        draft[one.key] = (
            SEPARATOR.join(options)
            if one.kind == "choices"
            else options[0]
            if options
            else mobile or said[one.kind]
        )
    return draft


def test_every_field_is_asked_once(form):
    """And nothing that others fill in."""
    drawn = [one.key for step in FILLED for _, members in list_groups(form, step) for one in members]
    assert sorted(drawn) == sorted(one.key for one in form.fields.values() if one.filled_by == "person")
    assert {find_step(form, key) for key in ("referrer_name", "reply_name", "nothing")} == {None}


def test_what_a_page_carries_comes_back_the_same(form):
    """Read, carried and read again: not a character more or less."""
    sheets = SheetReader(form, FormReader(form))
    pairs = [(f"f.{key}", part) for key, value in write_all(form).items() for part in value.split(SEPARATOR)]
    first = sheets.read(
        [*pairs, ("step", "what"), ("seat", SEAT), ("f.safe_relation", "x" * 999)], today=TODAY
    )
    assert set(first.draft) | {"safe_relation"} == {one.key for one in list_asked(form)}
    assert first.typed == {"safe_relation": "x" * 999}
    again = sheets.read(sheets.carry(first), today=TODAY)
    assert again == first


def test_words_that_belong_elsewhere_take_nobodys_place(form):
    """Whatever a reader says: what stands in a field stays, and what was typed stays where it was typed."""

    class Mover:
        def read(self, key, text, draft, *, today):
            return Taken({"safe_name": text})

    read = SheetReader(form, Mover()).read
    assert read([("f.name", "甲")], today=TODAY).draft == {"safe_name": "甲"}
    both = read([("f.name", "甲"), ("f.safe_name", "乙")], today=TODAY).draft
    assert both == {"name": "甲", "safe_name": "乙"}


def test_the_fullest_page_fits_its_body(form):
    """T14: everything that the boxes take, in the letters that take most room, stays under 64 KB."""
    sheet = Sheet(seat=SEAT, locale="zh_TW", version=name_version(form), shown="0" * 64)
    names = sum(
        len(name) + len(value) + 2 for name, value in SheetReader(form, FormReader(form)).carry(sheet)
    )
    rooms = sum(
        max(one.max_chars + one.max_chars // 4, 60) * MOST_BYTES + len(f"f.{one.key}=&")
        for one in list_asked(form)
        if not one.options
    )
    boxes = sum(len(f"f.{one.key}={option.id}&") for one in list_asked(form) for option in one.options)
    assert names + rooms + boxes + 2_000 < MAX_BODY_BYTES


async def test_the_whole_form_goes_through(form, desk, connect):
    """Every field filled in, step by step, and sent."""
    app = make_app(FakeConversation(), interface=FormInterface(), desk=desk, form=form, voice=PlainVoice())
    told = write_all(form)
    async with connect(app) as client:
        person = Person(client)
        await person.open()
        await person.press("next")
        for step in FILLED:
            assert person.step == step
            boxes = [
                (f"f.{key}", part)
                for key, value in told.items()
                for part in value.split(SEPARATOR)
                if (f"f.{key}", part) in person.paper.boxes
            ]
            on_page = {
                told_.get("id") for tag, told_ in person.paper.tags if tag in {"input", "select", "textarea"}
            }
            words = {
                f"f_{key}": value
                for key, value in told.items()
                if f"f-{key}" in on_page and not form.fields[key].options
            }
            person.fill(*boxes, **words)
            await person.press("next")
        await person.agree()
    assert RECEIPT in person.paper.said
    [sent] = desk.submitted
    assert sent["draft"] == {**told, "birth": "1990-05-20"}
    assert FormReader(form).find_unfit(sent["draft"], today=TODAY) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("what", "on"),
    [("ink", "accent-wash"), ("accent", "accent-wash"), ("care-ink", "care"), ("soft", "paper")],
)
def test_what_must_be_seen_is_seen(scheme, what, on):
    """Words that this sheet puts on another ground. Source: WCAG 2.2, 1.4.3."""
    colours = read_colours(scheme)
    assert measure_contrast(colours[what], colours[on]) >= 4.5


def test_the_sheet_is_light_and_fetches_nothing():
    """No colour of its own, nothing from elsewhere, and lines with room for marks."""
    bare = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
    assert not re.search(r"url\(|@import|@font-face|#[0-9a-f]{3,8};", bare)
    assert len(gzip.compress(CSS.encode())) < 3_000
    assert set(re.findall(r"var\((--[a-z-]+)\)", bare)) <= set(re.findall(r"(--[a-z-]+):", CHAT_CSS))
    assert min(float(height) for height in re.findall(r"line-height: ([\d.]+);", bare)) >= 1.5
