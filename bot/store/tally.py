"""
Counts of what happens, by day; see `ports.TallyStore`.

A row is a day, a kind, a name and a number. There is no column in which anybody could be named.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from bot.errors import StoreDown
from bot.ports import Counted, Counts
from bot.store.database import Conn, Database
from bot.store.drivers import insert_into
from bot.store.schema import tally


class SqlTally:
    """The counts of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, day: date, counts: Counts) -> None:
        """
        Add to the counts of a day. StoreDown: nothing was added, so it may be tried again.

        When the commit itself is not confirmed nobody knows; then it is taken as done, because one count
        too few does less harm than one too many.
        """
        is_written = False

        async def put(conn: Conn) -> None:
            nonlocal is_written
            is_written = False
            await _put(conn, day, counts)
            is_written = True

        try:
            if counts:
                await self._db.write(put)
        except StoreDown:
            if not is_written:
                raise

    async def read(self, since: date, until: date) -> Sequence[Counted]:
        """Return the counts of these days."""
        days = tally.c.day.between(since.isoformat(), until.isoformat())
        wanted = select(tally).where(days).order_by(tally.c.day, tally.c.kind, tally.c.name)
        rows = await self._db.read(lambda conn: conn.rows(wanted))
        return [Counted(date.fromisoformat(on), kind, name, int(count)) for on, kind, name, count in rows]


async def _put(conn: Conn, day: date, counts: Counts) -> None:
    """Add in one statement, in the order of the names: two programs that add at once never wait in a circle."""
    new = insert_into(tally, is_postgres=conn.is_postgres).values(
        [
            {"day": day.isoformat(), "kind": kind, "name": name, "count": count}
            for (kind, name), count in sorted(counts.items())
        ]
    )
    more = {"count": tally.c["count"] + new.excluded["count"]}
    await conn.run(new.on_conflict_do_update(index_elements=["day", "kind", "name"], set_=more))
