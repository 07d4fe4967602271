"""
One input inside one transaction: how it came, what the engine makes of it, what is kept and queued.

What is said is rendered before anything is written, so that a sentence that cannot be said never
leaves a half-made turn.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from bot.core.breath import NO_PICTURES
from bot.core.code import CODE_LIVES, is_unmistakable, read_code
from bot.core.engine import Engine
from bot.core.events import (
    Answered,
    EraseRequested,
    Event,
    Interrupted,
    MoveRequested,
    PageRequested,
    RequestMade,
    Said,
    SessionEnded,
    SubmitRequested,
    Turn,
    WipeRequested,
)
from bot.core.inputs import Arrival, Edited, SentMedia, Tapped, Typed, Unsent
from bot.core.model import NEVER, NoteId, PersonKey, Session, VisitId
from bot.core.receipt import read_receipt
from bot.core.records import changed
from bot.core.reply import Reply
from bot.core.tally import Took
from bot.errors import StateGone
from bot.failpoints import reach
from bot.handing import PAGE_LIVES, Handing
from bot.ports import Address, Inbound, Mail, Stored, Tx, Vault, Voice, Wipe

_log = logging.getLogger(__name__)
#: What comes within this is said in the same breath and answered once. A button waits for nothing.
GATHER = timedelta(seconds=1)
#: A token that would live longer was written down by a clock that was ahead: the new one is better. Source: PLATFORMS, LINE.
_NO_TOKEN_LIVES = timedelta(minutes=1)
#: Enough of a keyed hash to tell the messages of one conversation apart.
_HASH_CHARS = 32
#: Said to words that mean nothing here; none of it tells what the matter is with a code.
_NOT_UNDERSTOOD = frozenset(
    {None, NoteId("not_understood"), NoteId("not_understood_again"), NoteId("at_an_ending")}
)


@dataclass(frozen=True, slots=True)
class _Told:
    """
    A reply with the session as it is now and as it was before (None: somebody new).

    `asks_locale`: nobody told us their language. `beside`: what waits to be sent is not replaced by this.
    """

    reply: Reply
    session: Session
    before: Session | None
    asks_locale: bool = False
    beside: bool = False
    wipe: Wipe | None = None
    final: bool = False


def _note_nothing(_took: Took) -> None:
    """Nobody counts."""


@dataclass(frozen=True, slots=True)
class Taking:
    """
    Takes inputs. It knows the transaction it is given and nothing else of the world.

    `note` is told of each turn; whether it lasts is known only after the commit.
    """

    engine: Engine
    vault: Vault
    voice: Voice
    new_visit: Callable[[], str]
    new_code: Callable[[], str]
    handing: Handing
    note: Callable[[Took], None] = _note_nothing

    async def claim(self, tx: Tx, inbound: Inbound, now: datetime) -> bool:
        """
        Take a delivery once; False: it was taken already.

        A message and its taking back share a name of which the first to come makes use, so that a
        message that was unsent before it arrived is never read.
        """
        if not await tx.claim(inbound.channel, inbound.delivery_id, now):
            return False
        if not inbound.message_id or not isinstance(inbound.what, Typed | SentMedia | Unsent):
            return True
        if inbound.order is not None:
            return True  # where both sides' messages are counted, nothing is unsent
        is_first = await tx.claim(inbound.channel, f"message:{inbound.message_id}", now)
        return is_first or isinstance(inbound.what, Unsent)

    async def take(self, tx: Tx, person: PersonKey, inbound: Inbound, now: datetime) -> Reply | None:
        """Take one input; returns the reply to show where there is no way to queue it. None: silence."""
        if isinstance(inbound.what, Unsent):
            await self._take_back(tx, person, inbound, now)
            return None
        text = inbound.what.text if isinstance(inbound.what, Typed) else ""
        code = read_code(text)
        moved = await self._move(tx, person, inbound.channel, code, now) if code else None
        if moved:
            await self._note(tx, person, inbound, now)
            return await self._post(tx, person, inbound, moved, now)
        stored = await tx.load_session(person)
        turn = await self._look_up(tx, person, inbound, stored, now) if text else None
        if turn is not None:
            await self._note(tx, person, inbound, now)
        else:
            turn = self._turn(stored, inbound, now, await self._see(tx, person, inbound, stored, now))
            turn = await self.handing.do(tx, person, turn, inbound.what, now, source=inbound.source)
        if is_unmistakable(text):
            turn = _say_code_gone(turn)
        return await self._conclude(tx, person, inbound, turn, stored, now)

    async def _look_up(
        self, tx: Tx, person: PersonKey, inbound: Inbound, stored: Stored | None, now: datetime
    ) -> Turn | None:
        """Say how far the desk is where a receipt was typed. None: it was none."""
        if not isinstance(inbound.what, Typed) or read_receipt(inbound.what.text) is None:
            return None
        session = stored.session if stored else self._begin(inbound.locale, now)
        try:
            return await self.handing.look_up(tx, person, session, inbound.what.text, now)
        except StateGone:
            return None

    async def move(self, tx: Tx, person: PersonKey, channel: str, code: str, now: datetime) -> Reply | None:
        """Bring the conversation that a code stands for to this person. None: there is none."""
        told = await self._move(tx, person, channel, code, now)
        return told.reply if told else None

    def say(self, turn: Turn, channel: str, now: datetime, *, code: str = "") -> Reply:
        """Render what a turn says; where it says nothing, the question that stands."""
        said = turn.get_said() or Said(turn.session.state)
        return self.voice.render(said, turn.session, now, channel=channel, code=code)

    # Moving

    async def _move(self, tx: Tx, person: PersonKey, channel: str, code: str, now: datetime) -> _Told | None:
        source = await tx.find_code(code, now)
        if source is None:
            return None
        # In the order of their names, so that two who move at once do not wait for each other.
        held = {one: await tx.load_session(one) for one in sorted({source, person})}
        stored, here = held[source], held[person]
        turn = self._arrive(stored, now)
        if turn is None or not await tx.take_code(code):
            return None
        before = here.session if here else None
        reply = self.say(turn, channel, now)
        if source != person:
            await tx.erase(source, keep_messages=True, keep_final=True)
        await tx.save_session(person, turn.session, expected_version=here.version if here else None)
        return _Told(reply, turn.session, before, beside=before is not None and self._must_be_heard(before))

    def _arrive(self, stored: Stored | None, now: datetime) -> Turn | None:
        try:
            return self.engine.arrive(stored.session, now) if stored else None
        except StateGone:
            return None

    def _must_be_heard(self, session: Session) -> bool:
        """Whether what was said last must be said, even to somebody who goes on with another conversation."""
        special = self.engine.flow.special
        return session.note == NO_PICTURES or session.state in {special.danger, special.crisis}

    # How it came

    async def _see(
        self, tx: Tx, person: PersonKey, inbound: Inbound, stored: Stored | None, now: datetime
    ) -> Arrival:
        """Say how the input came, and note the message where it can be taken back."""
        waiting = await tx.find_waiting(person)
        shown = await tx.find_last_shown(person) if inbound.order is not None else None
        await self._note(tx, person, inbound, now)
        return Arrival(
            channel=inbound.channel,
            sent_at=inbound.sent_at,
            message=self._hash_message(inbound),
            words=self._hash_words(inbound),
            reply_lost=stored is not None and stored.reply_lost,
            unread=inbound.order is not None and shown is not None and inbound.order < shown,
            recalled=waiting.unsent,
            waiting=waiting.unsent or waiting.sending,
        )

    async def _note(self, tx: Tx, person: PersonKey, inbound: Inbound, now: datetime) -> None:
        if inbound.order is not None and inbound.message_id:
            await tx.remember_message(person, inbound.message_id, now)

    def _hash_message(self, inbound: Inbound) -> str:
        if not inbound.message_id:
            return ""
        return self.vault.event_key(inbound.channel, _name_message(inbound))[:_HASH_CHARS]

    def _hash_words(self, inbound: Inbound) -> str:
        """Name a message and what it says: an edit that changes nothing must be known as one."""
        if not inbound.message_id or not isinstance(inbound.what, Typed | Edited):
            return ""
        said = self.vault.event_key(inbound.channel, f"words:{_name_message(inbound)}:{inbound.what.text}")
        return f"{self._hash_message(inbound)}:{said[:_HASH_CHARS]}"

    def _turn(self, stored: Stored | None, inbound: Inbound, now: datetime, came: Arrival) -> Turn:
        if stored:
            try:
                return self.engine.take_turn(stored.session, inbound.what, now, came)
            except StateGone:
                _log.warning("session_restarted")
        begun = self._begin(stored.session.locale if stored else inbound.locale, now)
        return self.engine.take_turn(begun, inbound.what, now, came)

    def _begin(self, locale: str, now: datetime) -> Session:
        return self.engine.begin(VisitId(self.new_visit()), self.voice.choose_locale(locale), now)

    # What becomes of it

    async def _take_back(self, tx: Tx, person: PersonKey, inbound: Inbound, now: datetime) -> None:
        """Forget what a message told. There is no reply token for this: the next message asks again."""
        stored = await tx.load_session(person)
        if stored is None:
            return
        turn = self._turn(stored, inbound, now, Arrival(message=self._hash_message(inbound)))
        if turn.session == stored.session:
            return
        self.note(Took(stored.session, turn, inbound.channel, now))
        is_asked_anew = turn.session.turn != stored.session.turn
        if is_asked_anew:  # else the page on top stays, and what says it is on its way
            await tx.recall(person)
        is_lost = is_asked_anew or stored.reply_lost
        await tx.save_session(person, turn.session, expected_version=stored.version, reply_lost=is_lost)

    async def _conclude(
        self, tx: Tx, person: PersonKey, inbound: Inbound, turn: Turn, stored: Stored | None, now: datetime
    ) -> Reply | None:
        """Do what the turn's events say, keep the session, and queue what is said."""
        self.note(Took(stored.session if stored else None, turn, inbound.channel, now))
        page = self.handing.new_page() if PageRequested() in turn.events else ""
        code = self.new_code() if MoveRequested() in turn.events else page
        reply = self.say(turn, inbound.channel, now, code=code) if turn.get_said() else None
        wipe = await self._write_wipe(tx, person, inbound, turn, now)
        is_over = EraseRequested() in turn.events
        for event in turn.events:
            await self._apply(tx, person, event, has_last_words=reply is not None)
        if not is_over:
            is_still_lost = reply is None and stored is not None and stored.reply_lost
            version = stored.version if stored else None
            if SubmitRequested() in turn.events and turn.session.state == self.engine.flow.special.sent:
                await tx.erase(
                    person, keep_messages=True, keep_final=True
                )  # the key of what was typed goes too
                version = None
            reach("before_save")
            await tx.save_session(person, turn.session, expected_version=version, reply_lost=is_still_lost)
            reach("after_save")
        if page:
            await tx.add_page(person, page, now + PAGE_LIVES)
        elif code:
            await tx.add_code(person, code, now + CODE_LIVES)
        if reply is None:
            return None
        asks = stored is None and not inbound.locale
        before = stored.session if stored else None
        told = _Told(reply, turn.session, before, asks_locale=asks, wipe=wipe, final=is_over)
        return await self._post(tx, person, inbound, told, now)

    async def _write_wipe(
        self, tx: Tx, person: PersonKey, inbound: Inbound, turn: Turn, now: datetime
    ) -> Wipe | None:
        """Say which messages are to be taken back, before the erasure destroys the list of them."""
        if WipeRequested() not in turn.events:
            return None
        special = self.engine.flow.special
        partly = changed(turn.session, state=special.wiped_partly or special.erased)
        said = self.voice.render(Said(partly.state), partly, now, channel=inbound.channel)
        noted = await tx.list_messages(person, now)
        # Whoever taps at once is faster than the note of the message that carried the button.
        tapped = {inbound.message_id} if isinstance(inbound.what, Tapped) else set()
        return Wipe((*noted, *(tapped - {"", *noted})), said)

    async def _apply(self, tx: Tx, person: PersonKey, event: Event, *, has_last_words: bool) -> None:
        match event:
            case EraseRequested():
                # Whoever blocked us hears nothing more, nor can anything be taken back there.
                await tx.erase(person, keep_final=has_last_words)
            case (
                Said()
                | Answered()
                | Interrupted()
                | SessionEnded()
                | WipeRequested()
                | MoveRequested()
                | PageRequested()
                | SubmitRequested()
                | RequestMade()
            ):
                """The session itself or the reply carries these; nothing more to store."""
            case _:
                assert_never(event)

    async def _post(
        self, tx: Tx, person: PersonKey, inbound: Inbound, told: _Told, now: datetime
    ) -> Reply | None:
        """Queue a reply in place of those that nobody has tried to send yet; hand it back where it cannot be."""
        if inbound.reply_to is None:
            return told.reply
        recalled = () if told.beside else await tx.recall(person)
        reply = self._address(told, recalled)
        special = self.engine.flow.special
        is_urgent = told.final or told.session.state in {special.danger, special.crisis}
        is_gathered = isinstance(inbound.what, Typed | Edited | SentMedia) and not is_urgent
        after = GATHER if is_gathered else timedelta(0)
        is_late = inbound.sent_at is not None and inbound.sent_at < told.session.sent_at
        to = _choose_address(inbound.reply_to, recalled, now, is_late=is_late)
        mail = Mail(inbound.channel, to, reply, after, told.wipe, told.final)
        reach("before_queue")
        await tx.queue(person, mail, now)
        reach("after_queue")
        return None

    def _address(self, told: _Told, recalled: tuple[Mail, ...]) -> Reply:
        """Say what the channel must do around a reply: also what the replies in whose place it comes wanted."""
        was = told.before.locale if told.before else self.voice.choose_locale("")
        is_new_locale = told.session.locale != was
        asks = told.asks_locale or any(mail.reply.meets for mail in recalled)
        meets = asks and not is_new_locale and not told.final
        relabels = is_new_locale or any(mail.reply.relabels for mail in recalled)
        is_so = (told.reply.meets, told.reply.relabels) == (meets, relabels)
        return told.reply if is_so else changed(told.reply, meets=meets, relabels=relabels)


def _name_message(inbound: Inbound) -> str:
    """Name a message in a chat: some channels count those of each chat from one."""
    return f"message:{inbound.user_id}:{inbound.message_id}"


def _choose_address(
    reply_to: Address, recalled: tuple[Mail, ...], now: datetime, *, is_late: bool
) -> Address:
    """
    Choose the token that lives longest.

    `is_late`: something later was taken already, so this may bring a token that is dead: one that lives is better.
    """
    alive = [mail.address for mail in recalled if _lives(mail.address, now)]
    others = alive if is_late and alive else [reply_to, *alive]
    return max(others, key=lambda one: one.until or NEVER) if reply_to.until else reply_to


def _lives(address: Address, now: datetime) -> bool:
    """Whether a token lives, as far as a clock can tell that may have been ahead when it was written down."""
    return address.until is not None and now < address.until <= now + _NO_TOKEN_LIVES


def _say_code_gone(turn: Turn) -> Turn:
    """Where nothing else was understood, say what the matter is with the code."""
    said = turn.get_said()
    if said is None or turn.events != (said,) or said.note not in _NOT_UNDERSTOOD:
        return turn
    note = NoteId("code_gone")
    # The question is said as a whole unless it is only repeated.
    told = changed(said, note=note, whole=said.whole or said.note is None)
    return Turn(changed(turn.session, note=note), (told,))
