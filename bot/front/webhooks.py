"""
The doors of the messaging channels.

An answer of 200 means that everything in the body is stored. Its body is empty: Telegram would
carry out what it says. Source: PLATFORMS §2.1.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import BadSignature, StoreDown
from bot.failpoints import reach
from bot.front.bodies import TooLarge, receive_capped
from bot.log import log_incident
from bot.ports import Conversation, Errand, Inbound, Webhook

_log = logging.getLogger(__name__)
#: An event without a time comes after those with one.
_UNKNOWN = datetime.max.replace(tzinfo=UTC)

#: LINE takes a slower answer for a failure. Source: LINE guidelines, 2 s; SECURITY notes §4, commit ≤ 1.5 s.
_PATIENCE_S = 1.5
#: What the first event of a body gets, however late it is.
_LEAST_S = 0.05
#: A turn takes a few milliseconds; after this the person is told to wait.
_LONG_S = 0.7
#: More at once who wait that long wait for the machine: to tell each of them would keep it even longer.
_MOST_SHOWN = 20
#: Far more than the bodies that come again at any time hold.
_MOST_TAKEN = 10_000
#: Source: SECURITY_NOTES T14.
MAX_WEBHOOK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a channel is told: a status, nothing else. `errands` are run once it was."""

    status: int
    errands: Sequence[Errand] = ()


#: Written once. What stands around the doors adds its headers to copies (`headers.py`).
_HEADS: Mapping[int, Message] = {
    status: {"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]}
    for status in (200, 403, 408, 413, 503)
}
_NO_BODY: Message = {"type": "http.response.body", "body": b"", "more_body": False}


@dataclass(frozen=True, slots=True)
class Door:
    """One channel's webhook."""

    webhook: Webhook
    conversation: Conversation
    going_on: set[asyncio.Task[Any]] = field(default_factory=set)
    #: Names of what is stored of bodies that are to come again.
    taken: set[str] = field(default_factory=set)
    #: What takes longer than usual, while its channel waits.
    late: set[asyncio.Task[Any]] = field(default_factory=set)

    async def open(self, headers: Headers, receive: Receive) -> Answer:
        """Take a delivery: 200 all stored, 403 not from the channel, 413 too large, 503 send it again."""
        try:
            raw = await receive_capped(headers, receive, max_bytes=MAX_WEBHOOK_BYTES)
        except TooLarge:
            return Answer(413)
        except HTTPException as late:
            return Answer(late.status_code)
        try:
            received = self.webhook.read(raw, headers)
        except BadSignature:
            return Answer(403)
        except Exception as fault:  # noqa: BLE001 - a body that breaks our reading must break nothing else
            log_incident(_log, "body_failed", fault)
            return Answer(503)
        reach("after_signature")
        all_stored = await self._take_all(received.inbounds)
        reach("before_answer")
        return Answer(200 if all_stored else 503, received.errands)

    async def run_errands(self, errands: Sequence[Errand]) -> None:
        """Do what else a delivery asks for."""
        for errand in errands:
            await self.webhook.run_errand(errand)

    async def _take_all(self, inbounds: Sequence[Inbound]) -> bool:
        # One at a time and by the channel's own time: one person's inputs must not overtake each
        # other, and the database has one writer anyway. Every one is tried, in the time that the channel
        # waits: those that are stored are recognised when it sends the whole body again. Even to recognise them
        # takes the database time, so what we know to be stored is passed over: else a body of many events, on a
        # slow machine, would come again for ever and never get to its last ones.
        waiting = [one for one in inbounds if one.delivery_id not in self.taken]
        stored: list[str] = []
        give_up_at = asyncio.get_running_loop().time() + _PATIENCE_S
        for place, inbound in enumerate(sorted(waiting, key=lambda one: one.sent_at or _UNKNOWN)):
            left_s = give_up_at - asyncio.get_running_loop().time()
            if place and left_s <= 0:
                break  # say so before the channel stops listening
            if await self._take(inbound, max(left_s, _LEAST_S)):
                stored.append(inbound.delivery_id)
        are_all = len(stored) == len(waiting)
        self._remember(() if are_all else stored)
        return are_all

    def _remember(self, stored: Sequence[str]) -> None:
        if len(self.taken) + len(stored) > _MOST_TAKEN:
            self.taken.clear()  # the database recognises them
        self.taken.update(stored)

    async def _take(self, inbound: Inbound, left_s: float) -> bool:
        """Take one input. False: it is not stored, or nobody knows in the time that is left."""
        taking = asyncio.create_task(self._receive(inbound))
        await asyncio.wait({taking}, timeout=min(left_s, _LONG_S))
        if not taking.done():
            # What was begun goes on, and is recognised when it comes again; how much may go on, others bound.
            self.going_on.add(taking)
            taking.add_done_callback(self.going_on.discard)
            self.late.add(taking)
            taking.add_done_callback(self.late.discard)
            is_shown = len(self.late) <= _MOST_SHOWN
            showing = asyncio.create_task(self._show_waiting(inbound)) if is_shown else None
            await asyncio.wait({taking}, timeout=max(left_s - _LONG_S, 0))
            self.late.discard(taking)
            if showing:
                showing.cancel()
        return taking.done() and taking.result()

    async def _receive(self, inbound: Inbound) -> bool:
        try:
            await self.conversation.receive(inbound)
        except StoreDown:
            return False
        except Exception as fault:  # noqa: BLE001 - one event's fault must not cost its neighbours
            log_incident(_log, "event_failed", fault, channel=inbound.channel)
            return False
        return True

    async def _show_waiting(self, inbound: Inbound) -> None:
        """Let the person see that it is worked on, when it takes longer than usual."""
        if inbound.reply_to is not None:
            await self.webhook.show_waiting(inbound.reply_to)


class DoorsFirst:
    """
    Serves deliveries ahead of everything that is there for browsers: their cookies, their routes, their pages.

    `doors` by path. Whatever is no POST to one of them goes on to `app`.
    """

    def __init__(self, app: ASGIApp, *, doors: Mapping[str, Door]) -> None:
        self._app = app
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        door = self._doors.get(scope["path"]) if scope.get("method") == "POST" else None
        if door is None:
            await self._app(scope, receive, send)
            return
        answer = await door.open(Headers(scope=scope), receive)
        await send(_HEADS[answer.status])
        await send(_NO_BODY)
        # Only now: until everything is stored nothing goes out.
        await door.run_errands(answer.errands)
