"""Reported exceptions as people see them: those that wait for a superior first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, select, true

from engine import access
from engine.clock import from_microseconds, instant_or_none
from engine.collaboration.people import sees_talk
from engine.errors import NotFound
from engine.masking import mask_within
from engine.model import Actor
from engine.runtime.participants import case_facts
from engine.store import teams
from engine.store.tables import exception_report as table
from engine.store.tables import user

_PAGE: Final = 50
_REPORTER, _SUPERIOR = user.alias(), user.alias()
_WITH_NAMES: Final = (
    select(table, _REPORTER.c.name.label("reporter_name"), _SUPERIOR.c.name.label("superior_name"))
    .outerjoin(_REPORTER, _REPORTER.c.id == table.c.reported_by)
    .outerjoin(_SUPERIOR, _SUPERIOR.c.id == table.c.acknowledged_by)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionReport:
    """One report; mobile numbers in its texts are masked. Times are aware UTC."""

    id: int
    case_id: str | None
    task: int | None
    #: Whether the platform found it: a step that cannot go on.
    technical: bool
    reported_by: str | None
    reported_by_name: str | None
    text: str
    reported_at: datetime
    due_at: datetime
    escalated_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by_name: str | None
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionPage:
    """A page of reports, the newest first."""

    rows: tuple[ExceptionReport, ...]
    next_after: str | None


def row_of(connection: Connection, report_id: int) -> Row[Any]:
    """The row of a report.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(table).where(table.c.id == report_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no exception {report_id}", message_zh="没有这个异常,或您没有权限。")
    return row


def may_read(connection: Connection, row: Row[Any], actor: Actor) -> bool:
    """Whether the actor sees a report: who made it, superiors of its case, and who may see the case."""
    if row.reported_by == actor.id or may_acknowledge(connection, row, actor):
        return True
    if row.case_id is None or not sees_talk(actor):
        return False
    return access.may_see_case(actor, case_facts(connection, row.case_id))


def may_acknowledge(connection: Connection, row: Row[Any], actor: Actor) -> bool:
    """Whether the actor is a superior (P06) of the report's case; one of no case is everybody's."""
    if not access.may(actor, "P06"):
        return False
    if row.case_id is None or access.people_within(actor, "P06") is None:
        return True
    return access.of_team(actor, case_facts(connection, row.case_id))


def read_exception(connection: Connection, report_id: int, actor: Actor) -> tuple[ExceptionReport, bool]:
    """A report, and whether the actor may acknowledge it.

    Raises:
        NotFound: there is none for the actor.
    """
    row = row_of(connection, report_id)
    if not may_read(connection, row, actor):
        raise NotFound(f"there is no exception {report_id}", message_zh="没有这个异常,或您没有权限。")
    (view,) = _views(connection, table.c.id == report_id, 1)
    return view, row.acknowledged_at is None and may_acknowledge(connection, row, actor)


def read_exceptions(
    connection: Connection, actor: Actor, *, waiting: bool, after: int | None = None, limit: int = _PAGE
) -> ExceptionPage:
    """A page of reports: all for superiors, the own ones for others.

    Args:
        connection: a snapshot.
        actor: who looks.
        waiting: only those that nobody has acknowledged.
        after: the id behind which the page begins.
        limit: rows of a page.
    """
    condition = table.c.reported_by == actor.id
    if access.may(actor, "P06"):
        team = access.people_within(actor, "P06")
        condition |= true() if team is None else table.c.case_id.is_(None) | teams.of_team(table.c.case_id, team)
    if waiting:
        condition &= table.c.acknowledged_at.is_(None)
    if after is not None:
        condition &= table.c.id < after
    rows = _views(connection, condition, limit + 1)
    return ExceptionPage(rows=rows[:limit], next_after=str(rows[limit - 1].id) if len(rows) > limit else None)


def exceptions_of(connection: Connection, case_id: str) -> tuple[ExceptionReport, ...]:
    """The reports on a case, the newest last; who asks must be allowed to see the case."""
    return _views(connection, table.c.case_id == case_id, _PAGE)[::-1]


def _views(connection: Connection, condition: ColumnElement[bool], limit: int) -> tuple[ExceptionReport, ...]:
    query = _WITH_NAMES.where(condition).order_by(table.c.id.desc()).limit(limit)
    return tuple(map(_view, connection.execute(query)))


def _view(row: Row[Any]) -> ExceptionReport:
    return ExceptionReport(
        id=row.id,
        case_id=row.case_id,
        task=row.task,
        technical=row.reported_by is None,
        reported_by=row.reported_by,
        reported_by_name=row.reporter_name or row.reported_by,
        text=mask_within(row.text),
        reported_at=from_microseconds(row.reported_at),
        due_at=from_microseconds(row.due_at),
        escalated_at=instant_or_none(row.escalated_at),
        acknowledged_at=instant_or_none(row.acknowledged_at),
        acknowledged_by_name=row.superior_name or row.acknowledged_by,
        answer=None if row.answer is None else mask_within(row.answer),
    )
