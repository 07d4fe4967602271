"""
A translators' sheet as a file: an Excel workbook, or CSV for any other spreadsheet, written and read back.

Every cell that somebody may have written is text: what begins like a formula is none, and comes back as it was.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from xlsxwriter import Workbook

from scripts.words_rows import Row, count_left, describe, find_limit, find_problems

#: What the columns are called; the fifth has the language behind it, so that no sheet goes into another's file.
HEADINGS = (
    "context",
    "what it is",
    "Chinese",
    "English",
    "translation",
    "letters left",
    "problem",
    "key (do not change)",
)
CONTEXT, CHINESE, TRANSLATION, KEY = 0, 2, 4, 7
_WIDTHS = (28, 30, 44, 44, 52, 9, 34, 18)
_LINE_POINTS = 15
#: The highest row that a spreadsheet makes is 409 points.
_MOST_LINES = 27
_SHEET = "words"
#: One face that Windows and macOS have, with Thai and Vietnamese letters; elsewhere the program finds another.
_FONT = "Tahoma"
#: A cell of a CSV that begins so is calculated by the program that opens it. Source: OWASP, CSV injection.
_CALCULATED = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "'")
#: Marks above and below Thai letters take no room of their own, nor does the second half of SARA AM.
_NO_ROOM = "ัิีึืฺุู็่้๊๋์ํ๎ำ"
_ALLOWED = {
    "format_columns": True,
    "format_rows": True,
    "sort": True,
    "autofilter": True,
    "select_locked_cells": True,
}
_ADVICE = (
    "How to use this sheet",
    "Write into the column “translation” only. The other columns are locked: they say what a sentence is.",
    "Translate from the Chinese. The English beside it is only there to help.",
    "Copy what stands in {braces} exactly, once. You may move it.",
    "A number below zero under “letters left” is too long for a button.",
    "Leave a translation as it is, or empty, if you do not want to change it.",
    "Save as .xlsx, or as CSV in UTF-8, and give the file back. Nobody else needs to do anything by hand.",
)  # fmt: skip


class SheetRefused(Exception):
    """A sheet cannot be taken: what is wrong, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet that came back; `number` as the spreadsheet counts, the heading is 1."""

    number: int
    context: str
    chinese: str
    translation: str
    key: str


def write_sheet(path: Path, rows: Sequence[Row], locale: str) -> None:
    """Write the rows as .xlsx or .csv, by the file's name. SheetRefused: neither."""
    if path.suffix.lower() == ".xlsx":
        path.write_bytes(_write_xlsx(rows, locale))
    elif path.suffix.lower() == ".csv":
        path.write_text(_write_csv(rows, locale), encoding="utf-8-sig", newline="")
    else:
        raise SheetRefused(f"{path.name}: name it .xlsx or .csv")


def read_sheet(path: Path, locale: str) -> list[Line]:
    """Return the lines of a sheet, empty ones left out. SheetRefused: not such a sheet, or of another language."""
    if path.suffix.lower() == ".xlsx":
        table = _read_xlsx(path)
    elif path.suffix.lower() == ".csv":
        table = _read_csv(path)
    else:
        raise SheetRefused(f"{path.name}: save it as .xlsx or as CSV (UTF-8)")
    _check_headings(next(table, []), locale)
    return [_make_line(number, cells) for number, cells in enumerate(table, 2) if any(cells)]


def name_columns(locale: str) -> list[str]:
    """Return the first row of a sheet in that language."""
    return [f"{one} ({locale})" if index == TRANSLATION else one for index, one in enumerate(HEADINGS)]


def _check_headings(found: list[str], locale: str) -> None:
    wanted = name_columns(locale)
    if found[: len(wanted)] == wanted:
        return
    if len(found) > TRANSLATION and found[TRANSLATION].startswith(HEADINGS[TRANSLATION]):
        told = f"column E is “{found[TRANSLATION]}”, this is for “{wanted[TRANSLATION]}”"
        raise SheetRefused(
            f"row 1: {told}: take the file of that language, and leave the headings as they were"
        )
    raise SheetRefused("row 1: the headings are not ours: leave the columns and their headings as they were")


def _make_line(number: int, cells: list[str]) -> Line:
    whole = [*cells, *[""] * len(HEADINGS)]
    return Line(number, whole[CONTEXT], whole[CHINESE], whole[TRANSLATION], whole[KEY])


def _list_cells(row: Row) -> list[str]:
    left = count_left(row.context, row.translation)
    told = describe(row.context) + (
        f" At most {find_limit(row.context)} letters." if find_limit(row.context) else ""
    )
    problem = "; ".join(find_problems(row))
    return [
        row.context,
        told,
        row.chinese,
        row.english,
        row.translation,
        "" if left is None else str(left),
        problem,
        row.key,
    ]


# ─── Excel ────────────────────────────────────────────────────────────────────


def _write_xlsx(rows: Sequence[Row], locale: str) -> bytes:
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(out, options) as book:
        sheet = book.add_worksheet(_SHEET)
        _lay_out(book, sheet, len(rows))
        for column, heading in enumerate(name_columns(locale)):
            sheet.write_string(0, column, heading, _make_format(book, bold=True, bg_color="#DDE6EE"))
        _fill(book, sheet, rows)
        advice = book.add_worksheet("how to")
        advice.set_column(0, 0, 100, _make_format(book))
        for number, line in enumerate(_ADVICE):
            advice.write_string(number, 0, line)
    return out.getvalue()


def _lay_out(book: Any, sheet: Any, count: int) -> None:
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_column(KEY, KEY, _WIDTHS[KEY], None, {"hidden": True})
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, count, len(HEADINGS) - 1)
    sheet.protect("", _ALLOWED)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    red = book.add_format({"bg_color": "#F6CACA"})
    sheet.conditional_format(
        1, 5, count, 5, {"type": "formula", "criteria": '=AND(F2<>"",F2<0)', "format": red}
    )


def _make_format(book: Any, **more: Any) -> Any:
    return book.add_format({"text_wrap": True, "valign": "top", "font_name": _FONT, "font_size": 11, **more})


def _fill(book: Any, sheet: Any, rows: Sequence[Row]) -> None:
    shown = _make_format(book, bg_color="#F4F4F2")
    # The quote prefix keeps a cell text when somebody edits it.
    free = _make_format(book, locked=False, quote_prefix=True, num_format="@")
    for number, row in enumerate(rows, 1):
        cells = _list_cells(row)
        sheet.set_row(number, _LINE_POINTS * min(max(map(_count_lines, cells, _WIDTHS)), _MOST_LINES))
        for column, cell in enumerate(cells):
            sheet.write_string(number, column, cell, free if column == TRANSLATION else shown)
        if (left := count_left(row.context, row.translation)) is not None:
            sheet.write_formula(number, 5, _count_in_place(number + 1, row.context), shown, left)


def _count_lines(cell: str, width: int) -> int:
    """How many lines a cell takes, roughly: not every program makes room by itself. Chinese is twice as wide."""
    return sum(1 + sum(1 + (char > "\u2e7f") for char in line) // (width - 3) for line in cell.split("\n"))


def _count_in_place(number: int, context: str) -> str:
    """A formula that counts while somebody writes; it counts Thai as a reader does."""
    marks = ";".join(f'"{mark}"' for mark in _NO_ROOM)
    cell = f"E{number}"
    return (
        f'={find_limit(context)}-LEN({cell})+SUMPRODUCT(LEN({cell})-LEN(SUBSTITUTE({cell},{{{marks}}},"")))'
    )


def _read_xlsx(path: Path) -> Iterator[list[str]]:
    try:
        book = load_workbook(path)
    except Exception as fault:  # a broken zip, XML or workbook: each library has its own names for them
        raise SheetRefused(f"{path.name}: not an Excel workbook: save it again as .xlsx") from fault
    sheet = book[_SHEET] if _SHEET in book.sheetnames else book.worksheets[0]
    for row in sheet.iter_rows(max_col=len(HEADINGS)):
        yield [_read_cell(cell) for cell in row]


def _read_cell(cell: Any) -> str:
    """Return the words of a cell. What we calculated is not asked for; what somebody else did is refused."""
    if cell.value is None or (cell.column - 1 not in {CONTEXT, CHINESE, TRANSLATION, KEY} and cell.row > 1):
        return ""
    if cell.data_type == "f" or type(cell.value) not in {str, int}:
        told = "is a formula" if cell.data_type == "f" else "is not text"
        raise SheetRefused(f"row {cell.row}: {cell.coordinate} {told}: write it as text, with ' before it")
    return str(cell.value).replace("\r\n", "\n")


# ─── CSV ──────────────────────────────────────────────────────────────────────


def _write_csv(rows: Sequence[Row], locale: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(name_columns(locale))
    writer.writerows([_guard(cell) for cell in _list_cells(row)] for row in rows)
    return out.getvalue()


def _read_csv(path: Path) -> Iterator[list[str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise SheetRefused(f"{path.name}: not UTF-8: save it as “CSV UTF-8”, or as .xlsx") from fault
    heading = text.partition("\n")[0]
    comma = max(",;\t", key=heading.count)
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=comma, strict=True):
            yield [_unguard(cell).replace("\r\n", "\n") for cell in cells]
    except csv.Error as fault:
        raise SheetRefused(
            f"{path.name}: a row cannot be read: save it again as “CSV UTF-8”, or as .xlsx"
        ) from fault


def _guard(cell: str) -> str:
    """An apostrophe before what would be calculated; before one that is there already, so that it comes back."""
    return f"'{cell}" if cell.startswith(_CALCULATED) else cell


def _unguard(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_CALCULATED) else cell
