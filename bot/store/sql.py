"""The store: the conversation's transactions and the delivering worker's outbox over one database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, exc, exists, insert, select, text

from bot.core.model import PersonKey, Session
from bot.errors import StaleSession, StoreDown
from bot.ports import Case, Clock, Letter, Mail, NewHandoff, NewRequest, Page, Stored, Vault, Waiting
from bot.store.chats import Chats
from bot.store.counts import Counts
from bot.store.database import Conn, Database
from bot.store.engine import make_engine
from bot.store.handoffs import Handoffs
from bot.store.migrate import head
from bot.store.moments import round_up
from bot.store.outbox import LOST_STATES, Letters
from bot.store.pages import Pages
from bot.store.schema import inbox_event, move_code, outbox
from bot.store.sessions import Sessions
from bot.store.sweep import close_overdue, sweep
from bot.store.tally import SqlTally

#: How roughly the inbox tells when somebody wrote. Source: SECURITY §2.
_SEEN_STEP = timedelta(hours=1)
SESSION_TTL = timedelta(hours=24)
#: Under this name codes are hashed; no channel has it.
_CODES = "one-time code"


def utc_now() -> datetime:
    """Tell the time: aware UTC."""
    return datetime.now(UTC)


def open_store(
    url: str,
    vault: Vault,
    *,
    session_ttl: timedelta = SESSION_TTL,
    clock: Clock = utc_now,
    journal: str | None = None,
) -> SqlStore:
    """
    Open the store on a `sqlite+aiosqlite:///…` or `postgresql+asyncpg://…` URL; `close` it at the end.

    Connects at first use. A session ends `session_ttl` after its person was last seen. `journal`
    overrides SQLite's journal mode. Handoffs go in and never come out: see `walls.py`.
    """
    engine = make_engine(url, journal=journal, public=True)
    return SqlStore(Database(engine), vault, session_ttl=session_ttl, clock=clock)


class SqlTx:
    """One transaction of the conversation; see `ports.Tx`."""

    __slots__ = (
        "_chats",
        "_clock",
        "_conn",
        "_counts",
        "_handoffs",
        "_letters",
        "_loaded",
        "_pages",
        "_sessions",
        "_vault",
        "has_erased",
    )

    def __init__(self, letters: Letters, vault: Vault, clock: Clock) -> None:
        self._conn = letters.conn
        self._letters = letters
        self._sessions = letters.sessions
        self._chats = Chats(letters.conn, vault)
        self._handoffs = Handoffs(letters.conn, vault)
        self._pages = Pages(letters.conn, vault, letters.sessions)
        self._counts = Counts(letters.conn, vault)
        self._vault = vault
        self._clock = clock
        self._loaded: dict[PersonKey, Session] = {}
        self.has_erased = False

    async def claim(self, channel: str, delivery_id: str, now: datetime) -> bool:
        """Mark a delivery as handled. False: it already was."""
        event = self._vault.event_key(channel, delivery_id)
        return await self._conn.insert_new(
            inbox_event, {"event": event, "seen_at": round_up(now, _SEEN_STEP)}
        )

    async def load_session(self, person: PersonKey) -> Stored | None:
        """Load and lock one person's session. None: unknown, erased, unreadable or past its time."""
        stored = await self._sessions.load(person, self._clock())
        if stored is not None:
            self._loaded[person] = stored.session
        return stored

    async def save_session(
        self, person: PersonKey, session: Session, *, expected_version: int | None, reply_lost: bool = False
    ) -> None:
        """
        Save; None means that nobody can load one yet. StaleSession: somebody was faster, retry.

        What was in the form's draft and is no longer (sent, struck, changed) is destroyed with its key.
        """
        if expected_version is None:
            await self._sessions.add(person, session, self._clock())
        else:
            drops = person in self._loaded and _drops_words(self._loaded[person], session)
            await self._sessions.replace(person, session, expected_version, new_key=drops)
            self.has_erased |= drops
        if reply_lost:
            await self._sessions.flag_lost_reply(person)

    async def queue(self, person: PersonKey, mail: Mail, now: datetime) -> None:
        """Put a reply in the outbox. A farewell is queued after the erasure, or it is erased too."""
        await self._letters.queue(person, mail, now)

    async def find_waiting(self, person: PersonKey) -> Waiting:
        """Say which replies are on their way to the person."""
        return await self._letters.find_waiting(person)

    async def recall(self, person: PersonKey) -> tuple[Mail, ...]:
        """Take back the replies that nobody has tried to send yet; returns them, oldest first."""
        return await self._letters.recall(person)

    async def remember_message(self, person: PersonKey, message_id: str, now: datetime) -> None:
        """Note a message that the person sent."""
        await self._chats.note(person, (message_id,), now, ours=False)

    async def list_messages(self, person: PersonKey, now: datetime) -> tuple[str, ...]:
        """Return the ids of the noted messages, oldest first."""
        return await self._chats.list_ids(person, now)

    async def find_last_shown(self, person: PersonKey) -> int | None:
        """Return the place in the chat of our newest message; None where the channel counts none."""
        message_id = await self._chats.find_last_ours(person)
        return int(message_id) if message_id and message_id.isdecimal() else None

    async def add_code(self, person: PersonKey, code: str, until: datetime) -> None:
        """Keep a one-time code, as a keyed hash, in place of an older one."""
        await self._conn.run(delete(move_code).where(move_code.c.person == person))
        name = self._vault.event_key(_CODES, code)
        await self._conn.run(insert(move_code).values(code=name, person=person, until=until))

    async def find_code(self, code: str, now: datetime) -> PersonKey | None:
        """Say whose conversation a code stands for, without locking anything."""
        row = await self._conn.row(select(move_code).where(self._is_code(code), move_code.c.until > now))
        return PersonKey(row.person) if row else None

    async def take_code(self, code: str) -> bool:
        """Use a code up. Of two at once one gets it: whoever deletes the row."""
        return (await self._conn.run(delete(move_code).where(self._is_code(code)))).rowcount == 1

    async def add_handoff(self, handoff: NewHandoff) -> None:
        """Add a handoff, its consent and its receipt."""
        await self._handoffs.add(handoff)

    async def find_case(self, receipt: str) -> Case | None:
        """Say how far the desk is. None: no such receipt, or what it stood for is erased."""
        return await self._handoffs.find_case(receipt)

    async def add_request(self, request: NewRequest) -> bool:
        """Add a request. False: the same was asked already, or what it is about is erased."""
        return await self._handoffs.add_request(request)

    async def count(self, what: str, who: str, now: datetime, *, hours: int, limit: int) -> bool:
        """Count one use. False: `limit` uses in the last `hours` were reached."""
        return await self._counts.count(what, who, now, span=timedelta(hours=hours), limit=limit)

    async def add_page(self, person: PersonKey, token: str, until: datetime) -> None:
        """Keep the token of a one-time page in place of the person's older one and its page."""
        await self._pages.add(person, token, until)

    async def open_page(self, token: str, seat: str, now: datetime, until: datetime) -> Page | None:
        """Use a token up and seat whoever opened it. Of two at once one gets it."""
        return await self._pages.open(token, seat, now, until)

    async def find_page(self, seat: str) -> Page | None:
        """Say whose page it is, also when its time is over."""
        return await self._pages.find(seat)

    async def renew_page(self, seat: str, until: datetime) -> None:
        """Let an open page go on until then."""
        await self._pages.renew(seat, until)

    async def close_page(self, seat: str) -> bool:
        """End an open page. Of two at once one gets True."""
        return await self._pages.close(seat)

    async def erase(
        self, person: PersonKey, *, keep_messages: bool = False, keep_final: bool = False
    ) -> None:
        """Destroy the person's keys, session, letters, code, page and noted messages, but what is to be kept."""
        await self._sessions.erase(person, keep_final=keep_final)
        await self._conn.run(delete(move_code).where(move_code.c.person == person))
        if not keep_messages:
            await self._chats.erase(person)
        self.has_erased = True

    def _is_code(self, code: str) -> ColumnElement[bool]:
        return move_code.c.code == self._vault.event_key(_CODES, code)


def _drops_words(before: Session, after: Session) -> bool:
    """Say whether something that a person filled in is gone or replaced."""
    is_all_there = before.draft.items() <= after.draft.items()
    return not (is_all_there and before.pocket.items() <= after.pocket.items())


class SqlStore:
    """The store and the outbox; see `ports.Store` and `ports.Outbox`. Made by `open_store`."""

    def __init__(self, db: Database, vault: Vault, *, session_ttl: timedelta, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._ttl = session_ttl
        self._clock = clock
        self._head = head()
        self.tally = SqlTally(db)

    async def close(self) -> None:
        """Release connections."""
        await self._db.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlTx]:
        """
        Open a read-modify-write transaction; see `ports.Store`.

        StoreDown: the database did not answer, so nothing is known to be saved.
        """
        async with self._db.writing() as conn:
            tx = SqlTx(self._letters(conn), self._vault, self._clock)
            yield tx
        if tx.has_erased:
            with suppress(StoreDown):  # it is committed already; the next sweep empties the log
                await self._db.empty_log()

    async def look(self, person: PersonKey) -> Stored | None:
        """Read one session without locking or changing anything."""
        return await self._db.read(lambda conn: self._sessions(conn).look(person, self._clock()))

    async def is_ready(self) -> bool:
        """True when the database answers and its schema is the one this program needs."""
        try:
            rows = await self._db.read(
                lambda conn: conn.rows(text("SELECT version_num FROM alembic_version"))
            )
        except (StoreDown, StaleSession, exc.ProgrammingError):  # the last: nothing was migrated yet
            return False
        return [row.version_num for row in rows] == [self._head]

    async def claim_due(
        self, now: datetime, limit: int, channels: Collection[str] | None = None
    ) -> Sequence[Letter]:
        """Take letters that are due; see `ports.Outbox`. The overdue and the unreadable are closed."""
        due = (outbox.c.state == "new") & (outbox.c.due_at <= now)
        mine = due if channels is None else due & outbox.c.channel.in_(channels)
        waiting = select(exists().where(mine))
        if not (await self._db.read(lambda conn: conn.rows(waiting)))[0][0]:
            return ()  # without taking the write lock from those who talk to people
        await close_overdue(self._db, self._letters, now)
        letters, unreadable = await self._db.write(
            lambda conn: self._letters(conn).claim(now, limit, channels)
        )
        for row in unreadable:
            await self._finish(row.id, row.person, "dead")
        return letters

    async def mark_sent(self, letter: Letter, message_ids: tuple[str, ...] = ()) -> None:
        """Delivered: destroy the body, and note the messages that it became."""
        await self._finish(letter.id, letter.person, "sent", message_ids)

    async def mark_lost(self, letter: Letter, state: str, message_ids: tuple[str, ...] = ()) -> None:
        """`uncertain`, `expired` or `dead`: destroy the body and flag the session: the next message asks anew."""
        if state not in LOST_STATES:
            raise ValueError(f"a letter cannot be lost as {state!r}")
        await self._finish(letter.id, letter.person, state, message_ids)

    async def mark_gone(self, letter: Letter) -> None:
        """They blocked us: erase the person, this letter included."""
        async with self.transaction() as tx:
            await tx.load_session(letter.person)
            await tx.erase(letter.person)

    async def postpone(
        self,
        letter: Letter,
        due_at: datetime,
        *,
        reached: bool,
        done: int = 0,
        message_ids: tuple[str, ...] = (),
    ) -> None:
        """Try the same letter again later; see `ports.Outbox`."""

        async def give_back(conn: Conn) -> None:
            await self._note(conn, letter.person, message_ids)
            await self._letters(conn).postpone(letter, due_at, reached=reached, done=done)

        await self._db.write(give_back)

    async def sweep(self, now: datetime) -> None:
        """Repair what a crash left, and destroy whatever has outlived its time."""
        await sweep(self._db, self._letters, now)

    async def _finish(
        self, letter_id: str, person: PersonKey, state: str, message_ids: tuple[str, ...] = ()
    ) -> None:
        async def close(conn: Conn) -> None:
            await self._note(conn, person, message_ids)
            await self._letters(conn).finish(letter_id, person, state)

        await self._db.write(close)

    async def _note(self, conn: Conn, person: PersonKey, message_ids: tuple[str, ...]) -> None:
        if message_ids:
            await self._sessions(conn).hold(person)  # before the letter, as everybody does: no deadlock
            await Chats(conn, self._vault).note_ours(person, message_ids, self._clock())

    def _sessions(self, conn: Conn) -> Sessions:
        return Sessions(conn, self._vault, self._ttl)

    def _letters(self, conn: Conn) -> Letters:
        return Letters(conn, self._vault, self._sessions(conn))
