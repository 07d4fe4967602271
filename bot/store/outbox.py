"""
Replies on their way: queued with the session, claimed once, and destroyed as soon as they are done.

    new → sending → sent | uncertain | expired | dead        Source: SECURITY §4

The body holds a raw user id and a reply token, so it lives no longer than its delivery.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, or_, select, true, update

from bot.core.model import PersonKey
from bot.errors import Unreadable
from bot.ports import Letter, Mail, Vault, Waiting
from bot.store.codec import decode_letter, encode_letter
from bot.store.conn import Conn, written
from bot.store.erasable import destroy_key, destroy_keys, find_keys, letter_key_id, make_first_key
from bot.store.moments import round_up, to_micros
from bot.store.schema import outbox
from bot.store.sessions import Sessions

#: How roughly a finished letter tells when it was written. Source: SECURITY §2.
_TIME_STEP = timedelta(minutes=1)
#: A reply that comes later would light up a phone that may be in other hands by then.
_LATEST = timedelta(minutes=10)
#: What was asked for last, to take the chat's messages back, is done even so.
_LATEST_FINAL = timedelta(hours=24)
#: A name is as long as the column for it.
_WHOSE_BYTES, _NUMBER_DIGITS = 10, 16
LOST_STATES = ("uncertain", "expired", "dead")
_CAN_BE_RECALLED = (outbox.c.state == "new") & (outbox.c.attempts == 0) & ~outbox.c.final

_ADD = written(
    "INSERT INTO outbox (id, person, channel, body, state, attempts, reached, final, created_at, due_at, until,"
    " claimed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_FIND_WAITING = written(
    "SELECT state = 'new' AND attempts = 0 AND NOT final FROM outbox"
    " WHERE person = ? AND state IN ('new', 'sending')",
    locking="FOR UPDATE",
)
#: What is left of a letter that is done: that there was one, and roughly when.
_FINISH = written(
    "UPDATE outbox SET state = ?, body = NULL, claimed_at = NULL, until = NULL, due_at = created_at"
    " WHERE id = ? AND state = ? AND attempts = ? AND NOT final"
)
_DROP_FINAL = written("DELETE FROM outbox WHERE id = ? AND state = ? AND attempts = ? AND final")
_IS_HELD = written(
    "SELECT 1 FROM outbox WHERE id = ? AND state = 'sending' AND attempts = ?", locking="FOR UPDATE"
)


def name_letters() -> Iterator[str]:
    """
    Name letters, no two alike: 10 random bytes of whoever asks, and a number: 36 hex digits.

    In their order, so that what is written at about the same time lies together on the disk. It tells no time.
    """
    whose = secrets.token_hex(_WHOSE_BYTES)
    return (f"{whose}{number:0{_NUMBER_DIGITS}x}" for number in itertools.count())


@dataclass(frozen=True, slots=True)
class Letters:
    """The outbox as one open transaction sees it."""

    conn: Conn
    vault: Vault
    sessions: Sessions
    names: Iterator[str]
    #: What this transaction has found on its way to somebody, as long as that is all there is.
    _waiting: dict[PersonKey, Waiting] = field(default_factory=dict)

    async def queue(
        self, person: PersonKey, mail: Mail, now: datetime, *, hand: bool = False
    ) -> Letter | None:
        """
        Put a reply in, locked with a key of its own. Returns the letter if it is in the caller's hands already.

        `hand`: the caller will deliver it itself right after the commit, where that is safe (docs/adr/0032).
        """
        is_handed = hand and self._may_be_handed(person, mail)
        letter_id = next(self.names)
        key = await make_first_key(self.conn, self.vault, letter_key_id(letter_id))
        body = self.vault.lock(encode_letter(mail), key, _context(letter_id))
        state, attempts, claimed_at = ("sending", 1, to_micros(now)) if is_handed else ("new", 0, None)
        until = mail.address.until
        await self.conn.change_one(
            _ADD,
            letter_id,
            person,
            mail.channel,
            body,
            state,
            attempts,
            False,  # noqa: FBT003 - a column's value: no attempt has reached anybody
            mail.final,
            to_micros(round_up(now, _TIME_STEP)),
            to_micros(now + mail.after),
            None if until is None else to_micros(until),
            claimed_at,
        )
        self._waiting.pop(person, None)
        if not is_handed:
            return None
        return Letter(letter_id, person, mail.channel, mail.address, mail.reply, attempts=1, reached=False)

    def _may_be_handed(self, person: PersonKey, mail: Mail) -> bool:
        """
        Say whether nothing is ahead of a letter, and whoever takes it up after a crash may send it again.

        That is so only with a token which can be spent once: then a second attempt says nothing twice.
        """
        is_plain = not (mail.after or mail.wipe or mail.final)
        is_first = self._waiting.get(person) == Waiting()
        return is_plain and is_first and mail.address.until is not None

    def forget(self, person: PersonKey) -> None:
        """Rely no more on what was found on its way to somebody."""
        self._waiting.pop(person, None)

    async def find_waiting(self, person: PersonKey) -> Waiting:
        """Say which letters are on their way to somebody, and keep the worker from taking them meanwhile."""
        is_unsent = [
            bool(can_be_recalled) for (can_be_recalled,) in await self.conn.ask(_FIND_WAITING, person)
        ]
        found = Waiting(unsent=any(is_unsent), sending=not all(is_unsent))
        self._waiting[person] = found
        return found

    async def recall(self, person: PersonKey) -> tuple[Mail, ...]:
        """Destroy the letters to somebody that were never tried, and return those that can be read."""
        known = self._waiting.get(person)
        if known and not known.unsent:
            return ()
        mine = (outbox.c.person == person) & _CAN_BE_RECALLED
        rows = await self.conn.rows(select(outbox).where(mine).order_by(outbox.c.seq).with_for_update())
        names = [letter_key_id(row.id) for row in rows]
        if not rows:
            return ()
        keys = await find_keys(self.conn, self.vault, names)
        opened = [self._read(row, keys.get(letter_key_id(row.id))) for row in rows]
        await self.conn.run(delete(outbox).where(outbox.c.id.in_([row.id for row in rows])))
        await destroy_keys(self.conn, names)
        if known:
            self._waiting[person] = replace(known, unsent=False)
        return tuple(mail for mail in opened if mail is not None)

    async def claim(
        self, now: datetime, limit: int, channels: Collection[str] | None
    ) -> tuple[list[Letter], list[Any]]:
        """Take due letters: those that open, and the rows of those that nobody can open any more."""
        rows = await self.conn.rows(_due(now, limit, channels))
        mine = [row.id for row in rows]
        taken = {"state": "sending", "claimed_at": now, "attempts": outbox.c.attempts + 1}
        await self.conn.run(update(outbox).where(outbox.c.id.in_(mine)).values(taken))
        keys = await find_keys(self.conn, self.vault, [letter_key_id(letter_id) for letter_id in mine])
        opened = [(row, self._open(row, keys.get(letter_key_id(row.id)))) for row in rows]
        letters = [letter for _, letter in opened if letter is not None]
        return letters, [row for row, letter in opened if letter is None]

    async def is_held(self, letter: Letter) -> bool:
        """Say whether it is still in the hands of whoever claimed it for this attempt."""
        return bool(await self.conn.ask(_IS_HELD, letter.id, letter.attempts))

    async def finish(
        self, letter_id: str, person: PersonKey, state: str, *, attempts: int, was: str = "sending"
    ) -> None:
        """
        Close a letter and destroy its body; nothing happens unless it is as it `was`, in that attempt.

        Every claim counts one more attempt, so whoever held it, froze, and wakes after others took it changes nothing.
        """
        if state in LOST_STATES:
            await self.sessions.hold(person)  # before the letter, as everybody does: no deadlock
        if await self._close(letter_id, state, was, attempts) and state in LOST_STATES:
            # Also when it may have arrived: asking once more is harmless, an answer to a question that
            # nobody saw is not.
            await self.sessions.flag_lost_reply(person)

    async def close_sent(self, letters: Iterable[Letter]) -> None:
        """Close letters that were delivered, of different people: one person's go out one after another."""
        for letter in sorted(
            letters, key=lambda one: one.id
        ):  # all in one order, so that nobody waits in a circle
            await self._close(letter.id, "sent", "sending", letter.attempts)

    async def _close(self, letter_id: str, state: str, was: str, attempts: int) -> bool:
        """Close a letter and destroy its key. False: it is not as it `was`, or in another attempt."""
        is_done = await self.conn.change(_FINISH, state, letter_id, was, attempts) or (
            # Of who was erased not even stays that they were told so.
            await self.conn.change(_DROP_FINAL, letter_id, was, attempts)
        )
        if is_done:
            await destroy_key(self.conn, letter_key_id(letter_id))
        return bool(is_done)

    async def postpone(self, letter: Letter, due_at: datetime, *, reached: bool, done: int) -> None:
        """Give a claimed letter back, to be tried again later; nothing happens where others hold it by now."""
        is_held = (outbox.c.state == "sending") & (outbox.c.attempts == letter.attempts)
        mine = (outbox.c.id == letter.id) & is_held
        later = {
            "state": "new",
            "claimed_at": None,
            "due_at": due_at,
            "reached": true() if reached else outbox.c.reached,
            "done": max(done, letter.done),
        }
        await self.conn.run(update(outbox).where(mine).values(later))

    def _read(self, row: Any, key: bytes | None) -> Mail | None:
        if key is None or row.body is None:
            return None
        try:
            return decode_letter(self.vault.unlock(row.body, key, _context(row.id)), row.channel)
        except Unreadable:
            return None

    def _open(self, row: Any, key: bytes | None) -> Letter | None:
        mail = self._read(row, key)
        if mail is None:
            return None
        return Letter(
            id=row.id,
            person=row.person,
            channel=row.channel,
            address=mail.address,
            reply=mail.reply,
            attempts=row.attempts + 1,
            reached=row.reached,
            done=row.done,
            wipe=mail.wipe,
        )


def overdue(now: datetime) -> ColumnElement[bool]:
    """Say which letters wait although their reply token has died, or longer than a reply may come late."""
    stale = now - _LATEST
    is_stale = outbox.c.until.is_(None) & (outbox.c.created_at <= stale) & ~outbox.c.final
    is_forgotten = outbox.c.created_at <= now - _LATEST_FINAL
    return (outbox.c.state == "new") & or_(outbox.c.until <= now, is_stale, is_forgotten)


def _due(now: datetime, limit: int, channels: Collection[str] | None) -> Any:
    """
    Choose the oldest due letters of people for whom nothing older waits and nothing is being sent.

    Last words that could not be said yet hold up nobody: whoever writes again is answered.

    PostgreSQL looks at the conditions again once it has the row's lock, so what somebody else took
    meanwhile drops out.
    """
    other = outbox.alias()
    is_waiting = (other.c.state == "new") & ~(other.c.final & (other.c.attempts > 0))
    ahead = exists().where(
        (other.c.person == outbox.c.person)
        & or_(other.c.state == "sending", is_waiting & (other.c.seq < outbox.c.seq))
    )
    is_alive = or_(outbox.c.until.is_(None), outbox.c.until > now)
    due = (outbox.c.state == "new") & (outbox.c.due_at <= now) & is_alive & ~ahead
    if channels is not None:
        due &= outbox.c.channel.in_(channels)
    chosen = select(outbox).where(due).order_by(outbox.c.seq).limit(limit)
    return chosen.with_for_update(skip_locked=True, of=outbox)


def _context(letter_id: str) -> str:
    return f"outbox.body:{letter_id}"
