"""
The messages of a chat that can still be taken back, where a channel lets us (Telegram, 48 h).

Kept is the channel's id of each, locked with a key of the chat's own; nothing of what it said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, insert, select

from bot.core.model import PersonKey
from bot.errors import Unreadable
from bot.ports import Vault
from bot.store.database import Conn
from bot.store.erasable import chat_key_id, destroy_keys, find_keys, make_key
from bot.store.moments import round_up
from bot.store.schema import chat_message, person_session

#: Older ones Telegram does not delete. Source: Telegram Bot API, deleteMessage.
_REACH = timedelta(hours=48)
#: How roughly a row tells when its message was sent. Source: SECURITY §2.
_STEP = timedelta(hours=1)
#: More than anybody taps through in two days; the oldest are left to the person.
_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Chats:
    """The noted messages as one open transaction sees them."""

    conn: Conn
    vault: Vault

    async def note(
        self, person: PersonKey, message_ids: tuple[str, ...], now: datetime, *, ours: bool
    ) -> None:
        """Note messages of this chat, at least one."""
        key = await self._get_key(person)
        drop_at = round_up(now + _REACH, _STEP)
        rows = [
            {
                "person": person,
                "ours": ours,
                "blob": self.vault.lock(message_id.encode(), key, _context(person)),
                "drop_at": drop_at,
            }
            for message_id in message_ids
        ]
        await self.conn.run(insert(chat_message).values(rows))

    async def note_ours(self, person: PersonKey, message_ids: tuple[str, ...], now: datetime) -> None:
        """Note messages that we sent, unless the person was erased: then nothing of them is kept."""
        is_known = exists().where(person_session.c.person == person)
        if message_ids and (await self.conn.rows(select(is_known)))[0][0]:
            await self.note(person, message_ids, now, ours=True)

    async def list_ids(self, person: PersonKey, now: datetime) -> tuple[str, ...]:
        """Return the ids that were noted and are not too old, oldest first; empty for one that does not open."""
        mine = (chat_message.c.person == person) & (chat_message.c.drop_at > now)
        newest = select(chat_message.c.blob).where(mine).order_by(chat_message.c.seq.desc()).limit(_MOST)
        return tuple(reversed(await self._open(person, [row.blob for row in await self.conn.rows(newest)])))

    async def find_last_ours(self, person: PersonKey) -> str | None:
        """Return the id of our newest message."""
        mine = (chat_message.c.person == person) & chat_message.c.ours
        newest = select(chat_message.c.blob).where(mine).order_by(chat_message.c.seq.desc()).limit(1)
        opened = await self._open(person, [row.blob for row in await self.conn.rows(newest)])
        return opened[0] if opened else None

    async def erase(self, person: PersonKey) -> None:
        """Destroy what was noted."""
        await self.conn.run(delete(chat_message).where(chat_message.c.person == person))
        await destroy_keys(self.conn, [chat_key_id(person)])

    async def _get_key(self, person: PersonKey) -> bytes:
        key_id = chat_key_id(person)
        found = (await find_keys(self.conn, self.vault, [key_id])).get(key_id)
        return found or await make_key(self.conn, self.vault, key_id)

    async def _open(self, person: PersonKey, blobs: list[bytes]) -> list[str]:
        key_id = chat_key_id(person)
        key = (await find_keys(self.conn, self.vault, [key_id])).get(key_id) if blobs else None
        return [self._open_one(person, blob, key) for blob in blobs]

    def _open_one(self, person: PersonKey, blob: bytes, key: bytes | None) -> str:
        try:
            return self.vault.unlock(blob, key, _context(person)).decode() if key else ""
        except Unreadable:
            return ""


def _context(person: PersonKey) -> str:
    return f"chat_message.blob:{person}"
