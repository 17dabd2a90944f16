"""What happens when an alarm sounds, and how due times move when a case was suspended or becomes urgent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from engine import outbox
from engine.bpmn.timing import parse_duration
from engine.clock import SHANGHAI, from_microseconds, instant_or_none, to_microseconds
from engine.failpoints import reached
from engine.history.commands import NOTE
from engine.model import ID_BASE, SYSTEM, Event, Value
from engine.notifications import Notice, Occasion, Said, members_of, said_group, said_list, said_time, say, tell
from engine.runtime import sla
from engine.runtime.cascade import Cascade
from engine.store import alarms as statements
from engine.store import sql
from engine.store.instances import InstanceRow, JobRow
from engine.store.statement import Statement
from engine.store.tables import history_event
from engine.store.writes import HELD
from engine.worktime import CalendarProblem, Schedule
from engine.worktime.schedule import part_of

STAFF: Final = "staff"


@dataclass(frozen=True, slots=True)
class OpenTask:
    """An open user task, in the order of the columns of store.alarms; times in microseconds."""

    id: int
    element: str
    candidate_groups: str
    assignee: str | None
    created_at: int
    due_at: int | None
    remind_at: int | None
    sla_group: str | None
    sla_duration: str | None

    @property
    def duration(self) -> timedelta | None:
        """The working time that the task SLA gives it; None where its due time is drawn."""
        length = parse_duration(self.sla_duration) if self.sla_duration else None
        return None if length is None else length.rest


# --- sounding -----------------------------------------------------------------------------------


def sound(cascade: Cascade, job: JobRow) -> None:
    """Do the job of an alarm: remind, or make the delay known, and set the next one. Its task may be over by now."""
    waiting = sla.Waiting.of(job)
    cascade.writes.add(sql.DELETE_JOB, job.id, {"of_id": job.id})
    found = cascade.tx.run(statements.SELECT_OPEN_TASK, {"id": waiting.task}).fetchone()
    if found is None or job.instance is None:
        return
    task, row = OpenTask(*found), cascade.instance(job.instance)
    if job.type == sla.REMIND:
        _remind(cascade, row, task, waiting)
    elif waiting.levels:
        _escalate(cascade, row, task, waiting)


def _remind(cascade: Cascade, row: InstanceRow, task: OpenTask, waiting: sla.Waiting) -> None:
    to = sla.people(task.assignee, task.candidate_groups)
    name = cascade.definitions.get(row.definition).element_name(task.element)
    text = say("reminded", case=row.case_id, task=name, due=said_time(task.due_at))
    _tell(cascade, row, task, waiting, to, text.zh)
    _notify(cascade, row, task, waiting, [task.assignee] if task.assignee else _members(cascade, to), text)
    value = {"to": to, "due_at": instant_or_none(task.due_at), "scheduled_at": instant_or_none(task.remind_at)}
    _note(cascade, row, task, "user_task.reminded", value)
    _mark(cascade, task, statements.MARK_REMINDED)
    if waiting.levels and task.due_at is not None:
        _set(cascade, row, task, replace(waiting, sounds=waiting.sounds + 1), from_microseconds(task.due_at))


def _escalate(cascade: Cascade, row: InstanceRow, task: OpenTask, waiting: sla.Waiting) -> None:
    group, *rest = waiting.levels
    name = cascade.definitions.get(row.definition).element_name(task.element)
    whose = said_list(said_group(one) for one in task.candidate_groups.split(",") if one)
    text = say("overdue", case=row.case_id, task=name, groups=whose, due=said_time(task.due_at))
    _tell(cascade, row, task, waiting, group, text.zh)
    _notify(cascade, row, task, waiting, [*_members(cascade, group), *_owner(row)], text, Occasion.ESCALATED)
    value = {"to": group, "due_at": instant_or_none(task.due_at), "assignee": task.assignee, "level": waiting.sounds}
    _note(cascade, row, task, "user_task.escalated", value)
    _mark(cascade, task, statements.MARK_ESCALATED)
    again = _another_period(cascade, row, task) if rest else None
    if again is not None:
        _set(cascade, row, task, replace(waiting, levels=tuple(rest), sounds=waiting.sounds + 1), again)


def _mark(cascade: Cascade, task: OpenTask, statement: Statement) -> None:
    cascade.tx.run(statement, {"of_id": task.id, "at": cascade.at})
    reached("runtime.alarm.marked")


def _another_period(cascade: Cascade, row: InstanceRow, task: OpenTask) -> datetime | None:
    """When the next level hears: as much time after now as the task had; None beyond the calendar's end."""
    schedule, duration = cascade.schedule(row), task.duration
    if duration is None or schedule is None:
        return cascade.now + timedelta(microseconds=max((task.due_at or 0) - task.created_at, 1))
    try:
        return schedule.calendar.add(cascade.now, duration)
    except CalendarProblem:
        return None


def _set(cascade: Cascade, row: InstanceRow, task: OpenTask, waiting: sla.Waiting, at: datetime) -> None:
    alarm = sla.alarm_row(row, task.element, waiting, sla.ESCALATE, at)
    cascade.writes.add(sql.INSERT_JOB, alarm["id"], alarm)


def _tell(cascade: Cascade, row: InstanceRow, task: OpenTask, waiting: sla.Waiting, to: str, text: str) -> None:
    """Write to people, and send it."""
    message = outbox.Message(
        id=sla.notice_id(waiting),
        instance=row.key,
        case_id=row.case_id,
        element=task.element,
        audience=STAFF,
        recipient=to,
        channel=None,
        template="",
        template_hash="",
        text=text,
        written_at=cascade.now,
    )
    outbox.write(cascade.tx, message)
    delivery = outbox.delivery_job(message)
    cascade.writes.add(sql.INSERT_JOB, delivery["id"], delivery)


def _notify(
    cascade: Cascade,
    row: InstanceRow,
    task: OpenTask,
    waiting: sla.Waiting,
    people: Sequence[str],
    text: Said,
    occasion: Occasion = Occasion.REMINDED,
) -> None:
    """Tell the same in the page, once a sounding."""
    once = f"alarm:{sla.notice_id(waiting)}"
    notice = Notice(occasion=occasion, text=text, case_id=row.case_id, task=task.id, once=once)
    tell(cascade.tx, people, notice, at=cascade.now)


def _owner(row: InstanceRow) -> list[str]:
    """Who answers for the case to its customer (SLA-06); nobody where the platform itself opened it."""
    return [] if row.owner == SYSTEM.id else [row.owner]


def _members(cascade: Cascade, groups: str) -> list[str]:
    return members_of(cascade.tx.connection, [group for group in groups.split(",") if group])


# --- moving -------------------------------------------------------------------------------------


def after_pause(cascade: Cascade, row: InstanceRow) -> None:
    """An instance is resumed: its tasks have as much working time left as when it was suspended.

    Drawn due times stay; tasks that were late already stay late.
    """
    schedule = cascade.schedule(row)
    if schedule is None:
        return
    suspended = select(func.max(history_event.c.at)).where(
        history_event.c.stream == row.key, history_event.c.kind == "instance.suspended"
    )
    since = cascade.tx.connection.execute(suspended).scalar_one_or_none() or 0
    for task in _open_tasks(cascade, row):
        if task.duration is not None and task.due_at is not None:
            _resume(cascade, row, task, schedule, max(since, task.created_at))


def _resume(cascade: Cascade, row: InstanceRow, task: OpenTask, schedule: Schedule, since: int) -> None:
    paused, calendar, now = from_microseconds(since), schedule.calendar, cascade.now

    def moved(at: int) -> int:
        if at <= since:
            return at
        return to_microseconds(calendar.add(now, calendar.between(paused, from_microseconds(at))))

    kept = cascade.tx.run(statements.SELECT_ALARM, {"id": sla.alarm_id(task.id)}).fetchone()
    due, remind = moved(task.due_at or 0), None if task.remind_at is None else moved(task.remind_at)
    if kept is not None:
        _move_alarm(cascade, row, task, moved(kept[1] if kept[2] is None else kept[2]))
    if due != task.due_at:
        _reschedule(cascade, row, task, due, remind, task.sla_duration, schedule, "resumed")


def by_priority(cascade: Cascade, row: InstanceRow, schedule: Schedule | None) -> None:
    """An instance's priority was changed: its tasks are due by the row of that, counted from when they were made."""
    urgency = 0 if row.priority == "high" else 1
    for task in _open_tasks(cascade, row):
        cascade.tx.run(statements.SET_URGENCY, {"of_id": task.id, "urgency": urgency})
        counted = None if schedule is None else schedule.rows.get((task.sla_group or "", row.priority))
        if schedule is None or counted is None or task.duration is None or task.due_at is None:
            continue
        calendar, made = schedule.calendar, from_microseconds(task.created_at)
        paused = calendar.between(calendar.add(made, task.duration), from_microseconds(task.due_at))
        due = to_microseconds(calendar.add(calendar.add(made, counted.duration), paused))
        remind = to_microseconds(calendar.add(calendar.add(made, part_of(counted.duration)), paused))
        kept = cascade.tx.run(statements.SELECT_ALARM, {"id": sla.alarm_id(task.id)}).fetchone()
        if kept is not None and kept[0] == sla.REMIND:
            _move_alarm(cascade, row, task, remind)
        elif kept is not None and task.due_at in (kept[1], kept[2]):  # the first to hear of the delay
            _move_alarm(cascade, row, task, due)
        _reschedule(cascade, row, task, due, remind, counted.text, schedule, "priority")


def _open_tasks(cascade: Cascade, row: InstanceRow) -> list[OpenTask]:
    found = cascade.tx.run(statements.SELECT_OPEN_TASKS, {"instance": row.key}).fetchall()
    return [OpenTask(*task) for task in found]


def _move_alarm(cascade: Cascade, row: InstanceRow, task: OpenTask, due: int) -> None:
    held = {"due_at": HELD, "suspended_due_at": due} if row.suspended else {"due_at": due, "suspended_due_at": None}
    cascade.tx.run(statements.MOVE_ALARM, {"of_id": sla.alarm_id(task.id), **held})
    reached("runtime.alarm.moved")


def _reschedule(
    cascade: Cascade,
    row: InstanceRow,
    task: OpenTask,
    due: int,
    remind: int | None,
    duration: str | None,
    schedule: Schedule,
    why: str,
) -> None:
    columns = {"due_at": due, "remind_at": remind, "sla_duration": duration, "calendar": schedule.calendar_key}
    cascade.tx.run(statements.RESCHEDULE_TASK, {"of_id": task.id, **columns})
    reached("runtime.alarm.rescheduled")
    value = {"before": instant_or_none(task.due_at), "after": instant_or_none(due), "why": why, "duration": duration}
    _note(cascade, row, task, "user_task.rescheduled", value)


def _note(cascade: Cascade, row: InstanceRow, task: OpenTask, kind: str, value: Value) -> None:
    event = Event(kind=kind, element=task.element, token=task.id - row.key * ID_BASE, value=value)
    cascade.note(row, (event,), NOTE)


def _clock(at: int | None) -> str:
    return "" if at is None else f"{from_microseconds(at).astimezone(SHANGHAI):%m-%d %H:%M}"
