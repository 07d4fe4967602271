"""The database: which one, how it is opened, its schema, whether it is whole, and on PostgreSQL what our role may do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, text

from bot.errors import StoreDown
from bot.settings import Settings
from bot.store.engine import choose_journal
from bot.store.looking import look
from bot.store.migrate import current, head
from bot.store.revisions import serves
from bot.store.walls import ALL, FRONT, OFFICE, Rights
from bot.wiring.checks.finding import Finding, refuse, warn, well

#: The oldest library that knows every statement of ours. Source: SQLite release history, 3.35.0: RETURNING.
OLDEST_SQLITE: Final = (3, 35, 0)
#: Tables are made for it by Alembic, and rights by column are older. Source: PostgreSQL versioning policy.
_OLDEST_POSTGRES: Final = 130000
_MOST_LOOKED_THROUGH: Final = 256 * 1024 * 1024
_FULL: Final = 2
_AWAY: Final = "see that it runs, that we may write there, and that the disk has room"


def check_database(settings: Settings) -> Iterator[Finding]:
    """Everything but whether it is whole, which takes a while."""
    yield from (_check_sqlite if settings.sqlite_path else _check_postgres)(settings)
    yield from _check_schema(settings)


def check_opening(settings: Settings) -> Iterator[Finding]:
    """How it is opened. Quick: each start does it."""
    yield from (_check_sqlite if settings.sqlite_path else _check_postgres)(settings)


def check_whole(settings: Settings) -> Iterator[Finding]:
    """Have SQLite look through its file. It reads all of it."""
    path = settings.sqlite_path
    if path is None or not path.is_file():
        return
    if path.stat().st_size > _MOST_LOOKED_THROUGH:  # with a rollback journal nobody writes meanwhile
        yield well("database", "the file is too large to be looked through while people write")
        return
    try:
        found = look(settings.database, lambda conn: conn.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    except StoreDown as fault:
        yield refuse("database", str(fault), _AWAY)
        return
    if found == "ok":
        yield well("database", "the file is whole")
    else:
        yield refuse(
            "database",
            "the file is damaged",
            "stop everything, keep a copy of the file, and restore the newest back-up",
        )


def _check_schema(settings: Settings) -> Iterator[Finding]:
    try:
        found, needed = current(settings.database), head()
    except StoreDown as fault:
        yield refuse("database", str(fault), _AWAY)
        return
    if found == needed:
        yield well("database", f"schema {found}")
    elif serves(found, needed):
        yield warn(
            "database",
            f"schema {found}, of a newer release",
            "finish the upgrade: start that release everywhere",
        )
    else:
        yield refuse("database", f"schema is {found}, {needed} is needed", "run `frontdoor migrate`")


def _check_sqlite(settings: Settings) -> Iterator[Finding]:
    version = sqlite3.sqlite_version_info
    wanted = choose_journal(version)
    if version < OLDEST_SQLITE:
        yield refuse(
            "database",
            f"SQLite {sqlite3.sqlite_version} is too old",
            "use a Python with 3.35 or newer, or PostgreSQL",
        )
        return
    if not settings.sqlite_path or not settings.sqlite_path.is_file():
        return  # nothing was opened yet; the schema's check says so
    try:
        pragmas = look(settings.database, _read_pragmas)
    except StoreDown as fault:
        yield refuse("database", str(fault), _AWAY)
        return
    if pragmas["journal_mode"] != wanted.lower():
        yield refuse(
            "database",
            f"the journal is {pragmas['journal_mode']}, and with SQLite {sqlite3.sqlite_version} only {wanted} is safe",
            "stop every program that has the file open, then start again; all must use the same Python",
        )
    elif pragmas["synchronous"] != _FULL or pragmas["secure_delete"] != 1:
        yield refuse(
            "database",
            "this SQLite does not wait for the disk, or leaves what was erased in the file",
            "use another Python build, or PostgreSQL",
        )
    else:
        yield well(
            "database",
            f"SQLite {sqlite3.sqlite_version}, journal {wanted}, synchronous FULL, secure_delete on",
        )


def _read_pragmas(connection: Connection) -> Mapping[str, Any]:
    names = ("journal_mode", "synchronous", "secure_delete")
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}


_ASK_SERVER: Final = text(
    "SELECT current_setting('server_version_num')::int AS version, current_setting('synchronous_commit') AS commits, "
    "current_setting('fsync') AS fsync, coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS tls, "
    "inet_server_addr() IS NOT NULL AS by_network"
)


def _check_postgres(settings: Settings) -> Iterator[Finding]:
    try:
        found = look(settings.database, lambda conn: conn.execute(_ASK_SERVER).one())
    except StoreDown as fault:
        yield refuse("database", str(fault), _AWAY)
        return
    version = f"PostgreSQL {found.version // 10000}"
    if found.version < _OLDEST_POSTGRES:
        yield refuse("database", f"{version} is too old", "use 13 or newer")
    elif found.fsync != "on":
        says = f"{version} does not wait for its disk (fsync is off)"
        mend = "set fsync = on: a power cut would lose what was promised"
        yield warn("database", says, mend) if settings.is_demo else refuse("database", says, mend)
    elif found.by_network and not found.tls:
        yield warn("database", f"{version}, without TLS", "use TLS between the hosts")
    else:
        yield well("database", f"{version}, synchronous_commit {found.commits}, fsync on")


# ─── Roles ────────────────────────────────────────────────────────────────────

_ASK_ROLE: Final = text(
    "SELECT rolsuper OR EXISTS (SELECT 1 FROM pg_class c WHERE c.relname = 'handoff' AND c.relkind = 'r' "
    "AND c.relnamespace = current_schema()::regnamespace AND pg_has_role(c.relowner, 'MEMBER')) AS is_owner "
    "FROM pg_roles WHERE rolname = current_user"
)
_ASK_RIGHTS: Final = text(
    "SELECT c.relname AS name, a.attname AS part, "
    "has_column_privilege(c.oid, a.attnum, 'SELECT') AS may_read, "
    "has_column_privilege(c.oid, a.attnum, 'UPDATE') AS may_change, "
    "has_table_privilege(c.oid, 'INSERT') AS may_add, has_table_privilege(c.oid, 'DELETE') AS may_remove "
    "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
)
_HOW: Final = "as the owner: `frontdoor migrate --front-role … --office-role …`"


def check_roles(settings: Settings) -> Iterator[Finding]:
    """Whether our role may do what its side needs and nothing else. Source: SECURITY T10."""
    if settings.sqlite_path:
        says = "SQLite has no roles: both sides open one file"
        yield (
            well("roles", says)
            if settings.is_demo
            else warn(
                "roles", says, "use PostgreSQL with two roles before handoffs are taken from real people"
            )
        )
        return
    try:
        is_owner, rights = look(settings.database, _ask_rights)
    except StoreDown:
        return  # the database's own check says it
    if is_owner:
        says = "this role owns the tables, so nothing is denied to it"
        mend = f"let serve and office use roles of their own; {_HOW}"
        yield well("roles", "the owner's, as in a demo") if settings.is_demo else warn("roles", says, mend)
        return
    wrong = {side: _compare(rights, wanted) for side, wanted in (("serve", FRONT), ("office", OFFICE))}
    for side, tables in wrong.items():
        if not tables:
            yield well("roles", f"the role of {side}: exactly what it needs")
            return
    side, tables = min(wrong.items(), key=lambda one: len(one[1]))
    yield refuse("roles", f"the role is nearly that of {side}, but not on {', '.join(tables[:4])}", _HOW)


def _ask_rights(connection: Connection) -> tuple[bool, Mapping[str, Mapping[str, Any]]]:
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(_ASK_RIGHTS):
        found.setdefault(row.name, {})[row.part] = row
    return bool(connection.execute(_ASK_ROLE).scalar()), found


def _compare(rights: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, Rights]) -> list[str]:
    """Name the tables on which the role may do something else than this side."""
    return sorted(name for name, parts in rights.items() if not _fits(parts, wanted.get(name, Rights())))


def _fits(parts: Mapping[str, Any], wanted: Rights) -> bool:
    def covers(columns: tuple[str, ...], part: str) -> bool:
        return columns == ALL or part in columns

    return all(
        (row.may_read, row.may_change, row.may_add, row.may_remove)
        == (covers(wanted.select, part), covers(wanted.update, part), wanted.insert, wanted.delete)
        for part, row in parts.items()
    )
