"""
Exports that are being made, and files that wait to be fetched: in memory, one for each account, for minutes.

What waits is let go when its time is over, when it was fetched, or when whoever asked for it may not have it any more.
Source: SECURITY §6, "exports: not stored; streamed".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.desk.as_xlsx import SheetFull
from bot.desk.packing import Packed, Progress, Stopped, TooLarge
from bot.desk.reading import Failure
from bot.log import log_incident
from bot.ports import Clock, StoredRequest

#: How long a file waits.
KEPT: Final = timedelta(minutes=5)
#: So many are made or wait at once, of all accounts: with `packing.MOST_BYTES` a bound on memory.
MOST_MAKING: Final = 4
#: How often is looked whether whoever asked may still have it.
_LOOK_EVERY_S = 2.0
#: `taken`: it is being sent. `dropped`: nobody fetched it in time, or the vault was closed, or the session ended.
State = Literal["working", "ready", "taken", "fetched", "dropped", "too_large", "failed"]
_OPEN: Final = frozenset({"working", "ready", "taken"})
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Making:
    """
    One export on its way. What it says after the file is gone holds nothing that a person wrote.

    `session` names the sign-in that asked for it. `missing`: how many of those asked for are not there any more;
    `written`: the ids of those that are in the file; `failures` name what is not. `marks`: which of them count as opened when it
    arrives, each with those of its requests that count as read. `incident`: of a fault that was logged.
    """

    account_id: str
    session: str = field(repr=False)
    progress: Progress = field(default_factory=Progress)
    state: State = "working"
    missing: int = 0
    written: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    marks: Mapping[str, tuple[StoredRequest, ...]] = field(default_factory=dict, repr=False)
    until: datetime | None = None
    incident: str = ""
    packed: Packed | None = field(default=None, repr=False)
    settled: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    over: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def list_marks(self) -> Sequence[tuple[str, Sequence[str]]]:
        """
        Return which handoffs count as opened when the file arrives, each with the ids of its requests that count as read.

        One that the file only names, because it could not be read, is read by nobody.
        """
        lost = {(one.id, one.created_at) for one in self.failures if one.part == "request"}
        return [
            (id_, [one.id for one in self.marks[id_] if (id_, one.created_at) not in lost])
            for id_ in self.written
            if id_ in self.marks
        ]

    def end(self, state: State) -> None:
        """Let the file go, and say how it ended."""
        self.state, self.packed = state, None
        self.progress.stop.set()
        self.settled.set()
        self.over.set()


#: Makes the file, in a thread of its own; see `packing.pack`.
Work = Callable[[Progress], Packed]


class Board:
    """What is being made and what waits. `may_stay` says whether whoever asked for one may still have it."""

    def __init__(
        self,
        clock: Clock,
        may_stay: Callable[[Making], Awaitable[bool]],
        *,
        look_every_s: float = _LOOK_EVERY_S,
    ) -> None:
        self._clock = clock
        self._may_stay = may_stay
        self._look_every_s = look_every_s
        self._makings: dict[str, Making] = {}
        self._runs: dict[asyncio.Task[None], Making] = {}

    def find(self, account_id: str) -> Making | None:
        """Return what an account has on the board, whatever its state."""
        making = self._makings.get(account_id)
        if making is not None and making.state == "ready" and self._is_due(making):
            making.end("dropped")
        return making

    def reserve(self, account_id: str, session: str) -> Making | Literal["busy", "full"]:
        """Take the account's place, before anything is looked at: two clicks at once never make two."""
        here = self.find(account_id)
        if here is not None and here.state in _OPEN:
            return "busy"
        waiting = {id(one) for one in self._makings.values() if one.state in _OPEN}
        waiting |= {id(one) for one in self._runs.values()}
        if len(waiting) >= MOST_MAKING:
            return "full"
        making = self._makings[account_id] = Making(account_id, session)
        return making

    def remove(self, making: Making) -> None:
        """Give the place back, and let go of whatever was made."""
        making.end("dropped")
        self._makings.pop(making.account_id, None)

    def launch(self, making: Making, work: Work) -> None:
        """Begin to make the file."""
        run = asyncio.create_task(self._run(making, work))
        self._runs[run] = making
        run.add_done_callback(self._runs.pop)

    async def wait(self, making: Making, at_most_s: float) -> None:
        """Wait a moment: a small one is there at once."""
        with suppress(TimeoutError):
            await asyncio.wait_for(making.settled.wait(), at_most_s)

    async def take(self, account_id: str, session: str) -> tuple[Making, Packed] | None:
        """Take the file, once, for the session that asked for it. None: there is none for it."""
        making = self.find(account_id)
        if making is None or making.session != session or not await self._may_stay(making):
            return None
        if making.state != "ready" or making.packed is None:  # looked at last, with no await behind it
            return None
        making.state = "taken"
        return making, making.packed

    def give_back(self, making: Making) -> None:
        """It did not arrive: it may be taken again while its time lasts."""
        if making.state == "taken":
            making.state = "ready"

    async def close(self) -> None:
        """Let go of everything; what is at work ends after the form that it is printing."""
        for making in [*self._makings.values(), *self._runs.values()]:
            making.end("dropped")
        self._makings.clear()
        await asyncio.gather(*self._runs, return_exceptions=True)

    async def _run(self, making: Making, work: Work) -> None:
        try:
            self._settle(making, await self._make(making, work))
            await self._keep(making)
        except Exception as fault:  # noqa: BLE001 - the edge of a task: nobody else would hear of it
            making.incident = log_incident(_log, "export_failed", fault, channel="office")
            making.end("failed")
        finally:
            if making.state in _OPEN:
                making.end("dropped")

    async def _make(self, making: Making, work: Work) -> Packed | State:
        """Let the file be made, and look the while whether it may still be had."""
        thread = asyncio.ensure_future(asyncio.to_thread(work, making.progress))
        while not (await asyncio.wait({thread}, timeout=self._look_every_s))[0]:
            if not await self._may_stay(making):
                making.end("dropped")
        try:
            packed = thread.result()
        except Stopped:
            return "dropped"
        except (SheetFull, TooLarge):
            return "too_large"
        return packed if await self._may_stay(making) else "dropped"

    def _settle(self, making: Making, made: Packed | State) -> None:
        """Take over what came of it, unless nobody wants it any more."""
        if making.state != "working":
            return
        if not isinstance(made, Packed):
            making.end(made)
            return
        making.written, making.failures = made.handoffs, made.failures
        making.progress.done = making.progress.total
        making.until = self._clock() + KEPT
        making.packed, making.state = made, "ready"
        making.settled.set()

    async def _keep(self, making: Making) -> None:
        """Stay with the file until it was fetched or must be let go."""
        while not making.over.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(making.over.wait(), self._look_every_s)
            if making.state in _OPEN and (self._is_due(making) or not await self._may_stay(making)):
                making.end("dropped")

    def _is_due(self, making: Making) -> bool:
        return making.until is not None and self._clock() >= making.until
