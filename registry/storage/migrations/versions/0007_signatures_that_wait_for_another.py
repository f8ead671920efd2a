"""Signatures that wait for another party's"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "half_signed",
        sa.Column("lot", sa.String(length=66), nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("party", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("other", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=True),
        sa.Column("message", sa.String(length=66), nullable=False),
        sa.Column("consents", sa.Text(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("lot", "act", "party", name=op.f("pk_half_signed")),
    )
    op.create_index(op.f("ix_half_signed_other"), "half_signed", ["other"])


def downgrade() -> None:
    op.drop_table("half_signed")
