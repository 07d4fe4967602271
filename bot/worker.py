"""
Deliver what was committed, and destroy what has outlived its time.

The outbox is the queue; a letter is claimed by a conditional update, so that several workers never
send one twice. A letter that may have arrived is never sent again with another token, and nothing
is ever pushed unasked: the person's next message shows the current question anew.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from bot.errors import ChannelError, StoreDown
from bot.log import log_incident
from bot.ports import Clock, Letter, Outbox, Sender

_log = logging.getLogger(__name__)
T = TypeVar("T")

#: Seconds to wait after an unclear attempt with the same reply token. Source: SECURITY notes §4.
RETRY_AFTER_S = (0.5, 2.0, 6.0)
#: Letters on their way at once. Who is slow keeps nobody else waiting while a hand is free.
_HANDS = 64
_IDLE_S = 1.0
_SWEEP_EVERY = timedelta(seconds=5)


@dataclass(slots=True)
class Worker:
    """Delivers for every channel that is switched on. One per process; many may share a database."""

    outbox: Outbox
    senders: Mapping[str, Sender]
    clock: Clock
    jitter: random.Random = field(default_factory=random.SystemRandom)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _swept_at: datetime | None = None
    _is_stopping: bool = False
    _in_hand: set[asyncio.Task[None]] = field(default_factory=set)

    def wake(self) -> None:
        """Say that something may be waiting."""
        self._woken.set()

    async def run(self) -> None:
        """Work until `stop`. Letters in hand are finished first: their outcome must be written down."""
        try:
            while not self._is_stopping:
                busy = await self._work_once()
                if not busy:
                    await self._rest()
            if self._in_hand:
                await asyncio.wait(self._in_hand)
        finally:
            for task in self._in_hand:
                task.cancel()

    def stop(self) -> None:
        """Take no new letters."""
        self._is_stopping = True
        self._woken.set()

    async def deliver_due(self) -> int:
        """Deliver what is due now, people side by side, and wait for it; returns how many letters were taken."""
        tasks = await self._take_due(self._deliver)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for fault in outcomes:  # raised only now: every other letter in hand has its outcome
            if fault is not None:
                raise fault
        return len(tasks)

    async def finish(self) -> None:
        """Deliver what the last requests left behind. A fault is logged; the next start takes it up."""
        await self._survive(self.deliver_due)

    async def sweep(self) -> None:
        """Repair what a crash left and erase what is due."""
        await self.outbox.sweep(self.clock())
        self._swept_at = self.clock()

    # Inside

    async def _work_once(self) -> bool:
        self._woken.clear()
        if self._swept_at is None or self.clock() - self._swept_at >= _SWEEP_EVERY:
            await self._survive(self.sweep)
        return bool(await self._survive(lambda: self._take_due(self._deliver_or_log)))

    async def _take_due(
        self, deliver: Callable[[Letter], Coroutine[None, None, None]]
    ) -> list[asyncio.Task[None]]:
        """Begin to deliver what is due, as far as hands are free."""
        free = _HANDS - len(self._in_hand)
        letters = await self.outbox.claim_due(self.clock(), free) if free > 0 else ()
        tasks = [asyncio.create_task(deliver(letter)) for letter in letters]
        for task in tasks:
            self._in_hand.add(task)
            task.add_done_callback(self._let_go)
        return tasks

    def _let_go(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        self.wake()  # the person's next letter may be waiting behind this one

    async def _deliver_or_log(self, letter: Letter) -> None:
        await self._survive(lambda: self._deliver(letter))

    async def _survive(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Do one part of the work apart from the other: a fault in sweeping must not hold up letters."""
        try:
            return await work()
        except StoreDown as fault:
            log_incident(_log, "database_down", fault)
        except Exception as fault:  # noqa: BLE001 - the loop must outlive any single fault
            log_incident(_log, "worker_failed", fault)
        return None

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), _IDLE_S)
        except TimeoutError:
            return

    async def _deliver(self, letter: Letter) -> None:
        sender = self.senders.get(letter.channel)
        if sender is None:
            await self.outbox.mark_lost(letter, "dead")
            return
        try:
            await sender.deliver(letter.address, letter.reply)
        except ChannelError as refusal:
            await self._settle(letter, refusal)
        except Exception as fault:  # noqa: BLE001 - a bug in an adapter must not block the next letter
            log_incident(_log, "delivery_failed", fault, channel=letter.channel)
            await self.outbox.mark_lost(letter, "dead")
        else:
            await self.outbox.mark_sent(letter)

    async def _settle(self, letter: Letter, refusal: ChannelError) -> None:
        """Decide what becomes of a letter that was not clearly delivered."""
        reached = letter.reached or refusal.reached
        if refusal.token_gone:
            # After an unclear try the token is gone because that try arrived.
            await self.outbox.mark_lost(letter, "uncertain" if letter.reached else "expired")
        elif refusal.permanent:
            log_incident(_log, "delivery_refused", refusal, channel=letter.channel)
            await self.outbox.mark_lost(letter, "dead")
        else:
            await self._try_again(letter, refusal, reached=reached)

    async def _try_again(self, letter: Letter, refusal: ChannelError, *, reached: bool) -> None:
        now = self.clock()
        if letter.attempts > len(RETRY_AFTER_S) and refusal.retry_after_s is None:
            await self.outbox.mark_lost(letter, "uncertain" if reached else "expired")
            return
        step = RETRY_AFTER_S[min(letter.attempts, len(RETRY_AFTER_S)) - 1]
        wait_s = max(refusal.retry_after_s or 0.0, step * (1 + 0.2 * self.jitter.random()))
        due_at = now + timedelta(seconds=wait_s)
        until = letter.address.until
        if until is not None and due_at >= until:
            await self.outbox.mark_lost(letter, "uncertain" if reached else "expired")
            return
        await self.outbox.postpone(letter, due_at, reached=reached)
