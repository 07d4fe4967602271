"""
What is kept of inputs that made our code fail: where it failed, and the shape of what was written, locked.

No word and no name is in it, nor who it was, so nothing here is anybody's. The shape lies under a key of its own all
the same: no back-up of it opens, and after seven days none of it does. Source: SECURITY §6, docs/adr/0036.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select

from bot.errors import Unreadable
from bot.ports import Kept, Poison, Vault
from bot.store.database import Conn, Database
from bot.store.erasable import destroy_keys, find_keys, make_key
from bot.store.moments import round_up
from bot.store.schema import quarantine

KEPT_FOR = timedelta(days=7)
#: How roughly a record tells when it was.
_STEP = timedelta(hours=1)
#: More of one fault teach nothing more, and more in all would be a program that fails everywhere.
_MOST_OF_A_FAULT = 20
_MOST = 500
_BATCH = 100


class SqlQuarantine:
    """The records of one database; see `ports.Quarantine`."""

    def __init__(self, db: Database, vault: Vault) -> None:
        self._db = db
        self._vault = vault

    async def keep(self, poison: Poison, now: datetime) -> None:
        """Keep a record for seven days, unless there are enough of its fault already."""

        async def add(conn: Conn) -> None:
            same = (quarantine.c.fault == poison.fault) & (quarantine.c.place == poison.place)
            for which, most in ((same, _MOST_OF_A_FAULT), (None, _MOST)):
                counted = select(func.count()).select_from(quarantine)
                rows = await conn.rows(counted if which is None else counted.where(which))
                if rows[0][0] >= most:
                    return
            await self._add(conn, poison, now)

        await self._db.write(add)

    async def list_kept(self) -> Sequence[Kept]:
        """Return the records, oldest first, without their shapes."""
        rows = await self._db.read(
            lambda conn: conn.rows(select(quarantine).order_by(quarantine.c.until, quarantine.c.id))
        )
        return [_read(row) for row in rows]

    async def find(self, record_id: str) -> Kept | None:
        """Return one with its shape. None: there is none."""

        async def look(conn: Conn) -> Kept | None:
            row = await conn.row(select(quarantine).where(quarantine.c.id == record_id))
            return _read(row, await self._open(conn, row)) if row else None

        return await self._db.read(look)

    async def drop(self, record_id: str) -> bool:
        """Destroy one, its key first. False: there is none."""

        async def destroy(conn: Conn) -> bool:
            await destroy_keys(conn, [_key_id(record_id)])
            return (await conn.run(delete(quarantine).where(quarantine.c.id == record_id))).rowcount == 1

        is_gone = await self._db.write(destroy)
        await self._db.empty_log()
        return is_gone

    async def _add(self, conn: Conn, poison: Poison, now: datetime) -> None:
        record_id = str(uuid.uuid4())
        key = await make_key(conn, self._vault, _key_id(record_id))
        await conn.run(
            insert(quarantine).values(
                id=record_id,
                until=round_up(now + KEPT_FOR, _STEP),
                channel=poison.channel[:32],
                kind=poison.kind[:32],
                fault=poison.fault[:120],
                place=poison.place[:200],
                blob=self._vault.lock(poison.shape.encode(), key, _context(record_id)),
            )
        )

    async def _open(self, conn: Conn, row: Any) -> str | None:
        key_id = _key_id(row.id)
        key = (await find_keys(conn, self._vault, [key_id])).get(key_id)
        if key is None:
            return None
        try:
            return self._vault.unlock(row.blob, key, _context(row.id)).decode()
        except Unreadable:
            return None


async def drop_old_records(conn: Conn, now: datetime) -> int:
    """Destroy up to a hundred records whose time is over, with their keys; returns how many."""
    old = select(quarantine.c.id).where(quarantine.c.until <= now).order_by(quarantine.c.id).limit(_BATCH)
    ids = [row.id for row in await conn.rows(old)]
    if ids:
        await destroy_keys(conn, [_key_id(record_id) for record_id in ids])
        await conn.run(delete(quarantine).where(quarantine.c.id.in_(ids)))
    return len(ids)


def _read(row: Any, shape: str | None = None) -> Kept:
    return Kept(row.id, row.until, row.channel, row.kind, row.fault, row.place, shape)


def _key_id(record_id: str) -> str:
    return f"quarantine:{record_id}"


def _context(record_id: str) -> str:
    return f"quarantine.blob:{record_id}"
