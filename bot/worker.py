"""
Deliver what was committed, and destroy what has outlived its time.

The outbox is the queue; a letter is claimed by a conditional update, so that several workers never send one
twice. Most were claimed by the very commit that stored them, and are carried from there to the network without being
looked for (docs/adr/0032). A letter that may have arrived is never sent again with another token, and nothing
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

from bot.core.model import PersonKey
from bot.core.reply import Reply
from bot.errors import ChannelError, StoreDown
from bot.failpoints import reach
from bot.log import log_incident
from bot.ports import Clock, Letter, Outbox, Sender, Wipe

_log = logging.getLogger(__name__)
T = TypeVar("T")

#: Seconds to wait after an unclear attempt with the same reply token. Source: SECURITY notes §4.
RETRY_AFTER_S = (0.5, 2.0, 6.0)
#: Seconds to wait before an outcome that could not be written down is tried again. Till then the person's next letter
#: waits behind this one, and after it whoever sweeps must take it for one that nobody saw.
_AGAIN_AFTER_S = (0.5, 1.5, 3.0)
#: A reply that could come only later than this is not sent; the next message asks anew.
_LATEST_S = 600.0
#: Letters on their way at once. Who is slow keeps nobody else waiting while a hand is free.
_HANDS = 256
#: Letters whose outcome is not written down yet, those on their way included.
_MOST_OPEN = 2_000
_IDLE_S = 1.0
#: A letter waits this long for what the person says in the same breath; then it is due. Source: taking.GATHER.
_GATHERED_S = 1.02
#: Looked for no earlier than this after its time, so that it is not missed by a hair.
_AFTER_ITS_TIME_S = 0.02
_SWEEP_EVERY = timedelta(seconds=5)


@dataclass(slots=True)
class Worker:
    """Delivers for every channel that is switched on. One per process; many may share a database."""

    outbox: Outbox
    senders: Mapping[str, Sender]
    clock: Clock
    speak: Callable[[Letter, str], Awaitable[Reply]]
    jitter: random.Random = field(default_factory=random.SystemRandom)
    #: The apology in a language: said in place of a reply that a bug keeps from being said.
    sorry: Callable[[str], Reply] | None = None
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _swept_at: datetime | None = None
    _is_stopping: bool = False
    _gathered_at: float = 0.0
    _in_hand: set[asyncio.Task[None]] = field(default_factory=set)
    #: Those of them that are on their way, by id and attempt: what is only to be written down keeps no hand from the next.
    _on_their_way: set[tuple[str, int]] = field(default_factory=set)
    #: What is being delivered to each of those who have a letter in hand: their next one goes after it.
    _people: dict[PersonKey, asyncio.Task[None]] = field(default_factory=dict)
    _behind: set[PersonKey] = field(default_factory=set)
    _is_open: bool = False
    _is_asked_to_look: bool = False
    _looked_at: float = float("-inf")

    # What the store says (`ports.Carrier`)

    def has_hand(self, channel: str) -> bool:
        """Whether a letter can go out right after the commit that stores it."""
        return self._is_open and channel in self.senders and self._count_free() > 0

    def carry(self, letter: Letter) -> None:
        """Deliver a letter that was stored as ours."""
        self._start(letter, self._deliver_or_log)

    def expect(self, person: PersonKey, after: timedelta) -> None:
        """A letter waits in the outbox: for a hand, for its time, or behind another one to the same person."""
        if person in self._people:
            self._behind.add(person)
        if after:
            self._look_in(after.total_seconds() + _AFTER_ITS_TIME_S)
        elif person not in self._people:
            self._look()

    def wake(self) -> None:
        """Say that something may be waiting, now or once it has been gathered."""
        self._look()
        with suppress(RuntimeError):  # no loop: nobody works yet
            self._look_in(_GATHERED_S)

    def _look(self) -> None:
        self._is_asked_to_look = True
        self._woken.set()

    def _look_in(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._gathered_at = max(self._gathered_at, loop.time() + seconds)
        loop.call_later(seconds, self._look)

    def _let_go_of(self, person: PersonKey, task: asyncio.Task[None]) -> None:
        if self._people.get(person) is not task:
            return  # their next one is in hand already
        del self._people[person]
        if person in self._behind:
            self._behind.discard(person)
            self._look()

    # Working

    async def run(self) -> None:
        """Work until `stop`. Letters in hand are finished first: their outcome must be written down."""
        self._is_open = True
        try:
            while not self._is_stopping:
                busy = await self._work_once()
                if not busy:
                    await self._rest()
            while self._in_hand:  # also what `finish` has taken up meanwhile
                await asyncio.wait(self._in_hand)
        except BaseException:
            for task in self._in_hand:
                task.cancel()
            raise
        finally:
            self._is_open = False

    def stop(self) -> None:
        """Take no new letters."""
        self._is_stopping, self._is_open = True, False
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
        # The clock may have been set back since.
        if self._swept_at is None or abs(self.clock() - self._swept_at) >= _SWEEP_EVERY:
            await self._survive(self.sweep)
        loop = asyncio.get_running_loop()
        if not self._is_asked_to_look and loop.time() < self._looked_at + _IDLE_S:
            return False
        self._is_asked_to_look, self._looked_at = False, loop.time()
        return bool(await self._survive(lambda: self._take_due(self._deliver_or_log)))

    async def _take_due(
        self, deliver: Callable[[Letter], Coroutine[None, None, None]]
    ) -> list[asyncio.Task[None]]:
        """Begin to deliver what is due, as far as hands are free."""
        free = self._count_free()
        letters = await self.outbox.claim_due(self.clock(), free, tuple(self.senders)) if free > 0 else ()
        tasks = [self._start(letter, deliver) for letter in letters]
        for task in tasks:
            # The person's next letter may be waiting behind this one, or somebody else's for a hand.
            task.add_done_callback(lambda _: self._look())
        self._is_asked_to_look |= free <= 0
        return tasks

    def _count_free(self) -> int:
        """Return how many letters can still be taken up; below 1: none."""
        return min(_HANDS - len(self._on_their_way), _MOST_OPEN - len(self._in_hand))

    def _start(
        self, letter: Letter, deliver: Callable[[Letter], Coroutine[None, None, None]]
    ) -> asyncio.Task[None]:
        ahead = self._people.get(letter.person)
        task = asyncio.create_task(_after(ahead, deliver(letter)) if ahead else deliver(letter))
        self._people[letter.person] = task
        self._in_hand.add(task)
        self._on_their_way.add((letter.id, letter.attempts))
        task.add_done_callback(lambda _: self._free_hand(letter))  # first: it looks whether there was room
        task.add_done_callback(self._in_hand.discard)
        task.add_done_callback(lambda done: self._let_go_of(letter.person, done))
        return task

    def _free_hand(self, letter: Letter) -> None:
        """It is on its way no longer: a letter that had to wait for a hand can be taken up."""
        was_full = self._count_free() <= 0
        self._on_their_way.discard((letter.id, letter.attempts))
        if was_full:
            self._look()

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
            self._is_asked_to_look = True

    async def _deliver(self, letter: Letter) -> None:
        sender, is_out = self.senders[letter.channel], False
        try:
            reply = await self._prepare(sender, letter)
            if reply is None:
                return  # they had it erased, or somebody else has it in hand by now
            reach("before_send")
            message_ids = await sender.deliver(letter.address, reply, done=letter.done)
            is_out = True
            self._free_hand(letter)
            reach("after_send")
        except ChannelError as refusal:
            await self._settle(letter, refusal, sender)
        except StoreDown:
            raise  # before anything was said: it is taken up once the database is back
        except Exception as fault:  # noqa: BLE001 - a bug in an adapter must not block the next letter
            log_incident(_log, "delivery_failed", fault, channel=letter.channel)
            if not is_out:
                await self._apologise(sender, letter)
            await self._insist(lambda: self.outbox.mark_lost(letter, "dead"))
        else:
            is_awaited = letter.person in self._behind
            await self._insist(lambda: self.outbox.mark_sent(letter, message_ids, awaited=is_awaited))

    async def _insist(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask the database, again if it is away for a moment. StoreDown: it stays away, and whoever sweeps takes it up."""
        for pause_s in _AGAIN_AFTER_S:
            try:
                return await ask()
            except StoreDown:
                await self.sleep(pause_s)
        return await ask()

    async def _apologise(self, sender: Sender, letter: Letter) -> None:
        """Say once that we failed, with the way to a human, rather than nothing. Never raises."""
        if self.sorry is None:
            return
        try:
            await sender.deliver(letter.address, self.sorry(letter.reply.locale))
        except Exception as fault:  # noqa: BLE001 - the next message asks anew
            log_incident(_log, "apology_failed", fault, channel=letter.channel)

    async def _prepare(self, sender: Sender, letter: Letter) -> Reply | None:
        """
        Return what to say: in their own language at the first meeting, and after what was to be taken back.

        None: while we asked for their language it stopped being ours to say, as when they had all of it erased.
        """
        if letter.wipe:
            is_whole = await self._wipe(sender, letter, letter.wipe)
            return letter.reply if is_whole else letter.wipe.partly
        if not letter.reply.meets:
            return letter.reply
        tag = await sender.find_locale(letter.address)
        reply = await self.speak(letter, tag) if tag else letter.reply
        return reply if await self._insist(lambda: self.outbox.is_held(letter)) else None

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
            await self._insist(lambda: self.outbox.mark_gone(letter))
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
        await self._insist(
            lambda: self.outbox.postpone(
                letter,
                due_at,
                reached=reached,
                done=max(letter.done, refusal.done),
                message_ids=refusal.message_ids,
            )
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
        await self._insist(lambda: self.outbox.mark_lost(letter, state, refusal.message_ids))


async def _after(ahead: asyncio.Task[None], delivering: Coroutine[None, None, None]) -> None:
    """Deliver once what is ahead has its outcome, whatever that is: nobody's letters overtake each other."""
    try:
        await asyncio.wait({ahead})
    except BaseException:
        delivering.close()
        raise
    await delivering
