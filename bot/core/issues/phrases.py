"""
Phrases that must not be said, and the sentences that may say them all the same, with the reason.

`denials` are taken out of a sentence before `phrases` are sought, so that "no tool can guarantee it"
is not heard as a promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from bot.core.parse import parse_toml
from bot.core.reader import Reader, build
from bot.core.text import fold


@dataclass(frozen=True, slots=True)
class Exemption:
    """One sentence, by its gettext context, that may hold one phrase."""

    where: str
    phrase: str
    reason: str


@dataclass(frozen=True, slots=True)
class PhraseList:
    """What is not said. Latin phrases match whole words, the others anywhere in the folded text."""

    phrases: tuple[str, ...] = ()
    denials: tuple[str, ...] = ()
    exemptions: tuple[Exemption, ...] = ()

    def find_in(self, sentence: str) -> tuple[str, ...]:
        """Return the phrases that a sentence holds once its denials are taken out."""
        words, joined = _fold_once(sentence)
        for denial in self.denials:
            as_words, as_joined = _fold_once(denial)
            words, joined = words.replace(as_words, "  "), joined.replace(as_joined, " ")
        return tuple(phrase for phrase in self.phrases if _is_in(phrase, words, joined))

    def is_exempt(self, where: str, phrase: str) -> bool:
        """Whether that sentence may hold that phrase."""
        return any((one.where, one.phrase) == (where, phrase) for one in self.exemptions)

    def find_unused(self, used: AbstractSet[tuple[str, str]]) -> Iterator[Exemption]:
        """Yield the exemptions that nothing needs any more."""
        return (one for one in self.exemptions if (one.where, one.phrase) not in used)


def parse_phrases(text: str, where: str) -> PhraseList:
    """Parse one list of phrases. FlowError names the file and the reason."""
    return build(
        Reader(parse_toml(text, where), where),
        lambda r: PhraseList(
            phrases=r.texts("phrases"),
            denials=r.texts("denials"),
            exemptions=tuple(_exemption(item) for item in r.items("exemptions")),
        ),
    )


def _exemption(reader: Reader) -> Exemption:
    return build(
        reader, lambda r: Exemption(where=r.text("where"), phrase=r.text("phrase"), reason=r.text("reason"))
    )


def _is_in(phrase: str, words: str, joined: str) -> bool:
    as_words, as_joined = _fold_once(phrase)
    return as_words in words if phrase.isascii() else as_joined in joined


@lru_cache(maxsize=32_768)
def _fold_once(text: str) -> tuple[str, str]:
    """Fold a phrase or a sentence of the flows, each of which is met many times; also without any space."""
    folded = fold(text)
    return f" {folded} ", folded.replace(" ", "")
