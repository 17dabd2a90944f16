"""Quality checks of cases, objections, surveys and feedback to departments."""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    pass
