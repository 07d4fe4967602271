"""
The doors of the messaging channels.

An answer of 200 means that everything in the body is stored. Its body is empty: Telegram would
carry out what it says. Source: PLATFORMS §2.1.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from bot.errors import BadSignature, StoreDown
from bot.front.bodies import TooLarge, read_capped
from bot.log import log_incident
from bot.ports import Conversation, Inbound, Webhook

_log = logging.getLogger(__name__)
#: An event without a time comes after those with one.
_UNKNOWN = datetime.max.replace(tzinfo=UTC)

#: LINE takes a slower answer for a failure. Source: LINE guidelines, 2 s; SECURITY notes §4, commit ≤ 1.5 s.
_PATIENCE_S = 1.5
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
            inbounds = self.webhook.read(raw, request.headers)
        except TooLarge:
            return Response(status_code=413)
        except BadSignature:
            return Response(status_code=403)
        all_stored = await self._take_all(inbounds)
        self.wake()
        return Response(status_code=200 if all_stored else 503)

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
        try:
            await self.conversation.receive(inbound)
        except StoreDown:
            return False
        except Exception as fault:  # noqa: BLE001 - one event's fault must not cost its neighbours
            log_incident(_log, "event_failed", fault, channel=inbound.channel)
            return False
        return True
