"""Blocks by which near-duplicates are found, suspicions, and what people decide of them"""

import json

import sqlalchemy as sa
from alembic import op

from registry.invoices.near_keys import blocks
from registry.invoices.near_rules import portrait

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BATCH = 500


def upgrade() -> None:
    op.create_table(
        "invoice_block",
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("invoice_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_block_invoice_id")),
        sa.PrimaryKeyConstraint("block", "scope", "invoice_id", name=op.f("pk_invoice_block")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "invoice_suspicion",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("invoice_id", sa.String(length=40), nullable=False),
        sa.Column("other_id", sa.String(length=40), nullable=False),
        sa.Column("party", sa.BigInteger(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("is_contradiction", sa.Boolean(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("signs", sa.Text(), nullable=False),
        sa.Column("differs", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_suspicion_invoice_id")),
        sa.ForeignKeyConstraint(["other_id"], ["invoice.id"], name=op.f("fk_invoice_suspicion_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_suspicion")),
        sa.UniqueConstraint("invoice_id", "other_id", name=op.f("uq_invoice_suspicion_invoice_id_other_id")),
    )
    for columns in (("other_id",), ("party",), ("verdict", "score", "id")):
        op.create_index(op.f(f"ix_invoice_suspicion_{'_'.join(columns)}"), "invoice_suspicion", list(columns))
    op.create_table(
        "invoice_verdict",
        sa.Column("suspicion_id", sa.String(length=40), nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["suspicion_id"], ["invoice_suspicion.id"], name=op.f("fk_invoice_verdict_suspicion_id")
        ),
        sa.PrimaryKeyConstraint("suspicion_id", "place", name=op.f("pk_invoice_verdict")),
    )
    op.drop_index("ix_invoice_near", "invoice")
    _fill()


def _fill() -> None:
    """What was taken in before is found like what comes after, and what was in doubt stands in the queue."""
    connection = op.get_bind()
    read = sa.text(
        "SELECT id, scope, parsed, gist, payable_minor FROM invoice WHERE id > :last ORDER BY id LIMIT :most"
    )
    write = sa.text("INSERT INTO invoice_block (block, scope, invoice_id) VALUES (:block, :scope, :id)")
    last = ""
    while found := connection.execute(read, {"last": last, "most": _BATCH}).all():
        last = found[-1].id
        rows = [
            {"block": block, "scope": one.scope, "id": one.id}
            for one in found
            for block in sorted(_blocks(one))
        ]
        connection.execute(write, rows)
    connection.execute(
        sa.text(
            "INSERT INTO invoice_suspicion (id, invoice_id, other_id, party, is_hidden, is_contradiction, score,"
            " signs, differs, verdict, created_at)"
            " SELECT 'sus_' || substr(id, 5), id, of_invoice_id, uploader_party, :no, outcome = 'conflict',"
            " CASE outcome WHEN 'conflict' THEN 100 ELSE 50 END, '[\"' || reason || '\"]', '[]', '', created_at"
            " FROM invoice WHERE outcome IN ('conflict', 'review') AND of_invoice_id IS NOT NULL"
        ).bindparams(no=False)
    )


def _blocks(row: sa.Row[tuple[str, int, str, str, int]]) -> set[int]:
    gist = json.loads(row.gist)
    return blocks(
        portrait(
            json.loads(row.parsed),
            invoice_id=row.id,
            sellers=frozenset(gist["sellers"]),
            buyers=frozenset(gist["buyers"]),
            payable_minor=row.payable_minor,
        )
    )


def downgrade() -> None:
    op.create_index("ix_invoice_near", "invoice", ["scope", "currency", "payable_minor"])
    op.drop_table("invoice_verdict")
    op.drop_table("invoice_suspicion")
    op.drop_table("invoice_block")
