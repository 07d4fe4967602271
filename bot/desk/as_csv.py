"""A table as CSV that Excel and LibreOffice read as text in the right characters. Source: RFC 4180; SECURITY T18."""

from __future__ import annotations

import csv
import io

from bot.desk.safe_text import guard_formula
from bot.desk.table import Table

#: Without it Excel takes UTF-8 for the machine's old code page.
_BOM = "\ufeff"


def write_csv(table: Table) -> bytes:
    """Write UTF-8 with a byte order mark, CRLF, every cell in quotes, and no cell that a spreadsheet would calculate."""
    out = io.StringIO(newline="")
    out.write(_BOM)
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in (table.head, *table.rows):
        writer.writerow([guard_formula(cell) for cell in row])
    return out.getvalue().encode()
