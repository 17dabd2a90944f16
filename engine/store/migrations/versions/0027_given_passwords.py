"""A password that somebody else has set is replaced at the first log-in; nobody's of before is touched."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.add_column("user", sa.Column("password_given", sa.Integer(), server_default="0", nullable=False))
