"""
From what somebody wrote about the language they want to speak to codes that a list can show.

Understood whole or not at all: then the code is `read`, and a person reads what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

#: Languages and ways of speaking, by the words that people have for them; the first ones are those of the service.
_WORDS: Final[Mapping[str, str]] = {
    "zh": "華語|國語|中文|普通話|北京話|bahasa mandarin|bahasa cina|mandarin|chinese|tiếng hoa|tiếng trung quốc|tiếng trung|ภาษาจีน|จีน|tsino|wikang tsino",
    "en": "英語|英文|english|bahasa inggris|inggris|tiếng anh|ภาษาอังกฤษ|อังกฤษ|ingles|wikang ingles",
    "vi": "越南語|越南話|越南文|越語|越文|vietnamese|tiếng việt nam|tiếng việt|tieng viet nam|tieng viet|bahasa vietnam|ภาษาเวียดนาม|เวียดนาม",
    "id": "印尼語|印尼話|印尼文|indonesian|bahasa indonesia|indonesia|tiếng indonesia|ภาษาอินโดนีเซีย|อินโดนีเซีย",
    "th": "泰語|泰文|泰國話|bahasa thailand|bahasa thai|thai|ภาษาไทย|ไทย|tiếng thái",
    "fil": "菲律賓語|菲律賓文|菲律賓話|他加祿語|塔加洛語|wikang filipino|filipino|pilipino|tagalog|tiếng philippines|tiếng tagalog|ภาษาฟิลิปปินส์|ภาษาตากาล็อก",
    "nan": "台語|臺語|台灣話|臺灣話|臺灣台語|台灣台語|閩南語|閩南話|福佬話|河洛話|taiwanese|hokkien",
    "hak": "客語|客家話|客家語|hakka",
    "ja": "日語|日文|日本話|japanese|日本語",
    "ko": "韓語|韓文|韓國話|korean|한국어",
    "my": "緬甸語|緬甸話|緬語|緬文|burmese",
    "km": "柬埔寨語|柬埔寨話|高棉語|柬語|khmer",
    "yue": "廣東話|粵語|廣東語|cantonese",
    "sign": "台灣手語|臺灣手語|手語|sign language|tsl",
}
READ: Final = "read"
LANGUAGES: Final[tuple[str, ...]] = (*_WORDS, READ)
#: What may stand between and around them without changing what is meant.
_BETWEEN: Final = "或者?|和|及|跟|與|都可以|都可|皆可|也可以|也可|可以|可|用|說|講|請|我會|我|or|and|i speak|speak|hoặc|và|atau|dan|หรือ|และ|gamit ko|at|o|[\\s,，、/／;；.。&+()（）]"
_NAMED: Final = re.compile(
    "|".join(f"(?P<{code}>{words})" for code, words in _WORDS.items()) + f"|(?P<between>{_BETWEEN})"
)


def read_languages(words: str, locale: str) -> tuple[str, ...]:
    """
    Return the languages somebody asked for, or that of the page on which they wrote.

    Codes of LANGUAGES only, each once, in the order in which they were named; (`read`,) where it is not clear.
    """
    if not words.strip():
        code = locale.partition("_")[0]
        return (code,) if code in _WORDS else (READ,)
    found: dict[str, None] = {}
    place, lowered = 0, words.lower()
    while place < len(lowered):
        hit = _NAMED.match(lowered, place)
        if hit is None:
            return (READ,)
        if hit.lastgroup and hit.lastgroup != "between":
            found[hit.lastgroup] = None
        place = hit.end()
    return tuple(found) or (READ,)
