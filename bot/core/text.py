"""
What people type, made safe and comparable.

`clean` is for anything that is kept or shown; `fold` is for comparing only, never for keeping.
"""

from __future__ import annotations

import unicodedata

MAX_TYPED_CHARS = 5_000
_MAX_MARKS_PER_BASE = 8
_KEPT_CONTROLS = {"\n", "\t"}
_BIDI_CONTROLS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NO_DIRECTIONS = dict.fromkeys(map(ord, _BIDI_CONTROLS))
#: One character can stand for a whole sentence (U+FDFA, U+FDFB); comparing is not to cost more for it.
_MAX_FOLDED_CHARS = 2 * MAX_TYPED_CHARS
#: The last two make an emoji of a digit: 1️⃣ is a 1.
_FOLDED = str.maketrans({"臺": "台", "妳": "你", "祢": "你", "\ufe0f": None, "\u20e3": None})


def clean(text: str) -> str:
    """
    Return the text in NFC without control, bidi-control and surplus combining characters.

    Cut to 5,000 characters. NFC, not NFKC: the latter can expand a string eighteenfold.
    """
    shortened = text[:MAX_TYPED_CHARS].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", shortened):
        if _is_dropped(char):
            continue
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MAX_MARKS_PER_BASE:
            kept.append(char)
    return "".join(kept)


def _is_dropped(char: str) -> bool:
    if char in _KEPT_CONTROLS:
        return False
    return char in _BIDI_CONTROLS or unicodedata.category(char) in {"Cc", "Cs"}


def drop_directions(text: str) -> str:
    """
    Return the text without bidi controls: for what goes back into its box as it was typed, because it did not fit.

    Source: SECURITY T17.
    """
    return text.translate(_NO_DIRECTIONS)


def fold(text: str) -> str:
    """Return the text as it is compared: width, case, 臺/台, spaces and punctuation made alike."""
    wide = unicodedata.normalize("NFKC", clean(text))[:_MAX_FOLDED_CHARS].casefold().translate(_FOLDED)
    letters = (char if _is_word_char(char) else " " for char in wide)
    return " ".join("".join(letters).split())


def _is_word_char(char: str) -> bool:
    return unicodedata.category(char)[0] in {"L", "M", "N"}


def squeeze(text: str) -> str:
    """Return folded text without any space: Chinese is compared so, because people space it freely."""
    return fold(text).replace(" ", "")
