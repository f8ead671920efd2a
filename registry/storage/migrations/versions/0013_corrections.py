"""Corrections of invoices, decisions on them, and whom they were told to"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A correction may name what the tax authority knows an invoice by. Syntaxes that carry it were not read before.
    op.add_column("invoice", sa.Column("official_plain", sa.String(), nullable=False, server_default=""))
    op.create_index(op.f("ix_invoice_official_plain"), "invoice", ["official_plain"])
    op.create_table(
        "invoice_correction",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("origin", sa.String(length=60), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("correcting", sa.String(length=40), nullable=True),
        sa.Column("corrected", sa.String(length=40), nullable=True),
        sa.Column("party", sa.BigInteger(), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("standing", sa.String(length=20), nullable=False),
        sa.Column("doubt", sa.String(length=20), nullable=False),
        sa.Column("is_decided", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["correcting"], ["invoice.id"], name=op.f("fk_invoice_correction_correcting_invoice")
        ),
        sa.ForeignKeyConstraint(
            ["corrected"], ["invoice.id"], name=op.f("fk_invoice_correction_corrected_invoice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_correction")),
        sa.UniqueConstraint("origin", "reference", name=op.f("uq_invoice_correction_origin_reference")),
    )
    op.create_index("ix_invoice_correction_reference_party", "invoice_correction", ["reference", "party"])
    for column in ("correcting", "corrected", "standing"):
        op.create_index(op.f(f"ix_invoice_correction_{column}"), "invoice_correction", [column])
    op.create_table(
        "invoice_correction_decision",
        sa.Column("correction", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("standing", sa.String(length=20), nullable=False),
        sa.Column("invoice", sa.String(length=40), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["correction"],
            ["invoice_correction.id"],
            name=op.f("fk_invoice_correction_decision_correction_invoice_correction"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice"], ["invoice.id"], name=op.f("fk_invoice_correction_decision_invoice_invoice")
        ),
        sa.PrimaryKeyConstraint("correction", "number", name=op.f("pk_invoice_correction_decision")),
    )
    op.create_table(
        "correction_warning",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("correction", sa.String(length=40), nullable=False),
        sa.Column("party", sa.BigInteger(), nullable=False),
        sa.Column("receivable", sa.String(length=18), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("is_after_notice", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["correction"],
            ["invoice_correction.id"],
            name=op.f("fk_correction_warning_correction_invoice_correction"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_warning")),
        sa.UniqueConstraint(
            "correction",
            "party",
            "receivable",
            name=op.f("uq_correction_warning_correction_party_receivable"),
        ),
    )
    op.create_index(op.f("ix_correction_warning_party"), "correction_warning", ["party"])


def downgrade() -> None:
    op.drop_table("correction_warning")
    op.drop_table("invoice_correction_decision")
    op.drop_table("invoice_correction")
    op.drop_index(op.f("ix_invoice_official_plain"), "invoice")
    op.drop_column("invoice", "official_plain")
