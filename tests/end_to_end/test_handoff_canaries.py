"""
T8, T30, R24: ten thousand values that people wrote, and none of them anywhere but in what only the desk opens.

Forms are filled in and sent by the chat and by the page, while the store fails, sealing fails, sentences fail; then every
file, every column, every log line and every exception is searched, before and after sending.

    FRONTDOOR_TEST_CONVERSATIONS=10000 python -m pytest tests/end_to_end/test_handoff_canaries.py -k ten_thousand --timeout 0

lets ten thousand people send, with forty values each, and something of ours fail in four of five.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.inputs import Typed
from bot.core.taipei import TAIPEI
from bot.desk.identity import load_identities
from bot.desk.opening import Opener
from bot.errors import Unreadable
from bot.form.reading import FormReader
from bot.form.record import read_record
from bot.keys import read_signers
from bot.settings import Settings
from bot.store.database import Database
from bot.store.engine import make_engine
from bot.store.erasable import session_key_id
from bot.store.handoffs_desk import DeskHandoffs
from bot.store.schema import erasable_key, metadata, person_session
from bot.store.sql import open_store
from bot.wiring.common import prepare
from bot.wiring.talking import open_talking
from tests.end_to_end.handoff_crowd import MISHAPS, SEND, Crowd
from tests.end_to_end.handoff_planting import PER_HANDOFF, Canaries, Mishaps, list_values
from tests.end_to_end.service import load_pack_once
from tests.figures import keep_figures

#: People who send; each wrote forty values.
CONVERSATIONS = int(os.environ.get("FRONTDOOR_TEST_CONVERSATIONS", "250"))


@dataclass
class Place:
    """Where everything lies: a database, a data directory, a temporary directory, logs."""

    settings: Settings
    folder: Path
    crowd: Crowd
    caplog: pytest.LogCaptureFixture
    journal: str | None

    def open_engine(self) -> AsyncEngine:
        """Open the database as its owner."""
        return make_engine(self.settings.database, journal=self.journal)

    async def find_leaks(self) -> dict[str, set[str]]:
        """Search all of it."""
        canaries, mishaps = self.crowd.canaries, self.crowd.mishaps
        places = {str(path.name): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        places |= {"rows": await dump_rows(self.open_engine())}
        records = "\n".join(repr(vars(record)) for record in self.caplog.records)
        texts = {"logs": self.caplog.text, "records": records, "exceptions": "\n".join(mishaps.told)}
        places |= {name: text.encode("utf-8", "surrogatepass") for name, text in texts.items()}
        found = {name: canaries.find_in(raw) for name, raw in places.items()}
        return {name: hits for name, hits in found.items() if hits}


async def dump_rows(engine: AsyncEngine) -> bytes:
    """Return every value of every row, as the owner of the database sees it."""
    told: list[bytes] = []
    async with engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in await connection.execute(select(table)):
                told += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    await engine.dispose()
    return b"\n".join(told)


@pytest.fixture
def own_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Whatever goes to a temporary file goes here."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@asynccontextmanager
async def open_place(
    folder: Path, url: str, caplog: pytest.LogCaptureFixture, *, journal: str | None = None
) -> AsyncIterator[Place]:
    settings = Settings(_env_file=None, data_dir=folder / "var", database_url=url)  # type: ignore[call-arg]  # no .env
    await asyncio.to_thread(prepare, settings)
    pack = load_pack_once()
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    today = datetime.now(UTC).astimezone(TAIPEI).date()
    async with open_talking(settings, pack) as talking:
        canaries = Canaries(random.Random(seed), FormReader(pack.form), today)
        store = open_store(settings.database, talking.runner.vault, journal=journal)
        try:
            yield Place(settings, folder, Crowd(talking, store, canaries, Mishaps()), caplog, journal)
        finally:
            await store.close()


# ─── The tests ────────────────────────────────────────────────────────────────


async def fill_and_send(place: Place, handoffs: int, *, typed: int, erased: int) -> None:
    """Half by the chat, half by the page; some who write it all, some who erase instead of sending."""
    crowd, mishaps = place.crowd, place.crowd.mishaps
    by_chat = [crowd.canaries.make_draft() for _ in range(handoffs // 2)]
    by_page = [crowd.canaries.make_draft() for _ in range(handoffs - len(by_chat))]
    assert len(crowd.canaries.planted) == handoffs * PER_HANDOFF
    crowd.drafts += [*by_chat, *by_page]
    people = [await crowd.plant(SEND, draft) for draft in by_chat]
    leaving = [await crowd.plant(SEND, crowd.canaries.make_draft()) for _ in range(erased)]
    for number in range(typed):
        mishaps.armed = {MISHAPS[number % 2 * 2]}
        people.append(await crowd.type_in_chat())
    assert await place.find_leaks() == {}

    copy = await copy_sessions(place.open_engine())
    await require_open(place, copy)
    for number, user_id in enumerate(people):
        mishaps.armed = {MISHAPS[number % 5]} if number % 5 < len(MISHAPS) else set()
        await crowd.send_in_chat(user_id)
    for number, draft in enumerate(by_page):
        mishaps.armed = {MISHAPS[number % 5]} - {"render"} if number % 5 < len(MISHAPS) else set()
        await crowd.send_on_page(draft)
    for user_id in leaving:
        await crowd.do(user_id, Typed("刪除"))
        await crowd.tap(user_id, "erase_yes")
        assert await crowd.find(user_id) is None
    assert set(mishaps.happened) == set(MISHAPS)
    assert await place.find_leaks() == {}
    await require_closed(place, copy)


async def copy_sessions(engine: AsyncEngine) -> tuple[list[Any], dict[str, bytes]]:
    """Copy what a backup would hold: sessions; and, as no backup does, their keys."""
    async with engine.connect() as connection:
        sessions = list(await connection.execute(select(person_session)))
        keys = {row.id: row.wrapped for row in await connection.execute(select(erasable_key))}
    await engine.dispose()
    return sessions, keys


def open_session(place: Place, row: Any, wrapped: bytes) -> bytes:
    """Open a stored session as the store does. Unreadable: this key does not."""
    vault, key_id = place.crowd.runner.vault, session_key_id(row.person)
    key = vault.unwrap(wrapped, f"erasable_key.wrapped:{key_id}")
    return bytes(vault.unlock(row.blob, key, f"person_session.blob:{row.person}:{row.version}"))


async def require_open(place: Place, copy: tuple[list[Any], dict[str, bytes]]) -> None:
    """Before: with its key every session opens, and what was typed is in it. Otherwise the rest would prove nothing."""
    sessions, keys = copy
    opened = [open_session(place, row, keys[session_key_id(row.person)]) for row in sessions]
    assert sum(bool(place.crowd.canaries.find_in(plain)) for plain in opened) == len(sessions)


async def require_closed(place: Place, copy: tuple[list[Any], dict[str, bytes]]) -> None:
    """After: neither the keys that are left, nor the vault, nor all of both open any of those sessions."""
    _, left = await copy_sessions(place.open_engine())
    for row in copy[0]:
        wrapped = left.get(session_key_id(row.person))
        if wrapped is not None:
            with pytest.raises(Unreadable):
                open_session(place, row, wrapped)


async def require_all_at_the_desk(place: Place) -> None:
    """Every value arrived there, whole, in the record of whoever wrote it."""
    folder = place.settings.data_dir
    opener = Opener(load_identities(folder), read_signers(folder))
    desk = DeskHandoffs(Database(place.open_engine()), None)
    stored = await desk.list_handoffs()
    await desk.close()
    records = [
        read_record(opener.open(one.sealed, purpose="handoff", name=one.id, at=one.created_at))
        for one in stored
    ]
    arrived = sorted(sorted(record.fields.items()) for record in records)
    assert arrived == sorted(sorted(draft.items()) for draft in place.crowd.drafts)


async def test_ten_thousand_values_are_nowhere_but_at_the_desk(
    tmp_path: Path, sqlite_url: str, log_text: pytest.LogCaptureFixture, own_temp: Path
) -> None:
    """T8, T30, R24: not in the database, its log, a temporary file, a log line or an exception; before and after."""
    async with open_place(tmp_path, sqlite_url, log_text, journal="WAL") as place:
        await fill_and_send(place, CONVERSATIONS, typed=6, erased=20)
        assert (tmp_path / "frontdoor.sqlite3-wal").exists()
        assert list(own_temp.iterdir()) == []
        await require_all_at_the_desk(place)
    assert await place.find_leaks() == {}
    if CONVERSATIONS >= 10_000:
        values, failed = len(place.crowd.canaries.planted), len(place.crowd.mishaps.happened)
        told = (
            f"{CONVERSATIONS:,} conversations with {values:,} values and {failed:,} failures of ours: found 0"
        )
        keep_figures("canaries", {"canaries:conversations": told})


@pytest.mark.postgres
async def test_on_postgres_they_are_in_no_row_and_no_file_either(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    postgres_url: str,
    log_text: pytest.LogCaptureFixture,
    own_temp: Path,
) -> None:
    """T8: the same with fewer; and the server's own files, its log of what was written too, hold none of them."""
    server: Any = request.getfixturevalue("postgres_server")
    async with open_place(tmp_path, postgres_url, log_text) as place:
        await fill_and_send(place, 20, typed=2, erased=4)
        assert list(own_temp.iterdir()) == []
        await require_all_at_the_desk(place)
        raw = await read_server_files(place.open_engine(), Path(server.pgdata))
        [person] = (await copy_sessions(place.open_engine()))[0][:1]
        assert any(person.person.encode() in one for one in raw.values()), "these are not its files"
        found = {name: place.crowd.canaries.find_in(one) for name, one in raw.items()}
        assert {name: hits for name, hits in found.items() if hits} == {}


async def read_server_files(engine: AsyncEngine, folder: Path) -> dict[str, bytes]:
    """Read the files of this database, and those that belong to the whole server, once everything is written into them."""
    async with engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text("CHECKPOINT"))
        asked = text("SELECT oid FROM pg_database WHERE datname = current_database()")
        oid = (await connection.execute(asked)).scalar_one()
    await engine.dispose()
    mine = [folder / "base" / str(oid), folder / "pg_wal", folder / "log", folder / "pg_stat_tmp"]
    files = [path for place in mine for path in place.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in (*files, *folder.glob("*.log"))}


async def test_a_copy_that_is_put_back_tells_nothing(
    tmp_path: Path, sqlite_url: str, log_text: pytest.LogCaptureFixture
) -> None:
    """T9, R24: the sessions of a backup, laid over the database after an erasure, are as if they had never been."""
    async with open_place(tmp_path, sqlite_url, log_text) as place:
        crowd, path = place.crowd, place.settings.sqlite_path
        assert path is not None
        user_id = await crowd.plant(SEND, crowd.canaries.make_draft())
        engine = place.open_engine()
        async with engine.connect() as connection:
            [row] = list(await connection.execute(select(person_session)))
        await crowd.do(user_id, Typed("刪除"))
        await crowd.tap(user_id, "erase_yes")
        async with engine.begin() as connection:
            await connection.execute(person_session.insert().values(row._asdict()))
        await engine.dispose()
        assert await crowd.find(user_id) is None
        assert await place.find_leaks() == {}


def test_the_search_finds_what_is_there() -> None:
    """However it is written; otherwise the tests above could not fail."""
    canaries = Canaries(random.Random(1), FormReader(load_pack_once().form), datetime.now(UTC).date())
    draft = canaries.make_draft()
    assert len(list_values(draft)) == PER_HANDOFF == 40
    for value in list_values(draft):
        ways = [value.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "unicode_escape")]
        ways += [repr(value.encode()).encode(), b"\x00" + value.encode("utf-16-le"), repr([value]).encode()]
        for raw in ways:
            assert canaries.find_in(b"\xe4\xff" + raw + b"\x80."), (value, raw)
    assert canaries.find_in(draft["story"][3:9].encode())
    assert canaries.find_in(secrets.token_bytes(1_000_000) + secrets.token_hex(100_000).encode()) == set()
