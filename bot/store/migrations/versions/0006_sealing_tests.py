"""
Add the test handoffs: one sealed constant text an hour of each signer, by which the desk sees that what is sealed can be opened.

Going back drops them: nothing of anybody is in them.

Revision: 0006, after 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sealing_test",
        sa.Column("hour", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("signer", sa.String(200), nullable=False),
        sa.Column("recipients", sa.Text, nullable=False),
        sa.Column("blob", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("hour", "signer", name="pk_sealing_test"),
        sqlite_with_rowid=False,
    )
    # One signer's newest is found among any number of rows of others.
    op.create_index("ix_sealing_test_signer", "sealing_test", ["signer", "hour"])
    if op.get_bind().dialect.name == "sqlite":
        # As in 0003: nobody writes over a row by INSERT OR REPLACE. A second one of an hour and a signer is no fault.
        op.execute(
            "CREATE TRIGGER sealing_test_is_kept BEFORE INSERT ON sealing_test "
            "WHEN EXISTS (SELECT 1 FROM sealing_test WHERE hour = NEW.hour AND signer = NEW.signer) "
            "BEGIN SELECT RAISE(IGNORE); END"
        )


def downgrade() -> None:
    op.drop_table("sealing_test")
