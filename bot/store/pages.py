"""
One-time pages: a link is opened once, and whoever opened it holds a seat until they send or give up.

Links and seats are known by keyed hashes only. Nothing of what is filled in is here: the page carries it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update

from bot.core.model import PersonKey
from bot.ports import Page, Vault
from bot.store.database import Conn
from bot.store.schema import page_seat
from bot.store.sessions import Sessions

#: Under these names links and seats are hashed; no channel has them.
_TOKENS = "page token"
_SEATS = "page seat"


@dataclass(frozen=True, slots=True)
class Pages:
    """
    The pages as one open transaction sees them.

    People first, then their page: whoever changes one holds its person before, so that nobody waits in a circle.
    """

    conn: Conn
    vault: Vault
    sessions: Sessions

    async def add(self, person: PersonKey, token: str, until: datetime) -> None:
        """Keep a link's token; the person's older link and open page end."""
        await self.sessions.hold(person)
        name = self.vault.event_key(_TOKENS, token)
        row = {"person": person, "token": name, "seat": None, "until": until}
        await self.conn.put(page_seat, row, key="person")

    async def open(self, token: str, seat: str, now: datetime, until: datetime) -> Page | None:
        """Turn a token into a seat. Of two at once one does: whoever changes the row."""
        is_it = (page_seat.c.token == self.vault.event_key(_TOKENS, token)) & (page_seat.c.until > now)
        person = await self._hold(is_it)
        if person is None:
            return None
        taken = {"token": None, "seat": self.vault.event_key(_SEATS, seat), "until": until}
        won = (await self.conn.run(update(page_seat).where(is_it).values(taken))).rowcount == 1
        return Page(person, until) if won else None

    async def find(self, seat: str) -> Page | None:
        """Say whose page it is and until when, without locking anybody."""
        row = await self.conn.row(select(page_seat.c.person, page_seat.c.until).where(self._is_seat(seat)))
        return Page(PersonKey(row.person), row.until) if row else None

    async def renew(self, seat: str, until: datetime) -> None:
        """Let it go on until then; nothing happens to one that has ended."""
        if await self._hold(self._is_seat(seat)):
            await self.conn.run(update(page_seat).where(self._is_seat(seat)).values(until=until))

    async def close(self, seat: str) -> bool:
        """End it. Of two at once one does: whoever deletes the row."""
        if await self._hold(self._is_seat(seat)) is None:
            return False
        return (await self.conn.run(delete(page_seat).where(self._is_seat(seat)))).rowcount == 1

    async def _hold(self, which: ColumnElement[bool]) -> PersonKey | None:
        row = await self.conn.row(select(page_seat.c.person).where(which))
        if row is None:
            return None
        await self.sessions.hold(PersonKey(row.person))
        return PersonKey(row.person)

    def _is_seat(self, seat: str) -> ColumnElement[bool]:
        return page_seat.c.seat == self.vault.event_key(_SEATS, seat)
