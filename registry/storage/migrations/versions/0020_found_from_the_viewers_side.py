"""Hops name their receivable; a party's receivables and lots are found in order"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ORDERED = (
    ("receivable", "obligor", "id"),
    ("receivable", "originator", "id"),
    ("receivable", "settler", "id"),
    ("lot", "holder", "receivable"),
    ("lot", "peer", "receivable"),
    ("lot_hop", "holder", "receivable"),
)
ALONE = (("receivable", "obligor"), ("receivable", "originator"), ("lot", "peer"))


def upgrade() -> None:
    op.add_column("lot_hop", sa.Column("receivable", sa.String(length=18), nullable=True))
    op.execute("UPDATE lot_hop SET receivable = (SELECT receivable FROM lot WHERE lot.id = lot_hop.lot)")
    with op.batch_alter_table("lot_hop", schema=None) as batch_op:
        batch_op.alter_column("receivable", existing_type=sa.String(length=18), nullable=False)
    op.create_index("ix_lot_hop_receivable", "lot_hop", ["receivable"])
    for table, first, second in ORDERED:
        op.create_index(f"ix_{table}_{first}_{second}", table, [first, second])
    for table, column in ALONE:
        op.drop_index(f"ix_{table}_{column}", table)


def downgrade() -> None:
    for table, column in ALONE:
        op.create_index(f"ix_{table}_{column}", table, [column])
    for table, first, second in ORDERED:
        op.drop_index(f"ix_{table}_{first}_{second}", table)
    op.drop_index("ix_lot_hop_receivable", "lot_hop")
    with op.batch_alter_table("lot_hop", schema=None) as batch_op:
        batch_op.drop_column("receivable")
