"""
Taking vaults away, so that no key is lost by it: the last vault that holds a recipient's key stays.

Nobody's vault is destroyed by somebody else: it is set aside under another name, for 90 days. Source: SECURITY §5.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from bot.desk.acts import OFFICE
from bot.desk.vaults.cabinet import Cabinet
from bot.desk.vaults.known import KnownKeys
from bot.desk.vaults.seen import Refusal
from bot.desk.vaults.writing import VaultFile
from bot.ports import Audit, Clock

#: So long a vault that was set aside can be brought back by whoever may at the host; our own figure.
ASIDE_FOR: Final = timedelta(days=90)


class Removing:
    """Takes vaults away for `StaffVaults`. `close` closes one at every seat. AuditDown: nothing was done."""

    def __init__(
        self,
        cabinet: Cabinet,
        known: KnownKeys,
        *,
        audit: Audit,
        clock: Clock,
        close: Callable[[str], None],
    ) -> None:
        self._cabinet = cabinet
        self._known = known
        self._audit = audit
        self._clock = clock
        self._close = close
        self._looked_on: date | None = None

    async def remove(self, account_id: str, *, by: str) -> Refusal | None:
        """Destroy one's own vault, or set aside somebody else's, or one that nobody can look into."""
        file = self._cabinet.find_file(account_id)
        if file == "none":
            return "none"
        if self._find_only(file, account_id):
            return "only_one"
        is_own = by == account_id and isinstance(file, VaultFile)
        await self._note(account_id, by, "removed" if is_own else "aside")
        self._close(account_id)
        return await self._cabinet.remove(
            account_id,
            None if is_own else self._clock().date(),
            why_not=lambda: (
                "only_one" if self._find_only(self._cabinet.find_file(account_id), account_id) else None
            ),
        )

    async def set_aside(self, account_id: str, *, by: str) -> Refusal | None:
        """Set a vault aside, whatever it holds: its member may not open handoffs any more."""
        if not self._cabinet.has_file(account_id):
            return "none"
        await self._note(account_id, by, "aside")
        self._close(account_id)
        return await self._cabinet.remove(account_id, self._clock().date())

    async def drop_old(self) -> int:
        """Destroy what was set aside 90 days ago, once a day; never the last that holds a recipient's key. How many."""
        today, dropped = self._clock().date(), 0
        if self._looked_on == today:
            return 0
        self._looked_on = today
        for aside in self._cabinet.list_aside():
            if today - aside.day < ASIDE_FOR or self._find_only(self._cabinet.find_aside(aside), ""):
                continue
            await self._note(aside.account_id, OFFICE, "dropped")
            dropped += await self._cabinet.drop_aside(aside) is None
        return dropped

    def find_unheld(self) -> tuple[str, ...]:
        """Return the names of active recipients whose key is in no vault, and of which nobody said that it is kept elsewhere."""
        held = self._list_held(but="")
        needed = (one for one in self._known.look().recipients if one.state == "active" and not one.kept)
        return tuple(one.name for one in needed if one.fingerprint not in held)

    def _find_only(self, file: VaultFile | Refusal, account_id: str) -> bool:
        """Whether this file holds the key of an active recipient that is in no other vault, nor kept elsewhere."""
        if not isinstance(file, VaultFile):
            return False
        needed = {
            one.fingerprint
            for one in self._known.look().recipients
            if one.state == "active" and not one.kept and file.has(one.fingerprint)
        }
        return bool(needed - self._list_held(but=account_id)) if needed else False

    def _list_held(self, *, but: str) -> frozenset[str]:
        files = (self._cabinet.find_file(one) for one in self._cabinet.list_ids() if one != but)
        sound = (file for file in files if isinstance(file, VaultFile))
        return frozenset(one.fingerprint for file in sound for one in file.granted)

    async def _note(self, account_id: str, by: str, step: str) -> None:
        await self._audit.write("vault_removed", actor=by, subject=account_id, detail={"step": step})
