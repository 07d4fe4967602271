"""SQLite's one writer: those who write at the same time share one COMMIT, and nothing else."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import exc

from bot.errors import StoreDown
from bot.store.conn import written
from bot.store.database import Database
from bot.store.engine import make_engine
from bot.store.writer import Writer

_NOTE = written("INSERT INTO inbox_event (event, seen_at) VALUES (?, 0)")
_FIND = written("SELECT event FROM inbox_event ORDER BY event")
_HOUSE = Path(__file__).parents[2]


@pytest.fixture
async def db(sqlite_url: str) -> AsyncIterator[Database]:
    opened = Database(make_engine(sqlite_url, public=True))
    yield opened
    await opened.close()


@pytest.fixture
def other(sqlite_url: str) -> sqlite3.Connection:
    """Another program on the same file."""
    return sqlite3.connect(sqlite_url.removeprefix("sqlite+aiosqlite:///"), isolation_level=None, timeout=0)


def get_writer(db: Database) -> Writer:
    assert db._writer is not None
    return db._writer


async def note(db: Database, name: str, *, fails: bool = False) -> None:
    async with db.writing(wait_s=5) as conn:
        await conn.change(_NOTE, name)
        if fails:
            raise ZeroDivisionError


async def list_noted(db: Database) -> list[str]:
    async with db.writing(wait_s=5) as conn:
        return [name for (name,) in await conn.ask(_FIND)]


async def hear(db: Database) -> list[str]:
    """What the writer says to SQLite from now on."""
    await list_noted(db)
    opened = get_writer(db)._opened
    assert opened is not None
    said: list[str] = []
    opened.driver.set_trace_callback(said.append)
    return said


async def test_those_who_write_at_once_share_a_commit(db: Database) -> None:
    """Ten people, one wait for the disk."""
    said = await hear(db)

    await asyncio.gather(*(note(db, f"{number}") for number in range(10)))

    assert said.count("BEGIN IMMEDIATE") == said.count("COMMIT") == 1
    assert len(await list_noted(db)) == 10


async def test_one_that_fails_does_not_touch_its_neighbours(db: Database) -> None:
    """It is undone alone, and its neighbours never hear of it."""
    said = await hear(db)

    ends = await asyncio.gather(
        note(db, "before"), note(db, "fails", fails=True), note(db, "after"), return_exceptions=True
    )

    assert [type(end) for end in ends] == [type(None), ZeroDivisionError, type(None)]
    assert said.count("COMMIT") == 1
    assert await list_noted(db) == ["after", "before"]


async def test_one_that_breaks_a_rule_does_not_either(db: Database) -> None:
    """A bug is seen as one, by whoever has it."""
    ends = await asyncio.gather(note(db, "a"), note(db, "a"), note(db, "b"), return_exceptions=True)

    assert [type(end) for end in ends] == [type(None), sqlite3.IntegrityError, type(None)]
    assert await list_noted(db) == ["a", "b"]


async def test_nobody_is_told_before_the_commit(db: Database, other: sqlite3.Connection) -> None:
    """While a reader of another program holds up the commit, all of them wait for it."""
    await list_noted(db)
    other.execute("BEGIN")
    other.execute("SELECT * FROM inbox_event").fetchall()
    tasks = [asyncio.create_task(note(db, name)) for name in "abc"]

    await asyncio.wait(tasks, timeout=0.05)

    assert not any(task.done() for task in tasks)
    assert other.execute("SELECT * FROM inbox_event").fetchall() == []
    other.execute("COMMIT")
    await asyncio.gather(*tasks)
    assert len(other.execute("SELECT * FROM inbox_event").fetchall()) == 3
    other.close()


async def test_a_commit_that_fails_fails_all_of_them(db: Database, other: sqlite3.Connection) -> None:
    """Nothing of any is kept; the next one is served."""
    await list_noted(db)
    get_writer(db)._wait_s = 0.02
    other.execute("BEGIN")
    other.execute("SELECT * FROM inbox_event").fetchall()

    ends = await asyncio.gather(*(note(db, name) for name in "abc"), return_exceptions=True)

    assert [type(end) for end in ends] == [StoreDown] * 3
    other.execute("COMMIT")
    other.close()
    assert await list_noted(db) == []
    await note(db, "d")
    assert await list_noted(db) == ["d"]


async def test_a_file_that_fails_is_opened_anew(db: Database) -> None:
    """Whatever became of the connection, those in the transaction are refused and the next ones are served."""
    await list_noted(db)
    opened = get_writer(db)._opened
    assert opened is not None

    async def be_cut_off() -> None:
        async with db.writing() as conn:
            await conn.change(_NOTE, "lost")
            opened.driver.execute("ROLLBACK")  # as SQLite does by itself when the disk fails

    ends = await asyncio.gather(note(db, "neighbour"), be_cut_off(), return_exceptions=True)

    assert [type(end) for end in ends] == [StoreDown, StoreDown]
    assert await list_noted(db) == []
    assert get_writer(db)._opened is not opened


async def test_whoever_stops_waiting_keeps_nobody_from_being_stored(
    db: Database, other: sqlite3.Connection
) -> None:
    """Their own is stored too, as it was complete."""
    await list_noted(db)
    other.execute("BEGIN")
    other.execute("SELECT * FROM inbox_event").fetchall()
    tasks = [asyncio.create_task(note(db, name)) for name in "abc"]
    await asyncio.wait(tasks, timeout=0.05)

    tasks[1].cancel()
    await asyncio.sleep(0)
    other.execute("COMMIT")
    other.close()
    ends = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(end) for end in ends] == [type(None), asyncio.CancelledError, type(None)]
    assert await list_noted(db) == ["a", "b", "c"]


async def test_others_are_served_while_a_lock_is_waited_for(db: Database, other: sqlite3.Connection) -> None:
    """The loop goes on: whoever needs no database does not notice."""
    await list_noted(db)
    other.execute("BEGIN IMMEDIATE")
    task = asyncio.create_task(note(db, "a"))
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert not task.done()
    other.execute("COMMIT")
    other.close()
    await task
    assert await list_noted(db) == ["a"]


async def test_who_gives_up_while_it_begins_blocks_nobody(db: Database, other: sqlite3.Connection) -> None:
    """What it had begun is ended before the next one begins."""
    await list_noted(db)
    other.execute("BEGIN IMMEDIATE")
    task = asyncio.create_task(note(db, "a"))
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.sleep(0)
    other.execute("COMMIT")
    other.close()
    with pytest.raises(asyncio.CancelledError):
        await task
    await note(db, "b")
    assert await list_noted(db) == ["b"]


async def test_the_wall_stands_around_written_statements_too(db: Database) -> None:
    """The public side reads no handoff, and nothing passes for one of the guards."""
    for text in (
        "SELECT blob FROM handoff",
        "DELETE FROM handoff",
        "WITH handoff_is_kept AS (SELECT 1) SELECT id FROM handoff, handoff_is_kept",
    ):
        with pytest.raises((sqlite3.DatabaseError, exc.DatabaseError), match=r"not authorized|prohibited"):
            async with db.writing() as conn:
                await conn.ask(written(text))


async def test_the_log_is_emptied_between_two_groups(sqlite_url: str) -> None:
    """In WAL mode: what was erased does not stay in the log, whoever writes at that moment."""
    db = Database(make_engine(sqlite_url, journal="WAL"))
    await asyncio.gather(note(db, "a"), db.empty_log(), note(db, "b"))
    await db.empty_log()
    log = Path(sqlite_url.removeprefix("sqlite+aiosqlite:///") + "-wal")
    assert log.stat().st_size == 0
    assert await list_noted(db) == ["a", "b"]
    await db.close()


_COUNTING = """
import asyncio, sys
from bot.errors import StoreDown
from bot.store.conn import written
from bot.store.database import Database
from bot.store.engine import make_engine

READ = written("SELECT count FROM tally WHERE day = 'd' AND kind = 'k' AND name = 'n'")
SAVE = written("UPDATE tally SET count = ? WHERE day = 'd' AND kind = 'k' AND name = 'n'")

async def count(db):
    while True:
        try:
            async with db.writing(wait_s=10) as conn:
                ((before,),) = await conn.ask(READ)
                await conn.change(SAVE, before + 1)
            return
        except StoreDown:
            continue

async def main():
    db = Database(make_engine(sys.argv[1]))
    for _ in range(10):
        await asyncio.gather(*(count(db) for _ in range(10)))
    await db.close()

asyncio.run(main())
"""


async def test_two_programs_on_one_file_lose_no_update(sqlite_url: str, other: sqlite3.Connection) -> None:
    """`serve` and `office` write at once: what each reads and writes back is never overtaken."""
    other.execute("INSERT INTO tally VALUES ('d', 'k', 'n', 0)")
    programs = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", _COUNTING, sqlite_url),
            env={**os.environ, "PYTHONPATH": str(_HOUSE)},
        )
        for _ in range(2)
    ]
    assert await asyncio.gather(*(program.wait() for program in programs)) == [0, 0]
    assert other.execute("SELECT count FROM tally").fetchall() == [(200,)]
    assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    other.close()
