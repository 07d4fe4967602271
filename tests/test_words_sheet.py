"""The sheet for translators: what they write comes back, and nothing else is touched."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.pack import find_data
from bot.voice.catalogs import DOMAIN
from scripts.words_files import (
    CHINESE,
    CONTEXT,
    HEADINGS,
    KEY,
    TRANSLATION,
    SheetRefused,
    read_sheet,
    write_sheet,
)
from scripts.words_po import put_translations, read_translations
from scripts.words_rows import ANYTHING, Row, count_left, describe, find_limit, find_problems, make_rows, sign
from scripts.words_sheet import main
from tests.lacking import miss

LOCALES = sorted(path.parts[-3] for path in find_data("locales").glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
KINDS = ("xlsx", "csv")
#: One process opens the files for all of them.
pytestmark = pytest.mark.xdist_group("libreoffice")

PO = """# Thai. How to translate: docs/translators.md.
msgid ""
msgstr ""
"Language: th\\n"
"X-Review-Status: draft\\n"

#: flows/frontdoor.toml
msgctxt "frontdoor.ways_out.leave"
msgid "離開"
msgstr "ออก"

#: flows/frontdoor.toml
msgctxt "frontdoor.start"
msgid ""
"請打 {number.police_110}。\\n"
"你可以慢慢來。"
msgstr ""
"โทร {number.police_110} (警察)\\n"
"ค่อย ๆ ก็ได้"

#: flows/phrases.toml
msgctxt "interface.comma"
msgid "、"
msgstr ", "

#: flows/facts/common.toml
msgctxt "fact.fine"
msgid "最高 50 萬元。"
msgstr "สูงสุด 500,000 ดอลลาร์ไต้หวัน"

#: flows/phrases.toml
msgctxt "interface.late"
msgid "晚一點"
msgstr ""
"""
LEAVE = ("frontdoor.ways_out.leave", "離開")
START = ("frontdoor.start", "請打 {number.police_110}。\n你可以慢慢來。")
LATE = ("interface.late", "晚一點")
#: What a spreadsheet calculates, opens, rounds or cuts, if it is let.
AWKWARD = (
    "=1+1", '=HYPERLINK("https://example.org","x")', "+886", "-ไม่", "@ชื่อ", "'=1", "'quoted", "''", "1,5", "TRUE", " , ", " a ", "a\nb", 'say "x"', "a;b", "\\n", "1e5",
)  # fmt: skip


@pytest.fixture
def locales(tmp_path: Path) -> Path:
    """Two small catalogues."""
    for locale in ("th", "en"):
        path = tmp_path / "locales" / locale / "LC_MESSAGES" / f"{DOMAIN}.po"
        path.parent.mkdir(parents=True)
        path.write_text(PO, encoding="utf-8")
    return tmp_path / "locales"


@pytest.fixture(params=KINDS)
def sheet(request: pytest.FixtureRequest, tmp_path: Path, locales: Path) -> Path:
    """The Thai sheet, as a workbook and as CSV."""
    path = tmp_path / f"th.{request.param}"
    assert run("out", "th", path, locales) == 0
    return path


def run(way: str, locale: str, sheet: Path, locales: Path, *options: str) -> int:
    return main([way, locale, str(sheet), "--locales", str(locales), *options])


def read_catalogue(locales: Path, locale: str = "th") -> str:
    return (locales / locale / "LC_MESSAGES" / f"{DOMAIN}.po").read_bytes().decode()


def edit(sheet: Path, change: Callable[[list[list[str]]], None]) -> None:
    """Open the sheet as somebody would, change its rows, save it."""
    if sheet.suffix == ".csv":
        with sheet.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        change(rows)
        with sheet.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(rows)
        return
    book = load_workbook(sheet)
    rows = [[str(cell.value or "") for cell in row] for row in book["words"].iter_rows()]
    before = [list(row) for row in rows]
    change(rows)
    for number, row in enumerate(rows):
        for column, said in enumerate(row):
            if number >= len(before) or said != before[number][column]:
                book["words"].cell(number + 1, column + 1).value = said
                book["words"].cell(number + 1, column + 1).data_type = "s"
    for _ in before[len(rows) :]:
        book["words"].delete_rows(len(rows) + 1)
    book.save(sheet)


def find_row(rows: list[list[str]], context: str) -> list[str]:
    return next(row for row in rows if row[CONTEXT] == context)


def write_into(sheet: Path, context: str, said: str, column: int = TRANSLATION) -> None:
    def change(rows: list[list[str]]) -> None:
        find_row(rows, context)[column] = said

    edit(sheet, change)


# ─── There and back ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", LOCALES)
def test_an_unedited_sheet_changes_not_one_byte(locale: str, kind: str, tmp_path: Path):
    """Of the real catalogues: what is in order stays as it is, whoever looked at it."""
    copied = Path(shutil.copytree(find_data("locales"), tmp_path / "locales"))
    before = read_catalogue(copied, locale)
    assert run("out", locale, tmp_path / f"sheet.{kind}", copied) == 0
    assert run("in", locale, tmp_path / f"sheet.{kind}", copied) == 0
    assert read_catalogue(copied, locale) == before


@pytest.mark.parametrize("locale", LOCALES)
def test_every_translation_can_be_put_in_again(locale: str):
    """Written anew, each is written as Babel writes it."""
    text = read_catalogue(find_data("locales"), locale)
    said = read_translations(text)
    emptied = put_translations(text, dict.fromkeys(said, ""))
    assert set(read_translations(emptied).values()) == {""}
    assert put_translations(emptied, said) == text


def test_what_was_written_comes_back_and_nothing_else_changes(sheet: Path, locales: Path, capsys):
    """Only the msgstr of that sentence."""
    write_into(sheet, LEAVE[0], "ออกจากที่นี่")
    assert run("in", "th", sheet, locales) == 0
    assert read_catalogue(locales) == PO.replace('msgstr "ออก"', 'msgstr "ออกจากที่นี่"')
    assert "1 translations changed" in capsys.readouterr().out


def test_a_dry_run_says_it_and_writes_nothing(sheet: Path, locales: Path, capsys):
    """So that somebody may look first."""
    write_into(sheet, LEAVE[0], "ออกจากที่นี่")
    assert run("in", "th", sheet, locales, "--dry-run") == 0
    assert read_catalogue(locales) == PO
    told = capsys.readouterr().out
    assert "frontdoor.ways_out.leave: ออกจากที่นี่" in told
    assert "1 translations would change" in told


def test_lines_and_spaces_are_kept(sheet: Path, locales: Path):
    """A message of several lines is written as the catalogue writes them."""
    write_into(sheet, START[0], "โทร {number.police_110}\n\n ค่อย ๆ ")
    assert run("in", "th", sheet, locales) == 0
    assert read_translations(read_catalogue(locales))[START] == "โทร {number.police_110}\n\n ค่อย ๆ "


def test_an_empty_cell_changes_nothing(sheet: Path, locales: Path):
    """Who leaves one empty has no wish."""
    write_into(sheet, LEAVE[0], "")
    assert run("in", "th", sheet, locales) == 0
    assert read_catalogue(locales) == PO


def test_rows_may_be_sorted_left_out_and_apart(sheet: Path, locales: Path):
    """A translator may give back a part, in any order, with empty rows between."""

    def shuffle(rows: list[list[str]]) -> None:
        late = find_row(rows, LATE[0])
        late[TRANSLATION] = "ทีหลัง"
        rows[1:] = [[""] * len(HEADINGS), late]

    edit(sheet, shuffle)
    assert run("in", "th", sheet, locales) == 0
    assert read_translations(read_catalogue(locales)) == {**read_translations(PO), LATE: "ทีหลัง"}


@pytest.mark.parametrize("awkward", AWKWARD)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_calculated_and_everything_comes_back(
    awkward: str, kind: str, tmp_path: Path, locales: Path
):
    """What begins like a formula is text in the file, and the same text when it returns."""
    path = tmp_path / f"th.{kind}"
    po = locales / "th" / "LC_MESSAGES" / f"{DOMAIN}.po"
    po.write_text(put_translations(PO, {LATE: awkward}), encoding="utf-8")
    assert run("out", "th", path, locales) == 0
    assert next(line.translation for line in read_sheet(path, "th") if line.context == LATE[0]) == awkward
    if kind == "csv":
        cells = [
            cell for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))) for cell in row
        ]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    else:
        book = load_workbook(path)
        written = [
            cell for row in book["words"].iter_rows() for cell in row if cell.column - 1 == TRANSLATION
        ]
        assert {cell.data_type for cell in written} <= {"s", "n"}
        assert {cell.hyperlink for cell in written} == {None}


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
def test_any_text_comes_back_from_csv(tmp_path_factory: pytest.TempPathFactory, said: str):
    """Whatever is written there."""
    path = tmp_path_factory.mktemp("sheet") / "x.csv"
    write_sheet(path, [Row("interface.late", "晚一點", "later", said, "k0")], "th")
    assert [line.translation for line in read_sheet(path, "th")] == [said]


@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_any_comma_of_csv_is_read(comma: str, tmp_path: Path, locales: Path):
    """Excel takes the one of its country."""
    path = tmp_path / "th.csv"
    assert run("out", "th", path, locales) == 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    find_row(rows, LEAVE[0])[TRANSLATION] = "ออกไป"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=comma).writerows(rows)
    assert run("in", "th", path, locales) == 0
    assert read_translations(read_catalogue(locales))[LEAVE] == "ออกไป"


# ─── Refused, with the row and what to do ─────────────────────────────────────


@pytest.mark.parametrize(
    ("context", "column", "said", "told"),
    [
        (LEAVE[0], CONTEXT, "frontdoor.ways_out.go", "row 2: frontdoor.ways_out.go: there is no such context: put it back"),
        (LEAVE[0], CONTEXT, "", r"row 2: \(no context\): there is no such context"),
        (LEAVE[0], CHINESE, "走", "row 2: .*: the Chinese is not what is said today: put it back, or make a new sheet"),
        (LEAVE[0], TRANSLATION, "ออกจากหน้าแชทนี้ไปเลยตอนนี้", "row 2: .*: 2 letters too long: 20 at most"),
        (START[0], TRANSLATION, "โทร 110", r"row 3: .*: \{number.police_110\} is missing: copy it exactly, once"),
        (START[0], TRANSLATION, "{number.police_110} {number.x}", r"row 3: .*: \{number.x\} is too much"),
        (START[0], TRANSLATION, "{number.police_110} 警察", "row 3: .*: Chinese outside brackets"),
        ("fact.fine", TRANSLATION, "สูงสุด 50,000", "row 5: .*: the number 500000 is missing"),
        (LATE[0], TRANSLATION, "a\u202eb", "row 6: .*: holds a character that nobody sees"),
        (LATE[0], TRANSLATION, "We guarantee it", "row 6: .*: “guarantee.*” promises too much"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_row_and_nothing_is_written(
    sheet: Path, locales: Path, capsys, context: str, column: int, said: str, told: str
):
    """Not even what was right beside it."""
    write_into(sheet, "interface.comma", " / ")
    write_into(sheet, context, said, column)
    assert run("in", "th", sheet, locales) == 1
    assert re.search(told, capsys.readouterr().err)
    assert read_catalogue(locales) == PO


def test_what_somebody_else_changed_since_is_not_overwritten(sheet: Path, locales: Path, capsys):
    """The sheet is stale in that row; a row that was not touched keeps the newer words."""
    newer = PO.replace('msgstr "ออก"', 'msgstr "ไป"')
    (locales / "th" / "LC_MESSAGES" / f"{DOMAIN}.po").write_text(newer, encoding="utf-8")
    assert run("in", "th", sheet, locales) == 0
    assert read_catalogue(locales) == newer
    write_into(sheet, LEAVE[0], "ออกไป")
    assert run("in", "th", sheet, locales) == 1
    assert "row 2: frontdoor.ways_out.leave: it was changed by somebody else since" in capsys.readouterr().err
    assert read_catalogue(locales) == newer


def test_a_sentence_that_stands_there_twice_is_refused(sheet: Path, locales: Path, capsys):
    """Nobody knows which is meant."""
    edit(sheet, lambda rows: rows.append(list(rows[1])))
    assert run("in", "th", sheet, locales) == 1
    assert re.search(r"row 7: .*: stands in row 2 too", capsys.readouterr().err)


def test_a_changed_key_is_a_stale_row(sheet: Path, locales: Path):
    """It cannot be told what it was made from."""
    write_into(sheet, LEAVE[0], "k0", KEY)
    write_into(sheet, LEAVE[0], "ออกไป")
    assert run("in", "th", sheet, locales) == 1
    assert read_catalogue(locales) == PO


def test_a_sheet_of_another_language_is_refused(sheet: Path, locales: Path, capsys):
    """Thai does not go into English."""
    assert run("in", "en", sheet, locales) == 1
    assert "column E is “translation (th)”, this is for “translation (en)”" in capsys.readouterr().err


def test_other_columns_are_refused(sheet: Path, locales: Path, capsys):
    """One was taken out, and the rest has moved."""

    def shift(rows: list[list[str]]) -> None:
        for row in rows:
            row[:] = [*row[1:], ""]

    edit(sheet, shift)
    assert run("in", "th", sheet, locales) == 1
    assert "row 1: " in capsys.readouterr().err


def test_a_formula_of_somebodys_own_is_refused(tmp_path: Path, locales: Path, capsys):
    """We take words; what a program calculates is none."""
    path = tmp_path / "th.xlsx"
    assert run("out", "th", path, locales) == 0
    book = load_workbook(path)
    book["words"]["E2"] = "=A1"
    book["words"]["E4"] = True
    book.save(path)
    assert run("in", "th", path, locales) == 1
    assert "row 2: E2 is a formula: write it as text" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("th.xlsx", b"no zip", "not an Excel workbook"),
        ("th.csv", "context,什麼".encode("big5"), "not UTF-8"),
        ("th.csv", b'"a\x00', "row 1: |cannot be read"),
        ("th.csv", b"", "row 1: the headings are not ours"),
        ("th.ods", b"", "save it as .xlsx or as CSV"),
        ("th.xlsx", None, "there is no such file"),
    ],
)
def test_what_is_no_such_sheet_is_refused(tmp_path: Path, locales: Path, capsys, name, content, told):
    """With what to save it as."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert run("in", "th", tmp_path / name, locales) == 1
    assert re.search(told, capsys.readouterr().err)
    assert read_catalogue(locales) == PO


def test_a_language_that_is_not_there_and_a_name_without_a_kind_are_refused(
    tmp_path: Path, locales: Path, capsys
):
    """Before anything is written."""
    assert run("out", "xx", tmp_path / "x.xlsx", locales) == 1
    assert "there is no such language; there are en, th" in capsys.readouterr().err
    assert run("out", "th", tmp_path / "th.doc", locales) == 1
    assert list(tmp_path.glob("*.*")) == []


# ─── What a translator sees ───────────────────────────────────────────────────


def test_only_translations_can_be_written_into(tmp_path: Path, locales: Path):
    """The rest is locked, lines are wrapped, the heading stays in sight, and the letters have a face with Thai."""
    path = tmp_path / "th.xlsx"
    assert run("out", "th", path, locales) == 0
    sheet = load_workbook(path)["words"]
    assert sheet.protection.sheet
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["H"].hidden
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    assert {cell.column - 1 for cell in cells if not cell.protection.locked} == {TRANSLATION}
    assert {(cell.alignment.wrap_text, cell.font.name) for cell in cells} == {(True, "Tahoma")}


def test_a_row_says_what_it_is_how_long_it_may_be_and_what_is_wrong(sheet: Path):
    """Beside the Chinese and the English."""
    found: list[list[str]] = []
    edit(sheet, found.extend)
    leave, late = find_row(found, LEAVE[0]), find_row(found, LATE[0])
    assert "button" in leave[1]
    assert "At most 20 letters." in leave[1]
    assert (leave[2], leave[3], leave[4]) == ("離開", "ออก", "ออก")
    assert late[6] == "not translated yet"
    if sheet.suffix == ".csv":
        assert leave[5] == "17"


@pytest.mark.parametrize(
    ("context", "said", "left"),
    [("frontdoor.start.go", "ที่นี่", 18), ("interface.menu_bar", "Menu", 10), ("interface.comma", ",", None), ("frontdoor.start", "a", 479)],
)  # fmt: skip
def test_letters_are_counted_as_a_reader_counts_them(context: str, said: str, left: int | None):
    """A Thai mark stands on its letter."""
    assert count_left(context, said) == left


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_is_described_and_has_nothing_wrong(locale: str):
    """Each context has its kind, and what is in the catalogues fits it."""
    said = read_translations(read_catalogue(find_data("locales"), locale))
    rows = make_rows(said, {}, said)
    assert {row.context for row in rows if describe(row.context) == ANYTHING} == set()
    assert {row.context: find_problems(row) for row in rows if find_problems(row)} == {}


def test_a_context_of_a_new_kind_is_described_plainly():
    """The sheet is made all the same; the test above asks for better words."""
    assert (describe("new.thing"), find_limit("new.thing")) == (ANYTHING, None)


def test_labels_are_the_only_ones_with_their_limit():
    """A note is no button, although it stands where one would."""
    limits = {
        one: find_limit(one) for one in ("frontdoor.start", "frontdoor.start.go", "frontdoor.notes.sticker")
    }
    assert limits == {"frontdoor.start": 480, "frontdoor.start.go": 20, "frontdoor.notes.sticker": None}


def test_a_key_is_never_a_number():
    """12345e10 would come back as something else."""
    assert all(sign(LEAVE, str(number))[0] == "k" for number in range(50))


# ─── In a real spreadsheet ────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def soffice() -> str:
    """LibreOffice Calc; in CI it must be there."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or miss("no LibreOffice on PATH (install libreoffice-calc-nogui)")


#: Comma, double quote, UTF-8, from the first line, nothing in quotes taken for text, numbers and days recognised; and the same to save.
CSV_FILTER = "CSV:44,34,76,1,,0,false,true"
CSV_SAVED = "csv:Text - txt - csv (StarCalc):44,34,76,1"


@pytest.mark.parametrize("kind", KINDS)
def test_libreoffice_opens_and_saves_it_and_it_is_the_same(
    soffice: str, kind: str, tmp_path: Path, locales: Path
):
    """Somebody wrote into it, LibreOffice saved it in its own way, and each text came back as it was."""
    path = tmp_path / f"th.{kind}"
    po = locales / "th" / "LC_MESSAGES" / f"{DOMAIN}.po"
    po.write_text(put_translations(PO, {LATE: "=1+1"}), encoding="utf-8")
    assert run("out", "th", path, locales) == 0
    write_into(path, LEAVE[0], "ออกจากที่นี่")
    (tmp_path / "saved").mkdir()
    saving = (
        ["--convert-to", "xlsx"]
        if kind == "xlsx"
        else [f"--infilter={CSV_FILTER}", "--convert-to", CSV_SAVED]
    )
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    done = subprocess.run(
        [soffice, "--headless", "--norestore", profile, *saving, "--outdir", "saved", path.name],
        cwd=tmp_path, capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert run("in", "th", tmp_path / "saved" / path.name, locales) == 0
    assert read_translations(read_catalogue(locales)) == {
        **read_translations(PO),
        LATE: "=1+1",
        LEAVE: "ออกจากที่นี่",
    }


def test_libreoffice_counts_letters_as_we_do(soffice: str, tmp_path: Path, locales: Path):
    """The column counts while somebody writes, Thai marks left out."""
    path = tmp_path / "th.xlsx"
    assert run("out", "th", path, locales) == 0
    write_into(path, LEAVE[0], "กลุ่มที่นี่น้ำตา")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        [soffice, "--headless", "--norestore", profile, "--convert-to", CSV_SAVED, path.name],
        cwd=tmp_path, capture_output=True, timeout=300, check=True,
    )  # fmt: skip
    with (tmp_path / "th.csv").open(encoding="utf-8-sig", newline="") as file:
        row = find_row(list(csv.reader(file)), LEAVE[0])
    assert row[5] == str(count_left(LEAVE[0], "กลุ่มที่นี่น้ำตา"))


def test_unknown_kinds_are_refused_by_the_writer_too(tmp_path: Path):
    """And nothing is written."""
    with pytest.raises(SheetRefused, match=r"name it \.xlsx or \.csv"):
        write_sheet(tmp_path / "x.ods", [], "th")
    assert list(tmp_path.iterdir()) == []
