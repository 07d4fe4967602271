"""
Repair what a crash left, and destroy whatever has outlived its time. Source: SECURITY §6.

It goes in small steps, each a transaction of its own, so that nobody who writes to us waits for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, true, update

from bot.failpoints import reach
from bot.store.database import Conn, Database
from bot.store.erasable import chat_key_id, destroy_keys
from bot.store.outbox import LOST_STATES, Letters, overdue
from bot.store.quarantine import drop_old_records
from bot.store.schema import (
    chat_message,
    inbox_event,
    move_code,
    outbox,
    page_seat,
    person_session,
    use_count,
)

#: Longer than any one attempt with its timeouts: whoever holds the letter is dead or frozen. Shorter
#: than the life of a reply token, because the person's next letters wait behind this one.
_CLAIM_LASTS = timedelta(seconds=40)
#: The same where the letter has a token that can be spent once: longer than the wait for the commit (1.5 s), one attempt (5 s)
#: and the plain words after it, where LINE would not draw (2 s).
_TOKEN_CLAIM_LASTS = timedelta(seconds=9)
#: A claim or a next try further ahead than this was written by a program whose clock was wrong: programs' clocks may
#: differ by the one, and no try is put off for longer than the other (`worker.py`).
_CLAIM_AHEAD = timedelta(minutes=1)
_DUE_AHEAD = timedelta(minutes=11)
_EVENTS_KEPT = timedelta(days=7)
_FINISHED_KEPT = timedelta(hours=24)
#: A page that was open may be renewed for so long: what was filled in is still there in its hidden fields.
_PAGE_KEPT = timedelta(hours=2)
_BATCH = 100
#: Rows that only have to go: so many take a few milliseconds.
_MANY = 500

#: Opens the outbox of a transaction.
OpenLetters = Callable[[Conn], Letters]


async def sweep(db: Database, letters: OpenLetters, now: datetime) -> None:
    """Do all of it once. Several programs may sweep at the same time."""
    await db.write(lambda conn: _take_up(conn, now))
    is_stuck = _is_held_longer(_CLAIM_LASTS, now)
    # Whether a stuck letter was delivered nobody knows: sending it again could say a thing twice.
    await _until_none_left(db, lambda conn: _close(letters(conn), is_stuck, "sending", "uncertain"))
    await close_overdue(db, letters, now)
    reach("in_sweep")
    await _until_none_left(db, lambda conn: _erase_expired(letters(conn), now))
    await _until_none_left(db, lambda conn: _drop_messages(letters(conn), now))
    await _until_none_left(db, lambda conn: _forget_events(conn, now), full=_MANY)
    await _until_none_left(db, lambda conn: _forget_finished(conn, now), full=_MANY)
    await db.write(lambda conn: _forget(conn, now))
    await db.empty_log()


async def _take_up(conn: Conn, now: datetime) -> None:
    """
    Give back what a dead program held, where sending it again cannot say a thing twice, and what it put off by hours.

    A reply token is spent once: if the first attempt did arrive, the second is refused and the letter
    counts as delivered. Source: LINE reference, reply token.
    """
    is_safe = outbox.c.until.is_not(None) & (outbox.c.until > now)
    again = {"state": "new", "claimed_at": None, "due_at": now, "reached": true()}
    await _change_free(conn, _is_held_longer(_TOKEN_CLAIM_LASTS, now) & is_safe, again)
    # A token that would live longer than any does was written down by a clock that was ahead, and so was the time.
    is_from_ahead = outbox.c.until.is_not(None) & (outbox.c.until > now + _CLAIM_AHEAD)
    is_too_far = (is_from_ahead & (outbox.c.due_at > now)) | (outbox.c.due_at > now + _DUE_AHEAD)
    await _change_free(conn, (outbox.c.state == "new") & is_too_far, {"due_at": now})


async def _change_free(conn: Conn, which: ColumnElement[bool], values: Mapping[str, Any]) -> None:
    """Change letters; what somebody else is at work on is left to the next sweep: waiting for many could end in a circle."""
    found = select(outbox.c.id).where(which).with_for_update(skip_locked=True)
    ids = [row.id for row in await conn.rows(found)]
    if ids:
        await conn.run(update(outbox).where(outbox.c.id.in_(ids)).values(values))


def _is_held_longer(span: timedelta, now: datetime) -> ColumnElement[bool]:
    """Say which letters were claimed longer ago than whoever holds them may need, or at a time that has not come yet."""
    is_over = (outbox.c.claimed_at <= now - span) | (outbox.c.claimed_at > now + _CLAIM_AHEAD)
    return (outbox.c.state == "sending") & is_over


async def close_overdue(db: Database, letters: OpenLetters, now: datetime) -> None:
    """Expire letters whose reply token died before they were sent."""
    await _until_none_left(db, lambda conn: _close(letters(conn), overdue(now), "new", "expired"))


async def _until_none_left(
    db: Database, step: Callable[[Conn], Awaitable[int]], *, full: int = _BATCH
) -> None:
    while await db.write(step) == full:
        pass


async def _close(letters: Letters, which: ColumnElement[bool], was: str, state: str) -> int:
    # By person, because several programs that hold several people must do so in one order.
    found = select(outbox.c.id, outbox.c.person, outbox.c.attempts).where(which)
    rows = await letters.conn.rows(found.order_by(outbox.c.person).limit(_BATCH))
    for row in rows:
        await letters.finish(row.id, row.person, state, attempts=row.attempts, was=was)
    return len(rows)


async def _erase_expired(letters: Letters, now: datetime) -> int:
    is_over = person_session.c.erase_at <= now
    over = select(person_session.c.person).where(is_over).order_by(person_session.c.person).limit(_BATCH)
    rows = await letters.conn.rows(over)
    for row in rows:
        await letters.sessions.hold(row.person)
        # They may have written since: look again, now that nobody else can.
        if await letters.conn.row(
            select(person_session.c.person).where(is_over, person_session.c.person == row.person)
        ):
            await letters.sessions.erase(row.person)
    return len(rows)


async def _drop_messages(letters: Letters, now: datetime) -> int:
    """Forget messages that no channel takes back any more, and with the last of a chat its key."""
    is_old = chat_message.c.drop_at <= now
    found = select(chat_message.c.person).where(is_old).distinct().order_by(chat_message.c.person)
    rows = await letters.conn.rows(found.limit(_BATCH))
    for row in rows:
        # Held, because whoever notes a message now locks it with the key that is found here.
        await letters.sessions.hold(row.person)
        mine = chat_message.c.person == row.person
        await letters.conn.run(delete(chat_message).where(is_old, mine))
        if await letters.conn.row(select(chat_message.c.seq).where(mine).limit(1)) is None:
            await destroy_keys(letters.conn, [chat_key_id(row.person)])
    return len(rows)


async def _forget_events(conn: Conn, now: datetime) -> int:
    """Forget deliveries. A whole hour of them is over at once, so not all of them in one go."""
    over = select(inbox_event.c.event).where(inbox_event.c.seen_at <= now - _EVENTS_KEPT).limit(_MANY)
    return (await conn.run(delete(inbox_event).where(inbox_event.c.event.in_(over)))).rowcount


async def _forget_finished(conn: Conn, now: datetime) -> int:
    """Forget letters that are done: of each end the oldest, because to look at all of a day takes longer than a turn may wait."""
    most = 0
    for state in ("sent", *LOST_STATES):
        ended = select(outbox.c.seq, outbox.c.created_at).where(outbox.c.state == state)
        oldest = ended.order_by(outbox.c.seq).limit(_MANY).subquery()
        over = select(oldest.c.seq).where(oldest.c.created_at <= now - _FINISHED_KEPT)
        most = max(most, (await conn.run(delete(outbox).where(outbox.c.seq.in_(over)))).rowcount)
    return most


async def _forget(conn: Conn, now: datetime) -> None:
    await conn.run(delete(move_code).where(move_code.c.until <= now))
    await conn.run(delete(use_count).where(use_count.c.until <= now))
    await drop_old_records(conn, now)
    is_unopened = page_seat.c.seat.is_(None) & (page_seat.c.until <= now)
    await conn.run(delete(page_seat).where(or_(is_unopened, page_seat.c.until <= now - _PAGE_KEPT)))
