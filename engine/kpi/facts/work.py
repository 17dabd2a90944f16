"""How the work itself goes: when it is taken up, how long it takes, what is done twice, what waits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from engine.kpi.facts.base import ONE, Measure, Scope
from engine.kpi.facts.cases import came_again, closed, is_request, pi
from engine.kpi.facts.clocks import working_seconds
from engine.kpi.facts.tasks import done, ut
from engine.model import ID_BASE
from engine.store.tables import TAKEN, TURNED, absence, history_event, process_instance, roster_day, user_task, visit

_MICRO: Final = 1_000_000
_OPEN: Final[ColumnElement[Any]] = literal_column("'open'")
_ACTIVE: Final[ColumnElement[Any]] = literal_column("'active'")
_COMPLETED: Final[ColumnElement[Any]] = literal_column("'completed'")
#: End states of a complaint that the platform decided against the shop.
_FORCED: Final = ("end_ruling_executed",)
he = history_event.c


# --- tasks ---------------------------------------------------------------------------------------


def touched(scope: Scope) -> Select[Any]:
    """M01: tasks that people completed in the period, with when somebody first took them."""
    first = (
        select(func.min(he.at))
        .where(
            he.stream == ut.instance,
            he.token == ut.id - ut.instance * ID_BASE,
            literal_column(TAKEN),
        )
        .correlate(user_task)
        .scalar_subquery()
    )
    return done(scope, literal(0)).add_columns(first.label("touched_at"))


def touch_seconds(scope: Scope) -> Measure:
    """M01: working seconds from ready to taken; who completes without claiming takes it then."""
    between = working_seconds(scope)

    def measure(row: Row[Any]) -> tuple[Decimal | int, int]:
        return between(row.created_at, row.touched_at or row.at, row.calendar), 1

    return measure


def held(scope: Scope) -> Select[Any]:
    """M02: tasks completed in the period that somebody had claimed, with when."""
    claimed = ut.claimed_at
    return done(scope, literal(0)).where(claimed.is_not(None)).add_columns(claimed.label("claimed_at"))


def held_seconds(scope: Scope) -> Measure:
    """M02: working seconds from the last claim to the completion."""
    between = working_seconds(scope)

    def measure(row: Row[Any]) -> tuple[Decimal | int, int]:
        return (0, 0) if row.claimed_at is None else (between(row.claimed_at, row.at, row.calendar), 1)

    return measure


def late(scope: Scope) -> Select[Any]:
    """M03: tasks completed in the period after they were due."""
    return done(scope, literal(0)).where(ut.ended_at > ut.due_at).add_columns(ut.due_at.label("due_at"))


def late_seconds(scope: Scope) -> Measure:
    """M03: working seconds past due."""
    between = working_seconds(scope)

    def measure(row: Row[Any]) -> tuple[Decimal | int, int]:
        late = row.due_at is not None and row.at > row.due_at
        return (between(row.due_at, row.at, row.calendar), 1) if late else (0, 0)

    return measure


def at_risk(scope: Scope) -> Select[Any]:
    """M04: open tasks with a due time now; hit: reminded of and not yet late."""
    near = and_(ut.remind_at.is_not(None), ut.remind_at <= scope.now_us, ut.due_at > scope.now_us)
    return (
        select(
            ut.assignee.label("person"),
            ut.due_at.label("at"),
            ut.id.label("ref"),
            ut.case_id.label("case_id"),
            case((near, 1), else_=0).label("hit"),
            literal(1).label("weight"),
            (ut.process_id + "|" + ut.element).label("what"),
        )
        .join(process_instance, pi.key == ut.instance)
        .where(ut.status == _OPEN, ut.due_at.is_not(None), pi.status == _ACTIVE)
    )


def repeated(scope: Scope) -> Select[Any]:
    """M06: tasks that people completed in the period; hit: the same step of the case had been completed before."""
    before = user_task.alias()
    again = exists(ONE).where(
        before.c.case_id == ut.case_id,
        before.c.instance == ut.instance,
        before.c.element == ut.element,
        before.c.status == _COMPLETED,
        before.c.id != ut.id,
        before.c.ended_at <= ut.created_at,
    )
    return done(scope, case((again, 1), else_=0))


# --- cases ---------------------------------------------------------------------------------------


def at_first_go(scope: Scope) -> Select[Any]:
    """M05: closed requests; hit: no step that people do was done again after it had been completed."""
    first, second = user_task.alias(), user_task.alias()
    again = (
        select(literal(1))
        .select_from(first)
        .join(
            second,
            and_(
                second.c.case_id == first.c.case_id,
                second.c.instance == first.c.instance,
                second.c.element == first.c.element,
                second.c.id != first.c.id,
                second.c.status == _COMPLETED,
                second.c.created_at >= first.c.ended_at,
            ),
        )
        .where(first.c.case_id == pi.case_id, first.c.status == _COMPLETED)
        .correlate(process_instance)
        .exists()
    )
    return closed(scope, ~again)


def reopened(scope: Scope) -> Select[Any]:
    """M07: closed requests; hit: opened again in the days after, or handed back after a visit."""
    handed_back = exists(ONE).where(visit.c.case_id == pi.case_id, visit.c.follow_up_case_id.is_not(None))
    return closed(scope, or_(came_again(scope, same_process=True), handed_back))


def owner_changes(scope: Scope) -> Select[Any]:
    """M08: closed requests; hit: how often their owner changed."""
    changes = (
        select(func.count())
        .select_from(history_event)
        .where(he.stream == pi.key, he.kind == literal_column("'case.owner_changed'"), literal_column(TURNED))
        .correlate(process_instance)
        .scalar_subquery()
    )
    return _counting(scope, changes)


def paused(scope: Scope) -> Select[Any]:
    """M09: closed requests; hit: seconds for which they were suspended."""
    at = case((he.kind == "instance.resumed", he.at), else_=-he.at)
    kinds: ColumnElement[bool] = literal_column("kind IN ('instance.resumed', 'instance.suspended')")
    sums = (
        select(func.coalesce(func.sum(at), 0))
        .where(he.stream == pi.key, kinds, literal_column(TURNED))
        .correlate(process_instance)
        .scalar_subquery()
    )
    return _counting(scope, sums // _MICRO)


def spans(scope: Scope) -> Select[Any]:
    """M09: closed requests; hit: seconds from their opening to their end."""
    return _counting(scope, (pi.ended_at - pi.opened_at) // _MICRO)


def automated(scope: Scope) -> Select[Any]:
    """M10: closed requests; hit: steps that the platform did by itself, those of called processes included."""
    return _counting(scope, _events_of_case(("job.completed",)))


def steps(scope: Scope) -> Select[Any]:
    """M10: closed requests; hit: these and the tasks that people completed."""
    return _counting(scope, _events_of_case(("job.completed", "user_task.completed")))


def step_counts(scope: Scope) -> Select[Any]:
    """M10: closed requests with both numbers, from one look at their histories."""
    one = process_instance.alias()
    # By itself, or the table would be read from end to end to have the groups in order.
    whole = closed(scope, literal(1) == 1).limit(-1).subquery()
    by_system = case((he.kind == literal_column("'job.completed'"), 1))
    return (
        select(whole.c.person, func.count(by_system).label("automated"), func.count(he.kind).label("steps"))
        .select_from(whole)
        .join(one, one.c.case_id == whole.c.case_id)
        .outerjoin(history_event, and_(he.stream == one.c.key, he.kind.in_(("job.completed", "user_task.completed"))))
        .group_by(whole.c.ref)
    )


def automated_of(_scope: Scope) -> Measure:
    """M10: the first of them."""
    return lambda row: (row.automated, 1)


def steps_of(_scope: Scope) -> Measure:
    """M10: the second of them."""
    return lambda row: (row.steps, 1)


def forced(scope: Scope) -> Select[Any]:
    """M13: closed complaints (13); hit: ended by the platform's ruling against the shop."""
    return closed(scope, pi.end_state.in_(_FORCED)).where(pi.process_id == "p13_rights_protection")


def backlog(scope: Scope) -> Select[Any]:
    """M11: requests that are open now; hit: seconds since they were opened."""
    return select(
        pi.owner.label("person"),
        pi.opened_at.label("at"),
        pi.key.label("ref"),
        pi.case_id.label("case_id"),
        ((scope.now_us - pi.opened_at) // _MICRO).label("hit"),
        literal(1).label("weight"),
        pi.process_id.label("what"),
    ).where(pi.status == _ACTIVE, pi.depth == literal_column("0"), is_request(pi.process_id))


def rostered(scope: Scope) -> Select[Any]:
    """M12: shifts of the period that have ended; hit: their paid seconds. Days of absence are left out."""
    day = roster_day.c
    away = exists(ONE).where(
        absence.c.user == day.user,
        absence.c.cancelled_at.is_(None),
        absence.c.from_at <= day.starts_at,
        absence.c.to_at >= day.ends_at,
    )
    first, last = scope.period.first.isoformat(), scope.period.last.isoformat()
    return select(
        day.user.label("person"),
        day.starts_at.label("at"),
        (day.day + cast(literal(" "), String) + day.user).label("ref"),
        literal(None).label("case_id"),
        (day.paid_minutes * 60).label("hit"),
        literal(1).label("weight"),
        day.shift.label("what"),
    ).where(
        day.day >= first,
        day.day <= last,
        day.starts_at.is_not(None),
        day.ends_at <= scope.now_us,
        day.paid_minutes > 0,
        ~away,
    )


def _counting(scope: Scope, hit: Any) -> Select[Any]:
    """Closed requests with a number in place of whether."""
    query = closed(scope, literal(1) == 1)
    columns = {column.key: column for column in query.selected_columns}
    columns["hit"] = hit.label("hit")
    return query.with_only_columns(*columns.values())


def _events_of_case(kinds: tuple[str, ...]) -> Any:
    one = process_instance.alias()
    return (
        select(func.count())
        .select_from(one)
        .join(history_event, he.stream == one.c.key)
        .where(one.c.case_id == pi.case_id, he.kind.in_(kinds))
        .correlate(process_instance)
        .scalar_subquery()
    )
