"""
Uses that count against a limit, for so long and no longer.

Each limit has as many places as it allows. A use takes a free place for its time, and where none is free it is
refused: so the limit holds in any stretch of that length, and also for many at once. Who uses it is not stored, only a
keyed hash of what, who and place together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from bot.ports import Vault
from bot.store.database import Conn
from bot.store.moments import round_up
from bot.store.schema import use_count

#: A row tells when the use was only this roughly. Source: SECURITY §2.
_STEP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Counts:
    """The uses as one open transaction sees them."""

    conn: Conn
    vault: Vault

    async def count(self, what: str, who: str, now: datetime, *, span: timedelta, limit: int) -> bool:
        """Take a place for `span`. False: all `limit` places are taken, and nothing changed."""
        until = round_up(now + span, _STEP)
        for use in self._list_places(what, who, limit):
            if await self.conn.put(
                use_count, {"use": use, "until": until}, key="use", over=use_count.c.until <= now
            ):
                return True
        return False

    async def has_room(self, what: str, who: str, now: datetime, *, limit: int) -> bool:
        """Say whether `count` would find a place now. Nothing changes."""
        mine = use_count.c.use.in_(self._list_places(what, who, limit))
        taken = select(func.count()).select_from(use_count).where(mine, use_count.c.until > now)
        return int((await self.conn.rows(taken))[0][0]) < limit

    def _list_places(self, what: str, who: str, limit: int) -> list[str]:
        return [self.vault.event_key(f"use: {what}", f"{place}:{who}") for place in range(limit)]
