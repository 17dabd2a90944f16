"""Visits, calls, quotes and bad reviews as indicators count them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Integer, Row, Select, and_, case, cast, exists, func, literal, or_, select

from engine.clock import SHANGHAI, from_microseconds
from engine.kpi.facts.base import ONE, Measure, Scope
from engine.kpi.facts.cases import opened, pi
from engine.store.tables import call_entry, process_instance, register_cell, register_row, visit

#: From this mark of five on somebody is satisfied.
SATISFIED: Final = 4


def _visits(scope: Scope) -> Select[Any]:
    return select(
        func.coalesce(visit.c.owner, visit.c.done_by).label("person"),
        visit.c.done_at.label("at"),
        visit.c.id.label("ref"),
        visit.c.case_id.label("case_id"),
        case((visit.c.satisfied >= SATISFIED, 1), else_=0).label("hit"),
        literal(1).label("weight"),
        visit.c.cause.label("what"),
    ).where(visit.c.done_at >= scope.since, visit.c.done_at < scope.until, visit.c.done_at.is_not(None))


def rated(scope: Scope) -> Select[Any]:
    """K10: marks that customers gave when they were asked, at the closing of a case or afterwards; hit: 4 and 5."""
    return _visits(scope).where(visit.c.satisfied.is_not(None))


def visited(scope: Scope) -> Select[Any]:
    """K21: answered visits, the question at the closing of a case left out; hit: satisfied."""
    afterwards = or_(visit.c.asked.is_(None), visit.c.asked != "closing")
    return _visits(scope).where(visit.c.status == "answered", afterwards)


def calls(scope: Scope) -> Select[Any]:
    """K36: calls of the period that had to be called back; hit: in time. Those not due yet are left out."""
    in_time = and_(call_entry.c.called_back_at.is_not(None), call_entry.c.called_back_at <= call_entry.c.due_at)
    counted = or_(call_entry.c.called_back_at.is_not(None), call_entry.c.due_at < scope.now_us)
    person = func.coalesce(call_entry.c.called_back_by, call_entry.c.taken_by, call_entry.c.registered_by)
    return select(
        person.label("person"),
        call_entry.c.registered_at.label("at"),
        call_entry.c.id.label("ref"),
        call_entry.c.case_id.label("case_id"),
        case((in_time, 1), else_=0).label("hit"),
        case((counted, 1), else_=0).label("weight"),
        call_entry.c.kind.label("what"),
    ).where(
        call_entry.c.due_at.is_not(None),
        call_entry.c.registered_at >= scope.since,
        call_entry.c.registered_at < scope.until,
    )


def quotes(scope: Scope) -> Select[Any]:
    """K36: bulk orders (04) opened in the period, with the key of the cell that says when they were quoted."""
    quoted = (
        select(func.min(register_cell.c.sort))
        .join(register_row, register_row.c.id == register_cell.c.row)
        .where(
            register_row.c.case_id == pi.case_id,
            # By the case's rows: an index would give every quote that there ever was.
            register_cell.c.register.concat("") == "bulk_order_register",
            register_cell.c.column == "quoted_at",
            register_cell.c.sort.like("d%"),
        )
        .scalar_subquery()
    )
    return opened(scope, quoted.label("quoted"), pi.ended_at.label("ended_at")).where(pi.process_id == "p04_bulk_order")


def quoted_in_time(scope: Scope) -> Measure:
    """Hit: quoted within the hours; one that may still be, or that ended without a quote before, is left out."""
    hours = timedelta(hours=scope.rules.bound("quote_hours"))

    def measure(row: Row[Any]) -> tuple[Decimal | int, int]:
        due = from_microseconds(row.at) + hours
        if row.quoted is not None:
            local = due.astimezone(SHANGHAI)
            return int(str(row.quoted) <= f"d{local:%Y-%m-%dT%H:%M:%S}"), 1
        ended_early = row.ended_at is not None and from_microseconds(row.ended_at) <= due
        return 0, int(due < scope.now and not ended_early)

    return measure


def bad_reviews(scope: Scope) -> Select[Any]:
    """K14c: bad reviews that came into the register in the period; hit: what came of them is on record.

    A row begins with the first call to the buyer and is handled when it is on the list for the weekly meeting.
    """

    def cell(column: str, condition: Any) -> Any:
        # By the rows of the period: an index would give every review that there ever was.
        mine = register_cell.c.row == register_row.c.id
        return exists(ONE).where(mine, register_cell.c.column == column, condition)

    handled = cell("meeting_week", register_cell.c.text != "")
    return (
        select(
            pi.owner.label("person"),
            register_row.c.opened_at.label("at"),
            register_row.c.id.label("ref"),
            register_row.c.case_id.label("case_id"),
            case((handled, 1), else_=0).label("hit"),
            literal(1).label("weight"),
            pi.process_id.label("what"),
        )
        .join(process_instance, pi.key == cast(register_row.c.case_id, Integer))
        .where(
            register_row.c.register == "review_register",
            register_row.c.opened_at >= scope.since,
            register_row.c.opened_at < scope.until,
            cell("rating", register_cell.c.sort == "tnegative"),
        )
    )
