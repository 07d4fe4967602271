"""Understanding, as it is shipped: what free words state, and in which of our languages somebody began to write."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from bot.core import code, receipt
from bot.core.stated import Understand
from bot.core.text import fold
from bot.pack import find_data
from bot.understanding.artefact import load
from bot.understanding.reading import Reader

#: The model, as `training/` writes it.
MODEL = "understood.bin"
#: Fewer words or letters are a name, a slip or a word that everybody borrows.
_FEWEST_WORDS = 2
_FEWEST_LETTERS = 8
#: How languages are called by what understands them, and by the catalogues.
_LOCALES = {"zh-TW": "zh_TW", "en": "en", "vi": "vi", "id": "id", "th": "th", "fil": "fil"}
_HAN = re.compile(r"[\u3400-\u9fff]")
_BOPOMOFO = re.compile(r"[\u3105-\u312f]")
_THAI = re.compile(r"[\u0e01-\u0e5b]")
#: In its own script a language needs few signs to be known.
_FEWEST_SIGNS = 2


@cache
def load_understanding() -> Understand:
    """
    Return what reads free words, by the model in `flows/words/`. It is read once for each process.

    FlowError: it is missing or damaged. Nobody is served without it: cries for help in own words would go unheard.
    """
    return Reader(load(find_data("flows") / "words" / MODEL)).read


@dataclass(frozen=True, slots=True)
class LocaleFinder:
    """Finds in which of our languages somebody writes. `locales` are those that can be spoken."""

    understand: Understand
    locales: Collection[str]

    def __call__(self, text: str) -> str:
        """Return the locale; empty where a text is too short to tell, is a code, or is in none of ours."""
        if code.is_unmistakable(text) or receipt.is_unmistakable(text):
            return ""
        found = self._find_by_script(text)
        if found is None:
            found = _LOCALES.get(self.understand(text).language, "") if _is_long_enough(text) else ""
        return found if found in self.locales else ""

    def _find_by_script(self, text: str) -> str | None:
        """Return what the script alone tells. None: nothing. Who mixes English into Chinese writes Chinese."""
        if len(_HAN.findall(text)) >= _FEWEST_SIGNS or _BOPOMOFO.search(text):
            return "zh_TW"
        return "th" if len(_THAI.findall(text)) >= _FEWEST_SIGNS else None


def _is_long_enough(text: str) -> bool:
    words = [word for word in fold(text).split() if word.isalpha()]
    return len(words) >= _FEWEST_WORDS and sum(map(len, words)) >= _FEWEST_LETTERS
