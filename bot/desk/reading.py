"""
From a handoff as it lies in the database to one that can be read: opened, its signature checked, its insides compared.

What fails is named by its id, its time and one word. It must never say what stood in it, nor let one bad record
keep the others back. Source: SECURITY T11, T19, R21.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal, Protocol

from bot.core.events import RequestKind
from bot.desk.papers import Paper, PaperError, read_paper
from bot.errors import Forged, Unreadable
from bot.form.model import Form
from bot.form.record import Record, RecordError, read_record
from bot.ports.casework import PaperKind, StoredPaper
from bot.ports.desk import StoredHandoff, StoredRequest
from bot.ports.handoff import Purpose, Sealed

#: Why something is not in an export. `forged`: not signed by this service, or put in another's place.
#: `unreadable`: none of our keys opens it, or it was altered. `odd form`: it opens, but is not the form that
#: we know. `not printed`: it reads well, and can be had in another format.
What = Literal["forged", "unreadable", "odd form", "not printed"]
Part = Literal["handoff", "consent", "request", "paper"]


class Opens(Protocol):
    """Opens what was sealed, with the identities that somebody at the desk unlocked."""

    def open(self, sealed: Sealed, *, purpose: Purpose, name: str, at: datetime) -> bytes:
        """Check the signature, then open. Forged, Unreadable: nothing of it is given."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """A handoff, or a part of one, that could not be read. `id` is always the handoff's; `created_at` that of the part."""

    id: str
    created_at: datetime
    what: What
    part: Part = "handoff"


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request that was read. `words`: what the person wrote with it, if anything."""

    kind: RequestKind
    created_at: datetime
    words: str = field(repr=False)
    id: str = ""


@dataclass(frozen=True, slots=True)
class OpenHandoff:
    """
    A handoff that was read. `raw` is its record, byte by byte as it was sealed.

    `added`: what the receiving unit filled in, by the form's field. `failures` name those of its requests and
    acknowledgements that could not be read, and a consent that is not the one it was sent with.
    """

    stored: StoredHandoff = field(repr=False)
    record: Record = field(repr=False)
    raw: bytes = field(repr=False)
    requests: tuple[OpenRequest, ...] = field(default=(), repr=False)
    failures: tuple[Failure, ...] = ()
    added: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_handoff(stored: StoredHandoff, *, form: Form, opener: Opens) -> OpenHandoff | Failure:
    """Open a handoff with its requests, and check that its consent belongs to it. A bad one is a Failure, no exception."""
    read = read_told(stored, form=form, opener=opener)
    if isinstance(read, Failure):
        return read
    raw, record = read
    requests, failures = read_requests(stored, opener=opener)
    papers, unread = read_papers(stored, "acknowledgement", opener=opener)
    failures = (*_check_consent(stored, record, opener), *failures, *unread)
    return OpenHandoff(stored, record, raw, requests, failures, papers[-1].fields if papers else {})


def read_told(stored: StoredHandoff, *, form: Form, opener: Opens) -> tuple[bytes, Record] | Failure:
    """Open only what the person told, without requests, consent and papers: the record as it was sealed, and as it is read."""
    try:
        raw = opener.open(stored.sealed, purpose="handoff", name=stored.id, at=stored.created_at)
        record = read_record(raw)
    except (Forged, Unreadable, RecordError) as fault:
        return Failure(stored.id, stored.created_at, _name(fault))
    if record.handoff_id != stored.id or record.created_at != stored.created_at:
        # Signed, and yet not the one that belongs here. Source: SECURITY T11.
        return Failure(stored.id, stored.created_at, "forged")
    if record.form_id != form.id:
        return Failure(stored.id, stored.created_at, "odd form")
    return raw, record


def read_requests(
    stored: StoredHandoff, *, opener: Opens
) -> tuple[tuple[OpenRequest, ...], tuple[Failure, ...]]:
    """Open what was asked for about a handoff; what cannot be read is in the second part."""
    read = [_read_request(stored.id, one, opener) for one in stored.requests]
    return (
        tuple(one for one in read if isinstance(one, OpenRequest)),
        tuple(one for one in read if isinstance(one, Failure)),
    )


def read_papers(
    stored: StoredHandoff, kind: PaperKind, *, opener: Opens
) -> tuple[tuple[Paper, ...], tuple[Failure, ...]]:
    """Open what staff wrote about a handoff, oldest first; what cannot be read is in the second part."""
    read = [_read_paper(one, opener) for one in stored.papers if one.kind == kind]
    papers = sorted((one for one in read if isinstance(one, Paper)), key=lambda paper: (paper.at, paper.id))
    return tuple(papers), tuple(one for one in read if isinstance(one, Failure))


def write_time(moment: datetime) -> str:
    """Write a moment as records do: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _name(fault: Exception) -> What:
    match fault:
        case Forged():
            return "forged"
        case Unreadable():
            return "unreadable"
    return "odd form"


def _check_consent(stored: StoredHandoff, record: Record, opener: Opens) -> tuple[Failure, ...]:
    """Compare the record of the consent, which is kept for whoever asks what was agreed to, with what was agreed to."""
    consent, agreed = stored.consent, record.consent
    text = (consent.id, consent.text_sha256, sha256(consent.text.encode()).hexdigest())
    if text != (agreed.id, agreed.text_sha256, agreed.text_sha256):
        return (Failure(stored.id, consent.created_at, "forged", "consent"),)
    try:
        raw = opener.open(consent.sealed, purpose="consent", name=consent.id, at=consent.created_at)
        told = _read_object(raw, "consent_id", "handoff_id", "text_sha256", "uses")
    except (Forged, Unreadable, ValueError) as fault:
        return (Failure(stored.id, consent.created_at, _name(fault), "consent"),)
    fits = told == (agreed.id, stored.id, agreed.text_sha256, dict(agreed.uses))
    return () if fits else (Failure(stored.id, consent.created_at, "forged", "consent"),)


def _read_request(handoff_id: str, stored: StoredRequest, opener: Opens) -> OpenRequest | Failure:
    try:
        raw = opener.open(stored.sealed, purpose="request", name=stored.id, at=stored.created_at)
        *inside, words = _read_object(raw, "request_id", "handoff_id", "kind", "words")
    except (Forged, Unreadable, ValueError) as fault:
        return Failure(handoff_id, stored.created_at, _name(fault), "request")
    if inside != [stored.id, handoff_id, stored.kind]:
        return Failure(handoff_id, stored.created_at, "forged", "request")
    return OpenRequest(stored.kind, stored.created_at, str(words), stored.id)


def _read_paper(stored: StoredPaper, opener: Opens) -> Paper | Failure:
    try:
        raw = opener.open(stored.sealed, purpose="paper", name=stored.id, at=stored.created_at)
        paper = read_paper(raw)
    except (Forged, Unreadable, PaperError) as fault:
        return Failure(stored.handoff_id, stored.created_at, _name(fault), "paper")
    outside = (stored.id, stored.handoff_id, stored.kind, stored.author, stored.created_at)
    if (paper.id, paper.handoff_id, paper.kind, paper.author, paper.hour) != outside:
        return Failure(stored.handoff_id, stored.created_at, "forged", "paper")
    return paper


def _read_object(raw: bytes, *keys: str) -> tuple[Any, ...]:
    """Return the values of a JSON object. ValueError: it is none, or one of the keys is missing."""
    try:
        told = json.loads(raw)
        return tuple(told[key] for key in keys)
    except (RecursionError, TypeError, KeyError):
        raise ValueError("not of the shape that we write") from None
