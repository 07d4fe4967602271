"""The secrets: names of people, and what is locked at rest."""

from __future__ import annotations

from typing import Protocol

from bot.core.model import PersonKey


class Vault(Protocol):
    """Names people by keyed hash and locks fields at rest."""

    def person_key(self, channel: str, user_id: str) -> PersonKey:
        """Name a person: a keyed hash, the only form in which an id is stored."""
        ...

    def event_key(self, channel: str, delivery_id: str) -> str:
        """Name a delivery for deduplication: a keyed hash."""
        ...

    def new_key(self, context: str) -> tuple[bytes, bytes]:
        """Make a data key: (key, the same key wrapped for storage under this context)."""
        ...

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Open a wrapped data key. Unreadable: altered, or wrapped under another root or context."""
        ...

    def lock(self, plain: bytes, key: bytes, context: str) -> bytes:
        """Encrypt a field; `context` names table, column, row and version, and is authenticated."""
        ...

    def unlock(self, blob: bytes, key: bytes, context: str) -> bytes:
        """Decrypt a field. Unreadable: altered, or written for another place."""
        ...
