"""
Working at one handoff: opening it for a reason, writing about it, saying how far it is, ending it.

Each step is in the audit log before anything is shown or changed; a log that cannot be written (AuditDown) keeps it from being done.
What somebody else changed meanwhile is never written over unseen. It draws nothing, and asks no one who may come in.
Source: SECURITY T6, §1 rule 9.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.core.fields import Refused
from bot.core.taipei import TAIPEI
from bot.desk.acts import CARING, REASONS
from bot.desk.duplicates import Alike, find_alike
from bot.desk.papers import About, Paper, name_paper, read_note, seal_paper
from bot.desk.reading import Failure, OpenHandoff, Opens, read_handoff, read_papers
from bot.desk.replying import read_reply
from bot.desk.shown import Openings
from bot.desk.vaults import Vaults
from bot.errors import StoreDown
from bot.form.model import Form
from bot.ports import (
    Audit,
    CaseworkStore,
    Clock,
    DeskStore,
    Sealer,
    StaffSession,
    Status,
    StoredHandoff,
    TallyStore,
)

#: So much of an id is enough to know a handoff by, on the screen and on paper.
SHORT_ID_CHARS: Final = 8
#: What staff may say of how far it is; `new` is what nobody has opened.
STATUSES: Final[tuple[Status, ...]] = ("in_progress", "called", "done")
#: How long a person waited for the first call: names of the count, each up to that long.
WAITED: Final = (
    ("under_1h", timedelta(hours=1)),
    ("1_4h", timedelta(hours=4)),
    ("4_24h", timedelta(hours=24)),
    ("1_3d", timedelta(days=3)),
)
_LONGER: Final = "over_3d"
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shown:
    """
    A handoff as it is read at the screen, open until then.

    `notes` and `replies` (acknowledgements) are oldest first. `failures` name what of it could not be read.
    """

    handoff: OpenHandoff = field(repr=False)
    notes: tuple[Paper, ...] = field(repr=False)
    replies: tuple[Paper, ...] = field(repr=False)
    failures: tuple[Failure, ...]
    alike: Alike
    until: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to add: `nonce` is random and made for one form, so that a double click adds it once."""

    nonce: str
    text: str = field(default="", repr=False)
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """How a handoff was when a choice was drawn: its status, and how many requests its person had made."""

    status: str
    requests: int


@dataclass(frozen=True, slots=True)
class Worked:
    """What casework is done with."""

    handoffs: DeskStore
    store: CaseworkStore
    audit: Audit
    tally: TallyStore
    vaults: Vaults
    sealer: Sealer
    form: Form
    clock: Clock


class Casework:
    """What a member does with one handoff. StoreDown and AuditDown from each that waits: nothing more was done then."""

    def __init__(self, parts: Worked) -> None:
        self._parts = parts
        self.openings = Openings(parts.vaults, parts.clock)

    async def find(self, handoff_id: str) -> StoredHandoff | None:
        """Return a handoff as it lies, sealed. None: erased, or never there."""
        if not _UUID4.fullmatch(handoff_id):  # also what a database would stumble over
            return None
        return await self._parts.handoffs.find_handoff(handoff_id)

    # ─── Reading ──────────────────────────────────────────────────────────────

    async def open(
        self, member: StaffSession, handoff_id: str, *, reason: str
    ) -> Literal["open", "no_reason", "locked", "gone"]:
        """
        Open a handoff: what was sealed may be looked at by this member for a while.

        One that cannot be read, or is read by somebody who does not take care of it, stays as new as it was: it must not
        end unseen, and its person must not be told that somebody is at it.
        """
        if reason not in REASONS:
            return "no_reason"
        stored = await self.find(handoff_id)
        if stored is None:
            return "gone"
        opener = self._parts.vaults.opener(member.account_id, member.seat)
        if opener is None:
            return "locked"
        await self._write("opened", member, stored.id, reason=reason)
        read = read_handoff(stored, form=self._parts.form, opener=opener)
        alike = Alike()
        if isinstance(read, OpenHandoff):
            alike = await self._compare(read, opener)
        self.openings.grant(member, stored.id, alike)
        if (
            isinstance(read, OpenHandoff) and reason in CARING
        ):  # last: what fails before it leaves one that still rings
            await self._mark(stored, [one.id for one in read.requests])
        return "open"

    async def _mark(self, stored: StoredHandoff, requests: Sequence[str]) -> None:
        await self._parts.handoffs.mark_opened(stored.id, self._parts.clock(), requests=requests)

    def look(self, member: StaffSession, stored: StoredHandoff) -> Shown | Failure | None:
        """Read what this member has opened. None: they have not, or too long ago, or their vault is not open."""
        opening = self.openings.find(member, stored.id)
        opener = self._parts.vaults.opener(member.account_id, member.seat) if opening else None
        if opening is None or opener is None:
            return None
        read = read_handoff(stored, form=self._parts.form, opener=opener)
        if isinstance(read, Failure):
            return read
        notes, unread = read_papers(stored, "note", opener=opener)
        replies, _ = read_papers(stored, "acknowledgement", opener=opener)  # their failures are in `read`
        return Shown(read, notes, replies, (*read.failures, *unread), opening.alike, opening.until)

    async def _compare(self, one: OpenHandoff, opener: Opens) -> Alike:
        try:
            others = await self._parts.handoffs.list_handoffs()
        except StoreDown:  # whom it is like may be known later; that somebody waits is known now
            return Alike(is_partial=True)
        return await asyncio.to_thread(find_alike, one, others, form=self._parts.form, opener=opener)

    # ─── Writing ──────────────────────────────────────────────────────────────

    async def add_note(
        self, member: StaffSession, handoff_id: str, draft: Draft, *, about: About = ""
    ) -> Literal["added", "gone", "closed", "empty", "too_long"]:
        """Add a note for colleagues. `closed`: this member does not have it open. DeskClosed: nothing can be sealed now."""
        words = read_note(draft.text)
        if isinstance(words, Refused):
            return "empty" if words.reason == "empty" else "too_long"
        stored = await self.find(handoff_id)
        if stored is None:
            return "gone"
        shown = self.look(member, stored)
        if not isinstance(shown, Shown):
            return "closed"
        name = name_paper(draft.nonce, member.account_id, handoff_id, about, words)
        at = self._date_after(shown.notes)
        await self._add(
            member, Paper(name, handoff_id, "note", member.account_id, at, text=words, about=about)
        )
        return "added"

    async def acknowledge(
        self, member: StaffSession, handoff_id: str, draft: Draft, *, seen: int
    ) -> Mapping[str, str] | Literal["added", "gone", "closed", "changed"]:
        """
        Fill in the last block of the form, in place of what was there: the newest counts.

        `seen`: how many there were when the form was drawn; with another number it has `changed`. What does not fit is
        returned by field, with a reason of the form's. `closed` and DeskClosed as above.
        """
        fields, unfit = read_reply(self._parts.form, draft.fields)
        if unfit:
            return unfit
        stored = await self.find(handoff_id)
        if stored is None:
            return "gone"
        shown = self.look(member, stored)
        if not isinstance(shown, Shown):
            return "closed"
        name = name_paper(
            draft.nonce, member.account_id, handoff_id, *sorted(f"{k} {v}" for k, v in fields.items())
        )
        if count_replies(stored, but=name) != seen:
            return "changed"
        at = self._date_after(shown.replies)
        await self._add(
            member, Paper(name, handoff_id, "acknowledgement", member.account_id, at, fields=fields)
        )
        return "added"

    def _date_after(self, papers: Sequence[Paper]) -> datetime:
        """Return the time, but later than the newest: what is written last must count, also where a clock went back."""
        now = self._parts.clock()
        return max(now, papers[-1].at + timedelta(microseconds=1)) if papers else now

    async def _add(self, member: StaffSession, paper: Paper) -> None:
        stored = seal_paper(paper, self._parts.sealer)
        await self._write("paper_added", member, paper.handoff_id, kind=paper.kind, **_say_about(paper))
        await self._parts.store.add_paper(stored)

    # ─── How far it is ────────────────────────────────────────────────────────

    async def set_status(
        self, member: StaffSession, handoff_id: str, wanted: str, *, seen: Seen, is_sure: bool = False
    ) -> Literal["set", "gone", "closed", "changed", "asked", "unread", "unknown"]:
        """
        Say how far it is. `seen`: how it was when the choice was drawn; by now it may have `changed`, or its person
        `asked` for something.

        `closed`: this member does not have it open, and what nobody reads must go on ringing. One that they opened and
        that stays `unread` may be done all the same by whoever `is_sure`, and nothing else, for nobody can have called.
        Whoever says how far it is takes care of it: it counts as opened, its requests as read; done, also those that cannot be,
        or they would ring and stay for ever.
        """
        status = next((one for one in STATUSES if one == wanted), None)
        if status is None:
            return "unknown"
        stored = await self.find(handoff_id)
        if stored is None:
            return "gone"
        looked = self.look(member, stored)
        may_end = is_sure and status == "done" and self._should_read(member, stored)
        refusal = self._refuse_status(looked, stored, seen, may_end=may_end)
        if refusal is not None:
            return refusal
        await self._write("status_set", member, stored.id, before=stored.status, now=status)
        now = self._parts.clock()
        if status != stored.status and not await self._parts.handoffs.set_status(
            stored.id, status, now, instead_of=stored.status
        ):
            return "changed"
        if status == "called":
            await self._note_call(stored)
        read = {one.id for one in looked.handoff.requests} if isinstance(looked, Shown) else set()
        asked = [one.id for one in stored.requests if one.seen_at is None]
        unseen = asked if status == "done" else [id_ for id_ in asked if id_ in read]
        if stored.opened_at is None or unseen:
            await self._mark(stored, unseen)
        return "set"

    def _should_read(self, member: StaffSession, stored: StoredHandoff) -> bool:
        """Whether this seat holds a key to which it was sealed, so that "it cannot be read" is not just theirs to say."""
        return self._parts.vaults.holds_active(member.account_id, member.seat, at=stored.created_at)

    def _refuse_status(
        self, looked: Shown | Failure | None, stored: StoredHandoff, seen: Seen, *, may_end: bool
    ) -> Literal["closed", "changed", "asked", "unread"] | None:
        if looked is None:
            return "closed"
        if isinstance(looked, Failure) and not may_end:
            return "unread"
        if stored.status != seen.status:
            return "changed"
        return "asked" if len(stored.requests) != seen.requests else None

    async def _note_call(self, stored: StoredHandoff) -> None:
        """Count how long the person waited for the first call, once."""
        now = self._parts.clock()
        if not await self._parts.store.note_called(stored.id, now):
            return
        with suppress(
            StoreDown
        ):  # a count that is lost hurts nobody; a call that seems not to be noted is made twice
            counts = {("first_call", name_wait(now - stored.created_at)): 1}
            await self._parts.tally.add(now.astimezone(TAIPEI).date(), counts)

    # ─── The end ──────────────────────────────────────────────────────────────

    async def erase(
        self, member: StaffSession, handoff_id: str, *, typed: str
    ) -> Literal["erased", "gone", "closed", "not_asked", "mistyped"]:
        """
        Erase a handoff for good: its person asked for it, and said so again when they were called.

        `typed`: its short id, by which a slip is noticed. `closed`: this member does not have it open. `not_asked`:
        no request of the person's that can be read asks for it.
        """
        stored = await self.find(handoff_id)
        if stored is None:
            return "gone"
        shown = self.look(member, stored)
        if not isinstance(shown, Shown):
            return "closed"
        if not is_asked_back(shown.handoff):
            return "not_asked"
        if typed.strip().lower() != shorten(stored.id):
            return "mistyped"
        await self._write("erased", member, stored.id, status=stored.status)
        await self._parts.handoffs.erase([stored.id])
        self.openings.shut(member, stored.id)
        return "erased"

    async def _write(self, act: str, member: StaffSession, subject: str, **detail: str) -> None:
        await self._parts.audit.write(act, actor=member.account_id, subject=subject, detail=detail)


def shorten(handoff_id: str) -> str:
    """Return the beginning of an id, as every list and paper carries it."""
    return handoff_id[:SHORT_ID_CHARS]


def is_asked_back(handoff: OpenHandoff) -> bool:
    """Whether a request that can be read asks to take it back."""
    return any(request.kind == "withdraw" for request in handoff.requests)


def count_replies(stored: StoredHandoff, *, but: str = "") -> int:
    """Count the acknowledgements that were filled in, without the one of that id."""
    return sum(paper.kind == "acknowledgement" and paper.id != but for paper in stored.papers)


def name_wait(waited: timedelta) -> str:
    """Return under which name a wait is counted."""
    return next((name for name, longest in WAITED if waited < longest), _LONGER)


def _say_about(paper: Paper) -> Mapping[str, str]:
    return {"about": paper.about} if paper.about else {}
