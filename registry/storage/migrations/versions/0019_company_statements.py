"""What companies say of their accounts by their certificates"""

import sqlalchemy as sa
from alembic import op

from registry.storage.base import Unsigned64

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "company_statement",
        sa.Column("party", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("said_at", Unsigned64(), nullable=False),
        sa.Column("certificates", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["party"], ["party_profile.number"], name=op.f("fk_company_statement_party_party_profile")
        ),
        sa.PrimaryKeyConstraint("party", "account", name=op.f("pk_company_statement")),
    )


def downgrade() -> None:
    op.drop_table("company_statement")
