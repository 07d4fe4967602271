"""
A table as an Excel workbook in which every cell is text: nothing is calculated, nothing is a link, nothing is cut.

It is built in memory: a temporary file would leave what people wrote on a disk.
Sources: SECURITY T18, T19; "Excel specifications and limits" (32,767 characters in a cell, counted in UTF-16 units).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has no stubs
from xlsxwriter.format import Format  # type: ignore[import-untyped]  # it has no stubs
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # it has no stubs

from bot.desk.table import Table
from bot.errors import BotError

MOST_UNITS = 32_767
_SHEET = "handoffs"
#: Room that Excel has for a footer. Source: "Excel specifications and limits".
_MOST_FOOTER_CHARS = 255
#: Widths in characters of the usual font; a Chinese one takes two.
_NARROW, _WIDE = 16, 60
_WIDE_FROM_CHARS = 40
#: Within a cell _x0041_ means the character A (ECMA-376, ST_Xstring). The writer's own way round that fails where two share
#: an underscore, and within runs; cut here, into runs, nothing of that shape is left.
_ESCAPE = re.compile("(?<=_x[0-9a-fA-F]{4})(?=_)")


class SheetFull(BotError):
    """There is more than a sheet can hold: export in parts."""


def write_xlsx(table: Table, *, now: datetime, demo: bool, footer: str = "") -> bytes:
    """
    Write the table with a frozen heading and filters; `footer` stands on every page that is printed.

    SheetFull: over a million rows, or 16,384 columns.
    """
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(out, options) as book:
        book.set_properties({"created": now.astimezone(UTC).replace(tzinfo=None)})
        _fill(book, _widen(table), demo=demo, footer=footer)
    return out.getvalue()


def _fill(book: Workbook, table: Table, *, demo: bool, footer: str) -> None:
    sheet = book.add_worksheet(f"DEMO {_SHEET}" if demo else _SHEET)
    # The quote prefix keeps a cell text when somebody edits it.
    text = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
    head = book.add_format({"text_wrap": True, "valign": "top", "bold": True, "quote_prefix": True})
    run = book.add_format()
    for number, row in enumerate((table.head, *table.rows)):
        for column, cell in enumerate(row):
            _write(sheet, (number, column), cell, look=text if number else head, run=run)
    _lay_out(sheet, table, demo=demo)
    if footer:  # a single & begins a command there. Source: ECMA-376, 18.3.1.46 (oddFooter)
        _check(sheet.set_footer(f"&L{footer.replace('&', '&&')}") or 0)


def _write(sheet: Worksheet, place: tuple[int, int], cell: str, *, look: Format, run: Format) -> None:
    if not cell:
        return
    runs = _split_runs(cell)
    if len(runs) == 1:
        _check(sheet.write_string(*place, cell, look))
        return
    parts = [part for text in runs[1:] for part in (run, text)]
    _check(sheet.write_rich_string(*place, runs[0], *parts, look))


def _check(code: int) -> None:
    """Every code but 0 means that the cell was not written, or cut."""
    if code:
        raise SheetFull(
            "a sheet cannot hold that much; export in parts with --id or --status, or as csv or json"
        )


def _split_runs(cell: str) -> list[str]:
    """Return the pieces that must be written apart, so that the writer takes none of them for its own marks."""
    runs = _ESCAPE.split(cell)
    if len(runs) == 1 and cell.startswith("<r>") and cell.endswith("</r>"):
        return [cell[:1], cell[1:]]  # in one piece it would pass for markup that is written as it stands
    return runs


def _lay_out(sheet: Worksheet, table: Table, *, demo: bool) -> None:
    last_column = len(table.head) - 1
    _check(sheet.autofilter(0, 0, max(len(table.rows), 1), last_column))
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    if demo:
        sheet.set_header("&CDEMO")
    for column in range(len(table.head)):
        longest = max((len(row[column]) for row in table.rows), default=0)
        _check(sheet.set_column(column, column, _WIDE if longest >= _WIDE_FROM_CHARS else _NARROW))


def _widen(table: Table) -> Table:
    """Give text that is too long for a cell as many columns side by side as it needs: a row stays one handoff."""
    counts = [
        max((len(split_cell(row[column])) for row in table.rows), default=1)
        for column in range(len(table.head))
    ]
    head = tuple(
        name for title, count in zip(table.head, counts, strict=True) for name in _number(title, count)
    )
    return Table(head, tuple(tuple(_spread(row, counts)) for row in table.rows))


def _number(title: str, count: int) -> Iterator[str]:
    yield title
    yield from (f"{title}（續 {number}）" for number in range(2, count + 1))


def _spread(row: Sequence[str], counts: Sequence[int]) -> Iterator[str]:
    for cell, count in zip(row, counts, strict=True):
        pieces = split_cell(cell)
        yield from pieces
        yield from [""] * (count - len(pieces))


def split_cell(cell: str) -> list[str]:
    """Split text into pieces that fit a cell; together they are the text. One at least, which may be empty."""
    if len(cell) <= MOST_UNITS // 2:
        return [cell]
    pieces, start, units = [], 0, 0
    for place, char in enumerate(cell):
        size = 2 if ord(char) > 0xFFFF else 1  # noqa: PLR2004 - the last character of one unit
        if units + size > MOST_UNITS:
            pieces.append(cell[start:place])
            start, units = place, 0
        units += size
    return [*pieces, cell[start:]]
