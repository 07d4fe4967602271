"""
Replies on their way: queued with the session, claimed once, and destroyed as soon as they are done.

    new → sending → sent | uncertain | expired | dead        Source: SECURITY §4

The body holds a raw user id and a reply token, so it lives no longer than its delivery.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select, true, update

from bot.core.model import PersonKey
from bot.errors import Unreadable
from bot.ports import Letter, Mail, Vault, Waiting
from bot.store.codec import decode_letter, encode_letter
from bot.store.database import Conn
from bot.store.erasable import destroy_keys, find_keys, letter_key_id, make_key
from bot.store.moments import round_up
from bot.store.schema import outbox
from bot.store.sessions import Sessions

#: How roughly a finished letter tells when it was written. Source: SECURITY §2.
_TIME_STEP = timedelta(minutes=1)
#: A reply that comes later would light up a phone that may be in other hands by then.
_LATEST = timedelta(minutes=10)
#: What was asked for last, to take the chat's messages back, is done even so.
_LATEST_FINAL = timedelta(hours=24)
LOST_STATES = ("uncertain", "expired", "dead")
_CAN_BE_RECALLED = (outbox.c.state == "new") & (outbox.c.attempts == 0) & ~outbox.c.final


@dataclass(frozen=True, slots=True)
class Letters:
    """The outbox as one open transaction sees it."""

    conn: Conn
    vault: Vault
    sessions: Sessions

    async def queue(self, person: PersonKey, mail: Mail, now: datetime) -> None:
        """Put a reply in, locked with a key of its own."""
        letter_id = str(uuid.uuid4())
        key = await make_key(self.conn, self.vault, letter_key_id(letter_id))
        body = self.vault.lock(encode_letter(mail), key, _context(letter_id))
        await self.conn.run(
            insert(outbox).values(
                id=letter_id,
                person=person,
                channel=mail.channel,
                body=body,
                state="new",
                attempts=0,
                reached=False,
                final=mail.final,
                created_at=round_up(now, _TIME_STEP),
                due_at=now + mail.after,
                until=mail.address.until,
            )
        )

    async def find_waiting(self, person: PersonKey) -> Waiting:
        """Say which letters are on their way to somebody, and keep the worker from taking them meanwhile."""
        on_way = (outbox.c.person == person) & outbox.c.state.in_(["new", "sending"])
        can_be_recalled = _CAN_BE_RECALLED.label("can_be_recalled")
        rows = await self.conn.rows(select(can_be_recalled).where(on_way).with_for_update())
        is_unsent = [bool(row.can_be_recalled) for row in rows]
        return Waiting(unsent=any(is_unsent), sending=not all(is_unsent))

    async def recall(self, person: PersonKey) -> tuple[Mail, ...]:
        """Destroy the letters to somebody that were never tried, and return those that can be read."""
        mine = (outbox.c.person == person) & _CAN_BE_RECALLED
        rows = await self.conn.rows(select(outbox).where(mine).order_by(outbox.c.seq).with_for_update())
        names = [letter_key_id(row.id) for row in rows]
        if not rows:
            return ()
        keys = await find_keys(self.conn, self.vault, names)
        opened = [self._read(row, keys.get(letter_key_id(row.id))) for row in rows]
        await self.conn.run(delete(outbox).where(outbox.c.id.in_([row.id for row in rows])))
        await destroy_keys(self.conn, names)
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

    async def finish(self, letter_id: str, person: PersonKey, state: str, *, was: str = "sending") -> None:
        """Close a letter and destroy its body; nothing happens unless it is as it `was`."""
        if state in LOST_STATES:
            await self.sessions.hold(person)  # before the letter, as everybody does: no deadlock
        mine = (outbox.c.id == letter_id) & (outbox.c.state == was)
        # Of who was erased not even stays that they were told so.
        erased = (await self.conn.run(delete(outbox).where(mine, outbox.c.final))).rowcount
        done = erased or (await self.conn.run(update(outbox).where(mine).values(_finished(state)))).rowcount
        if done != 1:
            return
        await destroy_keys(self.conn, [letter_key_id(letter_id)])
        if state in LOST_STATES:
            # Also when it may have arrived: asking once more is harmless, an answer to a question that
            # nobody saw is not.
            await self.sessions.flag_lost_reply(person)

    async def postpone(self, letter: Letter, due_at: datetime, *, reached: bool, done: int) -> None:
        """Give a claimed letter back, to be tried again later."""
        mine = (outbox.c.id == letter.id) & (outbox.c.state == "sending")
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


def _finished(state: str) -> dict[str, Any]:
    """What is left of a letter that is done: that there was one, and roughly when."""
    return {"state": state, "body": None, "claimed_at": None, "until": None, "due_at": outbox.c.created_at}


def _context(letter_id: str) -> str:
    return f"outbox.body:{letter_id}"
