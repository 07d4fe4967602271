"""
People who walk: each presses a choice that the last answer offered, a few times, and then somebody new comes.

So there are thousands of them, and nobody of them is quicker than a thumb for long.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.fake_api import ACKNOWLEDGED, SPENT_TOKEN
from benchmarks.load.ledger import Ledger
from benchmarks.load.speech import (
    Act,
    Began,
    LineSpeech,
    Person,
    Pressed,
    Speech,
    TelegramSpeech,
    Wrote,
    name_choice,
)
from benchmarks.load.wire import Broken, Feed, Target

#: A platform sends again what was refused, ever more slowly, and not for ever.
_REPEAT_AFTER_S, _REPEAT_AT_MOST_S, _REPEATS = 0.1, 2.0, 30
_WORDS = ("他說要傳出去", "我好怕", "我不知道怎麼辦", "可以找誰", "照片被放上網了")


@dataclass(frozen=True, slots=True)
class Job:
    """
    What to measure.

    `targets`: webhook addresses, taken in turn. `taps`: events of a person before somebody new comes. `known`:
    as many people are stored already and come back at random; 0: everybody is new. `avoid`: choices nobody
    presses. `people`: side by side (closed), `rate`: arrivals in a second (open). `flood`: messages of one
    more person in a second. `pids`: whose work is measured, by name.
    """

    mode: str
    targets: tuple[str, ...]
    feed: int
    speech: str = "line"
    people: int = 64
    rate: float = 0.0
    taps: int = 12
    known: int = 0
    first_person: int = 0
    seed: int = 1
    warm_s: float = 1.0
    measure_s: float = 3.0
    events: int = 0
    delay_ms: float = 0.0
    flood: float = 0.0
    typed: bool = False
    avoid: tuple[str, ...] = ()
    pids: dict[str, list[int]] = field(default_factory=dict)


class Crowd:
    """The people of one job, with their phones."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.ledger = Ledger()
        run = time.time_ns() // 1000 % (1 << 40)
        self.speech: Speech = LineSpeech(run) if job.speech == "line" else TelegramSpeech(run)
        self._targets = itertools.cycle([Target(url) for url in job.targets])
        self._avoid = frozenset(job.avoid)
        self._chance = random.Random(job.seed)  # noqa: S311  # nobody's secret: the same walk again
        self._numbers = self._draw_numbers()
        self._is_set = asyncio.Event()
        self.met = 0

    async def listen(self) -> Feed:
        """Connect to the fake API, and tell it how slow it is."""
        loop = asyncio.get_running_loop()
        _, feed = await loop.create_connection(lambda: Feed(self._hear), "127.0.0.1", self.job.feed)
        feed.transport.write(b'{"delay_ms": %f}\n' % self.job.delay_ms)
        await self._is_set.wait()
        return feed

    def meet(self) -> Person:
        """Let somebody come: somebody new, or one of those who are stored."""
        self.met += 1
        return Person(next(self._numbers))

    def _draw_numbers(self) -> Iterator[int]:
        """
        New people; or those who are stored, each before anybody comes again.

        Two phones of one person press one button once. So there should be many more of them than come side by side.
        """
        if not self.job.known:
            return itertools.count(self.job.first_person)
        stored = list(range(self.job.known))
        self._chance.shuffle(stored)
        return itertools.cycle(stored)

    def choose(self, person: Person) -> Act | None:
        """Say what somebody does next. None: there is nothing to press, or it is enough."""
        if person.events == 0:
            return Began()
        if person.events >= self.job.taps:
            return None
        if self.job.typed:
            return Wrote(self._chance.choice(_WORDS))
        offered = [data for data in person.buttons if name_choice(data) not in self._avoid]
        return Pressed(self._chance.choice(offered)) if offered else None

    async def exchange(self, person: Person, act: Act, since: float) -> bool:
        """Do one thing and wait for the answer. False: there was none."""
        delivery = self.speech.write(person, act)
        entry = self.ledger.expect(delivery.key, since)
        person.events += 1
        await self._deliver(delivery, entry)
        body = await entry.arrived
        if body is None:
            return False
        person.buttons = self.speech.read(body)[1]
        self.ledger.done.append(entry)
        return True

    async def send_only(self, person: Person, act: Act) -> None:
        """Do one thing and wait for no answer: a flood gets fewer answers than it has messages."""
        delivery = self.speech.write(person, act)
        entry = self.ledger.expect(delivery.key, time.monotonic(), counts=False)
        await self._deliver(delivery, entry)

    async def _deliver(self, delivery: Any, entry: Any) -> None:
        """Deliver as a platform does: again after a refusal, until it is taken."""
        target = next(self._targets)
        for number in range(_REPEATS):
            try:
                status = await target.post(target.write(delivery.headers, delivery.body))
            except Broken:
                self.ledger.broken += 1
                status = 0
            if 200 <= status < 300:
                entry.answered_at = time.monotonic()
                return
            self.ledger.refused += bool(status)
            entry.refused += 1
            delivery = self.speech.repeat(delivery)
            await asyncio.sleep(min(_REPEAT_AFTER_S * 2**number, _REPEAT_AT_MOST_S))

    def _hear(self, moment: float, kind: int, body: bytes) -> None:
        if kind == ACKNOWLEDGED:
            self._is_set.set()
        elif kind == SPENT_TOKEN:
            self.ledger.again += 1
        else:
            self.ledger.arrive(self.speech.read(body)[0], moment, body)
