"""
Who has which handoff open at the screen: leave for a short while to read again what a reason was given for.

It is in memory only, it holds nothing that a person wrote, and a vault that is not open takes it away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.desk.duplicates import Alike
from bot.desk.vaults import Vaults
from bot.ports import Clock, StaffSession

#: How long a page may be looked at again without another reason.
LASTS: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Opening:
    """
    One handoff, open for one member in one session until then. `alike`: others that may be of the same person.

    `generation`: which opening of the member's vault it goes with; one that was closed since takes it away.
    """

    handoff_id: str
    until: datetime
    alike: Alike
    generation: int


class Openings:
    """What is open now, of all members."""

    def __init__(self, vaults: Vaults, clock: Clock) -> None:
        self._vaults = vaults
        self._clock = clock
        self._open: dict[tuple[str, str, str], Opening] = {}

    def grant(self, member: StaffSession, handoff_id: str, alike: Alike) -> Opening:
        """Let a member read a handoff again for a while."""
        now = self._clock()
        self._open = {key: one for key, one in self._open.items() if now < one.until}
        generation = self._vaults.generation(member.account_id, member.seat)
        opening = Opening(handoff_id, now + LASTS, alike, generation)
        self._open[member.account_id, member.id, handoff_id] = opening
        return opening

    def find(self, member: StaffSession, handoff_id: str) -> Opening | None:
        """
        Return what this member has open in this session. None: nothing, too long ago, or their vault was closed since.

        Being asked does not count as use of the vault.
        """
        if self._vaults.state(member.account_id, member.seat) != "open":
            return None
        found = self._open.get((member.account_id, member.id, handoff_id))
        if found is None or self._clock() >= found.until:
            return None
        is_same = found.generation == self._vaults.generation(member.account_id, member.seat)
        return found if is_same else None

    def shut(self, member: StaffSession, handoff_id: str) -> None:
        """End it. Ending what is not open is no error."""
        self._open.pop((member.account_id, member.id, handoff_id), None)

    def shut_all(self, account_id: str) -> None:
        """End everything that an account has open: its vault was closed."""
        self._open = {key: one for key, one in self._open.items() if key[0] != account_id}
