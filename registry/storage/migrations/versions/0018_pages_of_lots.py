"""A holder's lots by id, page by page"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_lot_holder_id", "lot", ["holder", "id"])


def downgrade() -> None:
    op.drop_index("ix_lot_holder_id", "lot")
