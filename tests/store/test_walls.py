"""
T10: the public side puts handoffs in and can do nothing else with them, whatever reaches its database.

That the rights are enough is shown by all the other tests of the store, which run behind these walls.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import exc, text

from bot.errors import ConfigError, StoreDown
from bot.store.database import Conn, Database
from bot.store.engine import make_engine
from bot.store.grants import grant
from bot.store.handoffs_desk import DeskHandoffs, open_desk_handoffs
from bot.store.schema import metadata
from bot.store.sql import SqlStore, open_store
from bot.store.walls import FRONT, OFFICE
from tests.conftest_postgres import _admin
from tests.store.cast import VAULT, FakeClock, begin
from tests.store.conftest import FRONT_ROLE, OFFICE_ROLE, Look, as_role, make_role
from tests.store.handoff_cast import RECEIPT, a_request, send, submit, take_seat

SEALED = ("handoff", "consent_record")
#: What the databases say when they deny something, and nothing else.
REFUSALS = ("prohibited", "not authorized", "permission denied", "must be owner")
REFUSED_EVERYWHERE = (
    *(f"SELECT {what} FROM {table}" for table in SEALED for what in ("*", "id", "count(*)")),  # noqa: S608 - our own table names
    *(f"UPDATE {table} SET signer = 'x'" for table in SEALED),  # noqa: S608 - as above
    *(f"DELETE FROM {table}" for table in SEALED),  # noqa: S608 - as above
    "INSERT INTO handoff SELECT * FROM handoff",
    "INSERT INTO consent_text SELECT 'stolen', signer FROM handoff",
    "SELECT handoff_id FROM handoff_case WHERE EXISTS (SELECT 1 FROM handoff WHERE blob = blob)",
    "UPDATE page_seat SET seat = (SELECT signer FROM handoff)",
    "SELECT opened_at, alerts FROM handoff_case",
    "UPDATE handoff_case SET status = 'done'",
    "DELETE FROM handoff_case",
    "SELECT blob FROM handoff_request",
    "UPDATE handoff_request SET signer = 'x'",
    "DELETE FROM handoff_request",
    "SELECT text FROM consent_text",
    "UPDATE consent_text SET text = 'x'",
    "DELETE FROM consent_text",
    "SELECT * FROM staff_account",
    "UPDATE staff_account SET password_hash = 'x'",
    "SELECT * FROM staff_session",
    "UPDATE alembic_version SET version_num = '0001'",
    "DROP TABLE handoff",
    "ALTER TABLE handoff RENAME TO mine",
    "ALTER TABLE handoff ADD COLUMN mine text",
    "CREATE TABLE mine AS SELECT * FROM handoff",
    "CREATE VIEW mine AS SELECT * FROM handoff",
    "CREATE INDEX mine ON handoff (signer)",
)
REFUSED_ON_SQLITE = (
    "CREATE TRIGGER mine AFTER INSERT ON handoff BEGIN INSERT INTO consent_text VALUES (NEW.id, NEW.signer); END",
    "CREATE TEMP TRIGGER handoff_is_kept AFTER INSERT ON outbox BEGIN SELECT * FROM handoff; END",
    "CREATE TEMP TABLE mine AS SELECT * FROM handoff",
    "DROP TRIGGER handoff_is_kept",
    "ATTACH DATABASE '{path}' AS again",
    "PRAGMA writable_schema = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA secure_delete = OFF",
    "PRAGMA journal_mode = OFF",
    "SELECT * FROM pragma_table_info('handoff')",
    "SELECT * FROM sqlite_master",
    "SELECT load_extension('x')",
    "EXPLAIN SELECT * FROM handoff",
    "WITH it AS (SELECT * FROM handoff) SELECT * FROM it",
    "INSERT INTO handoff (id, created_at, blob, signature, signer) VALUES ('1', 0, x'00', x'00', 'x') RETURNING blob",
    (
        "INSERT INTO handoff (id, created_at, blob, signature, signer) VALUES ('1', 0, x'00', x'00', 'x') "
        "ON CONFLICT (id) DO UPDATE SET blob = excluded.blob"
    ),
    "REINDEX handoff",
    "ANALYZE",
)
REFUSED_ON_POSTGRES = (
    "TRUNCATE handoff",
    "SELECT ctid, xmin FROM handoff_case",
    "COPY handoff TO STDOUT",
    "LOCK TABLE handoff IN ACCESS EXCLUSIVE MODE",
    "CREATE RULE mine AS ON INSERT TO handoff DO ALSO DELETE FROM handoff_case",
    "SELECT * FROM handoff FOR UPDATE",
    "INSERT INTO handoff (id, created_at, blob, signature, signer) VALUES ('1', 0, '', '', 'x') RETURNING blob",
    (
        "INSERT INTO handoff (id, created_at, blob, signature, signer) VALUES ('1', 0, '', '', 'x') "
        "ON CONFLICT (id) DO UPDATE SET blob = excluded.blob"
    ),
    'SET ROLE "frontdoor ""test"" office"',
)


@pytest.fixture
async def public(database_url: str) -> AsyncIterator[Database]:
    """The database as any text sees it that reaches it through the public program."""
    opened = Database(make_engine(as_role(database_url, FRONT_ROLE), public=True))
    yield opened
    await opened.close()


async def try_(db: Database, statement: str) -> None:
    """Run it. The refusal of either database is seen as a bug of ours, not as an outage."""
    said = ""
    try:
        await db.write(lambda conn: conn.run(text(statement)))
    except exc.DBAPIError as refusal:
        said = str(refusal.orig)
    assert [word for word in REFUSALS if word in said], (statement, said)


async def test_the_public_side_is_refused(store: SqlStore, public: Database, handoffs: DeskHandoffs) -> None:
    """T10: reading, changing and removing what is sealed, what is staff's, and the schema; and nothing changed."""
    sent = await send(store)
    before = await handoffs.list_handoffs()
    for statement in REFUSED_EVERYWHERE:
        await try_(public, statement)
    assert await handoffs.list_handoffs() == before
    assert before[0].sealed == sent.sealed


async def test_no_trick_of_sqlite_leads_around_the_wall(sqlite_url: str) -> None:
    """T10."""
    store = open_store(sqlite_url, VAULT, clock=FakeClock())
    db = Database(make_engine(sqlite_url, public=True))
    await send(store)
    for statement in REFUSED_ON_SQLITE:
        await try_(db, statement.replace("{path}", sqlite_url.removeprefix("sqlite+aiosqlite:///")))
    await db.close()
    await store.close()


async def test_no_trick_of_postgres_leads_around_the_wall(postgres_url: str) -> None:
    """T10."""
    store = open_store(postgres_url, VAULT, clock=FakeClock())
    db = Database(make_engine(as_role(postgres_url, FRONT_ROLE)))
    await send(store)
    for statement in REFUSED_ON_POSTGRES:
        await try_(db, statement)
    await db.close()
    await store.close()


async def test_a_copy_of_the_file_cannot_be_written_either(sqlite_url: str) -> None:
    """T10: VACUUM INTO would be a way to carry everything off."""
    engine = make_engine(sqlite_url, public=True)
    async with engine.connect() as conn:
        driver: Any = (await conn.get_raw_connection()).driver_connection
        with pytest.raises(sqlite3.DatabaseError):
            await driver.execute("VACUUM INTO 'copy.sqlite3'")
    await engine.dispose()


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("handoff", "(id, created_at, blob, signature, signer) VALUES (:id, 0, x'00', x'00', 'x')"),
        ("handoff_case", "(handoff_id, receipt, status, status_at) VALUES (:id, 'new', 'done', 0)"),
        ("handoff_case", "(handoff_id, receipt, status, status_at) VALUES ('new', :receipt, 'done', 0)"),
        (
            "consent_record",
            (
                "(id, handoff_id, created_at, text_sha256, blob, signature, signer) "
                "VALUES ('new', :id, 0, '', x'00', x'00', 'x')"
            ),
        ),
        (
            "consent_record",
            (
                "(id, handoff_id, created_at, text_sha256, blob, signature, signer) "
                "VALUES (:consent, 'new', 0, '', x'00', x'00', 'x')"
            ),
        ),
        ("consent_text", "(sha256, text) VALUES (:sha256, 'forged')"),
        (
            "handoff_request",
            (
                "(id, handoff_id, kind, number, created_at, blob, signature, signer) "
                "VALUES (:request, 'new', 'correct', 1, 0, x'00', x'00', 'x')"
            ),
        ),
        (
            "handoff_request",
            (
                "(id, handoff_id, kind, number, created_at, blob, signature, signer) "
                "VALUES ('new', :id, 'withdraw', 1, 0, x'00', x'00', 'x')"
            ),
        ),
    ],
)
async def test_nothing_is_written_over_by_replacing_it(sqlite_url: str, table: str, row: str) -> None:
    """T10: INSERT OR REPLACE deletes without asking for the right to delete; each of these rows stays."""
    store, desk = open_store(sqlite_url, VAULT, clock=FakeClock()), open_desk_handoffs(sqlite_url)
    db = Database(make_engine(sqlite_url, public=True))
    sent = await send(store)
    request = a_request(sent.id)
    async with store.transaction() as tx:
        assert await tx.add_request(request)
    before = await desk.list_handoffs()
    values = {
        "id": sent.id,
        "receipt": VAULT.event_key("handoff receipt", RECEIPT),
        "consent": sent.consent.id,
        "sha256": sent.consent.text_sha256,
        "request": request.id,
    }
    replacing = text(f"INSERT OR REPLACE INTO {table} {row}")
    named = {name: value for name, value in values.items() if f":{name}" in row}

    async def replace(conn: Conn) -> int:
        return (await conn.run(replacing.bindparams(**named))).rowcount

    if table in {"consent_text", "handoff_request"}:
        assert await db.write(replace) == 0
    else:
        with pytest.raises(exc.IntegrityError):
            await db.write(replace)
    assert await desk.list_handoffs() == before
    for one in (db, store, desk):
        await one.close()


def test_both_sides_have_their_rights_on_every_table() -> None:
    """A table that is added and forgotten here would be closed to both."""
    tables = {*metadata.tables, "alembic_version"}
    assert set(FRONT) == set(OFFICE) == tables
    for side in (FRONT, OFFICE):
        for name, rights in side.items():
            columns = set(metadata.tables[name].c.keys()) if name in metadata.tables else set()
            assert {*rights.select, *rights.update} - {"*"} <= columns


async def test_the_desk_is_refused_what_conversations_hold(postgres_url: str) -> None:
    """A staff member with the desk's role can count conversations, and read nothing of them."""
    store = open_store(postgres_url, VAULT, clock=FakeClock())
    await begin(store)
    db = Database(make_engine(as_role(postgres_url, OFFICE_ROLE)))
    for statement in (
        "SELECT person FROM person_session",
        "SELECT xmin FROM person_session",
        "SELECT * FROM erasable_key",
        "SELECT body FROM outbox",
        "SELECT * FROM inbox_event",
        "SELECT * FROM page_seat",
        "UPDATE person_session SET blob = NULL",
        "UPDATE handoff SET id = 'x'",
        "INSERT INTO handoff SELECT * FROM handoff",
        "UPDATE handoff_case SET receipt = 'x'",
        "CREATE TABLE mine (id text)",
    ):
        await try_(db, statement)
    await db.close()
    await store.close()


async def test_the_whole_way_works_behind_the_walls(
    store: SqlStore, handoffs: DeskHandoffs, public: Database
) -> None:
    """A conversation, its page, what is sent, what is asked later, what the desk does, the sweep, the erasure."""
    await begin(store)
    await take_seat(store)
    assert await submit(store, "seat", RECEIPT)
    async with store.transaction() as tx:
        found = await tx.find_case(RECEIPT)
        assert found is not None
        assert await tx.add_request(a_request(found.handoff_id))
    await handoffs.mark_opened(found.handoff_id, FakeClock()())
    assert await store.is_ready()
    await store.sweep(FakeClock()())
    assert await handoffs.erase([found.handoff_id]) == [found.handoff_id]


async def test_granting_twice_changes_nothing(postgres_url: str, sql_of: Look) -> None:
    """And takes away what somebody gave by hand in between, also to everybody."""
    rights = "SELECT relname, relacl::text FROM pg_class WHERE relkind IN ('r', 'S') AND relnamespace = 'public'::regnamespace ORDER BY relname"
    columns = "SELECT attrelid::regclass::text, attname, attacl::text FROM pg_attribute WHERE attacl IS NOT NULL ORDER BY 1, 2"
    before = [await sql_of(rights), await sql_of(columns)]
    await sql_of("GRANT SELECT ON handoff TO PUBLIC")
    await sql_of(f'GRANT ALL ON handoff TO "{FRONT_ROLE}"')
    await sql_of(f'GRANT SELECT (blob) ON consent_record TO "{FRONT_ROLE}"')
    grant(postgres_url, front_role=FRONT_ROLE, office_role=OFFICE_ROLE)
    assert [await sql_of(rights), await sql_of(columns)] == before


async def test_what_a_later_migration_makes_is_closed_at_first(postgres_url: str, sql_of: Look) -> None:
    await sql_of("CREATE TABLE later (id text)")
    await sql_of(
        "CREATE FUNCTION peek() RETURNS bigint SECURITY DEFINER LANGUAGE sql AS 'SELECT count(*) FROM handoff'"
    )
    for role in (FRONT_ROLE, OFFICE_ROLE):
        db = Database(make_engine(as_role(postgres_url, role)))
        await try_(db, "SELECT * FROM later")
        await try_(db, "SELECT peek()")
        await db.close()


@pytest.fixture
async def sql_of(postgres_url: str) -> AsyncIterator[Look]:
    """Run SQL as the owner."""
    engine = make_engine(postgres_url)

    async def run(statement: str, **values: Any) -> list[Any]:
        async with engine.begin() as conn:
            result = await conn.execute(text(statement), values)
            return [tuple(row) for row in result.all()] if result.returns_rows else []

    yield run
    await engine.dispose()


def test_roles_that_are_no_wall_are_refused(postgres_server: Any, postgres_url: str) -> None:
    """One for both, one that is not there, one that stands above it, one that is in the other."""
    make_role(postgres_server, "frontdoor test above", "SUPERUSER")
    make_role(
        postgres_server, "frontdoor test member", f'IN ROLE "{OFFICE_ROLE.replace(chr(34), chr(34) * 2)}"'
    )
    for front, office, says in (
        (FRONT_ROLE, FRONT_ROLE, "name two roles"),
        (FRONT_ROLE, 'nobody"; DROP TABLE handoff; --', "does not exist"),
        ("nobody", OFFICE_ROLE, "does not exist"),
        ("frontdoor test above", OFFICE_ROLE, "is a superuser"),
        ("postgres", OFFICE_ROLE, "owns the tables"),
        ("frontdoor test member", OFFICE_ROLE, "is a member of"),
        (FRONT_ROLE, "frontdoor test member", None),
    ):
        if says is None:
            grant(postgres_url, front_role=front, office_role=office)
            continue
        with pytest.raises(ConfigError, match=says):
            grant(postgres_url, front_role=front, office_role=office)


def test_sqlite_has_no_roles(sqlite_url: str) -> None:
    with pytest.raises(ConfigError, match="only PostgreSQL has roles"):
        grant(sqlite_url, front_role="a", office_role="b")


def test_a_server_that_is_away_grants_nothing() -> None:
    with pytest.raises(StoreDown):
        grant("postgresql+asyncpg://nobody@127.0.0.1:1/none", front_role="a", office_role="b")


def test_a_name_is_quoted_whatever_is_in_it(postgres_server: Any, postgres_url: str) -> None:
    """An odd name of a role is a name, never a piece of a statement."""
    odd = 'odd"; DROP TABLE handoff; -- %s :x'
    make_role(postgres_server, odd)
    grant(postgres_url, front_role=odd, office_role=OFFICE_ROLE)
    grant(postgres_url, front_role=FRONT_ROLE, office_role=OFFICE_ROLE)
    _admin(postgres_server, "SELECT 1")
