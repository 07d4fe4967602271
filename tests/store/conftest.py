"""Stores over both databases, and a look at the rows behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from bot.store.desk import DeskStore
from bot.store.engine import for_writing, make_engine
from bot.store.sql import SqlStore, open_store
from tests.store.cast import VAULT, FakeClock

Look = Callable[..., Awaitable[list[Any]]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(database_url: str, clock: FakeClock) -> AsyncIterator[SqlStore]:
    opened = open_store(database_url, VAULT, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def second_store(database_url: str, clock: FakeClock) -> AsyncIterator[SqlStore]:
    """The same database as another program sees it."""
    opened = open_store(database_url, VAULT, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def desk(database_url: str, clock: FakeClock) -> AsyncIterator[DeskStore]:
    """The same database as the back office sees it: without a vault."""
    opened = DeskStore(database_url, clock)
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
