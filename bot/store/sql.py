"""The store: the conversation's transactions and the delivering worker's outbox over one database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import exc, exists, select, text

from bot.core.model import PersonKey
from bot.errors import StaleSession, StoreDown
from bot.failpoints import reach
from bot.ports import Carrier, Clock, Letter, Stored, Vault
from bot.store.chats import Chats
from bot.store.database import HURRIED_WAIT_S, Conn, Database
from bot.store.engine import make_engine
from bot.store.finishing import Finishing
from bot.store.marks import close_alone
from bot.store.migrate import head
from bot.store.outbox import LOST_STATES, Letters, name_letters
from bot.store.pages import Pages
from bot.store.quarantine import SqlQuarantine
from bot.store.revisions import serve
from bot.store.schema import outbox
from bot.store.sealing_tests import AddedSealingTests
from bot.store.sessions import Sessions
from bot.store.sweep import close_overdue, sweep
from bot.store.tally import SqlTally
from bot.store.tx import SqlTx

SESSION_TTL = timedelta(hours=24)


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


class SqlStore:
    """The store and the outbox; see `ports.Store` and `ports.Outbox`. Made by `open_store`."""

    def __init__(self, db: Database, vault: Vault, *, session_ttl: timedelta, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._ttl = session_ttl
        self._clock = clock
        self._head = head()
        self._carrier: Carrier | None = None
        self._finishing = Finishing(self._close_sent)
        self._names = name_letters()
        self.tally = SqlTally(db)
        self.quarantine = SqlQuarantine(db, vault)
        self.sealing_tests = AddedSealingTests(db)

    def deliver_by(self, carrier: Carrier) -> None:
        """Tell this one of letters as soon as they are stored. Without one they wait until they are claimed."""
        self._carrier = carrier

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
            tx = SqlTx(self._letters(conn), self._vault, self._clock, self._finishing, self._carrier)
            yield tx
            reach("before_commit")
        reach("after_commit")
        self._finishing.settle(tx.closed)
        self._tell_carrier(tx)
        if tx.has_submitted:
            reach("after_submit")
        if tx.has_erased:
            with suppress(StoreDown):  # it is committed already; the next sweep empties the log
                await self._db.empty_log()

    def _tell_carrier(self, tx: SqlTx) -> None:
        """Only now: what is not stored must not be said."""
        if self._carrier is None:
            return
        for letter in tx.handed:
            self._carrier.carry(letter)
        for person, after in tx.waits:
            self._carrier.expect(person, after)

    async def look(self, person: PersonKey) -> Stored | None:
        """Read one session without locking or changing anything."""
        return await self._db.read(lambda conn: self._sessions(conn).look(person, self._clock()))

    async def has_page(self, seat: str) -> bool:
        """Whether a one-time page has this seat, as above."""
        found = await self._db.read(lambda conn: Pages(conn, self._vault, self._sessions(conn)).find(seat))
        return found is not None

    async def is_ready(self) -> bool:
        """True when the database answers and its schema serves this program (`revisions.py`)."""
        try:
            rows = await self._db.read(
                lambda conn: conn.rows(text("SELECT version_num FROM alembic_version"))
            )
        except (StoreDown, StaleSession, exc.ProgrammingError):  # the last: nothing was migrated yet
            return False
        return serve([row.version_num for row in rows], self._head)

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
            await self._finish(row.id, row.person, "dead", attempts=row.attempts + 1)
        return letters

    async def is_held(self, letter: Letter) -> bool:
        """Say whether a letter is still in this attempt's hands; see `ports.Outbox`."""
        # Among those who write, though it only looks: on SQLite readers and the commits of a busy hour wait for each other.
        # Not patiently: the claim lasts only so long (`sweep.py`).
        return await self._db.write(lambda conn: self._letters(conn).is_held(letter), wait_s=HURRIED_WAIT_S)

    async def mark_sent(
        self, letter: Letter, message_ids: tuple[str, ...] = (), *, awaited: bool = False
    ) -> None:
        """Delivered: destroy the body, and note the messages that it became."""
        if not (message_ids or awaited) and await self._finishing.close(letter):
            return
        await self._finish(letter.id, letter.person, "sent", message_ids, attempts=letter.attempts)

    async def mark_lost(self, letter: Letter, state: str, message_ids: tuple[str, ...] = ()) -> None:
        """`uncertain`, `expired` or `dead`: destroy the body and flag the session: the next message asks anew."""
        if state not in LOST_STATES:
            raise ValueError(f"a letter cannot be lost as {state!r}")
        await self._finish(letter.id, letter.person, state, message_ids, attempts=letter.attempts)

    async def mark_gone(self, letter: Letter) -> None:
        """They blocked us: erase the person, this letter included, unless others hold it: they may have come back."""
        async with self.transaction() as tx:
            await tx.load_session(letter.person)
            if await tx.is_held(letter):
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
        self,
        letter_id: str,
        person: PersonKey,
        state: str,
        message_ids: tuple[str, ...] = (),
        *,
        attempts: int,
    ) -> None:
        async def close(conn: Conn) -> None:
            await self._note(conn, person, message_ids)
            await self._letters(conn).finish(letter_id, person, state, attempts=attempts)
            reach("in_mark")

        await self._db.write(close)

    async def _close_sent(self, take: Callable[[], Sequence[Letter]]) -> frozenset[str]:
        if self._db.postgres:
            return await close_alone(self._db.postgres, take())

        async def close(conn: Conn) -> frozenset[str]:
            letters = take()
            await self._letters(conn).close_sent(letters)
            reach("in_mark")
            return frozenset(letter.id for letter in letters)

        return await self._db.write(close)

    async def _note(self, conn: Conn, person: PersonKey, message_ids: tuple[str, ...]) -> None:
        if message_ids:
            await self._sessions(conn).hold(person)  # before the letter, as everybody does: no deadlock
            await Chats(conn, self._vault).note_ours(person, message_ids, self._clock())

    def _sessions(self, conn: Conn) -> Sessions:
        return Sessions(conn, self._vault, self._ttl)

    def _letters(self, conn: Conn) -> Letters:
        return Letters(conn, self._vault, self._sessions(conn), self._names)
