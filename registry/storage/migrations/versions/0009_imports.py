"""Invoices from sheets: imports, their rows, saved column maps"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invoice_import",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("party", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("columns", sa.Text(), nullable=True),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_import")),
    )
    op.create_index("ix_invoice_import_party_sha256", "invoice_import", ["party", "sha256"])
    op.create_index(op.f("ix_invoice_import_status"), "invoice_import", ["status"])
    op.create_table(
        "invoice_import_row",
        sa.Column("import_id", sa.String(length=40), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("sentence", sa.String(), nullable=True),
        sa.Column("invoice_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["invoice_import.id"],
            name=op.f("fk_invoice_import_row_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "row", name=op.f("pk_invoice_import_row")),
    )
    op.create_table(
        "invoice_column_map",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("party", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("layout", sa.String(length=64), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_column_map")),
        sa.UniqueConstraint("party", "name", name=op.f("uq_invoice_column_map_party_name")),
    )


def downgrade() -> None:
    op.drop_table("invoice_column_map")
    op.drop_table("invoice_import_row")
    op.drop_table("invoice_import")
