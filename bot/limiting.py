"""
The limits in front of the conversation: how much one person may send, and how many may wait at once.

They are asked before anything of the database is. What is over the limit is dropped: the channel hears that it was
taken, because it would send it again for ever, and the person is told, once a minute. Nothing is dropped because the
database was away: what could not be stored costs nothing, and what was turned away once comes again until it is taken.

Some things are never dropped for being too many: words of danger or of a crisis, the ways to a human and to have
everything erased, a message that is taken back, and that somebody has left. Each kind has a bucket of its own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.core.inputs import Edited, Input, Left, Typed, Unsent
from bot.core.needed import Needed
from bot.core.reply import Reply
from bot.errors import StoreDown, TooOften
from bot.limits import MOST_IN_HAND, Buckets, InHand, Recent, TellSeconds, TooLate
from bot.log import log_incident
from bot.ports import Conversation, Inbound

_log = logging.getLogger(__name__)
#: Characters of one person that are searched for alarms in a minute, once they are over their limit: ten thousand
#: short messages, or a dozen of the longest. To search more would cost others their turn.
_HEARD_CHARS = 60_000
#: Ways to a human and to the erasure, over the limit. Their words may be an answer elsewhere, so it is few.
_WAYS_A_MINUTE = 10
#: How often somebody hears that it was too much. Source: SECURITY T14.
_TOLD_A_MINUTE = 1
#: Of one person so many times the burst is let in later, where an outage heaped it up; Telegram keeps it for a day.
_BURSTS_OWED = 5
_OWED_S = 86_400.0
#: For so long after somebody was turned away unread, what is too much may be what comes again of theirs.
_UNREAD_OWED_S = 3_600.0


def _count_nothing(_what: str) -> None:
    """Nobody counts."""


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What one person may do. Source of the numbers: SECURITY T14.

    `undone` is for what is taken back and for who left. `came` are deliveries that the database turned away, as far as
    `owed` goes.
    """

    messages: Buckets
    pressing: Buckets
    ways: Buckets
    undone: Buckets
    heard: Buckets
    told: Buckets
    owed: Buckets
    came: Recent

    def forgive(self, inbound: Inbound) -> None:
        """Give back what a delivery cost that was stored before: the channel brought it again, not its person."""
        if inbound.channel == "web":
            return  # there the page names its deliveries, and to repeat one must not be free
        bucket = self.undone if isinstance(inbound.what, Left | Unsent) else self.messages
        bucket.give_back(_name(inbound.channel, inbound.user_id))

    def owe(self, inbound: Inbound) -> None:
        """Note that a delivery was turned away for no fault of its person's."""
        name, delivery = _name(inbound.channel, inbound.user_id), _name_delivery(inbound)
        if not self.came.holds(delivery) and self.owed.take(name):
            self.came.note(delivery)

    def is_owed(self, inbound: Inbound) -> bool:
        """Whether it was."""
        return self.came.holds(_name_delivery(inbound))


def make_limits(per_minute: int, burst: int, *, clock: TellSeconds = time.monotonic) -> Limits:
    """Make the limits of a process; nothing of them is shared with another one."""
    return Limits(
        messages=Buckets(per_minute, burst, clock=clock),
        pressing=Buckets(per_minute, burst, clock=clock),
        ways=Buckets(_WAYS_A_MINUTE, _WAYS_A_MINUTE, clock=clock),
        undone=Buckets(per_minute, burst, clock=clock),
        heard=Buckets(_HEARD_CHARS, _HEARD_CHARS, clock=clock),
        told=Buckets(_TOLD_A_MINUTE, 1, clock=clock),
        owed=Buckets(per_minute, _BURSTS_OWED * burst, clock=clock),
        came=Recent(_OWED_S, clock=clock),
    )


class Limiter:
    """
    A `Conversation` behind limits.

    `needed` knows what must be taken all the same; `tell` stores the line that says that it was too much. `count` is
    told of what was dropped (`limited`), said (`slowed`), let through all the same (`pressing`), turned away to come
    again (`later`) or refused because too many wait (`crowded`); it must not wait and must not raise.
    """

    def __init__(
        self,
        conversation: Conversation,
        limits: Limits,
        *,
        needed: Needed,
        tell: Callable[[Inbound], Awaitable[None]],
        count: Callable[[str], None] = _count_nothing,
        most: int = MOST_IN_HAND,
        clock: TellSeconds = time.monotonic,
    ) -> None:
        self._conversation = conversation
        self._limits = limits
        self._needed = needed
        self._tell = tell
        self._count = count
        self._in_hand = InHand(most, clock=clock)
        self._clock = clock
        self._turned_away_at = float("-inf")
        self._telling: dict[str, asyncio.Future[None]] = {}

    @property
    def is_busy(self) -> bool:
        """Whether so many are in hand that strangers should show that they mean it."""
        return self._in_hand.is_busy

    def turns_away(self) -> bool:
        """
        Say whether one more would come too late, and count it if so.

        Whoever carries it need not even read it then: the channel sends it again.
        """
        if self._in_hand.is_full:
            self._turned_away_at = self._clock()
            self._count("crowded")
            return True
        return False

    async def receive(self, inbound: Inbound) -> Reply | None:
        """
        Take one input, as `Conversation.receive` does.

        Over the limit nothing is stored: None where a channel waits for no reply, else TooOften. StoreDown also when
        it would wait too long behind others, or behind what the same person sent before.
        """
        if self.turns_away():
            self._limits.owe(inbound)
            raise StoreDown("too many are in hand")
        if isinstance(inbound.what, Left) and inbound.channel == "web":
            return await self._conversation.receive(inbound)  # the page itself bounds how often
        name = _name(inbound.channel, inbound.user_id)
        bucket = self._pay(name, inbound.what)
        if bucket is None:
            await self._refuse(name, inbound)
            return None
        try:
            return await self._take(name, inbound)
        except StoreDown:
            # It will be brought again, perhaps very often: none of that is their doing.
            bucket.give_back(name)
            self._limits.owe(inbound)
            raise

    async def look(self, channel: str, user_id: str, *, locale: str) -> Reply:
        """Say the current question, as `Conversation.look` does."""
        return await self._conversation.look(channel, user_id, locale=locale)

    async def take_over(self, channel: str, user_id: str, code: str) -> Reply | None:
        """Go on here, as `Conversation.take_over` does. TooOften as above."""
        bucket, name = self._limits.messages, _name(channel, user_id)
        if not bucket.take(name):
            raise TooOften("codes")
        try:
            return await self._conversation.take_over(channel, user_id, code)
        except StoreDown:
            bucket.give_back(name)
            raise

    async def _take(self, name: str, inbound: Inbound) -> Reply | None:
        try:
            async with self._in_hand.holding(name):
                return await self._conversation.receive(inbound)
        except TooLate:
            raise StoreDown("what they sent before took too long") from None

    def _pay(self, name: str, what: Input) -> Buckets | None:
        """Return the bucket out of which it was paid. None: it is too much."""
        limits = self._limits
        if isinstance(what, Left | Unsent):
            bucket = limits.undone
        elif limits.messages.take(name):
            return limits.messages
        elif self._is_alarm(name, what):
            bucket = limits.pressing
        elif self._needed.is_way_out(what):
            bucket = limits.ways
        else:
            return None
        if not bucket.take(name):
            return None
        self._count("pressing")
        return bucket

    def _is_alarm(self, name: str, what: Input) -> bool:
        match what:
            case Typed(text=text) | Edited(text=text):
                return self._limits.heard.take(name, len(text)) and self._needed.is_alarm(text)
        return False

    async def _refuse(self, name: str, inbound: Inbound) -> None:
        """Drop it, and say so; StoreDown: it is not dropped, the channel brings it again."""
        if inbound.reply_to is None and inbound.channel == "web":
            self._count("limited")
            raise TooOften("messages")
        if self._clock() - self._turned_away_at < _UNREAD_OWED_S:
            self._limits.owe(inbound)  # perhaps it was among those; nobody read whose they were
        if isinstance(inbound.what, Left) or self._limits.is_owed(inbound):
            self._count("later")
            raise StoreDown("too much at once, and not to be lost")
        self._count("limited")
        if inbound.reply_to is None:
            return
        try:
            await self._say_so(name, inbound)
        except StoreDown:
            # Away. To answer "taken" now would be a lie: the bucket may be empty only because of what is not stored.
            self._limits.owe(inbound)
            raise

    async def _say_so(self, name: str, inbound: Inbound) -> None:
        """Say it once a minute. Whoever is too fast while it is being stored hears what becomes of it."""
        telling = self._telling.get(name)
        if telling is None:
            if not self._limits.told.take(name):
                return
            telling = self._telling[name] = asyncio.ensure_future(self._store_line(name, inbound))
            telling.add_done_callback(lambda _: self._telling.pop(name, None))
        await asyncio.shield(telling)

    async def _store_line(self, name: str, inbound: Inbound) -> None:
        try:
            await self._tell(inbound)
        except StoreDown:
            self._limits.told.give_back(name)
            raise
        except Exception as fault:  # noqa: BLE001 - what is dropped must cost nothing, also when we fail
            log_incident(_log, "slow_down_failed", fault, channel=inbound.channel)
        else:
            self._count("slowed")


def _name(channel: str, user_id: str) -> str:
    return f"{channel}:{user_id}"


def _name_delivery(inbound: Inbound) -> str:
    return f"{inbound.channel}:{inbound.user_id}:{inbound.delivery_id}"
