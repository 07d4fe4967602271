"""
Fill a database with people who have written: `python -m benchmarks.seed FOLDER NUMBER`.

The rows are those of the store, written past it in large batches: through it a million would take an hour.
`tests/test_benchmarks.py` reads one back through the store.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from bot.core.model import PersonKey, Session, VisitId
from bot.crypto import RootVault
from bot.keys import read_root
from bot.pack import load_pack
from bot.store.codec import encode_session
from bot.store.erasable import _context as key_context
from bot.store.erasable import session_key_id
from bot.store.moments import round_up, to_micros
from bot.store.sessions import ERASE_STEP
from bot.store.sessions import _context as blob_context
from bot.wiring.common import build_engine

_BATCH = 5_000
_TTL = timedelta(hours=24)
#: Person, locked session, wrapped key, when it is erased.
_Row = tuple[PersonKey, bytes, bytes, int]


def seed(folder: Path, database_url: str, number: int) -> None:
    """Store sessions of that many people, numbered from 0. The schema and the root key must be there."""
    vault = RootVault(read_root("demo", folder))
    session = _begin()
    names = sorted(vault.person_key("line", f"U{one:032x}") for one in range(number))
    batches = _write_rows(vault, session, names)
    if database_url:
        asyncio.run(_fill_postgres(database_url.replace("+asyncpg", ""), batches))
    else:
        _fill_sqlite(folder / "frontdoor.sqlite3", batches)


def _begin() -> Session:
    return build_engine(load_pack()).begin(VisitId("12345678"), "zh_TW", datetime.now(UTC))


def _write_rows(vault: RootVault, session: Session, names: list[PersonKey]) -> Iterator[list[_Row]]:
    """Lock one session for each person, as `Sessions.add` does; the wrapped key comes with the row."""
    plain = encode_session(session)
    erase_at = to_micros(round_up(session.seen_at + _TTL, ERASE_STEP))
    for start in range(0, len(names), _BATCH):
        rows = []
        for person in names[start : start + _BATCH]:
            key, wrapped = vault.new_key(key_context(session_key_id(person)))
            rows.append((person, vault.lock(plain, key, blob_context(person, 1)), wrapped, erase_at))
        yield rows


def _fill_sqlite(path: Path, batches: Iterator[list[_Row]]) -> None:
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = OFF")  # of this connection only, before anything is measured
    for rows in batches:
        with database:
            database.executemany(
                "INSERT INTO person_session (person, version, blob, reply_lost, erase_at) VALUES (?, 1, ?, 0, ?)",
                ((person, blob, erase_at) for person, blob, _, erase_at in rows),
            )
            database.executemany(
                "INSERT INTO erasable_key (id, wrapped) VALUES (?, ?)",
                ((session_key_id(person), wrapped) for person, _, wrapped, _ in rows),
            )
    database.close()
    os.sync()  # else the first measured commit pays for it


async def _fill_postgres(url: str, batches: Iterator[list[_Row]]) -> None:
    connection = await asyncpg.connect(url)
    for rows in batches:
        await connection.copy_records_to_table(
            "person_session",
            columns=["person", "version", "blob", "reply_lost", "erase_at"],
            records=[(person, 1, blob, False, erase_at) for person, blob, _, erase_at in rows],
        )
        await connection.copy_records_to_table(
            "erasable_key",
            columns=["id", "wrapped"],
            records=[(session_key_id(person), wrapped) for person, _, wrapped, _ in rows],
        )
    await connection.execute("ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()


if __name__ == "__main__":
    seed(Path(sys.argv[1]), "", int(sys.argv[2]))
