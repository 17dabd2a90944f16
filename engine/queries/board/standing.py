"""What stands: cases that wait for somebody outside, incidents, and open complaints with how long they wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, func, literal_column, select

from engine.clock import from_microseconds, instant_or_none
from engine.masking import mask
from engine.model import InstanceStatus
from engine.queries.base import RUNNING, Names, is_open
from engine.queries.waits import waits_of
from engine.store.tables import incident, process_instance, subscription, user_task

#: Counting stops here: the board says "more than".
MOST_COUNTED: Final = 5000
#: As the index says it: flow 13, not a called one, not over.
_OPEN_COMPLAINTS: Final = (
    process_instance.c.process_id == literal_column("'p13_rights_protection'"),
    process_instance.c.depth == literal_column("0"),
    process_instance.c.ended_at.is_(None),
)
_MOST_COMPLAINTS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Numbers of cases that no colleague can move on; MOST_COUNTED + 1 means: more than MOST_COUNTED."""

    #: Have no open user task and wait for a message: from the buyer, a platform or a courier.
    waiting_outside: int
    incidents: int
    #: Oldest of them.
    oldest_incident: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """An open rights claim (flow 13)."""

    case_id: str
    name: str
    customer_id: str | None
    order_id: str | None
    owner_name: str
    urgent: bool
    opened_at: datetime
    waits_for: tuple[str, ...]


def read_standing(connection: Connection, where: ColumnElement[bool]) -> Standing:
    """Count what stands.

    Args:
        connection: a snapshot.
        where: which rows of process_instance the reader sees.
    """
    task = exists().where(user_task.c.case_id == process_instance.c.case_id, is_open(by_status=False))
    # From those that wait: they are fewer than those that run.
    waits = process_instance.c.key.in_(select(subscription.c.instance).where(subscription.c.kind == "message"))
    active = process_instance.c.status == literal_column(f"'{InstanceStatus.ACTIVE.value}'")
    waiting = (
        select(process_instance.c.case_id)
        .where(active, where, waits, ~task)
        .distinct()
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    of_case = exists().where(process_instance.c.key == incident.c.instance, where)
    stuck = select(func.count(), func.min(incident.c.created_at)).where(incident.c.instance.is_not(None), of_case)
    incidents, oldest = connection.execute(stuck).one()
    return Standing(
        waiting_outside=connection.execute(select(func.count()).select_from(waiting)).scalar_one(),
        incidents=incidents,
        oldest_incident=instant_or_none(oldest),
    )


def read_complaints(connection: Connection, names: Names, where: ColumnElement[bool]) -> list[Complaint]:
    """The open complaints that wait longest, urgent ones first; at most 50 (SLA-29, E13).

    Args:
        connection: a snapshot.
        names: of people, processes and elements.
        where: which rows of process_instance the reader sees.
    """
    keys = _first_complaints(connection, where)
    order = (process_instance.c.priority == "high").desc(), process_instance.c.key
    rows = connection.execute(select(process_instance).where(process_instance.c.key.in_(keys)).order_by(*order)).all()
    names.read_people(row.owner for row in rows)
    waits = waits_of(connection, names, [row.case_id for row in rows]) if rows else {}
    return [
        Complaint(
            case_id=row.case_id,
            name=names.deployed(row.definition).name,
            customer_id=mask("customer_id", row.customer_id),
            order_id=row.order_id,
            owner_name=names.person(row.owner),
            urgent=row.priority == "high",
            opened_at=from_microseconds(row.opened_at),
            waits_for=waits.get(row.case_id, ()),
        )
        for row in rows
    ]


def _first_complaints(connection: Connection, where: ColumnElement[bool]) -> list[int]:
    """Keys of those that are shown, in the order of an index of their own: the urgent ones, then the others."""
    priority, found = process_instance.c.priority, list[int]()
    for which in (priority == "high", priority == "normal"):
        wanted = select(process_instance.c.key).where(
            *_OPEN_COMPLAINTS, which, process_instance.c.status.in_(RUNNING), where
        )
        limited = wanted.order_by(process_instance.c.key).limit(_MOST_COMPLAINTS - len(found))
        found += connection.execute(limited).scalars()
    return found
