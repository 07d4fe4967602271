"""Close accounts that nobody uses, as long as the office runs. Source: SECURITY §6, checklist."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.desk.members import Members
from bot.log import log_incident
from bot.wiring.common import utc_now

_log = logging.getLogger(__name__)
_EVERY = timedelta(hours=1)


@asynccontextmanager
async def closing_idle_accounts(members: Members, *, every: timedelta = _EVERY) -> AsyncIterator[None]:
    """Close what was not used for long, now and every hour while this is open; never the last administrator's."""
    closing = asyncio.create_task(_close(members, every))
    try:
        yield
    finally:
        closing.cancel()
        with suppress(asyncio.CancelledError):
            await closing


async def _close(members: Members, every: timedelta) -> None:
    while True:
        try:
            await members.disable_idle(utc_now())
        except Exception as fault:  # noqa: BLE001 - whatever it is, the staff must go on working
            log_incident(_log, "idle_accounts_failed", fault, channel="office")
        await asyncio.sleep(every.total_seconds())
