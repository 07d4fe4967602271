"""T10: test handoffs in both databases, each side under its own rights: the public side puts in, the desk looks and takes away."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, exc, make_url, text

from bot.errors import StoreDown
from bot.ports import FoundTests, Sealed, SealingTest
from bot.store.database import Database
from bot.store.engine import make_engine
from bot.store.office import OfficeStore
from bot.store.sealing_tests import FIRST_HOUR
from bot.store.sealing_tests_desk import DeskSealingTests
from bot.store.sql import SqlStore, open_store
from bot.store.watching import Watcher
from tests.store.cast import NOON, VAULT
from tests.store.conftest import FRONT_ROLE, OFFICE_ROLE, Look, as_role
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


FRONT = ("front",)
HOURS_OF_NONE = {
    "sqlite": ("'text'", "x'00'", "-9e300", "9e300", "-9223372036854775807", "9223372036854775807"),
    "postgresql": ("-9223372036854775807", "9223372036854775807"),
}


def of(hour: datetime, signer: str = "front") -> SealingTest:
    return replace(TEST, hour=hour, sealed=replace(TEST.sealed, signer=signer))


async def find(desk: OfficeStore, until: datetime = NOON) -> SealingTest | None:
    """The newest that our one signer has put in."""
    found = await desk.sealing_tests.find_newest(FRONT, since=until - 2 * HOUR, until=until)
    return next(iter(found.tests), None)


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
    assert await find(desk) is None
    assert await store.sealing_tests.add(TEST)
    assert await store.sealing_tests.add(of(NOON - HOUR))
    assert await find(desk) == TEST
    assert await find(desk, NOON - HOUR) == of(NOON - HOUR)


async def test_each_signer_has_its_own_in_every_hour(store: SqlStore, desk: OfficeStore) -> None:
    """T10: no host keeps another from being heard, and the newest of each is read, however old."""
    for test in (TEST, of(NOON, "second"), of(NOON - HOUR, "second"), of(NOON - 30 * HOUR, "third")):
        assert await store.sealing_tests.add(test)
    signers = ("second", "third", "fourth", "front")
    found = await desk.sealing_tests.find_newest(signers, since=NOON - HOUR, until=NOON)
    assert found == FoundTests((of(NOON, "second"), of(NOON - 30 * HOUR, "third"), TEST))


async def test_a_stranger_is_told_of_while_it_is_new(store: SqlStore, desk: OfficeStore) -> None:
    """T10: of what nobody we know has put in, the hour is enough."""
    for hour in (NOON - 2 * HOUR, NOON - HOUR, NOON + HOUR):
        assert await store.sealing_tests.add(of(hour, "stranger"))
    for since, told in ((NOON - 2 * HOUR, NOON - HOUR), (NOON, None)):
        found = await desk.sealing_tests.find_newest(FRONT, since=since, until=NOON)
        assert found == FoundTests((), told)


async def test_a_flood_hides_nothing(store: SqlStore, desk: OfficeStore) -> None:
    """T10: under whatever name and hour, each signer's newest is found, and that there are strangers."""
    await store.sealing_tests.add(TEST)
    for number in range(1, 60):
        odd = timedelta(microseconds=number)
        await store.sealing_tests.add(of(NOON - odd, "front"))
        await store.sealing_tests.add(of(NOON - odd, f"stranger {number}"))
    found = await desk.sealing_tests.find_newest(FRONT, since=NOON - 2 * HOUR, until=NOON)
    assert found == FoundTests((TEST,), NOON - timedelta(microseconds=1))


async def test_a_flood_is_not_read_through(sqlite_url: str) -> None:
    """T10: one signer's newest is looked up, and of the rest so many rows at most."""
    db, asked = Database(make_engine(sqlite_url)), []

    def note(_conn: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        asked.append((statement, values))

    event.listen(db._engine.sync_engine, "before_cursor_execute", note)
    await DeskSealingTests(db).find_newest(FRONT, since=NOON - HOUR, until=NOON)
    await db.close()
    with closing(sqlite3.connect(str(make_url(sqlite_url).database))) as file:
        plans = [row for one, values in asked for row in file.execute(f"EXPLAIN QUERY PLAN {one}", values)]
    assert [row[3] for row in plans if "sealing_test" in row[3]] == [
        "SEARCH sealing_test USING INDEX ix_sealing_test_signer (signer=? AND hour>? AND hour<?)",
        "SEARCH sealing_test USING PRIMARY KEY (hour>? AND hour<?)",
    ]


async def test_what_is_too_long_for_one_of_ours_is_not_read_whole(store: SqlStore, desk: OfficeStore) -> None:
    """T10: it is odd when it is cut, and costs no memory."""
    long = SealingTest(NOON, ("a" * 99_999,), Sealed(b"\x01" * 99_999, b"\x02" * 99_999, "front"))
    await store.sealing_tests.add(long)
    found = await find(desk)
    assert found is not None
    lengths = [len(one) for one in (found.recipients[0], found.sealed.blob, found.sealed.signature)]
    assert lengths == [16_384, 65_536, 65_536]


async def test_of_several_programs_with_one_key_one_puts_it_in(
    store: SqlStore, second_store: SqlStore, desk: OfficeStore, sql: Look
) -> None:
    """T10: the hour and the signer are the key, and whoever comes second changes nothing."""
    late = replace(TEST, sealed=Sealed(b"\x01another", b"signed", "front"))
    won = await asyncio.gather(
        *(one.sealing_tests.add(test) for one in (store, second_store) for test in (TEST, late))
    )
    assert sorted(won) == [False, False, False, True]
    kept = await find(desk)
    assert not await store.sealing_tests.add(TEST if kept == late else late)
    assert await find(desk) == kept
    assert await hours_in(sql) == [NOON]


async def test_the_public_side_may_put_in_and_nothing_else(
    store: SqlStore, public: Database, desk: OfficeStore
) -> None:
    """T10: on PostgreSQL by the rights of its role, on SQLite by the wall within the program."""
    await store.sealing_tests.add(TEST)
    for statement in REFUSED:
        await try_(public, statement)
    assert await find(desk) == TEST


async def test_nothing_is_written_over_by_replacing_it(sqlite_url: str) -> None:
    """T10: INSERT OR REPLACE deletes without asking for the right to delete, in SQLite."""
    store, desk = open_store(sqlite_url, VAULT), OfficeStore(sqlite_url, lambda: NOON)
    await store.sealing_tests.add(TEST)
    public = Database(make_engine(sqlite_url, public=True))
    row = "(hour, recipients, blob, signature, signer) VALUES (:hour, 'x', x'00', x'00', 'front')"
    replacing = text(f"INSERT OR REPLACE INTO sealing_test {row}").bindparams(
        hour=int(NOON.timestamp() * 1e6)
    )
    assert (await public.write(lambda conn: conn.run(replacing))).rowcount == 0
    assert await find(desk) == TEST
    for one in (public, store, desk):
        await one.close()


async def test_the_desk_puts_none_in_and_changes_none(desk: OfficeStore, postgres_url: str) -> None:
    """T10: what the desk looks at comes from the other side alone; its role may read and take away."""
    await desk.close()
    office = Database(make_engine(as_role(postgres_url, 'frontdoor "test" office')))
    for statement in (
        "INSERT INTO sealing_test VALUES (0, 'x', 'x', '', '')",
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


@pytest.mark.parametrize(
    ("recipients", "told"),
    [("''", ()), ("x'ff'", ("\ufffd",)), ("CAST(x'fe' AS TEXT)", ("\ufffd",)), ("7", ("7",))],
)
async def test_what_somebody_else_wrote_there_is_read_as_bytes(
    sqlite_url: str, recipients: str, told: tuple[str, ...]
) -> None:
    """T10: SQLite keeps any type in any column: the desk says that it is odd, and does not break."""
    db, desk = Database(make_engine(sqlite_url)), OfficeStore(sqlite_url, lambda: NOON)
    for signer in ("'front'", "x'ff'"):
        odd = text(f"INSERT INTO sealing_test VALUES (0.5, {signer}, {recipients}, 'text', 7)")  # noqa: S608 - written above
        await db.write(lambda conn, odd=odd: conn.run(odd))  # type: ignore[misc]  # of this turn
    found = await desk.sealing_tests.find_newest(FRONT, since=FIRST_HOUR, until=NOON)
    (test,) = found.tests
    assert (test.recipients, test.sealed.blob, test.sealed.signature) == (told, b"text", b"7")
    assert found.stranger == FIRST_HOUR
    for one in (db, desk):
        await one.close()


async def test_what_is_empty_is_read_as_such(store: SqlStore, desk: OfficeStore) -> None:
    """T10: SQLite cuts nothing to nothing at all."""
    empty = SealingTest(NOON, (), Sealed(b"", b"", "front"))
    await store.sealing_tests.add(empty)
    assert await find(desk) == empty


@pytest.mark.parametrize("kept", [[NOON], []])
async def test_an_hour_that_is_none_is_never_read_and_taken_away(
    store: SqlStore, desk: OfficeStore, database_url: str, sql: Look, kept: list[datetime]
) -> None:
    """T10: words, bytes, and numbers that are no moment: neither the office nor its figures stop at them."""
    for hour in kept:
        await store.sealing_tests.add(of(hour))
    db = Database(make_engine(database_url))
    for hour in HOURS_OF_NONE[make_url(database_url).get_backend_name()]:
        odd = text(f"INSERT INTO sealing_test VALUES ({hour}, 'front', '', '', '')")  # noqa: S608 - written above
        await db.write(lambda conn, odd=odd: conn.run(odd))  # type: ignore[misc]  # of this turn
    await db.close()
    assert await find(desk) == (TEST if kept else None)
    assert await read_age(database_url) == (0 if kept else None)
    await desk.sealing_tests.drop(before=NOON - HOUR, after=NOON)
    assert await hours_in(sql) == kept


async def test_what_comes_from_the_future_makes_no_figure_young(store: SqlStore, database_url: str) -> None:
    """T10: the age that is watched is that of the newest which the office looks at too."""
    assert await read_age(database_url) is None
    for hours in (-30, 2, 900):
        await store.sealing_tests.add(of(NOON + hours * HOUR))
    assert await read_age(database_url) == 30 * 3600


async def read_age(database_url: str) -> float | None:
    watcher = Watcher(as_role(database_url, OFFICE_ROLE), lambda: NOON, public=False)
    figures = {one.name: one.value for one in await watcher.look()}
    await watcher.close()
    return figures.get("sealing_test_age_seconds")


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
