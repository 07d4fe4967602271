"""The ports in memory: the smallest things that keep their contracts, with faults to be switched on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.core.events import Said
from bot.core.model import NOT_YET, PersonKey, Session
from bot.core.reply import Reply
from bot.errors import ChannelError, StaleSession, StoreDown
from bot.ports import (
    Address,
    Case,
    Letter,
    Mail,
    NewHandoff,
    NewRequest,
    Page,
    RequestKind,
    Status,
    Stored,
    Waiting,
)

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@dataclass
class MemoryClock:
    """A clock that moves when told to."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class PlainVault:
    """Names people readably. Its other half is not needed in memory."""

    def person_key(self, channel: str, user_id: str) -> PersonKey:
        return PersonKey(f"{channel}:{user_id}")

    def event_key(self, channel: str, delivery_id: str) -> str:
        return f"{channel}:{delivery_id}"


@dataclass
class Rows:
    """Everything that is kept; a failed transaction puts it back."""

    claimed: set[tuple[str, str]] = field(default_factory=set)
    sessions: dict[PersonKey, Stored] = field(default_factory=dict)
    mail: list[tuple[PersonKey, Mail]] = field(default_factory=list)
    sending: set[PersonKey] = field(default_factory=set)
    messages: list[tuple[PersonKey, str, bool]] = field(default_factory=list)
    codes: dict[str, tuple[PersonKey, datetime]] = field(default_factory=dict)
    erased: list[PersonKey] = field(default_factory=list)
    handoffs: list[NewHandoff] = field(default_factory=list)
    statuses: dict[str, Status] = field(default_factory=dict)
    requests: list[NewRequest] = field(default_factory=list)
    uses: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)
    links: dict[str, tuple[PersonKey, datetime]] = field(default_factory=dict)
    seats: dict[str, Page] = field(default_factory=dict)

    @property
    def queued(self) -> list[tuple[PersonKey, str, Address, Reply]]:
        return [(person, mail.channel, mail.address, mail.reply) for person, mail in self.mail]


#: As many requests of a kind as a handoff takes.
_REQUESTS: dict[RequestKind, int] = {"withdraw": 1, "correct": 5}


@dataclass
class MemoryHandoffTx:
    """The half of a transaction that puts handoffs in. `handoff_faults` are raised first, one for each."""

    rows: Rows
    store: MemoryStore

    async def add_handoff(self, handoff: NewHandoff) -> None:
        if self.store.handoff_faults:
            raise self.store.handoff_faults.pop(0)
        self.rows.handoffs.append(handoff)
        self.rows.statuses[handoff.id] = "new"

    async def find_case(self, receipt: str) -> Case | None:
        found = next((one for one in self.rows.handoffs if one.receipt == receipt), None)
        if found is None:
            return None
        asked = {one.kind for one in self.rows.requests if one.handoff_id == found.id}
        return Case(found.id, self.rows.statuses[found.id], tuple(sorted(asked)))

    async def add_request(self, request: NewRequest) -> bool:
        same = [
            one
            for one in self.rows.requests
            if (one.handoff_id, one.kind) == (request.handoff_id, request.kind)
        ]
        if request.handoff_id not in self.rows.statuses or len(same) >= _REQUESTS[request.kind]:
            return False
        self.rows.requests.append(request)
        return True

    async def count(self, what: str, who: str, now: datetime, *, hours: int, limit: int) -> bool:
        uses = [until for until in self.rows.uses.get((what, who), []) if until > now]
        passes = len(uses) < limit
        self.rows.uses[what, who] = [*uses, now + timedelta(hours=hours)] if passes else uses
        return passes

    async def has_room(self, what: str, who: str, now: datetime, *, limit: int) -> bool:
        return sum(until > now for until in self.rows.uses.get((what, who), [])) < limit

    async def add_page(self, person: PersonKey, token: str, until: datetime) -> None:
        self._drop_pages(person)
        self.rows.links[token] = (person, until)

    async def open_page(self, token: str, seat: str, now: datetime, until: datetime) -> Page | None:
        person, link_until = self.rows.links.get(token, (None, now))
        if person is None or link_until <= now:
            return None
        del self.rows.links[token]
        self.rows.seats[seat] = Page(person, until)
        return self.rows.seats[seat]

    async def find_page(self, seat: str) -> Page | None:
        return self.rows.seats.get(seat)

    async def renew_page(self, seat: str, until: datetime) -> None:
        if seat in self.rows.seats:
            self.rows.seats[seat] = replace(self.rows.seats[seat], until=until)

    async def close_page(self, seat: str) -> bool:
        return self.rows.seats.pop(seat, None) is not None

    def _drop_pages(self, person: PersonKey) -> None:
        self.rows.links = {key: row for key, row in self.rows.links.items() if row[0] != person}
        self.rows.seats = {key: page for key, page in self.rows.seats.items() if page.person != person}


@dataclass
class MemoryTx(MemoryHandoffTx):
    """One transaction. `stale` saves are refused first, as if another delivery had been faster."""

    async def claim(self, channel: str, delivery_id: str, now: datetime) -> bool:
        is_new = (channel, delivery_id) not in self.rows.claimed
        self.rows.claimed.add((channel, delivery_id))
        return is_new

    async def load_session(self, person: PersonKey) -> Stored | None:
        return self.rows.sessions.get(person)

    async def save_session(
        self, person: PersonKey, session: Session, *, expected_version: int | None, reply_lost: bool = False
    ) -> None:
        before = self.rows.sessions.get(person)
        if self.store.stale > 0 or (before.version if before else None) != expected_version:
            self.store.stale -= 1
            raise StaleSession
        self.rows.sessions[person] = Stored(session, (expected_version or 0) + 1, reply_lost)

    async def queue(self, person: PersonKey, mail: Mail, now: datetime) -> None:
        self.rows.mail.append((person, mail))

    async def find_waiting(self, person: PersonKey) -> Waiting:
        mine = [mail for one, mail in self.rows.mail if one == person]
        unsent = self.store.gathers and any(not mail.final for mail in mine)
        return Waiting(unsent=unsent, sending=person in self.rows.sending)

    async def recall(self, person: PersonKey) -> tuple[Mail, ...]:
        if not self.store.gathers:
            return ()
        mine = tuple(mail for one, mail in self.rows.mail if one == person and not mail.final)
        self._drop_mail(person, keep_final=True)
        return mine

    async def remember_message(self, person: PersonKey, message_id: str, now: datetime) -> None:
        self.rows.messages.append((person, message_id, False))

    async def list_messages(self, person: PersonKey, now: datetime) -> tuple[str, ...]:
        return tuple(message_id for one, message_id, _ in self.rows.messages if one == person)

    async def find_last_shown(self, person: PersonKey) -> int | None:
        shown = [int(message_id) for one, message_id, ours in self.rows.messages if one == person and ours]
        return max(shown, default=None)

    async def add_code(self, person: PersonKey, code: str, until: datetime) -> None:
        self.rows.codes = {key: row for key, row in self.rows.codes.items() if row[0] != person}
        self.rows.codes[code] = (person, until)

    async def find_code(self, code: str, now: datetime) -> PersonKey | None:
        person, until = self.rows.codes.get(code, (None, now))
        return person if until > now else None

    async def take_code(self, code: str) -> bool:
        return self.rows.codes.pop(code, None) is not None

    async def erase(
        self, person: PersonKey, *, keep_messages: bool = False, keep_final: bool = False
    ) -> None:
        self.rows.sessions.pop(person, None)
        self._drop_mail(person, keep_final=keep_final)
        self.rows.codes = {key: row for key, row in self.rows.codes.items() if row[0] != person}
        self._drop_pages(person)
        if not keep_messages:
            self.rows.messages = [row for row in self.rows.messages if row[0] != person]
        self.rows.erased.append(person)

    def _drop_mail(self, person: PersonKey, *, keep_final: bool) -> None:
        self.rows.mail = [row for row in self.rows.mail if row[0] != person or (keep_final and row[1].final)]


@dataclass
class MemoryStore:
    """
    A database in memory. `down` refuses everything, `stale` that many saves, `handoff_faults` a handoff each.

    Its letters count as delivered at once, unless it `gathers`: then they stay and can be recalled.
    """

    rows: Rows = field(default_factory=Rows)
    down: bool = False
    gathers: bool = False
    stale: int = 0
    begun: int = 0
    handoff_faults: list[Exception] = field(default_factory=list)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MemoryTx]:
        self._require_up()
        self.begun += 1
        before = deepcopy(self.rows)
        try:
            yield MemoryTx(self.rows, self)
        except BaseException:
            self.rows = before
            raise

    async def look(self, person: PersonKey) -> Stored | None:
        self._require_up()
        return self.rows.sessions.get(person)

    async def is_ready(self) -> bool:
        return not self.down

    @contextmanager
    def out(self) -> Iterator[None]:
        """Break it for a while."""
        self.down = True
        yield
        self.down = False

    def _require_up(self) -> None:
        if self.down:
            raise StoreDown("out")


@dataclass
class BareVoice:
    """Says the state's name. A state in `mute` cannot be said, as if a sentence were broken."""

    mute: frozenset[str] = frozenset()

    def choose_locale(self, wanted: str) -> str:
        return "en" if wanted.startswith("en") else "zh_TW"

    def render(
        self, said: Said, session: Session, now: datetime, *, channel: str = "", code: str = ""
    ) -> Reply:
        if said.state in self.mute:
            raise KeyError("a sentence with 小美 in it")
        bubble = " ".join(word for word in (said.note, said.state, code) if word)
        return Reply((bubble,), (), session.visit, session.turn, session.locale)

    def sorry(self, locale: str) -> Reply:
        return Reply((f"sorry 113 {locale}",), (), NOT_YET, 0, locale)


@dataclass
class MemoryOutbox:
    """Letters in hand. What became of each is written to `ends`; `faults` are raised on claim and sweep."""

    waiting: list[Letter] = field(default_factory=list)
    ends: list[tuple[str, str]] = field(default_factory=list)
    due: dict[str, datetime] = field(default_factory=dict)
    claim_faults: list[Exception] = field(default_factory=list)
    sweep_faults: list[Exception] = field(default_factory=list)
    broken_marks: set[str] = field(default_factory=set)
    gone_meanwhile: set[str] = field(default_factory=set)
    swept: list[datetime] = field(default_factory=list)
    noted: tuple[str, ...] = ()

    async def claim_due(
        self, now: datetime, limit: int, channels: Collection[str] | None = None
    ) -> Sequence[Letter]:
        if self.claim_faults:
            raise self.claim_faults.pop(0)
        mine = [one for one in self.waiting if channels is None or one.channel in channels]
        ready = [letter for letter in mine if self.due.get(letter.id, now) <= now][:limit]
        self.waiting = [letter for letter in self.waiting if letter not in ready]
        return [replace(letter, attempts=letter.attempts + 1) for letter in ready]

    async def is_held(self, letter: Letter) -> bool:
        return letter.id not in self.gone_meanwhile

    async def mark_sent(
        self,
        letter: Letter,
        message_ids: tuple[str, ...] = (),
        *,
        awaited: bool = False,
    ) -> None:
        if letter.id in self.broken_marks:
            raise StoreDown("out")
        self.noted += message_ids
        self.ends.append((letter.id, "sent"))

    async def mark_lost(self, letter: Letter, state: str, message_ids: tuple[str, ...] = ()) -> None:
        self.noted += message_ids
        self.ends.append((letter.id, state))

    async def mark_gone(self, letter: Letter) -> None:
        self.ends.append((letter.id, "gone"))

    async def postpone(
        self,
        letter: Letter,
        due_at: datetime,
        *,
        reached: bool,
        done: int = 0,
        message_ids: tuple[str, ...] = (),
    ) -> None:
        self.noted += message_ids
        self.due[letter.id] = due_at
        self.waiting.append(replace(letter, reached=letter.reached or reached, done=max(done, letter.done)))

    async def sweep(self, now: datetime) -> None:
        self.swept.append(now)
        if self.sweep_faults:
            raise self.sweep_faults.pop(0)


@dataclass
class ScriptedSender:
    """A channel that does what the script says, and then delivers."""

    script: list[Exception] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    tried_at: list[datetime] = field(default_factory=list)
    clock: MemoryClock = field(default_factory=MemoryClock)
    said: list[tuple[Reply, int]] = field(default_factory=list)
    wiped: list[tuple[str, ...]] = field(default_factory=list)
    shown_waiting: list[str] = field(default_factory=list)
    locale: str = ""
    wipes_all: bool = True
    wipe_script: list[Exception] = field(default_factory=list)

    async def deliver(self, address: Address, reply: Reply, *, done: int = 0) -> tuple[str, ...]:
        self.tried_at.append(self.clock())
        if self.script:
            raise self.script.pop(0)
        self.delivered.append(address.to)
        self.said.append((reply, done))
        return (f"message {len(self.delivered)}",)

    async def find_locale(self, address: Address) -> str:
        return self.locale

    async def show_waiting(self, address: Address) -> None:
        self.shown_waiting.append(address.to)

    async def wipe(self, address: Address, message_ids: tuple[str, ...]) -> bool:
        self.wiped.append(message_ids)
        if self.wipe_script:
            raise self.wipe_script.pop(0)
        return self.wipes_all

    async def close(self) -> None:
        """Nothing is open."""


def timeout() -> ChannelError:
    """No clear answer: it may have arrived."""
    return ChannelError("timeout", permanent=False, reached=True)


def busy(retry_after_s: float | None = None) -> ChannelError:
    """Refused for now, and surely not delivered."""
    return ChannelError("busy", permanent=False, retry_after_s=retry_after_s)


def token_gone() -> ChannelError:
    """The reply token is used or expired."""
    return ChannelError("Invalid reply token", permanent=True, token_gone=True)


def blocked() -> ChannelError:
    """They blocked us or left the channel."""
    return ChannelError("403", permanent=True, gone=True)


def unauthorised() -> ChannelError:
    """Our credentials are refused: nothing else will pass either."""
    return ChannelError("401", permanent=True, halts=True)


def refused() -> ChannelError:
    """A 400: trying again cannot help."""
    return ChannelError("400", permanent=True)
