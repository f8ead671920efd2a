"""Notices of assignment, payment accounts, and who acknowledged them"""

import sqlalchemy as sa
from alembic import op

import registry.storage.base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("obligor", sa.BigInteger(), nullable=False),
        sa.Column("assignor", sa.BigInteger(), nullable=False),
        sa.Column("assignee", sa.BigInteger(), nullable=False),
        sa.Column("payee", sa.BigInteger(), nullable=False),
        sa.Column("payee_before", sa.BigInteger(), nullable=False),
        sa.Column("receivable", sa.String(length=18), nullable=False),
        sa.Column("lot", sa.String(length=66), nullable=False),
        sa.Column("amount", registry.storage.base.Unsigned64(), nullable=False),
        sa.Column("currency", sa.BigInteger(), nullable=False),
        sa.Column("maturity", sa.BigInteger(), nullable=False),
        sa.Column("invoices", registry.storage.base.Json(), nullable=False),
        sa.Column("agreement", sa.String(length=66), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.String(length=66), nullable=False),
        sa.Column("assigned_at", sa.BigInteger(), nullable=False),
        sa.Column("arrived_at", registry.storage.base.Instant(timezone=True), nullable=False),
        sa.Column("acknowledged_at", registry.storage.base.Instant(timezone=True), nullable=True),
        sa.Column("acknowledgment", registry.storage.base.Json(), nullable=True),
        sa.Column("withdrawn_at", registry.storage.base.Instant(timezone=True), nullable=True),
        sa.Column("withdrawal", registry.storage.base.Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("tx_hash", "log_index", name=op.f("uq_notice_tx_hash_log_index")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_assignee"), ["assignee"], unique=False)
        batch_op.create_index("ix_notice_block_number_log_index", ["block_number", "log_index"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_lot"), ["lot"], unique=False)
        batch_op.create_index("ix_notice_obligor_maturity", ["obligor", "maturity"], unique=False)

    op.create_table(
        "payment_account",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("party", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("holder_name", sa.String(length=200), nullable=False),
        sa.Column("scheme", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("bank_scheme", sa.String(length=10), nullable=False),
        sa.Column("bank", sa.String(length=20), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("signed", registry.storage.base.Json(), nullable=False),
        sa.Column("created_at", registry.storage.base.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_account")),
        sa.UniqueConstraint(
            "party", "currency", "version", name=op.f("uq_payment_account_party_currency_version")
        ),
    )
    op.create_table(
        "payment_account_seen",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("obligor", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signed", registry.storage.base.Json(), nullable=False),
        sa.Column("at", registry.storage.base.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["payment_account.id"], name=op.f("fk_payment_account_seen_account")
        ),
        sa.PrimaryKeyConstraint("account", "obligor", name=op.f("pk_payment_account_seen")),
    )
    with op.batch_alter_table("lot_hop", schema=None) as batch_op:
        batch_op.create_index("ix_lot_hop_kind_block_number", ["kind", "block_number"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("lot_hop", schema=None) as batch_op:
        batch_op.drop_index("ix_lot_hop_kind_block_number")
    op.drop_table("payment_account_seen")
    op.drop_table("payment_account")
    op.drop_table("notice")
