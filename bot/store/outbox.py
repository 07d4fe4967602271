"""
Replies on their way: queued with the session, claimed once, and destroyed as soon as they are done.

    new → sending → sent | uncertain | expired | dead        Source: SECURITY §4

The body holds a raw user id and a reply token, so it lives no longer than its delivery.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, insert, or_, select, true, update

from bot.core.model import PersonKey
from bot.core.reply import Reply
from bot.errors import Unreadable
from bot.ports import Address, Letter, Vault
from bot.store.codec import decode_letter, encode_letter
from bot.store.database import Conn
from bot.store.erasable import destroy_keys, find_keys, letter_key_id, make_key
from bot.store.moments import round_up
from bot.store.schema import outbox
from bot.store.sessions import Sessions

#: How roughly a finished letter tells when it was written. Source: SECURITY §2.
_TIME_STEP = timedelta(minutes=1)
LOST_STATES = ("uncertain", "expired", "dead")


@dataclass(frozen=True, slots=True)
class Letters:
    """The outbox as one open transaction sees it."""

    conn: Conn
    vault: Vault
    sessions: Sessions

    async def queue(
        self, person: PersonKey, channel: str, address: Address, reply: Reply, now: datetime
    ) -> None:
        """Put a reply in, locked with a key of its own."""
        letter_id = str(uuid.uuid4())
        key = await make_key(self.conn, self.vault, letter_key_id(letter_id))
        body = self.vault.lock(encode_letter(address, reply), key, _context(letter_id))
        await self.conn.run(
            insert(outbox).values(
                id=letter_id,
                person=person,
                channel=channel,
                body=body,
                state="new",
                attempts=0,
                reached=False,
                created_at=round_up(now, _TIME_STEP),
                due_at=now,
                until=address.until,
            )
        )

    async def claim(self, now: datetime, limit: int) -> tuple[list[Letter], list[Any]]:
        """Take due letters: those that open, and the rows of those that nobody can open any more."""
        rows = await self.conn.rows(_due(now, limit))
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
        done = await self.conn.run(update(outbox).where(mine).values(_finished(state)))
        if done.rowcount != 1:
            return
        await destroy_keys(self.conn, [letter_key_id(letter_id)])
        if state in LOST_STATES:
            # Also when it may have arrived: asking once more is harmless, an answer to a question that
            # nobody saw is not.
            await self.sessions.flag_lost_reply(person)

    async def postpone(self, letter: Letter, due_at: datetime, *, reached: bool) -> None:
        """Give a claimed letter back, to be tried again later."""
        mine = (outbox.c.id == letter.id) & (outbox.c.state == "sending")
        later = {
            "state": "new",
            "claimed_at": None,
            "due_at": due_at,
            "reached": true() if reached else outbox.c.reached,
        }
        await self.conn.run(update(outbox).where(mine).values(later))

    def _open(self, row: Any, key: bytes | None) -> Letter | None:
        if key is None or row.body is None:
            return None
        try:
            address, reply = decode_letter(self.vault.unlock(row.body, key, _context(row.id)))
        except Unreadable:
            return None
        return Letter(
            id=row.id,
            person=row.person,
            channel=row.channel,
            address=address,
            reply=reply,
            attempts=row.attempts + 1,
            reached=row.reached,
        )


def overdue(now: datetime) -> ColumnElement[bool]:
    """Say which letters wait although their reply token has died."""
    return (outbox.c.state == "new") & (outbox.c.until <= now)


def _due(now: datetime, limit: int) -> Any:
    """
    Choose the oldest due letters of people for whom nothing older waits and nothing is being sent.

    PostgreSQL looks at the conditions again once it has the row's lock, so what somebody else took
    meanwhile drops out.
    """
    other = outbox.alias()
    ahead = exists().where(
        (other.c.person == outbox.c.person)
        & or_(other.c.state == "sending", (other.c.state == "new") & (other.c.seq < outbox.c.seq))
    )
    is_alive = or_(outbox.c.until.is_(None), outbox.c.until > now)
    due = (outbox.c.state == "new") & (outbox.c.due_at <= now) & is_alive & ~ahead
    chosen = select(outbox).where(due).order_by(outbox.c.seq).limit(limit)
    return chosen.with_for_update(skip_locked=True, of=outbox)


def _finished(state: str) -> dict[str, Any]:
    """What is left of a letter that is done: that there was one, and roughly when."""
    return {"state": state, "body": None, "claimed_at": None, "until": None, "due_at": outbox.c.created_at}


def _context(letter_id: str) -> str:
    return f"outbox.body:{letter_id}"
