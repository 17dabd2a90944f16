"""Indicators: imported figures, scores, targets, formulas and their versions."""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    pass
