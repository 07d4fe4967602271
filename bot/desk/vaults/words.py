"""
The words that only the member knows: brought into one form, and refused when they could be guessed.

They are not the password: whoever sets that anew opens nothing with it.
"""

from __future__ import annotations

import unicodedata
from typing import Final, Literal

WordsRefusal = Literal["short", "long", "plain"]

FEWEST: Final = 12
_MOST: Final = 200
#: `aaaaaaaaaaaa` and `121212121212` are long enough and no secret.
_FEWEST_DIFFERENT: Final = 5


def read_words(typed: str) -> str:
    """
    Bring typed words into one form: NFC, one space between them, none at the ends.

    A full-width space and a decomposed letter come from the keyboard, not from the member. Source: RFC 8265 §4.2.
    """
    return unicodedata.normalize("NFC", " ".join(typed.split()))


def judge_words(words: str) -> WordsRefusal | None:
    """Say why these words (as `read_words` gives them) must not lock a vault. None: they may."""
    if len(words) < FEWEST:
        return "short"
    if len(words) > _MOST:
        return "long"
    return "plain" if len(set(words)) < _FEWEST_DIFFERENT else None
