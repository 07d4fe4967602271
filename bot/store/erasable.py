"""
Keys that can be destroyed: each session, letter and list of messages is locked with one of its own.

To erase is to destroy the key. Whatever copy of the locked bytes remains, in a backup or on a worn
disk, stays closed for ever; so this table must never be backed up.
"""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from bot.core.model import PersonKey
from bot.errors import Unreadable
from bot.ports import Vault
from bot.store.database import Conn
from bot.store.schema import erasable_key


def session_key_id(person: PersonKey) -> str:
    """Name the key of a person's session."""
    return f"session:{person}"


def letter_key_id(letter_id: str) -> str:
    """Name the key of a letter."""
    return f"outbox:{letter_id}"


def chat_key_id(person: PersonKey) -> str:
    """Name the key of the noted messages of a person's chat."""
    return f"chat:{person}"


async def make_key(conn: Conn, vault: Vault, key_id: str) -> bytes:
    """Make a key and store it wrapped, in place of an older one of that name."""
    key, wrapped = vault.new_key(_context(key_id))
    await destroy_keys(conn, [key_id])
    await conn.run(insert(erasable_key).values(id=key_id, wrapped=wrapped))
    return key


async def find_keys(conn: Conn, vault: Vault, key_ids: list[str]) -> dict[str, bytes]:
    """Open the keys that are still there and readable."""
    wanted = select(erasable_key).where(erasable_key.c.id.in_(key_ids))
    keys: dict[str, bytes] = {}
    for row in await conn.rows(wanted):
        try:
            keys[row.id] = vault.unwrap(row.wrapped, _context(row.id))
        except Unreadable:  # another root wrapped it: as good as destroyed
            continue
    return keys


async def destroy_keys(conn: Conn, key_ids: list[str]) -> None:
    """Destroy keys for ever."""
    await conn.run(delete(erasable_key).where(erasable_key.c.id.in_(key_ids)))


def _context(key_id: str) -> str:
    return f"erasable_key.wrapped:{key_id}"
