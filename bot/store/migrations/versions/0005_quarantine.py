"""
Add the quarantine: where our code failed on an input, and the locked shape of it.

Going back drops it with its keys.

Revision: 0005, after 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("fault", sa.String(120), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("blob", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quarantine"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_quarantine_until", "quarantine", ["until"])


def downgrade() -> None:
    op.drop_table("quarantine")
    op.execute("DELETE FROM erasable_key WHERE id LIKE 'quarantine:%'")
