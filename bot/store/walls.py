"""
What each side may do with each table: the one list from which both databases build their walls.

On PostgreSQL it becomes the rights of two roles (`grants.py`), which hold even when a host is taken. On SQLite
both sides open the same file, so there the wall stands inside the public program: SQLite asks `authorize`
before it runs a statement, and no text that reaches the database can do more than this list. What is not in
it is denied. Source: SECURITY T10.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

#: Every column.
ALL = ("*",)


@dataclass(frozen=True, slots=True)
class Rights:
    """What may be done with a table; reading and changing by column."""

    select: tuple[str, ...] = ()
    insert: bool = False
    update: tuple[str, ...] = ()
    delete: bool = False


_WHOLE = Rights(ALL, insert=True, update=ALL, delete=True)
_NOTHING = Rights()
_ADD = Rights(insert=True)
_COUNT = Rights(ALL, insert=True, update=("count",))
_RESEAL = ("blob", "signature", "signer")

#: The public side: talks to people, and puts handoffs in.
FRONT: Mapping[str, Rights] = {
    "alembic_version": Rights(ALL),
    "person_session": _WHOLE,
    "erasable_key": Rights(ALL, insert=True, delete=True),
    "inbox_event": Rights(ALL, insert=True, delete=True),
    "outbox": _WHOLE,
    "chat_message": Rights(ALL, insert=True, delete=True),
    "move_code": Rights(ALL, insert=True, delete=True),
    "page_seat": _WHOLE,
    "use_count": _WHOLE,
    "quarantine": Rights(ALL, insert=True, delete=True),
    "staff_account": _NOTHING,
    "staff_session": _NOTHING,
    "staff_passkey": _NOTHING,
    "staff_invitation": _NOTHING,
    "audit_entry": _NOTHING,
    "handoff_work": _NOTHING,
    "handoff_paper": _NOTHING,
    "export_request": _NOTHING,
    "tally": _COUNT,
    "handoff": _ADD,
    "handoff_case": Rights(("handoff_id", "receipt", "status"), insert=True),
    "consent_record": _ADD,
    "consent_text": _ADD,
    "handoff_request": Rights(("handoff_id", "kind"), insert=True),
    "sealing_test": _ADD,
}

#: The desk: keeps staff, reads and erases handoffs, and of conversations sees how many there are.
OFFICE: Mapping[str, Rights] = {
    "alembic_version": Rights(ALL),
    "person_session": Rights(("erase_at",)),
    "erasable_key": _NOTHING,
    "inbox_event": _NOTHING,
    "outbox": Rights(("state",)),
    "chat_message": _NOTHING,
    "move_code": _NOTHING,
    "page_seat": _NOTHING,
    "use_count": _NOTHING,
    "quarantine": _NOTHING,
    "staff_account": Rights(ALL, insert=True, update=ALL),
    "staff_session": _WHOLE,
    "staff_passkey": _WHOLE,
    "staff_invitation": Rights(ALL, insert=True, delete=True),
    "audit_entry": Rights(ALL, insert=True),
    "handoff_work": Rights(ALL, insert=True, update=("assigned_to", "called_at"), delete=True),
    "handoff_paper": Rights(ALL, insert=True, update=_RESEAL, delete=True),
    "export_request": Rights(ALL, insert=True, update=("approved_by", "fetched_at"), delete=True),
    "tally": _COUNT,
    "handoff": Rights(ALL, update=_RESEAL, delete=True),
    "handoff_case": Rights(ALL, update=("status", "status_at", "opened_at", "alerts", "told"), delete=True),
    "consent_record": Rights(ALL, update=_RESEAL, delete=True),
    "consent_text": Rights(ALL, delete=True),
    "handoff_request": Rights(ALL, update=(*_RESEAL, "seen_at", "alerts", "told"), delete=True),
    "sealing_test": Rights(ALL, delete=True),
}

#: Beside reading and writing rows, a transaction needs these. Source: SQLite, Authorizer Action Codes.
_ALWAYS = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_TRANSACTION,
    sqlite3.SQLITE_SAVEPOINT,
}
#: The settings are made before the wall stands; after it the log is emptied, and this one is only read.
_PRAGMAS = {"wal_checkpoint", "read_uncommitted"}
_DENIED_FUNCTIONS = {"load_extension"}
#: The triggers that keep rows from being written over are named table + this (migrations 0003, 0006).
_GUARD = "_is_kept"
#: What each of them compares, and nothing else is open to it.
GUARDED: Mapping[str, frozenset[str]] = {
    "handoff": frozenset({"id"}),
    "handoff_case": frozenset({"handoff_id", "receipt"}),
    "consent_record": frozenset({"id", "handoff_id"}),
    "consent_text": frozenset({"sha256"}),
    "handoff_request": frozenset({"id", "handoff_id", "kind", "number"}),
    "sealing_test": frozenset({"hour", "signer"}),
}


def authorize(
    action: int, first: str | None, second: str | None, _schema: str | None, inner: str | None
) -> int:
    """
    Say whether the public side's SQLite may do this: `sqlite3.SQLITE_OK` or `SQLITE_DENY`.

    `inner` names the trigger that wants it, or a `WITH` that took its name: it opens the columns by which a
    guard finds a row, and no others. `names_a_guard` keeps even those shut.
    """
    is_allowed = action in _ALWAYS or _may(action, first or "", second or "", inner or "")
    return sqlite3.SQLITE_OK if is_allowed else sqlite3.SQLITE_DENY


def names_a_guard(statement: str) -> bool:
    """Say whether a text names a guard, which no statement of ours does: in SQLite a `WITH` could pass for it."""
    return _GUARD in statement.lower()


def _may(action: int, first: str, second: str, inner: str) -> bool:
    rights = FRONT.get(first, _NOTHING)
    answers = {
        sqlite3.SQLITE_READ: _covers(rights.select, second) or _guards(inner, first, second),
        sqlite3.SQLITE_UPDATE: _covers(rights.update, second),
        sqlite3.SQLITE_INSERT: rights.insert,
        sqlite3.SQLITE_DELETE: rights.delete,
        sqlite3.SQLITE_FUNCTION: second.lower() not in _DENIED_FUNCTIONS,
        sqlite3.SQLITE_PRAGMA: first.lower() in _PRAGMAS,
    }
    return answers.get(action, False)


def _guards(inner: str, table: str, column: str) -> bool:
    """Say whether it is the table's own guard that reads what it compares."""
    return inner == f"{table}{_GUARD}" and column in GUARDED.get(table, ())


def _covers(columns: tuple[str, ...], wanted: str) -> bool:
    """Say whether a column is among them; SQLite asks for an empty name where only rows are counted."""
    return columns == ALL or wanted in columns
