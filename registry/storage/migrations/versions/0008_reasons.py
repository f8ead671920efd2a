"""The words of reasons whose hashes are on the ledger"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receivable_reason",
        sa.Column("receivable", sa.String(length=18), nullable=False),
        sa.Column("hash", sa.String(length=66), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("party", sa.BigInteger(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("receivable", "hash", name=op.f("pk_receivable_reason")),
    )


def downgrade() -> None:
    op.drop_table("receivable_reason")
