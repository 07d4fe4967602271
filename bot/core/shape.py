"""
What a text looks like, without what it says: enough to find out why it broke something.

Every character becomes one sign for its kind, so that no word, name or number is left: marks too, in which Thai and
decomposed Vietnamese are half written, and what this Python has no name for yet, which may be somebody's surname. How
many of a kind stand in a row is still seen, and that is what breaks programs. Only what nobody writes words with stays
as its code: controls, lone surrogates, joiners and what turns the direction.
"""

from __future__ import annotations

import unicodedata

#: A shape longer than this says no more.
MAX_SHAPE_CHARS = 2_000
_KINDS = {
    "Lu": "A", "Ll": "a", "Lt": "A", "Lm": "a", "Nd": "0", "Nl": "0", "No": "0",
    "So": "*", "Sm": "+", "Sc": "$", "Sk": "^", "Zs": "_", "Zl": "|", "Zp": "|",
    "Mn": "m", "Mc": "m", "Me": "m", "Cf": "f", "Co": "P", "Cn": "?",
}  # fmt: skip
_LETTER = "x"
_PUNCTUATION = "."
#: They spell a text that nobody sees. Source: Unicode, 23.9 Tag Characters.
_TAG, _TAGS = "T", range(0xE0020, 0xE0080)
#: Joiners, bidi controls and the byte order mark; of the other formats some stand for a script's own signs.
_FORMATS = frozenset(
    "\u200c\u200d\ufeff\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def draw_shape(text: str) -> str:
    """Return the shape in ASCII. Never raises, whatever is in the text."""
    return "".join(map(_draw, text[:MAX_SHAPE_CHARS]))[:MAX_SHAPE_CHARS]


def _draw(char: str) -> str:
    if ord(char) in _TAGS:
        return _TAG
    category = unicodedata.category(char)
    if category in _KINDS and char not in _FORMATS:
        return _KINDS[category]
    if category == "Lo":
        return _LETTER
    if category[0] == "P":
        return _PUNCTUATION
    return f"<{ord(char):04X}>"  # controls, lone surrogates, joiners and directions
