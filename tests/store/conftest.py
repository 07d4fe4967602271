"""
Stores over both databases, each behind its wall, and a look at the rows behind them.

On PostgreSQL the stores connect as the two roles, with the rights that `grant` gives and no others: so
every test of the store is also one of the rights being enough.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text

from bot.desk.ledger import Ledger
from bot.store.engine import for_writing, make_engine
from bot.store.grants import grant
from bot.store.handoffs_desk import DeskHandoffs, open_desk_handoffs
from bot.store.office import OfficeStore
from bot.store.sql import SqlStore, open_store
from tests.conftest_postgres import _admin, _url
from tests.store.cast import VAULT, FakeClock

Look = Callable[..., Awaitable[list[Any]]]
FRONT_ROLE, OFFICE_ROLE = "frontdoor test front", 'frontdoor "test" office'


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: Any, _postgres_template: str) -> str:
    """The migrated database, with its walls."""
    name = f"walled_{uuid.uuid4().hex}"
    _admin(postgres_server, f'CREATE DATABASE "{name}" TEMPLATE "{_postgres_template}"')
    for role in (FRONT_ROLE, OFFICE_ROLE):
        make_role(postgres_server, role)
    grant(_url(postgres_server, name), front_role=FRONT_ROLE, office_role=OFFICE_ROLE)
    return name


def make_role(server: Any, role: str, *options: str) -> None:
    """Make a role of the shared server, unless another test process was faster."""
    quoted = role.replace('"', '""')
    made = f'CREATE ROLE "{quoted}" LOGIN {" ".join(options)}'
    there = "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL"
    _admin(server, f"DO $$ BEGIN {made}; {there}; END $$")


def as_role(url: str, role: str) -> str:
    """Return the URL under which a role connects; on SQLite there is none."""
    if url.startswith("sqlite"):
        return url
    return make_url(url).set(username=role).render_as_string(hide_password=False)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(database_url: str, clock: FakeClock) -> AsyncIterator[SqlStore]:
    opened = open_store(as_role(database_url, FRONT_ROLE), VAULT, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def second_store(database_url: str, clock: FakeClock) -> AsyncIterator[SqlStore]:
    """The same database as another program sees it."""
    opened = open_store(as_role(database_url, FRONT_ROLE), VAULT, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def desk(database_url: str, clock: FakeClock) -> AsyncIterator[OfficeStore]:
    """The same database as the back office sees it: without a vault."""
    opened = OfficeStore(as_role(database_url, OFFICE_ROLE), clock)
    yield opened
    await opened.close()


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "erasures.jsonl")


@pytest.fixture
async def handoffs(database_url: str, ledger: Ledger) -> AsyncIterator[DeskHandoffs]:
    """The handoffs as the desk sees them."""
    opened = open_desk_handoffs(as_role(database_url, OFFICE_ROLE), write_down=ledger.append)
    yield opened
    await opened.close()


@pytest.fixture
async def sql(database_url: str) -> AsyncIterator[Look]:
    """Run SQL of a test behind the store's back."""
    engine = make_engine(database_url)

    async def run(statement: str, **values: Any) -> list[Any]:
        async with for_writing(engine).begin() as conn:
            result = await conn.execute(text(statement), values)
            return list(result.all()) if result.returns_rows else []

    yield run
    await engine.dispose()
