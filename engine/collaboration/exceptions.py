"""上报异常 (SLA-11): a superior hears at once, says within ten minutes what is to be done, else the next one hears.

Incidents of processes take the same way by themselves, once each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from engine.clock import to_microseconds
from engine.collaboration.at_case import at_case, checked_task, checked_text
from engine.collaboration.exception_views import may_acknowledge, row_of
from engine.collaboration.names import element_name
from engine.collaboration.working_time import after, after_anywhere
from engine.errors import NotFound, StepError
from engine.history.commands import NOTE
from engine.masking import mask_within
from engine.model import SYSTEM, Actor, Event, Value
from engine.notifications import Notice, Occasion, Said, members_of, say, tell
from engine.roster import supervisors_of
from engine.runtime import Runtime
from engine.store.database import Transaction
from engine.store.tables import exception_report as table
from engine.store.tables import incident, process_instance

#: Working time within which somebody acknowledges it.
TIME_TO_ACKNOWLEDGE: Final = timedelta(minutes=10)
MAX_REPORT: Final = 1000
MAX_ANSWER: Final = 500
#: Who hears when no supervisor has acknowledged it in time.
HIGHEST: Final = "dept_manager"
PAGE: Final = "/exceptions"
#: More of a kind at once are told in one sentence.
MOST_ALONE: Final = 3
_BATCH: Final = 100


def report_exception(runtime: Runtime, case_id: str, text: str, actor: Actor, *, task: int | None = None) -> int:
    """Report something unusual on a case to the actor's superiors; gives the report's id.

    Raises:
        NotFound: there is no such case or task for the actor.
        InvalidValue: the text is missing or too long.
    """
    runtime.definitions.refresh()
    with at_case(runtime, case_id, actor) as case:
        said = checked_text(text, "异常情况", most=MAX_REPORT)
        row = {
            "case_id": case_id,
            "task": checked_task(case.connection, case_id, task),
            "reported_by": actor.id,
            "text": said,
            "reported_at": case.cascade.at,
            "due_at": to_microseconds(after(case.cascade, case.row, TIME_TO_ACKNOWLEDGE)),
        }
        made: int = case.connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one()
        case.note("exception.reported", {"exception": made, "text": mask_within(said)}, task=task)
        notice = say("exception_reported", who=actor.name, case=case_id)
        people = supervisors_of(case.connection, actor.id, case.cascade.now)
        _tell(case.cascade.tx, people, made, notice, runtime, actor.id)
        return made


def acknowledge_exception(runtime: Runtime, report_id: int, answer: str, actor: Actor) -> None:
    """Acknowledge a report and say what is to be done.

    Raises:
        NotFound: there is no such report for the actor, or he is no superior (P06).
        InvalidValue: it is not said what is to be done.
        StepError: somebody has acknowledged it.
    """
    said = checked_text(answer, "处理意见", most=MAX_ANSWER)
    with runtime.db.begin() as tx:
        row = row_of(tx.connection, report_id)
        if not may_acknowledge(tx.connection, row, actor):
            raise NotFound(f"there is no exception {report_id}", message_zh="没有这个异常,或您没有权限。")
        now = runtime.clock.now()
        done = (
            update(table)
            .where(table.c.id == report_id, table.c.acknowledged_at.is_(None))
            .values(acknowledged_at=to_microseconds(now), acknowledged_by=actor.id, answer=said)
        )
        if tx.connection.execute(done).rowcount != 1:
            raise StepError(
                "Somebody has confirmed this exception already. Please reload the page.",
                message_zh="这个异常已有人确认,请刷新页面。",
            )
        _note(
            tx,
            runtime,
            row.case_id,
            "exception.acknowledged",
            {"exception": report_id, "text": mask_within(said)},
            actor,
        )
        if row.reported_by is not None:
            text = say("exception_acknowledged", who=actor.name)
            _tell(tx, [row.reported_by], report_id, text, runtime, actor.id)


def _note(tx: Transaction, runtime: Runtime, case_id: str | None, kind: str, value: Value, actor: Actor) -> None:
    if case_id is not None:
        cascade = runtime.cascade(tx, actor, runtime.clock.now())
        cascade.note(cascade.instance(int(case_id)), (Event(kind=kind, value=value),), NOTE)
        cascade.finish()


def _tell(
    tx: Transaction,
    people: Sequence[str],
    report_id: int,
    text: Said,
    runtime: Runtime,
    actor: str | None,
    once: str = "",
) -> None:
    page = f"{PAGE}/{report_id}"
    notice = Notice(occasion=Occasion.EXCEPTION, text=text, page=page, once=once or None)
    tell(tx, people, notice, at=runtime.clock.now(), actor=actor)


# --- by the clock -------------------------------------------------------------------------------


def watch_exceptions(runtime: Runtime) -> bool:
    """Report new incidents, close the reports of those that are over, and take late reports further up."""
    _forget_resolved(runtime)
    _report_incidents(runtime)
    _escalate(runtime)
    return False


#: The incident that a report is about is still there; one of the same id that came later is another.
_STILL_THERE: Final = exists().where(incident.c.id == table.c.incident, incident.c.created_at <= table.c.reported_at)


def _forget_resolved(runtime: Runtime) -> None:
    over = (table.c.incident.is_not(None), ~_STILL_THERE)
    with runtime.db.read() as connection:
        if connection.execute(select(table.c.id).where(*over).limit(1)).first() is None:
            return
    now = to_microseconds(runtime.clock.now())
    with runtime.db.begin() as tx:
        waiting = table.c.acknowledged_at.is_(None)
        tx.connection.execute(update(table).where(*over, waiting).values(acknowledged_at=now, answer="异常已解除。"))
        tx.connection.execute(update(table).where(*over).values(incident=None))


def _report_incidents(runtime: Runtime) -> None:
    known = exists().where(table.c.incident == incident.c.id)
    query = (
        select(incident, process_instance.c.definition, process_instance.c.owner)
        .outerjoin(process_instance, process_instance.c.key == incident.c.instance)
        .where(~known)
        .order_by(incident.c.id)
        .limit(_BATCH)
    )
    with runtime.db.read() as connection:
        new = connection.execute(query).all()
    if not new:
        return
    now = runtime.clock.now()
    stamps = {
        "reported_at": to_microseconds(now),
        "due_at": to_microseconds(after_anywhere(runtime.definitions, now, TIME_TO_ACKNOWLEDGE)),
    }
    named = [(row, element_name(runtime.definitions, row.definition, row.element)) for row in new]
    with runtime.db.begin() as tx:
        still = select(incident.c.id).where(incident.c.id.in_([row.id for row in new]))
        there = set(tx.connection.execute(still).scalars())  # the others are over already
        found: list[_Stopped] = []
        for row, name in named:
            text = f"系统步骤「{name}」不能继续。" if name else "系统步骤不能继续。"
            values = {"case_id": row.case_id, "incident": row.id, "text": text, **stamps}
            put = upsert(table).values(values).on_conflict_do_nothing().returning(table.c.id)
            made = tx.connection.execute(put).scalar() if row.id in there else None
            if made is not None:  # else another process was faster
                found.append(_Stopped(report=made, case_id=row.case_id, owner=row.owner or "", name=name))
        _tell_of_stops(tx, runtime, found, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stopped:
    """A step that an incident keeps from going on, and the report of it."""

    report: int
    case_id: str | None
    owner: str
    name: str


def _tell_of_stops(tx: Transaction, runtime: Runtime, stops: Sequence[_Stopped], now: datetime) -> None:
    """One sentence each; many of one step at once, as when a courier's server is down, are one sentence."""
    people = {owner: tuple(supervisors_of(tx.connection, owner, now)) for owner in {one.owner for one in stops}}
    together: dict[tuple[str, tuple[str, ...]], list[_Stopped]] = defaultdict(list)
    for one in stops:
        together[one.name, people[one.owner]].append(one)
    for (name, superiors), alike in together.items():
        if len(alike) > MOST_ALONE:
            text = say("exceptions_of_step", number=str(len(alike)), task=name)
            tell(tx, superiors, Notice(occasion=Occasion.EXCEPTION, text=text, page=PAGE), at=now)
            continue
        for one in alike:
            where = "exception_of_case" if one.case_id else "exception_of_system"
            text = say(where, case=one.case_id or "", task=name)
            _tell(tx, superiors, one.report, text, runtime, None)


def _escalate(runtime: Runtime) -> None:
    now = runtime.clock.now()
    late = (
        table.c.due_at <= to_microseconds(now),
        table.c.acknowledged_at.is_(None),
        table.c.escalated_at.is_(None),
    )
    with runtime.db.read() as connection:
        rows = connection.execute(select(table).where(*late).order_by(table.c.due_at).limit(_BATCH)).all()
    for row in rows:
        with runtime.db.begin() as tx:
            marked = update(table).where(table.c.id == row.id, *late).values(escalated_at=to_microseconds(now))
            if tx.connection.execute(marked).rowcount != 1:
                continue
            _note(tx, runtime, row.case_id, "exception.escalated", {"exception": row.id, "to": HIGHEST}, SYSTEM)
            people = members_of(tx.connection, [HIGHEST])
            if len(rows) > MOST_ALONE:  # the first of them says it for all
                text, once = (
                    say("exceptions_wait", number=str(len(rows))),
                    f"exceptions:{to_microseconds(now)}:escalated",
                )
                tell(tx, people, Notice(occasion=Occasion.EXCEPTION, text=text, page=PAGE, once=once), at=now)
                continue
            where = "exception_of_case_waits" if row.case_id else "exception_waits"
            text = say(where, case=row.case_id or "")
            _tell(tx, people, row.id, text, runtime, None, once=f"exception:{row.id}:escalated")
