"""
Take one input: load → turn → save → queue, in one transaction.

Nothing here touches the network. What the engine decided is applied event by event; the reply is
rendered before the commit, so that a sentence that cannot be said never leaves a half-made turn.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.core.engine import Engine
from bot.core.events import Answered, EraseRequested, Event, Interrupted, Said, SessionEnded, Turn
from bot.core.model import NOT_YET, PersonKey, Session, VisitId
from bot.core.reply import Reply
from bot.errors import StaleSession, StateGone, StoreDown
from bot.log import log_incident
from bot.ports import Clock, Inbound, Store, Stored, Tx, Vault, Voice

_log = logging.getLogger(__name__)
#: A save can lose against another delivery of the same person; more often than this is a fault.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Runner:
    """Implements the `Conversation` port over one engine and one store."""

    engine: Engine
    store: Store
    vault: Vault
    voice: Voice
    clock: Clock
    new_visit: Callable[[], str]

    async def receive(self, inbound: Inbound) -> Reply | None:
        """
        Take one input; returns the reply to show when there is no `reply_to`.

        StoreDown: nothing was stored, so the channel must send it again. Any other failure is ours:
        it is logged without content, and the person gets the line that names the human route.
        """
        try:
            return await self._receive_with_retries(inbound)
        except StoreDown:
            raise
        except Exception as fault:  # noqa: BLE001 - the edge: a bug must not leave a person alone
            log_incident(_log, "turn_failed", fault, channel=inbound.channel)
            return await self._apologise(inbound)

    async def look(self, channel: str, user_id: str, *, locale: str) -> Reply:
        """Say the current question without changing anything. StoreDown as in `receive`."""
        now = self.clock()
        stored = await self.store.look(self.vault.person_key(channel, user_id)) if user_id else None
        turn = self._look_at(stored.session, now) if stored else None
        if turn is None:
            turn = self.engine.look(self.engine.begin(NOT_YET, self.voice.choose_locale(locale), now), now)
        return self._require_reply(turn, channel, now)

    # One turn

    async def _receive_with_retries(self, inbound: Inbound) -> Reply | None:
        for _ in range(_TRIES):
            try:
                return await self._receive_once(inbound)
            except StaleSession:
                continue
        raise StoreDown("the session was busy for too long")

    async def _receive_once(self, inbound: Inbound) -> Reply | None:
        now = self.clock()
        person = self.vault.person_key(inbound.channel, inbound.user_id)
        async with self.store.transaction() as tx:
            if not await tx.claim(inbound.channel, inbound.delivery_id, now):
                is_seen = True
            else:
                is_seen = False
                reply = await self._turn(tx, person, inbound, now)
        if not is_seen:
            return reply
        if inbound.reply_to:
            return None
        return await self.look(inbound.channel, inbound.user_id, locale=inbound.locale)

    async def _turn(self, tx: Tx, person: PersonKey, inbound: Inbound, now: datetime) -> Reply | None:
        stored = await tx.load_session(person)
        turn = self._take(stored, inbound, now)
        reply = self._render(turn, inbound.channel, now)
        await self._apply(tx, person, turn, stored)
        if reply is None or inbound.reply_to is None:
            return reply
        await tx.queue(person, inbound.channel, inbound.reply_to, reply, now)
        return None

    def _take(self, stored: Stored | None, inbound: Inbound, now: datetime) -> Turn:
        if stored:
            try:
                return self.engine.take_turn(
                    stored.session, inbound.what, now, sent_at=inbound.sent_at, reply_lost=stored.reply_lost
                )
            except StateGone:
                _log.warning("session_restarted")
        begun = self._begin(stored.session.locale if stored else inbound.locale, now)
        return self.engine.take_turn(begun, inbound.what, now, sent_at=inbound.sent_at)

    def _begin(self, wanted: str, now: datetime) -> Session:
        locale = self.voice.choose_locale(wanted)
        return self.engine.begin(VisitId(self.new_visit()), locale, now)

    async def _apply(self, tx: Tx, person: PersonKey, turn: Turn, stored: Stored | None) -> None:
        for event in turn.events:
            await self._apply_event(tx, person, event)
        if not any(isinstance(event, EraseRequested) for event in turn.events):
            version = stored.version if stored else None
            await tx.save_session(person, turn.session, expected_version=version)

    async def _apply_event(self, tx: Tx, person: PersonKey, event: Event) -> None:
        match event:
            case EraseRequested():
                await tx.erase(person)
            case Said() | Answered() | Interrupted() | SessionEnded():
                """The session itself carries these; nothing more to store."""
            case _:
                assert_never(event)

    # What is said

    def _render(self, turn: Turn, channel: str, now: datetime) -> Reply | None:
        said = turn.get_said()
        return self.voice.render(said, turn.session, now, channel=channel) if said else None

    def _require_reply(self, turn: Turn, channel: str, now: datetime) -> Reply:
        said = turn.get_said() or Said(turn.session.state)
        return self.voice.render(said, turn.session, now, channel=channel)

    def _look_at(self, session: Session, now: datetime) -> Turn | None:
        try:
            return self.engine.look(session, now)
        except StateGone:
            return None

    async def _apologise(self, inbound: Inbound) -> Reply | None:
        """Store the apology as the answer to this delivery, so that it is given once."""
        now = self.clock()
        reply = self.voice.sorry(self.voice.choose_locale(inbound.locale))
        if inbound.reply_to is None:
            return reply
        person = self.vault.person_key(inbound.channel, inbound.user_id)
        async with self.store.transaction() as tx:
            if await tx.claim(inbound.channel, inbound.delivery_id, now):
                await tx.queue(person, inbound.channel, inbound.reply_to, reply, now)
        return None
