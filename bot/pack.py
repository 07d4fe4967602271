"""
Find and load the data of one service: flow, knowledge, words and catalogues.

In a checkout they are `flows/` and `locales/` at the top; in an installed wheel they travel inside
the package. A pack for another city is another folder of the same shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from bot.core.alike import parse_alike, widen
from bot.core.hear import AlarmWords
from bot.core.knowledge import Knowledge
from bot.core.model import Flow
from bot.core.parse import parse_alarms, parse_flow, parse_seeking, parse_toml, parse_words
from bot.core.parse_knowledge import parse_knowledge
from bot.core.parse_statistics import parse_statistics
from bot.core.reader import Reader
from bot.core.sentences import Sentence, collect_sentences
from bot.core.tally import Statistics
from bot.errors import FlowError
from bot.form.model import Form
from bot.form.parse import parse_form
from bot.voice.catalogs import Catalogs, load_catalogs

#: The files and folders whose sentences a person may read, in the order in which translators see them.
_SPOKEN = (
    "frontdoor.toml",
    "tracks/*.toml",
    "contacts.toml",
    "facts/*.toml",
    "laws.toml",
    "platforms.toml",
    "evidence.toml",
    "form.toml",
    "consent.toml",
    "phrases.toml",
    "interface.toml",
)
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
    referrer: Mapping[str, str]
    receiver: Mapping[str, str]
    form: Form
    statistics: Statistics
    catalogs: Catalogs
    folder: Path

    @property
    def sentences(self) -> frozenset[Sentence]:
        """
        Every sentence that a person may read, with its gettext context. FlowError: the data have gone.

        Read at the first use: who talks with people never asks, and reading costs a quarter of what loading all of it does.
        """
        return _gather(self.folder)


def find_data(name: str) -> Path:
    """Return the folder `flows` or `locales`. FlowError: the installation is incomplete."""
    for folder in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FlowError(name, "the folder is missing: install the package again")


def load_pack(flows: Path | None = None, locales: Path | None = None) -> Pack:
    """Load and parse everything. FlowError names file, place and reason."""
    folder = flows or find_data("flows")
    parsed = parse_flow(_read(folder, "frontdoor.toml"), "frontdoor.toml", _read_all(folder, "tracks"))
    flow = widen(parsed, parse_alike(_read(folder, "words/alike.toml")))
    return Pack(
        flow=flow,
        knowledge=load_knowledge(folder),
        alarms=_alarms(folder),
        denied_in_previews=_list(folder, "words/preview.toml", "denied"),
        words={
            **parse_words(_read(folder, "interface.toml"), "interface.toml"),
            **parse_words(_read(folder, "phrases.toml"), "phrases.toml"),
        },
        operator=_operator(folder).text("name", ""),
        referrer=_read_part(folder, "referrer", ("unit_name", "referrer_name", "referrer_phone")),
        receiver=_read_part(folder, "receiver", ("unit", "phone", "hours")),
        form=parse_form(
            _read(folder, "form.toml"), _read(folder, "places.toml"), _read(folder, "consent.toml")
        ),
        statistics=parse_statistics(_read(folder, "statistics.toml"), flow),
        catalogs=load_catalogs(locales or find_data("locales")),
        folder=folder,
    )


def list_spoken(folder: Path) -> tuple[str, ...]:
    """Return the names of the files whose sentences a person may read, in the translators' order."""
    found = (path for pattern in _SPOKEN for path in sorted(folder.glob(pattern)))
    return tuple(path.relative_to(folder).as_posix() for path in found)


def read_sentences(folder: Path) -> list[Sentence]:
    """Return every sentence that a person may read, with its gettext context. FlowError: not TOML."""
    names = list_spoken(folder)
    return [one for name in names for one in collect_sentences(parse_toml(_read(folder, name), name))]


@cache
def _gather(folder: Path) -> frozenset[Sentence]:
    return frozenset(read_sentences(folder))


def load_knowledge(flows: Path | None = None) -> Knowledge:
    """Load and parse what may be said, without the conversation. FlowError names file, place and reason."""
    folder = flows or find_data("flows")
    return parse_knowledge(
        _read(folder, "contacts.toml"),
        _read_all(folder, "facts"),
        laws=_read(folder, "laws.toml"),
        platforms=_read(folder, "platforms.toml"),
        evidence=_read(folder, "evidence.toml"),
    )


def _alarms(folder: Path) -> AlarmWords:
    heard = parse_seeking(_read(folder, "words/seeking.toml"))
    alarms = parse_alarms(_read(folder, "words/alarms.toml"))
    return replace(alarms, seeking=heard.seeking, not_seeking=heard.not_seeking, helping=heard.helping)


def _read_all(folder: Path, name: str) -> dict[str, str]:
    """Read every file of a sub-folder, in the order of their names."""
    paths = sorted((folder / name).glob("*.toml"))
    return {f"{name}/{path.name}": _read(folder, f"{name}/{path.name}") for path in paths}


def _read(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise FlowError(name, f"cannot be read: {type(fault).__name__}") from fault


def _list(folder: Path, name: str, key: str) -> tuple[str, ...]:
    return Reader(parse_toml(_read(folder, name), name), name).texts(key)


def _operator(folder: Path) -> Reader:
    return Reader(parse_toml(_read(folder, "operator.toml"), "operator.toml"), "operator.toml")


def _read_part(folder: Path, part: str, keys: tuple[str, ...]) -> Mapping[str, str]:
    """Return what operator.toml says of the referring or the receiving unit; what is empty there is not in it."""
    reader = _operator(folder)
    if part not in reader.table:
        return {}
    told = reader.enter(part)
    found = {key: told.text(key, "") for key in keys}
    told.refuse_unknown()
    return {key: value for key, value in found.items() if value}
