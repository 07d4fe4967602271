"""One run from the first program to the verdict, and what is kept of it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.chaos.databases import Breakable
from tests.chaos.replicas import AMONG_REPLICAS
from tests.chaos.stage import Cast, Stage, open_stage
from tests.chaos.telegram import Telegram, TelegramCrowd, open_crowd
from tests.chaos.troubles import TROUBLES
from tests.chaos.verdict import Verdict, judge
from tests.cluster.balancer import open_balancer

#: Two programs share the database where one of them is frozen.
_PROGRAMS = {"freeze": 2}
#: Longer than the balancer needs to notice.
_DRAIN_S = "1.0"
EVERY_TROUBLE = {**TROUBLES, **AMONG_REPLICAS}
#: Incidents that a trouble brings about by its nature.
_EXPECTED = {
    "err": ("turn_failed", "event_failed", "worker_failed", "delivery_failed"),
    "sending": ("delivery_refused",),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What is to go wrong how often. `events`: go on until so many were acknowledged, too.

    `replicas`: so many programs, each delivery to any of them, or `balanced` to whoever is ready; on PostgreSQL only.
    `cold`: what starts first imports everything itself, as it does where nobody hurries.

    A piece of something longer: `at_most_s` after its start no round begins (0: however long it takes), `earlier` is what
    went wrong how often in the pieces before it, and its rounds are counted from `first`.
    """

    trouble: str
    rounds: int
    seed: int
    cast: Cast = field(default_factory=Cast)
    events: int = 0
    duplicates: float = 0.1
    replicas: int = 0
    balanced: bool = False
    cold: bool = True
    at_most_s: float = 0.0
    earlier: Mapping[str, int] = field(default_factory=dict)
    first: int = 0


@dataclass
class Result:
    """What a run found."""

    plan: Plan
    database: str
    verdict: Verdict
    events: int
    duplicates: int
    redelivered: int
    people: int
    replies: int
    handoffs: int
    made: Counter[str]
    ready_warm_s: Sequence[float]
    ready_cold_s: Sequence[float]
    back_s: Sequence[float]
    later_s: Sequence[float]
    answers: dict[int, int]
    letters: dict[str, int]
    met: dict[str, int]
    took_s: float
    takeover_s: Sequence[float] = ()
    tables: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return what is kept."""
        return {
            "trouble": self.plan.trouble,
            "rounds": self.plan.rounds,
            "seed": self.plan.seed,
            "database": self.database,
            "found": self.verdict.counts(),
            "notes": self.verdict.notes[:50],
            "events": self.events,
            "duplicates": self.duplicates,
            "redelivered": self.redelivered,
            "people": self.people,
            "replies": self.replies,
            "handoffs": self.handoffs,
            "made": dict(self.made),
            **{name: spread(values) for name, values in self.times().items()},
            "answers": {str(status): count for status, count in sorted(self.answers.items())},
            "letters": self.letters,
            "met": self.met,
            "took_s": round(self.took_s, 1),
            "replicas": self.plan.replicas or _PROGRAMS.get(self.plan.trouble, 1),
            "tables": self.tables,
        }

    def times(self) -> dict[str, list[float]]:
        """Return every time that was measured, in seconds."""
        measured = {
            "ready_warm_s": self.ready_warm_s,
            "ready_cold_s": self.ready_cold_s,
            "back_s": self.back_s,
            "later_s": self.later_s,
            "takeover_s": self.takeover_s,
        }
        return {name: [round(value, 3) for value in values] for name, values in measured.items()}


async def play(plan: Plan, folder: Path, database: Breakable) -> Result:
    """Play a run through, and judge it."""
    began = time.monotonic()
    drain = {"FRONTDOOR_DRAIN_S": _DRAIN_S} if plan.balanced else {}
    async with contextlib.AsyncExitStack() as around:
        telegram = await around.enter_async_context(Telegram()) if plan.trouble == "telegram" else None
        stage = await around.enter_async_context(_open(plan, folder, database, telegram, **drain))
        await set_programs(plan, stage, around)
        stage.let_them_come()
        crowd = await around.enter_async_context(open_crowd(telegram, stage)) if telegram else None
        await stage.wait_for(10)
        made = await _make_trouble(plan, stage, database, began)
        await stage.quieten()
        await stage.ask_again()
        if crowd:
            await crowd.judge()
        verdict = await judge(
            stage.walkers, stage.ledger, stage.post, stage.fleet, expected=_EXPECTED.get(plan.trouble, ())
        )
        result = await _sum_up(plan, database, stage, verdict, made, time.monotonic() - began)
        return _add_telegram(result, crowd) if crowd else result


@contextlib.asynccontextmanager
async def _open(
    plan: Plan, folder: Path, database: Breakable, telegram: Telegram | None, **settings: str
) -> AsyncIterator[Stage]:
    more = settings | (telegram.settings if telegram else {})
    opened = open_stage(
        folder, database.url, seed=plan.seed, cast=plan.cast, program_url=database.program_url, **more
    )
    async with opened as stage:
        stage.scene.is_rough = plan.trouble in {"freeze", "err", "sending"}
        stage.scene.may_fail = plan.trouble == "err"
        stage.post.duplicates = plan.duplicates
        yield stage


def _add_telegram(result: Result, crowd: TelegramCrowd) -> Result:
    people = crowd.telegram.people.values()
    return replace(
        result,
        events=result.events + crowd.post.taken,
        duplicates=result.duplicates + crowd.post.extra,
        redelivered=result.redelivered + crowd.post.redelivered,
        people=result.people + len(people),
        replies=result.replies + sum(one.replies for one in people),
        met={**result.met, "on Telegram": crowd.post.taken},
    )


async def _make_trouble(plan: Plan, stage: Stage, database: Breakable, began: float) -> Counter[str]:
    """Let it go wrong as often as the plan says, or as there is time for; returns what went wrong how often."""
    stage.made.update(plan.earlier)
    made: Counter[str] = Counter()
    for number in range(plan.first, plan.first + plan.rounds):
        if plan.at_most_s and time.monotonic() - began > plan.at_most_s:
            break
        how = await EVERY_TROUBLE[plan.trouble](number, stage, database)
        made[how] += 1
        stage.made[how] += 1
    done = sum(made.values()) / plan.rounds if plan.rounds else 1.0
    left_s = max(30.0, plan.at_most_s - (time.monotonic() - began)) if plan.at_most_s else 3600.0
    await stage.wait_for(max(20, int(plan.events * done) - stage.post.taken), at_most_s=left_s)
    return made


async def set_programs(plan: Plan, stage: Stage, around: contextlib.AsyncExitStack) -> None:
    """Start as many as the plan has; a balancer ends with `around`."""
    if not plan.replicas:
        for _ in range(_PROGRAMS.get(plan.trouble, 1)):
            await stage.start(cold=plan.cold)
        return
    if plan.balanced:
        stage.fleet.balancer = await around.enter_async_context(open_balancer())
    else:
        stage.fleet.dice = random.Random(stage.dice.getrandbits(64))
    began = time.monotonic()
    started = [await stage.fleet.launch() for _ in range(plan.replicas)]
    await asyncio.gather(*(stage.fleet.wait_until_ready(one, began) for one in started))


async def _sum_up(
    plan: Plan, database: Breakable, stage: Stage, verdict: Verdict, made: Counter[str], took_s: float
) -> Result:
    post, started = stage.post, [one for one in stage.fleet.started if one.ready_s and not one.froze_first]
    return Result(
        plan=plan,
        database=database.name,
        verdict=verdict,
        events=post.taken,
        duplicates=post.extra,
        redelivered=post.redelivered,
        people=len(stage.walkers),
        replies=sum(walker.replies for walker in stage.walkers),
        handoffs=await stage.ledger.count_handoffs(),
        made=made,
        ready_warm_s=[one.ready_s for one in started if not one.cold],
        ready_cold_s=[one.ready_s for one in started if one.cold],
        back_s=stage.downtimes_s,
        later_s=post.later_s,
        answers=dict(post.answers),
        letters=await stage.ledger.list_outcomes(),
        met={**stage.scene.seen, "not judged": verdict.unjudged},
        took_s=took_s,
        takeover_s=stage.takeovers_s,
        tables=await stage.ledger.measure_tables(),
    )


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return how many there are, and the middle, the 99th percentile and the longest, in seconds."""
    if not values:
        return {"count": 0}
    ordered = sorted(values)
    at = {"p50": 0.5, "p99": 0.99, "longest": 1.0}
    found = {
        name: round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)
        for name, share in at.items()
    }
    return {"count": len(ordered), **found}
