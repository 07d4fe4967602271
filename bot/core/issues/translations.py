"""Translations: whole, current, and saying the same contacts, facts and numbers as the source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from bot.core.issues.material import Finding, Material, Translation
from bot.core.sentences import Sentence

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_NUMBER = re.compile(r"\d{3,}")
_TEN_THOUSANDS = re.compile(r"(\d+)\s*萬")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")


def missing_translations(material: Material) -> Iterator[Finding]:
    """A sentence has no translation in an enabled language."""
    for locale, catalog in material.catalogs.items():
        for context, sentence in dict.fromkeys(material.sentences):
            entry = catalog.get((context, sentence))
            if entry is None or not entry.text:
                yield f"{context} [{locale}]", f"is not translated: {sentence[:20]}"


def fuzzy_translations(material: Material) -> Iterator[Finding]:
    """A translation was made for an earlier wording and has not been looked at since: it is not used."""
    for locale, catalog in material.catalogs.items():
        for context, sentence in dict.fromkeys(material.sentences):
            entry = catalog.get((context, sentence))
            if entry and entry.text and entry.fuzzy:
                yield f"{context} [{locale}]", f"is fuzzy: {sentence[:20]}"


def superfluous_translations(material: Material) -> Iterator[Finding]:
    """A catalogue translates something that nobody says any more."""
    said = set(material.sentences)
    for locale, catalog in material.catalogs.items():
        for context, sentence in catalog.keys() - said:
            yield f"{context} [{locale}]", f"is said no more: {sentence[:20]}"


def differing_placeholders(material: Material) -> Iterator[Finding]:
    """A translation mentions other contacts or facts than its source."""
    for where, (_, sentence), entry in _used(material):
        if Counter(find_placeholders(sentence)) != Counter(find_placeholders(entry.text)):
            yield where, "has other placeholders than its source"


def differing_numbers(material: Material) -> Iterator[Finding]:
    """A number of three digits or more was changed, lost or added in a translation."""
    for where, (_, sentence), entry in _used(material):
        if find_numbers(sentence) != find_numbers(entry.text):
            yield where, "has other numbers than its source"


def find_placeholders(text: str) -> list[str]:
    """Return what the service fills in, in its order, each as often as it stands there."""
    return _PLACEHOLDER.findall(text)


def find_numbers(text: str) -> set[str]:
    """Return the numbers of three digits or more in full figures: 50 萬 and 500,000 are the same."""
    figures = _TEN_THOUSANDS.sub(lambda found: f"{found[1]}0000", _THOUSANDS.sub("", text))
    return set(_NUMBER.findall(figures))


def _used(material: Material) -> Iterator[tuple[str, Sentence, Translation]]:
    for locale, catalog in material.catalogs.items():
        for sentence in dict.fromkeys(material.sentences):
            entry = catalog.get(sentence)
            if entry and entry.text and not entry.fuzzy:
                yield f"{sentence[0]} [{locale}]", sentence, entry
