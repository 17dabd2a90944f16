"""Cases that belong together: one whose message opened the other."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Connection, select

from engine.clock import from_microseconds
from engine.model import Actor
from engine.queries.base import Names
from engine.queries.case_views import LinkedCase
from engine.queries.cases import end_state_name
from engine.queries.visibility import visible_case
from engine.store.tables import process_instance

#: A case that has opened more than these shows the first.
_MOST: Final = 50


def cases_opened_by(connection: Connection, names: Names, case_id: str, actor: Actor) -> tuple[LinkedCase, ...]:
    """The cases that messages of this one opened, as far as the actor may see them, the oldest first."""
    return _linked(
        connection, names, actor, process_instance.c.parent_case_id == case_id, process_instance.c.parent.is_(None)
    )


def case_that_opened(connection: Connection, names: Names, case_id: str | None, actor: Actor) -> LinkedCase | None:
    """The case whose message opened this one, if there is one and the actor may see it."""
    if case_id is None or not case_id.isdigit():
        return None
    return next(iter(_linked(connection, names, actor, process_instance.c.key == int(case_id))), None)


def _linked(connection: Connection, names: Names, actor: Actor, *which: ColumnElement[bool]) -> tuple[LinkedCase, ...]:
    column = process_instance.c
    wanted = select(column.case_id, column.definition, column.status, column.end_state, column.opened_at)
    rows = connection.execute(wanted.where(*which, visible_case(actor)).order_by(column.key).limit(_MOST))
    return tuple(
        LinkedCase(
            case_id=row.case_id,
            name=names.deployed(row.definition).name,
            status=row.status,
            end_state_name=end_state_name(names.deployed(row.definition), row.end_state),
            opened_at=from_microseconds(row.opened_at),
        )
        for row in rows
    )
