"""Look over the whole audit log when the office starts and every day, so that nobody has to think of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.desk.log_watch import LogWatch
from bot.log import log_incident

_log = logging.getLogger(__name__)
_EVERY = timedelta(days=1)
#: A database that is away is asked again sooner.
_AGAIN_AFTER = timedelta(minutes=10)


@asynccontextmanager
async def watching_log(watch: LogWatch, *, every: timedelta = _EVERY) -> AsyncIterator[None]:
    """Look now and every day while this is open."""
    looking = asyncio.create_task(_keep(watch, every))
    try:
        yield
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def _keep(watch: LogWatch, every: timedelta) -> None:
    while True:
        wait = every
        try:
            await watch.look()
        except Exception as fault:  # noqa: BLE001 - whatever it is, the office goes on and the next look comes
            log_incident(_log, "audit_not_checked", fault, channel="office")
            wait = min(every, _AGAIN_AFTER)
        await asyncio.sleep(wait.total_seconds())
