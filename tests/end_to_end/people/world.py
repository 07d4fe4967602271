"""The whole public program with both fakes beside it, and the people who meet it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from bot.core.model import PersonKey
from bot.crypto import RootVault
from bot.keys import read_root
from tests.end_to_end.people.line_person import LinePerson
from tests.end_to_end.people.person import Person
from tests.end_to_end.people.telegram_person import TelegramPerson
from tests.end_to_end.people.web_person import WebPerson
from tests.end_to_end.service import SECRETS, Service, run_service
from tests.fakes.line_server import FakeLineServer
from tests.fakes.telegram_server import FakeTelegramServer

WEBHOOK_SECRET = "w" * 43
_SECRET_HEADER = "x-telegram-bot-api-secret-token"
_LATER = 503


@dataclass
class World:
    """A running program, the services it talks to, and its database as an outsider sees it."""

    line: FakeLineServer
    telegram: FakeTelegramServer
    service: Service
    vault: RootVault
    phone: httpx.AsyncClient
    browsers: contextlib.AsyncExitStack
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def meet(self, channel: str, *, language: str = "") -> Person:
        """Let somebody new come by a channel."""
        number = next(self._numbers)
        spoken = {"language": language} if language else {}
        if channel == "line":
            return LinePerson(f"U{number:032x}", self.settle, line=self.line, **spoken)
        if channel == "telegram":
            return TelegramPerson(
                str(1000 + number), self.settle, telegram=self.telegram, post=self.post_update, **spoken
            )
        url = self.service.url
        browser = httpx.AsyncClient(base_url=url, trust_env=False, timeout=60, follow_redirects=True)
        await self.browsers.enter_async_context(browser)
        return WebPerson(str(number), self.settle, browser=browser, **spoken)

    async def post_update(self, update: Any) -> None:
        """Deliver an update as Telegram does: again when told "later"."""
        for pause_s in (0.1, 0.3, 1.0, 3.0, 0.0):
            response = await self.phone.post(
                f"{self.service.url}/telegram/webhook", json=update, headers={_SECRET_HEADER: WEBHOOK_SECRET}
            )
            if response.status_code != _LATER:
                break
            await asyncio.sleep(pause_s)
        assert (response.status_code, response.content) == (200, b"")

    async def settle(self, person: Person) -> None:
        """Wait until nothing is on its way to somebody any more."""
        async with asyncio.timeout(60):
            while await self.is_awaiting(person):  # noqa: ASYNC110  # the database is looked at from outside
                await asyncio.sleep(0.02)

    async def is_awaiting(self, person: Person) -> bool:
        """Whether a reply is on its way to somebody."""
        if person.channel == "web":
            return False
        key = self.vault.person_key(person.channel, person.user_id)
        waiting = "SELECT count(*) FROM outbox WHERE person = ? AND state IN ('new', 'sending')"
        return await self.count(waiting, key) > 0

    async def is_known(self, person: Person) -> bool:
        """Whether anything about somebody is stored."""
        key = self.vault.person_key(person.channel, person.user_id)
        return (
            await self.count("SELECT count(*) FROM person_session WHERE person = ? AND blob IS NOT NULL", key)
            > 0
        )

    async def forgets(self, person: Person) -> None:
        """Wait until nothing about somebody is stored."""
        async with asyncio.timeout(30):
            while await self.is_known(person):  # noqa: ASYNC110  # the same
                await asyncio.sleep(0.02)

    async def list_known(self) -> set[PersonKey]:
        """Return everybody about whom something is stored."""
        return {PersonKey(row[0]) for row in await self._ask("SELECT person FROM person_session")}

    async def count(self, query: str, *values: str) -> int:
        return int((await self._ask(query, *values))[0][0])

    async def _ask(self, query: str, *values: str) -> list[Any]:
        """Look from another thread: the program lives in this one, and may hold a lock until it goes on."""
        return await asyncio.to_thread(self._look, query, *values)

    def _look(self, query: str, *values: str) -> list[Any]:
        if self.service.settings.sqlite_path is None:
            return ask_postgres(self.service.settings.database, query, *values)
        with contextlib.closing(sqlite3.connect(self._path, timeout=30)) as database:
            return database.execute(query, values).fetchall()

    @property
    def _path(self) -> Path:
        path = self.service.settings.sqlite_path
        assert path is not None
        return path


def ask_postgres(url: str, query: str, *values: str) -> list[Any]:
    """Ask PostgreSQL what stands there, in a loop of its own."""
    numbers = itertools.count(1)
    numbered = re.sub(r"\?", lambda _: f"${next(numbers)}", query)

    async def run() -> list[Any]:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            return [tuple(row) for row in await connection.fetch(numbered, *values)]
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result()


@contextlib.asynccontextmanager
async def open_world(
    tmp_path: Path,
    database_url: str,
    *,
    line: FakeLineServer | None = None,
    telegram: FakeTelegramServer | None = None,
) -> AsyncIterator[World]:
    """Run everything until the test is over; whatever must never be asked for fails it."""
    async with contextlib.AsyncExitStack() as stack:
        line = await stack.enter_async_context(line or FakeLineServer(patience_s=60))
        telegram = await stack.enter_async_context(telegram or FakeTelegramServer())
        settings = {
            "line_api_base": line.base_url,
            "telegram_api_base": telegram.base_url,
            "telegram_bot_token": telegram.token,
            "telegram_webhook_secret": WEBHOOK_SECRET,
            **SECRETS,
        }
        service = await stack.enter_async_context(run_service(tmp_path / "var", database_url, **settings))
        line.webhook_url = f"{service.url}/line/webhook"
        vault = RootVault(read_root(service.settings.env, service.settings.data_dir))
        phone = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=60))
        browsers = await stack.enter_async_context(contextlib.AsyncExitStack())
        yield World(line, telegram, service, vault, phone, browsers)
        line.assert_clean()
        telegram.assert_clean()
        assert telegram.early == []
