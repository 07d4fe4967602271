"""A workbook in which all is text: nothing calculates, nothing links, nothing is cut."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.desk import as_xlsx
from bot.desk.as_xlsx import MOST_UNITS, SheetFull, split_cell, write_xlsx
from bot.desk.safe_text import strip_controls
from bot.desk.table import Table
from tests.desk.export_cast import NOW
from tests.desk.hostile_text import HOSTILE, LONG

SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TEXTS = {name: strip_controls(text) for name, text in HOSTILE.items()}
LONG_TEXTS = {name: strip_controls(text) for name, text in LONG.items()}


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def read_back(written: bytes) -> list[list[str]]:
    """The cells as Excel reads them, each of which must be a shared string."""
    parts = read_parts(written)
    strings = ["".join(read_runs(item)) for item in parse(parts["xl/sharedStrings.xml"])]
    rows: list[dict[str, str]] = []
    for row in parse(parts["xl/worksheets/sheet1.xml"]).iter(f"{SPACE}row"):
        cells = {one.attrib["r"].rstrip("0123456789"): one for one in row}
        assert {one.attrib.get("t") for one in cells.values() if len(one)} <= {"s"}
        rows += [{}] * (int(row.attrib["r"]) - 1 - len(rows))  # rows with nothing in them are not written
        rows.append(
            {column: strings[int(one.findtext(f"{SPACE}v", ""))] for column, one in cells.items() if len(one)}
        )
    columns = sorted(rows[0])
    return [[row.get(column, "") for column in columns] for row in rows]


def read_runs(item: ET.Element) -> list[str]:
    """Undo the format's own escapes in each run. Source: ECMA-376, ST_Xstring."""
    texts = [one.text or "" for one in item.iter(f"{SPACE}t")]
    return [re.sub("_x([0-9a-fA-F]{4})_", lambda code: chr(int(code[1], 16)), text) for text in texts]


def parse(part: str) -> ET.Element:
    return ET.fromstring(part)  # noqa: S314 - we wrote it a moment ago


def read_parts(written: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(written)) as whole:
        return {name: whole.read(name).decode() for name in whole.namelist()}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_text_comes_back_as_it_was(text: str) -> None:
    """T18, T19: characters in, characters out, typed as text."""
    written = write_xlsx(Table(("a", "b"), ((text, "end"),)), now=NOW, demo=False)

    assert read_back(written) == [["a", "b"], [text, "end"]]


def test_another_library_reads_the_same() -> None:
    """T19: except for the format's own escapes, which it does not undo."""
    texts = [text for text in TEXTS.values() if "_x" not in text]
    written = write_xlsx(Table(("a",), tuple((text,) for text in texts)), now=NOW, demo=False)
    sheet = openpyxl.load_workbook(io.BytesIO(written)).worksheets[0]
    cells = [sheet.cell(number, 1) for number in range(2, len(texts) + 2)]

    assert [cell.value or "" for cell in cells] == texts
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


def test_nothing_in_the_file_calculates_or_links() -> None:
    """T18: unzipped, there is no formula, no hyperlink, no relation to anything outside; every part is sound XML."""
    rows = tuple((text, text) for text in (*TEXTS.values(), *LONG_TEXTS.values()))
    parts = read_parts(write_xlsx(Table(("=1+1", "https://example.org"), rows), now=NOW, demo=True))

    for name, part in parts.items():
        parse(part)
        assert not re.search(r"<f[ >/]|<hyperlink", part), name
        assert 'TargetMode="External"' not in part
    assert not [name for name in parts if "media" in name or "vba" in name or "externalLink" in name]


@pytest.mark.parametrize("text", LONG_TEXTS.values(), ids=LONG_TEXTS)
def test_long_text_goes_on_in_columns_beside_it(text: str) -> None:
    """T19: a cell holds 32,767 UTF-16 units; the pieces together are the text, and the row stays one."""
    head, row = read_back(write_xlsx(Table(("story", "after"), ((text, "end"),)), now=NOW, demo=False))

    pieces = -(-units(text) // MOST_UNITS)
    assert head[:3] == ["story", "story（續 2）", "story（續 3）"]
    assert len(head) >= pieces + 1
    assert head[-1] == "after"
    assert row[-1] == "end"
    assert "".join(row[:-1]) == text


@given(st.text(), st.integers(0, MOST_UNITS))
@settings(max_examples=50, deadline=None)
def test_pieces_are_the_text_and_fit(tail: str, filling: int) -> None:
    """R15: whatever stands at the place where it is cut."""
    tail = strip_controls(tail)
    text = "x" * (MOST_UNITS - filling % 7) + tail + "😀" * (filling % 5) + "y" * filling
    pieces = split_cell(text)

    assert "".join(pieces) == text
    assert all(units(piece) <= MOST_UNITS for piece in pieces)


def test_text_that_just_fits_stays_whole() -> None:
    assert split_cell("") == [""]
    assert len(split_cell("長" * MOST_UNITS)) == 1
    assert len(split_cell("長" * (MOST_UNITS + 1))) == 2
    assert len(split_cell("😀" * (MOST_UNITS // 2))) == 1
    assert len(split_cell("😀" * (MOST_UNITS // 2 + 1))) == 2


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_any_table_comes_back(rows: list[list[str]]) -> None:
    """R15: whatever people write."""
    told = tuple(tuple(strip_controls(cell) for cell in row) for row in rows)
    written = write_xlsx(Table(("a", "b"), told), now=NOW, demo=False)
    for part in read_parts(written).values():
        parse(part)
    shown = [tuple(row) for row in read_back(written)[1:]]
    shown += [("", "")] * (len(told) - len(shown))  # rows at the end with nothing in them are not written
    assert shown == list(told)


def test_the_heading_stays_in_sight_and_can_be_filtered() -> None:
    """For whoever works with it."""
    table = Table(("short", "long"), (("x", "長" * 50), ("y", "")))
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(table, now=NOW, demo=False))).worksheets[0]

    assert sheet.title == "handoffs"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B3"
    assert sheet.column_dimensions["A"].width < sheet.column_dimensions["B"].width
    assert sheet["B2"].alignment.wrap_text
    assert sheet["A2"].quotePrefix


def test_the_demo_says_so_on_the_sheet_and_on_paper() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(Table(("a",), ()), now=NOW, demo=True))).worksheets[
        0
    ]

    assert sheet.title == "DEMO handoffs"
    assert sheet.oddHeader.center.text == "DEMO"


def test_it_is_dated_when_it_was_made() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(Table(("a",), ()), now=NOW, demo=False)))
    assert book.properties.created == NOW.replace(tzinfo=None)
    assert not book.properties.creator


def test_what_a_sheet_cannot_hold_is_an_error_and_no_half_file() -> None:
    """T19: each return code counts; a column too many is one."""
    with pytest.raises(SheetFull):
        write_xlsx(Table(("a",) * 16_385, ()), now=NOW, demo=False)


def test_nothing_is_written_beside_it(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """T8: no temporary file could keep what people wrote; asking for one fails here."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file")

    for name in ("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile"):
        monkeypatch.setattr(tempfile, name, refuse)
    assert write_xlsx(Table(("a",), (("x",),)), now=NOW, demo=False)
    assert as_xlsx.MOST_UNITS == 32_767
