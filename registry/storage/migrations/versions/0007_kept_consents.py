"""Signatures that wait for another party's"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_consent",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=90), nullable=False),
        sa.Column("party", sa.BigInteger(), nullable=False),
        sa.Column("awaits", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.String(length=66), nullable=False),
        sa.Column("consents", sa.Text(), nullable=False),
        sa.Column("filled_in", sa.Text(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "about", "party", name=op.f("pk_kept_consent")),
    )
    op.create_index(op.f("ix_kept_consent_awaits"), "kept_consent", ["awaits"])


def downgrade() -> None:
    op.drop_table("kept_consent")
