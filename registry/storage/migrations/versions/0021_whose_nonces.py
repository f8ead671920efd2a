"""The address that signed an act's transaction: nonces are counted by key"""

import sqlalchemy as sa
from alembic import op

from registry.chain.keys import signer_of

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("act", sa.Column("signer", sa.String(length=42), nullable=True))
    act = sa.table("act", sa.column("position"), sa.column("signer"), sa.column("raw_transaction"))
    connection = op.get_bind()
    signed = connection.execute(
        sa.select(act.c.position, act.c.raw_transaction).where(act.c.raw_transaction.is_not(None))
    ).all()
    for position, raw in signed:
        connection.execute(
            sa.update(act).where(act.c.position == position).values(signer=signer_of(bytes(raw)))
        )
    with op.batch_alter_table("act") as batch_op:
        batch_op.drop_constraint(op.f("uq_act_sender_nonce"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_act_signer_nonce"), ["signer", "nonce"])


def downgrade() -> None:
    with op.batch_alter_table("act") as batch_op:
        batch_op.drop_constraint(op.f("uq_act_signer_nonce"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_act_sender_nonce"), ["sender", "nonce"])
        batch_op.drop_column("signer")
