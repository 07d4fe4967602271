"""
What a real spreadsheet makes of an export: text and nothing but text.

Source: SECURITY T18. Two starts of LibreOffice, each in a profile of its own; it is never given the network.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.desk.export import Format
from bot.desk.safe_text import strip_controls
from tests.desk.export_cast import FIELDS, FORM, make_stored
from tests.desk.hostile_text import HOSTILE, LONG
from tests.desk.test_export import export_all
from tests.lacking import miss

#: One process opens the files for all of them.
pytestmark = pytest.mark.xdist_group("libreoffice")

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
#: Comma, double quote, UTF-8, from the first line; not even cells in quotes are text, and whatever looks like a number or a
#: day becomes one: the most careless way to open it. Source: LibreOffice help, CSV filter options.
CARELESS = "CSV:44,34,76,1,,0,false,true"
#: The longest are cut to what LibreOffice reads into a cell of a CSV: 65,535 UTF-16 units. A form has none so long.
TEXTS = [*HOSTILE.values(), *(text[:32_000] for text in LONG.values())]


@pytest.fixture(scope="module")
def soffice() -> str:
    """LibreOffice Calc; in CI it must be there."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or miss("no LibreOffice on PATH (install libreoffice-calc-nogui)")


@pytest.fixture(scope="module")
def opened(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, ET.Element]:
    """The exports as LibreOffice opens them."""
    folder = tmp_path_factory.mktemp("libreoffice")
    handoffs = [make_stored(number, fill(text)) for number, text in enumerate(TEXTS)]
    formats: tuple[Format, ...] = ("csv", "xlsx")
    for fmt in formats:
        [written] = export_all(*handoffs, fmt=fmt).files.values()
        (folder / f"{fmt}.{fmt}").write_bytes(written)
    convert(soffice, folder, "xlsx.xlsx")
    convert(soffice, folder, "csv.csv", f"--infilter={CARELESS}")
    return {fmt: ET.parse(folder / f"{fmt}.fods").getroot() for fmt in formats}  # noqa: S314 - of our own making


def fill(text: str) -> dict[str, str]:
    """The text in every field that takes words, and a number as the form writes one."""
    keys = [one.key for one in FIELDS if one.kind in {"text", "long_text"} and one.filled_by == "person"]
    return {
        **dict.fromkeys(keys, text[:300]),
        "story": text,
        "phone_mobile": "0912-345-678",
        "birth": "1990-05-20",
    }


def convert(soffice: str, folder: Path, name: str, *options: str) -> None:
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    done = subprocess.run(
        [
            soffice,
            "--headless",
            "--norestore",
            profile,
            *options,
            "--convert-to",
            "fods",
            "--outdir",
            ".",
            name,
        ],
        cwd=folder,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def list_rows(root: ET.Element) -> Iterator[list[tuple[str, str]]]:
    """Kind and text of each cell, row by row."""
    for row in root.iter(f"{TABLE}table-row"):
        cells: list[tuple[str, str]] = []
        for cell in row:
            times = min(int(cell.get(f"{TABLE}number-columns-repeated", "1")), 100)
            cells += [(cell.get(f"{OFFICE}value-type", ""), read_cell(cell))] * times
        yield cells


def read_cell(cell: ET.Element) -> str:
    return "\n".join("".join(read_words(line)) for line in cell.findall(f"{TEXT}p"))


def read_words(node: ET.Element) -> Iterator[str]:
    """Undo how the format writes spaces. Source: OpenDocument 1.3, 6.1.2 and on."""
    yield node.text or ""
    for inner in node:
        match inner.tag.removeprefix(TEXT):
            case "s":
                yield " " * int(inner.get(f"{TEXT}c", "1"))
            case "tab":
                yield "\t"
            case "line-break":
                yield "\n"
            case _:
                yield from read_words(inner)
        yield inner.tail or ""


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_nothing_calculates_and_nothing_links(opened: Mapping[str, ET.Element], name: str) -> None:
    """T18: no formula, no result, no link; every cell is text, also in a CSV that was opened without a thought."""
    root = opened[name]
    kinds = {kind for row in list_rows(root) for kind, _ in row}

    assert kinds == {"", "string"}
    assert not [node.tag for node in root.iter() if node.get(f"{TABLE}formula")]
    assert not [node.tag for node in root.iter() if node.tag == f"{TEXT}a"]


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_the_words_are_those_that_were_written(opened: Mapping[str, ET.Element], name: str) -> None:
    """T19: row by row, put together from their columns, less the mark that CSV needs."""
    head, *rows = [row for row in list_rows(opened[name]) if any(text for _, text in row)]
    names = [text for _, text in head]

    assert len(rows) == len(TEXTS)
    for text, row in zip(TEXTS, rows, strict=True):
        shown = dict(zip(names, (cell for _, cell in row), strict=False))
        label = FORM.fields["story"].label
        story = "".join(cell for column, cell in shown.items() if column.startswith(label))
        mark = "" if name == "xlsx" else "'"
        assert story.removeprefix(mark) == strip_controls(text)
        assert shown["電話【手機】"] == "0912-345-678"
        assert shown["出生日期或年齡"] == "1990-05-20（民國 79 年）"


def test_the_small_form_has_every_kind_of_words() -> None:
    """So that what is shown here holds for the whole form, whose fields are of the same kinds."""
    kinds = {one.kind for one in FIELDS}
    assert {"text", "long_text", "choice", "choices", "birth", "phone"} <= kinds
