"""
What is filled into the form, from the first word until it is sent or erased: locked, and then in no file.

Source: SECURITY T8, R24, §5 (submit). Markers are planted as values and looked for in bytes; so are the keys and locked
bytes of every session that held them.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiosqlite
import pytest

from bot.core.model import PersonKey, Session
from bot.store.database import Database
from bot.store.sql import SqlStore, open_store
from tests.store.cast import NOON, SURVIVOR, VAULT, FakeClock, begin
from tests.store.conftest import Look
from tests.store.handoff_cast import submit, take_seat
from tests.store.test_erasure import files_of, hits

MANY = 60
FIELDS = ("name", "id_number", "phone_mobile", "address", "story")
WORDS = (b"CANARY", "娜娜".encode(), b"\\u5a1c", "住在".encode())


def a_draft(number: int) -> dict[str, str]:
    return {key: f"CANARY-{number:06d}-{key}-娜娜住在" for key in FIELDS}


def somebody(number: int) -> PersonKey:
    return VAULT.person_key("line", f"U{number}")


@pytest.fixture(params=["DELETE", "WAL"])
async def file_store(
    request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SqlStore]:
    """A store whose temporary files, if there were any, would lie beside it."""
    for name in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    opened = open_store(sqlite_url, VAULT, clock=FakeClock(), journal=request.param)
    yield opened
    await opened.close()


async def secrets_of(url: str) -> list[bytes]:
    """Read 24 bytes from the middle of every wrapped key and locked session."""
    async with aiosqlite.connect(url.removeprefix("sqlite+aiosqlite:///")) as raw:
        rows = [
            *await raw.execute_fetchall("SELECT wrapped FROM erasable_key"),
            *await raw.execute_fetchall("SELECT blob FROM person_session"),
        ]
    return [bytes(row[0][8:32]) for row in rows]


async def fill_in(store: SqlStore, number: int) -> None:
    """Answer in two steps, as in a chat: each answer is saved."""
    person = somebody(number)
    await begin(store, person, pocket={"receipt": f"CANARY-{number:06d}"})
    draft = a_draft(number)
    await change(store, person, draft={key: draft[key] for key in FIELDS[:2]})
    await change(store, person, draft=draft)


async def change(store: SqlStore, person: PersonKey = SURVIVOR, **changes: object) -> None:
    async with store.transaction() as tx:
        stored = await tx.load_session(person)
        assert stored is not None
        session: Session = replace(stored.session, **changes)  # type: ignore[arg-type]
        await tx.save_session(person, session, expected_version=stored.version)


async def test_of_what_was_filled_in_no_file_holds_a_word(
    file_store: SqlStore, sqlite_url: str, tmp_path: Path
) -> None:
    """T8: 300 planted values: none in database, journal or temporary file; before, after sending, after erasing."""
    for number in range(MANY):
        await fill_in(file_store, number)
    assert hits(_everything(tmp_path), WORDS) == 0
    secrets = await secrets_of(sqlite_url)
    assert hits(files_of(sqlite_url), secrets) == len(secrets) == 2 * MANY
    for number in range(MANY):
        if number % 2:
            await take_seat(file_store, f"seat {number}", somebody(number))
            assert await submit(file_store, f"seat {number}", f"CANARY receipt {number}")
        else:
            async with file_store.transaction() as tx:
                await tx.erase(somebody(number))
    assert hits(_everything(tmp_path), [*WORDS, *secrets]) == 0


def _everything(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_dump_of_what_was_filled_in_says_nothing(store: SqlStore, sql: Look) -> None:
    """T8: on either database."""
    for number in range(10):
        await fill_in(store, number)
    for table in ("person_session", "erasable_key"):
        dump = repr([tuple(row) for row in await sql(f"SELECT * FROM {table}")])  # noqa: S608 - our own table names
        assert "CANARY" not in dump
        assert "娜娜" not in dump


@pytest.mark.parametrize(
    "after",
    [
        {"draft": {}},
        {"draft": {"name": "娜娜"}},
        {"draft": {"name": "娜娜", "story": "不一樣了"}},
        {"pocket": {}},
        {"pocket": {"receipt": "another"}},
    ],
    ids=["sent or given up", "struck", "changed", "pocket emptied", "pocket changed"],
)
async def test_what_is_taken_out_of_a_draft_goes_with_its_key(
    file_store: SqlStore, sqlite_url: str, after: dict[str, object]
) -> None:
    """R24: no older copy of the session opens any more, in whatever journal or backup it remains; the rest is there."""
    await begin(file_store, draft={"name": "娜娜", "story": "很長"}, pocket={"receipt": "K7MD"})
    secrets = await secrets_of(sqlite_url)
    await change(file_store, **after)
    assert hits(files_of(sqlite_url), secrets) == 0
    stored = await file_store.look(SURVIVOR)
    assert stored is not None
    kept = {"draft": stored.session.draft, "pocket": stored.session.pocket}
    assert kept == {"draft": {"name": "娜娜", "story": "很長"}, "pocket": {"receipt": "K7MD"}} | after


async def test_adding_to_a_draft_keeps_the_key(store: SqlStore, sql: Look) -> None:
    """Nothing is taken out, so nothing needs to be destroyed."""
    await begin(store, draft={"name": "娜娜"})
    before = await sql("SELECT * FROM erasable_key")
    await change(store, draft={"name": "娜娜", "story": "很長"}, pocket={"agreed": "contact"})
    assert await sql("SELECT * FROM erasable_key") == before


async def test_who_dies_after_sending_and_before_the_log_is_emptied_is_swept(
    file_store: SqlStore, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is committed; what the log still holds of it is gone with the next sweep."""
    await begin(file_store, draft=a_draft(1))
    await take_seat(file_store)
    secrets = await secrets_of(sqlite_url)
    real_empty = Database.empty_log

    async def die(_self: Database) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Database, "empty_log", die)
    with pytest.raises(KeyboardInterrupt):
        await submit(file_store, "seat", "receipt")
    monkeypatch.setattr(Database, "empty_log", real_empty)
    await file_store.sweep(NOON)
    assert hits(files_of(sqlite_url), [*secrets, *WORDS]) == 0
    stored = await file_store.look(SURVIVOR)
    assert stored is not None
    assert stored.session.draft == {}


_KILLED = """
import asyncio, os, signal, sys
from bot.store.database import Database
from bot.store.sql import open_store
from tests.store.cast import VAULT, FakeClock, begin
from tests.store.handoff_cast import submit, take_seat
from tests.store.test_drafts import a_draft

async def run():
    store = open_store(sys.argv[1], VAULT, clock=FakeClock(), journal=sys.argv[2])
    await begin(store, draft=a_draft(1))
    await take_seat(store)
    async def die(_self):
        os.kill(os.getpid(), signal.SIGKILL)
    Database.empty_log = die
    await submit(store, "seat", "receipt")

asyncio.run(run())
"""


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
async def test_a_program_that_is_killed_after_sending_leaves_nothing_to_the_next_one(
    sqlite_url: str, journal: str
) -> None:
    """R2: killed between commit and clean-up; the next program's first sweep repairs it, and what was sent is there."""
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _KILLED, sqlite_url, journal, cwd=Path(__file__).parents[2]
    )
    assert await killed.wait() == -signal.SIGKILL
    store = open_store(sqlite_url, VAULT, clock=FakeClock(), journal=journal)
    await store.sweep(NOON)
    stored = await store.look(SURVIVOR)
    assert stored is not None
    assert stored.session.draft == {}
    async with store.transaction() as tx:
        assert await tx.find_case("receipt") is not None
        assert await tx.find_page("seat") is None
    assert hits(files_of(sqlite_url), WORDS) == 0
    await store.close()
