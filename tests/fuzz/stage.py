"""
The whole public program in this process, bodies handed to its ASGI app without a socket, its replies sent to an API that takes all.

What is not ours is left out, so that a million bodies take minutes: the web server, and the platforms' strictness (the strict fakes
of the other tests judge what we send). The database, the worker and both channels' clients are the real ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import shutil
import sqlite3
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_plus

from benchmarks.fake_api import LINE_REPLY, SPENT_TOKEN, Api, Switchboard
from bot.crypto import RootVault
from bot.keys import read_root
from bot.settings import Settings
from bot.store.schema import metadata
from bot.wiring.common import prepare
from bot.wiring.front import Front, open_front
from tests.end_to_end.people.world import ask_postgres
from tests.end_to_end.service import SECRETS, load_pack_once
from tests.fuzz.bodies import WEBHOOK_SECRET, Body, Grammar

#: Written beside everything, whoever writes: they count, or test the seal once an hour, and say nothing of anybody.
_COUNTS: Final = frozenset({"tally_cell", "tally", "alembic_version", "sealing_test"})
_TOKEN = re.compile(rb'"replyToken": ?"((?:[^"\\]|\\.)+)"')
_LINE_TAPS = re.compile(rb'"data": ?"(v=[^"\\]+)"')
_CHAT = re.compile(rb"(?:^|&)chat_id=(-?[0-9]+)")
_TELEGRAM_TAPS = re.compile(r'"callback_data": ?"([^"\\]+)"')
_LATER = 503
#: As a platform does: again after a while, and not for ever.
_PAUSES_S = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


class Heard(Switchboard):
    """What the platforms were asked to show. `tokens` and `chats` were answered; `shown` goes back into the grammar."""

    def __init__(self, grammar: Grammar) -> None:
        super().__init__()
        self.tokens: set[str] = set()
        self.chats: set[str] = set()
        self.replies = 0
        self._grammar = grammar

    def tell(self, kind: int, body: bytes = b"") -> None:
        """Take note of one message."""
        self.replies += 1
        if kind in {LINE_REPLY, SPENT_TOKEN}:
            self._hear_line(body)
        else:
            self._hear_telegram(body)

    def _hear_line(self, body: bytes) -> None:
        found = _TOKEN.search(body)
        token = found[1].decode() if found else ""
        self.tokens.add(token)
        taps = _LINE_TAPS.findall(body)
        who = self._grammar.owners.get(token)
        if who and taps:
            self._grammar.shown[who] = [tap.decode() for tap in taps]

    def _hear_telegram(self, body: bytes) -> None:
        found = _CHAT.search(body)
        if not found:
            return
        who = found[1].decode()
        self.chats.add(who)
        taps = _TELEGRAM_TAPS.findall(unquote_plus(body.decode("ascii", "replace")))
        if taps:
            self._grammar.shown[who] = taps


class Faults(logging.Handler):
    """What our own log tells of faults: an incident, anything as grave as an error, a task that died unseen."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of one."""
        if record.levelno < logging.ERROR and not hasattr(record, "incident"):
            return
        fault, place = getattr(record, "fault", ""), getattr(record, "place", "")
        self.found[f"{record.name}: {record.getMessage()[:200]} {fault} {place}".strip()] += 1


@dataclass
class Stage:
    """The program under test. `escaped`: what was raised out of the app; `statuses`: its answers; `later`: 503, and taken afterwards."""

    front: Front
    heard: Heard
    faults: Faults
    vault: RootVault
    settings: Settings
    statuses: Counter[int] = field(default_factory=Counter)
    escaped: list[str] = field(default_factory=list)
    later: int = 0

    async def post(self, body: Body) -> int:
        """Post a body, again while the answer is "later"."""
        status = await self._post_once(body)
        for pause_s in _PAUSES_S:
            if status != _LATER:
                break
            self.later += 1
            await asyncio.sleep(pause_s)
            status = await self._post_once(body)
        self.statuses[status] += 1
        return status

    async def _post_once(self, body: Body) -> int:
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": f"/{body.channel}/webhook", "raw_path": b"", "query_string": b"", "root_path": "",
            "headers": [(b"host", b"inside"), (b"content-type", b"application/json"), *body.headers],
            "server": ("inside", 80), "client": ("127.0.0.1", 1),
        }  # fmt: skip
        half = len(body.raw) // 2
        parts = deque(
            ({"type": "http.request", "body": body.raw[:half], "more_body": True},
             {"type": "http.request", "body": body.raw[half:], "more_body": False})
        )  # fmt: skip
        answered = 0

        async def receive() -> Any:
            return parts.popleft() if parts else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal answered
            answered = message.get("status", answered)

        try:
            await self.front.app(scope, receive, send)
        except Exception as fault:  # noqa: BLE001 - this is what is looked for
            self.escaped.append(f"{body.channel}: {type(fault).__name__}")
        return answered

    async def settle(self, *, within_s: float = 300.0) -> bool:
        """Wait until nothing is on its way to anybody. False: it never came to that."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while await self.ask("SELECT 1 FROM outbox WHERE state IN ('new', 'sending') LIMIT 1"):  # noqa: ASYNC110 - looked at from outside
                    await asyncio.sleep(0.1)
                return True
        return False

    async def count_rows(self) -> dict[str, int]:
        """Count what stands in each table but those that only count."""
        tables = [name for name in metadata.tables if name not in _COUNTS]
        return {name: (await self.ask(f'SELECT count(*) FROM "{name}"'))[0][0] for name in tables}  # noqa: S608 - our own names

    async def ask(self, query: str) -> list[Any]:
        """Look into the database from outside."""
        return await asyncio.to_thread(self._ask, query)

    def _ask(self, query: str) -> list[Any]:
        path = self.settings.sqlite_path
        if path is None:
            return ask_postgres(self.settings.database, query)
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as database:
            return database.execute(query).fetchall()


@contextlib.asynccontextmanager
async def open_stage(
    folder: Path, database_url: str, grammar: Grammar, **more: object
) -> AsyncIterator[Stage]:
    """Run everything. `database_url` names a migrated, empty database; `more` are settings, such as limits."""
    heard, loop = Heard(grammar), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Api(heard), "127.0.0.1", 0, backlog=1024)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]  # a developer's own .env must not reach tests
        data_dir=folder / "var",
        database_url=database_url,
        line_api_base=base,
        telegram_api_base=base,
        telegram_bot_token="123456:telegram-token",
        telegram_webhook_secret=WEBHOOK_SECRET,
        **SECRETS,
        **more,  # type: ignore[arg-type]  # names of settings
    )
    await asyncio.to_thread(prepare, settings)
    with _listening() as faults, _without_proxy():
        async with server, open_front(settings, load_pack_once()) as front:
            working = asyncio.create_task(front.worker.run())
            vault = RootVault(read_root(settings.env, settings.data_dir))
            await asyncio.sleep(0.1)  # LINE is asked who we are
            try:
                yield Stage(front, heard, faults, vault, settings)
            finally:
                front.worker.stop()
                await working


@contextlib.contextmanager
def _listening() -> Iterator[Faults]:
    """Hear the log, and let nothing of it reach the terminal: it would be a line for every odd body."""
    faults, root = Faults(), logging.getLogger()
    others, level = root.handlers[:], root.level
    root.handlers[:] = [faults]
    root.setLevel(logging.WARNING)
    try:
        yield faults
    finally:
        root.handlers[:] = others
        root.setLevel(level)


@contextlib.contextmanager
def _without_proxy() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in ("NO_PROXY", "no_proxy")}
    os.environ.update(dict.fromkeys(before, "127.0.0.1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


def make_sqlite(folder: Path, template: Path) -> str:
    """Lay an empty migrated database into a folder."""
    path = folder / "frontdoor.sqlite3"
    shutil.copy(template, path)
    return f"sqlite+aiosqlite:///{path}"


def list_tables() -> Sequence[str]:
    return list(metadata.tables)
