"""
Numbers of identity cards, resident certificates and passports.

Card and certificate carry a check digit, so a slip is found; a passport does not, so whatever could be one is kept.
Sources: 內政部 戶籍統一編號編碼原則; 內政部移民署, new unified numbers since 2021-01-02 (second sign 8 or 9), older ones with two letters.
"""

from __future__ import annotations

import re

from bot.core.fields import Refused
from bot.form.words import narrow, tidy

_MAX_CHARS = 60
_SPACERS = str.maketrans("", "", " -.‐‑–—・·")
#: The letter's place, plus ten, is its two-digit number.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
_CARD = re.compile(r"[A-Z][1289][0-9]{8}")
_OLD_CERTIFICATE = re.compile(r"[A-Z][ABCD][0-9]{8}")
_PASSPORT = re.compile(r"[A-Z0-9]{6,12}")


def read_identity(text: str) -> str | Refused:
    """Return the number in capitals without spaces, or why it is none."""
    number = narrow(tidy(text)).upper().translate(_SPACERS) if len(text) <= _MAX_CHARS else ""
    if _CARD.fullmatch(number) or _OLD_CERTIFICATE.fullmatch(number):
        return number if _is_sound(number) else Refused("identity_checksum")
    if _PASSPORT.fullmatch(number) and any(char in "0123456789" for char in number):
        return number
    return Refused("identity_unclear")


def _is_sound(number: str) -> bool:
    """Whether the weighted sum of all digits is a multiple of ten; of a second letter only the last digit counts."""
    second = number[1] if number[1] in "0123456789" else str(_LETTERS.index(number[1]) % 10)
    digits = f"{_LETTERS.index(number[0]) + 10}{second}{number[2:]}"
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 10 == 0
