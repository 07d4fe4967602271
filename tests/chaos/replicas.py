"""What may happen among several replicas: many of somebody's messages at once, one that dies, all replaced one by one."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.channels.line_events import CHANNEL
from bot.channels.taps import decode_tap
from bot.core.inputs import Tapped
from tests.chaos.databases import Breakable
from tests.chaos.fleet import Running
from tests.chaos.stage import Stage
from tests.chaos.troubles import Trouble

_TURN = re.compile(r"&t=(\d+)")
_WORDS = ("嗯", "1", "2", "我不知道", "謝謝", "好", "hello")
#: Nothing of these leaves a conversation in which every input counts one version.
_LEFT_OUT = {"erase", "leave", "move", "page", "wipe"}
_ONSLAUGHTS, _AT_ONCE, _PEOPLE = 3, 6, 4
#: This only ends what never happens: whatever a dead program held is settled by then. Source: store/sweep.
_AT_MOST_S = 180.0


@dataclass
class Rusher:
    """Somebody who waits for no answer. `turns`: of the questions that they were shown, in the order in which they came."""

    user_id: str
    stage: Stage
    dice: random.Random
    sent: int = 0
    turns: list[int] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)

    def hear(self, messages: list[dict[str, Any]]) -> None:
        items = messages[-1].get("quickReply", {}).get("items", [])
        found = [one["action"]["data"] for one in items if one["action"]["type"] == "postback"]
        self.turns += [int(turn) for data in found[:1] for turn in _TURN.findall(data)]
        self.buttons = [data for data in found if _may_press(data)] or self.buttons

    async def rush(self) -> None:
        """Do many things at once, several times."""
        await self._deliver(1)
        for _ in range(_ONSLAUGHTS):
            await asyncio.gather(*(self._deliver(1) for _ in range(_AT_ONCE - 2)), self._deliver(2))
        await self._wait_until_settled()

    async def _deliver(self, count: int) -> None:
        events = [self._make() for _ in range(count)]
        self.sent += count
        assert await self.stage.post.deliver(*events), "never acknowledged"

    def _make(self) -> dict[str, Any]:
        line = self.stage.line
        if self.buttons and self.dice.random() < 0.5:
            return line.make_event(
                self.user_id, "postback", postback={"data": self.dice.choice(self.buttons)}
            )
        message = {
            "id": str(self.dice.randrange(10**17)),
            "type": "text",
            "text": self.dice.choice(_WORDS),
            "quoteToken": "q",
        }
        return line.make_event(self.user_id, "message", message=message)

    async def _wait_until_settled(self) -> None:
        person = self.stage.clean.vault.person_key(CHANNEL, self.user_id)
        on_way = f"SELECT id FROM outbox WHERE person = '{person}' AND state IN ('new', 'sending')"  # noqa: S608 - a keyed hash
        async with asyncio.timeout(_AT_MOST_S):
            while await self.stage.ledger.rows(on_way):  # noqa: ASYNC110 - a database tells nobody
                await asyncio.sleep(0.1)

    async def judge(self) -> None:
        """Each event moved the conversation once, whichever replica had it, and the last question shown is the one that stands."""
        stored = await self.stage.ledger.look(self.user_id)
        version = stored.version if stored else 0
        if version != self.sent:
            kind = "doubled" if version > self.sent else "lost"
            self._complain(kind, f"{self.sent} events, and the conversation moved {version} times")
        if self.turns != sorted(self.turns):
            self._complain("strayed", f"saw turns {self.turns}: an older question came after a newer one")
        elif stored and not stored.reply_lost and self.turns[-1:] != [stored.session.turn]:
            self._complain("strayed", f"saw turns {self.turns}, and turn {stored.session.turn} stands")

    def _complain(self, kind: str, says: str) -> None:
        self.stage.scene.strays.append(f"{kind}: {self.user_id} {says}")


async def storm(number: int, stage: Stage, _: Breakable) -> str:
    """Let a few people send many things at once, so that replicas meet at the same person, while everybody else goes on."""
    rushers = [
        Rusher(
            f"U{number:08x}{stage.dice.getrandbits(96):024x}",
            stage,
            random.Random(stage.dice.getrandbits(64)),
        )
        for _ in range(_PEOPLE)
    ]
    for one in rushers:
        stage.listen(one.user_id, one)
    await asyncio.gather(*(one.rush() for one in rushers))
    for one in rushers:
        await one.judge()
        stage.line.forget(one.user_id)
    return f"{_PEOPLE} people, up to {_AT_ONCE} events at once"


async def kill_one(_number: int, stage: Stage, _: Breakable) -> str:
    """Kill one of several under load; measure how long letters that it held are nobody's; start another."""
    await stage.wait_for(stage.dice.randint(20, 85))
    await asyncio.sleep(stage.dice.uniform(0, 0.03))
    stage.trouble()
    victim = stage.dice.choice(stage.fleet.alive)
    victim.kill()
    await victim.gone()
    began, held = time.monotonic(), await _list_held(stage)
    await asyncio.gather(_measure_take_over(stage, held, began), stage.start())
    _forget(stage, victim)
    return "kill -9 of one"


async def rolling(_number: int, stage: Stage, _: Breakable) -> str:
    """
    Put a new program in the place of each, one after another: ready first, then the old one is told to stop.

    Nothing may be lost by it, so this is not said to be trouble.
    """
    for old in stage.fleet.alive:
        await stage.wait_for(stage.dice.randint(4, 20))
        await stage.fleet.start()
        old.end()
        async with asyncio.timeout(_AT_MOST_S):
            await old.gone()
        _forget(stage, old)
    return "all replaced"


AMONG_REPLICAS: Mapping[str, Trouble] = {"storm": storm, "kill one": kill_one, "rolling": rolling}


def _forget(stage: Stage, gone: Running) -> None:
    if stage.fleet.balancer:
        stage.fleet.balancer.remove(gone.url)


async def _list_held(stage: Stage) -> set[str]:
    return {row.id for row in await stage.ledger.rows("SELECT id FROM outbox WHERE state = 'sending'")}


async def _measure_take_over(stage: Stage, held: set[str], began: float) -> None:
    """Whoever is alive finishes what they hold in milliseconds; what stays was the dead one's."""
    while held and time.monotonic() - began < _AT_MOST_S:
        await asyncio.sleep(0.05)
        held &= await _list_held(stage)
    stage.takeovers_s.append(time.monotonic() - began)


def _may_press(data: str) -> bool:
    tap = decode_tap(data)
    return isinstance(tap, Tapped) and tap.id not in _LEFT_OUT
