"""A second factor: the enciphered secret of an app, and what is kept of recovery codes."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "second_factor",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["user"], ["user.id"], name=op.f("fk_second_factor_user")),
        sa.PrimaryKeyConstraint("user", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["user.id"], name=op.f("fk_recovery_code_user")),
        sa.PrimaryKeyConstraint("user", "digest", name=op.f("pk_recovery_code")),
    )
