"""Acts, corrections, notices are found by whose they are, notices by whether they wait, numbers by any part of them"""

from alembic import op
from sqlalchemy import text

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_act_actor_position", "act", ["actor", "position"]),
    ("ix_act_requester_position", "act", ["requester", "position"]),
    ("ix_invoice_key_key", "invoice_key", ["key"]),
    ("ix_rule_decision_outcome_position", "rule_decision", ["outcome", "position"]),
    ("ix_invoice_correction_party_id", "invoice_correction", ["party", "id"]),
    ("ix_notice_receivable", "notice", ["receivable"]),
    ("ix_receivable_draft_registered_act_receivable", "receivable_draft", ["registered_act", "receivable"]),
)
BY_NUMBER = ("ix_invoice_number_plain_uploader_party_id", "invoice", ["number_plain", "uploader_party", "id"])
OPEN = "acknowledged_at IS NULL AND withdrawn_at IS NULL"
PARTIAL = (
    ("ix_notice_open", "notice", ["block_number", "log_index"], OPEN),
    ("ix_notice_answered", "notice", ["block_number", "log_index"], f"NOT ({OPEN})"),
    ("ix_correction_warning_unread", "correction_warning", ["id"], "read_at IS NULL"),
    ("ix_correction_warning_read", "correction_warning", ["id"], "read_at IS NOT NULL"),
    ("ix_financing_live", "financing", ["id"], "ended_at IS NULL"),
    ("ix_financing_ended", "financing", ["id"], "ended_at IS NOT NULL"),
)


def upgrade() -> None:
    op.drop_index("ix_invoice_number_plain", "invoice")
    for name, table, columns in (*INDEXES, BY_NUMBER):
        op.create_index(name, table, columns)
    for name, table, columns, those in PARTIAL:
        op.create_index(name, table, columns, sqlite_where=text(those), postgresql_where=text(those))


def downgrade() -> None:
    for name, table, *_ in (*PARTIAL, *INDEXES, BY_NUMBER):
        op.drop_index(name, table)
    op.create_index("ix_invoice_number_plain", "invoice", ["number_plain"])
