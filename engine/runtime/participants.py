"""Who takes part in a case, as facts for ``access``."""

from __future__ import annotations

from sqlalchemy import Connection, select

from engine.access import CaseFacts
from engine.errors import NotFound
from engine.store.tables import process_instance, user_task


def case_facts(connection: Connection, case_id: str) -> CaseFacts:
    """Who and which groups take part in a case.

    Raises:
        NotFound: there is no such case.
    """
    people: set[str | None] = set()
    groups: set[str] = set()
    instances = select(process_instance.c.owner, process_instance.c.first_owner, process_instance.c.opened_by).where(
        process_instance.c.case_id == case_id
    )
    rows = connection.execute(instances).all()
    if not rows:
        raise NotFound(f"there is no case {case_id[:20]!r}", message_zh="没有这个工单,或您没有权限。")
    for row in rows:
        people.update(row)
    tasks = (
        select(user_task.c.candidate_groups, user_task.c.assignee, user_task.c.completed_by)
        .distinct()
        .where(user_task.c.case_id == case_id)
    )
    for row in connection.execute(tasks):
        groups.update(group for group in row.candidate_groups.split(",") if group)
        people.update((row.assignee, row.completed_by))
    return CaseFacts(people=frozenset(person for person in people if person), groups=frozenset(groups))
