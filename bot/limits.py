"""
How often one name may do something, whether it did a moment ago, and how much is in hand: in a fixed amount of memory.

Every name has a cell in each of three rows, chosen by a hash under a key that is drawn at the start and lives in this
process alone. What a name used up is the least of its three cells. So nothing is ever thrown out to make room, and
nobody gets a bucket filled again by sending others ahead. Two names that share one cell do not notice; only somebody
all of whose cells are in use by others is held to account for them, which takes thousands who are over their limit at
once. No name is kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import mmap
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice

#: Cells of a row: as many as two bytes can name.
_CELLS = 65_536
_ROWS = 3
_BYTES_OF_A_CELL = 8
_LONG_AGO = float("-inf")
#: Inputs in hand at once. More could not be answered in time by one process; the channel sends them again.
MOST_IN_HAND = 500
#: Once they have waited for so long, the next one is told at once to come again: in good time before their turn in the database is
#: given up, after 0.8 s (`store/database.py`), because who is let in last waits longer than who is waiting now.
_LATE_S = 0.6
#: So many people must be late. Fewer wait for a lock of their own, and not for everybody.
_MANY = 16
#: As long as a turn in the database is waited for.
_TURN_WITHIN_S = 0.8

#: Seconds on a clock that only goes forward.
TellSeconds = Callable[[], float]


class _Cells:
    """Three rows of times; pages that nobody touched take no memory."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        room = mmap.mmap(-1, _ROWS * _CELLS * _BYTES_OF_A_CELL)
        self.times = memoryview(room).cast("d")

    def find(self, name: str) -> tuple[int, int, int]:
        """Return a name's cells."""
        raw = name.encode("utf-8", "surrogatepass")
        drawn = hashlib.blake2b(raw, digest_size=2 * _ROWS, key=self._key).digest()
        first, second, third = drawn[:2], drawn[2:4], drawn[4:]
        return (
            int.from_bytes(first, "big"),
            _CELLS + int.from_bytes(second, "big"),
            2 * _CELLS + int.from_bytes(third, "big"),
        )


class Buckets:
    """
    A bucket for every name: it holds `burst`, and `per_minute` run in again.

    A cell keeps the moment at which its bucket will be full. Source of the rule: ITU-T I.371, generic cell rate
    algorithm.
    """

    def __init__(self, per_minute: float, burst: float, *, clock: TellSeconds = time.monotonic) -> None:
        self._refill_s = 60.0 / per_minute
        self._room_s = burst * self._refill_s
        self._clock = clock
        self._began_at = clock()
        self._cells = _Cells()

    def take(self, name: str, cost: float = 1.0) -> bool:
        """Take `cost` out of a bucket. False: there is not so much in it, and nothing was taken."""
        now = self._clock() - self._began_at
        times, cells = self._cells.times, self._cells.find(name)
        full_at = max(now, min(times[cell] for cell in cells)) + cost * self._refill_s
        if full_at > now + self._room_s + 1e-9:
            return False
        for cell in cells:
            times[cell] = max(times[cell], full_at)
        return True

    def give_back(self, name: str, cost: float = 1.0) -> None:
        """Give back what was taken. What others used up in the same cells stays used up."""
        times, cells = self._cells.times, self._cells.find(name)
        full_at = min(times[cell] for cell in cells)
        for cell in cells:
            if times[cell] <= full_at:
                times[cell] = full_at - cost * self._refill_s


class Recent:
    """Whom something was noted of, and whether that was within `seconds`."""

    def __init__(self, seconds: float, *, clock: TellSeconds = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._began_at = clock() - 1.0  # so that a cell that was written is not 0
        self._cells = _Cells()

    def note(self, name: str) -> None:
        """Note it now."""
        now = self._clock() - self._began_at
        for cell in self._cells.find(name):
            self._cells.times[cell] = now

    def holds(self, name: str) -> bool:
        """Say whether it was noted within the time."""
        now, times = self._clock() - self._began_at, self._cells.times
        noted = [times[cell] or _LONG_AGO for cell in self._cells.find(name)]
        return min(noted) > now - self._seconds


class TooLate(Exception):
    """What somebody sent before is still being taken."""


@dataclass(slots=True)
class _Queue:
    """The inputs of one name: one is being taken since then, or will be next; the others wait behind it."""

    since: float
    inputs: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class InHand:
    """
    The inputs that are being taken now, one of each name at a time and in the order in which they came.

    So whoever sends forty at once waits for themselves, and others for one of them. A queue that only grows shorter when somebody
    gives up does the work of those who gave up for nothing: the more come, the fewer are answered. So nobody is let
    in behind many people who have waited too long already.
    """

    def __init__(self, most: int = MOST_IN_HAND, *, clock: TellSeconds = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._inputs = 0
        #: By name; who waits longest is first.
        self._queues: dict[str, _Queue] = {}

    def __len__(self) -> int:
        """How many there are."""
        return self._inputs

    @property
    def is_busy(self) -> bool:
        """Whether so many are in hand, or so late, that strangers should show that they mean it."""
        return self._inputs > self._most // 2 or self.is_full

    @property
    def is_full(self) -> bool:
        """Whether one more would come too late: too many are in hand, or too many people have waited for too long."""
        if self._inputs >= self._most:
            return True
        late = next(islice(self._queues.values(), _MANY - 1, None), None)
        return late is not None and self._clock() - late.since > _LATE_S

    @asynccontextmanager
    async def holding(self, name: str) -> AsyncIterator[None]:
        """Wait until what came of this name before is done, for 0.8 seconds at most, and hold its place. TooLate: it was not done."""
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = _Queue(self._clock())
        queue.inputs += 1
        self._inputs += 1
        try:
            await _wait(queue.turn)
            try:
                yield
            finally:
                queue.turn.release()
                queue.since = self._clock()
                # The next one of theirs comes after all who wait already.
                self._queues[name] = self._queues.pop(name)
        finally:
            self._inputs -= 1
            queue.inputs -= 1
            if not queue.inputs:
                del self._queues[name]


async def _wait(turn: asyncio.Lock) -> None:
    try:
        async with asyncio.timeout(_TURN_WITHIN_S):
            await turn.acquire()
    except TimeoutError:
        raise TooLate from None
