"""
Fetching Telegram updates for people without a public address, with the same care as the webhook.

Telegram keeps an update until a later call asks for those behind it. So the offset passes an update
only once it is stored: whatever dies before that is fetched again, and recognised where it was stored
after all. One update that cannot be stored holds up its own chat, nobody else's. Nothing is answered
from here: replies go through the outbox.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.channels.telegram_setup import ALLOWED_UPDATES, Answer, BotApi, refuse
from bot.channels.telegram_updates import CHANNEL
from bot.channels.wire import find_whole
from bot.errors import ChannelError, StoreDown
from bot.log import log_incident
from bot.ports import Conversation, Errand, Received

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
#: How long Telegram keeps the call open while nothing happens.
HOLD_S = 25
#: The most that one call returns. Source: Telegram Bot API, getUpdates, `limit`.
_AT_ONCE = 100
#: Courtesies on their way at once.
_MOST_ERRANDS = 200
#: A fault of ours may pass once; the second time it is the update.
_TRIES = 2
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
_GRACE_S = 5.0
_OK, _CONFLICT, _TOO_MANY = 200, 409, 429
#: Codes after which no other call will pass either.
_REFUSED = frozenset({401, 404})


@dataclass(frozen=True, slots=True)
class Update:
    """One update as Telegram sent it. `raw` holds what somebody wrote."""

    number: int
    raw: bytes = field(repr=False)


@dataclass(slots=True)
class Poller:
    """
    Fetches, hands over, remembers how far it is. One per bot: Telegram serves a single one.

    `read` is the channel's own decoding, as behind the webhook. `wake` says that replies may be waiting.
    """

    api: BotApi
    read: Callable[[bytes], Received]
    conversation: Conversation
    run_errand: Callable[[Errand], Coroutine[Any, Any, None]]
    wake: Callable[[], None]
    jitter: random.Random = field(default_factory=random.SystemRandom)
    hold_s: int = HOLD_S
    grace_s: float = _GRACE_S
    sleep: Callable[[float], Coroutine[Any, Any, object]] = asyncio.sleep
    _offset: int | None = None
    _stored: set[int] = field(default_factory=set)
    _faults: dict[int, int] = field(default_factory=dict)
    _troubles: int = 0
    _takes_over: bool = False
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, *, take_over: bool = False) -> None:
        """
        Fetch until `stop`; what is in hand then is stored first. `take_over` ends a webhook.

        ChannelError, with the mend: Telegram does not know the token, a webhook is set, or another
        program fetches for this bot. Any other trouble is waited out.
        """
        self._takes_over = take_over
        try:
            while not self._stopping.is_set():
                await self._fetch()
            if self._running:
                await asyncio.wait(self._running, timeout=self.grace_s)
        finally:
            for task in self._running:
                task.cancel()

    def stop(self) -> None:
        """Fetch no more. What was fetched and not stored Telegram gives to the next who asks."""
        self._stopping.set()

    # Fetching

    async def _fetch(self) -> None:
        try:
            answer = await self._unless_stopped(
                self.api.call("getUpdates", self._ask_for(), patience_s=self.hold_s)
            )
            if answer is not None:
                await self._settle(answer)
        except ChannelError as fault:
            if fault.permanent:
                raise
            log_incident(_log, "poll_failed", fault, channel=CHANNEL)
            await self._pause()

    def _ask_for(self) -> dict[str, str]:
        offset = {} if self._offset is None else {"offset": str(self._offset)}
        kinds = json.dumps(ALLOWED_UPDATES)
        return {"timeout": str(self.hold_s), "limit": str(_AT_ONCE), "allowed_updates": kinds, **offset}

    async def _settle(self, answer: Answer) -> None:
        if answer.code == _OK:
            self._takes_over = False
            updates = _list_updates(answer.result)
            await (self._take_all(updates) if updates or not answer.result else self._pause())
        elif answer.code == _CONFLICT:
            await self._settle_conflict(answer)
        elif answer.code in _REFUSED:
            raise refuse("getUpdates", answer)
        else:
            log_incident(_log, "poll_failed", refuse("getUpdates", answer), channel=CHANNEL)
            await self._pause(at_least_s=answer.wait_s or 0.0)

    async def _settle_conflict(self, answer: Answer) -> None:
        """Telegram either calls a webhook or is asked, by one program. Source: Telegram Bot API, getUpdates."""
        if "webhook" not in answer.says.lower():
            raise ChannelError(
                "Telegram: another program fetches for this bot; stop that one, or make a bot of its own for each",
                permanent=True,
            )
        was_set_meanwhile = "terminated" in answer.says.lower()  # while our call was held
        if not self._takes_over or was_set_meanwhile:
            raise ChannelError(
                "Telegram: a webhook is set, so nothing can be fetched; `frontdoor telegram poll --take-over` ends it "
                "and loses nothing",
                permanent=True,
            )
        await self._unless_stopped(self.api.ask("deleteWebhook", {"drop_pending_updates": "false"}))
        self._takes_over = False

    # Storing

    async def _take_all(self, updates: Sequence[Update]) -> None:
        """Store a batch in its order, one after the other, and move on as far as all is stored."""
        held: set[str] = set()
        for update in updates:
            if self._stopping.is_set():
                return
            if update.number not in self._stored and await self._take(update, held):
                self._stored.add(update.number)
        if self._advance([update.number for update in updates]):
            self._troubles = 0
        else:
            await self._pause()

    def _advance(self, numbers: Sequence[int]) -> bool:
        """
        Set the offset to the first that is not stored; False: there is one, so wait before asking again.

        With nothing waiting the offset is forgotten. Telegram confirmed all before it by this very call,
        and after a quiet week it numbers anew, perhaps below. Source: Telegram Bot API, Update, `update_id`.
        """
        left = [number for number in numbers if number not in self._stored]
        self._offset = min(left) if left else max(numbers, default=-1) + 1 or None
        self._stored = {number for number in self._stored if number >= (self._offset or 0)} if left else set()
        self._faults = {number: self._faults.get(number, 0) for number in left}
        return not left

    async def _take(self, update: Update, held: set[str]) -> bool:
        """Store one update. False: it comes again, and until then the others of its people, `held`, wait."""
        people: set[str] = set()
        try:
            received = self.read(update.raw)
            people = {inbound.user_id for inbound in received.inbounds}
            if people & held:
                return False
            for inbound in received.inbounds:
                await self.conversation.receive(inbound)
        except StoreDown as fault:
            if not held:
                log_incident(_log, "database_down", fault, channel=CHANNEL)
            held |= people
            return False
        except Exception as fault:  # noqa: BLE001 - the edge: one update's fault must not cost the others
            return self._count_fault(update, fault, people=people, held=held)
        self._run_errands(received.errands)
        self.wake()
        return True

    def _count_fault(self, update: Update, fault: Exception, *, people: set[str], held: set[str]) -> bool:
        """Let it be tried once more; after that it is left behind, or nobody of this chat would be heard again."""
        self._faults[update.number] = self._faults.get(update.number, 0) + 1
        if self._faults[update.number] >= _TRIES:
            log_incident(_log, "update_skipped", fault, channel=CHANNEL)
            return True
        log_incident(_log, "event_failed", fault, channel=CHANNEL)
        held |= people
        return False

    def _run_errands(self, errands: Sequence[Errand]) -> None:
        """Run them beside the rest; where Telegram is slow, courtesies are left out rather than heaped up."""
        for errand in errands[: max(_MOST_ERRANDS - len(self._running), 0)]:
            task = asyncio.create_task(self.run_errand(errand))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    # Waiting

    async def _unless_stopped(self, work: Coroutine[Any, Any, _T]) -> _T | None:
        """Wait for the work or for `stop`, whichever comes first. Safe: nothing fetched is confirmed yet."""
        task, stopping = asyncio.create_task(work), asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            task.cancel()
            stopping.cancel()

    async def _pause(self, *, at_least_s: float = 0.0) -> None:
        """Wait longer each time, not in step with others, and no longer than until `stop`."""
        longest_s = min(_FIRST_PAUSE_S * 2**self._troubles, _LONGEST_PAUSE_S)
        self._troubles = min(self._troubles + 1, 10)
        await self._unless_stopped(self.sleep(max(at_least_s, longest_s * self.jitter.uniform(0.5, 1.0))))


def _list_updates(result: object) -> list[Update]:
    """Return what has a number, in its order; what has none cannot be confirmed, nor understood."""
    found = result if isinstance(result, list) else []
    numbered = [(find_whole(one, "update_id"), one) for one in found if isinstance(one, dict)]
    updates = [Update(number, json.dumps(one).encode()) for number, one in numbered if number is not None]
    return sorted(updates, key=lambda update: update.number)
