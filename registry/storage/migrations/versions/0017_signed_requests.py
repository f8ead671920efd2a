"""API keys of machines that sign their requests, and the nonces they used"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.alter_column("secret_hash", existing_type=sa.String(length=64), nullable=True)
        batch_op.add_column(sa.Column("keyid", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("certificate", sa.Text(), nullable=True))
        batch_op.create_index(batch_op.f("ix_api_key_keyid"), ["keyid"], unique=False)
    op.create_table(
        "used_nonce",
        sa.Column("keyid", sa.String(length=120), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("keyid", "nonce", name=op.f("pk_used_nonce")),
    )
    op.create_index(op.f("ix_used_nonce_expires_at"), "used_nonce", ["expires_at"], unique=False)


def downgrade() -> None:
    """Keys without a secret are given up: before, there was no other way in."""
    op.drop_table("used_nonce")
    op.execute("DELETE FROM api_key WHERE secret_hash IS NULL")
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_key_keyid"))
        batch_op.drop_column("certificate")
        batch_op.drop_column("keyid")
        batch_op.alter_column("secret_hash", existing_type=sa.String(length=64), nullable=False)
