"""The library of scripts, its versions, and the words that block or warn."""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    pass
