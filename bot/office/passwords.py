"""
Staff passwords as Argon2id hashes, and guesses that cannot exhaust the machine.

A stored hash is a PHC string: it names its algorithm, version and parameters, so that the cost may
rise later without locking anybody out. One weaker than the floor is never accepted.
"""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
import unicodedata
from dataclasses import dataclass

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from bot.errors import ConfigError

_PHC = re.compile(
    r"\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{43}"
)
_SALT_BYTES = 16
_HASH_BYTES = 32
#: Stored hashes more than this much dearer than ours were not made by us: do not let one eat the memory.
_TIMES_DEARER = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess costs. Source: RFC 9106 §4, second recommended option."""

    memory_kib: int = 64 * 1024
    rounds: int = 3
    lanes: int = 4

    def covers(self, other: Cost) -> bool:
        """Whether this is at least as dear as another."""
        return self.memory_kib >= other.memory_kib and self.rounds >= other.rounds


FLOOR = Cost()


class Passwords:
    """
    Hashes and checks passwords, a few at a time, off the event loop.

    `at_once` bounds the memory of any number of guesses. ConfigError: the cost is below the floor
    and this is not the demo environment.
    """

    def __init__(self, cost: Cost = FLOOR, *, demo: bool = False, at_once: int = 2) -> None:
        if not demo and not cost.covers(FLOOR):
            raise ConfigError(
                f"staff passwords: Argon2id needs {FLOOR.memory_kib} KiB and {FLOOR.rounds} rounds or more"
            )
        self._cost = cost
        self._floor = cost if demo else FLOOR
        self._turns = asyncio.Semaphore(at_once)
        self._nobody = _phc(cost, secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_HASH_BYTES))

    async def hash(self, password: str) -> str:
        """Hash with a new random salt."""
        cost = self._cost
        salt = secrets.token_bytes(_SALT_BYTES)
        kdf = Argon2id(
            salt=salt,
            length=_HASH_BYTES,
            iterations=cost.rounds,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        )
        async with self._turns:
            return await asyncio.to_thread(kdf.derive_phc_encoded, _bytes_of(password))

    async def is_right(self, password: str, stored: str | None) -> bool:
        """Compare in constant time. Without a usable `stored` hash the same work is done for nothing."""
        usable = stored if stored is not None and self._is_usable(stored) else None
        async with self._turns:
            right = await asyncio.to_thread(_verify, _bytes_of(password), usable or self._nobody)
        return right and usable is not None

    def _is_usable(self, stored: str) -> bool:
        match = _PHC.fullmatch(stored)
        if match is None:
            return False
        cost = Cost(*(int(part) for part in match.groups()))
        dearest = Cost(
            self._cost.memory_kib * _TIMES_DEARER, self._cost.rounds * _TIMES_DEARER, self._cost.lanes
        )
        return cost.covers(self._floor) and dearest.covers(cost)


def _bytes_of(password: str) -> bytes:
    """NFC, so that the same password typed on another keyboard is the same bytes."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "replace")


def _verify(password: bytes, stored: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(password, stored)
    except InvalidKey:
        return False
    return True


def _phc(cost: Cost, salt: bytes, tag: bytes) -> str:
    parts = (base64.b64encode(part).decode().rstrip("=") for part in (salt, tag))
    return f"$argon2id$v=19$m={cost.memory_kib},t={cost.rounds},p={cost.lanes}${'$'.join(parts)}"
