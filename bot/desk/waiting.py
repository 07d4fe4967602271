"""
What nobody has opened yet, handoffs and requests about them, and the alarm about it: after 15 minutes, 4 hours, 24 hours.

Times in the database are full hours (ADR 0019). The program remembers when it first saw an id, so it warns to the minute; after
a restart it counts from the full hour, rather early than late. A database that can be read and not written, and a clock that is
put back, silence nothing. See ADR 0029. Source: SECURITY §6, R29.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.log import log_incident
from bot.ports import Clock, DeskStore, Unopened

_log = logging.getLogger(__name__)
#: From then on it is an alarm of the first, second, third level.
LEVELS: Final = (timedelta(minutes=15), timedelta(hours=4), timedelta(hours=24))
#: What a time of the database may be earlier than the truth.
_HOUR: Final = timedelta(hours=1)
#: Seconds of a clock that only ever goes on.
Monotonic = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Heap:
    """
    How many wait, for how long the oldest does, and the level of the alarm.

    `oldest` counts from the full hour in which it came: up to an hour more than the truth. `level`: 0 (none) to 3.
    """

    count: int = 0
    oldest: timedelta = timedelta(0)
    level: int = 0

    @property
    def hours(self) -> int:
        """Full hours that the oldest waits."""
        return self.oldest // _HOUR


@dataclass(frozen=True, slots=True)
class Waiting(Heap):
    """Handoffs that nobody has opened. `asked`: requests, to withdraw or to correct, that nobody has read."""

    asked: Heap = field(default_factory=Heap)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self.count and not self.asked.count


@dataclass(frozen=True, slots=True)
class Round:
    """What one look at the database found. `news`: something came, or a level was reached, that nobody was told of."""

    waiting: Waiting
    news: bool


def find_level(age: timedelta) -> int:
    """Return the level that is reached by what nobody opened for so long."""
    return sum(age >= level for level in LEVELS)


def level_of(row: Unopened, now: datetime) -> int:
    """Return the level of one as a page shows it: what was noted, or what its age leaves no doubt about."""
    return max(min(row.alerts, len(LEVELS)), find_level(now - row.created_at - _HOUR))


async def count_waiting(handoffs: DeskStore, now: datetime) -> Waiting:
    """Count for a page what nobody has opened. Nothing is opened or noted for it. StoreDown."""
    return _count(await handoffs.list_unopened(), await handoffs.list_unseen(), now, {})


def _count(
    unopened: Sequence[Unopened], unseen: Sequence[Unopened], now: datetime, levels: dict[str, int]
) -> Waiting:
    count, oldest, level = _sum_up(unopened, now, levels)
    return Waiting(count, oldest, level, Heap(*_sum_up(unseen, now, levels)))


def _sum_up(rows: Sequence[Unopened], now: datetime, levels: dict[str, int]) -> tuple[int, timedelta, int]:
    if not rows:
        return 0, timedelta(0), 0
    oldest = max(timedelta(0), now - min(row.created_at for row in rows))
    return len(rows), oldest, max(max(levels.get(row.id, 0), level_of(row, now)) for row in rows)


@dataclass(frozen=True, slots=True)
class _Sight:
    """Since when one waits: by the clock, and by seconds that no clock moves."""

    since: datetime
    second: float

    def find_age(self, now: datetime, second: float) -> timedelta:
        """Return the larger of both ages: a clock that is put back makes nobody younger."""
        return max(now - self.since, timedelta(seconds=second - self.second))


class Watch:
    """Looks at what nobody has opened, remembers since when, and notes each level that is reached."""

    def __init__(self, handoffs: DeskStore, clock: Clock, *, monotonic: Monotonic = time.monotonic) -> None:
        self._handoffs = handoffs
        self._clock = clock
        self._monotonic = monotonic
        self._sights: dict[str, _Sight] = {}
        self._looked_at: datetime | None = None
        #: Levels that nobody could note in the database, and how many notices left of each, as far as this program knows.
        self._given: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self._rows: tuple[Unopened, ...] = ()
        self._levels: dict[str, int] = {}

    async def look(self) -> Round:
        """
        Look once, and note in the database what is reached: each level of each handoff and request once. StoreDown.

        What cannot be noted is told all the same, once, and noted in a later round.
        """
        unopened, unseen = await self._handoffs.list_unopened(), await self._handoffs.list_unseen()
        now, second, rows = self._clock(), self._monotonic(), (*unopened, *unseen)
        news = any(self._is_untold(row) for row in rows)
        self._sights = {row.id: self._sights.get(row.id) or self._sight(row, now, second) for row in rows}
        self._looked_at = now
        self._levels = {row.id: find_level(self._sights[row.id].find_age(now, second)) for row in rows}
        self._rows = rows
        self._forget()
        reached = [row for row in rows if self._levels[row.id] > row.alerts]
        news |= await self._note_levels(reached)
        return Round(_count(unopened, unseen, now, self._levels), news)

    async def note_told(self) -> None:
        """Note that a notice of what the last look found has left, so that no restart repeats it. Nothing is raised."""
        for row in self._rows:
            self._told[row.id] = self._count_news(row)
        await self._try_each(
            (row for row in self._rows if self._told[row.id] > row.told),
            lambda row: self._handoffs.note_told(row.id, self._told[row.id]),
        )

    def _is_untold(self, row: Unopened) -> bool:
        """
        Say whether nobody was told of one: it came since the last look, or this program is new and the one before it did not.

        What another office has noted meanwhile, that office tells.
        """
        if self._looked_at is None:
            return row.told <= min(row.alerts, len(LEVELS))
        return row.id not in self._sights and row.told == 0 and row.alerts == 0

    def _count_news(self, row: Unopened) -> int:
        """Return how many notices there were of one when all are told: that it came, and each level."""
        return 1 + max(min(row.alerts, len(LEVELS)), self._levels.get(row.id, 0))

    def _forget(self) -> None:
        for known in (self._given, self._told):
            for id_ in known.keys() - self._sights.keys():
                del known[id_]

    async def _note_levels(self, rows: Sequence[Unopened]) -> bool:
        """Note them; say whether there is one among them that nobody was told of."""
        won: list[bool] = []

        async def note(row: Unopened) -> None:
            number = self._levels[row.id]
            is_first = await self._handoffs.note_alert(row.id, number)
            won.append(is_first and self._given.get(row.id, 0) < number)

        for row in await self._try_each(rows, note):
            won.append(self._given.get(row.id, 0) < self._levels[row.id])
            self._given[row.id] = self._levels[row.id]
        return any(won)

    async def _try_each(
        self, rows: Iterable[Unopened], act: Callable[[Unopened], Awaitable[None]]
    ) -> Sequence[Unopened]:
        """Do it for each, and return those for which it could not be done: one fault is enough for a round."""
        left = list(rows)
        while left:
            try:
                await act(left[0])
            except Exception as fault:  # noqa: BLE001 - whatever it is, who waits is told of
                log_incident(_log, "alarm_not_noted", fault)
                break
            del left[0]
        return left

    def _sight(self, row: Unopened, now: datetime, second: float) -> _Sight:
        """
        Return the earliest moment at which it can have come: in its hour, and after the look that did not find it.

        A time that is still to come (a clock was wrong) must not keep the alarm silent.
        """
        earliest = row.created_at if self._looked_at is None else max(row.created_at, self._looked_at)
        since = min(earliest, now)
        return _Sight(since, second - (now - since).total_seconds())
