"""
Draws docs/translators-glossary.md from docs/translators-glossary.toml.

    .venv/bin/python scripts/translators_glossary.py            # write
    .venv/bin/python scripts/translators_glossary.py --check    # fail when it is stale

tests/test_translators_glossary.py holds the catalogues to the same file, with `find_strays`.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent.parent / "docs"
SOURCE, DRAWN = DOCS / "translators-glossary.toml", DOCS / "translators-glossary.md"
LANGUAGES = {
    "en": "English",
    "vi": "Vietnamese",
    "id": "Indonesian",
    "th": "Thai",
    "fil": "Filipino",
}
_HEAD = """# Glossary for translators

Words that every language says in one way; the first one is the one to use, those in brackets fit some sentences better.
Drawn from `docs/translators-glossary.toml` by `scripts/translators_glossary.py`; a test holds the catalogues to it. The words of
the code are in [GLOSSARY.md](GLOSSARY.md), how to translate is in [translators.md](translators.md).
"""


@dataclass(frozen=True, slots=True)
class Term:
    """A Chinese term, its forms by language, and the sentences (contexts) that do without it, with the reason."""

    zh: str
    means: str
    forms: Mapping[str, tuple[str, ...]]
    note: str
    is_free: bool
    without: Mapping[str, str]


#: language, context, term: a translation that does not say it.
Stray = tuple[str, str, str]


def load_terms(text: str) -> list[Term]:
    """Read the terms. KeyError names what a term lacks."""
    return [_read_term(item) for item in tomllib.loads(text)["terms"]]


def _read_term(item: Mapping[str, Any]) -> Term:
    return Term(
        zh=item["zh"],
        means=item["means"],
        forms={language: tuple(item[language]) for language in LANGUAGES},
        note=item.get("note", ""),
        is_free=item.get("free", False),
        without=dict(item.get("without", ())),
    )


def find_strays(
    terms: Sequence[Term], language: str, said: Mapping[tuple[str, str], str], is_short: Mapping[str, bool]
) -> Iterator[Stray]:
    """Give each sentence that has the Chinese term and no form of its translation; short ones are let be."""
    for term in terms:
        forms = [form.casefold() for form in term.forms[language]]
        for (context, source), text in said.items():
            is_held = term.zh in source and not (term.is_free or is_short[context] or context in term.without)
            if is_held and not any(form in text.casefold() for form in forms):
                yield language, context, term.zh


def draw(terms: Sequence[Term]) -> str:
    """Return the page."""
    head = ["Chinese", "what it means", *LANGUAGES.values(), "mind"]
    rows = [head, ["---"] * len(head), *(_list_cells(term) for term in terms)]
    return _HEAD + "\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def _list_cells(term: Term) -> list[str]:
    forms = (_name_forms(term.forms[language]) for language in LANGUAGES)
    return [term.zh, term.means, *forms, term.note]


def _name_forms(forms: Sequence[str]) -> str:
    first, *others = forms
    return f"{first} ({', '.join(others)})" if others else first


def main(arguments: Sequence[str]) -> None:
    """Write the page, or fail when it is stale."""
    page = draw(load_terms(SOURCE.read_text(encoding="utf-8")))
    if "--check" not in arguments:
        DRAWN.write_text(page, encoding="utf-8")
    elif not DRAWN.exists() or DRAWN.read_text(encoding="utf-8") != page:
        sys.exit(
            "docs/translators-glossary.md is stale: run .venv/bin/python scripts/translators_glossary.py"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
