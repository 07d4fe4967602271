"""
What is put around the parts of a program, so that they are counted and know nothing of it.

Nothing here changes what happens: every value and every exception passes through.
"""

from __future__ import annotations

from collections.abc import Collection, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from time import perf_counter
from types import TracebackType
from typing import Any

from bot.core.model import PersonKey
from bot.core.reply import Reply
from bot.errors import StoreDown, TooOften
from bot.metrics.cells import Meters
from bot.ports import Conversation, Inbound, Letter, Outbox, Sealed, Sealer, Store, Stored, Tx
from bot.ports.handoff import Purpose

_OK = 200
_STATUS = {403: "403", 413: "413", 503: "503"}
_CLASSES = {2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}


class MeteredConversation:
    """A `Conversation` whose inputs are counted."""

    def __init__(self, inner: Conversation, meters: Meters) -> None:
        self._inner = inner
        self._count = meters.count

    async def receive(self, inbound: Inbound) -> Reply | None:
        """Take one input, as `Conversation.receive` does."""
        outcome = "failed"
        try:
            reply = await self._inner.receive(inbound)
            outcome = "taken"
        except StoreDown:
            outcome = "refused"
            self._count("frontdoor_database_errors_total", "turn")
            raise
        except TooOften:
            outcome = "too_often"
            raise
        finally:
            self._count("frontdoor_events_total", inbound.channel, outcome)
        return reply

    async def look(self, channel: str, user_id: str, *, locale: str) -> Reply:
        """Say the current question."""
        return await self._inner.look(channel, user_id, locale=locale)

    async def take_over(self, channel: str, user_id: str, code: str) -> Reply | None:
        """Go on here with the conversation of a code."""
        return await self._inner.take_over(channel, user_id, code)


class MeteredStore:
    """A `Store` whose commits are timed."""

    def __init__(self, inner: Store, meters: Meters) -> None:
        self._inner = inner
        self._meters = meters

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """Open a transaction."""
        return _TimedCommit(self._inner.transaction(), self._meters)

    async def look(self, person: PersonKey) -> Stored | None:
        """Read one session."""
        return await self._inner.look(person)

    async def is_ready(self) -> bool:
        """Say whether the database answers."""
        return await self._inner.is_ready()


class _TimedCommit:
    """One transaction; leaving it well is its commit."""

    __slots__ = ("_inner", "_meters")

    def __init__(self, inner: AbstractAsyncContextManager[Tx], meters: Meters) -> None:
        self._inner = inner
        self._meters = meters

    def __aenter__(self) -> Coroutine[Any, Any, Tx]:
        return self._inner.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        began = perf_counter()
        done = await self._inner.__aexit__(kind, fault, trace)
        if kind is None:
            self._meters.time(perf_counter() - began, "frontdoor_commit_seconds")
        return done


class MeteredOutbox:
    """An `Outbox` whose letters are counted by how they ended."""

    def __init__(self, inner: Outbox, meters: Meters) -> None:
        self._inner = inner
        self._count = meters.count

    async def claim_due(
        self, now: datetime, limit: int, channels: Collection[str] | None = None
    ) -> Sequence[Letter]:
        """Take letters that are due."""
        try:
            return await self._inner.claim_due(now, limit, channels)
        except StoreDown:
            self._count("frontdoor_database_errors_total", "outbox")
            raise

    async def is_held(self, letter: Letter) -> bool:
        """Say whether a letter is still ours."""
        return await self._inner.is_held(letter)

    async def mark_sent(
        self, letter: Letter, message_ids: tuple[str, ...] = (), *, awaited: bool = False
    ) -> None:
        """Delivered."""
        await self._inner.mark_sent(letter, message_ids, awaited=awaited)
        self._end(letter, "sent")

    async def mark_lost(self, letter: Letter, state: str, message_ids: tuple[str, ...] = ()) -> None:
        """Not, or perhaps."""
        await self._inner.mark_lost(letter, state, message_ids)
        self._end(letter, state)

    async def mark_gone(self, letter: Letter) -> None:
        """They left."""
        await self._inner.mark_gone(letter)
        self._end(letter, "gone")

    async def postpone(self, letter: Letter, due_at: datetime, **more: Any) -> None:
        """Try again later."""
        await self._inner.postpone(letter, due_at, **more)
        self._end(letter, "postponed")

    async def sweep(self, now: datetime) -> None:
        """Repair and destroy."""
        try:
            await self._inner.sweep(now)
        except StoreDown:
            self._count("frontdoor_database_errors_total", "sweep")
            raise
        self._count("frontdoor_sweeps_total")

    def _end(self, letter: Letter, end: str) -> None:
        self._count("frontdoor_replies_total", letter.channel, end)


class MeteredSealer:
    """A `Sealer` that counts what it sealed."""

    def __init__(self, inner: Sealer, meters: Meters) -> None:
        self._inner = inner
        self._count = meters.count

    def is_open(self) -> bool:
        """Say whether the desk takes anything."""
        return self._inner.is_open()

    def list_fingerprints(self) -> tuple[str, ...]:
        """Return whom it is sealed to."""
        return self._inner.list_fingerprints()

    def seal(self, plain: bytes, *, purpose: Purpose, name: str, at: datetime) -> Sealed:
        """Seal."""
        sealed = self._inner.seal(plain, purpose=purpose, name=name, at=at)
        self._count("frontdoor_sealed_total", purpose)
        return sealed


class MeteredApp:
    """An ASGI app whose webhooks are timed: `doors`, channels by path. With `classes` every answer is counted by its class instead."""

    def __init__(
        self, app: Any, meters: Meters, *, doors: Mapping[str, str] | None = None, classes: bool = False
    ) -> None:
        self._app = app
        self._meters = meters
        self._classes = classes
        self._doors = doors or {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""
        channel = self._doors.get(scope.get("path", ""), "")
        if not (channel or self._classes):
            await self._app(scope, receive, send)
            return
        began = perf_counter()

        def note(message: Any) -> Any:  # hands the sending on instead of waiting for it: one step less
            if "status" in message:  # the head of the answer
                self._note(channel, message["status"], perf_counter() - began)
            return send(message)

        await self._app(scope, receive, note)

    def _note(self, channel: str, status: int, seconds: float) -> None:
        if self._classes:
            self._meters.count("frontdoor_office_answers_total", _CLASSES.get(status // 100, "5xx"))
            return
        if status != _OK:
            self._meters.count("frontdoor_webhook_refusals_total", channel, _STATUS.get(status, "other"))
        self._meters.time(seconds, "frontdoor_webhook_seconds", channel)
