"""
What somebody typed, as units that can be compared: words, numbers, single Chinese and Thai letters, signs, and marks between clauses.

The same folding is used for what people type and for the entries of the lexicon. It is for comparing only, never for keeping.
"""

from __future__ import annotations

import re
import unicodedata

#: As much of a text as is looked at; of a longer one the beginning and the end, where people say what it is about.
MAX_CHARS = 5_000
_KEPT_AT_END = 2_000
#: NFKC can make eighteen characters of one.
_MAX_FOLDED_CHARS = 2 * MAX_CHARS

HAN = "\u2e80-\u2fff\u3005-\u3007\u3021-\ua4cf\uf900-\ufaff\U00020000-\U0003ffff"
THAI = "\u0e00-\u0e7f"
#: What stands between clauses, weak ones last. Everything else that is no letter, number or kept sign becomes one of them.
MARKS = frozenset(".?,")

_GRAVE, _ACUTE, _TILDE, _HOOK, _DOT = "\u0300\u0301\u0303\u0309\u0323"
_TONES = f"{_GRAVE}{_ACUTE}{_TILDE}{_HOOK}{_DOT}"
_LOOKALIKES = dict(zip("аеорсухіѕјԁԛԝһӏαοερτυνκιɑɡɩıł", "aeopcyxisjdqwhlaoeptuvkiagiil", strict=True))
_SPOKEN = {"臺": "台", "妳": "你", "祢": "你", "牠": "他", "裏": "裡", "麽": "麼", "ๆ": ""}
_THAI_DIGITS = dict(zip("๐๑๒๓๔๕๖๗๘๙", "0123456789", strict=True))
_STRONG = "!\n\r\u2026;。\u2028\u2029"
_WEAK = ':()[]{}<>"“”„«»「」『』【】《》〈〉、—–―/\\|~·•・=^&#@'
_GONE = "'’‘`´ʼ\ufe0f\ufe0e\u20e3\u00ad"
_SPACES = "-_\u2010\u2011\t\u3000"
_TABLE = str.maketrans(
    {
        **_LOOKALIKES,
        **_SPOKEN,
        **_THAI_DIGITS,
        **dict.fromkeys(_STRONG, "."),
        **dict.fromkeys(_WEAK, ","),
        **dict.fromkeys(_GONE),
        **dict.fromkeys(_SPACES, " "),
        **dict.fromkeys(map(chr, range(0x1F3FB, 0x1F400))),
    }
)
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]+"
)
_TONED = re.compile(f"([{_TONES}])([^\\W\\d_]+)")
_STRETCHED = re.compile(r"([^\W\d_])\1\1+")
_STRETCHED_SIGN = re.compile(r"([^\w\s])\1+")
_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")
_DOT_WITHIN = re.compile(rf"(?<=[{THAI}])\.(?=\d)")
_SPACED_OUT = re.compile(rf"(?<![{HAN}{THAI}])([{HAN}{THAI}](?: [{HAN}{THAI}])+)(?![{HAN}{THAI}])")
_GAP = re.compile(rf"(?<=[{HAN}{THAI}]) +(?=[{HAN}{THAI}])")
_WORD = rf"(?:(?![{HAN}{THAI}])[^\W\d_]|[{_TONES}])+"
_UNIT = re.compile(rf"[{HAN}{THAI}]|[0-9]+|{_WORD}(?:\*+{_WORD})*|[.?,]|[^\w\s]")
_HAN = re.compile(f"[{HAN}]")


def fold(text: str) -> str:
    """Return the text in one spelling; `split` makes units of it. Never raises, and is linear in the length."""
    plain = unicodedata.normalize("NFKC", _cut(text).replace("ℹ", "?")).lower()[:_MAX_FOLDED_CHARS]
    plain = _UNSEEN.sub("", plain).translate(_TABLE)
    if not plain.isascii():
        plain = _move_tones(plain)
        plain = _SPACED_OUT.sub(_join, plain)
        plain = _DOT_WITHIN.sub("", plain)
        plain = _GAP.sub(",", plain)
    plain = _STRETCHED.sub(_shorten, plain)
    return _STRETCHED_SIGN.sub(r"\1", _THOUSANDS.sub("", plain))


def split(text: str) -> list[str]:
    """Return the units of folded text."""
    return _UNIT.findall(text)


def _cut(text: str) -> str:
    if len(text) > MAX_CHARS:
        text = f"{text[: MAX_CHARS - _KEPT_AT_END]}\n{text[-_KEPT_AT_END:]}"
    # A half of a surrogate pair cannot be encoded.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _move_tones(text: str) -> str:
    """Vietnamese tones go to the end of their syllable: "hoà" and "hòa" are the same word."""
    apart = "".join(_APART.get(char, char) for char in text)
    return _TONED.sub(r"\2\1", apart) if apart != text else text


def _take_apart() -> dict[str, str]:
    apart = {}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        whole = unicodedata.normalize("NFD", chr(code))
        tones = [mark for mark in whole if mark in _TONES]
        if tones and len(whole) > 1:
            rest = "".join(mark for mark in whole if mark not in _TONES)
            apart[chr(code)] = unicodedata.normalize("NFC", rest) + tones[0]
    return apart


_APART = _take_apart()


def strip_accents(word: str) -> str:
    """Return a word as people type it who leave the marks out: "đăng" becomes "dang"."""
    if word.isascii():
        return word
    plain = unicodedata.normalize("NFD", word)
    return "".join(char for char in plain if not unicodedata.combining(char)).replace("đ", "d")


def _join(found: re.Match[str]) -> str:
    return found[0].replace(" ", "")


def is_stretched(text: str) -> bool:
    """Whether a letter stands there three times in a row, so that folding makes another word of it."""
    return _STRETCHED.search(text) is not None


def _shorten(found: re.Match[str]) -> str:
    """Chinese letters are said twice by rule (媽媽, 謝謝): two of them stay; three of "xxx" and "www", which are words."""
    return found[1] * (2 if _HAN.match(found[1]) else 3 if found[1] in "xw" else 1)
