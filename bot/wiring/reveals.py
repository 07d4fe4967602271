"""Looks while the office runs whether an account saw very many handoffs within a day. Source: SECURITY T6."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.desk.exporting import Exporting
from bot.log import log_incident

_log = logging.getLogger(__name__)
EVERY = timedelta(minutes=5)


@asynccontextmanager
async def watching_reveals(exporting: Exporting, *, every: timedelta = EVERY) -> AsyncIterator[None]:
    """Look while this is open; what is found is told to the log, and on the page of exports."""
    watching = asyncio.create_task(_watch(exporting, every))
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _watch(exporting: Exporting, every: timedelta) -> None:
    while True:
        try:
            await exporting.count_busy()
        except Exception as fault:  # noqa: BLE001 - whatever it is, the watch must go on
            log_incident(_log, "reveal_watch_failed", fault, channel="office")
        await asyncio.sleep(every.total_seconds())
