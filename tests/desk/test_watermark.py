"""Who took an export out stands on every page, row and envelope of it, and is in nobody's way."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import openpyxl
import pypdfium2
import pytest

from bot.desk.as_xlsx import write_xlsx
from bot.desk.export import Format
from bot.desk.paper import Sheet, print_sheet
from bot.desk.table import Table
from bot.desk.watermark import COMMAND_LINE, Watermark
from tests.desk.export_cast import NOW, forge, make_id, make_stored
from tests.desk.papers import LONG, SOMEBODY, list_signs, read_pages, sheet, squeeze
from tests.desk.test_export import MARK, export_all, make_validator, read_csv, read_json, read_rows

AT = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
SAID = "匯出：林社工　2026-11-22 00:30（臺灣時間）　匯出編號 3f2a1b2c"
PLAIN = Watermark("林社工", AT, "3f2a1b2c-0000-4000-8000-000000000000")
#: What a fax sends at its coarsest, in points: 98 lines an inch. Source: ITU-T T.4.
FAX_SCALE = 98 / 72


def test_it_says_who_when_and_which() -> None:
    """The time of a clock in Taiwan, on whose day it may be tomorrow already."""
    assert PLAIN.say() == SAID
    assert PLAIN.short_id == "3f2a1b2c"


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        ("a\u202eb\x1b[31m\nc\t d", "ab[31m c d"),
        ("名" * 64, "名" * 40 + "…"),
        ("名" * 40, "名" * 40),
        (COMMAND_LINE, "command line"),
    ],
)
def test_nothing_in_a_name_acts_or_breaks_the_line(who: str, shown: str) -> None:
    """T17: it is one line, whatever an account is called."""
    assert replace(PLAIN, who=who).say() == SAID.replace("林社工", shown)


# ─── On paper ─────────────────────────────────────────────────────────────────


def test_every_page_of_the_form_carries_it() -> None:
    """And is otherwise the page that it would be without."""
    one = sheet({**SOMEBODY, "story": LONG})
    marked = read_pages(print_sheet(replace(one, mark=SAID), demo=False))
    plain = read_pages(print_sheet(one, demo=False))

    assert len(marked) == len(plain) == 2
    for with_it, without in zip(marked, plain, strict=True):
        assert squeeze(with_it) == squeeze(without) + squeeze(SAID)


def test_it_hides_nothing() -> None:
    """It stands below everything else, within what a printer can reach: 5 mm from the edge and more."""
    pdf = print_sheet(replace(sheet({**SOMEBODY, "story": LONG}), mark=SAID), demo=True)
    for page in range(2):
        signs = [sign for sign in list_signs(pdf) if sign.page == page]
        length = len(squeeze(SAID))
        mark, rest = signs[-length:], signs[:-length]
        assert "".join(sign.sign for sign in mark) == squeeze(SAID)
        assert max(sign.top for sign in mark) < min(sign.bottom for sign in rest)
        assert min(sign.bottom for sign in mark) > 5 * 72 / 25.4


def test_a_fax_keeps_it() -> None:
    """Black on white with no grey between: as many dark dots as black letters leave, even at the coarsest."""
    pdf = print_sheet(replace(sheet(), mark=SAID), demo=False)
    with pypdfium2.PdfDocument(pdf) as document:
        bitmap = document[0].render(scale=FAX_SCALE, grayscale=True)
        rows = bytes(bitmap.buffer)
        foot = rows[-bitmap.stride * round(11 / 25.4 * 98) :]
    assert sum(dot < 128 for dot in foot) > 500


def test_a_name_of_strange_letters_is_drawn_or_named() -> None:
    """T21: it goes through the same sieve as what people wrote."""
    mark = replace(PLAIN, who='#panic("x") \U0001f600 *b*').say()
    [page] = read_pages(print_sheet(replace(sheet(), mark=mark), demo=False))
    assert '#panic("x")' in page
    assert "*b*" in page


# ─── In files ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_each_row_of_a_table_carries_it(fmt: Format) -> None:
    """Also the rows of what could not be read: a row that is copied elsewhere tells where it came from."""
    rows = read_rows(export_all(make_stored(1), forge(make_stored(2)), fmt=fmt))
    assert [row["匯出紀錄"] for row in rows] == [MARK.say()] * 2
    assert "林社工" in MARK.say()


def test_the_list_of_what_failed_carries_it() -> None:
    files = export_all(forge(make_stored(1)), fmt="pdf").files
    [row] = read_csv(files["handoffs-2026-11-22.failures.csv"])
    assert row["匯出紀錄"] == MARK.say()


def test_the_form_is_printed_with_it() -> None:
    shown: list[str] = []

    def print_nothing(sheet: Sheet, *, demo: bool) -> bytes:
        shown.append(sheet.mark)
        return b"%PDF"

    export_all(make_stored(1), fmt="pdf", printer=print_nothing)
    assert shown == [MARK.say()]


def test_a_workbook_prints_it_at_the_foot_of_each_page() -> None:
    [written] = export_all(make_stored(1), fmt="xlsx").files.values()
    footer = openpyxl.load_workbook(io.BytesIO(written)).worksheets[0].oddFooter
    assert footer.left.text == MARK.say()


@pytest.mark.parametrize("name", ["R&D", "&Z&F&A", "&&", "&", '&"Symbol"'])
def test_a_name_gives_the_foot_of_a_workbook_no_commands(name: str) -> None:
    """T18: &F would print the file's name, &Z the folder."""
    said = replace(PLAIN, who=name).say()
    written = write_xlsx(Table(("a",), (("b",),)), now=NOW, demo=False, footer=said)
    with zipfile.ZipFile(io.BytesIO(written)) as book:
        found = re.search("<oddFooter>(.*?)</oddFooter>", book.read("xl/worksheets/sheet1.xml").decode())
    assert found
    told = found[1].replace("&quot;", '"').replace("&amp;", "&")
    assert told == "&L" + said.replace("&", "&&")


def test_the_longest_name_fits_the_foot_of_a_workbook() -> None:
    """Excel takes 255 characters, and the writer drops what is longer with a warning, which is an error here."""
    said = replace(PLAIN, who="&" * 200).say()
    assert write_xlsx(Table(("a",), ()), now=NOW, demo=False, footer=said)


def test_json_says_it_beside_the_records() -> None:
    """As a key of its own that older readers need not know; the version stays."""
    whole = read_json(export_all(make_stored(1)))
    make_validator().validate(whole)
    assert whole["exported"] == {"by": "林社工", "at": "2026-11-21T18:30:00Z", "id": make_id(900_000)}
    assert whole["version"] == 1
    assert "exported" not in whole["handoffs"][0]["record"]


def test_json_from_before_is_still_of_the_same_shape() -> None:
    """A file that was kept can be checked against the schema of today; one that says half of it cannot."""
    whole = read_json(export_all(make_stored(1)))
    old = {key: value for key, value in whole.items() if key != "exported"}
    make_validator().validate(old)
    assert not make_validator().is_valid({**whole, "exported": {"by": "x"}})


def test_a_name_that_acts_is_written_so_that_it_does_not() -> None:
    """T18: in JSON every character of it is kept."""
    mark = replace(MARK, who="=1+1\u202e\x1b")
    [written] = export_all(make_stored(1), mark=mark).files.values()
    assert json.loads(written)["exported"]["by"] == mark.who
    assert "\u202e" not in written.decode()
    [row] = read_rows(export_all(make_stored(1), fmt="csv", mark=mark))
    assert row["匯出紀錄"].startswith("匯出：=1+1　")
