"""Accounts proposed for parties, contests of receivables, the reason given last"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "party_recovery",
        sa.Column("party", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("effective", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("party", name=op.f("pk_party_recovery")),
    )
    op.create_table(
        "receivable_contest",
        sa.Column("receivable", sa.String(length=18), nullable=False),
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("party", sa.BigInteger(), nullable=False),
        sa.Column("lot", sa.String(length=66), nullable=True),
        sa.Column("code", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.String(length=66), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint(
            "receivable", "block_number", "log_index", name=op.f("pk_receivable_contest")
        ),
    )
    with op.batch_alter_table("receivable_contest", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receivable_contest_lot"), ["lot"], unique=False)
        batch_op.create_index(batch_op.f("ix_receivable_contest_party"), ["party"], unique=False)
    with op.batch_alter_table("receivable", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reason", sa.String(length=66), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("receivable", schema=None) as batch_op:
        batch_op.drop_column("reason")
    op.drop_table("receivable_contest")
    op.drop_table("party_recovery")
