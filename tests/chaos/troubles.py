"""The ways in which things go wrong on purpose. Each makes one trouble and leaves the stage as it should be after it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from bot.failpoints import POINTS
from tests.chaos.databases import Breakable
from tests.chaos.fleet import Running
from tests.chaos.stage import Stage
from tests.fakes.serving import Fault

#: One trouble: number of the round, the stage, its database.
Trouble = Callable[[int, Stage, Breakable], Awaitable[str]]
#: One start in so many is a cold one: how long people wait for a program that imports everything.
COLD_EVERY = 20
_NOT_PASSED = ", not passed"
#: Places that few messages pass: whoever waits for one is not to wait for ever.
_SELDOM = {"after_seal", "in_submit", "after_submit", "in_erase", "in_sweep"}
#: Longer than a frozen program may hold a person on PostgreSQL, and a letter anywhere. Source: store/engine, store/sweep.
_LONGEST_FREEZE_S = 10.0
#: Clear of an hour, from which on the channel's time counts as absurd. Source: channels/wire.
_SPANS_S = (2, 45, 600, 4000, 6 * 3600)
#: Once so many events were taken, it has jumped: not each of them is saved, but most are.
_SURELY_JUMPED = 20
SEND_FAULTS = (
    Fault(status=429), Fault(status=500), Fault(status=503), Fault(drop="before"), Fault(drop="after"), Fault(delay_s=0.3),
    Fault(body=b"<html>"), Fault(status=429, headers={"Retry-After": "1"}),
)  # fmt: skip


async def kill(number: int, stage: Stage, _: Breakable) -> str:
    """Kill it at a random moment under load, and start it again."""
    (running,) = stage.fleet.alive
    await stage.wait_for(stage.dice.randint(20, 85))
    await asyncio.sleep(stage.dice.uniform(0, 0.03))
    await _replace(stage, running, cold=number % COLD_EVERY == 0)
    return "kill -9"


async def strike(_number: int, stage: Stage, _: Breakable) -> str:
    """Let it die at a failpoint, each in its turn, and start it again."""
    return await _strike(_choose_point(stage), stage)


async def _strike(point: str, stage: Stage) -> str:
    (running,) = stage.fleet.alive
    passing = 1 if point in _SELDOM else stage.dice.randint(1, 12)
    deaths = stage.scene.seen["died at start"]
    charged = await _replace(stage, running, FRONTDOOR_FAIL_AT=f"{point}=kill:{passing}")
    if stage.scene.seen["died at start"] > deaths:
        return point
    is_struck = await _wait_until(stage, lambda: not charged.is_there)
    await _replace(stage, charged)
    return point if is_struck else f"{point}{_NOT_PASSED}"


async def err(_number: int, stage: Stage, _: Breakable) -> str:
    """Let a fault that no code expects be raised at a failpoint."""
    (running,) = stage.fleet.alive
    point = _choose_point(stage)
    charged = await _replace(stage, running, FRONTDOOR_FAIL_AT=f"{point}=raise:{stage.dice.randint(1, 5)}")
    await stage.wait_for(stage.dice.randint(30, 80))
    await _replace(stage, charged)
    return point


async def freeze(_number: int, stage: Stage, _: Breakable) -> str:
    """Freeze one of two, anywhere or at a failpoint, until others have gone on in its place; then let it go on."""
    span_s = stage.dice.uniform(1.0, _LONGEST_FREEZE_S)
    point = stage.dice.choice(("", *POINTS))
    oldest, *_rest = stage.fleet.alive
    passing = 1 if point in _SELDOM else stage.dice.randint(1, 8)
    charge = {"FRONTDOOR_FAIL_AT": f"{point}=freeze:{passing}"} if point else {}
    frozen = await _replace(stage, oldest, **charge)
    is_struck = bool(point) and await _wait_until(stage, frozen.has_stopped_itself)
    if not point:
        await stage.wait_for(stage.dice.randint(5, 40))
    frozen.freeze()
    stage.trouble()
    await asyncio.sleep(span_s)
    frozen.thaw()
    if not frozen.ready_s:  # it had met its failpoint before it was ready: how long that took says nothing
        frozen.froze_first = True
        await stage.fleet.wait_until_ready(frozen, time.monotonic())
        if not frozen.is_alive:
            frozen = await stage.start()
    stage.trouble()
    await stage.wait_for(20, at_most_s=_LONGEST_FREEZE_S)
    if point and not is_struck:  # it would stop later, for good, and hold the database as long
        await _replace(stage, frozen)
    return f"frozen {point if is_struck else 'anywhere'}"


async def outage(_number: int, stage: Stage, database: Breakable) -> str:
    """Take the database away for a while."""
    await stage.wait_for(stage.dice.randint(20, 60))
    stage.trouble()
    how = await database.go_away(stage.dice, min(30.0, 1.0 + stage.dice.expovariate(1 / 4)))
    stage.trouble()
    await _measure_return(stage)
    return how


async def full_disk(_number: int, stage: Stage, database: Breakable) -> str:
    """Leave no room for a while; then there is room again, and everything goes on by itself."""
    await stage.wait_for(stage.dice.randint(10, 40))
    stage.trouble()
    how = await database.fill_up(stage.dice, stage.fleet.alive, stage.dice.uniform(0.3, 3.0))
    stage.trouble()
    await _measure_return(stage)
    return how


async def clock(number: int, stage: Stage, _: Breakable) -> str:
    """
    Let the program's clock jump while it works, by seconds or hours, ahead or back; the next one's clock is right again.

    Nobody begins anything between the two, or it would not be known by whose clock it was taken.
    """
    span_s = stage.dice.choice((-1, 1)) * stage.dice.choice(_SPANS_S)
    jump = f"before_save=jump:{span_s}:{stage.dice.randint(1, 5)}"
    (running,) = stage.fleet.alive
    async with stage.hushed():
        charged = await _replace(stage, running, FRONTDOOR_FAIL_AT=jump)
        # Told apart by microseconds from a jump as long in another round.
        jumped = timedelta(seconds=span_s, microseconds=number)
        stage.scene.ahead = (timedelta(0), jumped)
    await stage.wait_for(_SURELY_JUMPED)
    stage.scene.ahead = (jumped,)
    replies = stage.count_replies()
    await stage.wait_for(stage.dice.randint(20, 50))
    if stage.count_replies() == replies:
        stage.scene.strays.append(f"unanswered: everybody, while the clock was wrong by {span_s} s")
    async with stage.hushed():
        await _replace(stage, charged)
        stage.scene.ahead = (timedelta(0),)
    return f"{span_s:+} s"


async def sending(_number: int, stage: Stage, _: Breakable) -> str:
    """Let LINE answer a share of all requests as it does on a bad day."""
    stage.line.kinds, stage.line.faults_share = SEND_FAULTS, stage.dice.choice((0.05, 0.3, 0.9))
    stage.trouble()
    share = stage.line.faults_share
    await stage.wait_for(stage.dice.randint(40, 120))
    stage.line.faults_share = 0.0
    stage.trouble()
    return f"{share:.0%} of what is sent"


async def some(number: int, stage: Stage, _: Breakable) -> str:
    """A random moment and a random failpoint in turn, with a few messages between."""
    if number % 2:
        return await _strike(stage.dice.choice(POINTS), stage)
    (running,) = stage.fleet.alive
    await stage.wait_for(stage.dice.randint(5, 20))
    await _replace(stage, running)
    return "kill -9"


TROUBLES: Mapping[str, Trouble] = {
    "some": some,
    "kill": kill,
    "strike": strike,
    "err": err,
    "freeze": freeze,
    "outage": outage,
    "disk": full_disk,
    "clock": clock,
    "sending": sending,
    "telegram": kill,
}


async def _replace(stage: Stage, running: Running, *, cold: bool = False, **more: str) -> Running:
    """Kill one and start another in its place."""
    stage.trouble()
    running.kill()
    await running.gone()
    began = time.monotonic()
    started = await stage.start(cold=cold, **more)
    while (
        not started.is_alive
    ):  # it met its failpoint before it was ready: so it must be able to start after that
        stage.scene.seen["died at start"] += 1
        started = await stage.start()
    if started.ready_s:  # else it froze before it was
        stage.downtimes_s.append(time.monotonic() - began)
    return started


def _choose_point(stage: Stage) -> str:
    """Choose the place that had its turn least often; one that nobody passed had half a turn."""
    return min(POINTS, key=lambda point: stage.made[point] + stage.made[f"{point}{_NOT_PASSED}"] / 2)


async def _wait_until(stage: Stage, happened: Callable[[], bool], at_most_s: float = 20.0) -> bool:
    began = time.monotonic()
    while not happened() and time.monotonic() - began < at_most_s:  # noqa: ASYNC110 - the system tells nobody
        await asyncio.sleep(0.005)
    stage.trouble()
    return happened()


async def _measure_return(stage: Stage) -> None:
    """Note how long it takes until something is acknowledged again."""
    began = time.monotonic()
    await stage.wait_for(1)
    stage.downtimes_s.append(time.monotonic() - began)
