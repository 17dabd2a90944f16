"""What the inbox sorts and filters by, and the filters that people keep."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    pass
