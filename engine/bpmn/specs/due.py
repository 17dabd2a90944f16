"""When a user task is due: by its drawn due time, by a timer drawn on it, else by the task SLA of the facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.bpmn.problem import PROBLEMS
from engine.bpmn.specs.waiting import Timer
from engine.bpmn.timing import TimerKind, instant
from engine.worktime import CalendarProblem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.bpmn.token import Token
    from engine.worktime import Alarm


def due_of(token: Token, groups: Sequence[str], drawn: datetime | None) -> tuple[datetime | None, Alarm | None]:
    """Due time and alarm of a user task that becomes ready.

    A drawn due time stands. Timers drawn on the task take precedence over reminders of ours: the task is due when the
    first of those falls due that end it, else the last of those that do not. Cycles are reminders and no due time.
    Without a schedule in the facts, as in commands of earlier releases, only a drawn due time counts.
    """
    instance = token.workflow
    schedule, now = instance.facts.schedule, instance.now
    if schedule is None:
        return drawn, None
    instance.scheduled = True
    timers = _drawn_timers(token)
    if timers:
        return drawn or _due_by(timers), None
    priority = str(instance.facts.case.get("priority"))
    if drawn is not None:
        return drawn, schedule.alarm_before(drawn, groups, priority, now)
    try:
        alarm = schedule.alarm(groups, priority, now)
    except CalendarProblem:  # beyond the calendar's end: nobody waits for that
        return None, None
    return (None if alarm is None else alarm.due_at), alarm


def _drawn_timers(token: Token) -> list[tuple[bool, datetime | None]]:
    """Each timer on the task or on the loop of whose rounds it is one: whether it interrupts, and when it is due."""
    around = token.holder
    host = around if around.task_spec.element == token.task_spec.element else token
    running = {held.task_spec: held.due for held in host.held}
    return [
        (spec.interrupting, running.get(spec) or _due(spec, host))
        for spec in host.task_spec.boundaries
        if isinstance(spec, Timer) and spec.definition.timer is not TimerKind.CYCLE
    ]


def _due(timer: Timer, host: Token) -> datetime | None:
    """When a timer will fall due that has yet to arrive; None where it will be an incident."""
    expression, now = timer.definition.expression, host.workflow.now
    if expression is None:
        return None
    try:
        return instant(expression(host.look, now), now)
    except PROBLEMS:
        return None


def _due_by(timers: list[tuple[bool, datetime | None]]) -> datetime | None:
    ends = [due for interrupts, due in timers if interrupts and due is not None]
    others = [due for interrupts, due in timers if not interrupts and due is not None]
    return min(ends) if ends else max(others, default=None)
