"""
A choice named by its number in words, or with one slip of the finger.

Only where nothing is agreed to, sent or erased: there a word counts only as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Shorter words are too near to others.
_SHORTEST = 4
_LONGEST = 40
_NUMBERS = {
    "一": 1, "二": 2, "兩": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "6th": 6, "7th": 7,
    "một": 1, "nhất": 1, "đầu tiên": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "sáu": 6, "bảy": 7,
    "satu": 1, "pertama": 1, "dua": 2, "kedua": 2, "tiga": 3, "ketiga": 3, "empat": 4, "keempat": 4, "lima": 5,
    "kelima": 5, "enam": 6, "keenam": 6, "tujuh": 7, "ketujuh": 7,
    "หนึ่ง": 1, "แรก": 1, "สอง": 2, "สาม": 3, "สี่": 4, "ห้า": 5, "หก": 6, "เจ็ด": 7,
    "isa": 1, "una": 1, "dalawa": 2, "ikalawa": 2, "pangalawa": 2, "tatlo": 3, "ikatlo": 3, "pangatlo": 3, "apat": 4,
    "ikaapat": 4, "pangapat": 4, "ikalima": 5, "panglima": 5, "anim": 6, "pito": 7,
}  # fmt: skip
#: What people put around a number that names a choice.
_BEFORE = (
    "我選", "我选", "選擇", "选择", "選", "选", "第", "號碼", "the", "number", "no", "option", "choice", "i choose", "choose",
    "số", "thứ", "cái thứ", "câu", "chọn", "nomor", "no", "nomer", "yang", "pilih", "pilihan", "ข้อ", "ที่", "ข้อที่", "อันที่",
    "อัน", "เลือกข้อ", "เบอร์", "ang", "numero", "bilang", "pang", "ika",
)  # fmt: skip
_AFTER = (
    "個",
    "个",
    "號",
    "号",
    "項",
    "项",
    "題",
    "题",
    "one",
    "please",
    "đi",
    "aja",
    "dong",
    "saja",
    "po",
    "ครับ",
    "ค่ะ",
    "คะ",
)
#: Letters of an alphabet: Latin with its marks, and Thai.
_SPELLED = re.compile("[a-z\u00df-\u024f\u0300-\u036f\u0e01-\u0e4e\u1e00-\u1eff]+")
_DIGITS = re.compile(r"[0-9]{1,2}")


def read_number(said: str) -> int | None:
    """Return the number that folded text names and nothing else; None: it names none."""
    rest = said.strip() if len(said) <= _LONGEST else ""
    while rest:
        found = _NUMBERS.get(rest) or (int(rest) if _DIGITS.fullmatch(rest) else None)
        if found is not None:
            return found
        peeled = _peel(rest)
        if peeled == rest:
            return None
        rest = peeled
    return None


def _peel(rest: str) -> str:
    """Return the text without one of the words around a number, at either end."""
    for word in sorted(_BEFORE, key=len, reverse=True):
        if rest.startswith(word) and (
            not word.isascii() or rest[len(word) :].startswith((" ", *"0123456789"))
        ):
            return rest[len(word) :].strip()
    for word in _AFTER:
        if rest.endswith(word) and len(rest) > len(word):
            return rest[: -len(word)].strip()
    return rest


def is_near(said: str, name: str) -> bool:
    """
    Whether one slip of the finger lies between two squeezed words: a letter too much, too few, another, or two swapped.

    Of scripts that write a word in one sign nothing is near: another sign is another word.
    """
    if said == name or min(len(said), len(name)) < _SHORTEST or max(len(said), len(name)) > _LONGEST:
        return False
    if abs(len(said) - len(name)) > 1 or not (_SPELLED.fullmatch(said) and _SPELLED.fullmatch(name)):
        return False
    at = next(
        (i for i, (a, b) in enumerate(zip(said, name, strict=False)) if a != b), min(len(said), len(name))
    )
    rest_said, rest_name = said[at:], name[at:]
    return (
        rest_said[1:] == rest_name
        or rest_said == rest_name[1:]
        or rest_said[1:] == rest_name[1:]
        or (rest_said[:2] == rest_name[1::-1] and rest_said[2:] == rest_name[2:])
    )


def find_near(said: str, names: Iterable[tuple[str, str]]) -> str | None:
    """Return the id of the only one whose name is near; None: none, or more than one."""
    found = {name_id for name, name_id in names if is_near(said, name)}
    return found.pop() if len(found) == 1 else None
