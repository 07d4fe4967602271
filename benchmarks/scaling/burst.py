"""
A night on which a case is in the news, played with random numbers and the measured cost of a message.

Each message passes a replica, which does one thing at a time, then PostgreSQL, which has some cores, then the disk, for
which everybody waits together. Every place serves in the order of arrival, so each can be computed after the one before.
Nobody waits for an answer before the next message, and nothing is refused: both make the queue longer than it would be.
"""

from __future__ import annotations

import bisect
import heapq
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: LINE takes a later answer for none. Source: LINE guidelines, 2 s.
TOO_LATE_S = 2.0


@dataclass(frozen=True, slots=True)
class Service:
    """
    What a message costs, in milliseconds: of a replica's core, of PostgreSQL's, and of waiting for the disk.

    `shape` are measured times of answers, as (share of all, ms): what varies is taken to vary as these do.
    """

    cpu_ms: float
    database_ms: float
    disk_ms: float
    shape: tuple[tuple[float, float], ...]

    def draw(self, dice: random.Random) -> float:
        """Return how heavy one message is; the mean of many is 1."""
        return _interpolate(self.shape, dice.random()) / self.mean_ms

    @property
    def mean_ms(self) -> float:
        """The mean of the shape."""
        steps = zip(self.shape, self.shape[1:], strict=False)
        return sum((more[0] - less[0]) * (less[1] + more[1]) / 2 for less, more in steps)


@dataclass(frozen=True, slots=True)
class Night:
    """
    Who comes. `people` hear of it at `news_at_s`, and half of those who still will have come after each `half_life_s`.

    Before and beside it `base_per_minute` people come. Each sends `messages`, one every `pause_s` on average.
    """

    people: int = 100_000
    news_at_s: float = 120.0
    half_life_s: float = 600.0
    base_per_minute: float = 3.0
    messages: int = 12
    pause_s: float = 8.0
    lasts_s: float = 1800.0

    def arrive(self, dice: random.Random) -> list[float]:
        """Return the moments of all messages, in order."""
        moments = (at for begins_at in self._list_people(dice) for at in self._write(begins_at, dice))
        return sorted(at for at in moments if at < self.lasts_s)

    def _list_people(self, dice: random.Random) -> Iterator[float]:
        for _ in range(self.people):
            yield self.news_at_s + dice.expovariate(math.log(2) / self.half_life_s)
        at = dice.expovariate(self.base_per_minute / 60)
        while at < self.lasts_s:
            yield at
            at += dice.expovariate(self.base_per_minute / 60)

    def _write(self, begins_at: float, dice: random.Random) -> Iterator[float]:
        at = begins_at
        for _ in range(self.messages):
            yield at
            at += dice.expovariate(1 / self.pause_s)


@dataclass(frozen=True, slots=True)
class Waits:
    """How long messages waited until they were answered: (when it came, seconds), in the order of their ends."""

    each: tuple[tuple[float, float], ...]

    def rank(self, share: float) -> float:
        """Return the wait that a share of all did not exceed, in seconds."""
        return find_rank([wait for _, wait in self.each], share)

    @property
    def late_share(self) -> float:
        """Which share was answered later than LINE waits."""
        return sum(wait > TOO_LATE_S for _, wait in self.each) / max(len(self.each), 1)

    def ranks_by_time(self, share: float, step_s: float) -> list[tuple[float, float]]:
        """Return the same rank for each span of time in which messages came."""
        spans: dict[int, list[float]] = {}
        for at, wait in self.each:
            spans.setdefault(int(at // step_s), []).append(wait)
        return [(number * step_s, find_rank(waits, share)) for number, waits in sorted(spans.items())]


def play(
    arrivals: Sequence[float], service: Service, *, replicas: int, database_cores: int, dice: random.Random
) -> Waits:
    """Let everything be answered, however long it takes."""
    free = [0.0] * replicas
    stored: list[tuple[float, float, float]] = []
    for number, at in enumerate(arrivals):
        mine, weight = number % replicas, service.draw(dice)
        free[mine] = max(at, free[mine]) + weight * service.cpu_ms / 1000
        stored.append((free[mine], at, weight))
    stored.sort()
    cores = [0.0] * database_cores
    waits = []
    for ready_at, at, weight in stored:
        done_at = max(ready_at, cores[0]) + weight * service.database_ms / 1000
        heapq.heapreplace(cores, done_at)
        waits.append((at, done_at + service.disk_ms / 1000 - at))
    return Waits(tuple(waits))


def find_peak(arrivals: Sequence[float], span_s: float = 10.0) -> float:
    """Return the most messages a second over a span."""
    most = max((bisect.bisect_left(arrivals, at + span_s) - n for n, at in enumerate(arrivals)), default=0)
    return most / span_s


def find_rank(values: Sequence[float], share: float) -> float:
    """Return the value that a share of all does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _interpolate(shape: Sequence[tuple[float, float]], share: float) -> float:
    place = max(1, bisect.bisect_left(shape, (share, 0.0)))
    (low, less), (high, more) = shape[place - 1], shape[min(place, len(shape) - 1)]
    return less if high <= low else less + (more - less) * (share - low) / (high - low)
