"""
The lock that words put on a secret: Argon2id makes a key of them, AES-256-GCM closes and binds it to its place.

Wrong words and an altered file look the same on purpose.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

SALT_BYTES: Final = 16
_KEY_BYTES = 32
_NONCE_BYTES = 12
#: A file that asks for more was not made by us: it must not eat the memory.
_MOST_MEMORY_KIB = 1024 * 1024
_MOST_ROUNDS = 16
_MOST_LANES = 16


@dataclass(frozen=True, slots=True)
class Cost:
    """What one try at the words costs. Twice the floor: whoever has the file may try for as long as they like."""

    memory_kib: int = 128 * 1024
    rounds: int = 3
    lanes: int = 4

    @property
    def is_bearable(self) -> bool:
        """Whether the machine can be asked for it. Source of the lower ends: RFC 9106 §3.1."""
        return (
            1 <= self.lanes <= _MOST_LANES
            and 1 <= self.rounds <= _MOST_ROUNDS
            and 8 * self.lanes <= self.memory_kib <= _MOST_MEMORY_KIB
        )


#: The least that the words of a member may be locked with. Source: SECURITY §5, desk X25519.
FLOOR: Final = Cost(memory_kib=64 * 1024)


def make_salt() -> bytes:
    """Draw a salt; each lock has a new one."""
    return secrets.token_bytes(SALT_BYTES)


def lock_secret(secret: bytes, words: str, *, cost: Cost, salt: bytes, bound_to: bytes) -> bytes:
    """Lock a secret; what comes out is a random nonce and the rest. It takes part of a second, on purpose."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_derive(words, cost, salt)).encrypt(nonce, secret, bound_to)


def open_secret(locked: bytes, words: str, *, cost: Cost, salt: bytes, bound_to: bytes) -> bytes | None:
    """Open it. None: other words, or something was altered."""
    nonce, rest = locked[:_NONCE_BYTES], locked[_NONCE_BYTES:]
    key = AESGCM(_derive(words, cost, salt))
    try:
        return key.decrypt(nonce, rest, bound_to)
    except (InvalidTag, ValueError):  # ValueError: it was cut so short that there is no nonce
        return None


def _derive(words: str, cost: Cost, salt: bytes) -> bytes:
    kdf = Argon2id(
        salt=salt,
        length=_KEY_BYTES,
        iterations=cost.rounds,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    )
    return kdf.derive(words.encode("utf-8", "surrogatepass"))
