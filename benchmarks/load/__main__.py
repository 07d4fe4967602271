"""Run one job: `python -m benchmarks.load` reads it as JSON from standard input and prints what it found."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import json
import random
import sys
import time
from collections import deque
from collections.abc import Awaitable
from typing import Any

import uvloop

from benchmarks.load.clock import FineClock
from benchmarks.load.crowd import Crowd, Job
from benchmarks.load.ledger import PATIENCE_S, Entry, summarise
from benchmarks.load.speech import Began, Person, Wrote
from benchmarks.load.work import cpu_seconds

#: Nobody reads and presses faster than this.
_THINK_S = 1.0
#: An answer that comes twice comes soon.
_AFTERMATH_S = 0.5
#: What one wrote without end is answered once they pause, and nobody waits for that; in the next job it would be strange.
_LAST_WORDS_S = 4.0


@dataclasses.dataclass(slots=True)
class Window:
    """When it is measured, and the work of each named tree within that time."""

    begin: float
    end: float
    cpu_s: dict[str, float] = dataclasses.field(default_factory=dict)

    async def watch(self, pids: dict[str, list[int]]) -> None:
        """Measure the work from the begin to the end."""
        await asyncio.sleep(self.begin - time.monotonic())
        before = _measure_work(pids)
        await asyncio.sleep(self.end - time.monotonic())
        self.cpu_s = _subtract(_measure_work(pids), before)

    async def hold(self, walk: Awaitable[None], pids: dict[str, list[int]]) -> None:
        """Measure the work of a walk from its first event to its last, however long it takes."""
        before, self.begin = _measure_work(pids), time.monotonic()
        await walk
        self.cpu_s, self.end = _subtract(_measure_work(pids), before), time.monotonic()


def _measure_work(pids: dict[str, list[int]]) -> dict[str, float]:
    return {name: cpu_seconds(roots) for name, roots in pids.items()}


def _subtract(after: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    return {name: after[name] - before[name] for name in after}


async def run(job: Job) -> dict[str, Any]:
    """Run a job to its end, and wait for the last answers."""
    crowd = Crowd(job)
    feed = await crowd.listen()
    watching = asyncio.create_task(crowd.ledger.watch())
    start = time.monotonic()
    window = Window(start + job.warm_s, start + job.warm_s + job.measure_s)
    flooding = asyncio.create_task(_flood(crowd, window)) if job.flood else None
    walk = _walk_open if job.mode == "open" else _walk_closed
    if job.events:
        await window.hold(walk(crowd, window), job.pids)
    else:
        await asyncio.gather(walk(crowd, window), window.watch(job.pids))
    if flooding:
        await flooding
    await asyncio.sleep(_LAST_WORDS_S if flooding else _AFTERMATH_S)
    watching.cancel()
    if feed.lost.done():
        raise RuntimeError("the fake API ended before the load did")
    return _report(crowd, window)


async def _walk_closed(crowd: Crowd, window: Window) -> None:
    """People side by side, each waiting for every answer, until the time or the number of events is over."""
    left = [crowd.job.events or sys.maxsize]
    await asyncio.gather(*(_live(crowd, window, left) for _ in range(crowd.job.people)))


async def _live(crowd: Crowd, window: Window, left: list[int]) -> None:
    while True:
        person = crowd.meet()
        while (act := crowd.choose(person)) is not None:
            is_over = time.monotonic() >= window.end and not crowd.job.events
            if is_over or left[0] <= 0:
                return
            left[0] -= 1
            if not await crowd.exchange(person, act, time.monotonic()):
                break


async def _walk_open(crowd: Crowd, window: Window) -> None:
    """Begin events at moments that do not depend on the answers; each waits from the moment it was meant for."""
    clock, chance = FineClock(), random.Random(crowd.job.seed)  # noqa: S311  # nobody's secret: the same walk again
    idle: deque[tuple[float, Person]] = deque()
    visits: set[asyncio.Task[None]] = set()
    moment = time.monotonic()
    while moment < window.end:
        await clock.until(moment)
        visit = asyncio.create_task(_visit(crowd, idle, moment))
        visits.add(visit)
        visit.add_done_callback(visits.discard)
        moment += chance.expovariate(crowd.job.rate)
    await asyncio.gather(*visits)
    clock.close()


async def _visit(crowd: Crowd, idle: deque[tuple[float, Person]], since: float) -> None:
    """Let somebody do one thing: who is ready for the next, or else somebody new."""
    act = None
    while act is None:
        is_back = bool(idle) and idle[0][0] <= since
        person = idle.popleft()[1] if is_back else crowd.meet()
        act = crowd.choose(person)
    if await crowd.exchange(person, act, since):
        idle.append((time.monotonic() + _THINK_S, person))


async def _flood(crowd: Crowd, window: Window) -> None:
    """One person writes without end, from the begin of the warm-up."""
    clock = FineClock()
    # Nobody who flooded a moment ago, and has used up what is theirs.
    person = Person(10**9 + time.monotonic_ns() % 10**9)
    await crowd.exchange(person, Began(), time.monotonic())
    sent: set[asyncio.Task[None]] = set()
    moment = time.monotonic()
    while moment < window.end:
        await clock.until(moment)
        task = asyncio.create_task(crowd.send_only(person, Wrote("喂")))
        sent.add(task)
        task.add_done_callback(sent.discard)
        moment += 1 / crowd.job.flood
    await asyncio.gather(*sent)
    crowd.ledger.give_up(older_than=time.monotonic() - PATIENCE_S)
    clock.close()


def _report(crowd: Crowd, window: Window) -> dict[str, Any]:
    job, ledger = crowd.job, crowd.ledger
    measured = [entry for entry in ledger.done if entry.counts]
    if not job.events:
        measured = ledger.within(window.begin, window.end)
    elapsed_s = window.end - window.begin
    return {
        "mode": job.mode,
        "events": len(measured),
        "seconds": round(elapsed_s, 3),
        "per_second": round(len(measured) / elapsed_s, 1) if elapsed_s > 0 else 0.0,
        "people": crowd.met,
        "all_events": len(ledger.done),
        "lost": ledger.lost,
        "untaken": ledger.untaken,
        "doubled": ledger.doubled,
        "strange": ledger.strange,
        "refused": ledger.refused,
        "broken": ledger.broken,
        "again": ledger.again,
        "webhook_ms": summarise([_ms(entry, entry.answered_at) for entry in measured if entry.answered_at]),
        "reply_ms": summarise([_ms(entry, entry.arrived_at) for entry in measured]),
        "cpu_s": {name: round(spent, 3) for name, spent in window.cpu_s.items()},
    }


def _ms(entry: Entry, moment: float) -> float:
    return (moment - entry.since) * 1000


def main() -> None:
    """Read the job, run it, print what was found as one line of JSON."""
    job = Job(**json.load(sys.stdin))
    gc.freeze()
    print(json.dumps(uvloop.run(run(job))))


if __name__ == "__main__":
    main()
