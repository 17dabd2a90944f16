"""What a step opened and closed, as rows of the inbox, the job table, subscriptions and incidents."""

from __future__ import annotations

from typing import Final

from engine import canonical
from engine.access import COURIER
from engine.clock import microseconds_or_none, to_microseconds
from engine.model import (
    Actor,
    Closed,
    ClosedKind,
    IncidentOpened,
    InstanceStatus,
    JobKind,
    JobOpened,
    JobRescheduled,
    Outcome,
    SubscriptionOpened,
    UserTaskOpened,
    UserTaskStatus,
)
from engine.runtime import sla
from engine.runtime.urgency import HIGH
from engine.runtime.worth import fen_of
from engine.store import sql
from engine.store.instances import InstanceRow
from engine.store.tables.instances import NEVER_DUE
from engine.store.writes import HELD, Writes
from engine.worktime import Schedule

_DELETES: Final = {
    ClosedKind.JOB: (sql.INSERT_JOB, sql.DELETE_JOB),
    ClosedKind.SUBSCRIPTION: (sql.INSERT_SUBSCRIPTION, sql.DELETE_SUBSCRIPTION),
}


class Rows:
    """Turns outcomes into rows; what opens and closes within one cascade is never written."""

    def __init__(self, writes: Writes, *, at: int, actor: Actor, submission_key: str | None) -> None:
        self._writes = writes
        self._at = at
        self._actor = actor
        self._submission_key = submission_key
        self._closed: set[int] = set()

    def is_closed(self, row_id: int) -> bool:
        """Whether a step of this cascade closed the user task, job, subscription or call."""
        return row_id in self._closed

    def write(self, instance: InstanceRow, outcome: Outcome, schedule: Schedule | None = None) -> None:
        """Add the rows of one step; with a schedule user tasks have alarms."""
        for closed in outcome.closed:
            self._close(closed, alarms=schedule is not None)
            if outcome.status is InstanceStatus.CANCELLED and closed.kind is ClosedKind.JOB:
                # An incident of which the core does not know may hold the job (see JobRunner).
                self._writes.add(sql.DELETE_INCIDENT, closed.id, {"of_id": closed.id})
        for opened in outcome.opened:
            if isinstance(opened, UserTaskOpened):
                self._open_task(instance, opened, 0 if schedule is None else schedule.calendar_key)
            elif isinstance(opened, JobOpened):
                self._open_job(instance, opened)
            elif isinstance(opened, SubscriptionOpened):
                self._open_subscription(instance, opened)
        for job in outcome.rescheduled:
            self._reschedule(instance, job)
        for incident in outcome.incidents:
            self._open_incident(instance, incident)
        for incident_id in outcome.incidents_closed:
            if not self._writes.take_back(sql.INSERT_INCIDENT, incident_id):
                self._writes.add(sql.DELETE_INCIDENT, incident_id, {"of_id": incident_id})

    def _close(self, closed: Closed, *, alarms: bool) -> None:
        self._closed.add(closed.id)
        if closed.kind is ClosedKind.USER_TASK:
            alarm = sla.alarm_id(closed.id)
            if alarms and not self._writes.take_back(sql.INSERT_JOB, alarm):
                self._writes.add(sql.DELETE_JOB, alarm, {"of_id": alarm})
            if self._writes.take_back(sql.INSERT_TASK, closed.id):
                return
            done = closed.completed
            self._writes.add(
                sql.CLOSE_TASK,
                closed.id,
                {
                    "of_id": closed.id,
                    "status": (UserTaskStatus.COMPLETED if done else UserTaskStatus.CANCELLED).value,
                    "ended_at": self._at,
                    "completed_by": self._actor.id if done else None,
                    "submission_key": self._submission_key if done else None,
                },
            )
        elif closed.kind in _DELETES:
            insert, delete = _DELETES[closed.kind]
            if not self._writes.take_back(insert, closed.id):
                self._writes.add(delete, closed.id, {"of_id": closed.id})

    def _open_task(self, instance: InstanceRow, task: UserTaskOpened, calendar: int) -> None:
        if task.alarm is not None:
            row = sla.first_alarm(instance, task, task.alarm)
            self._writes.add(sql.INSERT_JOB, row["id"], row)
        self._writes.add(
            sql.INSERT_TASK,
            task.id,
            {
                "id": task.id,
                "instance": instance.key,
                "case_id": instance.case_id,
                "definition": instance.definition,
                "process_id": instance.process_id,
                "element": task.element,
                "form_id": task.form_id,
                "candidate_groups": ",".join(sorted(task.candidate_groups)),
                "assignee": task.assignee,
                "priority": task.priority,
                "due_at": microseconds_or_none(task.due_at),
                "follow_up_at": microseconds_or_none(task.follow_up_at),
                "status": UserTaskStatus.OPEN.value,
                "created_at": self._at,
                "claimed_at": None,
                "ended_at": None,
                "completed_by": None,
                "submission_key": None,
                "queue_no": task.queue_no,
                "courier": _courier(instance) if COURIER in task.candidate_groups else None,
                "urgency": 0 if instance.priority == HIGH else 1,
                "owner": instance.owner,
                "amount": fen_of(instance.variables),
                "due_order": NEVER_DUE if task.due_at is None else to_microseconds(task.due_at),
                **sla.columns_of(task, calendar),
            },
        )

    def _open_job(self, instance: InstanceRow, job: JobOpened) -> None:
        """A job of a suspended instance, which a repair opened, is due when that is resumed."""
        due = self._at if job.due_at is None or job.kind is not JobKind.TIMER else to_microseconds(job.due_at)
        payload = {"variables": dict(job.variables), "headers": dict(job.headers)}
        self._writes.add(
            sql.INSERT_JOB,
            job.id,
            {
                "id": job.id,
                "instance": instance.key,
                "case_id": instance.case_id,
                "element": job.element,
                "kind": job.kind.value,
                "type": job.type,
                "due_at": HELD if instance.suspended else due,
                "retries_left": job.retries,
                "attempts": 0,
                "problem": None,
                "payload": canonical.encode(payload),
                "suspended_due_at": due if instance.suspended else None,
            },
        )

    def _open_subscription(self, instance: InstanceRow, opened: SubscriptionOpened) -> None:
        self._writes.add(
            sql.INSERT_SUBSCRIPTION,
            opened.id,
            {
                "id": opened.id,
                "instance": instance.key,
                "process_id": instance.process_id,
                "element": opened.element,
                "message_name": opened.message_name,
                "correlation_key": opened.correlation_key,
                "kind": opened.kind.value,
            },
        )

    def _reschedule(self, instance: InstanceRow, job: JobRescheduled) -> None:
        """A job that failed counts one try more; one whose incident was resolved is as good as new."""
        due = HELD if job.due_at is None else to_microseconds(job.due_at)
        row = {
            "of_id": job.id,
            "due_at": due,
            "retries_left": job.retries_left,
            "attempts": 0 if job.problem is None else 1,
            "problem": job.problem,
        }
        if job.problem is not None:
            self._writes.add(sql.RESCHEDULE_JOB, job.id, row)
        elif instance.suspended:
            self._writes.add(sql.RELEASE_SUSPENDED_JOB, job.id, {**row, "suspended_due_at": due})
        else:
            self._writes.add(sql.RELEASE_JOB, job.id, row)

    def _open_incident(self, instance: InstanceRow, incident: IncidentOpened) -> None:
        self._writes.add(
            sql.INSERT_INCIDENT,
            incident.id,
            {
                "id": incident.id,
                "instance": instance.key,
                "case_id": instance.case_id,
                "element": incident.element,
                "kind": incident.kind,
                "message": incident.message,
                "created_at": self._at,
            },
        )


def _courier(instance: InstanceRow) -> str | None:
    """Whose parcel an instance is about, as its variables say."""
    variables = canonical.decode(instance.variables)
    name = variables.get("courier") if isinstance(variables, dict) else None
    return name if isinstance(name, str) and name else None
