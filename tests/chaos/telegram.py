"""
Telegram as it delivers: an update that was not answered with 2xx comes again, and some come twice.

Its people wait for each answer, so that what is wrong shows without a clean run: each update moves their conversation
once, and is answered once at most. It has no reply token: a reply that may have arrived when a program died is not sent
again, and whoever heard nothing is answered when they write once more.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from bot.channels.taps import decode_tap
from bot.channels.telegram_updates import CHANNEL, SECRET_HEADER
from bot.core.inputs import Tapped
from tests.chaos.post import Event, Post
from tests.chaos.stage import Stage
from tests.fakes.telegram_server import FakeTelegramServer

_SECRET = "a" * 43
_WORDS = ("嗯", "1", "2", "我不知道", "謝謝", "好", "hello")
#: Nothing of these leaves a conversation in which every input counts one version.
_LEFT_OUT = {"erase", "leave", "move", "page", "wipe", "withdraw", "send"}
#: Longer than a letter that a dead program held is kept from being settled. Source: store/sweep.
_PATIENCE_S = 60.0
_MOST_STEPS = 16
_UPDATE = "update"


class Telegram(FakeTelegramServer):
    """A strict Telegram that keeps nothing but what is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[int, Texter] = {}

    def _record(self, *_: object) -> None:
        """Keep nothing: there are too many."""

    def _send_message(self, parameters: dict[str, str]) -> dict[str, Any]:
        posted = super()._send_message(parameters)
        sent = self.sent.pop()
        if sent.keys:  # the last part of a reply carries its buttons
            self.people[sent.chat_id].hear([key["callback_data"] for key in sent.keys])
        return posted

    @property
    def settings(self) -> dict[str, str]:
        """Return what the program has to know of it."""
        return {
            "TELEGRAM_API_BASE": self.base_url,
            "TELEGRAM_BOT_TOKEN": self.token,
            "TELEGRAM_WEBHOOK_SECRET": _SECRET,
        }


class UpdatePost(Post):
    """Delivers one update in one body, and that one again."""

    async def _send(self, events: list[Event], *, again: bool) -> int:
        (event,) = events
        headers = {"content-type": "application/json", SECRET_HEADER: _SECRET}
        status = await self._post(json.dumps(event[_UPDATE], ensure_ascii=False).encode(), headers)
        self.answers[status] += 1
        return status


@dataclass
class Texter:
    """Somebody who waits for each answer. `heard`: replies since they last did something."""

    user_id: int
    crowd: TelegramCrowd
    dice: random.Random
    sent: int = 0
    replies: int = 0
    heard: int = 0
    buttons: list[str] = field(default_factory=list)
    _vain: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, buttons: list[str]) -> None:
        self.heard += 1
        self.replies += 1
        self.buttons = [data for data in buttons if _may_press(data)]
        if self.heard > 1:
            self._complain("doubled", f"saw {self.heard} replies to update {self.sent}")
        self._arrived.set()

    async def act(self) -> None:
        """Do something, and wait until it is answered, or until it never will be."""
        telegram = self.crowd.telegram
        self._arrived.clear()
        self.heard = 0
        self.sent += 1
        if self._vain or not self.buttons:
            update = telegram.make_text_update(self.user_id, "/start")
        elif self.dice.random() < 0.3:
            update = telegram.make_text_update(self.user_id, self.dice.choice(_WORDS))
        else:
            update = telegram.make_tap_update(self.user_id, self.dice.choice(self.buttons))
        kind = "callback" if "callback_query" in update else "message"
        await self.crowd.post.deliver({"webhookEventId": f"{update['update_id']}:{kind}", _UPDATE: update})
        await self._listen()

    async def _listen(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._arrived.wait()
        except TimeoutError:
            self._vain += 1
            self.crowd.stage.scene.seen["waited in vain on Telegram"] += 1
            if self._vain > 1:
                self._complain("unanswered", f"twice, at update {self.sent}")
        else:
            self._vain = 0

    async def judge(self) -> None:
        """Each update moved the conversation once."""
        stored = await self.crowd.stage.ledger.look(str(self.user_id), CHANNEL)
        version = stored.version if stored else 0
        if version != self.sent:
            kind = "doubled" if version > self.sent else "lost"
            self._complain(kind, f"{self.sent} updates, and the conversation moved {version} times")

    def _complain(self, kind: str, says: str) -> None:
        self.crowd.stage.scene.strays.append(f"{kind}: Telegram's {self.user_id} {says}")


@dataclass
class TelegramCrowd:
    """Everybody who is on Telegram. Made by `open_crowd`."""

    telegram: Telegram
    stage: Stage
    post: UpdatePost

    async def live(self) -> None:
        """Be one after another, until it is over; whoever was not answered writes once more."""
        dice = random.Random(self.stage.dice.getrandbits(64))
        while not self.stage.is_over:
            one = Texter(1_000 + len(self.telegram.people), self, dice)
            self.telegram.people[one.user_id] = one
            for _ in range(dice.randint(3, _MOST_STEPS)):
                await one.act()
                if self.stage.is_over:
                    break
            if not one.heard:
                await one.act()

    async def judge(self) -> None:
        """Look at everybody, and at every update that was acknowledged."""
        await self.post.settle()
        vault, taken = self.stage.ledger.vault, await self.stage.ledger.list_taken()
        for event_id in self.post.taken_ids:
            if vault.event_key(CHANNEL, event_id) not in taken:
                self.stage.scene.strays.append(f"lost: {event_id} was acknowledged and is not stored")
        for one in self.telegram.people.values():
            await one.judge()
        self.stage.scene.strays += self.telegram.violations


@contextlib.asynccontextmanager
async def open_crowd(telegram: Telegram, stage: Stage) -> AsyncIterator[TelegramCrowd]:
    """Let as many people come on Telegram as there are on LINE; they end with the stage's own crowd."""
    line = stage.post
    post = UpdatePost(stage.line, stage.fleet.choose, line.http, random.Random(stage.dice.getrandbits(64)))
    post.path, post.gathered, post.patience_s = "/telegram/webhook", 0.0, 10 * line.patience_s
    crowd = TelegramCrowd(telegram, stage, post)
    stage.join(*(asyncio.create_task(crowd.live()) for _ in range(stage.cast.people)))
    try:
        yield crowd
    finally:
        for task in post._tasks:
            task.cancel()
        await asyncio.gather(*post._tasks, return_exceptions=True)


def _may_press(data: str) -> bool:
    tap = decode_tap(data)
    return isinstance(tap, Tapped) and tap.id not in _LEFT_OUT
