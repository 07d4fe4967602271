"""Erase handoffs when their time is over, as long as the office runs: nobody has to remember it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.log import log_incident
from bot.settings import Settings
from bot.wiring.common import utc_now
from bot.wiring.desk import Desk, open_desk

_log = logging.getLogger(__name__)
#: Times are kept to the hour, so looking more often finds nothing more.
_EVERY = timedelta(hours=1)


@asynccontextmanager
async def keeping_retention(settings: Settings, *, every: timedelta = _EVERY) -> AsyncIterator[None]:
    """Replay the ledger and erase what is due, now and every hour while this is open."""
    async with open_desk(settings) as desk:
        keeping = asyncio.create_task(_keep(desk, every))
        try:
            yield
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping


async def _keep(desk: Desk, every: timedelta) -> None:
    while True:
        await erase_once(desk)
        await asyncio.sleep(every.total_seconds())


async def erase_once(desk: Desk) -> None:
    """
    Erase again what a restore brought back, then what is due.

    A fault is logged and tried again later: the office goes on working, and nothing is erased that the
    ledger does not know of.
    """
    try:
        await desk.ledger.replay(desk.store)
        await desk.store.erase_due(utc_now())
    except Exception as fault:  # noqa: BLE001 - whatever it is, the staff must go on working
        log_incident(_log, "retention_failed", fault)
