"""What undoes an unfinal block, what a reorganization took away, and every transaction signed for an act"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "orphaned_event",
        sa.Column("block_hash", sa.String(length=66), nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.String(length=66), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("topics", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("decoder", sa.BigInteger(), nullable=False),
        sa.Column("orphaned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("block_hash", "log_index", name=op.f("pk_orphaned_event")),
    )
    op.create_index(op.f("ix_orphaned_event_tx_hash"), "orphaned_event", ["tx_hash"])
    op.create_table(
        "projection_undo",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("projection", sa.String(length=40), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("block_number", "position", name=op.f("pk_projection_undo")),
    )
    op.create_table(
        "act_transaction",
        sa.Column("tx_hash", sa.String(length=66), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("gas", sa.BigInteger(), nullable=False),
        sa.Column("max_fee", sa.BigInteger(), nullable=False),
        sa.Column("tip", sa.BigInteger(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["act"], ["act.id"], name=op.f("fk_act_transaction_act_act")),
        sa.PrimaryKeyConstraint("tx_hash", name=op.f("pk_act_transaction")),
    )
    op.create_index(op.f("ix_act_transaction_act"), "act_transaction", ["act"])
    # What they were signed with was not kept: of these the fee cannot be raised.
    op.execute(
        "INSERT INTO act_transaction (tx_hash, act, nonce, gas, max_fee, tip, signed_at) "
        "SELECT tx_hash, id, nonce, 0, 0, 0, COALESCE(sent_at, created_at) FROM act WHERE tx_hash IS NOT NULL"
    )
    # What was applied so far cannot be undone: it counts as final.
    op.add_column("mirror_cursor", sa.Column("final_number", sa.BigInteger(), nullable=True))
    op.add_column("mirror_cursor", sa.Column("final_hash", sa.String(length=66), nullable=True))
    op.execute("UPDATE mirror_cursor SET final_number = number, final_hash = hash")
    with op.batch_alter_table("mirror_cursor") as batch_op:
        batch_op.alter_column("final_number", existing_type=sa.BigInteger(), nullable=False)
        batch_op.alter_column("final_hash", existing_type=sa.String(length=66), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("mirror_cursor") as batch_op:
        batch_op.drop_column("final_hash")
        batch_op.drop_column("final_number")
    op.drop_table("act_transaction")
    op.drop_table("projection_undo")
    op.drop_table("orphaned_event")
