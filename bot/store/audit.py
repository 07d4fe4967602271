"""The lines of the audit log; see `ports.AuditStore`. Rows are added and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, exc, select, type_coerce
from sqlalchemy.types import NullType

from bot.errors import StoreDown
from bot.ports import AuditEntry, AuditWanted
from bot.ports.audit import Makes
from bot.store.database import Conn, Database
from bot.store.moments import from_micros, to_micros
from bot.store.schema import audit_entry

#: Any number, as long as every program that adds to the log uses the same one.
_AUDIT_LOCK = 7_064_113_003
#: As they lie in the database: whoever altered a row may have put anything there, and it must be read to be found.
_columns: Sequence[Any] = [type_coerce(column, NullType()).label(column.name) for column in audit_entry.c]
_raw: Select[Any] = select(*_columns)
_number = audit_entry.c.number
#: What stands in place of a time that no clock of ours told, and which one is no time any more.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_TOO_LATE = to_micros(datetime(9000, 1, 1, tzinfo=UTC))


class SqlAudit:
    """The log of one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def append(self, make: Makes) -> AuditEntry:
        """Add what `make` makes of the last line; a role that may not add is StoreDown too."""

        async def add(conn: Conn) -> AuditEntry:
            await conn.keep_together(_AUDIT_LOCK, alone=True)
            last = await conn.row(_raw.order_by(_number.desc()).limit(1))
            made = make(None if last is None else _read(last))
            await conn.run(audit_entry.insert().values(_row(made)))
            return made

        try:
            return await self._db.write(add)
        except exc.DBAPIError as fault:
            raise StoreDown(
                f"the database refused a line of the audit log ({type(fault).__name__})"
            ) from None

    async def read(self, *, after: int = 0, limit: int = 1000) -> Sequence[AuditEntry]:
        """Return lines with a number above `after`, in order."""
        return await self._list(_raw.where(_number > after).order_by(_number).limit(limit))

    async def read_last(
        self,
        *,
        before: int | None = None,
        limit: int = 100,
        subject: str = "",
        wanted: AuditWanted | None = None,
    ) -> Sequence[AuditEntry]:
        """Return the newest lines below a number, newest first."""
        found = _raw if before is None else _raw.where(_number < before)
        if subject:
            found = found.where(audit_entry.c.subject == subject)
        return await self._list(_narrow(found, wanted or AuditWanted()).order_by(_number.desc()).limit(limit))

    async def _list(self, found: Select[Any]) -> Sequence[AuditEntry]:
        return tuple(map(_read, await self._db.read(lambda conn: conn.rows(found))))


def _narrow(found: Select[Any], wanted: AuditWanted) -> Select[Any]:
    if wanted.act:
        found = found.where(audit_entry.c.act == wanted.act)
    if wanted.actor:
        found = found.where(audit_entry.c.actor == wanted.actor)
    if wanted.subject:
        found = found.where(audit_entry.c.subject.startswith(wanted.subject, autoescape=True))
    if wanted.since is not None:
        found = found.where(audit_entry.c.at >= wanted.since)
    return found if wanted.until is None else found.where(audit_entry.c.at < wanted.until)


def _row(entry: AuditEntry) -> dict[str, Any]:
    return {column.name: getattr(entry, column.name) for column in audit_entry.c}


def _read(row: Any) -> AuditEntry:
    """Read a row, whatever lies in it: a cell of another kind becomes one that no signature fits."""
    return AuditEntry(
        number=row.number if isinstance(row.number, int) else 0,
        at=_read_moment(row.at),
        actor=_read_text(row.actor),
        act=_read_text(row.act),
        subject=_read_text(row.subject),
        detail=_read_text(row.detail),
        previous=_read_text(row.previous),
        hash=_read_text(row.hash),
        signature=row.signature if isinstance(row.signature, bytes) else b"",
        signer=_read_text(row.signer),
    )


def _read_text(cell: object) -> str:
    return cell if isinstance(cell, str) else "\ufffd"


def _read_moment(cell: object) -> datetime:
    return from_micros(cell) if isinstance(cell, int) and 0 <= cell < _TOO_LATE else _NEVER
