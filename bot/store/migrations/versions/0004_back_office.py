"""
Add what the back office keeps: ways to sign in, the audit log, work on handoffs, exports that wait, and counts.

Going back drops them all, the audit log included: copy it first (`frontdoor audit export`).

Revision: 0004, after 0003
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NEW = (
    "tally",
    "export_request",
    "handoff_paper",
    "handoff_work",
    "audit_entry",
    "staff_invitation",
    "staff_passkey",
)
_ACCOUNT = (
    "rights",
    "password_at",
    "old_passwords",
    "totp",
    "totp_step",
    "totp_failures",
    "oidc_subject",
    "seen_at",
    "opens_since",
)
_SESSION = ("id", "method", "proved_at")
_REQUEST = ("seen_at", "alerts", "told")


def upgrade() -> None:
    _widen_staff()
    _create_ways_in()
    _create_audit()
    _create_work()
    _create_exports()
    _widen_handoffs()


def downgrade() -> None:
    for name in _NEW:
        op.drop_table(name)
    op.drop_index("ix_staff_account_oidc_subject", "staff_account")
    for table, columns in (
        ("handoff_request", _REQUEST),
        ("handoff_case", ("told",)),
        ("staff_session", _SESSION),
        ("staff_account", _ACCOUNT),
    ):
        for column in columns:
            op.drop_column(table, column)


def _widen_staff() -> None:
    empty, none = sa.text("''"), sa.text("0")
    for column in (
        sa.Column("rights", sa.String(200), server_default=empty, nullable=False),
        sa.Column("password_at", sa.BigInteger, nullable=True),
        sa.Column("old_passwords", sa.Text, server_default=empty, nullable=False),
        sa.Column("totp", sa.LargeBinary, nullable=True),
        sa.Column("totp_step", sa.BigInteger, nullable=True),
        sa.Column("totp_failures", sa.Integer, server_default=none, nullable=False),
        sa.Column("oidc_subject", sa.String(64), nullable=True),
        sa.Column("seen_at", sa.BigInteger, nullable=True),
        sa.Column("opens_since", sa.BigInteger, nullable=True),
    ):
        op.add_column("staff_account", column)
    op.create_index("ix_staff_account_oidc_subject", "staff_account", ["oidc_subject"], unique=True)
    for column in (
        sa.Column("id", sa.String(36), server_default=empty, nullable=False),
        sa.Column("method", sa.String(16), server_default=sa.text("'password'"), nullable=False),
        sa.Column("proved_at", sa.BigInteger, nullable=True),
    ):
        op.add_column("staff_session", column)


def _create_ways_in() -> None:
    op.create_table(
        "staff_passkey",
        sa.Column("id", sa.String(1400), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("credential", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_staff_passkey"),
        sa.ForeignKeyConstraint(["account_id"], ["staff_account.id"], name="fk_staff_passkey_account_id"),
    )
    op.create_index("ix_staff_passkey_account_id", "staff_passkey", ["account_id"])
    op.create_table(
        "staff_invitation",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("rights", sa.String(200), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=True),
        sa.Column("made_by", sa.String(36), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_staff_invitation"),
    )


def _create_audit() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        *_seal(without="blob"),
        sa.PrimaryKeyConstraint("number", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_entry_no_{verb.lower()} BEFORE {verb} ON audit_entry "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"
            )


def _create_work() -> None:
    op.create_table(
        "handoff_work",
        sa.Column("handoff_id", sa.String(36), nullable=False),
        sa.Column("assigned_to", sa.String(36), nullable=True),
        sa.Column("called_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("handoff_id", name="pk_handoff_work"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "handoff_paper",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("handoff_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("author", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        *_seal(),
        sa.PrimaryKeyConstraint("id", name="pk_handoff_paper"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_handoff_paper_handoff_id", "handoff_paper", ["handoff_id"])


def _create_exports() -> None:
    op.create_table(
        "export_request",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("asked_by", sa.String(36), nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("handoff_ids", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("approved_by", sa.String(36), nullable=True),
        sa.Column("fetched_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_export_request"),
    )
    op.create_index("ix_export_request_until", "export_request", ["until"])
    op.create_table(
        "tally",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", "name", name="pk_tally"),
        sqlite_with_rowid=False,
    )


def _widen_handoffs() -> None:
    """Mark who was told and what was seen. Requests of before count as unseen: nobody noted who read them."""
    for table in ("handoff_case", "handoff_request"):
        op.add_column(table, sa.Column("told", sa.Integer, server_default=sa.text("0"), nullable=False))
    op.add_column(
        "handoff_request", sa.Column("alerts", sa.Integer, server_default=sa.text("0"), nullable=False)
    )
    op.add_column("handoff_request", sa.Column("seen_at", sa.BigInteger, nullable=True))


def _seal(*, without: str = "") -> tuple[sa.Column[Any], ...]:
    columns = (
        sa.Column("blob", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("signer", sa.String(200), nullable=False),
    )
    return tuple(column for column in columns if column.name != without)
