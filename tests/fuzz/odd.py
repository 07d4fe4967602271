"""
Odd texts, drawn from what breaks programs: every script, every direction, what is not seen, what other programs read as orders.

Nothing in them says anything about anybody.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from random import Random

#: Bidi controls: none of these may come out of anything. Source: Unicode UAX #9, 2.
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u115f\u1160\u3164\uffa0\u180e\ufe0e\ufe0f\U000e0001\U000e0041\U000e0100"
_MARKS = "\u0300\u0301\u0302\u0308\u0323\u0335\u0489\u3099\u0e47\u0e48\u20dd\u20e3\u0327\u05b0\u064b\u0f72\U0001d165"
_BROKEN = "\ud800\udbff\udc00\udfff\ufffe\uffff\ufdd0\U0010ffff\U0010fffe\ufffd\ue000\U000f0000"
_SPACES = " \t\n\r\x0b\x0c\u00a0\u1680\u2003\u2028\u2029\u202f\u205f\u3000\x1c\x1d\x85"
_EMOJI = (
    "👩‍👩‍👧‍👦",
    "🏳️‍🌈",
    "👩🏽‍💻",
    "🇹🇼",
    "🇹",
    "1️⃣",
    "#️⃣",
    "😀",
    "\U0001f3fd",
    "❤️‍🔥",
    "🧑🏿‍🤝‍🧑🏻",
    "🏴\U000e0067\U000e0062\U000e007f",
)
_DIGITS = (
    "0912345678",
    "０９１２",
    "٠٩١٢",
    "۰۹",
    "०९",
    "๐๙",
    "᠐",
    "Ⅻ",
    "½",
    "²³",
    "①②",
    "一二三〇",
    "壹貳",
    "𝟘𝟡",
    "㊈",
    "༳",
    "꘠",
    "1e999",
    "-0",
    "0x1F",
)
_FORMULAS = (
    "=1+1", "+886912345678", "-2+3", "@SUM(1,1)", "＝1+1", "＋1", "－1", "＠A1", "\t=1", "\r=1", "\n=1", "\u3000=1", "\u200b=1",
    "=cmd|' /C calc'!A0", '=HYPERLINK("http://x.example","x")', "'=1", "''", "9-12", "May 5", "TRUE", "#REF!", "1/2", "{=1}", "_x0041_",
)  # fmt: skip
_MARKUP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg/onload=alert(1)>', "</textarea>", "</title>", "<!--", "-->",
    "]]>", "<![CDATA[", "&lt;", "&#x0;", "&amp;amp;", "<b>", "</", "<r><t>x</t></r>", "javascript:alert(1)", "' onmouseover='x", "`", "<a href=//x>",
)  # fmt: skip
_TYPESET = (
    '#import "x": *', '#eval("1")', '#read("/etc/passwd")', "#sys.inputs", "$x^2$", "\\u{0}", "#{", "}#", "/*", "//", "*_", "<label>", "@ref", "~", "---",
    "\\input{/etc/passwd}", "\\write18{x}", "\\end{document}", "$$", "%PDF-1.7", "endstream", "(x) Tj", "\\def\\x{\\x}\\x",
)  # fmt: skip
_TEMPLATES = (
    "{{7*7}}", "{% raw %}", "${7*7}", "#{7*7}", "<%= 7 %>", "%s", "%n", "{0}", "{over}", "{values}", "{receipt}", "{{", "}}", "${jndi:ldap://x}",
    "'; DROP TABLE outbox; --", '" OR ""="', "\\", "\\\\", "\\n", "\\x00", "../../etc/passwd", "%00", "\x00", "/start", "/erase", "v=a&t=1&c=erase_yes",
)  # fmt: skip
_WORDS = (
    "他說要把影片傳出去", "我很害怕", "請幫我", "臺北市中山區中山北路二段", "好", "找真人", "1", "離開", "不安全", "我不想活了", "help me", "Tôi sợ",
    "Saya takut", "ช่วยด้วย", "Natatakot ako", "助けて", "도와주세요", "помогите", "مساعدة", "עזרה", "मदद", "သူငါ့", "ជួយ", "ช่ว\u0e31", "ﷺ", "ﷻ", "ﬃ", "ſ", "İ", "ß", "ǰ",
    "K", "𠮷野家", "𡃁", "\U0002f800", "葛\U000e0100", "Zürich", "e\u0301", "한국", "한", "가각", "ऩ", "A123456789", "1990-05-20", "民國79年5月20日", "02-2345-6789#12",
)  # fmt: skip
_Maker = Callable[[Random], str]


@cache
def _list_everything() -> str:
    """Return every character there is, halves of some included, by which scripts are met evenly."""
    return "".join(
        chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) not in {"Cn", "Co"}
    )


def _pick(pieces: Sequence[str]) -> _Maker:
    return lambda dice: pieces[int(dice.random() * len(pieces))]


def _pile(dice: Random) -> str:
    """A tower: a letter, and more marks than anybody reads."""
    height = dice.choice((1, 8, 9, 40, 300))
    return _pick("aeก한あا𠮷")(dice) + "".join(_pick(_MARKS)(dice) for _ in range(height))


def _draw_anything(dice: Random) -> str:
    everything = _list_everything()
    return "".join(everything[int(dice.random() * len(everything))] for _ in range(dice.randint(1, 6)))


def _number(dice: Random) -> str:
    """A number in any of the scripts that have digits."""
    zero = _list_zeros()[int(dice.random() * len(_list_zeros()))]
    return "".join(chr(zero + dice.randrange(10)) for _ in range(dice.randint(1, 12)))


@cache
def _list_zeros() -> tuple[int, ...]:
    return tuple(code for code in range(0x110000) if unicodedata.decimal(chr(code), None) == 0)


_MAKERS: tuple[_Maker, ...] = (
    _pick(BIDI), _pick(_UNSEEN), _pick(_MARKS), _pick(_BROKEN), _pick(_SPACES), _pick(_EMOJI), _pick(_DIGITS), _pick(_FORMULAS), _pick(_MARKUP),
    _pick(_TYPESET), _pick(_TEMPLATES), _pick(_WORDS), _pick(_WORDS), _pick(_WORDS), _draw_anything, _number, lambda dice: chr(dice.randrange(0xA0)),
)  # fmt: skip
#: Beyond what may be typed (5,000), and beyond what a cell of a spreadsheet holds.
_HUGE = (2_000, 5_000, 5_001, 16_384, 33_000)


def make_text(dice: Random) -> str:
    """Make one odd text: mostly short, one in fifty a tower, one in two hundred huge."""
    luck = dice.random()
    if luck < 0.005:
        size = dice.choice(_HUGE)
        piece = _MAKERS[int(dice.random() * len(_MAKERS))](dice)
        return (piece * (size // len(piece) + 1))[: size + dice.randint(-1, 1)]
    if luck < 0.025:
        return _pile(dice)
    count = 1 if luck < 0.2 else dice.randint(2, 9)
    return "".join(_MAKERS[int(dice.random() * len(_MAKERS))](dice) for _ in range(count))
