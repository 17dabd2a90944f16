"""Search: whom the index has as being in a team, so that cases are read again when teams change."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "search_member",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("inside", sa.Integer(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("user", name=op.f("pk_search_member")),
    )
