"""Text from people in files that other programs open: nothing acts, and nothing is lost."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.desk.as_csv import write_csv
from bot.desk.safe_text import GUARD, escape_controls, guard_formula, strip_controls
from bot.desk.table import Table
from tests.desk.hostile_text import HOSTILE, LONG

#: As the form writes them.
PHONES = ("0912-345-678", "02-2345-6789", "02-2345-6789#12", "0836-12345", "037-123-456", "049-2123456")
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


@pytest.mark.parametrize("start", FORMULA_STARTS)
@pytest.mark.parametrize("before", ["", " ", "\u3000", "\xa0", "  \u200b"])
def test_what_a_spreadsheet_would_calculate_is_marked_as_text(start: str, before: str) -> None:
    """T18: also after spaces, and in full width."""
    text = f"{before}{start}1+1"
    assert guard_formula(text) == GUARD + text


@pytest.mark.parametrize(
    "text",
    [
        "May 5", "Dec 12", "5 Jan", "MAR1", "Sep 2025", "Sept 2025", "5-may-25", "January 5, 2025", "1st of June",
        "Mon, 5 May 9:00 pm", "12Dec", "Feb/29", "5. Jul", "Oct’25", "May 5\n", "Aug 5 - Aug 7", "MAY５",
    ],
)  # fmt: skip
def test_a_day_in_english_is_marked_as_text(text: str) -> None:
    """A spreadsheet would make the fifth of a month of it, of this year, in its own writing."""
    assert guard_formula(text) == GUARD + text


@pytest.mark.parametrize(
    "text",
    [
        "May", "June", "Jan Mar", "5 March St", "Marco 5", "Mayday 5", "A5 Jan", "after May 5", "May 5 晚上",
        "Augusta 5", "5 mon",
    ],
)  # fmt: skip
def test_other_english_stays_as_it_is(text: str) -> None:
    """Names of people and streets are no days."""
    assert guard_formula(text) == text


@pytest.mark.parametrize(
    "text", ["", "a=1", "林小雨", "(=1)", "1+1", " x", '"=1"', "9 點以後", "34 歲", "A123456789", *PHONES]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    """Staff read what the person wrote."""
    assert guard_formula(text) == text


@given(st.text())
@settings(deadline=None)
def test_the_mark_can_be_taken_away_again(text: str) -> None:
    """T19: whoever takes one ' from the start of a cell has the text, also when the person wrote one."""
    assert guard_formula(text).removeprefix(GUARD) == text or guard_formula(text) == text
    assert not guard_formula(text).lstrip(" \u3000").startswith(tuple(FORMULA_STARTS))
    assert guard_formula(text).startswith(GUARD) == (guard_formula(text) != text)


def test_a_very_long_run_of_spaces_is_looked_at_once() -> None:
    """T17: the pattern does not go back and forth."""
    for run in (" ", "1 ", "\u200b", "-", "1:", "May ", "5 may", "st", "mar"):
        assert guard_formula(f"1{run * 200_000}x").endswith("x")
        assert guard_formula(f"{run * 200_000}x").endswith("x")


@given(st.text(st.characters(codec=None, categories=None)))
@settings(deadline=None)
def test_nothing_that_acts_is_left_and_nothing_else_is_touched(text: str) -> None:
    """T17, R15: no control, no bidi control, no surrogate comes out; the rest stays, in its order."""
    stripped = strip_controls(text)
    assert not ACTING.search(stripped)
    stripped.encode()
    kept = [char for char in text.replace("\r\n", "\n").replace("\r", "\n") if char in stripped]
    assert "".join(kept) == stripped


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
@settings(deadline=None)
def test_json_reads_the_same_and_shows_nothing_that_acts(value: object) -> None:
    """T17: bidi controls stand as escapes; a reader gets every character back."""
    written = escape_controls(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(written) == value
    assert not ACTING.search(written)
    assert not set("\u2028\u2029") & set(written)


@pytest.mark.parametrize("text", [*HOSTILE.values(), *LONG.values()], ids=[*HOSTILE, *LONG])
def test_csv_gives_back_every_text_and_calculates_none(text: str) -> None:
    """T18, T19: one row stays one row; taking the mark away gives the text."""
    told = strip_controls(text)
    written = write_csv(Table(("a", "b"), ((told, "end"),)))
    rows = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""), strict=True))

    assert rows[0] == ["a", "b"]
    assert len(rows) == 2
    cell, end = rows[1]
    assert end == "end"
    assert (cell[1:] if cell.startswith(GUARD) else cell) == told
    assert not cell.lstrip().startswith(tuple("=+-@＝＋－＠"))


def test_csv_is_written_for_excel() -> None:
    """A byte order mark, CRLF at the end of each row, every cell in quotes, also empty ones."""
    written = write_csv(Table(("姓名", "x"), (('a"b', ""), ("c", "d"))))

    assert written == b"\xef\xbb\xbf" + '"姓名","x"\r\n"a""b",""\r\n"c","d"\r\n'.encode()
