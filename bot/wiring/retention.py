"""Erase handoffs when their time is over, as long as the office runs: nobody has to remember it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.desk.acts import OFFICE
from bot.desk.clock_mark import ClockDoubtful
from bot.desk.erasing import erase_what_is_over
from bot.errors import AuditDown, ConfigError
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
    async with open_desk(settings, actor=OFFICE) as desk:
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
    audit log and the ledger do not know of.
    """
    try:
        await erase_what_is_over(desk.store, desk.ledger, desk.note, mark=desk.mark, now=utc_now())
    except ClockDoubtful as fault:
        log_incident(_log, "nothing is erased: the clock may have jumped", fault)
    except ConfigError as fault:
        log_incident(
            _log, "nothing is erased: the desk cannot sign, run frontdoor keys create signer desk", fault
        )
    except AuditDown as fault:
        log_incident(_log, "the audit log could not be written", fault)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the staff must go on working
        log_incident(_log, "retention_failed", fault)
