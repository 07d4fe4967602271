"""
Test handoffs as the desk sees them: the newest of each signer to look at, and their end.

Whoever may put one in may put in many, and anything at all: SQLite keeps any type in any column. So a query reads one row of each
signer, cut to what one of ours can have, and no hour that is none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    Text,
    and_,
    cast,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.types import TypeEngine

from bot.ports.handoff import Sealed
from bot.ports.sealing_tests import FoundTests, SealingTest
from bot.store.database import Conn, Database
from bot.store.schema import sealing_test
from bot.store.sealing_tests import FIRST_HOUR, SEPARATOR, is_hour

#: Room for hundreds of recipients. What is longer is none of ours, and is odd when it is cut.
_MOST_BYTES: Final = 65_536
_MOST_CHARACTERS: Final = 16_384
#: So many of the newest rows are looked through for a stranger's. In a flood of more, what is newest is odd anyway.
_MOST_ROWS: Final = 1_000


class DeskSealingTests:
    """The test handoffs of one database; see `ports.SealingTestStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find_newest(self, signers: Collection[str], *, since: datetime, until: datetime) -> FoundTests:
        """Return the newest of each of these signers up to `until`, and the hour of anybody else's since `since`."""

        async def find(conn: Conn) -> FoundTests:
            rows = [await conn.row(_select_newest(one, until)) for one in signers]
            return _read(rows, await conn.row(_select_stranger(signers, since, until)))

        return await self._db.read(find)

    async def drop(self, *, before: datetime, after: datetime) -> int:
        """Take away those from before and after, but the newest of the rest: it says since when none has come."""
        hour = sealing_test.c.hour
        newest = select(func.max(hour)).where(is_hour(after)).correlate(None).scalar_subquery()
        is_over = or_(hour > after, hour < FIRST_HOUR, and_(hour < before, hour != newest))

        async def take(conn: Conn) -> int:
            return (await conn.run(delete(sealing_test).where(is_over))).rowcount

        return await self._db.write(take)


def find_newest_by(
    conn: Connection, signers: Collection[str], *, since: datetime, until: datetime
) -> FoundTests:
    """Find the same with a connection that somebody else opened."""
    rows = [conn.execute(_select_newest(one, until)).first() for one in signers]
    return _read(rows, conn.execute(_select_stranger(signers, since, until)).first())


def _select_newest(signer: str, until: datetime) -> Select[Any]:
    known = sealing_test.c
    columns = (
        known.hour,
        _cut(known.recipients, Text(), _MOST_CHARACTERS).label("recipients"),
        _cut(known.blob, LargeBinary(), _MOST_BYTES).label("blob"),
        _cut(known.signature, LargeBinary(), _MOST_BYTES).label("signature"),
        known.signer,
    )
    rows = select(*columns).where(known.signer == signer, is_hour(until))
    return rows.order_by(known.hour.desc()).limit(1)


def _select_stranger(signers: Collection[str], since: datetime, until: datetime) -> Select[Any]:
    known = sealing_test.c
    newest = select(known.hour, known.signer).where(is_hour(until, since=since))
    looked = newest.order_by(known.hour.desc()).limit(_MOST_ROWS).subquery()
    strange = select(looked.c.hour).where(looked.c.signer.not_in(signers))
    return strange.order_by(looked.c.hour.desc()).limit(1)


def _cut(column: ColumnElement[Any], as_type: TypeEngine[Any], most: int) -> ColumnElement[Any]:
    return func.substr(cast(column, as_type), 1, most, type_=as_type)


def _read(rows: Iterable[Any], stranger: Any) -> FoundTests:
    tests = tuple(_read_test(row) for row in rows if row is not None)
    return FoundTests(tests, None if stranger is None else stranger.hour)


def _read_test(row: Any) -> SealingTest:
    # Of bytes that are none SQLite cuts nothing at all.
    sealed = Sealed(row.blob or b"", row.signature or b"", row.signer)
    return SealingTest(row.hour, tuple(filter(None, row.recipients.split(SEPARATOR))), sealed)
