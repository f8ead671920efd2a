"""Rule packs, which of them hold, and what was decided by them"""

import sqlalchemy as sa
from alembic import op

import registry.storage.base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_pack",
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("pack", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("stored_at", registry.storage.base.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_pack")),
    )
    with op.batch_alter_table("rule_pack", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rule_pack_pack"), ["pack"], unique=False)
    op.create_table(
        "rule_choice",
        sa.Column("position", registry.storage.base.Position, autoincrement=True, nullable=False),
        sa.Column("versions", registry.storage.base.Json(), nullable=False),
        sa.Column("chosen_at", registry.storage.base.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_rule_choice")),
    )
    op.create_table(
        "rule_decision",
        sa.Column("position", registry.storage.base.Position, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=90), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("pack", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("facts", registry.storage.base.Json(), nullable=False),
        sa.Column("findings", registry.storage.base.Json(), nullable=False),
        sa.Column("created_at", registry.storage.base.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["version"], ["rule_pack.version"], name=op.f("fk_rule_decision_version_rule_pack")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_rule_decision")),
        sa.UniqueConstraint("id", name=op.f("uq_rule_decision_id")),
    )
    with op.batch_alter_table("rule_decision", schema=None) as batch_op:
        batch_op.create_index("ix_rule_decision_subject_position", ["subject", "position"], unique=False)
    op.create_table(
        "party_size",
        sa.Column("party", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.String(length=10), nullable=False),
        sa.Column("set_at", registry.storage.base.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("party", name=op.f("pk_party_size")),
    )


def downgrade() -> None:
    op.drop_table("party_size")
    op.drop_table("rule_decision")
    op.drop_table("rule_choice")
    op.drop_table("rule_pack")
