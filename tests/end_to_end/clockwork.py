"""
The program's own parts around a clock that the test moves: real channel, engine, store and worker.

An hour of waiting takes as long as the work in it. The people are those of people/; their fake
services go by the same clock.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.channels.line import LineChannel
from bot.channels.telegram import TelegramChannel
from bot.crypto import RootVault
from bot.runner import Runner
from bot.store.migrate import upgrade
from bot.store.sql import SqlStore, open_store
from bot.wiring.common import build_engine, build_speaker
from bot.worker import Worker
from tests.end_to_end.people import LinePerson, Person, TelegramPerson
from tests.end_to_end.people.world import WEBHOOK_SECRET
from tests.end_to_end.service import load_pack_once
from tests.fakes.handing import make_handing
from tests.fakes.line_server import FakeLineServer
from tests.fakes.memory_store import MemoryClock
from tests.fakes.telegram_chats import Chats
from tests.fakes.telegram_server import FakeTelegramServer

Channel = LineChannel | TelegramChannel
#: How far the clock moves while nothing is due: first by the worker's own pauses, then to longer waits.
_STEPS_S = (*[0.5] * 8, *[4.0] * 100)


class Even(random.Random):
    """No jitter, so that waiting times are the same in every run."""

    def random(self) -> float:
        return 0.0


class ClockLine(FakeLineServer):
    """LINE by the test's clock; what people do is handed over instead of posted."""

    def __init__(self, clock: MemoryClock) -> None:
        super().__init__(now=lambda: clock().timestamp())
        self.clock = clock
        self.take: Any = None

    def make_event(self, user_id: str, kind: str, *, replies: bool = True, **content: Any) -> dict[str, Any]:
        event = super().make_event(user_id, kind, replies=replies, **content)
        return {**event, "timestamp": int(self.clock().timestamp() * 1000)}

    async def post(self, raw: bytes, signature: str | None) -> int:
        await self.take(raw, {"x-line-signature": signature or ""})
        return 200


class ClockChats(Chats):
    """Telegram's chats by the test's clock."""

    def __init__(self, clock: MemoryClock) -> None:
        super().__init__()
        self._clock = clock

    def now(self) -> int:
        return int(self._clock().timestamp())

    def pass_time(self, *, hours: float = 0, seconds: int = 0) -> None:
        self._clock.pass_by(hours=hours, seconds=seconds)


@dataclass
class Clockwork:
    """One channel's way through the program. `senders` are the worker's own, to be exchanged."""

    clock: MemoryClock
    fake: ClockLine | FakeTelegramServer
    channel: Channel
    runner: Runner
    worker: Worker
    senders: dict[str, Any]
    store: SqlStore
    vault: RootVault
    path: Path
    _numbers: Iterator[int]

    async def take(self, raw: bytes, headers: Mapping[str, str]) -> None:
        """Take one request's inputs, as the webhook does."""
        for inbound in self.channel.read(raw, headers).inbounds:
            await self.runner.attempt(inbound)

    def meet(self) -> Person:
        """Let somebody new come by."""
        number = next(self._numbers)
        if isinstance(self.fake, ClockLine):
            return LinePerson(f"U{number:032x}", self.settle, line=self.fake)
        return TelegramPerson(str(1000 + number), self.settle, telegram=self.fake, post=self._post)

    async def settle(self, person: Person) -> None:
        """Work, and let time pass, until nothing is on its way to somebody any more."""
        for step_s in _STEPS_S:
            await self.worker.deliver_due()
            if not self.is_awaiting(person):
                return
            self.clock.pass_by(seconds=step_s)
        raise AssertionError("it never came to an end")

    def is_awaiting(self, person: Person) -> bool:
        return any(state in {"new", "sending"} for state, _ in self.list_letters(person))

    def list_letters(self, person: Person) -> list[tuple[str, int]]:
        """Return the letters to somebody, oldest first: state, and how often each was tried."""
        key = self.vault.person_key(person.channel, person.user_id)
        with contextlib.closing(sqlite3.connect(self.path, timeout=30)) as database:
            query = "SELECT state, attempts FROM outbox WHERE person = ? ORDER BY seq"
            return [(str(state), int(tries)) for state, tries in database.execute(query, (key,))]

    async def _post(self, update: dict[str, Any]) -> None:
        await self.take(json.dumps(update).encode(), {"x-telegram-bot-api-secret-token": WEBHOOK_SECRET})


def make_channel(
    name: str, fake: FakeLineServer | FakeTelegramServer, clock: MemoryClock, **more: Any
) -> Channel:
    """Make the real adapter; `more` may name another address or patience."""
    if isinstance(fake, FakeLineServer):
        settings = {"channel_secret": fake.channel_secret, "access_token": fake.access_token}
        return LineChannel(**settings, clock=clock, **{"api_base": fake.base_url, **more})
    settings = {"bot_token": fake.token, "webhook_secret": WEBHOOK_SECRET}
    return TelegramChannel(**settings, clock=clock, **{"api_base": fake.base_url, **more})


@contextlib.contextmanager
def make_template() -> Iterator[Path]:
    """Migrate an empty SQLite database once, to be copied."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.sqlite3"
        upgrade(f"sqlite+aiosqlite:///{path}")
        yield path


@contextlib.asynccontextmanager
async def open_clockwork(name: str, template: Path, *, timeout_s: float = 10.0) -> AsyncIterator[Clockwork]:
    """Put it together for `line` or `telegram` over a copy of the database."""
    clock, vault, pack = MemoryClock(), RootVault(b"\x07" * 32), load_pack_once()
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        path = Path(shutil.copy(template, folder))
        fake = ClockLine(clock) if name == "line" else FakeTelegramServer()
        if isinstance(fake, FakeTelegramServer):
            fake.chats = ClockChats(clock)
        await stack.enter_async_context(fake)
        channel = make_channel(name, fake, clock, timeout_s=timeout_s)
        stack.push_async_callback(channel.close)
        await channel.open()
        store = open_store(f"sqlite+aiosqlite:///{path}", vault, clock=clock)
        stack.push_async_callback(store.close)
        visits, codes = (f"v{n}" for n in itertools.count()), (f"C{n}" for n in itertools.count())
        speaker = build_speaker(pack)
        engine = build_engine(pack)
        runner = Runner(
            engine,
            store,
            vault,
            speaker,
            clock,
            lambda: next(visits),
            lambda: next(codes),
            make_handing(engine),
        )
        senders: dict[str, Any] = {name: channel}
        worker = Worker(store, senders, clock, runner.speak, jitter=Even())
        made = Clockwork(
            clock, fake, channel, runner, worker, senders, store, vault, path, itertools.count(1)
        )
        if isinstance(fake, ClockLine):
            fake.take = made.take
        yield made
        fake.assert_clean()
