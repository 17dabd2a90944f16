"""What is asked of couriers is of one courier each, as their tasks are."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("inquiry", sa.Column("courier", sa.Text(), nullable=True))
    _couriers_of_questions()


def _couriers_of_questions() -> None:
    """Questions to couriers, and to people of theirs, get the courier that their case names, or its order."""
    connection = op.get_bind()
    found = connection.execute(
        sa.text(
            "SELECT q.id, i.variables, o.courier FROM inquiry q"
            " JOIN process_instance i ON i.case_id = q.case_id AND i.depth = 0"
            " LEFT JOIN shop_order o ON o.order_id = i.order_id"
            """ WHERE q.to_group = 'courier' OR q.to_person IN (SELECT "user" FROM membership"""
            """ WHERE "group" = 'courier')"""
        )
    ).all()
    for inquiry, variables, of_order in found:
        said = json.loads(variables).get("courier")
        courier = said.strip() if isinstance(said, str) and said.strip() else of_order
        if courier:
            connection.execute(sa.text("UPDATE inquiry SET courier = :c WHERE id = :q"), {"c": courier, "q": inquiry})
