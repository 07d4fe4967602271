"""
The doors of the messaging channels.

An answer of 200 means that everything in the body is stored. Its body is empty: Telegram would
carry out what it says. Source: PLATFORMS §2.1.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from bot.errors import BadSignature, StoreDown
from bot.front.bodies import TooLarge, read_capped
from bot.log import log_incident
from bot.ports import Conversation, Errand, Inbound, Webhook

_log = logging.getLogger(__name__)
#: An event without a time comes after those with one.
_UNKNOWN = datetime.max.replace(tzinfo=UTC)

#: LINE takes a slower answer for a failure. Source: LINE guidelines, 2 s; SECURITY notes §4, commit ≤ 1.5 s.
_PATIENCE_S = 1.5
#: A turn takes a few milliseconds; after this the person is told to wait.
_LONG_S = 0.7
#: Source: SECURITY_NOTES T14.
MAX_WEBHOOK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Door:
    """One channel's webhook."""

    webhook: Webhook
    conversation: Conversation
    wake: Callable[[], None]

    async def open(self, request: Request) -> Response:
        """Take a delivery: 200 all stored, 403 not from the channel, 413 too large, 503 send it again."""
        try:
            raw = await read_capped(request, max_bytes=MAX_WEBHOOK_BYTES)
            received = self.webhook.read(raw, request.headers)
        except TooLarge:
            return Response(status_code=413)
        except BadSignature:
            return Response(status_code=403)
        all_stored = await self._take_all(received.inbounds)
        self.wake()
        # Only now: until everything is stored nothing goes out.
        after = BackgroundTask(self._run_errands, received.errands) if received.errands else None
        return Response(status_code=200 if all_stored else 503, background=after)

    async def _run_errands(self, errands: Sequence[Errand]) -> None:
        for errand in errands:
            await self.webhook.run_errand(errand)

    async def _take_all(self, inbounds: Sequence[Inbound]) -> bool:
        # One at a time and by the channel's own time: one person's inputs must not overtake each
        # other, and the database has one writer anyway. Every one is tried: those that are stored
        # are recognised when the channel sends the whole body again.
        all_stored = True
        give_up_at = time.monotonic() + _PATIENCE_S
        for inbound in sorted(inbounds, key=lambda one: one.sent_at or _UNKNOWN):
            if not all_stored and time.monotonic() > give_up_at:
                break  # the database is away: say so before the channel stops listening
            all_stored = await self._take(inbound) and all_stored
        return all_stored

    async def _take(self, inbound: Inbound) -> bool:
        waiting = asyncio.create_task(self._show_waiting(inbound))
        try:
            await self.conversation.receive(inbound)
        except StoreDown:
            return False
        except Exception as fault:  # noqa: BLE001 - one event's fault must not cost its neighbours
            log_incident(_log, "event_failed", fault, channel=inbound.channel)
            return False
        finally:
            waiting.cancel()
        return True

    async def _show_waiting(self, inbound: Inbound) -> None:
        """Let the person see that it is worked on, when it takes longer than usual."""
        await asyncio.sleep(_LONG_S)
        if inbound.reply_to is not None:
            await self.webhook.show_waiting(inbound.reply_to)
