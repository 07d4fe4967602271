"""
T10: on SQLite triggers keep rows from being written over; their names lead nobody around the wall.

SQLite tells the wall the name of a `WITH` just as it tells that of a trigger.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import pytest
from sqlalchemy import text

from bot.store.database import Database
from bot.store.engine import make_engine
from bot.store.schema import metadata
from bot.store.sql import open_store
from bot.store.walls import ALL, FRONT, GUARDED, authorize
from tests.store.cast import VAULT, FakeClock
from tests.store.handoff_cast import send
from tests.store.test_walls import try_

BORROWED = (
    "WITH handoff_is_kept AS (SELECT id, blob, signature FROM handoff) SELECT * FROM handoff_is_kept",
    'WITH "Handoff_Is_Kept" AS (SELECT blob FROM handoff) SELECT * FROM handoff_is_kept',
    "WITH handoff_is_kept AS (SELECT id FROM handoff) SELECT * FROM handoff_is_kept",
    "WITH handoff_is_kept AS (SELECT count(*) FROM handoff) SELECT * FROM handoff_is_kept",
    "WITH handoff_is_kept AS (SELECT 1 FROM handoff WHERE blob > x'00') SELECT count(*) FROM handoff_is_kept",
    "WITH consent_text_is_kept AS (SELECT text FROM consent_text) SELECT * FROM consent_text_is_kept",
    "WITH staff_account_is_kept AS (SELECT * FROM staff_account) SELECT * FROM staff_account_is_kept",
    (
        "WITH it AS (WITH handoff_is_kept AS (SELECT blob FROM handoff) SELECT * FROM handoff_is_kept) "
        "SELECT * FROM it"
    ),
    (
        "WITH RECURSIVE handoff_is_kept AS (SELECT signer FROM handoff UNION ALL "
        "SELECT signer || 'x' FROM handoff_is_kept WHERE length(signer) < 9) SELECT * FROM handoff_is_kept"
    ),
    (
        "UPDATE page_seat SET seat = (WITH handoff_is_kept AS (SELECT signer FROM handoff) "
        "SELECT signer FROM handoff_is_kept)"
    ),
    (
        "WITH handoff_is_kept AS (SELECT signer FROM handoff) "
        "UPDATE page_seat SET seat = (SELECT signer FROM handoff_is_kept)"
    ),
    (
        "INSERT INTO consent_text WITH handoff_is_kept AS (SELECT id, signer FROM handoff) "
        "SELECT * FROM handoff_is_kept"
    ),
)


async def test_a_borrowed_name_is_refused(sqlite_url: str) -> None:
    """T10: whatever it asks for, and wherever in a statement it stands; a real insertion works beside it."""
    store = open_store(sqlite_url, VAULT, clock=FakeClock())
    db = Database(make_engine(sqlite_url, public=True))
    await send(store)
    for statement in BORROWED:
        await try_(db, statement)
    await send(store, "another receipt")
    await db.close()
    await store.close()


async def test_whatever_is_added_unread_has_its_guard(sqlite_url: str) -> None:
    """A later migration that copies one of them would lose it, and must make it anew."""
    added = {name for name, rights in FRONT.items() if rights.insert and rights.select != ALL}
    assert set(await list_guards(sqlite_url)) == added


async def test_what_the_guards_compare_is_what_the_wall_opens(sqlite_url: str) -> None:
    """T10: no column more than they need."""
    guards = await list_guards(sqlite_url)
    assert {table: frozenset(re.findall(r"(\w+) = NEW\.", sql)) for table, sql in guards.items()} == GUARDED


async def list_guards(sqlite_url: str) -> dict[str, str]:
    """Return how each guard was made, by its table."""
    engine = make_engine(sqlite_url)
    async with engine.connect() as conn:
        found = await conn.execute(
            text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        )
        guards = {row.tbl_name: row.sql for row in found if row.name == f"{row.tbl_name}_is_kept"}
    await engine.dispose()
    return guards


def test_a_guard_reads_what_it_compares_and_of_no_other_table() -> None:
    """T10: its name is no proof, since a WITH may have the same."""
    for table in FRONT:
        for column in metadata.tables[table].c.keys() if table in metadata.tables else ():
            read = (sqlite3.SQLITE_READ, table, column, "main")
            rights = FRONT[table].select
            by_itself = authorize(*read, None)
            assert (by_itself == sqlite3.SQLITE_OK) is (rights == ALL or column in rights)
            assert authorize(*read, "another_is_kept") == by_itself
            is_compared = column in GUARDED.get(table, ())
            assert authorize(*read, f"{table}_is_kept") == (sqlite3.SQLITE_OK if is_compared else by_itself)
    assert authorize(sqlite3.SQLITE_READ, "handoff", "", "main", "handoff_is_kept") == sqlite3.SQLITE_DENY
    assert authorize(999, None, None, None, None) == sqlite3.SQLITE_DENY


async def test_a_borrowed_name_shows_nothing_sealed_even_to_the_driver(sqlite_url: str) -> None:
    """T10: past the look at the text, the columns of a guard are still all that its name opens."""
    store = open_store(sqlite_url, VAULT, clock=FakeClock())
    await send(store)
    engine = make_engine(sqlite_url, public=True)
    async with engine.connect() as conn:
        driver: Any = (await conn.get_raw_connection()).driver_connection
        for table, compared in GUARDED.items():
            shut = set(metadata.tables[table].c.keys()) - compared - set(FRONT[table].select)
            for what in (*shut, "*", "count(*)"):
                borrowed = (
                    f"WITH {table}_is_kept AS (SELECT {what} FROM {table}) SELECT * FROM {table}_is_kept"  # noqa: S608 - our own table names
                )
                with pytest.raises(sqlite3.DatabaseError, match=r"prohibited|not authorized"):
                    await driver.execute(borrowed)
    await engine.dispose()
    await store.close()
