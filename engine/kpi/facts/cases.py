"""Cases as indicators count them: closed, answered first, complained, returned, promised."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)

from engine.kpi.defaults import NOT_REQUESTS
from engine.kpi.facts.base import ONE, Scope
from engine.model import DUTIES
from engine.registers import CAUSES
from engine.store.tables import (
    history_event,
    process_instance,
    promise,
    register_cell,
    register_row,
    shop_order,
    transfer,
)

_HOUR: Final = 3600 * 1_000_000
_DAY: Final = 24 * _HOUR
_COMPLETED: Final[ColumnElement[Any]] = literal_column("'completed'")
_ROOT: Final[ColumnElement[Any]] = literal_column("0")
pi = process_instance.c


def is_request(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """The condition that a process handles what a customer asks for: no dispatch, no tracking, no duty."""
    return and_(column.not_in(NOT_REQUESTS), *(column.not_like(f"{one}%") for one in DUTIES))


def closed(scope: Scope, hit: ColumnElement[Any]) -> Select[Any]:
    """Requests that ended by themselves in the period."""
    return select(
        pi.owner.label("person"),
        pi.ended_at.label("at"),
        pi.key.label("ref"),
        pi.case_id.label("case_id"),
        case((hit, 1), else_=0).label("hit"),
        literal(1).label("weight"),
        pi.process_id.label("what"),
    ).where(
        pi.status == _COMPLETED,
        pi.depth == _ROOT,
        pi.ended_at >= scope.since,
        pi.ended_at < scope.until,
        is_request(pi.process_id),
    )


def is_solved(scope: Scope) -> ColumnElement[bool]:
    """The condition that the end state counts as solved."""
    return tuple_(pi.process_id, pi.end_state).in_(scope.rules.solved)


def came_again(scope: Scope, *, same_process: bool) -> ColumnElement[bool]:
    """The condition that the customer came again about the same order before the days were over."""
    later = process_instance.alias()
    since_end = scope.rules.bound("again_days") * _DAY
    same_customer = or_(later.c.customer_id == pi.customer_id, later.c.customer_id.is_(None), pi.customer_id.is_(None))
    conditions = [
        later.c.order_id == pi.order_id,
        later.c.depth == _ROOT,
        later.c.order_id.is_not(None),
        later.c.opened_at > pi.opened_at,
        later.c.opened_at <= pi.ended_at + since_end,
        later.c.case_id != pi.case_id,
        same_customer,
    ]
    conditions.append(later.c.process_id == pi.process_id if same_process else is_request(later.c.process_id))
    return exists(ONE).where(*conditions)


def _complained(_scope: Scope) -> ColumnElement[bool]:
    """The condition that a complaint (13) about the same order, or opened by the case, followed."""
    later, linked = process_instance.alias(), process_instance.alias()
    about = exists(ONE).where(
        later.c.order_id == pi.order_id,
        later.c.depth == _ROOT,
        later.c.order_id.is_not(None),
        later.c.process_id == "p13_rights_protection",
        later.c.opened_at > pi.opened_at,
        later.c.case_id != pi.case_id,
    )
    opened = exists(ONE).where(
        linked.c.parent_case_id == pi.case_id,
        linked.c.parent.is_(None),
        linked.c.process_id == "p13_rights_protection",
    )
    return or_(about, opened)


def solved(scope: Scope) -> Select[Any]:
    """K20: closed requests; hit: a solved end state."""
    return closed(scope, is_solved(scope))


def effective(scope: Scope) -> Select[Any]:
    """K17: closed requests; hit: solved, not opened again in the days after, no complaint following."""
    again, complained = came_again(scope, same_process=True), _complained(scope)
    return closed(scope, and_(is_solved(scope), ~again, ~complained))


def at_first_contact(scope: Scope) -> Select[Any]:
    """K19: closed requests; hit: never passed on, and no further request about the order in the days after."""
    passed_on = exists(ONE).where(
        transfer.c.case_id == pi.case_id, transfer.c.status == "accepted", transfer.c.task.is_(None)
    )
    return closed(scope, and_(pi.owner == pi.first_owner, ~passed_on, ~came_again(scope, same_process=False)))


def opened(scope: Scope, *extra: ColumnElement[Any]) -> Select[Any]:
    """Cases opened in the period, with what a measure reads besides."""
    return select(
        pi.owner.label("person"),
        pi.opened_at.label("at"),
        pi.key.label("ref"),
        pi.case_id.label("case_id"),
        literal(0).label("hit"),
        literal(1).label("weight"),
        pi.process_id.label("what"),
        *extra,
    ).where(pi.depth == _ROOT, pi.opened_at >= scope.since, pi.opened_at < scope.until)


def complaints(scope: Scope) -> Select[Any]:
    """K22: complaints (13) received in the period; hit: closed by the promised time, else within the days."""
    due = func.coalesce(pi.promised_at, pi.opened_at + scope.rules.bound("complaint_days") * _DAY)
    in_time = and_(pi.status == "completed", pi.ended_at.is_not(None), pi.ended_at <= due)
    query = opened(scope).where(pi.process_id == "p13_rights_protection")
    return _with_hit(query, in_time)


def received_complaints(scope: Scope) -> Select[Any]:
    """K23: complaints received in the period, counted only."""
    return _with_hit(opened(scope).where(pi.process_id == "p13_rights_protection"), literal(1) == 1)


def returns(scope: Scope) -> Select[Any]:
    """K28: cases of 09 and 12 opened in the period; the person is whom the order names."""
    agent = select(shop_order.c.agent).where(shop_order.c.order_id == pi.order_id).scalar_subquery()
    query = opened(scope).where(pi.process_id.in_(("p09_exchange", "p12_return")))
    return _with_hit(query, literal(1) == 1, person=agent)


def _with_hit(query: Select[Any], hit: ColumnElement[bool], person: Any = None) -> Select[Any]:
    columns = {column.key: column for column in query.selected_columns}
    columns["hit"] = case((hit, 1), else_=0).label("hit")
    if person is not None:
        columns["person"] = person.label("person")
    return query.with_only_columns(*columns.values())


def issues(scope: Scope) -> Select[Any]:
    """K34: requests opened in the period; ``what`` is process|cause, the first that a register of the case names."""
    named = tuple_(register_cell.c.register, register_cell.c.column).in_(CAUSES)
    cause = (
        select(register_cell.c.text)
        .join(register_row, register_row.c.id == register_cell.c.row)
        .where(register_row.c.case_id == pi.case_id, named, register_cell.c.text != "")
        .order_by(register_cell.c.row, register_cell.c.column)
        .limit(1)
        .scalar_subquery()
    )
    query = _with_hit(opened(scope).where(is_request(pi.process_id)), literal(1) == 1)
    columns = {column.key: column for column in query.selected_columns}
    columns["what"] = (pi.process_id + "|" + func.coalesce(func.substr(cause, 1, 40), "")).label("what")
    return query.with_only_columns(*columns.values())


def refunds(scope: Scope) -> Select[Any]:
    """K14a: payouts of 01 and 12 in cases opened in the period; hit: confirmed within the hours of their start.

    One that is not paid counts from the moment at which it is too late; what was called off never counts.
    """
    root, claim, payout = process_instance.alias(), process_instance.alias(), process_instance.alias()
    paid_at = (
        select(func.min(history_event.c.at))
        .where(history_event.c.stream == payout.c.key, history_event.c.element == "confirm_payout")
        .scalar_subquery()
    )
    rows = (
        select(
            root.c.owner.label("person"),
            root.c.opened_at.label("at"),
            payout.c.key.label("ref"),
            root.c.case_id.label("case_id"),
            claim.c.opened_at.label("started_at"),
            payout.c.status.label("status"),
            claim.c.process_id.label("what"),
            paid_at.label("paid_at"),
        )
        .join(claim, claim.c.case_id == root.c.case_id)
        .join(payout, payout.c.parent == claim.c.key)
        .where(
            root.c.depth == _ROOT,
            root.c.opened_at >= scope.since,
            root.c.opened_at < scope.until,
            claim.c.process_id.in_(("p01_compensation", "p12_return")),
            payout.c.process_id == "s02_payout",
        )
        # By itself, or the history would be asked anew for each place where the time stands below.
        .limit(-1)
        .subquery()
    )
    due = rows.c.started_at + scope.rules.bound("refund_hours") * _HOUR
    in_time = and_(rows.c.paid_at.is_not(None), rows.c.paid_at <= due)
    too_late = and_(rows.c.paid_at.is_(None), rows.c.status.in_(("active", "suspended")), due < scope.now_us)
    return select(
        rows.c.person,
        rows.c.at,
        rows.c.ref,
        rows.c.case_id,
        case((in_time, 1), else_=0).label("hit"),
        case((or_(rows.c.paid_at.is_not(None), too_late), 1), else_=0).label("weight"),
        rows.c.what,
    )


def promises(scope: Scope) -> Select[Any]:
    """K31: promised times of the period, the last of each case; hit: answered by then. Open ones are left out."""
    kept = and_(promise.c.answered_at.is_not(None), promise.c.answered_at <= promise.c.promised_at)
    counted = or_(promise.c.answered_at.is_not(None), promise.c.promised_at < scope.now_us)
    return (
        select(
            pi.owner.label("person"),
            promise.c.promised_at.label("at"),
            promise.c.id.label("ref"),
            promise.c.case_id.label("case_id"),
            case((kept, 1), else_=0).label("hit"),
            case((counted, 1), else_=0).label("weight"),
            pi.process_id.label("what"),
        )
        .join(process_instance, pi.key == cast(promise.c.case_id, Integer))
        .where(
            promise.c.replaced_at.is_(None), promise.c.promised_at >= scope.since, promise.c.promised_at < scope.until
        )
    )
