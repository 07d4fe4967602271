"""
The Protocols between the conversation and the world.

Adapters (`channels`, `store`, `crypto`, `voice`) implement them; `wiring` is the only module that
knows which. They speak our words, not tables or JSON of a channel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.core.events import Said
from bot.core.inputs import Input
from bot.core.model import PersonKey, Session
from bot.core.reply import Reply


@dataclass(frozen=True, slots=True)
class Address:
    """
    Where a reply can go, once.

    `to` is the channel's own id for the person, `token` a reply token or a callback id. Both are
    secrets: they live only in memory and in an encrypted outbox row. `until` ends the token's life.
    """

    to: str = field(repr=False)
    token: str = field(default="", repr=False)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """
    One input with where it came from.

    `delivery_id` is the channel's own id of the event: the same event always has the same one.
    `sent_at` is the channel's own time for it (aware UTC), so that late arrivals are known; None
    where the channel gives none, because our clock and theirs cannot be compared. `locale` is
    the language the channel reports, in any form. Without a `reply_to` nothing is queued: the reply
    is handed back to the caller (web page, terminal).
    """

    channel: str
    user_id: str = field(repr=False)
    delivery_id: str
    what: Input
    sent_at: datetime | None = None
    locale: str = ""
    reply_to: Address | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A session as loaded. `version` fences the save; `reply_lost`: they never saw our last reply."""

    session: Session
    version: int
    reply_lost: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One reply to deliver. `attempts` counts this one too; `reached`: an earlier one may have arrived."""

    id: str
    person: PersonKey
    channel: str
    address: Address
    reply: Reply = field(repr=False)
    attempts: int
    reached: bool


class Webhook(Protocol):
    """The receiving half of a messaging channel. No IO."""

    def read(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        """
        Decode one request body into the events worth handling.

        BadSignature: answer 403. A body that is signed but not understood gives an empty list;
        a malformed event is left out and never harms its neighbours.
        """
        ...


class Sender(Protocol):
    """The sending half of a messaging channel: one HTTP call."""

    async def deliver(self, address: Address, reply: Reply) -> None:
        """Deliver or raise ChannelError; anything else is a bug."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class Tx(Protocol):
    """One transaction. Leaving it without an exception commits; any exception rolls back."""

    async def claim(self, channel: str, delivery_id: str, now: datetime) -> bool:
        """Mark a delivery as handled. False: it already was."""
        ...

    async def load_session(self, person: PersonKey) -> Stored | None:
        """Load and lock one person's session. None: unknown, erased or past its time."""
        ...

    async def save_session(
        self, person: PersonKey, session: Session, *, expected_version: int | None
    ) -> None:
        """Save; None means it must not exist yet. StaleSession: somebody was faster, retry."""
        ...

    async def queue(
        self, person: PersonKey, channel: str, address: Address, reply: Reply, now: datetime
    ) -> None:
        """Put a reply in the outbox, encrypted under a key of its own."""
        ...

    async def erase(self, person: PersonKey) -> None:
        """Destroy the person's keys, session and undelivered replies."""
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


class Outbox(Protocol):
    """The database as the delivering worker needs it."""

    async def claim_due(self, now: datetime, limit: int) -> Sequence[Letter]:
        """Take letters that are due, oldest first, at most one per person; each becomes `sending`."""
        ...

    async def mark_sent(self, letter: Letter) -> None:
        """Delivered: destroy the body."""
        ...

    async def mark_lost(self, letter: Letter, state: str) -> None:
        """`uncertain`, `expired` or `dead`: destroy the body and flag the session: the next message asks anew."""
        ...

    async def postpone(self, letter: Letter, due_at: datetime, *, reached: bool) -> None:
        """Try the same letter again later; `reached`: an attempt may have been delivered."""
        ...

    async def sweep(self, now: datetime) -> None:
        """Repair what a crash left, and destroy whatever has outlived its time."""
        ...


class Vault(Protocol):
    """Names people by keyed hash and locks fields at rest."""

    def person_key(self, channel: str, user_id: str) -> PersonKey:
        """Name a person: a keyed hash, the only form in which an id is stored."""
        ...

    def event_key(self, channel: str, delivery_id: str) -> str:
        """Name a delivery for deduplication: a keyed hash."""
        ...

    def new_key(self, context: str) -> tuple[bytes, bytes]:
        """Make a data key: (key, the same key wrapped for storage under this context)."""
        ...

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Open a wrapped data key. Unreadable: altered, or wrapped under another root or context."""
        ...

    def lock(self, plain: bytes, key: bytes, context: str) -> bytes:
        """Encrypt a field; `context` names table, column, row and version, and is authenticated."""
        ...

    def unlock(self, blob: bytes, key: bytes, context: str) -> bytes:
        """Decrypt a field. Unreadable: altered, or written for another place."""
        ...


class Voice(Protocol):
    """Languages: which there are, and how a turn sounds in one."""

    def choose_locale(self, wanted: str) -> str:
        """Map any form of a language tag to a language we speak; the source language otherwise."""
        ...

    def render(self, said: Said, session: Session, now: datetime, *, channel: str = "") -> Reply:
        """Say a state in the session's language with facts that may be shown today."""
        ...

    def sorry(self, locale: str) -> Reply:
        """The fixed line for when we failed: it always names the human route."""
        ...


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """One staff member's way in. Never a shared one."""

    id: str
    name: str
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A staff member at work. Which session it is only the hash of its token tells."""

    name: str
    created_at: datetime
    seen_at: datetime


class StaffStore(Protocol):
    """Staff accounts and who is signed in. A disabled account is nowhere to be found here."""

    async def find_account(self, name: str) -> StaffAccount | None:
        """Find an account that is not disabled."""
        ...

    async def add_account(self, name: str, password_hash: str, now: datetime) -> bool:
        """Add an account. False: the name is taken, and nothing changed."""
        ...

    async def set_password(self, account_id: str, password_hash: str) -> None:
        """Replace the password, lift any lock and end the account's sessions."""
        ...

    async def disable_account(self, name: str, now: datetime) -> None:
        """Close an account and end its sessions in the same transaction."""
        ...

    async def claim_attempt(self, account_id: str, now: datetime, *, limit: int, lock_for: timedelta) -> bool:
        """
        Count a try as failed before its password is looked at. False: locked, do not look.

        Counting first, in one statement, is what keeps a burst of guesses at once from being looked
        at before the first of them has failed. The `limit`-th try locks and starts a new count.
        """
        ...

    async def record_success(self, account_id: str) -> None:
        """The password was right: forget the tries and lift the lock."""
        ...

    async def add_session(self, token_hash: str, account_id: str, now: datetime) -> None:
        """Open a session; nothing happens for an account disabled meanwhile."""
        ...

    async def find_session(self, token_hash: str) -> StaffSession | None:
        """Find a session of an account that is not disabled, however old the session is."""
        ...

    async def touch_session(self, token_hash: str, now: datetime) -> None:
        """Remember that it was used."""
        ...

    async def end_session(self, token_hash: str) -> None:
        """End it; ending one that is gone is no error."""
        ...

    async def drop_sessions(self, created_before: datetime) -> None:
        """Delete sessions that are past their time."""
        ...


class Conversation(Protocol):
    """The whole conversation as the public program sees it."""

    async def receive(self, inbound: Inbound) -> Reply | None:
        """
        Take one input in one transaction.

        Returns the reply to show when there is no `reply_to`; None: there is nothing to say. A
        delivery seen before gives the current question again. StoreDown: nothing was stored.
        """
        ...

    async def look(self, channel: str, user_id: str, *, locale: str) -> Reply:
        """
        Say the current question without changing anything.

        Somebody unknown gets the opening question with the visit NOT_YET at turn 0, and nothing is
        stored. StoreDown: the question could not be read.
        """
        ...


class Interface(Protocol):
    """The web page's own words."""

    def words(self, locale: str) -> Mapping[str, str]:
        """Words by key, from flows/interface.toml; `locale` in any form, empty for the source language."""
        ...


class WebCodec(Protocol):
    """How the web page's fields become an input, and a reply becomes something to draw. No IO."""

    def decode(self, fields: Mapping[str, object], *, user_id: str, locale: str) -> Inbound | None:
        """Read what the page sent, from JSON or a form. None: not something the page can send."""
        ...

    def encode(self, reply: Reply) -> Mapping[str, Any]:
        """Make a view of a reply: JSON-ready, links already found, no markup."""
        ...


class Clock(Protocol):
    """The time, injected so that tests own it."""

    def __call__(self) -> datetime:
        """Aware UTC now."""
        ...
