"""What was found of invoices: by ourselves and by outside services"""

import sqlalchemy as sa
from alembic import op

import registry.storage.base

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invoice_verification",
        sa.Column("position", registry.storage.base.Position, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("invoice_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("provider", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("was", sa.String(length=20), nullable=True),
        sa.Column("findings", registry.storage.base.Json(), nullable=False),
        sa.Column("document_sha256", sa.String(length=64), nullable=False),
        sa.Column("answer_sha256", sa.String(length=64), nullable=True),
        sa.Column("at", registry.storage.base.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_verification_invoice_id")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_invoice_verification")),
        sa.UniqueConstraint("id", name=op.f("uq_invoice_verification_id")),
    )
    op.create_index(
        "ix_invoice_verification_invoice_id_position", "invoice_verification", ["invoice_id", "position"]
    )
    op.create_index(op.f("ix_invoice_verification_state"), "invoice_verification", ["state"])
    # One of the doubts has become a check of its own name.
    op.execute("UPDATE invoice SET doubts = REPLACE(doubts, 'payable_above_gross', 'payable_sum')")


def downgrade() -> None:
    op.execute("UPDATE invoice SET doubts = REPLACE(doubts, 'payable_sum', 'payable_above_gross')")
    op.drop_table("invoice_verification")
