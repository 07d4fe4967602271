"""
One-time codes: what a person carries from one channel to another.

Ten characters that cannot be taken for each other: 49 bits, for a quarter of an hour, used once.
"""

from __future__ import annotations

import re
from datetime import timedelta
from unicodedata import normalize

#: Without 0 O, 1 I L and U: read aloud or copied by hand they are mistaken for others.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
#: Source: SECURITY §6, one-time page token.
CODE_LIVES = timedelta(minutes=15)
_HALF = LENGTH // 2
#: Every dash that a keyboard may make of the one that was told.
_DASHES = "\u2010-\u2015\u2212-"
_CODE = re.compile(rf"([{ALPHABET}]{{{_HALF}}})[ {_DASHES}]?([{ALPHABET}]{{{_HALF}}})")
_NO_WORD = re.compile(rf"[0-9{_DASHES}]")
_MOST_TYPED = 20


def write_code(characters: str) -> str:
    """Return ten characters the way people are told them."""
    return f"{characters[:_HALF]}-{characters[_HALF:]}"


def read_code(text: str) -> str | None:
    """
    Return the code that somebody typed, the way it was told; None: it is something else.

    Small letters, full-width forms, another dash and none are understood. Some words look like a code, so
    whoever gets one back must still find it.
    """
    typed = text.strip()
    found = _CODE.fullmatch(normalize("NFKC", typed).upper()) if len(typed) <= _MOST_TYPED else None
    return write_code(found[1] + found[2]) if found else None


def is_unmistakable(text: str) -> bool:
    """Whether the text can hardly be anything but a code: words have neither digits nor a dash in them."""
    return read_code(text) is not None and _NO_WORD.search(normalize("NFKC", text)) is not None
