"""Forms to print, and how to read a printed one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pypdfium2
import pypdfium2.raw as pdfium

from bot.desk.paper import Sheet
from bot.form.model import Form
from bot.form.parse import parse_form
from bot.form.record import Consent, Record

FLOWS = Path(__file__).parent.parent.parent / "flows"
ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
AT = datetime(2026, 11, 21, 18, tzinfo=UTC)
AGREED = {"contact": True, "special": True, "refer": True, "safe_person": False}
#: Somebody who filled in a little of everything. Nobody real.
SOMEBODY = {
    "name": "陳怡君",
    "gender": "female",
    "birth": "1990-05-20",
    "id_number": "A234567893",
    "foreign_worker": "no",
    "schooling": "college_leave",
    "disability": "suspected",
    "disability_kind": "聽覺",
    "county": "臺北市",
    "district": "中山區",
    "address": "福安里3鄰中山北路二段12巷3弄5之1號6樓",
    "address_secret": "yes",
    "phone_home": "02-2345-6789",
    "phone_mobile": "0912-345-678",
    "contact_time": "平日晚上七點後",
    "contact_way": "先傳簡訊再打",
    "call_number": "mobile",
    "may_say": "說是牙醫診所約診",
    "if_other": "wrong_number",
    "may_text": "yes",
    "urgency": "days",
    "speak": "中文",
    "story": "他說不復合就要傳給我的同事。\n我都存下來了。",
    "needs": "counselling,legal",
    "types": "t4,t6",
}
#: Between two pages of one form, with the neighbour of the cell that is known to be cut there.
PAGE_TURN = re.compile(r"(是否為外籍勞工□是□否)?編號\w{8}填表日[^第]*第\d／\d頁※密件.*?編號\w{8}第\d／\d頁")
LONG = "".join(f"第{number}天他又傳訊息來，說要把影片傳給我的家人，我很害怕。" for number in range(1, 80))[
    :2000
]


@cache
def official() -> Form:
    """The form as flows/ has it."""
    return parse_form(
        *((FLOWS / f"{name}.toml").read_text("utf-8") for name in ("form", "places", "consent"))
    )


def fill(
    fields: Mapping[str, str], *, uses: Mapping[str, bool] = AGREED, told: tuple[str, ...] = (), id_: str = ID
) -> Record:
    """A record with these fields. `told`: those that the conversation filled."""
    consent = Consent("c", "2026-11-21", "3fa9c0d1e2b4" + "0" * 52, "1" * 64, "zh_TW", AT, dict(uses))
    return Record(id_, "adult", "112-02-15", AT, "zh_TW", ("age1",), consent, dict(fields), told)


def sheet(fields: Mapping[str, str] = SOMEBODY, **more: object) -> Sheet:
    """A sheet with these fields; `added`, `centre` and `requests` are the sheet's, the rest is the record's."""
    own = {key: more.pop(key) for key in ("added", "centre", "requests") if key in more}
    return Sheet(fill(fields, **more), official(), **own)


def with_id(one: Sheet, id_: str) -> Sheet:
    """The same sheet of another handoff."""
    return replace(one, record=replace(one.record, handoff_id=id_))


def read_pages(pdf: bytes) -> list[str]:
    """The text of each page, as any reader of PDF finds it."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


def squeeze(text: str) -> str:
    """A text without its spaces and line ends: these depend on where a line ended."""
    return re.sub(r"\s", "", unicodedata.normalize("NFC", text))


def read_whole(pdf: bytes) -> str:
    """All text of a document, squeezed."""
    return squeeze("".join(read_pages(pdf)))


def list_signs(pdf: bytes) -> Iterator[SimpleNamespace]:
    """Every character with its page, place (points from the left and from below) and size."""
    with pypdfium2.PdfDocument(pdf) as document:
        for number, page in enumerate(document):
            text = page.get_textpage()
            for index in range(text.count_chars()):
                sign = chr(pdfium.FPDFText_GetUnicode(text, index))
                if sign.isspace():
                    continue
                left, bottom, right, top = text.get_charbox(index)
                size = pdfium.FPDFText_GetFontSize(text, index)
                yield SimpleNamespace(
                    sign=sign, page=number, left=left, bottom=bottom, right=right, top=top, size=size
                )
