"""The ports in memory: the smallest things that keep their contracts, with faults to be switched on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.core.events import Said
from bot.core.model import NOT_YET, PersonKey, Session
from bot.core.reply import Reply
from bot.errors import ChannelError, StaleSession, StoreDown
from bot.ports import Address, Letter, Stored

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


@dataclass
class Rows:
    """Everything that is kept; a failed transaction puts it back."""

    claimed: set[tuple[str, str]] = field(default_factory=set)
    sessions: dict[PersonKey, Stored] = field(default_factory=dict)
    queued: list[tuple[PersonKey, str, Address, Reply]] = field(default_factory=list)
    erased: list[PersonKey] = field(default_factory=list)


@dataclass
class MemoryTx:
    """One transaction. `stale` saves are refused first, as if another delivery had been faster."""

    rows: Rows
    store: MemoryStore

    async def claim(self, channel: str, delivery_id: str, now: datetime) -> bool:
        is_new = (channel, delivery_id) not in self.rows.claimed
        self.rows.claimed.add((channel, delivery_id))
        return is_new

    async def load_session(self, person: PersonKey) -> Stored | None:
        return self.rows.sessions.get(person)

    async def save_session(
        self, person: PersonKey, session: Session, *, expected_version: int | None
    ) -> None:
        before = self.rows.sessions.get(person)
        if self.store.stale > 0 or (before.version if before else None) != expected_version:
            self.store.stale -= 1
            raise StaleSession
        self.rows.sessions[person] = Stored(session, (expected_version or 0) + 1)

    async def queue(
        self, person: PersonKey, channel: str, address: Address, reply: Reply, now: datetime
    ) -> None:
        self.rows.queued.append((person, channel, address, reply))

    async def erase(self, person: PersonKey) -> None:
        self.rows.sessions.pop(person, None)
        self.rows.queued = [row for row in self.rows.queued if row[0] != person]
        self.rows.erased.append(person)


@dataclass
class MemoryStore:
    """A database in memory. `down` refuses everything, `stale` that many saves."""

    rows: Rows = field(default_factory=Rows)
    down: bool = False
    stale: int = 0
    begun: int = 0

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

    def render(self, said: Said, session: Session, now: datetime, *, channel: str = "") -> Reply:
        if said.state in self.mute:
            raise KeyError("a sentence with 小美 in it")
        bubble = f"{said.note} {said.state}" if said.note else said.state
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
    swept: list[datetime] = field(default_factory=list)

    async def claim_due(self, now: datetime, limit: int) -> Sequence[Letter]:
        if self.claim_faults:
            raise self.claim_faults.pop(0)
        ready = [letter for letter in self.waiting if self.due.get(letter.id, now) <= now][:limit]
        self.waiting = [letter for letter in self.waiting if letter not in ready]
        return [replace(letter, attempts=letter.attempts + 1) for letter in ready]

    async def mark_sent(self, letter: Letter) -> None:
        if letter.id in self.broken_marks:
            raise StoreDown("out")
        self.ends.append((letter.id, "sent"))

    async def mark_lost(self, letter: Letter, state: str) -> None:
        self.ends.append((letter.id, state))

    async def postpone(self, letter: Letter, due_at: datetime, *, reached: bool) -> None:
        self.due[letter.id] = due_at
        self.waiting.append(replace(letter, reached=letter.reached or reached))

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

    async def deliver(self, address: Address, reply: Reply) -> None:
        self.tried_at.append(self.clock())
        if self.script:
            raise self.script.pop(0)
        self.delivered.append(address.to)

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


def refused() -> ChannelError:
    """401, 403 or another 400: trying again cannot help."""
    return ChannelError("401", permanent=True)
