"""
Words as they are kept in the form: whole, readable, and without anything that hides or turns around.

Nothing is ever cut: what does not fit is refused. Sources: SECURITY T17; Unicode TR 36 on invisible characters.
"""

from __future__ import annotations

import unicodedata

from bot.core.fields import Refused
from bot.core.text import MAX_TYPED_CHARS

_MAX_MARKS_PER_BASE = 8
_LINE_ENDS = str.maketrans({"\u2028": "\n", "\u2029": "\n", "\x85": "\n", "\v": "\n", "\f": "\n"})
#: Letters and signs that draw nothing: a name made of them looks empty.
_BLANKS = set("\u115f\u1160\u3164\uffa0\u2800")
_KEPT_CONTROLS = {"\n", "\t"}
#: Full-width letters, digits and signs, one by one: NFKC would also change what it should not.
_NARROW = {0xFF01 + i: 0x21 + i for i in range(0x5E)} | {0x3000: 0x20}


def narrow(text: str) -> str:
    """Return the text with full-width letters, digits and signs in their usual width."""
    return text.translate(_NARROW)


def tidy(text: str, *, lines: bool = False) -> str:
    """
    Return the text in NFC, trimmed, without control, format and blank characters and surplus marks.

    Without `lines`, every run of spaces and line ends becomes one space. At most 5,000 characters may be given: bringing
    marks into their order takes time that grows with the square of their number.
    """
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    one_end = whole.replace("\r\n", "\n").replace("\r", "\n").translate(_LINE_ENDS)
    seen = "".join(char for char in one_end if not _is_hidden(char))
    composed = _spare_marks(unicodedata.normalize("NFC", _spare_marks(seen)))
    return composed.strip() if lines else " ".join(composed.split())


def read_words(text: str, *, max_chars: int, lines: bool = False) -> str | Refused:
    """Return the words as they are kept, or why they cannot be."""
    if len(text) > MAX_TYPED_CHARS:
        return Refused("too_long", over=len(text) - max_chars)
    words = tidy(text, lines=lines)
    if not words:
        return Refused("empty")
    if len(words) > max_chars:
        return Refused("too_long", over=len(words) - max_chars)
    return words


def read_name(text: str, *, max_chars: int) -> str | Refused:
    """Return a name in any script; digits and signs alone belong into another field."""
    words = read_words(text, max_chars=max_chars)
    if isinstance(words, Refused) or any(_may_be_letter(char) for char in words):
        return words
    return Refused("name_unclear")


def _is_hidden(char: str) -> bool:
    if char in _KEPT_CONTROLS:
        return False
    return unicodedata.category(char) in {"Cc", "Cf", "Cs"} or char in _BLANKS or _is_noncharacter(char)


def _is_noncharacter(char: str) -> bool:
    """Whether Unicode will never assign it; XML refuses them."""
    code = ord(char)
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF  # noqa: PLR2004 - the noncharacters of Unicode, chapter 23.7


def _may_be_letter(char: str) -> bool:
    """Whether a name may be made of it: also characters newer than our tables, and those of offices' own fonts."""
    category = unicodedata.category(char)
    return category[0] == "L" or category in {"Co", "Cn"}


def _spare_marks(text: str) -> str:
    """Drop what is stacked higher than any script does."""
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char)[0] == "M" else 0
        if marks <= _MAX_MARKS_PER_BASE:
            kept.append(char)
    return "".join(kept)
