"""
Languages: the catalogues and the choice of a locale.

zh_TW is the source and stands in `flows/`; every other language is a gettext catalogue in
`locales/<locale>/LC_MESSAGES/frontdoor.po`, read with Babel. Fuzzy entries are never used, so a
reworded sentence falls back to the source until somebody has translated it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

from babel.core import Locale, UnknownLocaleError
from babel.messages.pofile import read_po

from bot.core.parse import parse_toml
from bot.core.sentences import collect_sentences

SOURCE_LOCALE = "zh_TW"
DOMAIN = "frontdoor"


@dataclass(frozen=True, slots=True)
class Catalogs:
    """Every translation, by locale and then by (context, source sentence)."""

    by_locale: Mapping[str, Mapping[tuple[str, str], str]]

    @property
    def locales(self) -> tuple[str, ...]:
        """All languages that can be spoken, the source first."""
        return (SOURCE_LOCALE, *sorted(self.by_locale))

    def translate(self, context: str, sentence: str, locale: str) -> str:
        """Return the sentence in that locale, or as it is when there is no translation."""
        return self.by_locale.get(locale, {}).get((context, sentence), sentence)


def load_catalogs(directory: Path) -> Catalogs:
    """Read every catalogue below `directory`."""
    paths = directory.glob(f"*/LC_MESSAGES/{DOMAIN}.po")
    known: dict[tuple[str, str], tuple[str, str]] = {}
    return Catalogs({path.parts[-3]: _read_catalog(path, known) for path in paths})


def _read_catalog(path: Path, known: dict[tuple[str, str], tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Read one. `known` are the source sentences met so far: languages share them, and their room."""
    with path.open("rb") as file:
        catalog = read_po(file)
    keys = ((message, (message.context or "", str(message.id))) for message in catalog)
    return {
        known.setdefault(key, key): str(message.string)
        for message, key in keys
        if message.id and message.string and not message.fuzzy
    }


def choose_locale(wanted: str, spoken: Sequence[str]) -> str:
    """
    Map any form of language tag (`zh-Hant-TW`, `en_US`, an Accept-Language list) to one we speak.

    Every Chinese is answered in the source language. Babel's own negotiation does not know that
    zh-TW is zh_Hant_TW.
    """
    for tag in re.split(r"[,;\s]+", wanted):
        language = language_of(tag)
        for locale in spoken:
            if language and language_of(locale) == language:
                return locale
    return SOURCE_LOCALE


# Babel takes a fifth of a millisecond, and a page of the form asks for each of its words.
@lru_cache(maxsize=256)
def language_of(tag: str) -> str:
    """Return the language of any form of tag: `zh` of zh-Hant-TW."""
    try:
        return Locale.parse(tag.replace("-", "_")).language if tag[:1].isalpha() else ""
    except (ValueError, UnknownLocaleError):
        return tag.replace("_", "-").partition("-")[0].casefold()


def extract_sentences(
    fileobj: IO[bytes], _keywords: object, _comment_tags: object, options: Mapping[str, str]
) -> Iterator[tuple[int, str, tuple[str, str], list[str]]]:
    """Give Babel every sentence of a file in `flows/` with its gettext context."""
    text = fileobj.read().decode("utf-8")
    lines = text.splitlines()
    name = options.get("name") or Path(getattr(fileobj, "name", "flow.toml")).name
    for context, sentence in collect_sentences(parse_toml(text, name)):
        head = sentence.splitlines()[0][:20]
        number = next((i for i, line in enumerate(lines, 1) if head in line), 1)
        yield number, "pgettext", (context, sentence), []
