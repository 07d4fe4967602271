"""
Who may be the second person of a large export: a colleague who works here, and no account that was made for it.

Whoever manages accounts can make one, or set somebody's ways in anew; neither opens a vault, and neither is older than a day.
Source: SECURITY T6; §8, ASVS 2.3.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.desk.vaults import Vaults
from bot.ports import Clock, StaffAccount, StaffStore, WaysStore

#: So long after an account was made, or got a new way in, it approves nothing: there is time for somebody to notice.
SETTLED_AFTER: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Bar:
    """
    Why an account may not approve now.

    `right`: it has not the right, is disabled, or is none. `young`: its newest way in is, and `until` says from when it may.
    `locked`: its vault is not open, or does not hold the key of an active recipient.
    """

    why: Literal["right", "young", "locked"]
    until: datetime | None = None


class Approvers:
    """Says of each account whether it may be the second person. StoreDown: nobody knows, so nothing is approved."""

    def __init__(self, staff: StaffStore, ways: WaysStore, vaults: Vaults, clock: Clock) -> None:
        self._staff = staff
        self._ways = ways
        self._vaults = vaults
        self._clock = clock

    async def find_bar(self, account_id: str, seat: str) -> Bar | None:
        """Say why somebody who sits there may not approve. None: they may."""
        bar = await self._find_bar(account_id)
        # An empty seat is nobody's; without one the file alone would be asked.
        is_open = bool(seat) and self._vaults.holds_active(account_id, seat)
        return bar or (None if is_open else Bar("locked"))

    async def still_counts(self, account_id: str) -> bool:
        """Whether an approval of this account still counts. They may have left their desk, so a vault that is filled is enough."""
        return await self._find_bar(account_id) is None and self._vaults.holds_active(account_id)

    async def _find_bar(self, account_id: str) -> Bar | None:
        member = await self._staff.find_member(account_id)
        if member is None or member.disabled_at is not None or "export" not in member.rights:
            return Bar("right")
        since = await self._find_newest_way(member)
        if since is None:
            return Bar("right")
        until = since + SETTLED_AFTER
        return Bar("young", until) if self._clock() < until else None

    async def _find_newest_way(self, member: StaffAccount) -> datetime | None:
        """Say when the account, its password or a passkey of it was last made. None: it does not say."""
        keys = (key.created_at for key in await self._ways.list_passkeys(member.id))
        known = (one for one in (member.created_at, member.password_at, *keys) if one is not None)
        return max(known, default=None)
