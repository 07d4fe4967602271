"""What a migration does to rows: what a step forward adds to them, and what a step back takes away for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.migrations.databases import Rows
from tests.migrations.frozen import REVISIONS, load_rows

#: Columns that a revision adds to rows that are there, and what stands in them.
ADDS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "0002": {"outbox": {"done": 0, "final": False}},
    "0004": {
        "staff_account": {
            "rights": "",
            "password_at": None,
            "old_passwords": "",
            "totp": None,
            "totp_step": None,
            "totp_failures": 0,
            "oidc_subject": None,
            "opens_since": None,
            "seen_at": None,
        },
        "handoff_case": {"told": 0},
        "handoff_request": {"told": 0, "alerts": 0, "seen_at": None},
        "staff_session": {"id": "", "method": "password", "proved_at": None},
    },
}
#: Keys that go with the revision that brought them: what they opened is dropped, and nobody else would destroy them.
KEYS: Mapping[str, str] = {"0002": "chat:", "0005": "quarantine:"}


def expect(rows: Rows, start: str, goal: str) -> Rows:
    """Return what must lie there after a migration, every byte of it."""
    if start <= goal:
        return _go_up(rows, start, goal)
    return _go_down(rows, start, goal)


def list_tables(revision: str) -> Mapping[str, tuple[str, ...]]:
    """Return the tables of a revision with their columns: each has a row in what is frozen, which a test holds."""
    return {name: tuple(each[0]) for name, each in load_rows(revision).items()}


def _go_up(rows: Rows, start: str, goal: str) -> Rows:
    moved = {name: [dict(row) for row in each] for name, each in rows.items()}
    for revision in REVISIONS:
        if start < revision <= goal:
            for name, added in ADDS.get(revision, {}).items():
                moved[name] = [row | added for row in moved.get(name, [])]
    return moved | {name: [] for name in list_tables(goal) if name not in moved}


def _go_down(rows: Rows, start: str, goal: str) -> Rows:
    gone = tuple(prefix for revision, prefix in KEYS.items() if goal < revision <= start)
    return {
        name: [
            {column: row[column] for column in columns}
            for row in rows[name]
            if not (name == "erasable_key" and row["id"].startswith(gone))
        ]
        for name, columns in list_tables(goal).items()
    }
