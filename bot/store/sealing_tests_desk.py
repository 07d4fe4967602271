"""Test handoffs as the desk sees them: the newest to look at, and their end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, Select, cast, delete, func, or_, select

from bot.ports.handoff import Sealed
from bot.ports.sealing_tests import SealingTest
from bot.store.database import Conn, Database
from bot.store.schema import sealing_test
from bot.store.sealing_tests import SEPARATOR


class DeskSealingTests:
    """The test handoffs of one database; see `ports.SealingTestStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find_newest(self, until: datetime) -> SealingTest | None:
        """Return the newest that is not from after `until`."""
        row = await self._db.read(lambda conn: conn.row(select_newest(until)))
        if row is None:
            return None
        told = tuple(filter(None, row.recipients.split(SEPARATOR)))
        return SealingTest(row.hour, told, Sealed(row.blob, row.signature, row.signer))

    async def drop(self, *, before: datetime, after: datetime) -> int:
        """Take away those from before and after, but the newest of the rest: it says since when none has come."""
        hour = sealing_test.c.hour

        async def take(conn: Conn) -> int:
            newest = (await conn.rows(select(func.max(hour)).where(hour <= after)))[0][0]
            is_over = (hour < before) & (hour != newest) if newest else hour < before
            return (await conn.run(delete(sealing_test).where(or_(is_over, hour > after)))).rowcount

        return await self._db.write(take)


def select_newest(until: datetime) -> Select[Any]:
    """Write the query for it; bytes are read as bytes, whatever somebody else has written there (SQLite keeps any type)."""
    known = sealing_test.c
    seal = (cast(known[name], LargeBinary).label(name) for name in ("blob", "signature"))
    columns = (known.hour, known.recipients, *seal, known.signer)
    return select(*columns).where(known.hour <= until).order_by(known.hour.desc()).limit(1)
