"""Reminders to pay as indicators count them: the step 催付 of the payment process (a22)."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, literal_column, select, union_all

from engine.kpi.facts.base import ONE, Scope
from engine.model import SYSTEM
from engine.store.tables import process_instance, user_task

_PROCESS: Final = "a22_payment"
_STEP: Final = "remind_payment"
_PAID: Final = "end_paid"
#: Written out, so that the indexes of open and of completed tasks are used.
_COMPLETED: Final[ColumnElement[Any]] = literal_column("'completed'")
_OPEN: Final[ColumnElement[Any]] = literal_column("'open'")
ut = user_task.c


def due(scope: Scope) -> Select[Any]:
    """K16: reminders sent in the period, and those that fell due in it and wait; hit: sent.

    Where the buyer paid or gave up before, none was due.
    """
    mine = (ut.process_id == _PROCESS, ut.element == _STEP)
    was_sent = (ut.status == _COMPLETED, ut.ended_at >= scope.since, ut.ended_at < scope.until)
    waits = (ut.status == _OPEN, ut.created_at >= scope.since, ut.created_at < scope.until)
    # Apart, so that each goes by its own index.
    counted = union_all(select(ut.id).where(*was_sent, *mine), select(ut.id).where(*waits, *mine))
    hit = case((ut.status == _COMPLETED, 1), else_=0)
    return _reminders(func.coalesce(ut.ended_at, ut.created_at), hit).where(ut.id.in_(counted))


def sent(scope: Scope) -> Select[Any]:
    """K14b: reminders that people sent in the period; hit: the last one before the order was paid."""
    later = user_task.alias()
    is_last = ~exists(ONE).where(
        later.c.instance == ut.instance,
        later.c.element == _STEP,
        later.c.status == _COMPLETED,
        later.c.ended_at > ut.ended_at,
    )
    paid = exists(ONE).where(process_instance.c.key == ut.instance, process_instance.c.end_state == _PAID)
    hit = case((and_(is_last, paid), 1), else_=0)
    return _reminders(ut.ended_at, hit).where(
        ut.status == _COMPLETED,
        ut.completed_by != SYSTEM.id,
        ut.ended_at >= scope.since,
        ut.ended_at < scope.until,
    )


def _reminders(at: Any, hit: Any) -> Select[Any]:
    return select(
        func.coalesce(ut.completed_by, ut.assignee, ut.owner).label("person"),
        at.label("at"),
        ut.id.label("ref"),
        ut.case_id.label("case_id"),
        hit.label("hit"),
        literal(1).label("weight"),
        (ut.process_id + "|" + ut.element).label("what"),
    ).where(ut.process_id == _PROCESS, ut.element == _STEP)
