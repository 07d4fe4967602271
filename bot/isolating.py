"""
What becomes of an input that makes our code fail.

It is tried again a few times at once, with growing pauses, because some faults pass. Then its person is told, with the
way to a human, and goes on; a record of what it looked like is kept for whoever mends us. It is never tried again
later: the person was told that nothing was kept, and has said it anew or has gone on by then.

The ways to tell them, each where the one before fails: a letter in the outbox; the channel directly; and last the
channel is told to send it again, five times.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.core.inputs import Edited, Input, Typed
from bot.core.reply import Reply
from bot.core.shape import draw_shape
from bot.errors import StoreDown, TooOften
from bot.limits import Buckets
from bot.log import describe_fault, log_incident
from bot.ports import Clock, Inbound, Mail, Poison, Quarantine, Sender, Store, Vault, Voice

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
#: Before the second, third, fourth and fifth try. Together with the tries below LINE's patience. Source: SECURITY T15.
PAUSES_S = (0.03, 0.08, 0.18, 0.35)
#: Further tries of a whole process: where everything fails, trying everything five times makes nothing better.
MOST_TRIES_A_MINUTE = 120
#: How often a channel may bring what can neither be taken nor answered.
_DELIVERIES = 5
#: Deliveries of that kind that are remembered.
_MOST_REMEMBERED = 1_000


def _count_nothing(_what: str) -> None:
    """Nobody counts."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often something is tried: once more after each of `pauses_s`, as long as `tries` has some left."""

    pauses_s: tuple[float, ...] = PAUSES_S
    tries: Buckets | None = None
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def insist(self, once: Callable[[], Awaitable[_T]]) -> _T:
        """Try. StoreDown and TooOften are no faults and are raised at once; else the last fault is."""
        for pause_s in self.pauses_s:
            try:
                return await once()
            except (StoreDown, TooOften):
                raise
            except Exception:
                if self.tries is not None and not self.tries.take("all"):
                    raise
            await self.sleep(pause_s * random.uniform(0.75, 1.25))  # noqa: S311 - a pause is no secret
        return await once()


class Attempting(Protocol):
    """A conversation that raises what fails in it, instead of making up for it."""

    async def attempt(self, inbound: Inbound) -> Reply | None:
        """Take one input in one transaction."""
        ...

    async def look(self, channel: str, user_id: str, *, locale: str) -> Reply:
        """As `Conversation.look`."""
        ...

    async def take_over(self, channel: str, user_id: str, code: str) -> Reply | None:
        """As `Conversation.take_over`."""
        ...


class Isolation:
    """
    A `Conversation` and its edge: whatever fails inside, nobody is left without a line to a human.

    `inner` takes an input and may raise. `sorries` are the apology in every language, made ahead, so that a fault in
    the voice does not silence it. `senders` can say it directly. `count` is told of `poisoned`, `told_directly`,
    `given_up`.
    """

    def __init__(
        self,
        inner: Attempting,
        *,
        store: Store,
        vault: Vault,
        voice: Voice,
        clock: Clock,
        sorries: Mapping[str, Reply],
        senders: Mapping[str, Sender],
        quarantine: Quarantine,
        patience: Patience,
        count: Callable[[str], None] = _count_nothing,
    ) -> None:
        self._inner = inner
        self._store = store
        self._vault = vault
        self._voice = voice
        self._clock = clock
        self._sorries = sorries
        self._senders = senders
        self._quarantine = quarantine
        self._patience = patience
        self._count = count
        self._came: OrderedDict[tuple[str, str], int] = OrderedDict()

    async def receive(self, inbound: Inbound) -> Reply | None:
        """
        Take one input, as `Conversation.receive` does. StoreDown: the channel must send it again.

        Any other fault means that the person could not be told either: the channel must send it again as well.
        """
        try:
            patience = Patience(()) if inbound.fault else self._patience
            return await patience.insist(lambda: self._attempt(inbound))
        except (StoreDown, TooOften):
            raise
        except Exception as fault:  # noqa: BLE001 - the edge: a bug must not leave a person alone
            log_incident(_log, "turn_failed", fault, channel=inbound.channel)
            self._count("poisoned")
            return await self._make_up_for(inbound, fault)

    async def _attempt(self, inbound: Inbound) -> Reply | None:
        if inbound.fault is not None:  # it could not even be read
            raise inbound.fault
        return await self._inner.attempt(inbound)

    async def look(self, channel: str, user_id: str, *, locale: str) -> Reply:
        """Say the current question."""
        return await self._inner.look(channel, user_id, locale=locale)

    async def take_over(self, channel: str, user_id: str, code: str) -> Reply | None:
        """Go on here with the conversation that a code stands for."""
        return await self._inner.take_over(channel, user_id, code)

    async def _make_up_for(self, inbound: Inbound, fault: Exception) -> Reply | None:
        """Tell the person, and only then keep a record: the record may fail."""
        sorry = self._choose_sorry(inbound)
        if inbound.reply_to is None:
            if (
                inbound.channel != "web"
            ):  # a message taken back, or somebody who left: nobody waits for a word
                await self._insist_on_delivery(inbound, fault)
            await self._keep(inbound, fault)
            return sorry if inbound.channel == "web" else None
        try:
            await self._post(inbound, sorry)
        except StoreDown:
            raise
        except Exception as second:  # noqa: BLE001 - as above
            log_incident(_log, "apology_failed", second, channel=inbound.channel)
            if not (await self._tell_directly(inbound, sorry) and await self._mark(inbound)):
                await self._insist_on_delivery(inbound, fault)
        await self._keep(inbound, fault)
        return None

    def _choose_sorry(self, inbound: Inbound) -> Reply:
        try:
            return self._sorries[self._voice.choose_locale(inbound.locale)]
        except Exception:  # noqa: BLE001 - any language is better than none
            return next(iter(self._sorries.values()))

    async def _post(self, inbound: Inbound, sorry: Reply) -> None:
        """Store the apology as the answer to this delivery, so that it is given once."""
        assert inbound.reply_to is not None  # noqa: S101 - the caller looked
        now = self._clock()
        person = self._vault.person_key(inbound.channel, inbound.user_id)
        async with self._store.transaction() as tx:
            if await tx.claim(inbound.channel, inbound.delivery_id, now):
                await tx.load_session(
                    person
                )  # holds them: an erasure at the same moment sees the letter and its key
                await tx.queue(person, Mail(inbound.channel, inbound.reply_to, sorry), now)

    async def _tell_directly(self, inbound: Inbound, sorry: Reply) -> bool:
        """Say it without the outbox. False: perhaps nobody heard it."""
        sender = self._senders.get(inbound.channel)
        if sender is None or inbound.reply_to is None:
            return False
        try:
            await sender.deliver(inbound.reply_to, sorry)
        except Exception as fault:  # noqa: BLE001 - then the channel sends it again
            log_incident(_log, "apology_failed", fault, channel=inbound.channel)
            return False
        self._count("told_directly")
        return True

    async def _mark(self, inbound: Inbound) -> bool:
        """Mark the delivery as handled. False: it cannot be."""
        try:
            async with self._store.transaction() as tx:
                await tx.claim(inbound.channel, inbound.delivery_id, self._clock())
        except Exception as fault:  # noqa: BLE001 - then the channel sends it again, and is refused in the end
            log_incident(_log, "apology_failed", fault, channel=inbound.channel)
            return False
        return True

    async def _insist_on_delivery(self, inbound: Inbound, fault: Exception) -> None:
        """Raise the fault, so that the channel sends it again; after five times let it go."""
        name = (inbound.channel, inbound.delivery_id)
        came = self._came.pop(name, 0) + 1
        if came >= _DELIVERIES:
            self._count("given_up")
            log_incident(_log, "event_given_up", fault, channel=inbound.channel)
            return
        self._came[name] = came
        if len(self._came) > _MOST_REMEMBERED:
            self._came.popitem(last=False)
        raise fault

    async def _keep(self, inbound: Inbound, fault: Exception) -> None:
        """Keep what it looked like, for whoever mends us. Never raises."""
        kind, place = describe_fault(fault)
        poison = Poison(
            inbound.channel, type(inbound.what).__name__.lower(), kind, place, _shape(inbound.what)
        )
        try:
            await self._quarantine.keep(poison, self._clock())
        except Exception as second:  # noqa: BLE001 - the incident is in the log already
            log_incident(_log, "quarantine_failed", second, channel=inbound.channel)


def _shape(what: Input) -> str:
    """Return the shape of what was written; of everything else the kind says enough."""
    return draw_shape(what.text) if isinstance(what, Typed | Edited) else ""
