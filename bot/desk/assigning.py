"""Who works on a handoff: taking one, giving it to a colleague, giving it back. Noted first; two at once never both win."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.ports import Audit, CaseworkStore, DeskStore, StaffAccount, StaffStore

#: What no id of ours looks like, a database could stumble over.
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)

#: `moved`: somebody else has it by now, or nobody. `gone`: erased. `unfit`: that colleague may not open handoffs.
Refusal = Literal["moved", "gone", "unfit"]


@dataclass(frozen=True, slots=True)
class Assigned:
    """What came of it. `holder`: whose it is now (an account's id). `refusal` is None where it was done."""

    refusal: Refusal | None
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class Assigning:
    """Gives handoffs to members of staff."""

    handoffs: DeskStore
    casework: CaseworkStore
    staff: StaffStore
    audit: Audit

    async def give(self, handoff_id: str, to: str | None, *, instead_of: str | None, by: str) -> Assigned:
        """
        Give it to somebody who may open it, or to nobody, if it is still with `instead_of`.

        AuditDown: nothing was changed.
        """
        if not _UUID4.fullmatch(handoff_id) or await self.handoffs.find_handoff(handoff_id) is None:
            return Assigned("gone")
        if to is not None and not any(one.id == to for one in await list_colleagues(self.staff)):
            return Assigned("unfit", await self._find_holder(handoff_id))
        holder = await self._find_holder(handoff_id)
        if holder == instead_of:
            detail = {"to": to or "", "instead_of": instead_of or ""}
            await self.audit.write("assigned", actor=by, subject=handoff_id, detail=detail)
            if await self.casework.assign(handoff_id, to, instead_of=instead_of):
                return Assigned(None, to)
            holder = await self._find_holder(handoff_id)
        return Assigned("moved", holder)

    async def _find_holder(self, handoff_id: str) -> str | None:
        work = (await self.casework.list_work()).get(handoff_id)
        return work.assigned_to if work else None


async def list_colleagues(staff: StaffStore) -> Sequence[StaffAccount]:
    """Return who may be given a handoff: accounts that may open one and are not disabled, by name."""
    accounts = await staff.list_accounts()
    return [one for one in accounts if one.disabled_at is None and "open" in one.rights]
