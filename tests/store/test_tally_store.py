"""The counts in both databases: they add up, whoever adds, and they hold nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from bot.errors import StoreDown
from bot.ports import Counted
from bot.store.database import Database
from bot.store.engine import make_engine
from bot.store.office import OfficeStore
from bot.store.schema import tally
from bot.store.sql import SqlStore
from bot.store.tally import SqlTally
from tests.store.cast import insist
from tests.store.conftest import FRONT_ROLE, Look, as_role
from tests.store.test_walls import try_

TODAY, BEFORE = date(2026, 11, 20), date(2026, 11, 19)


async def read(desk: OfficeStore) -> list[Counted]:
    return list(await desk.tally.read(BEFORE, TODAY))


async def test_what_is_added_again_adds_up(store: SqlStore, desk: OfficeStore) -> None:
    """By day, kind and name, in that order."""
    await store.tally.add(TODAY, {("type", "threat"): 2, ("channel", "web"): 1})
    await store.tally.add(TODAY, {("type", "threat"): 3})
    await store.tally.add(BEFORE, {("type", "threat"): 1})
    assert await read(desk) == [
        Counted(BEFORE, "type", "threat", 1),
        Counted(TODAY, "channel", "web", 1),
        Counted(TODAY, "type", "threat", 5),
    ]


async def test_only_the_days_that_are_asked_for_are_read(store: SqlStore, desk: OfficeStore) -> None:
    """Both ends are included."""
    await store.tally.add(BEFORE, {("page", "opened"): 1})
    await store.tally.add(TODAY, {("page", "opened"): 1})
    assert [row.day for row in await desk.tally.read(TODAY, TODAY)] == [TODAY]
    assert [row.day for row in await desk.tally.read(BEFORE, BEFORE)] == [BEFORE]


async def test_nothing_to_add_is_nothing(store: SqlStore, desk: OfficeStore) -> None:
    """No statement, no row."""
    await store.tally.add(TODAY, {})
    assert await read(desk) == []


async def test_two_programs_that_add_at_once_add_up(
    store: SqlStore, second_store: SqlStore, desk: OfficeStore
) -> None:
    """Whatever the order of the names: nothing is lost, nothing doubled, nobody waits in a circle."""
    names = [f"n{number}" for number in range(12)]

    async def add(one: SqlTally, order: list[str]) -> None:
        await insist(lambda: one.add(TODAY, {("type", name): 1 for name in order}))

    await asyncio.gather(
        *(
            add(one, order)
            for _ in range(10)
            for one, order in ((store.tally, names), (second_store.tally, names[::-1]))
        )
    )
    assert [(row.name, row.count) for row in await read(desk)] == [(name, 20) for name in sorted(names)]


async def test_the_office_adds_the_first_calls(store: SqlStore, desk: OfficeStore) -> None:
    """Both programs count into the same rows."""
    await desk.tally.add(TODAY, {("first_call", "1_4h"): 1})
    await store.tally.add(TODAY, {("handoff", "chat"): 1})
    await desk.tally.add(TODAY, {("first_call", "1_4h"): 1})
    assert [(row.kind, row.count) for row in await read(desk)] == [("first_call", 2), ("handoff", 1)]


async def test_a_row_holds_a_day_a_kind_a_name_and_a_number(store: SqlStore, sql: Look) -> None:
    """T3, T8: nothing that leads to anybody, no time of the day, no order in which things came."""
    await store.tally.add(TODAY, {("type", "threat"): 1})
    assert [tuple(row) for row in await sql("SELECT * FROM tally")] == [("2026-11-20", "type", "threat", 1)]
    assert set(tally.c.keys()) == {"day", "kind", "name", "count"}
    assert not tally.foreign_keys


async def test_the_public_side_counts_and_does_no_more(
    store: SqlStore, database_url: str, desk: OfficeStore
) -> None:
    """T10: it adds; it removes no count, changes no name, and reads nothing of the staff."""
    await store.tally.add(TODAY, {("type", "threat"): 1})
    public = Database(make_engine(as_role(database_url, FRONT_ROLE), public=True))
    for statement in (
        "DELETE FROM tally",
        "UPDATE tally SET name = 'x'",
        "UPDATE tally SET day = '2020-01-01'",
        "DROP TABLE tally",
        "SELECT * FROM staff_account",
        "SELECT * FROM staff_session",
        "SELECT * FROM staff_passkey",
        "SELECT * FROM audit_entry",
        "SELECT * FROM handoff_work",
        "SELECT * FROM handoff_paper",
        "INSERT INTO tally SELECT '2026-11-20', 'type', name, 1 FROM staff_account",
    ):
        await try_(public, statement)
    await public.close()
    assert await read(desk) == [Counted(TODAY, "type", "threat", 1)]


async def test_what_the_database_refuses_was_not_added(store: SqlStore, desk: OfficeStore) -> None:
    """A batch is added as a whole or not at all, so that it may be tried again."""
    with pytest.raises(Exception, match=r"count|NULL|null"):
        await store.tally.add(TODAY, {("type", "a"): 1, ("type", "b"): None})  # type: ignore[dict-item]  # a bug
    assert await read(desk) == []
    await store.tally.add(TODAY, {("type", "a"): 1})
    assert [row.count for row in await read(desk)] == [1]


class Broken(Database):
    """A database that goes away before the statement, or exactly when the commit was sent."""

    def __init__(self, db: Database, *, at: str) -> None:
        self._db, self._at = db, at
        self.is_postgres = db.is_postgres

    @asynccontextmanager
    async def writing(self, **_: Any) -> AsyncIterator[Any]:
        if self._at == "start":
            raise StoreDown("gone")
        async with self._db.writing() as conn:
            yield conn
        raise StoreDown("the commit was sent; nobody knows")


@pytest.mark.parametrize(("at", "raises"), [("start", True), ("commit", False)])
async def test_an_outage_never_makes_a_count_double(
    database_url: str, desk: OfficeStore, at: str, raises: bool
) -> None:
    """Surely not added: it may be tried again. Not confirmed: it is taken as done."""
    db = Database(make_engine(as_role(database_url, FRONT_ROLE), public=True))
    counts, waiting = SqlTally(Broken(db, at=at)), True
    try:
        await counts.add(TODAY, {("type", "a"): 1})
        waiting = False
    except StoreDown:
        assert raises
    if waiting:
        await SqlTally(db).add(TODAY, {("type", "a"): 1})
    assert [row.count for row in await read(desk)] == [1]
    assert waiting is raises
    await db.close()


async def test_the_walls_let_a_count_through(database_url: str) -> None:
    """On PostgreSQL as the public role: the very statement that the program uses."""
    db = Database(make_engine(as_role(database_url, FRONT_ROLE), public=True))
    await SqlTally(db).add(TODAY, {("type", "a"): 2})
    await SqlTally(db).add(TODAY, {("type", "a"): 2})
    rows = await db.read(lambda conn: conn.rows(text("SELECT count FROM tally")))
    assert [tuple(row) for row in rows] == [(4,)]
    await db.close()
