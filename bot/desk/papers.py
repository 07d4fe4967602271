"""
Papers: what staff write about a handoff, sealed like it and never changed, only added to.

A note says what a colleague should know. An acknowledgement is the last block of the official form (回復受理結果); the newest one
counts. The shape is docs/handoff-paper.schema.json.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Literal

from bot.core.fields import Refused
from bot.form.words import read_words
from bot.ports.casework import PaperKind, StoredPaper
from bot.ports.handoff import Sealer

#: The shape of a paper. A change that an older desk could misread is a new number.
VERSION: Final = 1
#: The longest note.
MOST_CHARS: Final = 5_000
#: What a note may be about. `withdraw`: the person was asked whether the handoff is to be erased, and it was kept.
About = Literal["", "withdraw"]

_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
_KEYS = {"v", "paper_id", "handoff_id", "kind", "author", "at"}


class PaperError(ValueError):
    """It is no sound paper. The message never tells what stands in it."""


@dataclass(frozen=True, slots=True)
class Paper:
    """
    One paper that can be read. `at` is aware UTC, to the microsecond; outside the seal only its full hour is known.

    A note has `text`, an acknowledgement `fields` of the form by key, nothing empty.
    """

    id: str
    handoff_id: str
    kind: PaperKind
    author: str
    at: datetime
    text: str = field(default="", repr=False)
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    about: About = ""

    @property
    def hour(self) -> datetime:
        """The full hour in which it was written."""
        return self.at.replace(minute=0, second=0, microsecond=0)


def name_paper(nonce: str, *content: str) -> str:
    """
    Return the id of a paper: the same for the same words of one form, so that a double click adds them once.

    `nonce`: random and made for that form, so that nothing of the words can be guessed from the id.
    """
    digest = sha256(json.dumps([nonce, *content]).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def read_note(text: str) -> str | Refused:
    """Return a note as it is kept, or why it cannot be: `empty` or `too_long`. Nothing is ever cut."""
    return read_words(text.replace("\r\n", "\n"), max_chars=MOST_CHARS, lines=True)


def seal_paper(paper: Paper, sealer: Sealer) -> StoredPaper:
    """Seal a paper to everybody who may open handoffs. DeskClosed as in `Sealer.seal`."""
    sealed = sealer.seal(write_paper(paper), purpose="paper", name=paper.id, at=paper.hour)
    return StoredPaper(paper.id, paper.handoff_id, paper.kind, paper.author, paper.hour, sealed)


def write_paper(paper: Paper) -> bytes:
    """Write canonical JSON: UTF-8, keys in order, no spaces."""
    told: dict[str, Any] = {
        "v": VERSION,
        "paper_id": paper.id,
        "handoff_id": paper.handoff_id,
        "kind": paper.kind,
        "author": paper.author,
        "at": paper.at.astimezone(UTC).strftime(_TIME),
    }
    if paper.kind == "note":
        told["text"] = paper.text
    else:
        told["fields"] = {key: value for key, value in paper.fields.items() if value}
    if paper.about:
        told["about"] = paper.about
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_paper(raw: bytes) -> Paper:
    """Read a paper. PaperError for anything that `write_paper` would not have written."""
    try:
        paper = _read(json.loads(raw))
        is_ours = write_paper(paper) == raw
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        is_ours = False
    if not is_ours:
        raise PaperError("not of the shape that we write")
    return paper


def _read(told: Any) -> Paper:
    kind = told["kind"]
    content = {"note": "text", "acknowledgement": "fields"}[kind]
    if told["v"] != VERSION or told.keys() - {"about"} != {*_KEYS, content}:
        raise PaperError("of another version")
    paper = Paper(
        id=_text(told["paper_id"]),
        handoff_id=_text(told["handoff_id"]),
        kind=kind,
        author=_text(told["author"]),
        at=datetime.strptime(told["at"], _TIME).replace(tzinfo=UTC),
        text=_text(told.get("text", "")),
        fields={key: _text(value) for key, value in told.get("fields", {}).items()},
        about=told.get("about", ""),
    )
    if paper.about not in {"", "withdraw"}:
        raise PaperError("about something else")
    return paper


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise PaperError("no text")
    return value
