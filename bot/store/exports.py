"""
Exports that wait for a second person; see `ports.ExportStore`.

Who may do what is part of each statement, never looked at before it: two at once cannot both fetch, and nobody gets
through between a look and a step. Source: SECURITY §8, ASVS 15.4.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, delete, insert, literal, select, update

from bot.ports import ExportRequest
from bot.store.database import Conn, Database
from bot.store.moments import Moment
from bot.store.schema import export_request, staff_account


class SqlExports:
    """The waiting exports of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add_export(self, request: ExportRequest) -> None:
        """Let an export wait for a second person; drops those past their time."""
        row = {
            "id": request.id,
            "asked_by": request.asked_by,
            "asked_at": request.asked_at,
            "format": request.format,
            "reason": request.reason,
            "handoff_ids": "\n".join(request.handoff_ids),
            "until": request.until,
        }
        past = delete(export_request).where(export_request.c.until <= request.asked_at)

        async def work(conn: Conn) -> None:
            await conn.run(past)
            await conn.run(insert(export_request).values(row))

        await self._db.write(work)

    async def list_exports(self, now: datetime) -> Sequence[ExportRequest]:
        """Return exports that are not past their time, oldest first."""
        wanted = (
            select(export_request)
            .where(export_request.c.until > now)
            .order_by(export_request.c.asked_at, export_request.c.id)
        )
        return [_read(row) for row in await self._db.read(lambda conn: conn.rows(wanted))]

    async def approve_export(self, export_id: str, account_id: str, now: datetime) -> bool:
        """Approve. False: it is gone, past its time, approved already, or asked for by the same account."""
        approved = (
            update(export_request)
            .where(
                export_request.c.id == export_id,
                export_request.c.until > now,
                export_request.c.approved_by.is_(None),
                export_request.c.asked_by != account_id,
                _is_at_work(literal(account_id)),
            )
            .values(approved_by=account_id)
        )
        return (await self._db.write(lambda conn: conn.run(approved))).rowcount == 1

    async def fetch_export(self, export_id: str, account_id: str, now: datetime) -> ExportRequest | None:
        """Use an approved export up. None: not approved, not theirs, past its time, or fetched already."""
        fetched = (
            update(export_request)
            .where(
                export_request.c.id == export_id,
                export_request.c.asked_by == account_id,
                export_request.c.until > now,
                export_request.c.fetched_at.is_(None),
                export_request.c.approved_by != export_request.c.asked_by,  # also when there is none
                _is_at_work(export_request.c.approved_by),
                _is_at_work(export_request.c.asked_by),
            )
            .values(fetched_at=literal(now, Moment))
        )
        mine = select(export_request).where(export_request.c.id == export_id)

        async def work(conn: Conn) -> Any | None:
            return await conn.row(mine) if (await conn.run(fetched)).rowcount == 1 else None

        row = await self._db.write(work)
        return None if row is None else _read(row)


def _is_at_work(account_id: Column[Any] | ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether an account is there and was not disabled."""
    return (
        select(staff_account.c.id)
        .where(staff_account.c.id == account_id, staff_account.c.disabled_at.is_(None))
        .exists()
    )


def _read(row: Any) -> ExportRequest:
    return ExportRequest(
        id=row.id,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        format=row.format,
        reason=row.reason,
        handoff_ids=tuple(row.handoff_ids.split()),
        until=row.until,
        approved_by=row.approved_by,
        fetched_at=row.fetched_at,
    )
