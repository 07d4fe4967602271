"""
The files of the vaults and what of them is open: read, compared, changed whole.

It writes no log and decides nothing: `bot.desk.vaults.keeping` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, TypeVar

from bot.desk.identity import Identity
from bot.desk.vaults.locking import Cost
from bot.desk.vaults.memory import Memory, OpenVault
from bot.desk.vaults.seen import DeskKey, Refusal, VaultSeen
from bot.desk.vaults.shelf import Shelf
from bot.desk.vaults.writing import (
    MOST_BYTES,
    MOST_KEYS,
    Granted,
    VaultFile,
    grant_to,
    open_granted,
    read_vault,
    write_vault,
)
from bot.errors import Unreadable
from bot.ports.shelving import Aside

#: How many words are worked on at once: each takes the memory of one `Cost`.
_AT_ONCE: Final = 2
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Mine:
    """
    A vault whose words were right.

    `mark` is that of the file as it was read; without one the file is looked at anew before anything is opened. `since`:
    see `Memory.put`.
    """

    file: VaultFile
    own: Any = field(repr=False)
    since: int
    mark: object | None = field(default_factory=object, repr=False)


class Cabinet:
    """The vaults of one host. `least`: files locked with less are not believed."""

    def __init__(self, shelf: Shelf, memory: Memory, *, least: Cost) -> None:
        self._shelf = shelf
        self._memory = memory
        self._least = least
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def has_file(self, account_id: str) -> bool:
        """Whether there is a file, sound or not."""
        return self._shelf.mark(account_id) is not None

    def mark(self, account_id: str) -> object | None:
        """Return what changes whenever the file does."""
        return self._shelf.mark(account_id)

    def list_ids(self) -> Sequence[str]:
        """Return the accounts that have a vault."""
        return self._shelf.list_ids()

    def read(self, account_id: str) -> VaultFile | None:
        """Read a vault's file. None: there is none. Unreadable: it is not sound."""
        raw = self._shelf.read(account_id)
        return None if raw is None else read_vault(raw, account_id, least=self._least)

    def find_file(self, account_id: str) -> VaultFile | Refusal:
        """Read a vault's file, or say why it cannot be used."""
        try:
            return self.read(account_id) or "none"
        except Unreadable:
            return "unsound"

    def find_open(self, account_id: str, seat: str, now: datetime) -> OpenVault | None:
        """
        Find a vault that is open at this seat, as its file is now: what a colleague granted meanwhile is in it.

        It is closed when its file is gone, or is another's than the one that was opened.
        """
        vault = self._memory.find(account_id, seat, now)
        if vault is None or vault.own is None:
            return vault
        mark = self._shelf.mark(account_id)
        if mark == vault.mark:
            return vault
        file = self.find_file(account_id)
        if not isinstance(file, VaultFile) or file.public_key != str(vault.own.to_public()):
            self._memory.close(account_id, "changed")
            return None
        vault.held, vault.mark = open_granted(file, vault.own), mark
        return vault

    def open(self, mine: Mine, seat: str, now: datetime) -> bool:
        """Keep a vault open at a seat; what a recovery identity lent there stays lent. False: see `Memory.put`."""
        before = self._memory.find(mine.file.account_id, seat, now) or OpenVault(now, now)
        vault = replace(
            before, used_at=now, own=mine.own, held=open_granted(mine.file, mine.own), mark=mine.mark
        )
        return self._memory.put(mine.file.account_id, seat, vault, since=mine.since)

    async def work(self, does: Callable[[], _Made]) -> _Made:
        """Do what takes long beside the event loop, a few at once."""
        async with self._turns:
            return await asyncio.to_thread(does)

    async def create(self, file: VaultFile) -> Refusal | None:
        """Write a vault that is not there yet."""
        return await asyncio.to_thread(self._create, file)

    async def change(self, file: VaultFile, make: Callable[[VaultFile], VaultFile]) -> VaultFile | Refusal:
        """Make a new file of the one that is there now, if its key is still the one that was looked at."""
        return await asyncio.to_thread(self._change, file, make)

    async def add(
        self, file: VaultFile, identities: Sequence[Identity], *, by: str, now: datetime
    ) -> VaultFile | Refusal:
        """Seal identities to a vault, those that it does not hold yet."""

        def grow(there: VaultFile) -> VaultFile:
            new = [grant_to(file, one, by=by, at=now) for one in identities if not there.has(one.fingerprint)]
            return replace(there, granted=(*there.granted, *new))

        return await self.change(file, grow)

    async def remove(
        self, account_id: str, aside: date | None, *, why_not: Callable[[], Refusal | None] = lambda: None
    ) -> Refusal | None:
        """
        Remove a vault's file, whatever is wrong with it, or set it aside with the day that is given.

        `why_not` is asked while no other program changes vaults.
        """
        return await asyncio.to_thread(self._remove, account_id, aside, why_not)

    def list_aside(self) -> Sequence[Aside]:
        """Return what was set aside."""
        return self._shelf.list_aside()

    def find_aside(self, aside: Aside) -> VaultFile | Refusal:
        """Read what was set aside, or say why it cannot be used."""
        try:
            raw = self._shelf.read_aside(aside)
            return "none" if raw is None else read_vault(raw, aside.account_id, least=self._least)
        except Unreadable:
            return "unsound"

    async def drop_aside(self, aside: Aside) -> Refusal | None:
        """Destroy what was set aside."""
        return await asyncio.to_thread(self._drop_aside, aside)

    def _create(self, file: VaultFile) -> Refusal | None:
        try:
            with self._shelf.alone():
                if self._shelf.mark(file.account_id):
                    return "exists"
                self._shelf.write(file.account_id, write_vault(file))
        except OSError:
            return "unwritable"
        return None

    def _change(self, file: VaultFile, make: Callable[[VaultFile], VaultFile]) -> VaultFile | Refusal:
        try:
            with self._shelf.alone():
                there = self.find_file(file.account_id)
                if not isinstance(there, VaultFile):
                    return there
                if there.public_key != file.public_key:
                    return "changed"
                new = make(there)
                raw = write_vault(new)
                # What is too long could be written, and never read again.
                if len(raw) > MOST_BYTES or len(new.granted) > max(MOST_KEYS, len(there.granted)):
                    return "full"
                self._shelf.write(file.account_id, raw)
        except OSError:
            return "unwritable"
        return new

    def _remove(
        self, account_id: str, aside: date | None, why_not: Callable[[], Refusal | None]
    ) -> Refusal | None:
        try:
            with self._shelf.alone():
                refusal = why_not()
                if refusal:
                    return refusal
                if aside is None:
                    self._shelf.remove(account_id)
                else:
                    self._shelf.set_aside(account_id, aside)
        except OSError:
            return "unwritable"
        return None

    def _drop_aside(self, aside: Aside) -> Refusal | None:
        try:
            with self._shelf.alone():
                self._shelf.drop_aside(aside)
        except OSError:
            return "unwritable"
        return None


def describe_vault(
    file: VaultFile, vault: OpenVault | None, *, known: Collection[str], paused_until: datetime | None
) -> VaultSeen:
    """
    Say what may be shown of a vault that has a file.

    `known`: the keys to which something is, or was, sealed. A vault with other keys alone is as empty as before.
    """
    is_open = vault is not None and any(one.fingerprint in known for one in vault.identities)
    is_filled = any(one.fingerprint in known for one in file.granted)
    return VaultSeen(
        file.account_id,
        "open" if is_open else "locked" if is_filled else "waiting",
        made_at=file.made_at,
        fingerprint=file.fingerprint,
        own_fingerprint=file.fingerprint if vault is not None and vault.own is not None else "",
        keys=tuple(_see(one, vault, known) for one in file.granted),
        lent=tuple(one.fingerprint for one in vault.lent) if vault else (),
        paused_until=paused_until,
    )


def _see(granted: Granted, vault: OpenVault | None, known: Collection[str]) -> DeskKey:
    held = {one.fingerprint: str(one.key.to_public()) for one in (vault.held if vault else ())}
    public_key = held.get(granted.fingerprint, "")
    return DeskKey(granted.fingerprint, granted.by, granted.at, public_key, granted.fingerprint in known)
