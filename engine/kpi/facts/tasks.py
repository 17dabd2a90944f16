"""Completed user tasks as indicators count them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, case, literal, literal_column, select

from engine.kpi.facts.base import Measure, Scope
from engine.kpi.facts.clocks import working_seconds
from engine.model import SYSTEM
from engine.store.tables import user_task

_COMPLETED: Final[ColumnElement[Any]] = literal_column("'completed'")
ut = user_task.c


def done(scope: Scope, hit: Any) -> Select[Any]:
    """Tasks that people completed in the period."""
    return select(
        ut.completed_by.label("person"),
        ut.ended_at.label("at"),
        ut.id.label("ref"),
        ut.case_id.label("case_id"),
        hit.label("hit"),
        literal(1).label("weight"),
        (ut.process_id + "|" + ut.element).label("what"),
        ut.created_at.label("created_at"),
        ut.calendar.label("calendar"),
    ).where(
        ut.status == _COMPLETED,
        ut.ended_at >= scope.since,
        ut.ended_at < scope.until,
        ut.completed_by.is_not(None),
        ut.completed_by != SYSTEM.id,
    )


def in_time(scope: Scope) -> Select[Any]:
    """K32: tasks with a due time that people completed in the period; hit: by then."""
    return done(scope, case((ut.ended_at <= ut.due_at, 1), else_=0)).where(ut.due_at.is_not(None))


def handled(scope: Scope) -> Select[Any]:
    """K07: tasks that people completed in the period."""
    return done(scope, literal(0))


def rows(scope: Scope) -> Select[Any]:
    """All that tasks completed in the period are measured by."""
    more = (ut.due_at.label("due_at"), ut.claimed_at.label("claimed_at"))
    columns = {column.key: column for column in done(scope, literal(0)).selected_columns}
    wanted = (columns[name] for name in ("person", "at", "created_at", "calendar"))
    return done(scope, literal(0)).with_only_columns(*wanted, *more)


def was_in_time(_scope: Scope) -> Measure:
    """K32: of those that have a due time."""
    return lambda row: (0, 0) if row.due_at is None else (int(row.at <= row.due_at), 1)


def handling_seconds(scope: Scope) -> Measure:
    """K07: working seconds from ready to completed, by the calendar that was in force for the task."""
    between = working_seconds(scope)

    def measure(row: Row[Any]) -> tuple[Decimal | int, int]:
        return between(row.created_at, row.at, row.calendar), 1

    return measure
