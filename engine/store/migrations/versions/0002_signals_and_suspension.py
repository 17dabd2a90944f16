"""Signals and suspension: what a subscription waits for, and what a suspended job gets back"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Added in place: every subscription of an older release waits for a message.
    op.add_column("subscription", sa.Column("kind", sa.Text(), server_default="message", nullable=False))
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("suspended_due_at", sa.BigInteger(), nullable=True))
        batch_op.drop_column("leased_until")  # nothing ever wrote it
