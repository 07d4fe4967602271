"""How a line of the audit log is said: names for ids, plain words for codes, on the page and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.core.taipei import TAIPEI
from bot.desk.acts import COMMAND, OFFICE
from bot.desk.audit import is_id
from bot.desk.audit_reading import read_detail
from bot.desk.export import SHORT_ID_CHARS
from bot.desk.safe_text import guard_formula, strip_controls
from bot.ports import AuditEntry

#: Without it Excel takes UTF-8 for the machine's old code page.
_BOM = "\ufeff"
_HEAD: Final = (
    "audit_number",
    "audit_at",
    "audit_at_utc",
    "audit_who",
    "audit_who_id",
    "audit_what",
    "audit_act_code",
    "audit_about_id",
    "audit_detail",
    "audit_hash",
)
#: Details that say 1 or 0.
_YES_OR_NO: Final = frozenset({"approved", "idle"})
#: Who acts when no account does.
_OURS: Final[Mapping[str, str]] = {OFFICE: "audit_actor_office", COMMAND: "audit_actor_command"}


@dataclass(frozen=True, slots=True)
class Names:
    """Who is meant by an id: people by their account's name, and those who are none."""

    people: Mapping[str, str]
    words: Mapping[str, str]

    def name(self, actor: str) -> str:
        """Return a name; for an account that we do not know the beginning of its id."""
        if actor in self.people:
            return self.people[actor]
        return self.words[_OURS[actor]] if actor in _OURS else actor[:SHORT_ID_CHARS]

    def shorten(self, word: str) -> str:
        """Return the name for an account's id, the beginning of any other id, and everything else as it is."""
        if word in self.people or word in _OURS:
            return self.name(word)
        return word[:SHORT_ID_CHARS] if is_id(word) else word


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a line adds: its name, and each word of its value with how it is said where there is no word for it."""

    name: str
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One line as the page shows it. `about`: the whole id, empty for oneself; `about_name`: its name, or how it begins."""

    number: int
    at: datetime
    who: str
    act: str
    about: str
    about_name: str
    about_is_id: bool
    detail: tuple[Part, ...]


def show_entry(entry: AuditEntry, names: Names) -> Shown:
    """Prepare a line for the page."""
    about = "" if entry.subject == entry.actor else entry.subject
    return Shown(
        number=entry.number,
        at=entry.at,
        who=names.name(entry.actor),
        act=entry.act,
        about=about,
        about_name=names.name(about),
        about_is_id=about not in names.people,
        detail=tuple(
            Part(name, tuple((word, names.shorten(word)) for word in _list_words(name, value)))
            for name, value in read_detail(entry.detail).items()
            if value != ""
        ),
    )


def write_rows(
    words: Mapping[str, str],
    entries: Iterable[AuditEntry],
    names: Names,
    *,
    is_first: bool = False,
    end: int | None = None,
) -> bytes:
    """Write lines as CSV like `bot.desk.as_csv`; `is_first` the headings before them, `end` a last row with their number."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    if is_first:
        out.write(_BOM)
        writer.writerow([words[key] for key in _HEAD])
    for entry in entries:
        # A number of ours that a spreadsheet may take for one.
        writer.writerow([entry.number, *map(_guard, _list_cells(entry, names))])
    if end is not None:
        writer.writerow([words["audit_end"].format(count=end), *[""] * (len(_HEAD) - 1)])
    return out.getvalue().encode()


def _list_cells(entry: AuditEntry, names: Names) -> tuple[str, ...]:
    local = entry.at.astimezone(TAIPEI)
    return (
        f"{local:%Y-%m-%d %H:%M:%S}",
        f"{entry.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        names.name(entry.actor),
        entry.actor,
        names.words.get(f"audit_act_{entry.act}", entry.act),
        entry.act,
        entry.subject,
        entry.detail,
        entry.hash,
    )


def _list_words(name: str, value: object) -> list[str]:
    if name in _YES_OR_NO:
        return ["yes" if value else "no"]
    return str(value).split(" ")


def _guard(cell: str) -> str:
    return guard_formula(strip_controls(cell))
