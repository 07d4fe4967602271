"""
Add sealed handoffs with their cases, consents and requests, one-time pages, and uses that count.

Going back drops them all: export first, or nobody will ever read what people sent.

Revision: 0003, after 0002
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Whoever copies one of these tables to change it (SQLite's batch mode) must make its trigger anew.
_KEPT = {
    "handoff": ("id",),
    "handoff_case": ("handoff_id", "receipt"),
    "consent_record": ("id", "handoff_id"),
    "consent_text": ("sha256",),
    "handoff_request": ("id", ("handoff_id", "kind", "number")),
}
# Of these a second one is no fault: it is simply left out.
_LEFT_OUT = ("consent_text", "handoff_request")


def upgrade() -> None:
    _create_handoffs()
    _create_consents()
    _create_requests()
    _create_pages()
    if op.get_bind().dialect.name == "sqlite":
        for table, keys in _KEPT.items():
            _keep(table, keys)


def downgrade() -> None:
    for name in (
        "use_count",
        "page_seat",
        "handoff_request",
        "consent_text",
        "consent_record",
        "handoff_case",
        "handoff",
    ):
        op.drop_table(name)


def _create_handoffs() -> None:
    op.create_table(
        "handoff",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        *_seal(),
        sa.PrimaryKeyConstraint("id", name="pk_handoff"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_handoff_created_at", "handoff", ["created_at"])
    op.create_table(
        "handoff_case",
        sa.Column("handoff_id", sa.String(36), nullable=False),
        sa.Column("receipt", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("status_at", sa.BigInteger, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=True),
        sa.Column("alerts", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("handoff_id", name="pk_handoff_case"),
        sa.UniqueConstraint("receipt", name="uq_handoff_case_receipt"),
        sqlite_with_rowid=False,
    )


def _create_consents() -> None:
    op.create_table(
        "consent_record",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("handoff_id", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("text_sha256", sa.String(64), nullable=False),
        *_seal(),
        sa.PrimaryKeyConstraint("id", name="pk_consent_record"),
        sa.UniqueConstraint("handoff_id", name="uq_consent_record_handoff_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_consent_record_text_sha256", "consent_record", ["text_sha256"])
    op.create_table(
        "consent_text",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_consent_text"),
        sqlite_with_rowid=False,
    )


def _create_requests() -> None:
    op.create_table(
        "handoff_request",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("handoff_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        *_seal(),
        sa.PrimaryKeyConstraint("id", name="pk_handoff_request"),
        sa.UniqueConstraint("handoff_id", "kind", "number", name="uq_handoff_request_handoff_id"),
        sqlite_with_rowid=False,
    )


def _create_pages() -> None:
    op.create_table(
        "page_seat",
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("token", sa.String(64), nullable=True),
        sa.Column("seat", sa.String(64), nullable=True),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_page_seat"),
        sa.UniqueConstraint("token", name="uq_page_seat_token"),
        sa.UniqueConstraint("seat", name="uq_page_seat_seat"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_page_seat_until", "page_seat", ["until"])
    op.create_table(
        "use_count",
        sa.Column("use", sa.String(64), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("use", name="pk_use_count"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_use_count_until", "use_count", ["until"])


def _seal() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("blob", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("signer", sa.String(200), nullable=False),
    )


def _keep(table: str, keys: tuple[str | tuple[str, ...], ...]) -> None:
    """Let nobody write over a row by INSERT OR REPLACE, which needs no right to delete in SQLite."""
    same = " OR ".join(
        " AND ".join(f"{name} = NEW.{name}" for name in ((key,) if isinstance(key, str) else key)) for key in keys
    )
    end = "RAISE(IGNORE)" if table in _LEFT_OUT else "RAISE(ABORT, 'a row is never written over')"
    op.execute(
        f"CREATE TRIGGER {table}_is_kept BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) BEGIN SELECT {end}; END"
    )
