"""What a case waits for: its instances, open user tasks, timers, messages, and what failed. Asked after every deed of a
scenario, so read on the driver."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select

from engine.store.statement import Query
from engine.store.tables import history_event, incident, job, process_instance, subscription, user_task

INSTANCE: Final = Query("instance_of_key", select(process_instance).where(process_instance.c.key == bindparam("of")))
INSTANCES: Final = Query(
    "instances_of_case",
    select(process_instance).where(process_instance.c.case_id == bindparam("of")).order_by(process_instance.c.key),
)
CALL: Final = Query(
    "call_of_token",
    select(history_event.c.element).where(
        history_event.c.stream == bindparam("of"),
        history_event.c.kind == bindparam("kind"),
        history_event.c.token == bindparam("token"),
    ),
)
TASKS: Final = Query(
    "tasks_of_case",
    select(user_task)
    .where(user_task.c.case_id == bindparam("of"), user_task.c.status == bindparam("status"))
    .order_by(user_task.c.id),
)
TIMERS: Final = Query(
    "timers_of_instance",
    select(job).where(job.c.instance == bindparam("of"), job.c.kind == bindparam("kind")).order_by(job.c.id),
)
MESSAGES: Final = Query(
    "messages_of_instance",
    select(subscription).where(subscription.c.instance == bindparam("of")).order_by(subscription.c.id),
)
INCIDENTS: Final = Query("incidents_of_case", select(incident).where(incident.c.case_id == bindparam("of")))
FAILED: Final = Query(
    "failed_of_case",
    select(job)
    .join(process_instance, process_instance.c.key == job.c.instance)
    .where(process_instance.c.case_id == bindparam("of"), job.c.problem.is_not(None)),
)
