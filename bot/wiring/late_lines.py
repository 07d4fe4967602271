"""Write the audit lines that wait, as long as the office runs: as soon as the log can be written again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.desk.late_lines import LateLines
from bot.errors import AuditDown
from bot.log import log_incident

_log = logging.getLogger(__name__)
_EVERY = timedelta(seconds=3)


@asynccontextmanager
async def writing_late_lines(late: LateLines, *, every: timedelta = _EVERY) -> AsyncIterator[None]:
    """Write them every few seconds while this is open, and a last time at its end."""
    writing = asyncio.create_task(_write(late, every))
    try:
        yield
    finally:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
        await _write_last(late)


async def _write(late: LateLines, every: timedelta) -> None:
    while True:
        try:
            await late.write_waiting()
        except AuditDown:
            pass  # each of them was an incident when it could not be written
        except Exception as fault:  # noqa: BLE001 - one line that cannot be must not keep the others waiting
            log_incident(_log, "audit_line_lost", fault, channel="office")
        await asyncio.sleep(every.total_seconds())


async def _write_last(late: LateLines) -> None:
    try:
        await late.write_waiting()
    except Exception as fault:  # noqa: BLE001 - the office ends whatever it is
        log_incident(_log, "audit_line_lost", fault, channel="office")
