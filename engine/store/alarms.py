"""Statements about what user tasks are due by: marks, new due times, alarms that move with them, urgency."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, literal_column, select, update

from engine.store.statement import prepare
from engine.store.tables import job, process_instance, user_task

_OPEN: Final = user_task.c.status == literal_column("'open'")
_OF: Final = (
    user_task.c.id, user_task.c.element, user_task.c.candidate_groups, user_task.c.assignee, user_task.c.created_at,
    user_task.c.due_at, user_task.c.remind_at, user_task.c.sla_group, user_task.c.sla_duration,
)  # fmt: skip

#: An open user task, by its ``id``; and all those of an ``instance``. Columns as in runtime.alarms.OpenTask.
SELECT_OPEN_TASK: Final = prepare("select_open_task", select(*_OF).where(user_task.c.id == bindparam("id"), _OPEN))
SELECT_OPEN_TASKS: Final = prepare(
    "select_open_tasks",
    select(*_OF)
    .join(process_instance, process_instance.c.key == user_task.c.instance)
    .where(
        process_instance.c.key == bindparam("instance"),
        user_task.c.case_id == process_instance.c.case_id,
        user_task.c.status.concat(literal_column("''")) == literal_column("'open'"),  # by the case, whose tasks are few
    )
    .order_by(user_task.c.id),
)
MARK_REMINDED: Final = prepare(
    "mark_reminded",
    update(user_task).where(user_task.c.id == bindparam("of_id")).values(reminded_at=bindparam("at")),
)
MARK_ESCALATED: Final = prepare(
    "mark_escalated",
    update(user_task).where(user_task.c.id == bindparam("of_id")).values(escalated_at=bindparam("at")),
)
RESCHEDULE_TASK: Final = prepare(
    "reschedule_task",
    update(user_task)
    .where(user_task.c.id == bindparam("of_id"))
    .values(
        {name: bindparam(name) for name in ("due_at", "remind_at", "sla_duration", "calendar")}
        | {"due_order": bindparam("due_at")}
    ),
)
#: The alarm of a user task, by its own ``id``.
SELECT_ALARM: Final = prepare(
    "select_alarm",
    select(job.c.type, job.c.due_at, job.c.suspended_due_at, job.c.payload).where(job.c.id == bindparam("id")),
)
MOVE_ALARM: Final = prepare(
    "move_alarm",
    update(job)
    .where(job.c.id == bindparam("of_id"))
    .values(due_at=bindparam("due_at"), suspended_due_at=bindparam("suspended_due_at")),
)
#: Of an ``instance``: its priority, then its open tasks' place in the inbox.
SET_PRIORITY: Final = prepare(
    "set_priority",
    update(process_instance)
    .where(process_instance.c.key == bindparam("instance"))
    .values(priority=bindparam("new_priority")),
)
SET_URGENCY: Final = prepare(
    "set_urgency",
    update(user_task).where(user_task.c.id == bindparam("of_id")).values(urgency=bindparam("urgency")),
)
