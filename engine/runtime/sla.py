"""Alarms of user tasks: the job that reminds of a task at 80 % of its time and makes its delay known at its end.

An open task has one such job. It goes with the task; a suspended case has none that is due. It reminds once, and tells
of the delay once a level of the task SLA, whatever becomes of the task's due time meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from engine import canonical
from engine.clock import to_microseconds
from engine.model import JobKind, UserTaskOpened
from engine.store.instances import InstanceRow, JobRow
from engine.store.writes import HELD, Row
from engine.worktime import Alarm

#: Ids beside those of tokens, messages and signals (see store.fanout): of alarms, by the task's; and of the messages
#: that they write, by the task's and how often it has sounded. Keys of instances stay below 2.8 · 10⁹ for that.
ALARM_IDS: Final = 2**61
NOTICE_IDS: Final = 2**60
_TURN: Final = 2**58
#: How often an alarm may sound: the reminder, then the levels of the task SLA.
MAX_SOUNDS: Final = 4
REMIND: Final = "remind"
ESCALATE: Final = "escalate"
RETRIES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What an alarm will do next, as its job's payload holds it."""

    task: int
    #: Groups that are still to hear of the delay, one a level.
    levels: tuple[str, ...]
    #: How often it has sounded.
    sounds: int = 0

    @classmethod
    def of(cls, job: JobRow) -> Waiting:
        """What a job of the kind alarm is about."""
        kept = canonical.decode(job.payload)
        return cls(task=int(kept["task"]), levels=tuple(kept["levels"]), sounds=int(kept["sounds"]))

    def kept(self) -> bytes:
        """The job's payload: canonical bytes."""
        return canonical.encode({"task": self.task, "levels": list(self.levels), "sounds": self.sounds})


def alarm_id(task_id: int) -> int:
    """Id of the job that is the alarm of a user task."""
    return ALARM_IDS + task_id


def notice_id(waiting: Waiting) -> int:
    """Id of the message that an alarm writes when it sounds next."""
    return NOTICE_IDS + waiting.sounds * _TURN + waiting.task


def first_alarm(instance: InstanceRow, task: UserTaskOpened, alarm: Alarm) -> Row:
    """The row of the job table that reminds of a new user task."""
    waiting = Waiting(task=task.id, levels=alarm.escalates_to[: MAX_SOUNDS - 1])
    return alarm_row(instance, task.element, waiting, REMIND, alarm.remind_at)


def alarm_row(instance: InstanceRow, element: str, waiting: Waiting, what: str, at: datetime) -> Row:
    """A row of the job table; of a suspended instance it is due when that is resumed.

    Args:
        instance: of the task.
        element: of the task.
        waiting: the payload.
        what: REMIND or ESCALATE.
        at: aware UTC.
    """
    due = to_microseconds(at)
    return {
        "id": alarm_id(waiting.task),
        "instance": instance.key,
        "case_id": instance.case_id,
        "element": element,
        "kind": JobKind.ALARM.value,
        "type": what,
        "due_at": HELD if instance.suspended else due,
        "retries_left": RETRIES,
        "attempts": 0,
        "problem": None,
        "payload": waiting.kept(),
        "suspended_due_at": due if instance.suspended else None,
    }


def columns_of(task: UserTaskOpened, calendar: int) -> Mapping[str, Any]:
    """Columns of user_task that say by what it is due."""
    alarm = task.alarm
    counted = alarm is not None and alarm.duration is not None
    return {
        "remind_at": None if alarm is None else to_microseconds(alarm.remind_at),
        "reminded_at": None,
        "escalated_at": None,
        "sla_group": alarm.group if alarm is not None and counted else None,
        "sla_duration": alarm.duration if alarm is not None and counted else None,
        "calendar": calendar if counted else None,
    }


def people(assignee: str | None, candidate_groups: str | Sequence[str]) -> str:
    """To whom a reminder goes: who has claimed the task, else its groups, joined by commas."""
    if assignee is not None:
        return assignee
    return candidate_groups if isinstance(candidate_groups, str) else ",".join(sorted(candidate_groups))
