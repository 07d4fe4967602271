"""Figures of this moment for whoever watches: how many letters wait and for how long, what is in quarantine, what nobody has opened."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, text

from bot.ports import Clock
from bot.ports.sealing_tests import AHEAD
from bot.store.database import Conn, Database
from bot.store.engine import make_engine
from bot.store.migrate import head
from bot.store.moments import from_micros, to_micros
from bot.store.revisions import serve
from bot.store.schema import handoff, handoff_case, outbox, person_session, quarantine, sealing_test
from bot.store.sealing_tests import is_hour

_WAITING: Final = ("new", "sending")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its name without the program's, one label or none, and the value."""

    name: str
    label: str
    value: float


class Watcher:
    """Looks with a connection of its own, at most every five seconds; in between it gives what it saw."""

    def __init__(self, url: str, clock: Clock, *, public: bool) -> None:
        self._db = Database(make_engine(url, public=public))
        self._clock = clock
        self._head = head()
        self._look = _look_public if public else _look_office
        self._seen: Sequence[Figure] = ()
        self._seen_at = -10.0

    async def look(self) -> Sequence[Figure]:
        """Return the figures. StoreDown: the database did not answer."""
        if time.monotonic() - self._seen_at > 5:  # noqa: PLR2004 - said above
            self._seen = await self._db.read(self._read)
            self._seen_at = time.monotonic()
        return self._seen

    async def close(self) -> None:
        """Release the connection."""
        await self._db.close()

    async def _read(self, conn: Conn) -> Sequence[Figure]:
        rows = await conn.rows(text("SELECT version_num FROM alembic_version"))
        is_right = serve([row.version_num for row in rows], self._head)
        now = to_micros(self._clock())
        return (Figure("schema_is_right", "", float(is_right)), *await self._look(conn, now))


async def _look_public(conn: Conn, now: int) -> Sequence[Figure]:
    letters = await conn.rows(
        select(outbox.c.state, func.count(), func.min(outbox.c.created_at))
        .where(outbox.c.state.in_(_WAITING))
        .group_by(outbox.c.state)
    )
    found = {row[0]: (row[1], to_micros(row[2])) for row in letters}
    oldest = min((since for _, since in found.values()), default=now)
    held = (await conn.rows(select(func.count()).select_from(quarantine)))[0][0]
    open_ = (await conn.rows(select(func.count()).select_from(person_session)))[0][0]
    return (
        *(Figure("outbox_letters", state, found.get(state, (0, 0))[0]) for state in _WAITING),
        # Rows tell the minute only, so this may say up to one too little.
        Figure("outbox_oldest_seconds", "", max(0, now - oldest) / 1e6),
        Figure("quarantine_records", "", held),
        Figure("conversations", "", open_),
    )


async def _look_office(conn: Conn, now: int) -> Sequence[Figure]:
    unopened = await conn.rows(
        select(func.count(), func.min(handoff.c.created_at))
        .select_from(handoff.outerjoin(handoff_case, handoff_case.c.handoff_id == handoff.c.id))
        .where(handoff_case.c.opened_at.is_(None))
    )
    count, since = unopened[0]
    statuses = await conn.rows(select(handoff_case.c.status, func.count()).group_by(handoff_case.c.status))
    by_status = {row[0]: row[1] for row in statuses}
    hour = await _find_newest_hour(conn, now)
    return (
        *([Figure("sealing_test_age_seconds", "", max(0, now - to_micros(hour)) / 1e6)] if hour else []),
        Figure("handoffs_unopened", "", count),
        Figure("handoffs_oldest_unopened_seconds", "", max(0, now - to_micros(since)) / 1e6 if since else 0),
        *(
            Figure("handoffs", status, by_status.get(status, 0))
            for status in ("new", "in_progress", "called", "done")
        ),
    )


async def _find_newest_hour(conn: Conn, now: int) -> datetime | None:
    """Find the newest test handoff's, out of what the desk takes for an hour."""
    is_one = is_hour(from_micros(now) + AHEAD)
    newest: datetime | None = (await conn.rows(select(func.max(sealing_test.c.hour)).where(is_one)))[0][0]
    return newest
