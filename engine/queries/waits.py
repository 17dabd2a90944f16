"""What a case waits for, said in names: open user tasks, else messages, timers and work that is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection, select

from engine.model import TOKEN_JOBS
from engine.queries.base import RUNNING, Names, group_names, is_open
from engine.store.tables import job, process_instance, subscription, user_task


def waits_of(connection: Connection, names: Names, case_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Case id → names of what it waits for; an instance with open user tasks waits for these only."""
    instances = connection.execute(
        select(process_instance.c.key, process_instance.c.case_id, process_instance.c.definition)
        .where(
            process_instance.c.case_id.in_(case_ids),
            process_instance.c.status.concat("").in_(RUNNING),  # by case, see base.is_open
        )
        .order_by(process_instance.c.key)
    ).all()
    keys = [row.key for row in instances]
    tasks = connection.execute(
        select(user_task.c.instance, user_task.c.element, user_task.c.candidate_groups)
        .where(user_task.c.case_id.in_(case_ids), user_task.c.instance.in_(keys), is_open(by_status=False))
        .order_by(user_task.c.id)
    )
    asked: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in tasks:
        asked[row.instance].append((row.element, group_names(row.candidate_groups)))
    others = _others(connection, [key for key in keys if key not in asked])
    waits: dict[str, list[str]] = defaultdict(list)
    for row in instances:
        for element, groups in asked.get(row.key, ()):
            name = names.element(row.definition, element)
            waits[row.case_id].append(f"{name}({groups})" if groups else name)
        waits[row.case_id] += [names.element(row.definition, element) for element in others.get(row.key, ())]
    return {case_id: tuple(dict.fromkeys(found)) for case_id, found in waits.items()}


def _others(connection: Connection, keys: Collection[int]) -> dict[int, list[str]]:
    """Elements of subscriptions, timers and jobs of the instances, without what is on its way from them."""
    found: dict[int, list[str]] = defaultdict(list)
    waiting = select(subscription.c.instance, subscription.c.element).where(subscription.c.instance.in_(keys))
    for row in connection.execute(waiting.order_by(subscription.c.id)):
        found[row.instance].append(row.element)
    due = select(job.c.instance, job.c.element).where(job.c.instance.in_(keys), job.c.kind.in_(TOKEN_JOBS))
    for row in connection.execute(due.order_by(job.c.id)):
        found[row.instance].append(row.element)
    return found
