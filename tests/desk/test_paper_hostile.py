"""T21: whatever somebody writes is drawn as text: never read as markup, as data or as a name of a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random

import pytest

from bot.desk.paper import MOST_SHEETS, Asked, Sheet, print_form, typesetter
from bot.desk.paper.arranging import arrange
from bot.desk.paper.letters import to_tokens
from bot.form.record import Record
from tests.depth import pick
from tests.desk.papers import AT, fill, list_signs, official, read_whole, sheet, squeeze

#: Markup of the typesetter, of its neighbours, and what breaks out of strings.
MARKUP = (
    '#import "@preview/x:0.1.0": *', "#sys.inputs", '#read("/etc/passwd")', '#eval("1")', "#panic()", "#let x = 1",
    "#set text(size: 1pt)", "#show: none", "#{", "}#", "$x^2$", "$", "*粗*", "_斜_", "@ref", "<label>", "<start-0>",
    "<end-0>", "\\", "\\#", "\\u{41}", "`raw`", "```", "~", "--", "---", "...", "= 題", "- 項", "+ 項", "/ 詞: 義",
    "// 註", "/* 註 */", "https://evil.example/?a=b#c", '"', "'", "“”", "'; drop table", "&lt;", "&#x41;",
    "<?xml version='1.0'?>", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>", "&e;", "]]>", "<script>alert(1)",
    '"}], "demo": true', '","sheets":[', '\\"', "\\n", "{{7*7}}", "${x}", "%PDF-1.7", "endstream", "(x) Tj", "=1+1",
    "[U+0041]", "■", "□", "◇", "第1／9頁",
)  # fmt: skip
#: What acts without being seen, or cannot be drawn.
ODD = (
    "\x00", "\x07", "\x1b[31m", "\x7f", "\x85", "\u202e", "\u2066", "\u2069", "\u200e", "\u200b", "\ufeff", "\u2028",
    "\ud800", "\udfff", "\ufffe", "\U0010ffff", "\ue000", "😢", "👩‍👩‍👧", "🇹🇼", "e\u0301\u0302\u0303", "\u0301", "\u3099",
    "\t", "\r\n", "\n", "\u00a0", "\u3000", "\u00ad", "﷽", "𒐫", "ㅤ", "\ufe0f", "葛\U000e0100", "سلام", "नमस्ते",
)  # fmt: skip
WORDS = (
    "他",
    "說",
    "要",
    "傳",
    "出去",
    "我",
    "很怕",
    "please",
    "giúp",
    "ช่วย",
    "０９１２",
    "，",
    "。",
    "（",
    "）",
    " ",
)
#: As many records as the rule asks for (by night), and as many of them on the whole form as there is time for.
ALL, WHOLE = pick(10_000, 2_000), pick(300, 80)


def _write(random: Random, longest: int) -> str:
    pieces = [random.choice(random.choice((MARKUP, ODD, WORDS))) for _ in range(random.randint(1, longest))]
    return "".join(pieces)


def _records(seed: int, count: int, *, longest: int, most: int = 999) -> Iterator[Record]:
    """Records with hostile words in every field, boxes among them; or in `most` fields and the name."""
    random = Random(seed)
    keys = list(official().fields)
    for number in range(count):
        chosen = {"name", *random.sample(keys, min(most, len(keys)))}
        fields = {key: _write(random, longest) for key in keys if key in chosen}
        yield fill(fields, told=tuple(fields), id_=f"{number:08d}-{_write(random, 2)}")


def _ask(record: Record) -> tuple[Asked, ...]:
    """Its story again, as a correction."""
    return (Asked("correct", AT, record.fields.get("story", "")),)


def _expect(text: str) -> str:
    return squeeze("".join(to_tokens(text)))


def _plain(text: str) -> str:
    """Without what a reader of PDF may put elsewhere: marks around letters and the scripts that have them."""
    return "".join(sign for sign in text if sign.isascii() or "\u4e00" <= sign <= "\u9fff")


@pytest.mark.parametrize("payload", MARKUP)
def test_markup_is_printed_as_it_was_written(payload):
    """In every field at once, letter by letter."""
    fields = {key: payload for key, one in official().fields.items() if not one.options}
    requests = (Asked("correct", AT, payload),)
    text = read_whole(print_form([sheet(fields, requests=requests)], demo=False).pdf)
    assert text.count(squeeze(payload)) >= len(fields) + 1


@pytest.mark.parametrize("seed", range(4))
def test_hostile_records_make_whole_forms(seed):
    """Every one is printed, nothing runs over the edge, and its words are found again."""
    records = list(_records(seed, WHOLE // 4, longest=6))
    for at in range(0, len(records), MOST_SHEETS):
        batch = [
            Sheet(record, official(), requests=_ask(record)) for record in records[at : at + MOST_SHEETS]
        ]
        printed = print_form(batch, demo=False)
        assert printed.missing == ()
        text = _plain(read_whole(printed.pdf))
        assert [one.short_id for one in batch if _plain(_expect(one.fields["name"])) not in text] == []
        assert max(sign.right for sign in list_signs(printed.pdf)) < 595 - 35


#: The template with all that reads what somebody wrote, and lines in place of the form: so that there is time for all.
_FLAT = """
#set page(width: 4000pt, margin: 4mm)
#set text(size: 4pt)
#for sheet in given.sheets [
  #for tokens in sheet.texts.values() { run(tokens, size: 4pt) }
  #asked-line(sheet)#for one in sheet.asked { run(one.words, size: 4pt) }
  #run(sheet.story, size: 4pt)#sheet.address.parts.values().join()#run(sheet.address.at("written", default: ()), size: 4pt)
  #for (label, value) in sheet.rest { run(label, size: 4pt) + run(value, size: 4pt) }#run((sheet.id,), size: 4pt)
]
"""


@pytest.mark.parametrize("seed", range(5))
def test_ten_thousand_hostile_records_compile(seed, tmp_path, monkeypatch):
    """T21: as JSON through the template's own functions; what the layout does with them is tested above."""
    template = (typesetter.HERE / "form.typ").read_text("utf-8").partition("// ─── Pages")[0]
    (tmp_path / "form.typ").write_text(template + _FLAT, "utf-8")
    (tmp_path / "fonts").symlink_to(typesetter.HERE / "fonts")
    (tmp_path / "root").mkdir()
    monkeypatch.setattr(typesetter, "HERE", tmp_path)
    records = list(_records(100 + seed, ALL // 5, longest=3, most=6))
    sheets = [arrange(Sheet(record, official(), requests=_ask(record))) for record in records]
    pdf = typesetter.typeset(json.dumps({"demo": False, "sheets": sheets}), root=tmp_path / "root")
    text = _plain(read_whole(pdf))
    assert [one.handoff_id[:8] for one in records if _plain(_expect(one.fields["name"])) not in text] == []
