"""
The schema and the rows of each revision, as they left our hands: `frozen/<revision>.<database>.sql`, `frozen/<revision>.json`.

The rows were written by the release's own code (`filling.py`). An edit of a migration that was released is noticed because
it no longer makes the schema that lies here; until then `python -m tests.migrations freeze` writes it anew.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from tests.migrations.databases import Rows

FOLDER = Path(__file__).parent / "frozen"
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
#: Which schema a release has. A release adds its line; from then on its schema stays as it is.
RELEASES = {
    "0.1.0": "0001",
    "0.2.0": "0001",
    "0.3.0": "0002",
    "0.4.0": "0003",
    "0.5.0": "0004",
    "0.6.0": "0006",
}


def load_schema(revision: str, database: str) -> str:
    """Return the SQL of a revision's schema on `sqlite` or `postgres`."""
    return _schema_file(revision, database).read_text(encoding="utf-8")


def load_rows(revision: str) -> Rows:
    """Return what a release with that revision wrote."""
    read: Rows = json.loads(_rows_file(revision).read_text(encoding="utf-8"), object_hook=_thaw)
    return read


def save_schema(revision: str, database: str, schema: str) -> None:
    """Freeze a schema."""
    _schema_file(revision, database).write_text(schema, encoding="utf-8")


def save_rows(revision: str, rows: Rows) -> None:
    """Freeze rows."""
    written = json.dumps(rows, ensure_ascii=False, indent=1, default=_freeze)
    _rows_file(revision).write_text(written + "\n", encoding="utf-8")


def _schema_file(revision: str, database: str) -> Path:
    return FOLDER / f"{revision}.{database}.sql"


def _rows_file(revision: str) -> Path:
    return FOLDER / f"{revision}.json"


def _freeze(value: object) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode("ascii")}
    raise TypeError(f"{type(value).__name__} is no cell")


def _thaw(found: dict[str, Any]) -> Any:
    return base64.b64decode(found["base64"]) if found.keys() == {"base64"} else found
