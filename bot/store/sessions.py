"""
One person's session: load under a lock, save against a version, erase for ever.

It keeps the pseudonym, a version and locked bytes; a session that cannot be read, or is past its
time, is as if it had never been.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from bot.core.model import PersonKey, Session
from bot.errors import StaleSession, Unreadable
from bot.ports import Stored, Vault
from bot.store.codec import decode_session, encode_session
from bot.store.database import Conn
from bot.store.erasable import (
    destroy_keys,
    find_keys,
    letter_key_id,
    make_key,
    session_key_id,
)
from bot.store.moments import round_up
from bot.store.schema import outbox, page_seat, person_session

#: The column tells the time of the last message only this roughly. Source: SECURITY §2, R18.
ERASE_STEP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions as one open transaction sees them."""

    conn: Conn
    vault: Vault
    ttl: timedelta

    async def look(self, person: PersonKey, now: datetime) -> Stored | None:
        """Read without locking."""
        row = await self.conn.row(select(person_session).where(person_session.c.person == person))
        return await self._open(row, now)

    async def load(self, person: PersonKey, now: datetime) -> Stored | None:
        """Read and hold the person until the transaction ends, whether or not there is a session."""
        await self.hold(person)
        return await self.look(person, now)

    async def hold(self, person: PersonKey) -> None:
        """
        Keep others away from this person until the transaction ends.

        In SQLite the transaction owns the whole database already. In PostgreSQL a row can be locked
        only when it is there, so two first messages meet at a lock on the name instead.
        """
        if not self.conn.is_postgres:
            return
        mine = person_session.c.person == person
        if await self.conn.row(select(person_session.c.version).where(mine).with_for_update()) is None:
            await self.conn.run(select(func.pg_advisory_xact_lock(func.hashtextextended(person, 0))))
            await self.conn.row(select(person_session.c.version).where(mine).with_for_update())

    async def add(self, person: PersonKey, session: Session, now: datetime) -> None:
        """Save a first session, over one that nobody can read. StaleSession: there is a readable one."""
        if await self.load(person, now) is not None:
            raise StaleSession("somebody began first")
        await self.conn.run(delete(person_session).where(person_session.c.person == person))
        key = await make_key(self.conn, self.vault, session_key_id(person))
        row = self._row(person, session, key, version=1)
        await self.conn.run(insert(person_session).values(person=person, **row))

    async def replace(
        self, person: PersonKey, session: Session, version: int, *, new_key: bool = False
    ) -> None:
        """
        Save over the version that was loaded. StaleSession: it is another one by now, or gone.

        `new_key`: destroy the key of all that was saved before, so that no older copy opens.
        """
        key_id = session_key_id(person)
        key = (await find_keys(self.conn, self.vault, [key_id])).get(key_id)
        if key is None:
            raise StaleSession("erased meanwhile")
        if new_key:
            key = await make_key(self.conn, self.vault, key_id)
        mine = (person_session.c.person == person) & (person_session.c.version == version)
        row = self._row(person, session, key, version=version + 1)
        if (await self.conn.run(update(person_session).where(mine).values(row))).rowcount != 1:
            raise StaleSession("somebody saved first")

    async def flag_lost_reply(self, person: PersonKey) -> None:
        """Remember that the person never saw our last reply; without a session there is nobody to tell."""
        await self.conn.run(
            update(person_session).where(person_session.c.person == person).values(reply_lost=True)
        )

    async def erase(self, person: PersonKey, *, keep_final: bool = False) -> None:
        """Destroy the keys, the session, its page and every letter of this person; `keep_final` as in `ports.Tx`."""
        await self.hold(person)
        letters = outbox.c.person == person
        if keep_final:
            letters &= ~(outbox.c.final & outbox.c.state.in_(["new", "sending"]))
        # Person, letters, keys: everybody locks in this order, so that nobody waits in a circle.
        rows = await self.conn.rows(
            select(outbox.c.id).where(letters).order_by(outbox.c.seq).with_for_update()
        )
        await self.conn.run(delete(outbox).where(letters))
        await destroy_keys(self.conn, [session_key_id(person), *(letter_key_id(row.id) for row in rows)])
        await self.conn.run(delete(page_seat).where(page_seat.c.person == person))
        await self.conn.run(delete(person_session).where(person_session.c.person == person))

    def _row(self, person: PersonKey, session: Session, key: bytes, *, version: int) -> dict[str, Any]:
        return {
            "version": version,
            "blob": self.vault.lock(encode_session(session), key, _context(person, version)),
            "reply_lost": False,
            "erase_at": round_up(session.seen_at + self.ttl, ERASE_STEP),
        }

    async def _open(self, row: Any | None, now: datetime) -> Stored | None:
        if row is None or row.blob is None or row.erase_at <= now:
            return None
        key_id = session_key_id(row.person)
        key = (await find_keys(self.conn, self.vault, [key_id])).get(key_id)
        if key is None:
            return None
        try:
            plain = self.vault.unlock(row.blob, key, _context(row.person, row.version))
            return Stored(decode_session(plain), row.version, row.reply_lost)
        except Unreadable:
            return None


def _context(person: PersonKey, version: int) -> str:
    return f"person_session.blob:{person}:{version}"
