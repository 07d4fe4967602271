"""The form as it is used, every field of it, through every table; and a great many odd words at once."""

from __future__ import annotations

import csv
import io
import json
import random
import unicodedata
from pathlib import Path

import pytest

from bot.desk.as_csv import write_csv
from bot.desk.as_xlsx import write_xlsx
from bot.desk.safe_text import GUARD, escape_controls, strip_controls
from bot.desk.table import Table, name_fields
from bot.form.model import Field, Form
from bot.form.parse import parse_form
from tests.desk.export_cast import NOW, make_content, store
from tests.desk.hostile_text import HOSTILE
from tests.desk.test_export import Format, export_all, make_validator, read_json, read_rows
from tests.desk.test_export_sheet import read_back
from tests.desk.test_export_text import ACTING

FLOWS = Path(__file__).parent.parent.parent / "flows"
SEED = 20_261_121
#: Beside any character: those that formulas, markup, escapes and directions are made of.
SPECIAL = "=+-@＝＋－＠'\"<>&_x0041;,|\t\n\r\x00\x1b\x9b\u202e\u2066\u200f\ufeff\u200b\ufffe\uffff😀𠮷\u0301ขำ 0912/:%"


@pytest.fixture(scope="module")
def form() -> Form:
    return parse_form(
        *((FLOWS / name).read_text("utf-8") for name in ("form.toml", "places.toml", "consent.toml"))
    )


def fill(one: Field) -> str:
    """Something that fits a field."""
    match one.kind:
        case "choice" | "choices":
            return one.options[-1].id
        case "birth":
            return "1990-05-20"
        case "identity":
            return "A123456789"
        case "county":
            return "臺北市"
        case "phone":
            return "02-2345-6789#12"
    return f"{one.key[:5]}字"


def make_whole(form: Form) -> dict[str, str]:
    return {one.key: fill(one) for one in form.fields.values() if one.filled_by == "person"}


def test_every_field_of_the_form_comes_out(form: Form) -> None:
    """In JSON as it was sealed and as the schema allows it; in tables under its label."""
    fields = make_whole(form)
    content = make_content(fields=fields, form={"id": form.id, "version": form.version})
    whole = read_json(export_all(store(content), form=form))

    make_validator().validate(whole)
    assert whole["handoffs"][0]["record"] == content
    formats: tuple[Format, ...] = ("csv", "xlsx")
    for fmt in formats:
        [row] = read_rows(export_all(store(content), fmt=fmt, form=form))
        for name, one in zip(name_fields(form), form.fields.values(), strict=True):
            said = one.options[-1].label if one.options else fields.get(one.key, "")
            assert row[name].startswith(said), one.key


def test_headings_are_told_apart(form: Form) -> None:
    """Nobody calls the office's number for the person's."""
    names = name_fields(form)
    assert len(set(names)) == len(names)
    assert "轉介單位 電話" in names


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_hostile_words_in_every_field_of_the_form(form: Form, fmt: Format) -> None:
    """T17, T18, T19: also where a record holds words in a field for options."""
    keys = [one.key for one in form.fields.values() if one.filled_by == "person"]
    texts = [text for text in HOSTILE.values() if "_x00" not in text and "," not in text]
    handoffs = [
        store(make_content(number, dict.fromkeys(keys, text), form={"id": form.id, "version": form.version}))
        for number, text in enumerate(texts)
    ]
    rows = read_rows(export_all(*handoffs, fmt=fmt, form=form))
    names = [
        name for name, one in zip(name_fields(form), form.fields.values(), strict=True) if one.key in keys
    ]

    assert len(rows) == len(texts)
    for text, row in zip(texts, rows, strict=True):
        shown = {row[name].partition("（民國")[0].removesuffix(" 歲") for name in names}
        assert shown == {strip_controls(text)}


def make_odd_words(count: int) -> list[str]:
    chance = random.Random(SEED)
    anything = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) != "Cs"]
    return [
        "".join(
            chance.choice(SPECIAL if chance.random() < 0.7 else anything) for _ in range(chance.randrange(24))
        )
        for _ in range(count)
    ]


def test_twenty_thousand_odd_words() -> None:
    """T17, R15: none stops an export, none is changed, nothing that acts comes out. The seed is in this file."""
    words = make_odd_words(20_000)
    told = [strip_controls(one) for one in words]
    table = Table(("words", "end"), tuple((one, "end") for one in told))

    written = write_csv(table).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(written, newline=""), strict=True))[1:]
    assert [cell.removeprefix(GUARD) for cell, _ in rows] == told
    assert [row[0] for row in read_back(write_xlsx(table, now=NOW, demo=False))[1:]] == told
    escaped = escape_controls(json.dumps(words, ensure_ascii=False))
    assert json.loads(escaped) == words
    assert not ACTING.search(written.replace("\r\n", "\n"))
    assert not ACTING.search(escaped)
