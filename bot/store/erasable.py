"""
Keys that can be destroyed: each session, letter and list of messages is locked with one of its own.

To erase is to destroy the key. Whatever copy of the locked bytes remains, in a backup or on a worn
disk, stays closed for ever; so this table must never be backed up.
"""

from __future__ import annotations

from sqlalchemy import delete, select

from bot.core.model import PersonKey
from bot.errors import Unreadable
from bot.ports import Vault
from bot.store.conn import Conn, written
from bot.store.schema import erasable_key

_ADD = written("INSERT INTO erasable_key (id, wrapped) VALUES (?, ?)")
_FIND = written("SELECT wrapped FROM erasable_key WHERE id = ?")
_DESTROY = written("DELETE FROM erasable_key WHERE id = ?")


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
    await conn.change(_DESTROY, key_id)
    return await make_first_key(conn, vault, key_id)


async def make_first_key(conn: Conn, vault: Vault, key_id: str) -> bytes:
    """Make a key under a name that never had one."""
    key, wrapped = vault.new_key(_context(key_id))
    await conn.change_one(_ADD, key_id, wrapped)
    return key


async def find_key(conn: Conn, vault: Vault, key_id: str) -> bytes | None:
    """Open a key. None: destroyed, or as good as that."""
    found = await conn.ask(_FIND, key_id)
    return open_key(vault, key_id, found[0][0]) if found else None


def open_key(vault: Vault, key_id: str, wrapped: bytes | None) -> bytes | None:
    """Open a key that was read. None: there was none, or another root wrapped it, which is as good as destroyed."""
    try:
        return vault.unwrap(wrapped, _context(key_id)) if wrapped else None
    except Unreadable:
        return None


async def destroy_key(conn: Conn, key_id: str) -> None:
    """Destroy one key for ever."""
    await conn.change(_DESTROY, key_id)


async def find_keys(conn: Conn, vault: Vault, key_ids: list[str]) -> dict[str, bytes]:
    """Open the keys that are still there and readable."""
    wanted = select(erasable_key).where(erasable_key.c.id.in_(key_ids))
    opened = {row.id: open_key(vault, row.id, row.wrapped) for row in await conn.rows(wanted)}
    return {key_id: key for key_id, key in opened.items() if key is not None}


async def destroy_keys(conn: Conn, key_ids: list[str]) -> None:
    """Destroy keys for ever."""
    await conn.run(delete(erasable_key).where(erasable_key.c.id.in_(key_ids)))


def _context(key_id: str) -> str:
    return f"erasable_key.wrapped:{key_id}"
