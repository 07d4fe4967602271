"""
Closes vaults while the office runs: after their time, where their session has ended, and when their member may not open
handoffs any more.

It asks every few seconds, so that whoever is disabled is out within five. Source: SECURITY T7.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from bot.desk.vaults import StaffVaults
from bot.log import log_incident
from bot.ports import StaffStore

_log = logging.getLogger(__name__)
EVERY = timedelta(seconds=3)


@asynccontextmanager
async def watching_vaults(
    vaults: StaffVaults, staff: StaffStore, *, every: timedelta = EVERY
) -> AsyncIterator[None]:
    """Watch while this is open; at its end every vault is closed."""
    watching = asyncio.create_task(_watch(vaults, staff, every))
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        vaults.close_all()
        await _write(vaults)


async def close_lost(vaults: StaffVaults, staff: StaffStore) -> None:
    """
    Close what must not be open any more, then write it down.

    A database that does not answer closes nothing, and opens nothing either: without it no session is found. What could
    not be written is written at the next call.
    """
    vaults.close_due()
    try:
        await _close_without_right(vaults, staff)
        await _close_empty_seats(vaults, staff)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the watch must go on
        log_incident(_log, "vault_watch_failed", fault, channel="office")
    await _write(vaults)
    await _drop_old(vaults)


def forbid_core_dumps() -> None:
    """
    Keep the memory of this process, where keys lie, from being written to a disk when it dies.

    One byte, not none: a limit of 0 does not keep the kernel from feeding a program that collects dumps, 1 does.
    Source: Linux fs/coredump.c, do_coredump. Swap is the host's business: Python cannot lock its memory.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    most = 1 if hard in {resource.RLIM_INFINITY, -1} else min(1, hard)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


async def _watch(vaults: StaffVaults, staff: StaffStore, every: timedelta) -> None:
    while True:
        await close_lost(vaults, staff)
        await asyncio.sleep(every.total_seconds())


async def _close_without_right(vaults: StaffVaults, staff: StaffStore) -> None:
    opened = set(vaults.list_open())
    if not opened:
        return
    accounts = await staff.list_accounts()
    may = {one.id for one in accounts if one.disabled_at is None and "open" in one.rights}
    for account_id in opened - may:
        vaults.lock(account_id, why="right")


async def _close_empty_seats(vaults: StaffVaults, staff: StaffStore) -> None:
    """Close where nobody sits: a session that ended elsewhere, or before the words that were typed in it were looked at."""
    for account_id in vaults.list_open():
        taken = await staff.list_seats(account_id)
        for seat in vaults.list_seats(account_id):
            if seat not in taken:
                vaults.leave(account_id, seat)


async def _drop_old(vaults: StaffVaults) -> None:
    """Destroy what was set aside long ago."""
    try:
        await vaults.drop_old()
    except Exception as fault:  # noqa: BLE001 - it is tried again tomorrow
        log_incident(_log, "vault_watch_failed", fault, channel="office")


async def _write(vaults: StaffVaults) -> None:
    try:
        await vaults.write_closed()
    except Exception as fault:  # noqa: BLE001 - closing comes first, and it is tried again
        log_incident(_log, "vault_watch_failed", fault, channel="office")
