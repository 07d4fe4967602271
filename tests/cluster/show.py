"""What `make run-cluster` shows: people go on being answered while a replica dies and while all are replaced."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import make_url

from bot.store.grants import grant
from tests.chaos.databases import PostgresServer, _administer
from tests.chaos.fleet import Fleet, Running
from tests.chaos.stage import Cast, Stage, open_stage
from tests.chaos.verdict import Verdict, judge
from tests.cluster.balancer import Balancer, open_balancer

REPLICAS = 3
#: Who is on the stage. People press as soon as they are answered, so few of them are many.
CAST = Cast(people=8, steps=(4, 18), senders=0.1, patience_s=30, webhook_patience_s=10)
FRONT_ROLE, OFFICE_ROLE = "frontdoor_front", "frontdoor_office"
#: Longer than the balancer needs to notice.
_DRAIN_S = 1.0
_GONE_WITHIN_S = 40.0


@dataclass
class Show:
    """One performance. `say` is told what happens; `span_s`: how long each act is looked at. Made by `open_show`."""

    stage: Stage
    balancer: Balancer
    say: Callable[[str], None]
    span_s: float
    _began: float = field(default_factory=time.monotonic)
    _seen: int = 0

    async def play(self) -> Verdict:
        """Play all acts, and judge."""
        await self._start_all()
        self.stage.let_them_come()
        await self._look("people write")
        await self._lose_one()
        await self._replace_all()
        self._tell("everybody finishes what they do")
        await self.stage.quieten()
        await self.stage.ask_again()
        stage = self.stage
        return await judge(stage.walkers, stage.ledger, stage.post, stage.fleet)

    async def _start_all(self) -> None:
        began, fleet = time.monotonic(), self.stage.fleet
        started = [await fleet.launch() for _ in range(REPLICAS)]
        await asyncio.gather(*(fleet.wait_until_ready(one, began) for one in started))
        await self._until_balanced(REPLICAS)
        self._tell(f"{REPLICAS} replicas are ready: {', '.join(one.url for one in started)}")
        self._tell(f"the balancer gives each request to one of them: {self.balancer.url}")

    async def _lose_one(self) -> None:
        victim = self.stage.fleet.alive[1]
        self.stage.trouble()
        victim.kill()
        await self._look(f"kill -9 of {victim.url}")
        await victim.gone()
        self.balancer.remove(victim.url)
        await self.stage.start()
        await self._look("another one in its place")

    async def _replace_all(self) -> None:
        self._tell("rolling restart: a new one is ready before an old one is told to stop")
        for old in self.stage.fleet.alive:
            await self.stage.fleet.start()
            old.end()
            await _see_off(old)
            self.balancer.remove(old.url)
            await self._look(f"{old.url} was replaced")

    async def _until_balanced(self, count: int) -> None:
        while len(self.balancer.ready) < count:  # noqa: ASYNC110 - a balancer tells nobody
            await asyncio.sleep(0.02)

    async def _look(self, what: str) -> None:
        """Let it go on for a while, and until somebody was answered in it."""
        self._tell(what)
        ends_at = time.monotonic() + self.span_s
        while time.monotonic() < ends_at:
            await asyncio.sleep(min(1.0, self.span_s))
            self._tell_figures()
        await self.stage.wait_for(5)

    def _tell_figures(self) -> None:
        replies = sum(one.replies for one in self.stage.walkers)
        waiting = sum(not one.is_answered for one in self.stage.walkers)
        each = " ".join(
            f"{one.url.rpartition(':')[2]}:{'ready' if one.is_ready else 'away'}:{one.served}"
            for one in self.balancer.upstreams.values()
        )
        self._tell(
            f"    {replies - self._seen:4} answers, {waiting} people wait; replicas {each}; told later: {self.balancer.own_503}"
        )
        self._seen = replies

    def _tell(self, what: str) -> None:
        self.say(f"{time.monotonic() - self._began:6.1f} s  {what}")


@contextlib.asynccontextmanager
async def open_show(
    server: object, database: PostgresServer, folder: Path, *, say: Callable[[str], None], seed: int,
    span_s: float = 5.0, port: int = 0, cast: Cast = CAST,
) -> AsyncIterator[Show]:  # fmt: skip
    """Set both roles, listen, and get ready; no replica runs yet. At the end they are told to stop, and waited for."""
    url = await asyncio.to_thread(_set_roles, server, database)
    async with open_balancer(port=port) as balancer:
        opened = open_stage(
            folder,
            database.url,
            seed=seed,
            cast=cast,
            program_url=url,
            origin=balancer.url,
            FRONTDOOR_DRAIN_S=str(_DRAIN_S),
        )
        async with opened as stage:
            stage.fleet.balancer = balancer
            try:
                yield Show(stage, balancer, say, span_s)
            finally:
                await _end_all(stage.fleet)


def _set_roles(server: object, database: PostgresServer) -> str:
    """Let `serve` have the rights of its side and no others. Returns its URL."""
    for role in (FRONT_ROLE, OFFICE_ROLE):
        there = "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL"
        _administer(server, f"DO $$ BEGIN CREATE ROLE {role} LOGIN; {there}; END $$")
    grant(database.url, front_role=FRONT_ROLE, office_role=OFFICE_ROLE)
    return make_url(database.url).set(username=FRONT_ROLE).render_as_string(hide_password=False)


async def _end_all(fleet: Fleet) -> None:
    left = [one for one in fleet.started if one.is_there]
    for one in left:
        one.end()
    await asyncio.gather(*(_see_off(one) for one in left))


async def _see_off(running: Running) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_GONE_WITHIN_S):
            await running.gone()
