"""When a log-in was used last: several programs may serve a database, and each of them lists those of all."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.add_column("login_session", sa.Column("used", sa.BigInteger(), server_default="0", nullable=False))
