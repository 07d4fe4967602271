"""What the rest of the back office knows of vaults: how one is, what it opens, and how to close it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from bot.desk.reading import Opens

if TYPE_CHECKING:
    from bot.desk.vaults.seen import Refusal

#: `none`: not set up. `waiting`: set up, but nobody has granted the desk's key yet. `locked`, `open`: it holds the key.
VaultState = Literal["none", "waiting", "locked", "open"]


class Vaults(Protocol):
    """
    The vaults of all members. What is open lives in memory and closes after 15 minutes without use, or 8 hours.

    A vault is open for a seat: the hash of the token of the sign-in at which its words were typed (`StaffSession.seat`). For
    another sign-in of the same member it is locked, and so it is for an empty seat.
    """

    def state(self, account_id: str, seat: str) -> VaultState:
        """Say how a member's vault is at this seat."""
        ...

    def opener(self, account_id: str, seat: str, *, is_use: bool = True) -> Opens | None:
        """
        Return what opens handoffs. None: the vault is not open at this seat.

        `is_use`: it counts as use; a page that looks again by itself must not keep a vault open.
        """
        ...

    def generation(self, account_id: str, seat: str) -> int:
        """Return which opening of the vault is open at this seat; it changes when it closes and opens. 0: none is."""
        ...

    def holds_active(self, account_id: str, seat: str = "", *, at: datetime | None = None) -> bool:
        """
        Whether a member's own vault holds the key of an active recipient: open at this seat, or without a seat by its file.

        `at`: and also a key that was a recipient's at that moment, so that who sits there could read what was sealed then.
        What a recovery identity lends does not count, nor does a key that its member made and nobody registered.
        """
        ...

    async def set_aside(self, account_id: str, *, by: str) -> Refusal | None:
        """
        Take a vault away from its member without destroying it, and close it. AuditDown: nothing was done.

        `none`: there is none. `unwritable`: it is still there.
        """
        ...

    def leave(self, account_id: str, seat: str) -> None:
        """Close a vault at one seat: its session ended. Closing a closed one is no error."""
        ...

    def leave_others(self, account_id: str, *, keep: str) -> None:
        """Close a vault at every seat but this one."""
        ...

    def lock(self, account_id: str) -> None:
        """Close a vault at every seat and forget its keys."""
        ...
