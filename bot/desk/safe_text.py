"""
What people wrote, made harmless for the programs that open an export. Nothing else of it is changed.

Three rules: `strip_controls` for anything that is shown, `guard_formula` for CSV on top of it, and
`escape_controls` for JSON text, which keeps every character.
"""

from __future__ import annotations

import re

#: C0 and C1 controls but tab and newline, bidi controls, surrogates, and what XML 1.0 does not allow (section 2.2).
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
_CONTROL = re.compile(f"[{_CONTROLS}]")
#: Also the line ends that JSON allows within a string and older programs take for its end.
_RISKY_IN_JSON = re.compile(f"[{_CONTROLS}\u2028\u2029]")
#: Spreadsheets take these for the start of a formula; what cannot be seen may stand before. Source: SECURITY T18.
_FORMULA = re.compile("(?:[^\\S\t\r\n]|[\u200b-\u200d\u2060\ufeff])*[=+\\-@\t\r\n＝＋－＠]")
#: And these for a number or a day: 0912345678 would lose its zero, "9-12" (when to call) become the 12th of September.
_COUNTED = re.compile(r"[\s$(.]*\d[\d\s.,:/eE%年月日時點分)~～\-–]*(?:[AaPp][Mm]?)?|(?i:true|false)")
#: A month by its English name, with numbers, makes a day too: "May 5", "5 Jan", "MAR1", "Sep 2025".
_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_WEEKDAYS = (
    "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
)
_BESIDES = rf"[\d\s.,:/'’()\-–]|{_WEEKDAYS}|(?<=\d)(?:st|nd|rd|th)|of|[ap]\.?m\.?"
_NAMED_DAY = re.compile(rf"(?=\D*\d)(?:{_BESIDES})*+(?:{_MONTHS})(?:{_BESIDES}|{_MONTHS})*+", re.IGNORECASE)
#: A telephone number as the form writes it is safe from that. Dialled from a list, it must look like one.
_PHONE = re.compile(r"(?=(?:-?\d){8})0\d{1,3}(?:-\d{3,8}){1,2}", re.ASCII)
#: Marks a cell as text in a spreadsheet.
GUARD = "'"


def strip_controls(text: str) -> str:
    """Return the text without characters that act instead of being read; line ends become newlines."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def guard_formula(text: str) -> str:
    """
    Return the text so that no spreadsheet calculates it or changes how it is written: with `'` in front where one could.

    What begins with `'` gets another: whoever takes one `'` from the start of a cell has the text as it was.
    Source: SECURITY T18; OWASP ASVS 5.0, 1.2.10.
    """
    is_marked = text.startswith(GUARD) or _FORMULA.match(text)
    return f"{GUARD}{text}" if is_marked or _is_counted(text) else text


def _is_counted(text: str) -> bool:
    """Whether a spreadsheet takes a text for a number or a day."""
    if _COUNTED.fullmatch(text):
        return not _PHONE.fullmatch(text)
    return _NAMED_DAY.fullmatch(text) is not None


def escape_controls(written: str) -> str:
    r"""Return JSON text in which such characters stand as \uXXXX: it reads the same, and nothing acts."""
    return _RISKY_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", written)
