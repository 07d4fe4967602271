"""
The database as the back office opens it: staff, sealed handoffs and the work on them, the audit log, counts.

It has no vault, so nothing that a person wrote could be opened here even by mistake.
"""

from __future__ import annotations

from sqlalchemy import func, select

from bot.ports import Clock
from bot.store.audit import SqlAudit
from bot.store.casework import SqlCasework
from bot.store.database import Database
from bot.store.engine import make_engine
from bot.store.exports import SqlExports
from bot.store.handoffs_desk import DeskHandoffs, WriteDown
from bot.store.schema import outbox, person_session
from bot.store.sealing_tests_desk import DeskSealingTests
from bot.store.staff import SqlStaff
from bot.store.tally import SqlTally
from bot.store.ways import SqlWays


class OfficeStore:
    """One database without its keys. Its parts implement the ports of the office; they share its connections."""

    def __init__(self, url: str, clock: Clock, *, write_down: WriteDown | None = None) -> None:
        self._db = Database(make_engine(url))
        self._clock = clock
        self.staff = SqlStaff(self._db)
        self.handoffs = DeskHandoffs(self._db, write_down)
        self.casework = SqlCasework(self._db)
        self.exports = SqlExports(self._db)
        self.ways = SqlWays(self._db)
        self.audit = SqlAudit(self._db)
        self.tally = SqlTally(self._db)
        self.sealing_tests = DeskSealingTests(self._db)

    async def close(self) -> None:
        """Release connections."""
        await self._db.close()

    async def count_open(self) -> tuple[int, int]:
        """Count conversations in progress and letters waiting; who they are stays locked."""
        waiting = outbox.c.state.in_(["new", "sending"])
        sessions = (
            select(func.count()).select_from(person_session).where(person_session.c.erase_at > self._clock())
        )
        letters = select(func.count()).select_from(outbox).where(waiting)
        both = select(sessions.scalar_subquery(), letters.scalar_subquery())
        row = (await self._db.read(lambda conn: conn.rows(both)))[0]
        return int(row[0]), int(row[1])
