"""Numbers in a text, in figures and in words of six languages: up to 99 in words, which is what ages need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.understanding.folding import fold, strip_accents

_HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"兩": 2, "两": 2, "〇": 0}
_LOWEST_TEN = 2
#: Words in the longest name.
_LONGEST = 3


@dataclass(frozen=True, slots=True)
class Number:
    """What stands from `start` up to `end` of a text. `written`: in words, which mean a number less surely than figures."""

    start: int
    end: int
    value: int
    written: bool


def find_numbers(text: str) -> Iterator[Number]:
    """Yield the numbers of folded text from left to right."""
    for found in (_ANY if _HINT.search(text) else _FIGURES).finditer(text):
        if found[0][0].isdigit():
            # More figures than a year has mean nothing here, and would cost time.
            yield Number(found.start(), found.end(), int(found[0][:9]), written=False)
        elif " " in found[0]:
            yield from _part(found[0], found.start())
        elif (value := _read_words(found[0])) >= 0:
            yield Number(found.start(), found.end(), value, written=True)


def _part(words: str, start: int) -> Iterator[Number]:
    """Yield the longest numbers in a row of number words: "mười lăm" is one, "hai mười" are two."""
    row = words.split()
    while row:
        for size in range(min(len(row), _LONGEST), 0, -1):
            name = " ".join(row[:size])
            if name in _NAMES:
                yield Number(start, start + len(name), _NAMES[name], written=True)
                break
        start += len(name) + 1
        row = row[size:]


def _read_words(name: str) -> int:
    if name in _NAMES:
        return _NAMES[name]
    if name[0] == "廿":
        return 20 + _HAN_DIGITS.get(name[1:], 0)
    tens, ten, ones = name.partition("十")
    if not ten:
        return _HAN_DIGITS.get(name, -1)
    return 10 * _HAN_DIGITS.get(tens, 1) + _HAN_DIGITS.get(ones, 0)


def _english() -> Iterator[tuple[str, int]]:
    ones = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    teens = [
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ]
    yield from zip((*ones, *teens), range(1, 20), strict=True)
    yield from {"forteen": 14, "fiveteen": 15, "sixteen": 16, "eightteen": 18}.items()
    yield from _tens(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty"], ones, "{} {}")


def _tens(tens: list[str], ones: list[str], shape: str) -> Iterator[tuple[str, int]]:
    for ten, name in enumerate(tens, start=_LOWEST_TEN):
        yield name, 10 * ten
        yield from ((shape.format(name, one), 10 * ten + value) for value, one in enumerate(ones, start=1))


def _vietnamese() -> Iterator[tuple[str, int]]:
    ones = ["một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
    spoken = {1: ("mốt",), 4: ("tư",), 5: ("lăm", "nhăm"), 7: ("bẩy",)}
    yield from ((one, value) for value, one in enumerate(ones, start=1))
    yield "mười", 10
    for value, one in enumerate(ones, start=1):
        for name in (one, *spoken.get(value, ())):
            yield f"mười {name}", 10 + value
            for ten, first in enumerate(ones[1:], start=_LOWEST_TEN):
                yield f"{first} mươi {name}", 10 * ten + value
                yield f"{first} {name}", 10 * ten + value if name in {"mốt", "lăm", "nhăm"} else 0
    yield from ((f"{first} mươi", 10 * ten) for ten, first in enumerate(ones[1:], start=_LOWEST_TEN))


def _indonesian() -> Iterator[tuple[str, int]]:
    ones = ["satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"]
    yield from ((one, value) for value, one in enumerate(ones, start=1))
    yield from (("sepuluh", 10), ("sebelas", 11))
    yield from ((f"{one} belas", 10 + value) for value, one in enumerate(ones, start=1))
    yield from _tens([f"{one} puluh" for one in ones[1:]], ones, "{} {}")


def _filipino() -> Iterator[tuple[str, int]]:
    ones = ["isa", "dalawa", "tatlo", "apat", "lima", "anim", "pito", "walo", "siyam"]
    yield from ((one, value) for value, one in enumerate(ones, start=1))
    yield "sampu", 10
    for value, one in enumerate(ones, start=1):
        nasal = "m" if one[0] == "p" else "n"
        for name in (f"labing {one}", f"labing{one}", f"labi{nasal}{one}", f"labin {one}"):
            yield name, 10 + value
    yield from _tens(
        ["dalawampu", "tatlumpu", "apatnapu", "limampu", "animnapu", "pitumpu", "walumpu"], ones, "{}t {}"
    )
    yield from _spanish()


def _spanish() -> Iterator[tuple[str, int]]:
    """As Filipinos count years."""
    teens = {
        11: "onse", 12: "dose", 13: "trese", 14: "katorse", 15: "kinse", 16: "disisais disisayis disesais disi_sais",
        17: "disisyete disesyete disisiyete disisiete disi_syete", 18: "disiotso disyotso disiocho disi_otso dieciocho",
        19: "disinuwebe disinwebe disinueve",
    }  # fmt: skip
    yield from ((name.replace("_", " "), value) for value, names in teens.items() for name in names.split())
    ones = ["uno", "dos", "tres", "kwatro", "singko", "sais", "syete", "otso", "nuwebe"]
    tens = {
        20: "bente beinte baynte", 30: "trenta treinta", 40: "kwarenta kuwarenta", 50: "singkwenta", 60: "sisenta",
    }  # fmt: skip
    for value, names in tens.items():
        for name in names.split():
            yield name, value
            for more, one in enumerate(ones, start=1):
                yield from ((f"{name} {one}", value + more), (f"{name}y {one}", value + more))


def _thai() -> Iterator[tuple[str, int]]:
    ones = ["หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า"]
    yield from ((one, value) for value, one in enumerate(ones, start=1))
    yield "สิบ", 10
    tens = ("", "ยี่", *ones[2:])
    for ten, first in enumerate(tens, start=1):
        yield f"{first}สิบ", 10 * ten
        yield from ((f"{first}สิบ{one}", 10 * ten + value) for value, one in enumerate(ones, start=1))
        yield f"{first}สิบเอ็ด", 10 * ten + 1


def _collect() -> dict[str, int]:
    names: dict[str, int] = {}
    for name, value in (*_english(), *_vietnamese(), *_indonesian(), *_filipino(), *_thai()):
        if value:
            folded = fold(name)
            for spelling in (folded, strip_accents(folded) if folded[0] < "\u0e00" else folded):
                names.setdefault(spelling, value)
    return names


_NAMES = _collect()


def _alternation() -> str:
    thai = ["หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า", "เอ็ด", "ยี่"]
    one_thai = "|".join(map(fold, thai))
    latin = "|".join({word for name in _NAMES if name[0] < "\u0e00" for word in name.split()})
    han = "[二兩两三四五六七八九]?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|[一二兩两三四五六七八九]"
    letter = "[^\\W\\d_]"
    return (
        rf"[0-9]+|{han}|(?:{one_thai})?สิบ(?:{one_thai})?|{one_thai}"
        rf"|(?<!{letter})(?:{latin})(?: (?:{latin}))*(?!{letter}|[\u0300-\u0323])"
    )


_FIGURES = re.compile("[0-9]+")
_ANY = re.compile(_alternation())
#: What stands in every number in words above ten, and in few other words.
_HINT = re.compile(
    "[一二兩两三四五六七八九十廿]|สิบ|ปี|ขวบ|teen|ten|three|four|five|six|seven|eight|nine|eleven|twel|twent|thirt|fort|fift|sixt|year|mươi|muoi|lăm|nhăm|môt|tuôi|tuoi|năm|nam|"
    "puluh|belas|sebelas|tahun|labi|sampu|pu|anyos|taon|onse|dose|trese|katorse|kinse|disi|dise|disy|diec|bente|beinte|baynte|"
    "tren|trein|kwarenta|kuwarenta|singkwenta|sisenta"
)
