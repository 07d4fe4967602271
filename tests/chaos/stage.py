"""Where a run plays: a fake LINE, the programs, the database, and a crowd that walks as long as it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from bot.channels.taps import encode_tap
from bot.core.inputs import Input, Tapped, Typed
from bot.core.model import ChoiceId, Session, VisitId
from bot.crypto import RootVault
from bot.keys import fill_demo, read_root
from bot.ports import Inbound, Stored
from tests.chaos.clean import Clean, Past, address
from tests.chaos.fleet import ORIGIN, Fleet, Running, open_fleet
from tests.chaos.ledger import Ledger, open_ledger
from tests.chaos.post import Line, Post
from tests.chaos.walker import Scene, Walker
from tests.end_to_end.service import load_pack_once

#: From the first question to the page from which the form is sent. Each is a button or words.
_WAY_TO_SENDING = (
    "safe", "other", "comfort", "next", "yes", "adult", "next", "next", "next", "next", "chat", "=林小雨",
    "=34", "=0912345678", *["skip"] * 7, "done", "done", "skip", "fine", "yes", "yes", "no",
)  # fmt: skip

#: Whoever does more in a minute is told to slow down (SECURITY T14), which is not what is looked at here.
_MOST_EVENTS = 24


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is on the stage: `people` at a time, for `steps` each; `senders`: the share that is about to send a form."""

    people: int = 24
    steps: tuple[int, int] = (4, 18)
    senders: float = 0.1
    patience_s: float = 20.0
    webhook_patience_s: float = 2.0


class Hearer(Protocol):
    """Somebody to whom replies are sent."""

    def hear(self, messages: list[dict[str, Any]]) -> None:
        """See a reply."""
        ...


@dataclass
class Stage:
    """One run's world. Made by `open_stage`."""

    line: Line
    fleet: Fleet
    ledger: Ledger
    post: Post
    scene: Scene
    clean: Clean
    dice: random.Random
    cast: Cast
    walkers: list[Walker] = field(default_factory=list)
    troubled_at: float = -1e9
    is_over: bool = False
    downtimes_s: list[float] = field(default_factory=list)
    takeovers_s: list[float] = field(default_factory=list)
    #: What went wrong how often so far, in earlier pieces of the same too.
    made: Counter[str] = field(default_factory=Counter)
    _by_id: dict[str, Hearer] = field(default_factory=dict)
    _crowd: list[asyncio.Task[None]] = field(default_factory=list)

    def trouble(self) -> None:
        """Note that something is going wrong on purpose."""
        self.troubled_at = time.monotonic()

    async def start(self, *, cold: bool = False, **more: str) -> Running:
        """Start a program; the time until it is ready counts as trouble."""
        self.trouble()
        running = await self.fleet.start(cold=cold, **more)
        self.trouble()
        return running

    def count_replies(self) -> int:
        """Count what anybody has seen so far."""
        return sum(walker.replies for walker in self.walkers)

    def let_them_come(self) -> None:
        """Open the door."""
        self._crowd = [asyncio.create_task(self._live()) for _ in range(self.cast.people)]

    def join(self, *tasks: asyncio.Task[None]) -> None:
        """Let others live among the crowd."""
        self._crowd += tasks

    async def wait_for(self, events: int, *, at_most_s: float = 60.0) -> None:
        """Wait until so many more events were acknowledged."""
        goal = self.post.taken + events
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                while self.post.taken < goal:
                    self._look_after_crowd()
                    await asyncio.sleep(0.005)

    @contextlib.asynccontextmanager
    async def hushed(self) -> AsyncIterator[None]:
        """Let everything that was begun be taken, and nothing begin, as long as this lasts."""
        self.scene.gate.clear()
        try:
            await self.post.settle()
            yield
        finally:
            self.scene.gate.set()

    async def quieten(self) -> None:
        """Let everybody finish what they do, and everything arrive."""
        self.is_over = True
        await asyncio.gather(*self._crowd)
        await self.post.settle()
        await self.wait_until_delivered()

    async def wait_until_delivered(self, at_most_s: float = 120.0) -> None:
        """Wait until no letter is on its way."""
        began = time.monotonic()
        while await self.ledger.count_on_way() and time.monotonic() - began < at_most_s:  # noqa: ASYNC110 - a database tells nobody
            await asyncio.sleep(0.1)

    async def ask_again(self) -> None:
        """Whoever was not answered writes once more, and must hear where they are."""
        unheard = [one for one in self.walkers if not one.is_answered]
        self.scene.seen["asked again"] += len(unheard)
        await asyncio.gather(*(self._insist(one) for one in unheard))
        await self.post.settle()
        await self.wait_until_delivered()

    async def _insist(self, walker: Walker) -> None:
        await walker.do(walker.make("follow", follow={"isUnblocked": False}))
        if not walker.is_answered:
            self.scene.strays.append(f"unanswered: {walker.user_id}, twice")

    def _look_after_crowd(self) -> None:
        for task in self._crowd:
            if task.done():
                task.result()

    async def _live(self) -> None:
        while not self.is_over:
            walker = await self._meet()
            for _ in range(self.dice.randint(*self.cast.steps)):
                if self.is_over or walker.events >= _MOST_EVENTS:
                    break
                await walker.walk(1)
            walker.retire()

    async def _meet(self) -> Walker:
        user_id = f"U{len(self.walkers):08x}{self.dice.getrandbits(96):024x}"
        walker = Walker(user_id, self.scene, random.Random(self.dice.getrandbits(64)))
        if self.dice.random() < self.cast.senders:
            await self._plant(walker)
        self.walkers.append(walker)
        self._by_id[user_id] = walker
        return walker

    async def _plant(self, walker: Walker) -> None:
        """Let somebody stand before the button that sends the form."""
        now = datetime.now(UTC)
        session = replace(
            _stand_before_sending(self.clean), visit=VisitId(secrets.token_hex(4)), seen_at=now, sent_at=now
        )
        await self.ledger.plant(walker.user_id, session)
        walker.pasts = [Past(Stored(session, 1))]
        walker.screen = [encode_tap("send", visit=session.visit, turn=session.turn)]

    def listen(self, user_id: str, hearer: Hearer) -> None:
        """Show somebody else's replies to them."""
        self._by_id[user_id] = hearer

    def hear(self, user_id: str, messages: list[dict[str, Any]]) -> None:
        """Show a reply to whom it was sent."""
        self._by_id[user_id].hear(messages)


@cache
def _stand_before_sending(clean: Clean) -> Session:
    """Walk there without any trouble."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    session = clean.step(None, _act(Typed("hi"), now))
    for step in _WAY_TO_SENDING:
        now += timedelta(seconds=2)
        what = Typed(step[1:]) if step[0] == "=" else Tapped(ChoiceId(step), session.visit, session.turn)
        session = clean.step(session, _act(what, now))
    state = clean.engine.flow.get_state(session.state)
    assert state.find_choice(ChoiceId("send")), f"the way to sending leads to {session.state}"
    return session


def _act(what: Input, now: datetime) -> Inbound:
    return Inbound("line", "Uplanted", "delivery", what, now, reply_to=address("Uplanted", now))


@contextlib.asynccontextmanager
async def open_stage(
    folder: Path,
    url: str,
    *,
    seed: int,
    cast: Cast,
    program_url: str = "",
    origin: str = ORIGIN,
    **settings: str,
) -> AsyncIterator[Stage]:
    """
    Set the stage; no program runs yet. `url` is the ledger's way to the database, `program_url` the program's.

    `origin`: what links begin with.
    """
    dice = random.Random(seed)
    await asyncio.to_thread(fill_demo, folder / "var")
    vault = RootVault(read_root("demo", folder / "var"))
    clean = Clean(load_pack_once(), vault, origin)
    async with contextlib.AsyncExitStack() as stack:
        line = await stack.enter_async_context(Line(random.Random(dice.getrandbits(64))))
        fleet = await stack.enter_async_context(
            open_fleet(
                folder,
                program_url or url,
                LINE_API_BASE=line.base_url,
                FRONTDOOR_PUBLIC_URL=origin,
                **settings,
            )
        )
        ledger = await stack.enter_async_context(open_ledger(url, vault))
        connector = aiohttp.TCPConnector(limit=0)
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector, trust_env=False))
        post = Post(line, fleet.choose, http, random.Random(dice.getrandbits(64)))
        post.patience_s = cast.webhook_patience_s
        stage: Stage
        scene = Scene(line, post, clean, lambda: stage.troubled_at, cast.patience_s)
        stage = Stage(line, fleet, ledger, post, scene, clean, dice, cast)
        line.seen = stage.hear
        try:
            yield stage
        finally:
            for task in (*stage._crowd, *post._tasks):
                task.cancel()
            await asyncio.gather(*stage._crowd, *post._tasks, return_exceptions=True)
