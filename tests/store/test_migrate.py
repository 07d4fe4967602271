"""Migrations on both databases: complete, repeatable, all or nothing, and safe to start twice."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, exc, inspect
from sqlalchemy import text as sql_text

from bot.errors import ConfigError, StoreDown
from bot.store import migrate, migrating
from bot.store.engine import for_writing, make_engine
from bot.store.handoffs_desk import open_desk_handoffs
from bot.store.moments import to_micros
from bot.store.schema import metadata
from bot.store.sql import SqlStore, open_store
from tests.store.cast import NOON, SURVIVOR, VAULT, FakeClock, begin, post
from tests.store.conftest import FRONT_ROLE, Look, as_role
from tests.store.handoff_cast import a_request, send, take_seat
from tests.store.test_codec import FIRST_LETTER

OLD_TABLES = {
    "alembic_version",
    "person_session",
    "erasable_key",
    "inbox_event",
    "outbox",
    "staff_account",
    "staff_session",
}


def _has_no_rowid(table: Table) -> bool:
    return not table.dialect_options["sqlite"]["with_rowid"]


@pytest.fixture
async def sql_on_bare(bare_database_url: str) -> AsyncIterator[Look]:
    """Run SQL on the database that is migrated by the test."""
    async with looking_at(bare_database_url) as look:
        yield look


@pytest.fixture
async def sql_on_database(database_url: str) -> AsyncIterator[Look]:
    """Run SQL on the migrated database."""
    async with looking_at(database_url) as look:
        yield look


@asynccontextmanager
async def looking_at(url: str) -> AsyncIterator[Look]:
    """Connect for each statement: the schema changes in between."""
    engine = make_engine(url)

    async def run(statement: str, **values: object) -> list[Any]:
        async with for_writing(engine).begin() as conn:
            result = await conn.execute(sql_text(statement), values)
            rows = list(result.all()) if result.returns_rows else []
        await engine.dispose()
        return rows

    yield run
    await engine.dispose()


async def ask(url: str, question: Any) -> Any:
    engine = make_engine(url)
    async with engine.connect() as conn:
        answer = await conn.run_sync(question)
    await engine.dispose()
    return answer


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return compare_metadata(context, metadata)


def table_names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_the_migrated_schema_is_the_one_in_the_code(database_url: str) -> None:
    """Nothing is missing and nothing is left over."""
    assert await ask(database_url, differences) == []


async def test_a_new_database_goes_up_down_and_up_again(bare_database_url: str) -> None:
    """Every step has its way back."""
    assert migrate.current(bare_database_url) is None
    migrate.upgrade(bare_database_url)
    assert migrate.current(bare_database_url) == migrate.head()
    migrate.downgrade(bare_database_url, "base")
    assert migrate.current(bare_database_url) is None
    assert await ask(bare_database_url, table_names) == {"alembic_version"}
    migrate.upgrade(bare_database_url)
    assert await ask(bare_database_url, differences) == []


async def test_a_database_with_people_in_it_goes_up_again_and_down(database_url: str) -> None:
    """A second upgrade loses nobody; going down works with rows in every table."""
    store = open_store(database_url, VAULT, clock=FakeClock())
    await begin(store)
    await post(store, "A", final=True)
    async with store.transaction() as tx:
        await tx.load_session(SURVIVOR)
        await tx.remember_message(SURVIVOR, "1", NOON)
        await tx.add_code(SURVIVOR, "ABCDE-FGH23", NOON)
    await _fill_handoffs(store)
    migrate.upgrade(database_url)
    assert await store.look(SURVIVOR) is not None
    await store.close()
    migrate.downgrade(database_url, "base")
    assert await ask(database_url, table_names) == {"alembic_version"}


async def _fill_handoffs(store: SqlStore) -> None:
    """Leave a row in every table of a handoff."""
    sent = await send(store)
    await take_seat(store)
    async with store.transaction() as tx:
        assert await tx.add_request(a_request(sent.id))
        assert await tx.count("handoff", "somebody", NOON, hours=24, limit=3)


async def test_handoffs_survive_an_upgrade_and_end_with_a_way_back(
    database_url: str, sql_on_database: Look
) -> None:
    """R19: a second upgrade loses none; the release before cannot keep them, and everything else stays."""
    store, desk = open_store(database_url, VAULT, clock=FakeClock()), open_desk_handoffs(database_url)
    await begin(store)
    await _fill_handoffs(store)
    migrate.upgrade(database_url)
    (stored,) = await desk.list_handoffs()
    assert len(stored.requests) == 1
    await store.close()
    await desk.close()
    migrate.downgrade(database_url, "0002")
    tables = {"handoff", "handoff_case", "handoff_request", "consent_record", "consent_text"}
    assert not (tables | {"page_seat", "use_count"}) & await ask(database_url, table_names)
    assert len(await sql_on_database("SELECT person FROM person_session")) == 1
    migrate.upgrade(database_url)
    store = open_store(database_url, VAULT, clock=FakeClock())
    await _fill_handoffs(store)
    await store.close()
    assert await ask(database_url, differences) == []


async def test_a_role_that_may_not_change_the_schema_is_told_what_to_do(bare_postgres_url: str) -> None:
    """The public program starts on a schema that is up to date, and refuses an older one."""
    migrate.upgrade(bare_postgres_url)
    as_front = as_role(bare_postgres_url, FRONT_ROLE)
    engine = make_engine(bare_postgres_url)
    async with engine.begin() as conn:
        await conn.execute(
            sql_text(
                f"""DO $$ BEGIN CREATE ROLE "{FRONT_ROLE}" LOGIN; EXCEPTION WHEN OTHERS THEN NULL; END $$"""
            )
        )
        await conn.execute(sql_text(f'GRANT SELECT ON alembic_version TO "{FRONT_ROLE}"'))
    await engine.dispose()
    migrate.upgrade(as_front)
    migrate.downgrade(bare_postgres_url, "0002")
    with pytest.raises(ConfigError, match="run `frontdoor migrate` as the role that owns the tables"):
        migrate.upgrade(as_front)


async def test_another_fault_of_a_migration_is_a_bug(
    bare_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not taken for a missing right."""

    def fail(config: Config, _revision: str) -> None:
        config.attributes["connection"].execute(sql_text("SELECT nothing FROM nowhere"))

    monkeypatch.setattr(migrating.command, "upgrade", fail)
    with pytest.raises((exc.ProgrammingError, StoreDown)):
        migrate.upgrade(bare_database_url)


async def test_letters_of_the_release_before_are_delivered_by_this_one(
    bare_database_url: str, sql_on_bare: Look
) -> None:
    """What was queued before the upgrade leaves after it, whole, and may be taken back as any other."""
    migrate.upgrade(bare_database_url, "0001")
    assert await ask(bare_database_url, table_names) == OLD_TABLES
    for seq, text in ((1, "A"), (2, "B")):
        await _queue_as_before(sql_on_bare, seq, text)
    migrate.upgrade(bare_database_url)
    store = open_store(bare_database_url, VAULT, clock=FakeClock())
    (letter,) = await store.claim_due(NOON, 9)
    assert (letter.reply.bubbles, letter.done, letter.wipe) == (("A",), 0, None)
    async with store.transaction() as tx:
        assert [mail.reply.bubbles for mail in await tx.recall(SURVIVOR)] == [("B",)]
    await store.close()


async def test_the_release_before_goes_on_after_a_way_back(database_url: str, sql_on_database: Look) -> None:
    """What only this one knows is gone, with its keys; sessions and letters are still there."""
    store = open_store(database_url, VAULT, clock=FakeClock())
    await begin(store)
    await post(store, "A")
    async with store.transaction() as tx:
        await tx.load_session(SURVIVOR)
        await tx.remember_message(SURVIVOR, "1", NOON)
        await tx.add_code(SURVIVOR, "ABCDE-FGH23", NOON)
    await _fill_handoffs(store)
    await store.close()
    migrate.downgrade(database_url, "0001")
    assert await ask(database_url, table_names) == OLD_TABLES
    assert len(await sql_on_database("SELECT id FROM outbox WHERE state = 'new'")) == 1
    keys = [
        row.id.partition(":")[0] for row in await sql_on_database("SELECT id FROM erasable_key ORDER BY id")
    ]
    assert keys == ["outbox", "session"]
    migrate.upgrade(database_url)
    store = open_store(database_url, VAULT, clock=FakeClock())
    assert await store.look(SURVIVOR) is not None
    assert len(await store.claim_due(NOON, 9)) == 1
    await store.close()


async def _queue_as_before(sql: Look, seq: int, text: str) -> None:
    """Write a letter as the release before did."""
    letter_id = f"letter-{seq}"
    key, wrapped = VAULT.new_key(f"erasable_key.wrapped:outbox:{letter_id}")
    body = VAULT.lock(
        json.dumps(FIRST_LETTER | {"bubbles": [text]}).encode(), key, f"outbox.body:{letter_id}"
    )
    await sql(
        "INSERT INTO erasable_key (id, wrapped) VALUES (:id, :wrapped)",
        id=f"outbox:{letter_id}",
        wrapped=wrapped,
    )
    await sql(
        "INSERT INTO outbox (id, person, channel, body, state, attempts, reached, created_at, due_at) "
        "VALUES (:id, :person, 'line', :body, 'new', 0, false, :at, :at)",
        id=letter_id,
        person=SURVIVOR,
        body=body,
        at=to_micros(NOON),
    )


async def test_a_migration_that_is_cut_short_leaves_nothing(
    bare_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one transaction: what was half done is not there."""

    def cut_short(*_args: object) -> None:
        real_upgrade(*_args)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    real_upgrade = migrating.command.upgrade
    monkeypatch.setattr(migrating.command, "upgrade", cut_short)
    with pytest.raises(KeyboardInterrupt):
        migrate.upgrade(bare_database_url)
    assert await ask(bare_database_url, table_names) == set()


def test_two_programs_that_migrate_at_once_take_turns(bare_database_url: str) -> None:
    """`serve` and `office` may start in the same moment; both find the schema they need."""
    code = "import sys; from bot.store.migrate import upgrade; upgrade(sys.argv[1])"
    both = [
        subprocess.Popen([sys.executable, "-c", code, bare_database_url], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [(one.communicate()[1], one.returncode) for one in both] == [("", 0), ("", 0)]
    assert migrate.current(bare_database_url) == migrate.head()


async def test_a_store_is_ready_on_its_own_schema_only(bare_database_url: str) -> None:
    """Not before the migration, not on another revision."""
    store = open_store(bare_database_url, VAULT)
    assert not await store.is_ready()
    migrate.upgrade(bare_database_url)
    assert await store.is_ready()
    migrate.downgrade(bare_database_url, "base")
    assert not await store.is_ready()
    await store.close()


def test_a_file_that_cannot_be_made_is_refused_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give FRONTDOOR_DATABASE_URL a folder"):
        migrate.upgrade(f"sqlite+aiosqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'db'}")


def test_only_the_owner_may_read_a_new_file(bare_sqlite_url: str, tmp_path: Path) -> None:
    """The journal beside it too, which holds what was there before; and what is there already keeps its mode."""
    migrate.upgrade(bare_sqlite_url)
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o600}
    file = tmp_path / "frontdoor.sqlite3"
    file.chmod(0o640)
    migrate.upgrade(bare_sqlite_url)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no file"):
        migrate.upgrade(f"sqlite+aiosqlite:///{tmp_path}")


def test_a_schema_of_another_release_is_refused(sqlite_url: str) -> None:
    """It was there before us, or is not known yet: nothing is guessed."""
    with pytest.raises(ConfigError, match="of another release"):
        migrate.upgrade(sqlite_url, "9999")


def test_a_server_that_is_away_is_down() -> None:
    with pytest.raises(StoreDown):
        migrate.upgrade("postgresql+asyncpg://nobody@127.0.0.1:1/none")


@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///", "sqlite+aiosqlite:///:memory:"]
)
def test_a_database_in_memory_is_refused(url: str) -> None:
    """It would forget everybody, and each connection would see another one."""
    with pytest.raises(ConfigError, match="name a file"):
        migrate.upgrade(url)


def test_the_newest_migration_is_the_one_that_is_needed() -> None:
    """It is written down, so that a start need not load what reads it from the migrations."""
    scripts = ScriptDirectory.from_config(migrating.configure(None))
    assert scripts.get_heads() == [migrate.head()]


def test_a_start_with_nothing_to_migrate_loads_no_migration(bare_database_url: str) -> None:
    """A program that runs for months does not keep in memory what it never uses; the first start must load it."""
    code = "import sys; from bot.store.migrate import upgrade; upgrade(sys.argv[1]); print('alembic' in sys.modules)"
    starts = [
        subprocess.run(
            [sys.executable, "-c", code, bare_database_url], capture_output=True, text=True, check=True
        )
        for _ in range(2)
    ]
    assert [one.stdout.strip() for one in starts] == ["True", "False"]


async def test_two_revisions_in_one_database_are_refused(sqlite_url: str) -> None:
    """Nothing is guessed; whoever looks is shown both."""
    engine = make_engine(sqlite_url)
    async with engine.begin() as conn:
        await conn.execute(sql_text("INSERT INTO alembic_version (version_num) VALUES ('0004')"))
    await engine.dispose()
    assert migrate.current(sqlite_url) == "0004, 0006"
    with pytest.raises(ConfigError, match="of another release"):
        migrate.upgrade(sqlite_url)


@pytest.mark.parametrize("table", [each for each in metadata.sorted_tables if _has_no_rowid(each)], ids=str)
def test_the_key_of_a_table_without_rowids_comes_first(table: Table) -> None:
    """Else `PRAGMA integrity_check` of SQLite 3.40 calls whole rows damaged, and an operator reads it as a broken file."""
    key = [column.name for column in table.primary_key]
    assert [column.name for column in table.columns][: len(key)] == key
