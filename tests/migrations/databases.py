"""
A database as a whole: its schema as SQL that makes it anew, and every row, the same from SQLite and PostgreSQL.

Read without any code of ours, so that what is compared is what lies there.
"""
# ruff: noqa: S608 - the names in these statements are those of our own tables

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import make_url

#: Of each table its rows, each with its columns by name, in an order of their own.
Rows = Mapping[str, Sequence[Mapping[str, Any]]]

_T = TypeVar("_T")
#: Not ours to compare: where Alembic stands is compared with the schema, and SQLite counts for itself.
_NOT_ROWS = ("alembic_version", "sqlite_sequence")
#: Children after their parents.
_FIRST = ("staff_account",)


def read_schema(url: str) -> str:
    """Return SQL that makes the schema anew, with the revision that Alembic notes."""
    if _is_sqlite(url):
        return _read_sqlite_schema(_path(url))
    return _ask(_read_postgres_schema(url))


def read_rows(url: str) -> Rows:
    """Return everything that lies in our tables."""
    read = _read_sqlite_rows(_path(url)) if _is_sqlite(url) else _ask(_read_postgres_rows(url))
    return {
        name: sorted(map(dict, rows), key=repr)
        for name, rows in sorted(read.items())
        if name not in _NOT_ROWS
    }


def make(url: str, schema: str, rows: Rows) -> None:
    """Make a database of a schema and its rows."""
    if _is_sqlite(url):
        _make_sqlite(_path(url), schema, rows)
    else:
        _ask(_make_postgres(url, schema, rows))


def last_letter(url: str) -> int:
    """Return the last order number that a letter was given, also one that is gone."""
    if _is_sqlite(url):
        with closing(sqlite3.connect(_path(url))) as file:
            return int(file.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()[0])
    return int(_ask(_fetch(url, "SELECT last_value FROM outbox_seq_seq"))[0][0])


def empty(url: str) -> None:
    """Take everything out of a database, or the file away with what lies beside it."""
    if _is_sqlite(url):
        for path in _path(url).parent.glob(f"{_path(url).name}*"):
            path.unlink()
    else:
        _ask(_fetch(url, "DROP SCHEMA public CASCADE"))
        _ask(_fetch(url, "CREATE SCHEMA public"))


def is_whole(url: str) -> bool:
    """Whether SQLite finds nothing wrong with its file, and no row without its parent."""
    with closing(sqlite3.connect(_path(url))) as file:
        found = file.execute("PRAGMA integrity_check").fetchall()
        return found == [("ok",)] and not file.execute("PRAGMA foreign_key_check").fetchall()


def path_of(url: str) -> Path:
    """Return the file of an SQLite database."""
    return _path(url)


def _read_sqlite_schema(path: Path) -> str:
    with closing(sqlite3.connect(path)) as file:
        found = file.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
            "ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 ELSE 3 END, name"
        ).fetchall()
        stands = file.execute("SELECT version_num FROM alembic_version").fetchall() if found else []
    return _write_sql((" ".join(sql.split()) for (sql,) in found), stands)


def _read_sqlite_rows(path: Path) -> dict[str, list[dict[str, Any]]]:
    with closing(sqlite3.connect(path)) as file:
        file.row_factory = sqlite3.Row
        names = [row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: _read_sqlite_table(file, name) for name in names}


def _read_sqlite_table(file: sqlite3.Connection, name: str) -> list[dict[str, Any]]:
    truths = {row[1] for row in file.execute(f'PRAGMA table_info("{name}")') if row[2] == "BOOLEAN"}
    return [
        {key: bool(row[key]) if key in truths else row[key] for key in row.keys()}  # noqa: SIM118 - a row is no dict
        for row in file.execute(f'SELECT * FROM "{name}"')
    ]


def _make_sqlite(path: Path, schema: str, rows: Rows) -> None:
    path.touch(0o600)
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode = TRUNCATE")
        file.executescript(f"BEGIN; {schema} COMMIT;")
        file.execute("BEGIN")
        for table, row in _in_order(rows):
            places = ", ".join("?" * len(row))
            file.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", tuple(row.values()))
        file.execute("COMMIT")


_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS kind, a.attnotnull,
    pg_get_expr(d.adbin, d.adrelid) AS standard
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum"""
_REST = """
SELECT 2, conrelid::regclass::text, CASE contype WHEN 'f' THEN 2 ELSE 1 END, conname,
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS sql
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL SELECT 3, indrelid::regclass::text, 1, indexrelid::regclass::text, pg_get_indexdef(indexrelid)
FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE c.relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
UNION ALL SELECT 4, tgrelid::regclass::text, 1, tgname, pg_get_triggerdef(t.oid)
FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal AND c.relnamespace = 'public'::regnamespace
UNION ALL SELECT 5, d.refobjid::regclass::text, 1, s.relname,
    format('ALTER SEQUENCE %I OWNED BY %s.%I', s.relname, d.refobjid::regclass, a.attname)
FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype = 'a' AND d.classid = 'pg_class'::regclass
JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace
ORDER BY 1, 3, 2, 4"""
_SEQUENCES = """
SELECT format('CREATE SEQUENCE %I AS %s', s.relname, format_type(q.seqtypid, NULL)) AS sql, s.relname
FROM pg_class s JOIN pg_sequence q ON q.seqrelid = s.oid WHERE s.relnamespace = 'public'::regnamespace ORDER BY s.relname"""
_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


async def _read_postgres_schema(url: str) -> str:
    connection = await _connect(url)
    try:
        sequences = [row["sql"] for row in await connection.fetch(_SEQUENCES)]
        tables: dict[str, list[str]] = {}
        for row in await connection.fetch(_COLUMNS):
            needed = " NOT NULL" if row["attnotnull"] else ""
            standard = f" DEFAULT {row['standard']}" if row["standard"] else ""
            column = f"{row['attname']} {row['kind']}{standard}{needed}"
            tables.setdefault(row["relname"], []).append(column)
        made = [f"CREATE TABLE {name} ({', '.join(columns)})" for name, columns in tables.items()]
        rest = [row["sql"] for row in await connection.fetch(_REST)]
        stands = await connection.fetch("SELECT version_num FROM alembic_version") if tables else []
    finally:
        await connection.close()
    return _write_sql([*sequences, *made, *rest], stands)


async def _read_postgres_rows(url: str) -> dict[str, list[dict[str, Any]]]:
    connection = await _connect(url)
    try:
        names = [row["relname"] for row in await connection.fetch(_TABLES)]
        return {
            name: [dict(row) for row in await connection.fetch(f'SELECT * FROM "{name}"')] for name in names
        }
    finally:
        await connection.close()


async def _make_postgres(url: str, schema: str, rows: Rows) -> None:
    connection = await _connect(url)
    try:
        async with connection.transaction():
            await connection.execute(schema)
            for table, row in _in_order(rows):
                places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
                await connection.execute(
                    f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", *row.values()
                )
            for (name,) in await connection.fetch(
                "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
            ):
                table = name.removesuffix("_seq_seq")
                await connection.execute(f"SELECT setval('{name}', max(seq)) FROM {table}")
    finally:
        await connection.close()


async def _fetch(url: str, statement: str) -> Any:
    connection = await _connect(url)
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


async def _connect(url: str) -> Any:
    return await asyncpg.connect(
        make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    )


def _write_sql(statements: Iterable[str], stands: Iterable[Any]) -> str:
    revision = [f"INSERT INTO alembic_version (version_num) VALUES ('{row[0]}')" for row in stands]
    return "".join(f"{statement};\n" for statement in (*statements, *revision))


def _in_order(rows: Rows) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for name in sorted(rows, key=lambda name: (name not in _FIRST, name)):
        for row in rows[name]:
            yield name, row


def _ask(work: Coroutine[Any, Any, _T]) -> _T:
    with ThreadPoolExecutor(1) as pool:  # a loop of its own, whatever runs here
        return pool.submit(asyncio.run, work).result()


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _path(url: str) -> Path:
    return Path(str(make_url(url).database))
