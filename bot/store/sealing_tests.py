"""Test handoffs as the public side sees them: put in, never taken out, one an hour of each signer whoever else runs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement

from bot.ports.sealing_tests import SealingTest
from bot.store.database import Conn, Database
from bot.store.moments import from_micros
from bot.store.schema import sealing_test

#: Between fingerprints, which have none.
SEPARATOR = ","
#: Nothing is from before.
FIRST_HOUR = from_micros(0)


class AddedSealingTests:
    """The test handoffs of one database; see `ports.NewSealingTests`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, test: SealingTest) -> bool:
        """Add it; False: its signer has one of this hour. In its own transaction, and nobody who writes to us waits for it."""
        row = {
            "hour": test.hour,
            "recipients": SEPARATOR.join(test.recipients),
            "blob": test.sealed.blob,
            "signature": test.sealed.signature,
            "signer": test.sealed.signer,
        }

        async def put(conn: Conn) -> bool:
            return await conn.insert_new(sealing_test, row)

        return await self._db.write(put)


def is_hour(until: datetime, *, since: datetime = FIRST_HOUR) -> ColumnElement[bool]:
    """Say in SQL that a row's hour is one, and between these: in SQLite any text and any bytes are above every number."""
    return sealing_test.c.hour.between(since, until)
