"""
What a clean run makes of the same inputs: the program's own turns, in memory, one event at a time, each once.

Which of the last replies had arrived when an event was taken cannot be told from outside, so a person has several
possible pasts. Each reply that arrives, and at the end what is stored, must fit one of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from bot.channels.line_messages import encode
from bot.channels.wire import read_moment
from bot.core.breath import name_tap
from bot.core.inputs import Tapped, Typed
from bot.core.model import PersonKey, Session, VisitId
from bot.core.reply import Reply
from bot.crypto import RootVault
from bot.handing import Handing
from bot.pack import Pack
from bot.ports import Address, Inbound, Mail, NewHandoff, NewRequest, Stored, Waiting
from bot.taking import Taking
from bot.wiring.common import build_engine, build_speaker
from bot.wiring.talking import build_submitting
from tests.fakes.handing import GlassSealer

RECEIPT = re.compile(r"(?<![0-9A-Z-])[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}(?![0-9A-Z-])")
_A_RECEIPT = "ZZZZ-YYYY-XXXX"
_VISIT = re.compile(r"\bv=([^&\"\\]+)&t=")
_A_MOMENT = timedelta(milliseconds=1)
_LONG_AGO = timedelta(seconds=10)
#: Nobody knows yet what the program called this visit.
_UNKNOWN = "?"
#: More possible pasts than this mean that the person was not answered for long; the latest are enough.
MOST_PASTS = 192


class Stray(AssertionError):
    """Something happened that no clean run would have brought about."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One reply as a person sees it, without the random parts. `event`: the input that it answers."""

    visit: str
    said: str
    event: int
    skeleton: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """
    One possible past: what is stored, which replies are still to come, how often something was submitted.

    `ahead`: by how much the program's clock was when it took the last event.
    """

    stored: Stored | None = None
    coming: tuple[Shown, ...] = ()
    submits: int = 0
    answered: bool = True
    ahead: timedelta = timedelta(0)

    @property
    def version(self) -> int:
        return self.stored.version if self.stored else 0


@dataclass(frozen=True, slots=True)
class How:
    """
    How an event found its person: what of the last replies was lost, unsent or on its way; how long ago it was.

    `ahead`: by how much the program's clock is; `read_ahead`: by how much it was when the event was read, before its turn.
    """

    lost: bool = False
    unsent: bool = False
    sending: bool = False
    late: bool = False
    ahead: timedelta = timedelta(0)
    read_ahead: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class _After:
    """What one turn leaves."""

    stored: Stored | None
    shown: Shown | None
    submits: int


@dataclass
class OneTx:
    """The transaction of one person's one turn, over nothing."""

    person: PersonKey
    stored: Stored | None
    how: How
    mail: Mail | None = None
    handoffs: list[NewHandoff] = field(default_factory=list)

    async def claim(self, channel: str, delivery_id: str, now: datetime) -> bool:
        return True

    async def load_session(self, person: PersonKey) -> Stored | None:
        return self.stored

    async def save_session(
        self, person: PersonKey, session: Session, *, expected_version: int | None, reply_lost: bool = False
    ) -> None:
        assert (self.stored.version if self.stored else None) == expected_version
        self.stored = Stored(session, (expected_version or 0) + 1)

    async def queue(self, person: PersonKey, mail: Mail, now: datetime) -> None:
        self.mail = mail

    async def find_waiting(self, person: PersonKey) -> Waiting:
        return Waiting(unsent=self.how.unsent, sending=self.how.sending)

    async def recall(self, person: PersonKey) -> tuple[Mail, ...]:
        return ()

    async def list_messages(self, person: PersonKey, now: datetime) -> tuple[str, ...]:
        return ()

    async def find_last_shown(self, person: PersonKey) -> int | None:
        return None

    async def remember_message(self, person: PersonKey, message_id: str, now: datetime) -> None:
        """Nothing is taken back here."""

    async def find_code(self, code: str, now: datetime) -> PersonKey | None:
        return None

    async def add_handoff(self, handoff: NewHandoff) -> None:
        self.handoffs.append(handoff)

    async def find_case(self, receipt: str) -> None:
        return None

    async def add_request(self, request: NewRequest) -> bool:
        return False

    async def count(self, what: str, who: str, now: datetime, *, hours: int, limit: int) -> bool:
        return True

    async def has_room(self, what: str, who: str, now: datetime, *, limit: int) -> bool:
        return True

    async def erase(
        self, person: PersonKey, *, keep_messages: bool = False, keep_final: bool = False
    ) -> None:
        self.stored = None


class Clean:
    """The program's own turns, without anything around them."""

    def __init__(self, pack: Pack, vault: RootVault, origin: str) -> None:
        self.pack = pack
        self.vault = vault
        #: How often somebody had more possible pasts than are kept; what is found of them then may be our mistake.
        self.cuts = 0
        numbers = count(1)
        self.speaker = build_speaker(pack, origin)
        self.engine = build_engine(pack)
        submitting = replace(
            build_submitting(pack, self.speaker, GlassSealer(open=True)), new_receipt=lambda: _A_RECEIPT
        )
        self._taking = Taking(
            self.engine,
            vault,
            self.speaker,
            lambda: f"{_UNKNOWN}{next(numbers)}",
            lambda: _A_RECEIPT,
            Handing(self.engine, submitting, submitting.reader, lambda: "page"),
        )

    def take(
        self,
        pasts: Sequence[Past],
        inbound: Inbound,
        number: int,
        *,
        troubled: bool,
        ahead: Sequence[timedelta] = (timedelta(0),),
    ) -> list[Past]:
        """
        Let an event be taken once in each possible past. `troubled`: replies may have got lost since the last one.

        `ahead`: by how much the program's clock may be ahead, in the order in which it may have come to be.
        """
        known: dict[object, _After] = {}
        made = []
        for past in pasts:
            stored = (describe(past.stored, {}), past.stored and past.stored.session.visit, past.ahead)
            for how in _list_ways(past, inbound, troubled=troubled, ahead=ahead):
                after = known.get((stored, how))
                if after is None:  # what two pasts differ in is mostly not what a turn looks at
                    after = known[stored, how] = self._take_once(past, inbound, number, how)
                made.append(_go_on(past, after, how))
        found = _distinct(made)
        self.cuts += len(found) > MOST_PASTS
        return found[:MOST_PASTS]

    def sorry(self, pasts: Sequence[Past], number: int, inbound: Inbound) -> list[Past]:
        """What if the turn failed: nothing is stored of it but an apology."""
        if inbound.reply_to is None:
            return [replace(past, answered=True) for past in pasts]
        shown = show(self.speaker.sorry("zh_TW"), number)
        return [replace(past, coming=(*past.coming, shown), answered=False) for past in pasts]

    def step(self, session: Session | None, inbound: Inbound) -> Session:
        """Take one input without any trouble; returns where that leads."""
        after = self._take_once(Past(Stored(session, 1) if session else None), inbound, 0, How())
        assert after.stored
        return after.stored.session

    def _take_once(self, past: Past, inbound: Inbound, number: int, how: How) -> _After:
        assert inbound.sent_at
        now = inbound.sent_at + how.ahead
        person = self.vault.person_key(inbound.channel, inbound.user_id)
        stored = past.stored
        if stored:
            ago = (_LONG_AGO if how.late else _A_MOMENT) + how.ahead - past.ahead
            session = replace(stored.session, seen_at=now - ago)
            stored = replace(stored, reply_lost=how.lost, session=session)
        tx = OneTx(person, stored, how)
        told = replace(
            inbound, sent_at=read_moment(inbound.sent_at.timestamp(), now=inbound.sent_at + how.read_ahead)
        )
        _finish(self._taking.take(tx, person, told, now))
        after = replace(tx.stored, reply_lost=False) if tx.stored else None
        return _After(after, show(tx.mail.reply, number) if tx.mail else None, len(tx.handoffs))


def _go_on(past: Past, after: _After, how: How) -> Past:
    coming = past.coming[:-1] if how.unsent else past.coming
    if after.shown:
        coming = (*coming, after.shown)
    is_silent = after.shown is None
    return Past(after.stored, coming[-6:], past.submits + after.submits, answered=is_silent, ahead=how.ahead)


def _list_ways(past: Past, inbound: Inbound, *, troubled: bool, ahead: Sequence[timedelta]) -> Iterator[How]:
    """Say how the event may have found its person; what makes no difference to this input is left out."""
    what, before = inbound.what, past.stored.session if past.stored else None
    is_again = isinstance(what, Tapped) and before is not None and before.tapped == name_tap(what)
    is_text = isinstance(what, Typed)
    may_be_lost = bool(past.coming) or troubled
    # A clock jumps once: who was taken after it is not taken before it the next time, nor read after it and taken before.
    since = ahead.index(past.ahead) if past.ahead in ahead else 0
    clocks = [(read, by) for place, read in enumerate(ahead) for by in ahead[max(place, since) :]]
    ways = [How(lost=lost, read_ahead=read, ahead=by) for read, by in clocks for lost in _either(may_be_lost)]
    ways = [replace(way, late=late) for way in ways for late in _either(is_again)]
    yield from (replace(way, sending=sending) for way in ways for sending in _either(is_again or is_text))
    yield from (replace(way, unsent=True) for way in ways if may_be_lost)


def _either(may_be: bool) -> tuple[bool, ...]:
    return (False, True) if may_be else (False,)


def _distinct(pasts: list[Past]) -> list[Past]:
    """Drop those that differ in nothing that can be seen."""
    seen: dict[tuple[object, ...], Past] = {}
    told: dict[int, str] = {}  # one turn's outcome stands in many of them
    for past in pasts:
        if id(past.stored) not in told:
            told[id(past.stored)] = describe(past.stored, {})
        key = (told[id(past.stored)], tuple((one.event, one.skeleton, one.said) for one in past.coming))
        seen.setdefault((*key, past.submits, past.answered, past.ahead), past)
    return list(seen.values())


def describe(stored: Stored | None, called: dict[str, str]) -> str:
    """Write what is stored without what no two runs share. `called`: what unknown visits turned out to be called."""
    if stored is None:
        return "nothing"
    one = stored.session
    visit = called.get(one.visit, one.visit)
    tapped = one.tapped.partition(":")[2]
    plain = replace(
        one,
        visit=VisitId("?" if visit.startswith(_UNKNOWN) else visit),
        tapped=tapped,
        seen_at=one.sent_at,
        pocket={key: RECEIPT.sub("receipt", value) for key, value in sorted(one.pocket.items())},
        answers=dict(sorted(one.answers.items())),
        draft=dict(sorted(one.draft.items())),
    )
    hidden = (plain.answers, plain.trail, plain.tapped, plain.heard, plain.last_words, plain.draft)
    return f"version {stored.version}: {plain} {hidden} {plain.pocket}"


def see(past: Past, shown: Shown) -> Past | None:
    """Let a reply arrive. None: in this past none such was to come, or had come already."""
    for one in past.coming:
        is_same_visit = one.visit in {shown.visit, ""} or one.visit.startswith(_UNKNOWN)
        if is_same_visit and one.said == shown.said:
            named = _name_visit(past, one.visit, shown.visit)
            left = list(named.coming)
            left.pop(past.coming.index(one))
            return replace(named, coming=tuple(left), answered=past.answered or one == past.coming[-1])
    return None


def show(reply: Reply, number: int) -> Shown:
    """Say what a reply of ours looks like."""
    return look(encode(reply), number)


def look(messages: Sequence[dict[str, Any]], number: int = -1) -> Shown:
    """Say what messages look like, without what no two runs share."""
    raw = json.dumps(messages, ensure_ascii=False, sort_keys=True)
    visits = set(_VISIT.findall(raw)) - {"new"}
    said = RECEIPT.sub("receipt", _VISIT.sub("v=&t=", raw))
    buttons = sorted(set(re.findall(r"t=\d+&c=[^\"\\]+", said)))
    return Shown(_unquote(visits.pop()) if visits else "", said, number, " ".join(buttons))


def _unquote(visit: str) -> str:
    return visit.replace("%3F", "?")


def _name_visit(past: Past, unknown: str, visit: str) -> Past:
    """Now we know what the program calls a visit."""
    if not unknown.startswith(_UNKNOWN):
        return past
    stored = past.stored
    if stored and stored.session.visit == unknown:
        session = stored.session
        tapped = session.tapped.replace(unknown, visit)
        stored = replace(stored, session=replace(session, visit=VisitId(visit), tapped=tapped))
    coming = tuple(replace(one, visit=visit) if one.visit == unknown else one for one in past.coming)
    return replace(past, stored=stored, coming=coming)


def _finish(turn: Coroutine[Any, Any, Any]) -> None:
    """Run what waits for nothing."""
    try:
        turn.send(None)
    except StopIteration:
        return
    raise AssertionError("a turn waited for something")


def address(user_id: str, now: datetime) -> Address:
    """Give an address that nothing is sent to."""
    return Address(user_id, "token", now + timedelta(seconds=50))
