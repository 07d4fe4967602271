"""What is never said to a person: a promise nobody can keep, or a word that blames."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.issues.material import Finding, Material
from bot.core.issues.phrases import PhraseList


def promises(material: Material) -> Iterator[Finding]:
    """A sentence promises a removal, an arrest or a safety that nobody can promise."""
    yield from _find(material, material.promises, "promises too much")


def blaming_words(material: Material) -> Iterator[Finding]:
    """A sentence blames the person or names the matter in words that shame."""
    yield from _find(material, material.blame, "blames or shames")


def needless_exemptions(material: Material) -> Iterator[Finding]:
    """An exemption in words/promises.toml or words/blame.toml is for something that is no longer said."""
    for phrases in (material.promises, material.blame):
        exempt = {one.where for one in phrases.exemptions}
        said = (one for one in material.say_all() if one[0] in exempt)
        used = {(context, phrase) for context, _, sentence in said for phrase in phrases.find_in(sentence)}
        for one in phrases.find_unused(used):
            yield one.where, f"'{one.phrase}' needs no exemption"


def _find(material: Material, phrases: PhraseList, fault: str) -> Iterator[Finding]:
    for context, locale, sentence in material.say_all():
        for phrase in phrases.find_in(sentence):
            if not phrases.is_exempt(context, phrase):
                yield f"{context} [{locale}]", f"'{phrase}' {fault}"
