"""Open incidents of all cases, the oldest first: what operators look through."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select, tuple_

from engine import access
from engine.clock import from_microseconds, to_microseconds
from engine.errors import NotFound
from engine.model import Actor
from engine.queries.base import Names, page_size
from engine.queries.repair_views import IncidentPage, IncidentRow
from engine.store.tables import incident, process_instance
from engine.store.teams import of_team

if TYPE_CHECKING:
    from engine.definitions import Definitions

_CURSOR: Final = re.compile(r"(\d{1,18})\.(-?\d{1,18})")
_OF_INSTANCE: Final = incident.outerjoin(process_instance, process_instance.c.key == incident.c.instance)
_SELECT: Final = select(
    incident, process_instance.c.definition, process_instance.c.process_id, process_instance.c.status
).select_from(_OF_INSTANCE)
Condition = ColumnElement[bool]


def read_incidents(
    connection: Connection,
    definitions: Definitions,
    actor: Actor,
    *,
    process_id: str | None,
    kind: str | None,
    element: str | None,
    opened_before: datetime | None,
    after: str | None,
    limit: int,
) -> IncidentPage:
    """A page of open incidents, the oldest first, with counts.

    Raises:
        NotAllowed: the actor lacks P07.
        NotFound: ``after`` is none that a page gave.
    """
    access.check(actor, "P07")
    size = page_size(limit)
    given = {
        "process": process_instance.c.process_id == process_id if process_id else None,
        "kind": incident.c.kind == kind if kind else None,
        "element": incident.c.element == element if element else None,
        "age": incident.c.created_at <= to_microseconds(opened_before) if opened_before else None,
    }
    given["team"] = _of_team(actor)
    filters = {name: condition for name, condition in given.items() if condition is not None}
    wanted = _SELECT.where(*filters.values(), *_behind(after))
    rows = connection.execute(wanted.order_by(incident.c.created_at, incident.c.id).limit(size + 1)).all()
    names = Names(connection, definitions)
    page = rows[:size]
    return IncidentPage(
        rows=tuple(_row(row, names) for row in page),
        next_after=f"{page[-1].created_at}.{page[-1].id}" if len(rows) > size else None,
        counts=_counts(connection, filters),
        elements=_elements(connection, names, filters) if process_id else {},
    )


def read_named(
    connection: Connection, definitions: Definitions, actor: Actor, ids: Collection[int]
) -> dict[int, IncidentRow]:
    """Those of the incidents that are open still, by id.

    Raises:
        NotAllowed: the actor lacks P07.
    """
    access.check(actor, "P07")
    names = Names(connection, definitions)
    team = _of_team(actor)
    wanted = _SELECT.where(incident.c.id.in_(ids), *([] if team is None else [team]))
    return {row.id: _row(row, names) for row in connection.execute(wanted)}


def _of_team(actor: Actor) -> Condition | None:
    """That an incident is of a case of the actor's team, or of no case; None: the actor repairs everybody's."""
    team = access.people_within(actor, "P07")
    return None if team is None else or_(incident.c.case_id.is_(None), of_team(incident.c.case_id, team))


def _behind(after: str | None) -> list[Condition]:
    if after is None:
        return []
    found = _CURSOR.fullmatch(after)
    if found is None:
        raise NotFound("there is no such page")
    return [tuple_(incident.c.created_at, incident.c.id) > (int(found[1]), int(found[2]))]


def _row(row: Row[Any], names: Names) -> IncidentRow:
    known = row.definition is not None
    return IncidentRow(
        id=row.id,
        case_id=row.case_id,
        instance=row.instance,
        process_id=row.process_id,
        process_name=names.deployed(row.definition).name if known else None,
        element=row.element,
        element_name=names.element(row.definition, row.element) if known and row.element else row.element,
        kind=row.kind,
        message=row.message,
        created_at=from_microseconds(row.created_at),
        status=row.status,
    )


def _counts(connection: Connection, filters: dict[str, Condition]) -> dict[str, int]:
    """By kind and by process, each within the other filters."""
    by = {"kind": incident.c.kind, "process": process_instance.c.process_id}
    counts = {}
    for name, column in by.items():
        others = [condition for other, condition in filters.items() if other not in (name, "element")]
        for value, count in connection.execute(_grouped(others, column)):
            if value is not None:
                counts[f"{name}:{value}"] = count
    return counts


def _elements(connection: Connection, names: Names, filters: dict[str, Condition]) -> dict[str, tuple[str, int]]:
    """Of the chosen process: element id → its name in the newest version that has one, and how many."""
    others = [condition for name, condition in filters.items() if name != "element"]
    grouped = _grouped(others, incident.c.element).add_columns(func.max(process_instance.c.definition))
    return {
        element: (names.element(definition, element), count)
        for element, count, definition in connection.execute(grouped)
        if element is not None
    }


def _grouped(conditions: list[Condition], column: ColumnElement[Any]) -> Select[Any]:
    return select(column, func.count()).select_from(_OF_INSTANCE).where(*conditions).group_by(column).order_by(column)


def opened_before(now: datetime, older_than: timedelta | None) -> datetime | None:
    """The instant before which an incident of this age was opened."""
    return None if older_than is None else now - older_than
