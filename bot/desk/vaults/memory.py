"""
The vaults that are open, in the memory of this process, and when each must close.

One is open for a seat, the sign-in at which its words were typed, and for no other sign-in of the same member. Source:
SECURITY T6, T24.

Python gives no way to wipe a key or to keep it out of swap; what is closed here is forgotten, and the rest is the host's:
see docs/keys.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.desk.identity import Identity

#: Why a vault was closed: its member asked, or left; time; a right that was taken; the file is another; the program ends.
Why = Literal["asked", "idle", "right", "changed", "removed", "shutdown"]


@dataclass(frozen=True, slots=True)
class Rules:
    """How long a vault stays open. Source: SECURITY §5, Unlock."""

    idle: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(hours=8)


@dataclass(slots=True)
class OpenVault:
    """
    One member's vault, open at one seat. `held` comes from the vault, `lent` from a recovery identity that was pasted there.

    `own` is None when there was no vault and only something was lent; `mark` is that of the file that was read.
    `generation`: which opening of a vault this is, counted from 1 since the program was started.
    """

    opened_at: datetime
    used_at: datetime
    own: Any = field(default=None, repr=False)
    held: tuple[Identity, ...] = field(default=(), repr=False)
    lent: tuple[Identity, ...] = field(default=(), repr=False)
    mark: object | None = field(default=None, repr=False)
    generation: int = 0

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Everything that opens."""
        return (*self.held, *self.lent)


@dataclass(frozen=True, slots=True)
class Closed:
    """A vault that was closed and not written down yet."""

    account_id: str
    why: Why


class Memory:
    """
    Holds what is open, by account and seat, and remembers what was closed until somebody writes it down.

    An empty seat is nobody's: nothing is open there, and nothing is kept for it.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._open: dict[tuple[str, str], OpenVault] = {}
        self._closed: list[Closed] = []
        self._closings: Counter[str] = Counter()
        self._openings = 0

    def __repr__(self) -> str:
        """Hide what is open."""
        return "Memory(…)"

    def find(self, account_id: str, seat: str, now: datetime) -> OpenVault | None:
        """Find a vault that is open at this seat; one whose time is over is closed instead."""
        found = self._open.get((account_id, seat))
        if found is not None and self._is_over(found, now):
            self._forget(account_id, seat, "idle")
            return None
        return found

    def count_closings(self, account_id: str) -> int:
        """Return what changes whenever somebody leaves a seat of the account, or closes all of them; time changes nothing."""
        return self._closings[account_id]

    def put(self, account_id: str, seat: str, vault: OpenVault, *, since: int) -> bool:
        """
        Keep one open at a seat, in place of what was open there.

        `since`: what `count_closings` said before the words were looked at. False: somebody left or closed meanwhile, so it
        stays closed.
        """
        if not seat or since != self._closings[account_id]:
            self._closed.append(Closed(account_id, "asked"))
            return False
        if not vault.generation:
            self._openings += 1
            vault.generation = self._openings
        self._open[account_id, seat] = vault
        return True

    def leave(self, account_id: str, seat: str, why: Why) -> None:
        """Forget what is open at one seat."""
        self._closings[account_id] += 1
        self._forget(account_id, seat, why)

    def close(self, account_id: str, why: Why, *, keep: str = "") -> None:
        """Forget what is open at every seat of an account, or at every one but `keep`."""
        self._closings[account_id] += 1
        for seat in self.list_seats(account_id):
            if seat != keep:
                self._forget(account_id, seat, why)

    def list_seats(self, account_id: str) -> tuple[str, ...]:
        """Return the seats at which an account's vault is open."""
        return tuple(seat for who, seat in self._open if who == account_id)

    def list_open(self) -> tuple[str, ...]:
        """Return the accounts whose vault is open, each once."""
        return tuple(dict.fromkeys(who for who, _ in self._open))

    def ends_at(self, vault: OpenVault) -> datetime:
        """Say when a vault closes if nobody uses it until then."""
        return min(vault.used_at + self._rules.idle, vault.opened_at + self._rules.longest)

    def take_closed(self) -> tuple[Closed, ...]:
        """Return what was closed since the last call."""
        taken, self._closed = tuple(self._closed), []
        return taken

    def give_back(self, closed: Iterable[Closed]) -> None:
        """Remember again what could not be written down."""
        self._closed = [*closed, *self._closed]

    def _forget(self, account_id: str, seat: str, why: Why) -> None:
        if self._open.pop((account_id, seat), None) is not None:
            self._closed.append(Closed(account_id, why))

    def _is_over(self, vault: OpenVault, now: datetime) -> bool:
        return now >= self.ends_at(vault)
