"""
Handoffs as the conversation sees them: put in, never taken out.

Nothing here reads a sealed row, and no statement names a person beside a handoff.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, literal, select

from bot.ports import Case, NewHandoff, NewRequest, Sealed, Vault
from bot.store.database import Conn
from bot.store.drivers import insert_into
from bot.store.moments import round_up
from bot.store.schema import consent_record, consent_text, handoff, handoff_case, handoff_request

#: Who adds holds it together with others; who erases holds it alone, so that nothing is added to what goes.
HANDOFF_LOCK = 7_064_113_002
#: Times in the clear tell the hour only. Source: SECURITY §6.
HOUR = timedelta(hours=1)
#: Under this name receipts are hashed; no channel has it.
_RECEIPTS = "handoff receipt"
#: Whoever wants more put right is called by then.
_MOST = {"withdraw": 1, "correct": 5}


@dataclass(frozen=True, slots=True)
class Handoffs:
    """The handoffs as one open transaction of the public side sees them."""

    conn: Conn
    vault: Vault

    async def add(self, new: NewHandoff) -> None:
        """Add it with its consent and receipt. ValueError: its time is no full hour, which is a bug."""
        _require_hour(new.created_at)
        await self.conn.keep_together(HANDOFF_LOCK, alone=False)
        consent = new.consent
        await self.conn.insert_new(consent_text, {"sha256": consent.text_sha256, "text": consent.text})
        await self.conn.run(insert(handoff_case).values(self._case(new)))
        await self.conn.run(
            insert(handoff).values(id=new.id, created_at=new.created_at, **_columns(new.sealed))
        )
        await self.conn.run(
            insert(consent_record).values(
                id=consent.id,
                handoff_id=new.id,
                created_at=new.created_at,
                text_sha256=consent.text_sha256,
                **_columns(consent.sealed),
            )
        )

    async def find_case(self, receipt: str) -> Case | None:
        """Find it in one statement, whether or not there is one. Source: SECURITY T3."""
        name = self.vault.event_key(_RECEIPTS, receipt)
        asked = handoff_case.outerjoin(
            handoff_request, handoff_request.c.handoff_id == handoff_case.c.handoff_id
        )
        wanted = (
            select(handoff_case.c.handoff_id, handoff_case.c.status, handoff_request.c.kind)
            .select_from(asked)
            .where(handoff_case.c.receipt == name)
        )
        rows = await self.conn.rows(wanted)
        kinds = {row.kind for row in rows} - {None}
        return Case(rows[0].handoff_id, rows[0].status, tuple(sorted(kinds))) if rows else None

    async def add_request(self, request: NewRequest) -> bool:
        """Add it in the first free place of its kind. False: there is none, or no such handoff."""
        _require_hour(request.created_at)
        await self.conn.keep_together(HANDOFF_LOCK, alone=False)
        for number in range(1, _MOST[request.kind] + 1):
            if await self._add_as(request, number):
                return True
        return False

    async def _add_as(self, request: NewRequest, number: int) -> bool:
        row = {
            "id": request.id,
            "handoff_id": request.handoff_id,
            "kind": request.kind,
            "number": number,
            "created_at": request.created_at,
            **_columns(request.sealed),
        }
        values = [literal(value, handoff_request.c[name].type) for name, value in row.items()]
        there = select(*values).where(handoff_case.c.handoff_id == request.handoff_id)
        new = insert_into(handoff_request, is_postgres=self.conn.is_postgres).from_select(list(row), there)
        return (await self.conn.run(new.on_conflict_do_nothing())).rowcount == 1

    def _case(self, new: NewHandoff) -> dict[str, Any]:
        return {
            "handoff_id": new.id,
            "receipt": self.vault.event_key(_RECEIPTS, new.receipt),
            "status": "new",
            "status_at": new.created_at,
            "alerts": 0,
        }


def _require_hour(moment: datetime) -> None:
    if round_up(moment, HOUR) != moment:
        raise ValueError("a handoff tells the hour only")


def _columns(sealed: Sealed) -> dict[str, Any]:
    return {"blob": sealed.blob, "signature": sealed.signature, "signer": sealed.signer}
