"""
Who has a page open that listens: streams by person, in this process.

Nothing is handed over here but "look again" and "they left": what to show is read when the page can
take it, so a slow reader holds no message. Other processes know nothing of it; therefore every stream
also looks again by itself.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Pace:
    """
    How streams go on; a test may hurry them.

    `look_s`: how often a quiet stream looks again and shows that it lives. `life_s`: when it ends, to be
    taken up again. `patience_s`: how long a reader may take for what is sent. `retry_ms`: how long the
    page waits before it takes a stream up again. `left_s`: how long a name that left stays dead, which is
    longer than an act may be on its way.
    """

    look_s: float = 10.0
    life_s: float = 120.0
    patience_s: float = 8.0
    retry_ms: int = 2_000
    left_s: float = 600.0


class Watch:
    """One stream's place; leaving the `with` block frees it."""

    def __init__(self, live: Live, user_id: str, host: str) -> None:
        self._live = live
        self._user_id = user_id
        self.host = host
        self._news = asyncio.Event()
        self.is_over = False
        self.is_gone = False

    def __enter__(self) -> Self:
        """Nothing to do: the place is taken already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free the place."""
        self._live.forget(self._user_id, self)

    def wake(self) -> None:
        """Let the stream look now."""
        self._news.set()

    async def wait(self, seconds: float) -> None:
        """Wait for something to look at, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        self._news.clear()


class Live:
    """
    The open streams, and the names that left a moment ago.

    `most` streams in all, so that webhooks keep their places among the server's connections; `most_each`
    for one person: a browser opens six connections to a host, and acting needs some; `most_per_host` for
    one source, which a school or a telephone company may share. `most_left` names are remembered of those that had
    told something, and as many of those of whom nobody knows: anybody can make these up.
    """

    def __init__(
        self,
        pace: Pace | None = None,
        *,
        most: int = 200,
        most_each: int = 3,
        most_per_host: int = 20,
        most_left: int = 10_000,
    ) -> None:
        self.pace = pace or Pace()
        self._most = most
        self._most_each = most_each
        self._most_per_host = most_per_host
        self._most_left = most_left
        self._watches: dict[str, set[Watch]] = {}
        # Each in the order in which they left.
        self._left: dict[str, float] = {}
        self._left_unknown: dict[str, float] = {}
        self.is_closed = False

    @property
    def count(self) -> int:
        """How many streams are open."""
        return sum(len(watches) for watches in self._watches.values())

    def watch(self, user_id: str, *, host: str = "") -> Watch | None:
        """Take a place for one more stream; None: there is none. `host`: the source, empty where there is none."""
        here = self._watches.get(user_id, set())
        if self.is_closed or len(here) >= self._most_each or self.count >= self._most:
            return None
        if host and self._count_from(host) >= self._most_per_host:
            return None
        watch = Watch(self, user_id, host)
        self._watches.setdefault(user_id, set()).add(watch)
        return watch

    def _count_from(self, host: str) -> int:
        return sum(watch.host == host for watches in self._watches.values() for watch in watches)

    def forget(self, user_id: str, watch: Watch) -> None:
        """Free a place."""
        here = self._watches.get(user_id, set())
        here.discard(watch)
        if not here:
            self._watches.pop(user_id, None)

    def tell(self, user_id: str) -> None:
        """Something was stored for this person: their pages look now."""
        for watch in self._watches.get(user_id, ()):
            watch.wake()

    def end(self, user_id: str) -> None:
        """Somebody left: their other pages leave as well, and the name is dead for a while."""
        is_known = user_id in self._left or user_id in self._watches
        self._note(self._left if is_known else self._left_unknown, user_id)
        for watch in self._watches.get(user_id, ()):
            watch.is_gone = True
            watch.wake()

    def keep(self, user_id: str) -> None:
        """Who left had told something: made-up names do not push theirs out."""
        self._left_unknown.pop(user_id, None)
        self._note(self._left, user_id)

    def _note(self, names: dict[str, float], user_id: str) -> None:
        names.pop(user_id, None)
        names[user_id] = time.monotonic()
        while len(names) > self._most_left:
            del names[next(iter(names))]

    def has_left(self, user_id: str) -> bool:
        """Whether this name left a moment ago: an act in it was overtaken and must begin nothing."""
        oldest = time.monotonic() - self.pace.left_s
        for names in (self._left, self._left_unknown):
            while names and next(iter(names.values())) <= oldest:
                del names[next(iter(names))]
        return user_id in self._left or user_id in self._left_unknown

    def close(self) -> None:
        """End every stream and take no more: the program stops. The pages go on with another, or later."""
        self.is_closed = True
        for watches in self._watches.values():
            for watch in watches:
                watch.is_over = True
                watch.wake()
