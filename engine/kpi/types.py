"""By which formula a person is assessed: from a month on, never for months that are over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select

from engine.clock import from_microseconds, to_microseconds
from engine.errors import InvalidValue
from engine.kpi.defaults import TYPES
from engine.kpi.people import Circle
from engine.kpi.periods import month_of, read_month, today_of
from engine.model import Actor, Event
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import kpi_agent_type

#: Assessed by no formula.
NO_TYPE: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeChange:
    """A row of a person's line."""

    person: str
    type: str
    valid_from: str
    made_by: str
    made_at: datetime


def types_of(connection: Connection, month: str) -> dict[str, str]:
    """Account → agent type in a month; those without one are left out."""
    rows = connection.execute(
        select(kpi_agent_type.c.person, kpi_agent_type.c.type)
        .where(kpi_agent_type.c.valid_from <= month)
        .order_by(kpi_agent_type.c.valid_from, kpi_agent_type.c.id)
    )
    found = {row.person: row.type for row in rows}
    return {person: agent_type for person, agent_type in found.items() if agent_type}


def list_types(connection: Connection) -> tuple[TypeChange, ...]:
    """Every change, the newest first."""
    rows = connection.execute(select(kpi_agent_type).order_by(kpi_agent_type.c.id.desc()))
    return tuple(
        TypeChange(
            person=row.person,
            type=row.type,
            valid_from=row.valid_from,
            made_by=row.made_by,
            made_at=from_microseconds(row.made_at),
        )
        for row in rows
    )


def set_type(
    tx: Transaction, person: str, agent_type: str, actor: Actor, circle: Circle, *, now: datetime, valid_from: str
) -> bool:
    """Assess a person by a formula from a month on; gives whether anything changed.

    A past month is taken only for who has never had a type: nobody's assessment changes by it.

    Raises:
        NotFound: the person is none of the circle.
        InvalidValue: there is no such type, or the month is over.
    """
    circle.get(person)
    if agent_type and agent_type not in TYPES:
        raise InvalidValue(f"There is no type of assessment {agent_type[:40]!r}.", message_zh="没有这个考评类型。")
    month = read_month(valid_from).month
    line = select(kpi_agent_type.c.id).where(kpi_agent_type.c.person == person).limit(1)
    has_line = tx.connection.execute(line).first() is not None
    if has_line and month < month_of(today_of(now)).month:
        raise InvalidValue(
            "The type cannot begin in a month that is over: past months do not change.",
            message_zh="生效月份不能早于本月,已过去的月份不会改变。",
        )
    if types_of(tx.connection, month).get(person, NO_TYPE) == agent_type:
        return False
    row = {"person": person, "type": agent_type, "valid_from": month, "made_by": actor.id}
    tx.connection.execute(insert(kpi_agent_type).values(**row, made_at=to_microseconds(now)))
    event = Event(kind="kpi_type.changed", value={"person": person, "type": agent_type, "valid_from": month})
    append_system(tx, [event], at=now, actor=actor.id)
    return True
