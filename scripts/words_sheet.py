"""
Give translators a spreadsheet, and take it back: nobody needs to know what a catalogue is.

    .venv/bin/python -m scripts.words_sheet out vi vi.xlsx
    .venv/bin/python -m scripts.words_sheet in vi vi.xlsx [--dry-run]

Only translations are taken. A sheet with anything wrong in it changes nothing, and each fault is named with its row.
"""

from __future__ import annotations

import argparse
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bot.core.issues.phrases import PhraseList, parse_phrases
from bot.core.sentences import Sentence
from bot.pack import find_data
from bot.voice.catalogs import DOMAIN
from scripts.words_files import Line, SheetRefused, read_sheet, write_sheet
from scripts.words_po import put_translations, read_translations
from scripts.words_rows import Row, find_problems, make_rows, sign

_MOST_NAMED = 40


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, do it, say what was done; 1: refused."""
    asked = _parse(arguments)
    try:
        return (_give if asked.way == "out" else _take)(asked)
    except SheetRefused as refused:
        print(f"{asked.file}: nothing was changed.\n{refused}", file=sys.stderr)
        return 1


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A spreadsheet for translators, and back.")
    parser.add_argument("way", choices=("out", "in"))
    parser.add_argument("locale", help="the language, as its folder in locales/ is called: vi")
    parser.add_argument("file", type=Path, help="the spreadsheet: .xlsx or .csv")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and write nothing")
    parser.add_argument("--locales", type=Path, default=find_data("locales"), help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _give(asked: argparse.Namespace) -> int:
    catalogue = read_translations(_read_catalogue(asked.locales, asked.locale))
    english = read_translations(_read_catalogue(asked.locales, "en"))
    rows = make_rows(catalogue, english, catalogue)
    write_sheet(asked.file, rows, asked.locale)
    faulty = sum(bool(find_problems(row)) for row in rows)
    print(f"{asked.file}: {len(rows)} sentences, {faulty} with something to look at")
    return 0


def _take(asked: argparse.Namespace) -> int:
    text = _read_catalogue(asked.locales, asked.locale)
    there = read_translations(text)
    changes, faults = judge(_open(asked.file, asked.locale), there, _read_denied())
    if faults:
        named = [
            *faults[:_MOST_NAMED],
            *([f"and {len(faults) - _MOST_NAMED} more"] if len(faults) > _MOST_NAMED else []),
        ]
        raise SheetRefused("\n".join(named))
    for (context, _), said in changes.items():
        print(f"  {context}: {said}")
    if changes and not asked.dry_run:
        _find_catalogue(asked.locales, asked.locale).write_bytes(put_translations(text, changes).encode())
    done = "would change" if asked.dry_run else "changed; `make flows catalogues` looks at all of it together"
    print(f"{asked.locale}: {len(changes)} translations {done if changes else 'changed'}")
    return 0


def judge(
    lines: Iterable[Line], there: Mapping[Sentence, str], denied: Mapping[str, PhraseList]
) -> tuple[dict[Sentence, str], list[str]]:
    """Return what a sheet changes in the catalogue `there`, and every fault, by row. `denied` is said nowhere, and why."""
    changes: dict[Sentence, str] = {}
    faults: list[str] = []
    seen: dict[Sentence, int] = {}
    for line in lines:
        sentence = line.context, line.chinese
        found = list(_find_misplaced(line, there, seen.get(sentence)))
        if not found and _is_changed(line, there):
            found = list(_find_faults(line, there, denied))
            changes[sentence] = unicodedata.normalize("NFC", line.translation)
        faults += [f"row {line.number}: {line.context or '(no context)'}: {one}" for one in found]
        seen.setdefault(sentence, line.number)
    return changes, faults


def _find_misplaced(line: Line, there: Mapping[Sentence, str], before: int | None) -> Iterator[str]:
    if (line.context, line.chinese) not in there:
        yield _explain_unknown(line, there)
    elif before is not None:
        yield f"stands in row {before} too: take one of them out"


def _find_faults(
    line: Line, there: Mapping[Sentence, str], denied: Mapping[str, PhraseList]
) -> Iterator[str]:
    sentence = line.context, line.chinese
    if line.key != sign(sentence, there[sentence]):
        yield "it was changed by somebody else since: make a new sheet with `make words-out`, and write yours there"
    yield from find_problems(Row(*sentence, "", line.translation, ""))
    for why, phrases in denied.items():
        for phrase in phrases.find_in(line.translation):
            if not phrases.is_exempt(line.context, phrase):
                yield f"“{phrase}” {why}: say it in other words (docs/translators.md)"


def _is_changed(line: Line, there: Mapping[Sentence, str]) -> bool:
    """Whether somebody wrote there: an empty cell is no wish, and neither is what was given out."""
    sentence = line.context, line.chinese
    return (
        bool(line.translation)
        and line.translation != there[sentence]
        and line.key != sign(sentence, line.translation)
    )


def _explain_unknown(line: Line, there: Mapping[Sentence, str]) -> str:
    if any(context == line.context for context, _ in there):
        return "the Chinese is not what is said today: put it back, or make a new sheet with `make words-out`"
    return "there is no such context: put it back as it was, or make a new sheet with `make words-out`"


def _read_denied() -> dict[str, PhraseList]:
    """Read what is said in no language: the same lists that `make flows` asks."""
    why = {"promises": "promises too much", "blame": "blames or shames"}
    folder = find_data("flows") / "words"
    return {
        told: parse_phrases((folder / f"{name}.toml").read_text(encoding="utf-8"), name)
        for name, told in why.items()
    }


def _open(path: Path, locale: str) -> list[Line]:
    if not path.is_file():
        raise SheetRefused(f"{path}: there is no such file")
    return read_sheet(path, locale)


def _find_catalogue(locales: Path, locale: str) -> Path:
    return locales / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


def _read_catalogue(locales: Path, locale: str) -> str:
    path = _find_catalogue(locales, locale)
    if not path.is_file():
        spoken = ", ".join(sorted(one.parts[-3] for one in locales.glob(f"*/LC_MESSAGES/{DOMAIN}.po")))
        raise SheetRefused(f"{locale}: there is no such language; there are {spoken}")
    return path.read_bytes().decode("utf-8")


if __name__ == "__main__":
    sys.exit(main())
