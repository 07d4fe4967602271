"""An audit log in memory, its keys, and what somebody could do to it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.core.envelope import fingerprint
from bot.desk.audit import AuditLog
from bot.desk.audit_anchor import Anchor
from bot.desk.audit_chain import START, Head, Signers, hash_line, head_of, write_statement
from bot.desk.audit_check import AuditCheck
from bot.errors import StoreDown
from bot.ports import AuditEntry, AuditWanted
from bot.ports.audit import Makes

NOON = datetime(2026, 11, 20, 4, 0, 30, tzinfo=UTC)
ACCOUNT = "6c1d6f2e-3f5b-4a52-9d39-0d5a8a3b6f10"
HANDOFF = "0b8a3f1e-77aa-4c5e-8d1f-5a2b9c3d4e6f"
#: Seeds, so that every run signs the same.
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
THIEF = Ed25519PrivateKey.from_private_bytes(b"t" * 32)


class QuickKey:
    """A public key that remembers what it found genuine, so that a long log is checked many times in little time."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        self._genuine: set[tuple[bytes, bytes]] = set()

    def verify(self, signature: bytes, data: bytes, /) -> None:
        if (signature, data) not in self._genuine:
            self._key.verify(signature, data)
            self._genuine.add((signature, data))


def name_key(key: Ed25519PrivateKey) -> str:
    return fingerprint(base64.b64encode(key.public_key().public_bytes_raw()).decode())


SIGNERS: Signers = {name_key(KEY): QuickKey(KEY.public_key())}


def seal(entry: AuditEntry, key: Ed25519PrivateKey = KEY) -> AuditEntry:
    """Hash and sign a line anew, as whoever has a key could."""
    named = replace(entry, signer=name_key(key))
    hashed = replace(named, hash=hash_line(named))
    return replace(hashed, signature=key.sign(write_statement(hashed.number, hashed.hash)))


def make_chain(length: int) -> list[AuditEntry]:
    """A log of so many lines, as the office writes it."""
    entries: list[AuditEntry] = []
    previous = START
    for number in range(1, length + 1):
        entry = AuditEntry(
            number=number,
            at=NOON + timedelta(seconds=number),
            actor=ACCOUNT,
            act="opened",
            subject=HANDOFF,
            detail='{"reason":"first_call"}',
            previous=previous,
            hash="",
            signature=b"",
            signer="",
        )
        entries.append(seal(entry))
        previous = entries[-1].hash
    return entries


def head(entry: AuditEntry) -> Head:
    return head_of(entry)


class Memory:
    """`AuditStore` in memory. `is_down`: the database does not answer."""

    def __init__(self, entries: Sequence[AuditEntry] = ()) -> None:
        self.entries = list(entries)
        self.is_down = False

    async def append(self, make: Makes) -> AuditEntry:
        self._answer()
        made = make(self.entries[-1] if self.entries else None)
        self.entries.append(made)
        return made

    async def read(self, *, after: int = 0, limit: int = 1000) -> Sequence[AuditEntry]:
        self._answer()
        return [each for each in self.entries if each.number > after][:limit]

    async def read_last(
        self,
        *,
        before: int | None = None,
        limit: int = 100,
        subject: str = "",
        wanted: AuditWanted | None = None,
    ) -> Sequence[AuditEntry]:
        self._answer()
        assert not subject
        assert wanted is None
        found = [each for each in self.entries if before is None or each.number < before]
        return found[::-1][:limit]

    def _answer(self) -> None:
        if self.is_down:
            raise StoreDown("the database did not answer")


class Desk:
    """A log with its anchor, for a test."""

    def __init__(self, folder: Path, entries: Sequence[AuditEntry] = ()) -> None:
        self.store = Memory(entries)
        self.path = folder / "audit-anchor"
        self.anchor = Anchor(self.path)
        self.log = AuditLog(self.store, KEY, lambda: NOON, self.anchor, signers=lambda: SIGNERS)
        self.check = AuditCheck(self.store, self.anchor, signers=lambda: SIGNERS, checkpoints=tuple)

    async def write(self, count: int = 1) -> None:
        for _ in range(count):
            await self.log.write("opened", actor=ACCOUNT, subject=HANDOFF)
