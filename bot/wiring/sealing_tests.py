"""Look at the newest test handoff as long as the office runs: also when nobody is signed in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.desk.sealing_tests import SealingTests
from bot.log import log_incident

_log = logging.getLogger(__name__)
_EVERY = timedelta(minutes=1)


@asynccontextmanager
async def watching_sealing_tests(tests: SealingTests, *, every: timedelta = _EVERY) -> AsyncIterator[None]:
    """Look now and every minute while this is open."""
    looking = asyncio.create_task(_keep(tests, every))
    try:
        yield
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def _keep(tests: SealingTests, every: timedelta) -> None:
    while True:
        try:
            await tests.look()
        except Exception as fault:  # noqa: BLE001 - whatever it is, the office goes on and the next look comes
            log_incident(_log, "sealing_test_not_looked_at", fault, channel="office")
        await asyncio.sleep(every.total_seconds())
