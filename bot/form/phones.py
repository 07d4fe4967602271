"""
Telephone numbers as people write them, and the line that each belongs to.

A wrong number reaches a stranger, or the one person who must not know. So nothing is guessed: a line without its area code is
refused, because eight digits without it can be another county's number with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from bot.core.fields import Draft, Refused, Taken
from bot.form.words import narrow, tidy

#: `any`: such a number may be either (most of North America), or neither (0800, 070).
Line = Literal["mobile", "fixed", "any"]

_TAIWAN = 886
_MAX_CHARS = 60
_MAX_EXTENSION_DIGITS = 6
_EXTENSION = re.compile(r"\s*(?:extension|ext\.?|分機|轉|转|分|#|x)\s*[:.]?\s*")
_NAMED = re.compile(r"(?:手機|行動電話|電話|市話|家裡|家用|公司|tel|phone|mobile)\.?\s*:?\s*")
_SPACERS = str.maketrans("", "", " -./()‐‑‒–—−~・")
_DIGITS = re.compile(r"\+?[0-9]{6,17}")
_BARE_MOBILE = re.compile(r"9[0-9]{8}")
_COUNTRY_FIRST = re.compile(r"(?:00)?886[0-9]{8,10}")
_LINES: dict[int, Line] = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.PERSONAL_NUMBER: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed",
}


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as it is kept, and which kind of line it is."""

    number: str = field(repr=False)
    line: Line


def read_phone(text: str) -> Phone | Refused:
    """Return the number, or why it cannot be called."""
    plain = narrow(tidy(text)).casefold() if len(text) <= _MAX_CHARS else ""
    if named := _NAMED.match(plain):
        plain = plain[named.end() :]
    called, *extensions = _EXTENSION.split(plain)
    number, extension = called.translate(_SPACERS), "".join(extensions).strip()
    if not _DIGITS.fullmatch(number) or len(extensions) > 1:
        return Refused("phone_unclear")
    if extensions and not re.fullmatch(rf"[0-9]{{1,{_MAX_EXTENSION_DIGITS}}}", extension):
        return Refused("phone_unclear")
    found = _parse(number)
    return found if isinstance(found, Refused) else _write(found, extension)


def place_phone(key: str, phone: Phone, draft: Draft) -> Taken | Refused:
    """
    Put a number where it belongs: a mobile number typed as the home line becomes the mobile one, and so on.

    A number that stands there already is never overwritten by one that was typed elsewhere.
    """
    prefix, _, asked = key.rpartition("_")
    for slot in _find_slots(asked, phone.line):
        other = f"{prefix}_{slot}"
        if slot == asked or draft.get(other, phone.number) == phone.number:
            return Taken({other: phone.number})
    return Refused("phone_not_mobile")


def _find_slots(asked: str, line: Line) -> tuple[str, ...]:
    """List the places that fit, best first. People do answer a mobile at home; a fixed line is never a mobile."""
    if asked == "mobile" and line == "fixed":
        return ("home", "work")
    if asked in {"home", "work"} and line == "mobile":
        return ("mobile", asked)
    return (asked,)


def _parse(number: str) -> phonenumbers.PhoneNumber | Refused:
    if _BARE_MOBILE.fullmatch(number):
        number = f"0{number}"
    if _COUNTRY_FIRST.fullmatch(number):
        number = f"+{number.removeprefix('00')}"
    if number[0] not in "+0":
        return Refused("phone_area")
    try:
        found = phonenumbers.parse(number, "TW")
    except phonenumbers.NumberParseException:
        return Refused("phone_unclear")
    is_premium = phonenumbers.number_type(found) == PhoneNumberType.PREMIUM_RATE
    return found if phonenumbers.is_valid_number(found) and not is_premium else Refused("phone_unclear")


def _write(found: phonenumbers.PhoneNumber, extension: str) -> Phone | Refused:
    """Taiwanese numbers as one dials them here (02-2345-6789#12), others with their country's code."""
    line = _LINES.get(phonenumbers.number_type(found), "any")
    if extension and line == "mobile":
        return Refused("phone_unclear")
    if found.country_code == _TAIWAN:
        number = phonenumbers.format_number(found, PhoneNumberFormat.NATIONAL).replace(" ", "-")
    else:
        number = phonenumbers.format_number(found, PhoneNumberFormat.E164)
    return Phone(f"{number}#{extension}" if extension else number, line)
