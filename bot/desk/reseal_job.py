"""
Sealing everything anew as a job of the office: one at a time, seen on the pages, ended when the vault behind it closes.

What is done stays done; whoever starts it again begins at the first handoff.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.desk.reading import Opens
from bot.desk.resealing import Left, Resealed, reseal
from bot.errors import BotError, DeskClosed, StoreDown
from bot.log import log_incident
from bot.ports import Audit, Clock, DeskStore
from bot.ports.handoff import Purpose, Sealed, Sealer

#: `locked`: the vault closed. `desk_closed`: too few recipients. `failed`: the database went away, or a bug.
JobState = Literal["none", "running", "done", "locked", "desk_closed", "failed"]
_log = logging.getLogger(__name__)


class VaultClosed(BotError):
    """The vault that a job works with was closed. The job ends; nothing is half done."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the job is. `done` and `total` count handoffs; `left` names what was left as it lies."""

    state: JobState = "none"
    done: int = 0
    total: int = 0
    seals: int = 0
    left: tuple[Left, ...] = ()
    started_at: datetime | None = None
    ended_at: datetime | None = None


class ResealJob:
    """The one job of this office. `is_open` says whether a member's vault is still open at a seat, without using it."""

    def __init__(
        self,
        store: DeskStore,
        sealer: Sealer,
        *,
        audit: Audit,
        clock: Clock,
        is_open: Callable[[str, str], bool],
    ) -> None:
        self._store = store
        self._sealer = sealer
        self._audit = audit
        self._clock = clock
        self._is_open = is_open
        self._progress = Progress()
        self._task: asyncio.Task[None] | None = None

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return self._progress

    async def start(self, actor: str, opener: Opens, *, seat: str) -> bool:
        """Begin, with what a member's vault opens at a seat. False: it runs already. AuditDown: it was not begun."""
        if self._progress.state == "running":
            return False
        self._progress = Progress("running", started_at=self._clock())
        try:
            await self._audit.write("resealed", actor=actor, detail={"step": "begin"})
        except BaseException:
            self._progress = Progress()
            raise
        self._task = asyncio.create_task(
            self._run(actor, _WhileOpen(opener, lambda: self._is_open(actor, seat)))
        )
        return True

    async def stop(self) -> None:
        """End it where it is: the program ends."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def wait(self) -> None:
        """Wait until it has ended."""
        if self._task is not None:
            await self._task

    async def _run(self, actor: str, opener: Opens) -> None:
        state: JobState = "failed"
        try:
            self._tell_end(await reseal(self._store, opener, self._sealer, watch=self._tell))
            state = "done"
        except VaultClosed:
            state = "locked"
        except DeskClosed:
            state = "desk_closed"
        except StoreDown as fault:
            log_incident(_log, "reseal_failed", fault, channel="office")
        except Exception as fault:  # noqa: BLE001 - nobody waits for the task, so nobody else would tell
            log_incident(_log, "reseal_failed", fault, channel="office")
        finally:
            self._progress = replace(self._progress, state=state, ended_at=self._clock())
        await self._write_end(actor)

    def _tell(self, done: int, total: int) -> None:
        self._progress = replace(self._progress, done=done, total=total)

    def _tell_end(self, resealed: Resealed) -> None:
        self._progress = replace(
            self._progress,
            done=resealed.handoffs,
            total=resealed.handoffs,
            seals=resealed.seals,
            left=resealed.left,
        )

    async def _write_end(self, actor: str) -> None:
        """Write down how it ended. What was done was announced in the log before, so a fault here undoes nothing."""
        told = self._progress
        detail = {"step": told.state, "handoffs": told.done, "seals": told.seals, "left": len(told.left)}
        try:
            await self._audit.write("resealed", actor=actor, detail=detail)
        except Exception as fault:  # noqa: BLE001 - as above
            log_incident(_log, "reseal_failed", fault, channel="office")


class _WhileOpen:
    """Opens as long as the member's vault is open at the seat that began it, and no moment longer."""

    def __init__(self, opener: Opens, is_open: Callable[[], bool]) -> None:
        self._opener = opener
        self._is_open = is_open

    def open(self, sealed: Sealed, *, purpose: Purpose, name: str, at: datetime) -> bytes:
        """Open it. VaultClosed: not any more."""
        if not self._is_open():
            raise VaultClosed("the vault was closed")
        return self._opener.open(sealed, purpose=purpose, name=name, at=at)
