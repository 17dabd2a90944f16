"""The hot statements: what a step reads and writes."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    union,
    union_all,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from engine.store.statement import Statement, insert_rows, prepare
from engine.store.tables import (
    history_event,
    history_value,
    incident,
    job,
    message,
    process_instance,
    register_cell,
    register_row,
    registered_event,
    resource,
    subscription,
    task_progress,
    user_task,
)

INSTANCE_COLUMNS: Final = tuple(c.name for c in process_instance.columns if c.name != "start_key")
TASK_COLUMNS: Final = (
    "id", "instance", "case_id", "definition", "process_id", "element", "form_id", "candidate_groups", "assignee",
    "status", "completed_by", "submission_key", "queue_no", "follow_up_at",
    "courier",
)  # fmt: skip
JOB_COLUMNS: Final = tuple(c.name for c in job.columns)


def columns_of(table: Table, names: tuple[str, ...], label: str = "") -> list[ColumnElement[Any]]:
    """Columns of a table, each under its name behind the label."""
    return [table.c[name].label(label + name) if label else table.c[name] for name in names]


def _insert(name: str, table: Table) -> Statement:
    return prepare(name, insert(table).values({c.name: bindparam(c.name) for c in table.columns}), in_order=True)


def parent_of(key: ColumnElement[Any]) -> ScalarSelect[Any]:
    """Key of the instance that called another: most steps need these two and no third."""
    own = process_instance.alias("own")
    return select(own.c.parent).where(own.c.key == key).scalar_subquery()


# --- reading ------------------------------------------------------------------------------------

#: An instance and its parent.
SELECT_INSTANCE: Final = prepare(
    "select_instance",
    select(*columns_of(process_instance, INSTANCE_COLUMNS)).where(
        or_(process_instance.c.key == bindparam("key"), process_instance.c.key == parent_of(bindparam("key")))
    ),
)
#: A user task's columns, then those of its instance.
SELECT_TASK: Final = prepare(
    "select_task",
    select(*columns_of(user_task, TASK_COLUMNS, "t_"), *columns_of(process_instance, INSTANCE_COLUMNS)).where(
        user_task.c.id == bindparam("id"), process_instance.c.key == user_task.c.instance
    ),
)
#: Who waits for a message; a suspended instance takes none.
SELECT_SUBSCRIPTIONS: Final = prepare(
    "select_subscriptions",
    select(subscription.c.id, subscription.c.instance, subscription.c.process_id)
    .join(process_instance, process_instance.c.key == subscription.c.instance)
    .where(
        subscription.c.message_name == bindparam("message_name"),
        subscription.c.correlation_key == bindparam("correlation_key"),
        subscription.c.kind == literal_column("'message'"),
        process_instance.c.status.concat(literal_column("''")) == literal_column("'active'"),  # by name and key
    )
    .order_by(subscription.c.id),
)
#: The messages for which an instance waits, the oldest first.
SELECT_SUBSCRIPTIONS_OF: Final = prepare(
    "select_subscriptions_of",
    select(subscription.c.id, subscription.c.element, subscription.c.message_name, subscription.c.correlation_key)
    .where(subscription.c.instance == bindparam("instance"), subscription.c.kind == literal_column("'message'"))
    .order_by(subscription.c.id),
)
#: Whether an instance waits for a signal.
SELECT_AWAITED_SIGNAL: Final = prepare(
    "select_awaited_signal",
    select(subscription.c.id).where(
        subscription.c.instance == bindparam("instance"),
        subscription.c.kind == literal_column("'signal'"),
        subscription.c.message_name == bindparam("signal_name"),
    ),
)
SELECT_BUFFERED: Final = prepare(
    "select_buffered",
    select(message.c.key, message.c.payload, message.c.correlated)
    .where(
        message.c.name == bindparam("message_name"),
        message.c.correlation_key == bindparam("correlation_key"),
        message.c.expires_at > bindparam("now"),
    )
    .order_by(message.c.key),
)
SELECT_MESSAGE_BY_ID: Final = prepare(
    "select_message_by_id",
    select(message.c.key).where(
        message.c.name == bindparam("message_name"), message.c.message_id == bindparam("message_id")
    ),
)
SELECT_CHILDREN: Final = prepare(
    "select_children",
    select(process_instance.c.key, process_instance.c.parent_call).where(
        process_instance.c.parent == bindparam("parent"),
        process_instance.c.status.in_((literal_column("'active'"), literal_column("'suspended'"))),
    ),
)
SELECT_STARTED: Final = prepare(
    "select_started",
    select(
        process_instance.c.key, process_instance.c.case_id, process_instance.c.process_id, process_instance.c.opened_by
    ).where(process_instance.c.start_key == bindparam("start_key")),
)
SELECT_INCIDENT: Final = prepare(
    "select_incident",
    select(incident.c.instance, incident.c.kind).where(incident.c.id == bindparam("id")),
)
#: People who did a task of a case, or saved how far it has come.
SELECT_CASE_ACTORS: Final = prepare(
    "select_case_actors",
    union(
        select(user_task.c.completed_by, user_task.c.process_id, user_task.c.element).where(
            user_task.c.case_id == bindparam("case_id"), user_task.c.completed_by.is_not(None)
        ),
        select(task_progress.c.saved_by, user_task.c.process_id, user_task.c.element)
        .join(user_task, user_task.c.id == task_progress.c.task)
        .where(user_task.c.case_id == bindparam("case_id")),
    ),
)
#: How often progress of a user task was saved; null: never.
SELECT_LAST_PROGRESS: Final = prepare(
    "select_last_progress",
    select(func.max(task_progress.c.number)).where(task_progress.c.task == bindparam("task")),
)
#: Whether somebody has saved it with a submission.
SELECT_SAVED_WITH: Final = prepare(
    "select_saved_with",
    select(task_progress.c.number).where(
        task_progress.c.task == bindparam("task"),
        task_progress.c.saved_by == bindparam("saved_by"),
        task_progress.c.submission_key == bindparam("submission_key"),
    ),
)

#: Whether a case of a process was opened for an order, and not called off.
SELECT_OPENED_FOR: Final = prepare(
    "select_opened_for",
    select(process_instance.c.key)
    .where(
        process_instance.c.order_id == bindparam("order_id"),
        process_instance.c.process_id.concat(literal_column("''")) == bindparam("process_id"),
        process_instance.c.parent.is_(None),
        process_instance.c.status != literal_column("'cancelled'"),
    )
    .limit(literal_column("1"))
    .offset(literal_column("0")),
)
#: People who registered an event by hand in a case.
SELECT_REGISTRANTS: Final = prepare(
    "select_registrants",
    select(registered_event.c.actor, registered_event.c.process_id, registered_event.c.element)
    .distinct()
    .where(registered_event.c.case_id == bindparam("case_id")),
)
#: The case whose task of an element is open and comes before a turn in the queue; suspended cases hold up nobody.
SELECT_EARLIER_TURN: Final = prepare(
    "select_earlier_turn",
    select(user_task.c.case_id, user_task.c.queue_no)
    .join(process_instance, process_instance.c.key == user_task.c.instance)
    .where(
        user_task.c.process_id == bindparam("process_id"),
        user_task.c.element == bindparam("element"),
        user_task.c.queue_no < bindparam("queue_no"),
        user_task.c.queue_no.is_not(None),
        user_task.c.status == literal_column("'open'"),
        process_instance.c.status.concat(literal_column("''")) == literal_column("'active'"),
    )
    .order_by(user_task.c.queue_no, user_task.c.id)
    .limit(literal_column("1"))
    .offset(literal_column("0")),
)

# --- writing ------------------------------------------------------------------------------------

INSERT_INSTANCE: Final = prepare(
    "insert_instance",
    insert(process_instance)
    .values({c.name: bindparam(c.name) for c in process_instance.columns if c.name != "key"})
    .returning(process_instance.c.key),
)


def _update_instance(name: str, *columns: str) -> Statement:
    """The step's own check: it touches no row when somebody else has stepped the instance."""
    return prepare(
        name,
        update(process_instance)
        .where(process_instance.c.key == bindparam("of_key"), process_instance.c.revision == bindparam("read_revision"))
        .values({column: bindparam(column) for column in columns}),
        in_order=True,
    )


_STEPPED: Final = ("revision", "state", "variables", "end_state", "incidents", "history_seq", "history_hash")
#: Columns without an index only: SQLite rewrites the index of every column that a statement sets.
UPDATE_INSTANCE: Final = _update_instance("update_instance", *_STEPPED)
#: At the last step.
UPDATE_INSTANCE_ENDED: Final = _update_instance("update_instance_ended", *_STEPPED, "status", "ended_at")
#: At the first step, which may be the last: the root's case id is its own key.
UPDATE_INSTANCE_BEGUN: Final = _update_instance("update_instance_begun", *_STEPPED, "status", "ended_at", "case_id")
INSERT_TASK: Final = _insert("insert_task", user_task)
INSERT_PROGRESS: Final = _insert("insert_progress", task_progress)
CLOSE_TASK: Final = prepare(
    "close_task",
    update(user_task)
    .where(user_task.c.id == bindparam("of_id"))
    .values({name: bindparam(name) for name in ("status", "ended_at", "completed_by", "submission_key")}),
    in_order=True,
)
INSERT_JOB: Final = _insert("insert_job", job)
DELETE_JOB: Final = prepare("delete_job", delete(job).where(job.c.id == bindparam("of_id")))
RESCHEDULE_JOB: Final = prepare(
    "reschedule_job",
    update(job)
    .where(job.c.id == bindparam("of_id"))
    .values(
        due_at=bindparam("due_at"),
        retries_left=bindparam("retries_left"),
        attempts=job.c.attempts + bindparam("attempts"),
        problem=bindparam("problem"),
    ),
)
_LEASED: Final = (
    job.c.id == bindparam("of_id"),
    job.c.attempts == bindparam("leased_attempts"),
    job.c.due_at == bindparam("leased_until"),
)
#: Whether nobody has taken a leased job since; and a change of it on that condition.
SELECT_LEASED: Final = prepare("select_leased", select(job.c.id).where(*_LEASED))
CHANGE_LEASE: Final = prepare(
    "change_lease",
    update(job).where(*_LEASED).values({name: bindparam(name) for name in ("due_at", "attempts", "problem")}),
)
#: A job that somebody released from its incident is as good as new: it does not wait as long as after its last failure.
RELEASE_JOB: Final = prepare(
    "release_job",
    update(job)
    .where(job.c.id == bindparam("of_id"))
    .values({name: bindparam(name) for name in ("due_at", "retries_left", "attempts", "problem")}),
)
#: A job of a suspended instance stays held; this is what it gets back when that is resumed.
RELEASE_SUSPENDED_JOB: Final = prepare(
    "release_suspended_job",
    update(job)
    .where(job.c.id == bindparam("of_id"))
    .values({name: bindparam(name) for name in ("suspended_due_at", "retries_left", "attempts", "problem")}),
)
INSERT_SUBSCRIPTION: Final = _insert("insert_subscription", subscription)
DELETE_SUBSCRIPTION: Final = prepare(
    "delete_subscription", delete(subscription).where(subscription.c.id == bindparam("of_id"))
)
INSERT_INCIDENT: Final = _insert("insert_incident", incident)
DELETE_INCIDENT: Final = prepare("delete_incident", delete(incident).where(incident.c.id == bindparam("of_id")))
INSERT_MESSAGE: Final = prepare(
    "insert_message",
    insert(message).values({c.name: bindparam(c.name) for c in message.columns if c.name != "key"}),
)
MARK_CORRELATED: Final = prepare(
    "mark_correlated",
    update(message).where(message.c.key == bindparam("of_key")).values(correlated=bindparam("correlated")),
)
DELETE_EXPIRED_MESSAGES: Final = prepare(
    "delete_expired_messages",
    delete(message).where(message.c.expires_at <= bindparam("now"), message.c.message_id.is_(None)),
)
#: Takes rows as tuples in the order of the columns: there are several a step.
INSERT_HISTORY_EVENT: Final = insert_rows("insert_history_event", history_event)
INSERT_HISTORY_VALUE: Final = _insert("insert_history_value", history_value)


#: The rows of a register that a case has, as they were opened.
#: The case's rows of all registers; and, as the row without a register, the last id of the table.
SELECT_REGISTER_ROWS: Final = prepare(
    "select_register_rows",
    union_all(
        select(
            register_row.c.id,
            register_row.c.register,
            register_row.c.instance,
            register_row.c.taken_by,
            register_row.c["values"],
            register_row.c.opened_at,
        ).where(register_row.c.case_id == bindparam("case_id")),
        select(func.max(register_row.c.id), null(), null(), null(), null(), null()),
    ),
)


def _upsert(name: str, table: Table, key: list[str], changed: list[str]) -> Statement:
    new = upsert(table).values({c.name: bindparam(c.name) for c in table.columns})
    replacing = {column: new.excluded[column] for column in changed}
    return prepare(name, new.on_conflict_do_update(index_elements=key, set_=replacing), in_order=True)


UPSERT_REGISTER: Final = _upsert(
    "upsert_register", register_row, ["id"], ["taken_by", "element", "values", "written_at"]
)
UPSERT_REGISTER_CELL: Final = _upsert("upsert_register_cell", register_cell, ["row", "column"], ["sort", "text"])
INSERT_RESOURCE: Final = prepare(
    "insert_resource",
    upsert(resource).values({c.name: bindparam(c.name) for c in resource.columns}).on_conflict_do_nothing(),
)
