"""Ways out that are files: the paper, and an export in each of its formats."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path

from bot.desk.paper import Asked, Sheet, typesetter
from bot.desk.paper.arranging import arrange
from bot.desk.paper.letters import to_tokens
from bot.desk.safe_text import GUARD, strip_controls
from bot.desk.table import say_value
from tests.desk.export_cast import make_content, store
from tests.desk.papers import AT, fill, official, read_whole, squeeze
from tests.desk.test_export import export_all
from tests.desk.test_export_sheet import read_back
from tests.fuzz.fields import DIRECTIONS, Complaint, find_form, spread, whole

# Paper


#: The template's own functions on lines of text in place of the form, so that there is time for all; see tests/desk/test_paper_hostile.py.
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


@cache
def _flat_press() -> Path:
    """Lay the flat template beside the fonts, for as long as the process lives."""
    folder = Path(tempfile.mkdtemp(prefix="frontdoor-fuzz-paper-"))
    Finalize(None, shutil.rmtree, (folder, True), exitpriority=1)  # also where a pool ends its process
    here = Path(typesetter.__file__).resolve().parent
    template = (here / "form.typ").read_text("utf-8").partition("// ─── Pages")[0]
    (folder / "form.typ").write_text(template + _FLAT, "utf-8")
    (folder / "fonts").symlink_to(here / "fonts")
    (folder / "root").mkdir()
    return folder


def print_paper(texts: Sequence[str]) -> Iterator[Complaint]:
    """Print them: as text that can be found again on the paper."""
    records = [
        fill(fields, id_=f"{number:08d}")
        for number, fields in enumerate(spread([whole(text) for text in texts]))
    ]
    sheets = [
        Sheet(record, official(), requests=(Asked("correct", AT, next(iter(record.fields.values()), "")),))
        for record in records
    ]
    folder, before = _flat_press(), typesetter.HERE
    typesetter.HERE = folder
    try:
        pdf = typesetter.typeset(
            json.dumps({"demo": False, "sheets": [arrange(one) for one in sheets]}), root=folder / "root"
        )
    finally:
        typesetter.HERE = before
    printed = read_whole(pdf)
    if not DIRECTIONS.isdisjoint(printed):
        yield "a bidi control comes out", "paper"
    signs = _plain(printed)
    for record in records:
        for key in ("name", "story"):
            if _plain(_expect(record.fields.get(key, ""))) not in signs:
                yield "a text is not found on the paper", key


def _expect(text: str) -> str:
    return squeeze("".join(to_tokens(text)))


def _plain(text: str) -> str:
    """Only signs that every reader of PDF puts where they are: letters may have marks, which it may take apart."""
    return "".join(
        sign for sign in text if (sign.isascii() and not sign.isalpha()) or "\u4e00" <= sign <= "\u9fff"
    )


# Exports


def export_files(texts: Sequence[str]) -> Iterator[Complaint]:
    """Export them in each format: read back, they are what was sealed but for controls, and no cell calculates."""
    form = find_form()
    told = [{key: whole(text) for key, text in fields.items()} for fields in spread(texts)]
    contents = [
        make_content(number, fields, form={"id": form.id, "version": form.version})
        for number, fields in enumerate(told)
    ]
    handoffs = [store(content) for content in contents]
    [written] = export_all(*handoffs, fmt="json", form=form).files.values()
    if not DIRECTIONS.isdisjoint(written.decode()):
        yield "a bidi control comes out", "json"
    if [one["record"] for one in json.loads(written)["handoffs"]] != contents:
        yield "a record is not what was sealed", "json"
    [table] = export_all(*handoffs, fmt="csv", form=form).files.values()
    yield from _check_csv(table.decode("utf-8-sig"), told)
    [book] = export_all(*handoffs, fmt="xlsx", form=form).files.values()
    cells = read_back(book)[1:]
    if not DIRECTIONS.isdisjoint("".join(cell for row in cells for cell in row)):
        yield "a bidi control comes out", "xlsx"
    yield from _check_cells("xlsx", cells, told)


def _check_csv(written: str, told: Sequence[Mapping[str, str]]) -> Iterator[Complaint]:
    if not DIRECTIONS.isdisjoint(written):
        yield "a bidi control comes out", "csv"
    rows = list(csv.reader(io.StringIO(written, newline=""), strict=True))[1:]
    if any(cell.lstrip().startswith(tuple("=+-@＝＋－＠")) for row in rows for cell in row):
        yield "a cell calculates", "csv"
    yield from _check_cells("csv", [[cell.removeprefix(GUARD) for cell in row] for row in rows], told)


def _check_cells(
    fmt: str, rows: Sequence[Sequence[str]], told: Sequence[Mapping[str, str]]
) -> Iterator[Complaint]:
    if len(rows) != len(told):
        yield "rows were lost or made", fmt
        return
    for row, fields in zip(rows, told, strict=True):
        joined = "".join(row)  # what is too long for a cell goes on in the next
        for key, text in fields.items():
            if strip_controls(say_value(find_form().fields[key], text)) not in joined:
                yield "a text does not come out whole", f"{key} of {fmt}"
