"""
Receipts: what a person keeps who has sent something, to ask how far it is.

Twelve characters, written like an order number; they open nothing.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from bot.core.code import ALPHABET

#: 59 bits. Source: SECURITY §5, receipt code.
LENGTH = 12
_PART = LENGTH // 3
_DASHES = "\u2010-\u2015\u2212-"
_RECEIPT = re.compile(f"[ {_DASHES}]?".join([f"([{ALPHABET}]{{{_PART}}})"] * 3))
_NO_WORD = re.compile(rf"[0-9{_DASHES}]")
_MOST_TYPED = 24


def write_receipt(characters: str) -> str:
    """Return twelve characters the way people are told them."""
    return "-".join(characters[start : start + _PART] for start in range(0, LENGTH, _PART))


def read_receipt(text: str) -> str | None:
    """Return the receipt that somebody typed, the way it was told; None: it is something else."""
    typed = text.strip()
    found = _RECEIPT.fullmatch(normalize("NFKC", typed).upper()) if len(typed) <= _MOST_TYPED else None
    return "-".join(found.groups()) if found else None


def is_unmistakable(text: str) -> bool:
    """Whether the text can hardly be anything but a receipt: words have neither digits nor a dash in them."""
    return read_receipt(text) is not None and _NO_WORD.search(normalize("NFKC", text)) is not None
