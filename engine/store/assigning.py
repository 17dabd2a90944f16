"""Who does a user task, when somebody looks at it again, and what lists know of its case."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, literal_column, update

from engine.store.statement import prepare
from engine.store.tables import user_task

ASSIGN_TASK: Final = prepare(
    "assign_task",
    update(user_task)
    .where(user_task.c.id == bindparam("of_id"), user_task.c.status == literal_column("'open'"))
    .values(assignee=bindparam("assignee"), claimed_at=bindparam("claimed_at")),
)
FOLLOW_UP_TASK: Final = prepare(
    "follow_up_task",
    update(user_task)
    .where(user_task.c.id == bindparam("of_id"), user_task.c.status == literal_column("'open'"))
    .values(follow_up_at=bindparam("follow_up_at")),
)
#: By the index of cases: a case has few tasks, so the others' indexes are kept out of it.
_OPEN_OF_CASE: Final = (
    user_task.c.case_id == bindparam("of_case_id"),
    user_task.c.status.concat(literal_column("''")) == literal_column("'open'"),
)
#: Open tasks of a case go with it to another owner.
OWN_TASKS: Final = prepare(
    "own_tasks",
    update(user_task).where(*_OPEN_OF_CASE).values(owner=bindparam("owner")),
)
#: The money that a case is about has changed while others of its tasks are open.
VALUE_TASKS: Final = prepare(
    "value_tasks",
    update(user_task)
    .where(*_OPEN_OF_CASE, user_task.c.instance.concat(literal_column("''")) == bindparam("of_instance"))
    .values(amount=bindparam("amount")),
)
