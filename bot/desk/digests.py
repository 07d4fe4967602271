"""
What the list of handoffs may know of each: a few codes of a record that was opened, and nothing else of it.

Digests live in memory as long as the vault that opened them is open, and are written nowhere. No name, no number and no word
that somebody wrote is in them. Source: SECURITY T6, T20.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.desk.contact_window import IsWorkday, Weekly, Window, read_window
from bot.desk.languages import read_languages
from bot.desk.reading import Failure, OpenHandoff, Opens, Part, What, read_handoff
from bot.desk.sealings import Sealing, Sealings
from bot.desk.vaults import Vaults
from bot.form.model import Form
from bot.ports import Audit, Clock, StoredHandoff

#: How soon somebody hoped for a call, most urgent first. `read`: what stands there is none of the form's boxes.
Urgency = Literal["today", "days", "no_hurry", "unsaid", "read"]
URGENCIES: Final[tuple[Urgency, ...]] = ("today", "days", "no_hurry", "unsaid", "read")
#: In place of a county's name: none was written, or none that the form has.
NO_COUNTY: Final = "unsaid"
ODD_COUNTY: Final = "read"

_NOTED_EVERY: Final = timedelta(hours=1)
#: How often a vault is looked at whose digests are held: they outlive it by no more than this.
_LOOKED_AFTER_EVERY_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of a handoff that could not be read, and why."""

    part: Part
    what: What


@dataclass(frozen=True, slots=True)
class Digest:
    """
    Codes of one record. `county` is a name of the form's own list, or NO_COUNTY, ODD_COUNTY.

    `weekly` is None where the words about calling were not understood, or there are none (`says_when` is False).
    `recipients`: the fingerprints of the keys to which it was sealed when it was sent.
    """

    urgency: Urgency = "read"
    county: str = ODD_COUNTY
    languages: tuple[str, ...] = ()
    weekly: Weekly | None = field(default=None, repr=False)
    says_when: bool = True
    marks: tuple[Mark, ...] = ()
    recipients: frozenset[str] = frozenset()

    @property
    def is_unread(self) -> bool:
        """Whether a key was lacking for some part of it: with another key that is granted or lent it may be read."""
        return any(mark.what == "unreadable" for mark in self.marks)

    @property
    def is_lost(self) -> bool:
        """Whether nothing of the record itself could be read."""
        return any(mark.part == "handoff" for mark in self.marks)

    def find_window(self, now: datetime, *, is_workday: IsWorkday) -> Window:
        """Say how it is with calling at a moment."""
        if self.weekly:
            return self.weekly.find_window(now, is_workday=is_workday)
        return "read" if self.says_when else "unsaid"


def make_digest(stored: StoredHandoff, *, form: Form, opener: Opens) -> Digest:
    """Open one, take the codes, and let the rest go. What cannot be read becomes a mark; nothing is raised."""
    read = read_handoff(stored, form=form, opener=opener)
    if isinstance(read, Failure):
        return Digest(marks=(Mark(read.part, read.what),))
    return _reduce(read, form)


def _reduce(read: OpenHandoff, form: Form) -> Digest:
    told = read.record.fields
    county, when = told.get("county", ""), told.get("contact_time", "")
    return Digest(
        urgency=_find_urgency(told.get("urgency", "")),
        county=_find_county(county, form),
        languages=read_languages(told.get("speak", ""), read.record.locale),
        weekly=read_window(when),
        says_when=bool(when),
        marks=tuple(Mark(failure.part, failure.what) for failure in read.failures),
        recipients=frozenset(read.record.recipients),
    )


def _find_urgency(told: str) -> Urgency:
    known: Mapping[str, Urgency] = {"today": "today", "days": "days", "no_hurry": "no_hurry", "": "unsaid"}
    return known.get(told, "read")


def _find_county(told: str, form: Form) -> str:
    if not told:
        return NO_COUNTY
    return told if any(county.name == told for county in form.counties) else ODD_COUNTY


@dataclass(frozen=True, slots=True)
class Reader:
    """
    Somebody at the desk, and what reads for them. `seat`: at which sign-in; see `Vaults`.

    `is_use`: false where a page looks again by itself, perhaps with nobody before it.
    """

    account_id: str
    seat: str = field(repr=False)
    vaults: Vaults
    form: Form
    audit: Audit
    clock: Clock
    is_use: bool = True

    @property
    def place(self) -> tuple[str, str]:
        """By what their digests are kept."""
        return self.account_id, self.seat


@dataclass(slots=True)
class _Kept:
    """The digests of one member at one seat: by id, with the hash of what they were made of."""

    noted_at: datetime
    by_id: dict[str, tuple[int, Digest]] = field(default_factory=dict, repr=False)


class Digests:
    """The digests of everybody whose vault is open. `sealings` outlives them: it tells of nobody who wrote."""

    def __init__(self) -> None:
        self.sealings = Sealings()
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._turn = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None

    def list_members(self) -> Sequence[str]:
        """Return the accounts for which digests are held, each once."""
        return tuple(dict.fromkeys(account_id for account_id, _ in self._kept))

    async def look(self, stored: Sequence[StoredHandoff], reader: Reader) -> Mapping[str, Digest] | None:
        """
        Return the digests by id, opening what is new. None: the vault is not open at their seat, or closed meanwhile.

        Noted before anything is opened, and then once an hour. AuditDown: nothing was opened.
        """
        async with self._turn:
            opener = reader.vaults.opener(*reader.place, is_use=reader.is_use)
            if opener is None:
                self._drop(reader.place)
                return None
            kept = await self._note(reader, len(stored))
            fresh = await asyncio.to_thread(_renew, stored, kept.by_id, form=reader.form, opener=opener)
            if reader.vaults.state(*reader.place) != "open":
                self._drop(reader.place)
                return None
            kept.by_id = fresh
            self._note_sealings(stored, fresh, reader)
            self._look_after(reader.vaults)
            return {id_: digest for id_, (_, digest) in fresh.items()}

    def _note_sealings(
        self, stored: Sequence[StoredHandoff], fresh: Mapping[str, tuple[int, Digest]], reader: Reader
    ) -> None:
        """Note to whom each was sealed; that one cannot be read counts only from who has a recipient's key of that time."""
        found = {}
        for one in stored:
            _, digest = fresh[one.id]
            if digest.recipients:
                found[one.id] = Sealing(one.created_at, digest.recipients)
            elif Mark("handoff", "unreadable") in digest.marks and reader.vaults.holds_active(
                *reader.place, at=one.created_at
            ):
                found[one.id] = Sealing(one.created_at, None)
        self.sealings.note(found, there=frozenset(fresh))

    def drop_locked(self, vaults: Vaults) -> None:
        """Forget the digests of every seat at which the vault is no longer open."""
        for place in tuple(self._kept):
            if vaults.state(*place) != "open":
                self._drop(place)

    def _drop(self, place: tuple[str, str]) -> None:
        self._kept.pop(place, None)

    async def _note(self, reader: Reader, count: int) -> _Kept:
        kept, now = self._kept.get(reader.place), reader.clock()
        if kept is None or now - kept.noted_at >= _NOTED_EVERY:
            await reader.audit.write("listed", actor=reader.account_id, detail={"count": count})
            kept = _Kept(now, kept.by_id if kept else {})
            self._kept[reader.place] = kept
        return kept

    def _look_after(self, vaults: Vaults) -> None:
        """See to it that digests go soon after the vault, also when nobody asks for a page."""
        if self._timer is None and self._kept:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_LOOKED_AFTER_EVERY_S, self._look_again, vaults)

    def _look_again(self, vaults: Vaults) -> None:
        self._timer = None
        self.drop_locked(vaults)
        self._look_after(vaults)


def _renew(
    stored: Sequence[StoredHandoff], known: Mapping[str, tuple[int, Digest]], *, form: Form, opener: Opens
) -> dict[str, tuple[int, Digest]]:
    """
    Make the digests that are missing, were made of something else, or lacked a key; those of erased handoffs are left out.

    Which keys are open may have changed since: whatever could not be opened is tried again, and nothing else.
    """
    fresh: dict[str, tuple[int, Digest]] = {}
    for one in stored:
        made_of = hash((one.created_at, one.sealed, one.consent, one.requests, one.papers))
        before = known.get(one.id)
        is_same = before is not None and before[0] == made_of and not before[1].is_unread
        fresh[one.id] = (
            before if before and is_same else (made_of, make_digest(one, form=form, opener=opener))
        )
    return fresh
