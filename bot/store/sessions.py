"""
One person's session: load under a lock, save against a version, erase for ever.

It keeps the pseudonym, a version and locked bytes; a session that cannot be read, or is past its
time, is as if it had never been.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from bot.core.model import PersonKey, Session
from bot.errors import StaleSession, Unreadable
from bot.failpoints import reach
from bot.ports import Stored, Vault
from bot.store.codec import decode_session, encode_session
from bot.store.conn import Conn, written
from bot.store.erasable import destroy_keys, find_key, letter_key_id, make_key, open_key, session_key_id
from bot.store.moments import round_up, to_micros
from bot.store.schema import outbox, page_seat

#: The column tells the time of the last message only this roughly. Source: SECURITY §2, R18.
ERASE_STEP = timedelta(minutes=1)

_FIND = written(
    "SELECT s.version, s.blob, s.reply_lost, s.erase_at, k.wrapped FROM person_session AS s"
    " LEFT JOIN erasable_key AS k ON k.id = 'session:' || s.person WHERE s.person = ?"
)
_FIND_HELD = replace(_FIND, postgres=f"{_FIND.postgres} FOR UPDATE OF s")
_HOLD = written("SELECT version FROM person_session WHERE person = ?", locking="FOR UPDATE")
_HOLD_NAME = written("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))")
_ADD = written(
    "INSERT INTO person_session (version, blob, reply_lost, erase_at, person) VALUES (?, ?, ?, ?, ?)"
)
_SAVE = written(
    "UPDATE person_session SET version = ?, blob = ?, reply_lost = ?, erase_at = ? WHERE person = ? AND version = ?"
)
_DROP = written("DELETE FROM person_session WHERE person = ?")
_FLAG_LOST = written("UPDATE person_session SET reply_lost = ? WHERE person = ?")


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions as one open transaction sees them."""

    conn: Conn
    vault: Vault
    ttl: timedelta
    #: Keys of those who are held: nobody else can destroy them until the transaction ends.
    _keys: dict[PersonKey, bytes] = field(default_factory=dict)
    #: Whom this transaction holds, and the version in which it found them there.
    _held: dict[PersonKey, int | None] = field(default_factory=dict)

    async def look(self, person: PersonKey, now: datetime) -> Stored | None:
        """Read without locking."""
        return self._open(person, await self.conn.ask(_FIND, person), now)

    async def load(self, person: PersonKey, now: datetime) -> Stored | None:
        """Read and hold the person until the transaction ends, whether or not there is a session."""
        if person in self._held:
            return await self.look(person, now)
        rows = await self.conn.ask(_FIND_HELD, person)
        if not rows and self.conn.is_postgres:
            await self.conn.ask(_HOLD_NAME, person)
            rows = await self.conn.ask(_FIND_HELD, person)
        self._held[person] = rows[0][0] if rows else None
        stored = self._open(person, rows, now)
        if stored or not rows or not self.conn.is_postgres:
            return stored
        # The row is the newest, but its key was read as the statement began: the transaction that it waited for may
        # have made another one.
        self._keys.pop(person, None)
        return await self.look(person, now)

    async def hold(self, person: PersonKey) -> None:
        """
        Keep others away from this person until the transaction ends.

        In SQLite the transaction owns the whole database already. In PostgreSQL a row can be locked
        only when it is there, so two first messages meet at a lock on the name instead.
        """
        if not self.conn.is_postgres or person in self._held:
            return
        if not await self.conn.ask(_HOLD, person):
            await self.conn.ask(_HOLD_NAME, person)
            await self.conn.ask(_HOLD, person)
        self._held[person] = None

    async def add(
        self, person: PersonKey, session: Session, now: datetime, *, reply_lost: bool = False
    ) -> None:
        """Save a first session, over one that nobody can read. StaleSession: there is a readable one."""
        if await self.load(person, now) is not None:
            raise StaleSession("somebody began first")
        await self.conn.change(_DROP, person)
        key = await make_key(self.conn, self.vault, session_key_id(person))
        row = self._row(person, session, key, version=1, reply_lost=reply_lost)
        await self.conn.change_one(_ADD, *row, person)

    async def replace(
        self,
        person: PersonKey,
        session: Session,
        version: int,
        *,
        reply_lost: bool = False,
        new_key: bool = False,
    ) -> None:
        """
        Save over the version that was loaded. StaleSession: it is another one by now, or gone.

        `new_key`: destroy the key of all that was saved before, so that no older copy opens.
        """
        key_id = session_key_id(person)
        key = self._keys.get(person) or await find_key(self.conn, self.vault, key_id)
        if key is None:
            raise StaleSession("erased meanwhile")
        if new_key:
            key = await make_key(self.conn, self.vault, key_id)
            self._keys.pop(person, None)
        row = self._row(person, session, key, version=version + 1, reply_lost=reply_lost)
        if self._held.get(person) == version:
            await self.conn.change_one(_SAVE, *row, person, version)
            self._held[person] = None
        elif await self.conn.change(_SAVE, *row, person, version) != 1:
            raise StaleSession("somebody saved first")

    async def flag_lost_reply(self, person: PersonKey) -> None:
        """Remember that the person never saw our last reply; without a session there is nobody to tell."""
        await self.conn.change(_FLAG_LOST, True, person)  # noqa: FBT003 - a column's value

    async def erase(self, person: PersonKey, *, keep_final: bool = False) -> None:
        """Destroy the keys, the session, its page and every letter of this person; `keep_final` as in `ports.Tx`."""
        await self.hold(person)
        self._keys.pop(person, None)
        self._held[person] = None
        letters = outbox.c.person == person
        if keep_final:
            letters &= ~(outbox.c.final & outbox.c.state.in_(["new", "sending"]))
        # Person, letters, keys: everybody locks in this order, so that nobody waits in a circle.
        rows = await self.conn.rows(
            select(outbox.c.id).where(letters).order_by(outbox.c.seq).with_for_update()
        )
        await self.conn.run(delete(outbox).where(letters))
        await destroy_keys(self.conn, [session_key_id(person), *(letter_key_id(row.id) for row in rows)])
        reach("in_erase")
        await self.conn.run(delete(page_seat).where(page_seat.c.person == person))
        await self.conn.change(_DROP, person)

    def _row(
        self, person: PersonKey, session: Session, key: bytes, *, version: int, reply_lost: bool
    ) -> tuple[int, bytes, bool, int]:
        blob = self.vault.lock(encode_session(session), key, _context(person, version))
        return version, blob, reply_lost, to_micros(round_up(session.seen_at + self.ttl, ERASE_STEP))

    def _open(self, person: PersonKey, rows: Sequence[Any], now: datetime) -> Stored | None:
        if not rows:
            return None
        ((version, blob, reply_lost, erase_at, wrapped),) = rows
        key = open_key(self.vault, session_key_id(person), wrapped)
        if blob is None or key is None or erase_at <= to_micros(now):
            return None
        self._keys[person] = key
        try:
            plain = self.vault.unlock(blob, key, _context(person, version))
            return Stored(decode_session(plain), version, bool(reply_lost))
        except Unreadable:
            return None


def _context(person: PersonKey, version: int) -> str:
    return f"person_session.blob:{person}:{version}"
