"""Fixtures for tests that chat: `pytest_plugins = ["tests.fakes.chat_fixtures"]`. Each runs on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from bot.store.engine import make_engine
from bot.store.sql import SqlStore, open_store
from tests.fakes.chat_world import VAULT, ChatWorld
from tests.fakes.memory_store import MemoryClock

Sql = Callable[[str], Awaitable[list[Any]]]


@pytest.fixture
def chat_clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture
async def chat_store(database_url: str, chat_clock: MemoryClock) -> AsyncIterator[SqlStore]:
    opened = open_store(database_url, VAULT, clock=chat_clock)
    yield opened
    await opened.close()


@pytest.fixture
async def second_chat_store(database_url: str, chat_clock: MemoryClock) -> AsyncIterator[SqlStore]:
    """The same database as another program sees it."""
    opened = open_store(database_url, VAULT, clock=chat_clock)
    yield opened
    await opened.close()


@pytest.fixture
def chat_world(chat_store: SqlStore, chat_clock: MemoryClock) -> ChatWorld:
    return ChatWorld(chat_store, chat_clock)


@pytest.fixture
async def chat_sql(database_url: str) -> AsyncIterator[Sql]:
    """Look at rows behind the store's back."""
    engine = make_engine(database_url)

    async def run(statement: str) -> list[Any]:
        async with engine.connect() as conn:
            return list((await conn.execute(text(statement))).all())

    yield run
    await engine.dispose()
