"""What people say to each other on a case: comments, mentions, inquiries, promises."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    pass
