"""
Prints forms: hands them as JSON to a process of their own, and names those that could not be printed.

What the process says is never passed on: it could hold what somebody wrote.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.desk.paper.arranging import arrange
from bot.desk.paper.sheet import Sheet
from bot.errors import BotError

_SCRIPT = Path(__file__).with_name("typesetter.py")
#: For a form by itself, of processor and of wall. Source: SECURITY T21.
LIMIT_S = 10.0
#: What each further form of a stack adds.
_MORE_S = 0.5
#: Each form takes up to 8 MB of the 512: whoever has more asks again.
MOST_SHEETS = 25
_PDF = b"%PDF-"
#: All of it: no home, no path, no settings of ours. A package that a template would load from afar goes to a closed port.
#: One arena and one thread keep the address space within its bound on machines with many processors.
_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",
    "RAYON_NUM_THREADS": "1",
    "http_proxy": "http://127.0.0.1:1",
    "https_proxy": "http://127.0.0.1:1",
}


class NotPrinted(BotError):
    """A form could not be printed: it took too long or too much, or it cannot be set. The message names its id."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One document with a form for each sheet. `missing`: the ids of those that could not be printed."""

    pdf: bytes = field(repr=False)
    missing: tuple[str, ...] = ()


def print_sheet(sheet: Sheet, *, demo: bool, limit_s: float = LIMIT_S) -> bytes:
    """Print one form as a PDF of A4 pages. NotPrinted: it cannot be; the record itself may be sound."""
    pdf = _press([sheet], demo=demo, limit_s=limit_s)
    if pdf is None:
        raise NotPrinted(f"the form of {sheet.short_id} could not be printed")
    return pdf


def print_form(sheets: Sequence[Sheet], *, demo: bool, limit_s: float = LIMIT_S) -> Printed:
    """
    Print forms into one PDF, each beginning on a page of its own; a bad one is missed and the others are printed.

    ValueError: none, or more than MOST_SHEETS. NotPrinted: not one of them could be. `limit_s` is for one form.
    """
    if not 0 < len(sheets) <= MOST_SHEETS:
        raise ValueError(f"from 1 to {MOST_SHEETS} forms go into one document")
    pdf = _press(sheets, demo=demo, limit_s=limit_s)
    if pdf is not None:
        return Printed(pdf)
    bad = _find_bad(sheets, demo=demo, limit_s=limit_s)
    good = [sheet for sheet in sheets if sheet.id not in bad]
    pdf = _press(good, demo=demo, limit_s=limit_s) if good else None
    if pdf is None:
        raise NotPrinted(f"none of {len(sheets)} forms could be printed together")
    return Printed(pdf, bad)


def _find_bad(sheets: Sequence[Sheet], *, demo: bool, limit_s: float) -> tuple[str, ...]:
    """Find those that cannot be printed, by halves. The sheets given together are known to fail."""
    if len(sheets) == 1:
        return (sheets[0].id,)
    middle = len(sheets) // 2
    halves = (sheets[:middle], sheets[middle:])
    failed = [half for half in halves if _press(half, demo=demo, limit_s=limit_s) is None]
    return tuple(name for half in failed for name in _find_bad(half, demo=demo, limit_s=limit_s))


def _press(sheets: Sequence[Sheet], *, demo: bool, limit_s: float) -> bytes | None:
    """Run the process once. None: it failed, or was stopped."""
    told = json.dumps({"demo": demo, "sheets": [arrange(sheet) for sheet in sheets]}).encode()
    limit_s += _MORE_S * (len(sheets) - 1)
    with TemporaryDirectory() as empty:
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and script; nothing of a record is an argument
                [sys.executable, "-I", str(_SCRIPT), str(max(1, round(limit_s)))],
                input=told,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=limit_s,
                cwd=empty,
                env=_ENVIRONMENT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
    return done.stdout if done.returncode == 0 and done.stdout.startswith(_PDF) else None
