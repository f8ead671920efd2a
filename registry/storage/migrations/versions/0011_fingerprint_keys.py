"""Entries under several fingerprint keys, what blind checks tell by, and which keys are retired"""

import json

import sqlalchemy as sa
from alembic import op

import registry.storage.base

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("invoice_key", "invoice_blocked_key")


def upgrade() -> None:
    bind = op.get_bind()
    for table in TABLES:
        op.add_column(table, sa.Column("version", sa.BigInteger(), nullable=True))
        op.add_column(table, sa.Column("check_key", sa.LargeBinary(), nullable=True))
        op.add_column(table, sa.Column("contents", sa.LargeBinary(), nullable=True))
        op.execute(
            f"UPDATE {table} SET version = "  # noqa: S608 - our own names
            f"(SELECT fingerprint_key_version FROM invoice WHERE invoice.id = {table}.invoice_id)"
        )
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("version", existing_type=sa.BigInteger(), nullable=False)
    op.create_index("ix_invoice_key_version_check_key", "invoice_key", ["version", "check_key"], unique=False)
    found = bind.execute(sa.text("SELECT id, fingerprints, fingerprint_key_version AS version FROM invoice"))
    for row in found.all():
        _write(bind, row.id, {str(row.version): json.loads(row.fingerprints)})
    # Plainly, not by a copy of the table: others refer to its rows.
    op.execute("ALTER TABLE invoice DROP COLUMN fingerprint_key_version")
    op.create_table(
        "retired_fingerprint_key",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("retired_at", registry.storage.base.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_retired_fingerprint_key")),
    )


def downgrade() -> None:
    """Entries under any key but the oldest are given up."""
    bind = op.get_bind()
    op.drop_table("retired_fingerprint_key")
    op.drop_index("ix_invoice_key_version_check_key", "invoice_key")
    op.add_column(
        "invoice", sa.Column("fingerprint_key_version", sa.BigInteger(), nullable=False, server_default="1")
    )
    for row in bind.execute(sa.text("SELECT id, fingerprints FROM invoice")).all():
        kept = json.loads(row.fingerprints)
        oldest = min(kept, key=int, default="1")
        _write(bind, row.id, kept.get(oldest, []))
        bind.execute(
            sa.text("UPDATE invoice SET fingerprint_key_version = :version WHERE id = :id"),
            {"version": int(oldest), "id": row.id},
        )
    for table in TABLES:
        op.execute(
            f"DELETE FROM {table} WHERE version <> "  # noqa: S608
            f"(SELECT fingerprint_key_version FROM invoice WHERE invoice.id = {table}.invoice_id)"
        )
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("contents")
            batch_op.drop_column("check_key")
            batch_op.drop_column("version")


def _write(bind: sa.Connection, invoice: str, fingerprints: object) -> None:
    bind.execute(
        sa.text("UPDATE invoice SET fingerprints = :fingerprints WHERE id = :id"),
        {"fingerprints": json.dumps(fingerprints, sort_keys=True, separators=(",", ":")), "id": invoice},
    )
