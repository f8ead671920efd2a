"""Nobody asks for a stored log by its transaction"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLES = ("chain_event", "orphaned_event")


def upgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_tx_hash", table)


def downgrade() -> None:
    for table in TABLES:
        op.create_index(f"ix_{table}_tx_hash", table, ["tx_hash"])
