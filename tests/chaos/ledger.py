"""What stands in the database, looked at from outside with the keys of the public side."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text

from bot.core.model import Session
from bot.core.receipt import read_receipt
from bot.crypto import RootVault
from bot.errors import StoreDown
from bot.ports import Stored
from bot.settings import SQLITE_PREFIX
from bot.store.database import Database
from bot.store.engine import make_engine
from bot.store.sql import SqlStore, open_store


@dataclass
class Ledger:
    """One database, read by its owner. Made by `open_ledger`."""

    url: str
    vault: RootVault
    store: SqlStore
    database: Database

    @property
    def sqlite_path(self) -> str:
        """The file; empty on PostgreSQL."""
        return self.url.removeprefix(SQLITE_PREFIX) if self.url.startswith(SQLITE_PREFIX) else ""

    async def rows(self, statement: str) -> list[Any]:
        """Read, again while the database does not answer."""
        return await self._patiently(text(statement))

    async def look(self, user_id: str, channel: str = "line") -> Stored | None:
        """Return what is stored of somebody."""
        person = self.vault.person_key(channel, user_id)
        for _ in range(100):
            with contextlib.suppress(StoreDown):
                return await self.store.look(person)
            await asyncio.sleep(0.1)
        return await self.store.look(person)

    async def plant(self, user_id: str, session: Session, channel: str = "line") -> None:
        """Let somebody be in the middle of a conversation."""
        for _ in range(100):
            with contextlib.suppress(StoreDown):
                async with self.store.transaction() as tx:
                    person = self.vault.person_key(channel, user_id)
                    await tx.save_session(person, session, expected_version=None)
                return
            await asyncio.sleep(0.1)
        raise StoreDown("nobody could be planted")

    async def list_taken(self) -> set[str]:
        """Return the keyed hashes of the deliveries that were taken."""
        return {row.event for row in await self.rows("SELECT event FROM inbox_event")}

    async def count_on_way(self) -> int:
        """Count the letters that somebody still waits for."""
        found = await self.rows("SELECT count(*) AS n FROM outbox WHERE state IN ('new', 'sending')")
        return int(found[0].n)

    async def list_outcomes(self) -> dict[str, int]:
        """Count letters by their end."""
        found = await self.rows("SELECT state, count(*) AS n FROM outbox GROUP BY state ORDER BY state")
        return {row.state: int(row.n) for row in found}

    async def count_handoffs(self) -> int:
        return int((await self.rows("SELECT count(*) AS n FROM handoff"))[0].n)

    async def has_case(self, receipt: str) -> bool:
        """Say whether the desk has what a receipt stands for."""
        async with self.store.transaction() as tx:
            return await tx.find_case(read_receipt(receipt) or receipt) is not None

    async def measure_tables(self) -> dict[str, dict[str, int]]:
        """Say how much of PostgreSQL's disk each table takes with its indexes, and how many rows it has, dead ones too."""
        if self.sqlite_path:
            return {}
        await self.rows("SELECT pg_stat_clear_snapshot()")
        found = await self.rows(
            "SELECT relname AS name, n_live_tup AS live, n_dead_tup AS dead, n_tup_ins AS added, n_tup_upd AS changed, "
            "n_tup_del AS removed, pg_total_relation_size(relid) AS bytes FROM pg_stat_user_tables"
        )
        kept = ("live", "dead", "added", "changed", "removed", "bytes")
        return {row.name: {name: int(getattr(row, name)) for name in kept} for row in found if row.added}

    async def find_damage(self) -> list[str]:
        """Say what is wrong with the database itself; empty: nothing."""
        damage = self._check_sqlite() if self.sqlite_path else []
        homeless = await self.rows(
            "SELECT count(*) AS n FROM person_session s LEFT JOIN erasable_key k ON k.id = 'session:' || s.person "
            "WHERE k.id IS NULL"
        )
        mute = await self.rows(
            "SELECT count(*) AS n FROM outbox o LEFT JOIN erasable_key k ON k.id = 'outbox:' || o.id "
            "WHERE k.id IS NULL AND o.state IN ('new', 'sending')"
        )
        orphans = await self.rows(
            "SELECT count(*) AS n FROM erasable_key k LEFT JOIN outbox o ON k.id = 'outbox:' || o.id "
            "WHERE k.id LIKE 'outbox:%' AND (o.id IS NULL OR o.state NOT IN ('new', 'sending'))"
        )
        half = await self.rows(
            "SELECT count(*) AS n FROM handoff h LEFT JOIN handoff_case c ON c.handoff_id = h.id "
            "LEFT JOIN consent_record r ON r.handoff_id = h.id WHERE c.handoff_id IS NULL OR r.handoff_id IS NULL"
        )
        told = {
            "sessions without a key": homeless,
            "letters without a key": mute,
            "keys of letters that are done": orphans,
            "handoffs without a receipt or a consent": half,
        }
        return damage + [f"{rows[0].n} {what}" for what, rows in told.items() if rows[0].n]

    async def _patiently(self, statement: TextClause) -> list[Any]:
        for _ in range(100):
            with contextlib.suppress(StoreDown):
                return await self.database.read(lambda conn: conn.rows(statement))
            await asyncio.sleep(0.1)
        return await self.database.read(lambda conn: conn.rows(statement))

    def _check_sqlite(self) -> list[str]:
        with contextlib.closing(sqlite3.connect(self.sqlite_path, timeout=30)) as database:
            found: Sequence[Any] = database.execute("PRAGMA integrity_check").fetchall()
            broken: Sequence[Any] = database.execute("PRAGMA foreign_key_check").fetchall()
        return [str(row[0]) for row in found if row[0] != "ok"] + [f"foreign key: {row[0]}" for row in broken]


@contextlib.asynccontextmanager
async def open_ledger(url: str, vault: RootVault) -> AsyncIterator[Ledger]:
    """Open it beside the program; nothing is held between two looks."""
    store, database = open_store(url, vault), Database(make_engine(url))
    try:
        yield Ledger(url, vault, store, database)
    finally:
        await store.close()
        await database.close()
