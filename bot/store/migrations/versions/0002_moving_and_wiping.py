"""
Add one-time codes, messages that can be taken back, how much of a letter arrived, and which letters are final.

Revision: 0002, after 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("done", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("outbox", sa.Column("final", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "chat_message",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False, autoincrement=True),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("ours", sa.Boolean, nullable=False),
        sa.Column("blob", sa.LargeBinary, nullable=False),
        sa.Column("drop_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_chat_message"),
    )
    op.create_index("ix_chat_message_person", "chat_message", ["person"])
    op.create_index("ix_chat_message_drop_at", "chat_message", ["drop_at"])
    op.create_table(
        "move_code",
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_move_code"),
        sa.UniqueConstraint("person", name="uq_move_code_person"),
    )
    op.create_index("ix_move_code_until", "move_code", ["until"])


def downgrade() -> None:
    op.drop_table("move_code")
    op.drop_table("chat_message")
    op.execute("DELETE FROM erasable_key WHERE id LIKE 'chat:%'")  # the older program would never destroy them
    op.drop_column("outbox", "final")
    op.drop_column("outbox", "done")
