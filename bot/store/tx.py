"""One transaction of the conversation: everything that a turn reads and writes, over one connection."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, select

from bot.core.model import PersonKey, Session
from bot.failpoints import reach
from bot.ports import Carrier, Case, Clock, Letter, Mail, NewHandoff, NewRequest, Page, Stored, Vault, Waiting
from bot.store.chats import Chats
from bot.store.conn import written
from bot.store.counts import Counts
from bot.store.finishing import Finishing
from bot.store.handoffs import Handoffs
from bot.store.moments import round_up, to_micros
from bot.store.outbox import Letters
from bot.store.pages import Pages
from bot.store.schema import move_code

#: How roughly the inbox tells when somebody wrote. Source: SECURITY §2.
_SEEN_STEP = timedelta(hours=1)
#: Under this name codes are hashed; no channel has it.
_CODES = "one-time code"
_CLAIM = written("INSERT INTO inbox_event (event, seen_at) VALUES (?, ?) ON CONFLICT DO NOTHING")


class SqlTx:
    """One transaction of the conversation; see `ports.Tx`."""

    __slots__ = (
        "_carrier",
        "_clock",
        "_conn",
        "_finishing",
        "_letters",
        "_loaded",
        "_sessions",
        "_vault",
        "closed",
        "handed",
        "has_erased",
        "has_submitted",
        "waits",
    )

    def __init__(
        self,
        letters: Letters,
        vault: Vault,
        clock: Clock,
        finishing: Finishing,
        carrier: Carrier | None = None,
    ) -> None:
        self._conn = letters.conn
        self._letters = letters
        self._sessions = letters.sessions
        self._vault = vault
        self._clock = clock
        self._finishing = finishing
        self._carrier = carrier
        self._loaded: dict[PersonKey, Session] = {}
        #: Letters for the carrier's hands, and those that it will find in the outbox. It is told after the commit.
        self.handed: list[Letter] = []
        self.waits: list[tuple[PersonKey, timedelta]] = []
        #: Letters that arrived before, and are closed on the way.
        self.closed: list[Letter] = []
        self.has_erased = False
        self.has_submitted = False

    async def claim(self, channel: str, delivery_id: str, now: datetime) -> bool:
        """Mark a delivery as handled. False: it already was."""
        event = self._vault.event_key(channel, delivery_id)
        return await self._conn.change(_CLAIM, event, to_micros(round_up(now, _SEEN_STEP))) == 1

    async def load_session(self, person: PersonKey) -> Stored | None:
        """Load and lock one person's session. None: unknown, erased, unreadable or past its time."""
        stored = await self._sessions.load(person, self._clock())
        if stored is not None:
            self._loaded[person] = stored.session
        arrived = self._finishing.find_open(person)
        await self._letters.close_sent(arrived)
        self.closed.extend(arrived)
        return stored

    async def save_session(
        self, person: PersonKey, session: Session, *, expected_version: int | None, reply_lost: bool = False
    ) -> None:
        """
        Save; None means that nobody can load one yet. StaleSession: somebody was faster, retry.

        What was in the form's draft and is no longer (sent, struck, changed) is destroyed with its key.
        """
        if expected_version is None:
            await self._sessions.add(person, session, self._clock(), reply_lost=reply_lost)
            return
        drops = person in self._loaded and _drops_words(self._loaded[person], session)
        await self._sessions.replace(person, session, expected_version, reply_lost=reply_lost, new_key=drops)
        self.has_erased |= drops

    async def queue(self, person: PersonKey, mail: Mail, now: datetime) -> None:
        """Put a reply in the outbox. A farewell is queued after the erasure, or it is erased too."""
        hand = self._carrier is not None and self._carrier.has_hand(mail.channel)
        letter = await self._letters.queue(person, mail, now, hand=hand)
        if letter:
            self.handed.append(letter)
        else:
            self.waits.append((person, mail.after))

    async def is_held(self, letter: Letter) -> bool:
        """Say whether a letter is still in the hands of whoever claimed it for this attempt."""
        return await self._letters.is_held(letter)

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
        self.has_submitted = True
        reach("in_submit")

    async def find_case(self, receipt: str) -> Case | None:
        """Say how far the desk is. None: no such receipt, or what it stood for is erased."""
        return await self._handoffs.find_case(receipt)

    async def add_request(self, request: NewRequest) -> bool:
        """Add a request. False: the same was asked already, or what it is about is erased."""
        return await self._handoffs.add_request(request)

    async def count(self, what: str, who: str, now: datetime, *, hours: int, limit: int) -> bool:
        """Count one use. False: `limit` uses in the last `hours` were reached."""
        return await self._counts.count(what, who, now, span=timedelta(hours=hours), limit=limit)

    async def has_room(self, what: str, who: str, now: datetime, *, limit: int) -> bool:
        """Say whether `count` would find a place now."""
        return await self._counts.has_room(what, who, now, limit=limit)

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
        self._letters.forget(person)
        self.handed = [letter for letter in self.handed if letter.person != person]
        await self._conn.run(delete(move_code).where(move_code.c.person == person))
        if not keep_messages:
            await self._chats.erase(person)
        self.has_erased = True

    # Made where they are needed: most transactions need none of them.

    @property
    def _chats(self) -> Chats:
        return Chats(self._conn, self._vault)

    @property
    def _handoffs(self) -> Handoffs:
        return Handoffs(self._conn, self._vault)

    @property
    def _pages(self) -> Pages:
        return Pages(self._conn, self._vault, self._sessions)

    @property
    def _counts(self) -> Counts:
        return Counts(self._conn, self._vault)

    def _is_code(self, code: str) -> ColumnElement[bool]:
        return move_code.c.code == self._vault.event_key(_CODES, code)


def _drops_words(before: Session, after: Session) -> bool:
    """Say whether something that a person filled in is gone or replaced."""
    is_all_there = before.draft.items() <= after.draft.items()
    return not (is_all_there and before.pocket.items() <= after.pocket.items())
