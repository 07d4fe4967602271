"""The line that tells somebody that it was too much at once, and who can be reached meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.engine import Engine
from bot.core.events import Said
from bot.core.model import NOT_YET
from bot.core.reply import Reply
from bot.errors import StateGone
from bot.ports import Clock, Inbound, Mail, Store, Stored, Vault, Voice


@dataclass(frozen=True, slots=True)
class SlowDown:
    """
    Puts the line into the outbox, at most once in a minute of the clock for each person, whatever replica asks.

    `say` returns the line in a language. With an `engine` the line carries the buttons of the question that stands: on
    LINE those of the last message are gone as soon as another one comes.
    """

    store: Store
    vault: Vault
    voice: Voice
    clock: Clock
    say: Callable[[str], str]
    engine: Engine | None = None

    async def tell(self, inbound: Inbound) -> None:
        """Store the line as the answer to this input. StoreDown: it is not stored."""
        if inbound.reply_to is None:
            return
        now = self.clock()
        person = self.vault.person_key(inbound.channel, inbound.user_id)
        minute = int(now.timestamp() // 60)
        async with self.store.transaction() as tx:
            if not await tx.claim(inbound.channel, f"slow down:{person}:{minute}", now):
                return
            stored = await tx.load_session(person)
            locale = stored.session.locale if stored else self.voice.choose_locale(inbound.locale)
            line, asked = self.say(locale), self._ask_again(stored, inbound.channel, now)
            reply = (
                replace(asked, bubbles=(line,), look="plain", leaving=False, common=False)
                if asked
                else Reply((line,), (), NOT_YET, 0, locale)
            )
            await tx.queue(person, Mail(inbound.channel, inbound.reply_to, reply), now)

    def _ask_again(self, stored: Stored | None, channel: str, now: datetime) -> Reply | None:
        """Draw the question that stands. None: there is none any more."""
        if stored is None or self.engine is None:
            return None
        try:
            turn = self.engine.look(stored.session, now)
        except StateGone:
            return None
        said = turn.get_said() or Said(turn.session.state)
        return self.voice.render(said, turn.session, now, channel=channel)
