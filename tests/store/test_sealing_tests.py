"""T10: test handoffs in both databases, each side under its own rights: the public side puts in, the desk looks and takes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import exc, text

from bot.errors import StoreDown
from bot.ports import Sealed, SealingTest
from bot.store.database import Database
from bot.store.engine import make_engine
from bot.store.office import OfficeStore
from bot.store.sql import SqlStore, open_store
from tests.store.cast import NOON, VAULT
from tests.store.conftest import FRONT_ROLE, Look, as_role
from tests.store.test_walls import try_

HOUR = timedelta(hours=1)
TEST = SealingTest(
    NOON, ("aaaa bbbb cccc dddd", "eeee ffff 0000 1111"), Sealed(b"\x01sealed", b"signed", "front")
)
REFUSED = (
    "SELECT * FROM sealing_test",
    "SELECT hour FROM sealing_test",
    "SELECT count(*) FROM sealing_test",
    "UPDATE sealing_test SET recipients = 'x'",
    "DELETE FROM sealing_test",
    "INSERT INTO consent_text SELECT recipients, signer FROM sealing_test",
    "INSERT INTO sealing_test SELECT * FROM sealing_test",
    "DROP TABLE sealing_test",
)


def of(hour: datetime) -> SealingTest:
    return replace(TEST, hour=hour)


@pytest.fixture
async def public(database_url: str) -> AsyncIterator[Database]:
    """The database as any text sees it that reaches it through the public program."""
    opened = Database(make_engine(as_role(database_url, FRONT_ROLE), public=True))
    yield opened
    await opened.close()


async def hours_in(sql: Look) -> list[datetime]:
    found = await sql("SELECT hour FROM sealing_test ORDER BY hour")
    return [datetime.fromtimestamp(row.hour / 1e6, NOON.tzinfo) for row in found]


async def test_what_the_public_side_puts_in_the_desk_reads(store: SqlStore, desk: OfficeStore) -> None:
    assert await desk.sealing_tests.find_newest(NOON) is None
    assert await store.sealing_tests.add(TEST)
    assert await store.sealing_tests.add(of(NOON - HOUR))
    assert await desk.sealing_tests.find_newest(NOON) == TEST
    assert await desk.sealing_tests.find_newest(NOON - HOUR) == of(NOON - HOUR)


async def test_of_several_programs_at_once_one_puts_it_in(
    store: SqlStore, second_store: SqlStore, desk: OfficeStore, sql: Look
) -> None:
    """T10: the hour is the key, and whoever comes second changes nothing."""
    late = replace(TEST, sealed=Sealed(b"\x01another", b"signed", "front"))
    won = await asyncio.gather(
        *(one.sealing_tests.add(test) for one in (store, second_store) for test in (TEST, late))
    )
    assert sorted(won) == [False, False, False, True]
    kept = await desk.sealing_tests.find_newest(NOON)
    assert not await store.sealing_tests.add(TEST if kept == late else late)
    assert await desk.sealing_tests.find_newest(NOON) == kept
    assert await hours_in(sql) == [NOON]


async def test_the_public_side_may_put_in_and_nothing_else(
    store: SqlStore, public: Database, desk: OfficeStore
) -> None:
    """T10: on PostgreSQL by the rights of its role, on SQLite by the wall within the program."""
    await store.sealing_tests.add(TEST)
    for statement in REFUSED:
        await try_(public, statement)
    assert await desk.sealing_tests.find_newest(NOON) == TEST


async def test_nothing_is_written_over_by_replacing_it(sqlite_url: str) -> None:
    """T10: INSERT OR REPLACE deletes without asking for the right to delete, in SQLite."""
    store, desk = open_store(sqlite_url, VAULT), OfficeStore(sqlite_url, lambda: NOON)
    await store.sealing_tests.add(TEST)
    public = Database(make_engine(sqlite_url, public=True))
    row = "(hour, recipients, blob, signature, signer) VALUES (:hour, 'x', x'00', x'00', 'x')"
    replacing = text(f"INSERT OR REPLACE INTO sealing_test {row}").bindparams(
        hour=int(NOON.timestamp() * 1e6)
    )
    assert (await public.write(lambda conn: conn.run(replacing))).rowcount == 0
    assert await desk.sealing_tests.find_newest(NOON) == TEST
    for one in (public, store, desk):
        await one.close()


async def test_the_desk_puts_none_in_and_changes_none(desk: OfficeStore, postgres_url: str) -> None:
    """T10: what the desk looks at comes from the other side alone; its role may read and take away."""
    await desk.close()
    office = Database(make_engine(as_role(postgres_url, 'frontdoor "test" office')))
    for statement in (
        "INSERT INTO sealing_test VALUES (0, 'x', '', '', 'x')",
        "UPDATE sealing_test SET recipients = 'x'",
    ):
        await try_(office, statement)
    await office.close()


async def test_what_is_old_goes_and_the_newest_stays(store: SqlStore, desk: OfficeStore, sql: Look) -> None:
    """T10: after 48 hours; the newest says since when none has come, and what is from the future is nobody's."""
    before, after = NOON - 48 * HOUR, NOON + HOUR
    for hours in (-50, -49, -48, -47, 0, 1, 2):
        await store.sealing_tests.add(of(NOON + hours * HOUR))
    assert await desk.sealing_tests.drop(before=before, after=after) == 3
    assert await hours_in(sql) == [NOON + hours * HOUR for hours in (-48, -47, 0, 1)]
    assert await desk.sealing_tests.drop(before=NOON + 60 * HOUR, after=NOON + 100 * HOUR) == 3
    assert await hours_in(sql) == [after]
    assert await desk.sealing_tests.drop(before=NOON + 60 * HOUR, after=NOON + 100 * HOUR) == 0


@pytest.mark.parametrize(
    "url",
    ["postgresql+asyncpg://nobody@127.0.0.1:1/none", "sqlite+aiosqlite:////no/such/folder/frontdoor.sqlite3"],
)
async def test_a_database_that_is_away_is_down(url: str) -> None:
    store = open_store(url, VAULT)
    with pytest.raises(StoreDown):
        await store.sealing_tests.add(TEST)
    await store.close()


async def test_what_somebody_else_wrote_there_is_read_as_bytes(sqlite_url: str) -> None:
    """SQLite keeps any type in any column: the desk says that it is odd, and does not break."""
    db, desk = Database(make_engine(sqlite_url)), OfficeStore(sqlite_url, lambda: NOON)
    odd = text("INSERT INTO sealing_test VALUES (0, '', 'text', 7, 'x')")
    await db.write(lambda conn: conn.run(odd))
    found = await desk.sealing_tests.find_newest(NOON)
    assert found is not None
    assert (found.recipients, found.sealed.blob, found.sealed.signature) == ((), b"text", b"7")
    for one in (db, desk):
        await one.close()


async def test_without_the_right_to_put_in_it_is_said_as_a_bug(postgres_url: str, sql_as_owner: Look) -> None:
    """An upgrade after which nobody granted the rights again: an incident, not an outage of everything."""
    await sql_as_owner(f'REVOKE INSERT ON sealing_test FROM "{FRONT_ROLE}"')
    store = open_store(as_role(postgres_url, FRONT_ROLE), VAULT)
    with pytest.raises(exc.ProgrammingError):
        await store.sealing_tests.add(TEST)
    await store.close()


@pytest.fixture
async def sql_as_owner(postgres_url: str) -> AsyncIterator[Look]:
    engine = make_engine(postgres_url)

    async def run(statement: str) -> list[object]:
        async with engine.begin() as conn:
            await conn.execute(text(statement))
        return []

    yield run
    await engine.dispose()
