"""Who has which handoff, what staff wrote about it; see `ports.CaseworkStore`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, union_all, update

from bot.ports import StoredPaper, Work
from bot.store.database import Conn, Database
from bot.store.handoffs import HANDOFF_LOCK, HOUR
from bot.store.moments import round_down
from bot.store.papers import insert_paper, read_papers
from bot.store.schema import handoff, handoff_case, handoff_work


class SqlCasework:
    """The casework of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_work(self) -> Mapping[str, Work]:
        """Return what is known, by the handoff's id."""
        rows = await self._db.read(lambda conn: conn.rows(select(handoff_work)))
        return {row.handoff_id: Work(row.handoff_id, row.assigned_to, row.called_at) for row in rows}

    async def assign(self, handoff_id: str, account_id: str | None, *, instead_of: str | None) -> bool:
        """Give a handoff to somebody, or to nobody. False: it is not with `instead_of`, or it is gone."""

        async def work(conn: Conn) -> bool:
            if not await _is_kept(conn, handoff_id):
                return False
            holder = handoff_work.c.assigned_to
            if instead_of is None:
                row = {"handoff_id": handoff_id, "assigned_to": account_id}
                return await conn.put(handoff_work, row, key="handoff_id", over=holder.is_(None))
            mine = (handoff_work.c.handoff_id == handoff_id, holder == instead_of)
            changed = await conn.run(update(handoff_work).where(*mine).values(assigned_to=account_id))
            return changed.rowcount == 1

        return await self._db.write(work)

    async def note_called(self, handoff_id: str, now: datetime) -> bool:
        """Note the first call, to the hour. False: it was noted before, or the handoff is gone."""

        async def work(conn: Conn) -> bool:
            if not await _is_kept(conn, handoff_id):
                return False
            row = {"handoff_id": handoff_id, "called_at": round_down(now, HOUR)}
            return await conn.put(
                handoff_work, row, key="handoff_id", over=handoff_work.c.called_at.is_(None)
            )

        return await self._db.write(work)

    async def add_paper(self, paper: StoredPaper) -> None:
        """Add a paper; the same one twice is added once."""
        await self._db.write(lambda conn: insert_paper(conn, paper))

    async def list_papers(self, handoff_id: str) -> Sequence[StoredPaper]:
        """Return the papers of a handoff, oldest first."""
        found = await self._db.read(lambda conn: read_papers(conn, [handoff_id]))
        return found.get(handoff_id, ())


async def _is_kept(conn: Conn, handoff_id: str) -> bool:
    """Say whether a handoff is there, and keep it there until the transaction ends: nothing is added to what was erased."""
    await conn.keep_together(HANDOFF_LOCK, alone=False)
    tables = ((handoff, handoff.c.id), (handoff_case, handoff_case.c.handoff_id))
    halves = union_all(*(select(id_).select_from(table).where(id_ == handoff_id) for table, id_ in tables))
    return bool(await conn.rows(halves))
