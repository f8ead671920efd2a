"""Acts, corrections and notices are found by whose they are, notices by whether they wait"""

from alembic import op
from sqlalchemy import text

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_act_actor_position", "act", ["actor", "position"]),
    ("ix_act_requester_position", "act", ["requester", "position"]),
    ("ix_invoice_correction_party_id", "invoice_correction", ["party", "id"]),
    ("ix_notice_receivable", "notice", ["receivable"]),
    ("ix_receivable_draft_registered_act_receivable", "receivable_draft", ["registered_act", "receivable"]),
)
OPEN = "acknowledged_at IS NULL AND withdrawn_at IS NULL"
PARTIAL = (("ix_notice_open", OPEN), ("ix_notice_answered", f"NOT ({OPEN})"))


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    for name, those in PARTIAL:
        op.create_index(
            name,
            "notice",
            ["block_number", "log_index"],
            sqlite_where=text(those),
            postgresql_where=text(those),
        )


def downgrade() -> None:
    for name, _ in PARTIAL:
        op.drop_index(name, "notice")
    for name, table, _ in INDEXES:
        op.drop_index(name, table)
