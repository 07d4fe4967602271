"""
Which number may be called: what the person chose, and never one that the consent does not cover.

One rule for the screen and for the paper: a number that only one of them shows would be the wrong one some day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

#: Which line is meant by the number to call.
LINES: Final = {"mobile": "phone_mobile", "home": "phone_home", "work": "phone_work"}
SAFE_LINES: Final = ("safe_phone_mobile", "safe_phone_home", "safe_phone_work")
#: `chosen`: by the person. `only`: one of their own is there, and none was chosen. `own`: several are.
#: `barred`: the one that was chosen may not be called. `none`: there is no number.
How = Literal["chosen", "only", "own", "barred", "none"]


@dataclass(frozen=True, slots=True)
class Calling:
    """How the numbers to call came about, and the fields of the form in which they stand, each number once."""

    how: How
    keys: tuple[str, ...] = ()


def choose_lines(fields: Mapping[str, str], uses: Mapping[str, bool]) -> Calling:
    """Say which fields hold the number to call. With `chosen` there may be none: the line that was chosen is empty."""
    chosen = fields.get("call_number", "")
    if chosen == "safe":
        return Calling("chosen", _find(fields, SAFE_LINES)) if uses.get("safe_person") else Calling("barred")
    if chosen:
        return Calling("chosen", _find(fields, (LINES.get(chosen, ""),)))
    own = _find(fields, LINES.values())
    if not own:
        return Calling("none")
    return Calling("only" if len(own) == 1 else "own", own)


def _find(fields: Mapping[str, str], keys: Iterable[str]) -> tuple[str, ...]:
    """Return the fields that hold a number, none twice."""
    numbers = {fields[key]: key for key in reversed(list(keys)) if fields.get(key)}
    return tuple(reversed(numbers.values()))
