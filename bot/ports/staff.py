"""The staff of the back office as its program needs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """One staff member's way in. Never a shared one."""

    id: str
    name: str
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A staff member at work. Which session it is only the hash of its token tells."""

    name: str
    created_at: datetime
    seen_at: datetime


class StaffStore(Protocol):
    """Staff accounts and who is signed in. A disabled account is nowhere to be found here."""

    async def find_account(self, name: str) -> StaffAccount | None:
        """Find an account that is not disabled."""
        ...

    async def add_account(self, name: str, password_hash: str, now: datetime) -> bool:
        """Add an account. False: the name is taken, and nothing changed."""
        ...

    async def set_password(self, account_id: str, password_hash: str) -> None:
        """Replace the password, lift any lock and end the account's sessions."""
        ...

    async def disable_account(self, name: str, now: datetime) -> None:
        """Close an account and end its sessions in the same transaction."""
        ...

    async def claim_attempt(self, account_id: str, now: datetime, *, limit: int, lock_for: timedelta) -> bool:
        """
        Count a try as failed before its password is looked at. False: locked, do not look.

        Counting first, in one statement, is what keeps a burst of guesses at once from being looked
        at before the first of them has failed. The `limit`-th try locks and starts a new count.
        """
        ...

    async def record_success(self, account_id: str) -> None:
        """The password was right: forget the tries and lift the lock."""
        ...

    async def add_session(self, token_hash: str, account_id: str, now: datetime) -> None:
        """Open a session; nothing happens for an account disabled meanwhile."""
        ...

    async def find_session(self, token_hash: str) -> StaffSession | None:
        """Find a session of an account that is not disabled, however old the session is."""
        ...

    async def touch_session(self, token_hash: str, now: datetime) -> None:
        """Remember that it was used."""
        ...

    async def end_session(self, token_hash: str) -> None:
        """End it; ending one that is gone is no error."""
        ...

    async def drop_sessions(self, created_before: datetime) -> None:
        """Delete sessions that are past their time."""
        ...
