"""What is told of the vaults of the staff: how one is, what it holds, and until when it is open. Nothing is changed by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.desk.identity import Identity
from bot.desk.vaults.cabinet import Cabinet, describe_vault
from bot.desk.vaults.known import KnownKeys
from bot.desk.vaults.memory import Memory
from bot.desk.vaults.port import VaultState
from bot.desk.vaults.seen import DeskKey, VaultSeen
from bot.desk.vaults.tries import Tries
from bot.errors import Unreadable
from bot.ports import Clock


class VaultsSeen:
    """The vaults as they are looked at; `StaffVaults` changes them. Keys that are no recipient's do not count anywhere."""

    def __init__(
        self,
        cabinet: Cabinet,
        memory: Memory,
        *,
        known: KnownKeys,
        tries: Tries,
        clock: Clock,
        free: Sequence[Identity],
    ) -> None:
        self._cabinet = cabinet
        self._memory = memory
        self._known = known
        self._tries = tries
        self._clock = clock
        self._free = tuple(free)

    @property
    def is_free(self) -> bool:
        """Whether every vault is open without words: the demo."""
        return bool(self._free)

    def state(self, account_id: str, seat: str) -> VaultState:
        """Say how a member's vault is at this seat. It does not count as use."""
        return self.look(account_id, seat).state

    def generation(self, account_id: str, seat: str) -> int:
        """Return which opening of the vault is open at this seat. 0: none is, or the demo's, which never closes."""
        vault = self._cabinet.find_open(account_id, seat, self._clock())
        return vault.generation if vault else 0

    def list_held(self, account_id: str, seat: str) -> frozenset[str]:
        """
        Return the fingerprints of what the vault itself holds and is open at this seat; what was lent is not held.

        A key that its member made and that is no recipient's is not among them.
        """
        if self._free and account_id:
            return frozenset(one.fingerprint for one in self._free)
        vault = self._cabinet.find_open(account_id, seat, self._clock())
        return frozenset(one.fingerprint for one in self._known.choose(vault.held)) if vault else frozenset()

    def holds_active(self, account_id: str, seat: str = "", *, at: datetime | None = None) -> bool:
        """Whether a vault holds the key of an active recipient; see `Vaults`."""
        if self._free and account_id:
            return True
        held = self.list_held(account_id, seat) if seat else self._list_filed(account_id)
        return self._known.is_active(held, at)

    def look(self, account_id: str, seat: str = "") -> VaultSeen:
        """Say what may be shown of a member's vault at a seat, or by its file alone. It does not count as use."""
        if self._free and account_id:
            keys = tuple(
                DeskKey(one.fingerprint, public_key=str(one.key.to_public()), is_known=True)
                for one in self._free
            )
            return VaultSeen(account_id, "open", keys=keys)
        now = self._clock()
        vault = self._cabinet.find_open(account_id, seat, now)
        paused = self._tries.paused_until(account_id, now)
        try:
            file = self._cabinet.read(account_id)
        except Unreadable:
            return VaultSeen(account_id, "locked", is_sound=False, paused_until=paused)
        if file is not None:
            known = self._known.look().known
            return describe_vault(file, vault, known=known, paused_until=paused)
        lent = tuple(one.fingerprint for one in vault.lent) if vault else ()
        return VaultSeen(account_id, "open" if lent else "none", lent=lent, paused_until=paused)

    def closes_at(self, account_id: str, seat: str) -> datetime | None:
        """Say when what is open at this seat closes if nobody uses it. None: nothing is open, or it never closes (demo)."""
        vault = self._cabinet.find_open(account_id, seat, self._clock())
        return self._memory.ends_at(vault) if vault else None

    def list_vaults(self) -> tuple[VaultSeen, ...]:
        """Return every vault that there is a file of, by its file alone."""
        return tuple(self.look(account_id) for account_id in self._cabinet.list_ids())

    def _list_filed(self, account_id: str) -> frozenset[str]:
        """Return the fingerprints of what a vault's file says that it holds."""
        try:
            file = self._cabinet.read(account_id)
        except Unreadable:
            return frozenset()
        return frozenset(one.fingerprint for one in file.granted) if file else frozenset()
