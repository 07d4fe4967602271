"""
Find and load the data of one service: flow, knowledge, words and catalogues.

In a checkout they are `flows/` and `locales/` at the top; in an installed wheel they travel inside
the package. A pack for another city is another folder of the same shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.core.hear import AlarmWords
from bot.core.knowledge import Knowledge
from bot.core.model import Flow
from bot.core.parse import parse_alarms, parse_flow, parse_knowledge, parse_toml, parse_words
from bot.core.reader import Reader
from bot.core.sentences import Sentence, collect_sentences
from bot.errors import FlowError
from bot.i18n import Catalogs, load_catalogs

#: The files whose sentences a person may read, in the order in which translators see them.
SPOKEN = ("frontdoor.toml", "contacts.toml", "facts.toml", "phrases.toml", "interface.toml")
_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything that is data."""

    flow: Flow
    knowledge: Knowledge
    alarms: AlarmWords
    denied_in_previews: tuple[str, ...]
    words: Mapping[str, str]
    operator: str
    catalogs: Catalogs
    sentences: frozenset[Sentence]


def find_data(name: str) -> Path:
    """Return the folder `flows` or `locales`. FlowError: the installation is incomplete."""
    for folder in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FlowError(name, "the folder is missing: install the package again")


def load_pack(flows: Path | None = None, locales: Path | None = None) -> Pack:
    """Load and parse everything. FlowError names file, place and reason."""
    folder = flows or find_data("flows")
    return Pack(
        flow=parse_flow(_read(folder, "frontdoor.toml"), "frontdoor.toml"),
        knowledge=parse_knowledge(_read(folder, "contacts.toml"), _read(folder, "facts.toml")),
        alarms=parse_alarms(_read(folder, "words/alarms.toml")),
        denied_in_previews=_list(folder, "words/preview.toml", "denied"),
        words={
            **parse_words(_read(folder, "interface.toml"), "interface.toml"),
            **parse_words(_read(folder, "phrases.toml"), "phrases.toml"),
        },
        operator=_operator(folder),
        catalogs=load_catalogs(locales or find_data("locales")),
        sentences=frozenset(sentence for name in SPOKEN for sentence in _sentences(folder, name)),
    )


def _sentences(folder: Path, name: str) -> Iterator[Sentence]:
    return collect_sentences(parse_toml(_read(folder, name), name))


def _read(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise FlowError(name, f"cannot be read: {type(fault).__name__}") from fault


def _list(folder: Path, name: str, key: str) -> tuple[str, ...]:
    return Reader(parse_toml(_read(folder, name), name), name).texts(key)


def _operator(folder: Path) -> str:
    return Reader(parse_toml(_read(folder, "operator.toml"), "operator.toml"), "operator.toml").text(
        "name", ""
    )
