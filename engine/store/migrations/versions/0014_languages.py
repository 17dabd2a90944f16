"""What people are told stands in English too; the language that somebody chose last, in which mails are written."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("notification", sa.Column("text_en", sa.Text(), nullable=True))
    op.add_column("user", sa.Column("language", sa.Text(), nullable=True))
