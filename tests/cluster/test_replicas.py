"""R4, R5, R27 in small: real replicas on one real PostgreSQL. More: `make cluster-figures`."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.store import migrate
from tests.chaos.databases import PostgresServer, open_postgres
from tests.chaos.run import Plan, play
from tests.chaos.stage import Cast, Stage, open_stage
from tests.chaos.verdict import judge
from tests.chaos.walker import Walker
from tests.cluster.show import open_show
from tests.store.later import ADDITIONS, ROLLING, stamp

pytestmark = pytest.mark.postgres
#: A busy machine is slow; what is judged does not depend on it.
SMALL = Cast(people=5, steps=(3, 10), senders=0.3, patience_s=30, webhook_patience_s=10)
#: Nor anybody who is about to send a form: they would begin anew with version 1.
NOBODY = Cast(people=0, senders=0, patience_s=60, webhook_patience_s=10)


@pytest.fixture
async def database(postgres_server: Any) -> AsyncIterator[PostgresServer]:
    async with open_postgres(postgres_server) as behind_wire:
        yield behind_wire


async def test_replicas_meet_at_the_same_people(database: PostgresServer, tmp_path: Path) -> None:
    """R4: 20 % duplicates, many events of one person at once, in any of four replicas: none lost, none twice, in order."""
    seed = secrets.randbelow(10**6)
    plan = Plan("storm", 1, seed, SMALL, events=20, duplicates=0.2, replicas=4)
    result = await play(plan, tmp_path, database)
    assert result.duplicates
    assert result.verdict.is_clean, (f"seed {seed}", result.verdict.counts(), result.verdict.notes[:5])


async def test_all_replicas_are_replaced_and_nobody_notices(
    postgres_server: Any, database: PostgresServer, tmp_path: Path
) -> None:
    """
    R27, `make run-cluster`: one dies, then each is replaced behind the balancer; 0 lost, 0 doubled, everybody is answered.

    Meanwhile a later release migrates, and all of them go on, also those that start after it.
    """
    seed, said, migrating = secrets.randbelow(10**6), [], []

    def hear(what: str) -> None:
        said.append(what)
        if "rolling restart" in what:
            migrating.append(asyncio.create_task(stamp(database.url, ROLLING, *ADDITIONS)))

    opened = open_show(postgres_server, database, tmp_path, say=hear, seed=seed, span_s=0.2, cast=SMALL)
    async with opened as show:
        verdict = await show.play()
        await asyncio.gather(*migrating)
        assert migrate.current(database.url) == ROLLING
        assert show.stage.post.taken > 0
        assert len([one for one in show.stage.fleet.started if one.is_there]) == 3
    assert not [one for one in show.stage.fleet.started if one.is_there], "everything has ended"
    assert verdict.is_clean, (f"seed {seed}", verdict.counts(), verdict.notes[:5], said[-8:])


@pytest.fixture
async def stage(database: PostgresServer, tmp_path: Path) -> AsyncIterator[Stage]:
    opened = open_stage(
        tmp_path, database.url, seed=secrets.randbelow(10**6), cast=NOBODY, program_url=database.program_url
    )
    async with opened as stage:
        stage.post.duplicates = stage.post.gathered = 0.0
        yield stage


async def meet(stage: Stage) -> Walker:
    """Let somebody come who does only what a test says."""
    walker = await stage._meet()
    await walker.do(walker.make("follow", follow={"isUnblocked": False}))
    return walker


async def test_a_frozen_replica_that_resumes_writes_nothing(stage: Stage) -> None:
    """R5: it stops with somebody's row in its hands; another one takes the message; what it wakes up with is refused."""
    first = await stage.start()
    walker = await meet(stage)
    (button, *_) = walker.screen
    frozen = await stage.start(FRONTDOOR_FAIL_AT="before_commit=freeze:1")
    stage.post.choose = lambda: (first if frozen.has_stopped_itself() else frozen).url
    stage.scene.is_rough = True
    await walker.do(walker.press(button))
    assert frozen.has_stopped_itself(), "it never met the failpoint"
    frozen.thaw()
    stage.post.choose = lambda: first.url
    await stage.quieten()
    async with asyncio.timeout(60):
        await _until_it_answers(stage, frozen.url)
    await stage.quieten()
    verdict = await judge(stage.walkers, stage.ledger, stage.post, stage.fleet)
    stored = await stage.ledger.look(walker.user_id)
    assert stored
    assert (stored.version, walker.replies) == (2, 2)
    assert verdict.is_clean, (verdict.counts(), verdict.notes[:5])


async def _until_it_answers(stage: Stage, url: str) -> None:
    """Whoever answers again has lost what it held."""
    while True:
        async with stage.fleet.http.get(f"{url}/readyz") as answer:
            if answer.status == 200:
                return
        await asyncio.sleep(0.05)
