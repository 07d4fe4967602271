"""A desk of vaults in a folder: cheap locks, a clock that moves when told to, a log that can fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pyrage import x25519

from bot.core.envelope import fingerprint
from bot.desk.identity import Identity
from bot.desk.opening import KnownSigner
from bot.desk.vaults import StaffVaults
from bot.desk.vaults.locking import Cost
from bot.errors import AuditDown
from bot.keys.vault_files import VaultFiles
from bot.ports.keyring import RecipientKey, Ring

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
WORDS = "馬 電池 正確 釘書機 雲 湯匙"
OTHER_WORDS = "correct horse battery staple"
#: Argon2id at its smallest: 8 KiB for each lane.
CHEAP_LOCK = Cost(memory_kib=8, rounds=1, lanes=1)
#: Where everybody sits when a test says nothing else, and another place.
SEAT, ELSEWHERE = "5ea7" * 16, "e15e" * 16
ANNA, BEN = "3f1f6b8e-0000-4000-8000-00000000000a", "3f1f6b8e-0000-4000-8000-00000000000b"


@dataclass
class FakeAudit:
    """The log in memory. `down`: it cannot be written."""

    lines: list[tuple[str, str, str, dict[str, str | int]]] = field(default_factory=list)
    down: bool = False

    async def write(
        self, act: str, *, actor: str, subject: str = "", detail: Mapping[str, str | int] | None = None
    ) -> None:
        if self.down:
            raise AuditDown("the log cannot be written")
        self.lines.append((act, actor, subject, dict(detail or {})))

    @property
    def acts(self) -> list[str]:
        return [line[0] for line in self.lines]


@dataclass
class FakeTime:
    """A clock that moves when told to."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


@dataclass
class VaultDesk:
    """The vaults of one office, and everything that a test may look at."""

    folder: Path
    audit: FakeAudit = field(default_factory=FakeAudit)
    clock: FakeTime = field(default_factory=FakeTime)
    known: set[str] = field(default_factory=set)
    #: What is said of a known key; else it is active, for longer than anybody knows.
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Whose signature counts from the next start on.
    signers: tuple[KnownSigner, ...] = ()

    def __post_init__(self) -> None:
        self.shelf = VaultFiles(self.folder / "desk" / "vaults")
        self.vaults = self.start()

    def start(self) -> StaffVaults:
        """The program as it is after a start: nothing is open."""
        return StaffVaults(
            self.shelf,
            self.signers,
            audit=self.audit,
            clock=self.clock,
            ring=self.look,
            cost=CHEAP_LOCK,
            least=CHEAP_LOCK,
        )

    def look(self) -> Ring:
        """The recipients: every key that is known."""
        usual = {"state": "active", "demo": False, "since": None}
        keys = (
            RecipientKey(fingerprint=one, **{"name": one[:4]} | usual | self.told.get(one, {}))
            for one in sorted(self.known)
        )
        return Ring(tuple(keys))

    def path(self, account_id: str) -> Path:
        return self.folder / "desk" / "vaults" / f"{account_id}.vault"

    def code(self, account_id: str) -> str:
        """What the holder reads aloud from their own page."""
        return self.vaults.look(account_id, SEAT).own_fingerprint

    def make_known(self) -> Identity:
        """An identity to which handoffs are sealed."""
        identity = make_identity()
        self.known.add(identity.fingerprint)
        return identity

    async def fill(self, account_id: str, *identities: Identity, words: str = WORDS) -> None:
        """Set a vault up and fill it from the host; what is put there is known from then on."""
        self.known |= {one.fingerprint for one in identities}
        assert await self.vaults.set_up(account_id, words, seat=SEAT) is None
        code = self.code(account_id)
        assert await self.vaults.grant_these(identities, account_id, fingerprint=code, by="command") is None


def make_identity() -> Identity:
    """An identity of the desk."""
    key = x25519.Identity.generate()
    return Identity(fingerprint(str(key.to_public())), demo=False, key=key)
