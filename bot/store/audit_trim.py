"""
Taking old lines out of the audit log: the one thing that is done to it besides adding, and never by the office.

On PostgreSQL only the role that owns the table may; on SQLite the guard is lifted within the transaction and stands again at
its end.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, text

from bot.store.migrate import run_as_owner
from bot.store.schema import audit_entry

_GUARD = "audit_entry_no_delete"
_FIND = text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name")


def trim_audit(url: str, through: int) -> int:
    """
    Take out every line up to a number; returns how many there were. `url` is the owner's.

    StoreDown: the database did not answer, or the role may not.
    """

    def work(connection: Connection) -> int:
        old = delete(audit_entry).where(audit_entry.c.number <= through)
        if connection.dialect.name != "sqlite":
            return connection.execute(old).rowcount
        guard = connection.execute(_FIND, {"name": _GUARD}).scalar()
        if guard:
            connection.exec_driver_sql(f"DROP TRIGGER {_GUARD}")
        gone = connection.execute(old).rowcount
        if guard:
            connection.exec_driver_sql(str(guard))
        return gone

    return run_as_owner(url, work)
