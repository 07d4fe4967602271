"""Two releases on one database at once: which schema serves which program, and what an upgrade may do meanwhile."""

from __future__ import annotations

import asyncio
import importlib
import io
import pkgutil
import re
from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations

from bot.errors import ConfigError
from bot.store import codec, migrate, migrations
from bot.store.grants import grant
from bot.store.migrate import head, upgrade
from bot.store.revisions import serve, serves
from bot.store.sql import SqlStore, open_store
from tests.store.cast import NOON, SURVIVOR, VAULT, FakeClock, a_mail, a_session
from tests.store.later import ADDITIONS, BREAKING, ROLLING, stamp

#: The forms in which sessions and letters are stored. Whoever changes one makes older programs unable to read what newer
#: ones write, so the release that does it needs a migration without `_for_`, and this line is changed with it.
FORMS = {"0001": (1, 1)}


@pytest.mark.parametrize(
    ("found", "needed", "is_served"),
    [
        ("0006", "0006", True),
        ("0007_for_0006", "0007_for_0006", True),
        ("0007_for_0006", "0006", True),
        ("0007_for_0005", "0006_for_0005", True),
        ("0007_for_0005", "0005", True),
        ("0007_for_0006", "0005", False),
        ("0007", "0006", False),
        ("0006", "0007_for_0006", False),
        ("0005", "0006", False),
        ("9999", "0006", False),
        ("somebody else's", "0006", False),
        (None, "0006", False),
    ],
)
def test_a_schema_says_whom_it_serves(found: str | None, needed: str, is_served: bool) -> None:
    """A newer program never works on an older schema; an older one only where the schema says so."""
    assert serves(found, needed) is is_served


def test_a_database_has_one_revision() -> None:
    """With none or two of them nothing can be said."""
    assert serve(["0006"], "0006")
    assert not serve([], "0006")
    assert not serve(["0006", "0006"], "0006")


async def becomes_ready(store: SqlStore) -> bool:
    """Ask again: on a busy machine the database may not answer in time."""
    for _ in range(100):
        if await store.is_ready():
            return True
        await asyncio.sleep(0.1)
    return False


async def test_an_older_program_goes_on_where_the_schema_says_so(database_url: str) -> None:
    """R27: ready, able to start again, and what it stores lasts, while another release has migrated already."""
    store = open_store(database_url, VAULT, clock=FakeClock())
    assert await becomes_ready(store)
    await stamp(database_url, ROLLING, *ADDITIONS)
    assert await becomes_ready(store)
    upgrade(database_url)  # as each start does
    assert migrate.current(database_url) == ROLLING, "it must not touch what is newer"
    async with store.transaction() as tx:
        assert await tx.claim("line", "one", NOON)
        await tx.save_session(SURVIVOR, a_session(), expected_version=None)
        await tx.queue(SURVIVOR, a_mail(), NOON)
    assert await store.look(SURVIVOR)
    assert len(await store.claim_due(NOON + timedelta(seconds=5), 9)) == 1
    await store.close()


async def test_an_older_program_stops_where_the_schema_does_not(database_url: str) -> None:
    """Not ready, so that a balancer sends nobody, and it does not start."""
    store = open_store(database_url, VAULT)
    await stamp(database_url, BREAKING)
    assert not await store.is_ready()
    await store.close()
    with pytest.raises(ConfigError, match="of another release"):
        upgrade(database_url)


async def test_only_the_release_that_made_a_schema_sets_its_rights(postgres_url: str) -> None:
    """An older one would take away what newer programs need."""
    await stamp(postgres_url, ROLLING)
    with pytest.raises(ConfigError, match="set the rights with that one"):
        grant(postgres_url, front_role="anybody", office_role="anybody else")


# ─── What may be called rolling ───────────────────────────────────────────────

#: Source: docs/scaling.md, "Rolling upgrades".
_MAY = re.compile(
    r"CREATE TABLE |CREATE (UNIQUE )?INDEX (?P<index>\S+) ON (?P<on>\S+) |ALTER TABLE \S+ ADD COLUMN (?P<column>.*)|COMMENT ON ",
    re.DOTALL,
)


def find_breaking(statements: Iterator[str] | list[str]) -> list[str]:
    """Return what a program of the release before would stumble over, or wait for."""
    found, made = [], set()
    for statement in statements:
        may = _MAY.match(statement)
        if statement.startswith("CREATE TABLE "):
            made.add(statement.split()[2])
        needs_value = may and may["column"] and "NOT NULL" in may["column"] and "DEFAULT" not in may["column"]
        locks = may and may["on"] and may["on"] not in made  # nobody can write into that table meanwhile
        if not may or needs_value or locks:
            found.append(statement)
    return found


def list_statements(module: ModuleType) -> list[str]:
    """Write a migration out as PostgreSQL would be told it."""
    out = io.StringIO()
    options: dict[str, Any] = {"as_sql": True, "output_buffer": out}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    with Operations.context(context):
        module.upgrade()
    return [one.strip() for one in out.getvalue().split(";\n") if one.strip()]


def list_migrations() -> list[ModuleType]:
    package = importlib.import_module(f"{migrations.__name__}.versions")
    return [
        importlib.import_module(f"{package.__name__}.{one.name}")
        for one in pkgutil.iter_modules(package.__path__)
    ]


@pytest.mark.parametrize("module", list_migrations(), ids=lambda module: module.revision)
def test_a_migration_that_calls_itself_rolling_only_adds(module: ModuleType) -> None:
    """The name is a promise to programs that run already; those without it are free."""
    assert re.fullmatch(r"\d{4}(_for_\d{4})?", module.revision), "see bot/store/revisions.py"
    if "_for_" in module.revision:
        assert find_breaking(list_statements(module)) == []


@pytest.mark.parametrize(
    ("statement", "is_fine"),
    [
        ("CREATE TABLE a (id VARCHAR(36) NOT NULL)", True),
        ("ALTER TABLE outbox ADD COLUMN a INTEGER", True),
        ("ALTER TABLE outbox ADD COLUMN a INTEGER DEFAULT 0 NOT NULL", True),
        ("ALTER TABLE outbox ADD COLUMN a INTEGER NOT NULL", False),
        ("ALTER TABLE outbox DROP COLUMN done", False),
        ("ALTER TABLE outbox RENAME COLUMN done TO a", False),
        ("ALTER TABLE outbox ALTER COLUMN done TYPE BIGINT", False),
        ("CREATE INDEX a ON outbox (done)", False),
        ("DROP TABLE outbox", False),
        ("DELETE FROM outbox", False),
    ],
)
def test_what_breaks_an_older_program_is_known(statement: str, is_fine: bool) -> None:
    """So that the test above can fail."""
    assert (find_breaking([statement]) == []) is is_fine


def test_an_index_on_a_new_table_keeps_nobody_waiting() -> None:
    """Nobody writes there yet."""
    assert find_breaking(["CREATE TABLE a (id INTEGER)", "CREATE INDEX b ON a (id)"]) == []


def test_what_is_stored_is_read_by_every_program_that_the_schema_serves() -> None:
    """Of a session in another form an older program knows nothing, and would begin anew over it."""
    oldest = head().partition("_for_")[2] or head()[:4]
    since = max(number for number in FORMS if number <= oldest)
    assert FORMS[since] == (codec._SESSION_FORM, codec._LETTER_FORM)
