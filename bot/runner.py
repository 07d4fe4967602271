"""
Take one input: load → turn → save → queue, in one transaction.

Nothing here touches the network, and what fails here is raised: the edge that answers it stands in `bot/isolating.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.core.code import read_code
from bot.core.engine import Engine
from bot.core.events import Said, Turn
from bot.core.model import NOT_YET, PersonKey, Session
from bot.core.records import changed
from bot.core.reply import Reply
from bot.core.tally import Took
from bot.errors import StaleSession, StateGone, StoreDown
from bot.failpoints import reach
from bot.handing import Handing
from bot.log import log_incident
from bot.ports import Clock, Inbound, Letter, Store, Vault, Voice
from bot.taking import Taking

_log = logging.getLogger(__name__)
#: A save can lose against another delivery of the same person; more often than this is a fault.
_TRIES = 5
_T = TypeVar("_T")


def _count_nothing(_took: Took) -> None:
    """Nobody counts."""


def _tell_nobody(_inbound: Inbound) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Runner:
    """
    Takes inputs over one engine and one store.

    `count` is told of every turn that was committed. It must not wait and must not raise.
    """

    engine: Engine
    store: Store
    vault: Vault
    voice: Voice
    clock: Clock
    new_visit: Callable[[], str]
    new_code: Callable[[], str]
    handing: Handing
    count: Callable[[Took], None] = _count_nothing
    #: Told of an input that had been taken before. As above.
    doubled: Callable[[Inbound], None] = _tell_nobody

    async def attempt(self, inbound: Inbound) -> Reply | None:
        """
        Take one input; returns the reply to show when there is no `reply_to`.

        StoreDown: nothing was stored, so the channel must send it again. Any other failure is ours and is raised, with
        nothing stored either: `isolating.Isolation` makes up for it.
        """
        return await self._try_often(lambda: self._attempt_once(inbound))

    async def look(self, channel: str, user_id: str, *, locale: str) -> Reply:
        """Say the current question without changing anything. StoreDown as in `attempt`."""
        now = self.clock()
        stored = await self.store.look(self.vault.person_key(channel, user_id)) if user_id else None
        turn = self._look_at(stored.session) if stored else None
        if turn is None:
            turn = self.engine.look(self.engine.begin(NOT_YET, self.voice.choose_locale(locale), now), now)
        return self._taking.say(turn, channel, now)

    async def take_over(self, channel: str, user_id: str, code: str) -> Reply | None:
        """Go on here with the conversation that a code stands for; see `Conversation.take_over`."""
        wanted = read_code(code)
        person = self.vault.person_key(channel, user_id)
        return (
            await self._try_often(lambda: self._take_over_once(channel, person, wanted)) if wanted else None
        )

    async def speak(self, letter: Letter, tag: str) -> Reply:
        """
        Return a first reply in the language that the channel told meanwhile; the conversation goes on in it.

        Unchanged when it is that language already, when they have moved on, or when anything fails: to
        be answered in another language is better than not at all.
        """
        locale = self.voice.choose_locale(tag)
        if locale == letter.reply.locale:
            return letter.reply
        try:
            return await self._try_often(lambda: self._speak_once(letter, locale))
        except StoreDown:
            return letter.reply
        except Exception as fault:  # noqa: BLE001 - as above: a bug must not leave a person alone
            log_incident(_log, "delivery_failed", fault, channel=letter.channel)
            return letter.reply

    # Once

    async def _try_often(self, once: Callable[[], Awaitable[_T]]) -> _T:
        for _ in range(_TRIES):
            try:
                return await once()
            except StaleSession:
                continue
        raise StoreDown("the session was busy for too long")

    async def _attempt_once(self, inbound: Inbound) -> Reply | None:
        now = self.clock()
        person = self.vault.person_key(inbound.channel, inbound.user_id)
        took: list[Took] = []
        taking = self._make_taking(took.append)
        async with self.store.transaction() as tx:
            is_new = await taking.claim(tx, inbound, now)
            reach("after_claim")
            reply = await taking.take(tx, person, inbound, now) if is_new else None
        for one in took:
            self.count(one)
        if not is_new:
            self.doubled(inbound)
        if is_new or inbound.reply_to:
            return reply
        return await self.look(inbound.channel, inbound.user_id, locale=inbound.locale)

    async def _take_over_once(self, channel: str, person: PersonKey, code: str) -> Reply | None:
        async with self.store.transaction() as tx:
            return await self._taking.move(tx, person, channel, code, self.clock())

    async def _speak_once(self, letter: Letter, locale: str) -> Reply:
        drawn = letter.reply
        async with self.store.transaction() as tx:
            stored = await tx.load_session(letter.person)
            if stored is None or (stored.session.visit, stored.session.turn) != (drawn.visit, drawn.turn):
                return drawn
            session = changed(stored.session, locale=locale)
            said = Said(session.state, session.note, whole=session.note is not None)
            reply = self.voice.render(said, session, self.clock(), channel=letter.channel)
            await tx.save_session(
                letter.person, session, expected_version=stored.version, reply_lost=stored.reply_lost
            )
        return changed(reply, relabels=True)

    @property
    def _taking(self) -> Taking:
        return self._make_taking(_count_nothing)

    def _make_taking(self, note: Callable[[Took], None]) -> Taking:
        return Taking(self.engine, self.vault, self.voice, self.new_visit, self.new_code, self.handing, note)

    def _look_at(self, session: Session) -> Turn | None:
        try:
            return self.engine.look(session, self.clock())
        except StateGone:
            return None
