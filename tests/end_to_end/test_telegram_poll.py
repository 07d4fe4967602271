"""`frontdoor telegram poll` as an operator starts it, against the strict fake of Telegram."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ConfigError
from bot.settings import Settings
from bot.wiring.poll import open_poll
from tests.end_to_end.programs import ROOT, make_env, remember_sound, run_once, run_program
from tests.end_to_end.service import load_pack_once
from tests.fakes.telegram_server import FakeTelegramServer

SURVIVOR = 42
#: A longer run: FRONTDOOR_TEST_KILLS=50 python -m pytest tests/end_to_end/test_telegram_poll.py
KILLS = int(os.environ.get("FRONTDOOR_TEST_KILLS", "2"))
PEOPLE = 8
SEED = 20261121
NO_PROXY = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


@dataclass
class World:
    """A fake Telegram, and the program that is started and ended against it."""

    telegram: FakeTelegramServer
    tmp_path: Path
    settings: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def console(self) -> Any:
        return self.telegram.console

    @property
    def log(self) -> Path:
        return self.tmp_path / "poll.log"

    async def start(self, *args: str) -> subprocess.Popen[str]:
        """Start it and wait until it asks for the first time; the flows it finds are known to be sound."""
        remember_sound(self.tmp_path / "var")
        fetches = self.console.fetches
        process = self.spawn(*args)
        await until(lambda: self.console.fetches > fetches or process.poll() is not None)
        assert process.poll() is None, self.log.read_text("utf-8")
        return process

    def spawn(self, *args: str) -> subprocess.Popen[str]:
        with self.log.open("a", encoding="utf-8") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot", "telegram", "poll", *args],
                cwd=self.tmp_path,
                env=make_env(self.tmp_path, PYTHONPATH=str(ROOT), **self.settings),
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self.started.append(process)
        return process

    async def end(self, process: subprocess.Popen[str], how: signal.Signals) -> int:
        process.send_signal(how)
        return await asyncio.to_thread(process.wait, 60)

    def write(self, text: str, user_id: int = SURVIVOR) -> dict[str, Any]:
        update = self.telegram.make_text_update(user_id, text)
        self.console.push(update)
        return update

    def count_answers(self) -> Counter[int]:
        """Count replies by who got them: the last bubble of each has the buttons."""
        return Counter(sent.chat_id for sent in self.telegram.sent if sent.keys)

    async def expect_no_more(self) -> None:
        """Give a second answer time to arrive: replies are gathered for a second."""
        await asyncio.sleep(2.5)


async def until(happened: Callable[[], bool], timeout_s: float = 240) -> None:
    async with asyncio.timeout(timeout_s):
        while not happened():  # noqa: ASYNC110  # the fake is looked at from outside
            await asyncio.sleep(0.02)


@pytest.fixture
async def world(tmp_path: Path, database_url: str) -> AsyncIterator[World]:
    async with FakeTelegramServer() as telegram:
        settings = {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_BASE": telegram.base_url,
            "FRONTDOOR_DATABASE_URL": database_url,
            **NO_PROXY,
        }
        world = World(telegram, tmp_path, settings)
        try:
            yield world
        finally:
            for process in world.started:
                process.kill()
                await asyncio.to_thread(process.wait)
        telegram.assert_clean()


async def test_a_person_writes_and_is_answered(world: World) -> None:
    """Without a public address; taps too, and the program ends when told, with nothing of it in its log."""
    poll = await world.start()
    world.write("你好，秘密的話")
    await until(lambda: world.count_answers()[SURVIVOR] == 1)
    first = world.telegram.sent[-1]
    await asyncio.sleep(1.1)  # read the question first
    tap = world.telegram.make_tap_update(SURVIVOR, first.keys[0]["callback_data"])
    world.console.push(tap)
    await until(lambda: world.count_answers()[SURVIVOR] == 2)
    assert world.telegram.answered == [tap["callback_query"]["id"]]
    assert await world.end(poll, signal.SIGTERM) == 0
    told = world.log.read_text("utf-8")
    assert "DEMO" in told
    assert "Ctrl-C" in told
    assert world.telegram.token not in told
    assert "秘密" not in told
    assert str(SURVIVOR) not in told.replace(world.telegram.base_url, "")


async def test_ctrl_c_finishes_what_is_in_hand(world: World) -> None:
    """What was stored is answered before it ends, or at the next start."""
    poll = await world.start()
    world.write("你好")
    await until(lambda: not world.console.queue)
    assert await world.end(poll, signal.SIGINT) == 0
    await world.start()
    await until(lambda: world.count_answers()[SURVIVOR] == 1)
    await world.expect_no_more()
    assert world.count_answers()[SURVIVOR] == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_killed_between_receiving_and_storing_nobody_is_lost(world: World, database_url: str) -> None:
    """The database is held while the message is fetched, and the program dies waiting for it."""
    poll = await world.start()
    path = database_url.partition("///")[2]
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        world.write("你好")
        handed = len(world.telegram.requests)
        await until(lambda: len(world.telegram.requests) > handed)
        await asyncio.sleep(0.3)  # it has read the answer and waits
        await world.end(poll, signal.SIGKILL)
        other.execute("ROLLBACK")
    assert (len(world.console.queue), world.telegram.sent) == (1, [])
    await world.start()
    await until(lambda: world.count_answers()[SURVIVOR] == 1)
    await until(lambda: not world.console.queue)
    await world.expect_no_more()
    assert world.count_answers()[SURVIVOR] == 1


async def test_killed_before_confirming_nobody_is_answered_twice(world: World) -> None:
    """Telegram sends again what it does not know to be stored; we do."""
    poll = await world.start()
    update = world.write("你好")
    await until(lambda: world.count_answers()[SURVIVOR] == 1)
    await world.end(poll, signal.SIGKILL)
    world.console.queue = [update]
    await world.start()
    await until(lambda: not world.console.queue)
    await world.expect_no_more()
    assert world.count_answers()[SURVIVOR] == 1


async def test_killed_at_any_moment_nobody_is_answered_twice_or_left_alone(world: World) -> None:
    """
    Telegram takes no idempotency key, so a reply that may have arrived is not sent again.

    Whoever was in the middle of being answered has it, or is answered when they write again.
    """
    moments, everybody = random.Random(SEED), []
    for kill in range(KILLS):
        poll = await world.start()
        people = [1000 * (kill + 1) + number for number in range(PEOPLE)]
        everybody += people
        for user_id in people:
            world.write("你好", user_id)
        await asyncio.sleep(moments.uniform(0.0, 1.6))
        await world.end(poll, signal.SIGKILL)
    await world.start()
    await until(lambda: not world.console.queue)
    await world.expect_no_more()
    assert max(world.count_answers().values()) == 1, f"seed {SEED}"
    unsure = [user_id for user_id in everybody if not world.count_answers()[user_id]]
    for user_id in unsure:
        world.write("還在嗎", user_id)
    await until(lambda: all(world.count_answers()[user_id] for user_id in everybody))


async def test_beside_the_web_program_on_the_same_database_each_is_answered_once(world: World) -> None:
    """Whichever worker takes the letter up."""
    settings = {**world.settings, "TELEGRAM_WEBHOOK_SECRET": "w" * 43}
    serving = run_program("serve", world.tmp_path, **settings)
    with contextlib.ExitStack() as stack:
        await asyncio.to_thread(stack.enter_context, serving)
        await world.start()
        people = list(range(100, 110))
        for user_id in people:
            world.write("你好", user_id)
        await until(lambda: all(world.count_answers()[user_id] for user_id in people))
        await world.expect_no_more()
    assert world.count_answers() == Counter(people)


# ─── What ends it ─────────────────────────────────────────────────────────────


async def fail(world: World, *args: str) -> str:
    process = world.spawn(*args)
    assert await asyncio.to_thread(process.wait, 240) == 2
    last = world.log.read_text("utf-8").splitlines()[-1]
    assert last.startswith("frontdoor: ")
    assert world.telegram.token not in world.log.read_text("utf-8")
    return last


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_webhook_is_named_and_taken_over_when_asked(world: World) -> None:
    """What waits is not dropped."""
    world.console.webhook = {"url": "https://chat.example.org/telegram/webhook"}
    world.write("你好")
    assert "--take-over" in await fail(world)
    assert world.console.webhook
    await world.start("--take-over")
    await until(lambda: world.count_answers()[SURVIVOR] == 1)
    assert world.console.webhook == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_wrong_token_ends_it_in_one_line(world: World) -> None:
    """With the setting, without the token."""
    world.settings["TELEGRAM_BOT_TOKEN"] = "999999:another-token"
    said = await fail(world)
    assert "TELEGRAM_BOT_TOKEN" in said
    assert "another-token" not in world.log.read_text("utf-8")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_of_two_programs_the_later_goes_on(world: World) -> None:
    """The first says why it ends."""
    first = await world.start()
    await world.start()
    assert await asyncio.to_thread(first.wait, 240) == 2
    world.write("你好")
    await until(lambda: world.count_answers()[SURVIVOR] == 1)
    assert "another program fetches" in world.log.read_text("utf-8")


async def test_production_does_not_fetch_without_a_name(tmp_path: Path) -> None:
    """People are told who runs the service."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]  # a developer's own .env must not reach tests
        env="production",
        public_url="https://chat.example.org",
        telegram_bot_token="1:x",
        data_dir=tmp_path / "var",
    )
    with pytest.raises(ConfigError, match=r"operator\.toml"):
        async with open_poll(settings, replace(load_pack_once(), operator="")):
            pass


def test_without_a_token_it_names_the_setting(tmp_path: Path) -> None:
    """Each of the three commands."""
    for command in ("setup", "check", "poll"):
        ran = run_once(tmp_path, "telegram", command)
        assert ran.returncode == 2
        assert "TELEGRAM_BOT_TOKEN" in ran.stderr
        assert "Traceback" not in ran.stderr
