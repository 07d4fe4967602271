"""The database as the conversation and the delivering worker need it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.model import PersonKey, Session
from bot.ports.handoff import HandoffTx
from bot.ports.mail import Letter, Mail, Waiting


@dataclass(frozen=True, slots=True)
class Stored:
    """
    A session as loaded.

    `version` fences the save; `reply_lost`: they never saw our last reply.
    """

    session: Session
    version: int
    reply_lost: bool = False


class Tx(HandoffTx, Protocol):
    """One transaction. Leaving it without an exception commits; any exception rolls back."""

    async def claim(self, channel: str, delivery_id: str, now: datetime) -> bool:
        """Mark a delivery as handled. False: it already was."""
        ...

    async def load_session(self, person: PersonKey) -> Stored | None:
        """Load and lock one person's session. None: unknown, erased or past its time."""
        ...

    async def save_session(
        self, person: PersonKey, session: Session, *, expected_version: int | None, reply_lost: bool = False
    ) -> None:
        """
        Save; None means it must not exist yet. StaleSession: somebody was faster, retry.

        `reply_lost`: what this session would say was not said, so the next input must have it said.
        """
        ...

    async def queue(self, person: PersonKey, mail: Mail, now: datetime) -> None:
        """Put a reply in the outbox, encrypted under a key of its own."""
        ...

    async def find_waiting(self, person: PersonKey) -> Waiting:
        """Say which replies are on their way to the person; it stays true until the transaction ends."""
        ...

    async def recall(self, person: PersonKey) -> tuple[Mail, ...]:
        """Take back the replies that nobody has tried to send yet, but no `final` one. Returns them, oldest first."""
        ...

    async def remember_message(self, person: PersonKey, message_id: str, now: datetime) -> None:
        """Note a message that the person sent, so that it can be taken back within 48 h."""
        ...

    async def list_messages(self, person: PersonKey, now: datetime) -> tuple[str, ...]:
        """Return the ids of the messages that were noted, oldest first; empty for one that nobody can open."""
        ...

    async def find_last_shown(self, person: PersonKey) -> int | None:
        """Return the place in the chat of our newest message, where the channel counts them."""
        ...

    async def add_code(self, person: PersonKey, code: str, until: datetime) -> None:
        """Keep the one-time code under which the person can go on elsewhere, in place of an older one."""
        ...

    async def find_code(self, code: str, now: datetime) -> PersonKey | None:
        """Say whose conversation a code stands for. None: unknown, used or past its time. It locks nobody."""
        ...

    async def take_code(self, code: str) -> bool:
        """
        Use a code up; whose it is must be loaded before. False: somebody else was faster.

        People first, then their code: whoever makes, uses or erases one locks in this order, so that
        nobody waits in a circle.
        """
        ...

    async def erase(
        self, person: PersonKey, *, keep_messages: bool = False, keep_final: bool = False
    ) -> None:
        """
        Destroy the person's keys, session, undelivered replies, code and noted messages.

        `keep_messages`: they go on elsewhere, and may still want the chat here taken back. `keep_final`: the
        last words of an earlier erasure, with the messages they still have to take back, are not lost.
        """
        ...


class Store(Protocol):
    """The database as the conversation needs it."""

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """Open a read-modify-write transaction that owns the write lock from its start."""
        ...

    async def look(self, person: PersonKey) -> Stored | None:
        """Read one session without locking or changing anything."""
        ...

    async def is_ready(self) -> bool:
        """True when the database answers and its schema is the one this program needs."""
        ...


class Carrier(Protocol):
    """Whoever delivers in this program. It is told of letters right after the commit that stored them."""

    def has_hand(self, channel: str) -> bool:
        """Whether a letter on that channel would be carried at once."""
        ...

    def carry(self, letter: Letter) -> None:
        """Deliver a letter that is `sending` since it was stored. It must not wait and must not raise."""
        ...

    def expect(self, person: PersonKey, after: timedelta) -> None:
        """Know that a letter to this person waits in the outbox, due so much later. It must not wait or raise."""
        ...


class Outbox(Protocol):
    """
    The database as the delivering worker needs it.

    What a worker says of a letter changes its row only while it holds it, in that attempt: who froze, and wakes
    after others took it up, changes nothing.
    """

    async def claim_due(
        self, now: datetime, limit: int, channels: Collection[str] | None = None
    ) -> Sequence[Letter]:
        """
        Take letters that are due, oldest first, at most one per person; each becomes `sending`.

        `channels` are those that the caller can send on: another program may share the database. None: any.
        """
        ...

    async def is_held(self, letter: Letter) -> bool:
        """Say whether a letter is still in our hands: not erased, and taken up by nobody else."""
        ...

    async def mark_sent(
        self, letter: Letter, message_ids: tuple[str, ...] = (), *, awaited: bool = False
    ) -> None:
        """
        Delivered: destroy the body, and note the messages that it became, where they can be taken back.

        `awaited`: the person's next letter waits behind it. Where it does not, the store may take a moment.
        """
        ...

    async def mark_gone(self, letter: Letter) -> None:
        """They blocked us: erase the person, this letter included."""
        ...

    async def mark_lost(self, letter: Letter, state: str, message_ids: tuple[str, ...] = ()) -> None:
        """`uncertain`, `expired` or `dead`: destroy the body and flag the session: the next message asks anew."""
        ...

    async def postpone(
        self,
        letter: Letter,
        due_at: datetime,
        *,
        reached: bool,
        done: int = 0,
        message_ids: tuple[str, ...] = (),
    ) -> None:
        """
        Try the same letter again later.

        `reached`: an attempt may have been delivered; `done` of its bubbles surely were, as these messages.
        """
        ...

    async def sweep(self, now: datetime) -> None:
        """Repair what a crash left, and destroy whatever has outlived its time."""
        ...
