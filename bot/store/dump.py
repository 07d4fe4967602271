"""
The part of a database that may be copied: read in one moment, and put into an empty one.

What is copied is listed here, table by table, and so is what never is, with the reason: a table that is on neither list fails a
test, and is not copied. Nothing that belongs to a conversation is ever read. Source: SECURITY §6, T9.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy import Connection, exc, inspect

from bot.errors import ConfigError
from bot.store.looking import look
from bot.store.migrate import current, downgrade, head, run_as_owner, upgrade

#: What a back-up holds, in the order in which it can be put back: an account stands before what refers to it.
KEPT = (
    "staff_account",
    "staff_passkey",
    "consent_text",
    "handoff",
    "handoff_case",
    "consent_record",
    "handoff_request",
    "handoff_work",
    "handoff_paper",
    "audit_entry",
    "tally",
)
#: What no back-up ever holds, and why.
LEFT_OUT: Mapping[str, str] = {
    "alembic_version": "the revision stands in the head of the back-up",
    "erasable_key": "a key that was destroyed must be nowhere",
    "person_session": "a conversation lives 24 hours, and nobody restores one",
    "outbox": "a reply is for now",
    "chat_message": "only good with its key",
    "inbox_event": "the channel sends again what was not stored",
    "move_code": "15 minutes",
    "page_seat": "15 minutes",
    "use_count": "a limit of a day",
    "quarantine": "what made our code fail, for seven days",
    "sealing_test": "one is made every hour, and an old one proves nothing",
    "staff_session": "whoever is signed in signs in again",
    "staff_invitation": "links of two days",
    "export_request": "an hour",
}
#: Where the id of a handoff stands in each table that has one.
HANDOFF_ID: Mapping[str, str] = {
    "handoff": "id",
    "handoff_case": "handoff_id",
    "consent_record": "handoff_id",
    "handoff_request": "handoff_id",
    "handoff_work": "handoff_id",
    "handoff_paper": "handoff_id",
}
_NOT_OWNER = "restore: this role may not fill the tables; use the role that owns them"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class TableDump:
    """One table: its columns, and its rows as the driver gives them (whole numbers, text, bytes, nothing)."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Row] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Dump:
    """What was read in one moment, and the revision of the schema that it has."""

    schema: str
    tables: tuple[TableDump, ...]

    def find(self, name: str) -> TableDump | None:
        """Return a table."""
        return next((one for one in self.tables if one.name == name), None)


def read_dump(url: str) -> Dump:
    """
    Read every table of `KEPT` as it was in one moment, while others go on writing.

    On PostgreSQL the role of the office is enough. StoreDown: the database did not answer. ConfigError: its schema is not
    this release's.
    """
    found, needed = current(url), head()
    if found != needed:
        raise ConfigError(
            f"the database: its schema is {found}, this release needs {needed}; run `frontdoor migrate` first"
        )
    # Read, and nothing else meanwhile: with a rollback journal nobody commits while somebody reads.
    with _allowed(
        "backup: this role may not read what is backed up; run it where the office runs, with its role"
    ):
        return Dump(
            needed, look(url, lambda connection: tuple(_read_table(connection, name) for name in KEPT))
        )


@contextmanager
def _allowed(says: str) -> Iterator[None]:
    """ConfigError where PostgreSQL's roles say no."""
    try:
        yield
    except exc.ProgrammingError as fault:
        if not isinstance(fault.orig and fault.orig.__cause__, asyncpg.InsufficientPrivilegeError):
            raise
        raise ConfigError(says) from None


def _read_table(connection: Connection, name: str) -> TableDump:
    found = connection.exec_driver_sql(f'SELECT * FROM "{name}"')  # noqa: S608 - a name of our own list
    return TableDump(name, tuple(found.keys()), [tuple(row) for row in found.all()])


def put_dump(url: str, dump: Dump, *, erased: frozenset[str]) -> Mapping[str, int]:
    """
    Put a dump into an empty database, all of it or nothing, and bring its schema up to this release; returns the rows put.

    Of the handoffs in `erased` no row is written, not even for a moment. ConfigError: something is in the database already,
    or the dump is of another release. On PostgreSQL only the role that owns the tables may do it.
    """
    _refuse_unsound(dump)
    refuse_full(url)
    if current(url) not in {None, dump.schema}:
        downgrade(url, "base")  # there is nothing in it
    upgrade(url, dump.schema)
    with _allowed(_NOT_OWNER):
        put = run_as_owner(url, lambda connection: _put(connection, dump, erased))
    upgrade(url)
    return put


def refuse_full(url: str) -> None:
    """ConfigError unless there is nothing in the database yet; tables may be there."""
    if current(url) is None:
        return
    with _allowed(_NOT_OWNER):
        full = run_as_owner(url, _find_full)
    if full:
        raise ConfigError(
            f"the database: holds something already ({full}); restore only into a new, empty one, and move this one away first"
        )


def _find_full(connection: Connection) -> str:
    names = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
    for name in sorted(names):
        if connection.exec_driver_sql(f'SELECT 1 FROM "{name}" LIMIT 1').first():  # noqa: S608 - a name from the catalogue
            return name
    return ""


def _refuse_unsound(dump: Dump) -> None:
    """ConfigError when a dump names anything but tables that are copied and columns that could be ours."""
    names = [one.name for one in dump.tables]
    columns = [column for one in dump.tables for column in one.columns]
    if not set(names) <= set(KEPT) or len(names) != len(set(names)) or not all(map(_NAME.fullmatch, columns)):
        raise ConfigError(
            "the back-up: holds other tables than this release knows; use the release that wrote it"
        )


def _put(connection: Connection, dump: Dump, erased: frozenset[str]) -> dict[str, int]:
    put: dict[str, int] = {}
    wanted = _choose_texts(dump, erased)
    for name in KEPT:
        table = dump.find(name)
        if table is None:
            continue
        rows = [row for row in table.rows if _is_kept(table, row, erased) and wanted(table, row)]
        put[name] = len(rows)
        if rows:
            connection.exec_driver_sql(_write_insert(connection, table), [tuple(row) for row in rows])
    return put


def _is_kept(table: TableDump, row: Row, erased: frozenset[str]) -> bool:
    column = HANDOFF_ID.get(table.name)
    return column is None or row[table.columns.index(column)] not in erased


def _choose_texts(dump: Dump, erased: frozenset[str]) -> Callable[[TableDump, Row], bool]:
    """A consent text goes with the last record of it."""
    records = dump.find("consent_record")
    used = {
        row[records.columns.index("text_sha256")]
        for row in (records.rows if records else ())
        if records and _is_kept(records, row, erased)
    }

    def is_wanted(table: TableDump, row: Row) -> bool:
        return table.name != "consent_text" or row[table.columns.index("sha256")] in used

    return is_wanted


def _write_insert(connection: Connection, table: TableDump) -> str:
    is_postgres = connection.dialect.name == "postgresql"
    places = ", ".join(f"${place + 1}" if is_postgres else "?" for place in range(len(table.columns)))
    columns = ", ".join(f'"{column}"' for column in table.columns)
    return f'INSERT INTO "{table.name}" ({columns}) VALUES ({places})'  # noqa: S608 - names were looked at before
