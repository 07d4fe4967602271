"""
The test handoff: once an hour of the clock the public side seals a constant text as it seals a handoff, and stores it.

The desk looks at it: whether it is there, to whom it was sealed, whether it opens. It is made when nobody writes, too. Each
signing key has its own: of several replicas with one key one makes it, and no host keeps silent because another has. Whatever goes wrong here, nobody's message waits for it. Source: SECURITY T10.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Final

from bot.core.envelope import TEST_TEXT, name_test
from bot.log import log_incident
from bot.ports import Clock, NewSealingTests, Sealer, SealingTest

_log = logging.getLogger(__name__)
#: A start has more urgent things to do.
FIRST_AFTER_S: Final = 3.0
#: How often is looked whether an hour has begun, and tried again what failed.
EVERY_S: Final = 20.0
#: A stop does not wait longer for a database that is away.
_LAST_S: Final = 1.0


class Proving:
    """Makes the test handoffs of one program. Nothing is made while the desk is closed."""

    def __init__(
        self,
        sealer: Sealer,
        tests: NewSealingTests,
        clock: Clock,
        *,
        first_after_s: float = FIRST_AFTER_S,
        every_s: float = EVERY_S,
    ) -> None:
        self._sealer = sealer
        self._tests = tests
        self._clock = clock
        self._first_after_s = first_after_s
        self._every_s = every_s
        self._done: datetime | None = None
        self._failed: datetime | None = None
        self._stop = asyncio.Event()

    async def prove(self) -> None:
        """Make the test of this hour unless it was made. Nothing is raised: a fault is logged once an hour, and tried again."""
        hour = self._clock().replace(minute=0, second=0, microsecond=0)
        if hour == self._done:
            return
        try:
            test = self._seal(hour)
            if test is not None:
                await self._tests.add(test)
                self._done = hour
        except Exception as fault:  # noqa: BLE001 - the edge: no test is worth a message
            if hour != self._failed:
                log_incident(_log, "sealing_test_failed", fault)
            self._failed = hour

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Make them while this is open. Its end waits for what is being stored, a moment at most."""
        self._stop.clear()
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._stop.set()
            await asyncio.wait({task}, timeout=_LAST_S)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def _seal(self, hour: datetime) -> SealingTest | None:
        """Seal it. None: the desk is closed, or its keys were changed just now, and the next try will fit them."""
        if not self._sealer.is_open():
            return None
        to = tuple(sorted(self._sealer.list_fingerprints()))
        sealed = self._sealer.seal(TEST_TEXT, purpose="test", name=name_test(to), at=hour)
        is_same = to == tuple(sorted(self._sealer.list_fingerprints()))
        return SealingTest(hour, to, sealed) if is_same else None

    async def _run(self) -> None:
        wait_s = self._first_after_s
        while not await self._is_stopped(wait_s):
            await self.prove()
            wait_s = self._every_s

    async def _is_stopped(self, within_s: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._stop.wait()
        return self._stop.is_set()
