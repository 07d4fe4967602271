"""
Deliver what was committed, and destroy what has outlived its time.

The outbox is the queue; a letter is claimed by a conditional update, so that several workers never
send one twice. A letter that may have arrived is never sent again with another token, and nothing
is ever pushed unasked: the person's next message shows the current question anew. Where a channel has no
reply tokens, an attempt that may have arrived is the last.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from bot.core.reply import Reply
from bot.errors import ChannelError, StoreDown
from bot.log import log_incident
from bot.ports import Clock, Letter, Outbox, Sender, Wipe

_log = logging.getLogger(__name__)
T = TypeVar("T")

#: Seconds to wait after an unclear attempt with the same reply token. Source: SECURITY notes §4.
RETRY_AFTER_S = (0.5, 2.0, 6.0)
#: A reply that could come only later than this is not sent; the next message asks anew.
_LATEST_S = 600.0
#: Letters on their way at once. Who is slow keeps nobody else waiting while a hand is free.
_HANDS = 64
_IDLE_S = 1.0
#: A letter waits this long for what the person says in the same breath; then it is due. Source: taking.GATHER.
_GATHERED_S = 1.02
_SWEEP_EVERY = timedelta(seconds=5)


@dataclass(slots=True)
class Worker:
    """Delivers for every channel that is switched on. One per process; many may share a database."""

    outbox: Outbox
    senders: Mapping[str, Sender]
    clock: Clock
    speak: Callable[[Letter, str], Awaitable[Reply]]
    jitter: random.Random = field(default_factory=random.SystemRandom)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _swept_at: datetime | None = None
    _is_stopping: bool = False
    _gathered_at: float = 0.0
    _in_hand: set[asyncio.Task[None]] = field(default_factory=set)

    def wake(self) -> None:
        """Say that something may be waiting, now or once it has been gathered."""
        self._woken.set()
        with suppress(RuntimeError):  # no loop: nobody works yet
            loop = asyncio.get_running_loop()
            self._gathered_at = loop.time() + _GATHERED_S
            loop.call_at(self._gathered_at, self._woken.set)

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
        """
        Deliver what the last requests left behind, also what is still gathered.

        A fault is logged; the next start takes it up.
        """
        await self._survive(self.deliver_due)
        await asyncio.sleep(self._gathered_at - asyncio.get_running_loop().time())
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
        letters = await self.outbox.claim_due(self.clock(), free, tuple(self.senders)) if free > 0 else ()
        tasks = [asyncio.create_task(deliver(letter)) for letter in letters]
        for task in tasks:
            self._in_hand.add(task)
            task.add_done_callback(self._let_go)
        return tasks

    def _let_go(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        self._woken.set()  # the person's next letter may be waiting behind this one

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
        sender = self.senders[letter.channel]
        try:
            reply = await self._prepare(sender, letter)
            message_ids = await sender.deliver(letter.address, reply, done=letter.done)
        except ChannelError as refusal:
            await self._settle(letter, refusal, sender)
        except Exception as fault:  # noqa: BLE001 - a bug in an adapter must not block the next letter
            log_incident(_log, "delivery_failed", fault, channel=letter.channel)
            await self.outbox.mark_lost(letter, "dead")
        else:
            await self.outbox.mark_sent(letter, message_ids)

    async def _prepare(self, sender: Sender, letter: Letter) -> Reply:
        """Return what to say: in their own language at the first meeting, and after what was to be taken back."""
        if letter.wipe:
            is_whole = await self._wipe(sender, letter, letter.wipe)
            return letter.reply if is_whole else letter.wipe.partly
        tag = await sender.find_locale(letter.address) if letter.reply.meets else ""
        return await self.speak(letter, tag) if tag else letter.reply

    async def _wipe(self, sender: Sender, letter: Letter, wipe: Wipe) -> bool:
        """Take messages out of the chat. False: not all of them, and trying again would not help."""
        try:
            return await sender.wipe(letter.address, wipe.message_ids)
        except ChannelError as refusal:
            refusal.reached = False  # whatever was taken out: nothing was said yet, and again does no harm
            is_tried_again = not refusal.permanent and self._find_next_try(letter, refusal)
            if refusal.gone or refusal.halts or is_tried_again:
                raise
            if refusal.permanent:
                log_incident(_log, "delivery_refused", refusal, channel=letter.channel)
            return False

    async def _settle(self, letter: Letter, refusal: ChannelError, sender: Sender) -> None:
        """Decide what becomes of a letter that was not clearly delivered."""
        if refusal.gone:
            await self.outbox.mark_gone(letter)
        elif refusal.token_gone:
            # After an unclear try the token is gone because that try arrived.
            await self._lose(letter, refusal, "uncertain" if letter.reached else "expired")
        elif refusal.permanent:
            if refusal.halts:  # a wrong token or a closed account: nothing else will pass either
                log_incident(_log, "channel_refuses_us", refusal, channel=letter.channel)
            else:
                log_incident(_log, "delivery_refused", refusal, channel=letter.channel)
            await self._lose(letter, refusal, "dead")
        else:
            await self._try_again(letter, refusal, sender)

    async def _try_again(self, letter: Letter, refusal: ChannelError, sender: Sender) -> None:
        reached = letter.reached or refusal.reached
        due_at = self._find_next_try(letter, refusal)
        if due_at is None:
            await self._lose(letter, refusal, "uncertain" if reached else "expired")
            return
        await self.outbox.postpone(
            letter,
            due_at,
            reached=reached,
            done=max(letter.done, refusal.done),
            message_ids=refusal.message_ids,
        )
        if refusal.retry_after_s is None:  # who asks to be left alone for a while is not asked for courtesies
            await sender.show_waiting(letter.address)

    def _find_next_try(self, letter: Letter, refusal: ChannelError) -> datetime | None:
        """Return when to try again; None: not at all."""
        until = letter.address.until
        if refusal.reached and until is None:
            return None  # without a token that can be spent only once, a second try could say a thing twice
        if letter.attempts > len(RETRY_AFTER_S) and refusal.retry_after_s is None:
            return None
        if (refusal.retry_after_s or 0.0) > _LATEST_S:
            return None  # by then the phone may be in other hands
        step = RETRY_AFTER_S[min(letter.attempts, len(RETRY_AFTER_S)) - 1]
        wait_s = max(refusal.retry_after_s or 0.0, step * (1 + 0.2 * self.jitter.random()))
        due_at = self.clock() + timedelta(seconds=wait_s)
        return due_at if until is None or due_at < until else None

    async def _lose(self, letter: Letter, refusal: ChannelError, state: str) -> None:
        await self.outbox.mark_lost(letter, state, refusal.message_ids)
