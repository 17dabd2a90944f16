"""The inbox: open user tasks by page, each page a few seeks in an index however many tasks wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, union_all

from engine import access
from engine.model import Actor, UserTaskStatus
from engine.queries.base import TASK_ROW, Names, keyset, page_size, task_rows
from engine.queries.views import InboxPage, InboxScope
from engine.queries.visibility import open_groups, own_groups
from engine.store.tables import process_instance, user_task

if TYPE_CHECKING:
    from engine.definitions import Definitions

_LAST: Final = "\U0010ffff"
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What the actor can reach: the texts of candidate_groups, all of them and the actor's."""

    actor: Actor
    groups: list[str]
    own: list[str]

    @property
    def branches(self) -> Mapping[InboxScope, list[Condition]]:
        """Conditions whose union is the scope; each is served by an index in the order of id."""
        mine = user_task.c.assignee == self.actor.id
        free = or_(user_task.c.assignee.is_(None), mine)
        own_cases = user_task.c.case_id.in_(
            select(process_instance.c.case_id).where(
                process_instance.c.owner == self.actor.id, process_instance.c.status == "active"
            )
        )
        if access.sees_all_cases(self.actor):
            everything = [user_task.c.candidate_groups == one for one in self.groups]
        else:
            everything = [user_task.c.candidate_groups == one for one in self.own]
            everything += [mine, own_cases] if access.may(self.actor, "P04") else []
        return {
            InboxScope.MINE: [mine],
            InboxScope.GROUPS: [and_(user_task.c.candidate_groups == one, free) for one in self.own] + [mine],
            InboxScope.ALL: everything,
        }


def read_inbox(
    connection: Connection,
    definitions: Definitions,
    actor: Actor,
    *,
    scope: InboxScope,
    process_id: str | None,
    sought: str | None,
    after: str | None,
    limit: int,
) -> InboxPage:
    """A page of open user tasks in the order of their ids, with counts for every scope.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    behind = keyset(after)
    size = page_size(limit)
    groups = open_groups(connection)
    desk = _Desk(actor=actor, groups=groups, own=own_groups(actor, groups))
    filters = _filters(process_id, sought)
    branches = desk.branches[scope]
    rows = connection.execute(_page(branches, filters, behind, size + 1)).all() if branches else []
    names = Names(connection, definitions)
    return InboxPage(
        rows=task_rows(rows[:size], names),
        next_after=str(rows[size - 1].id) if len(rows) > size else None,
        counts=_counts(connection, desk, scope),
    )


def _page(branches: list[Condition], filters: list[Condition], behind: int | None, size: int) -> Select[Any]:
    """The first tasks of every branch, merged: no branch is read further than a page."""
    ids = []
    for branch in branches:
        one = select(user_task.c.id).where(user_task.c.status == UserTaskStatus.OPEN, branch, *filters)
        if behind is not None:
            one = one.where(user_task.c.id > behind)
        ids.append(select(one.order_by(user_task.c.id).limit(size).subquery().c.id))
    return (
        select(*TASK_ROW)
        .join(process_instance, process_instance.c.key == user_task.c.instance)
        .where(user_task.c.id.in_(union_all(*ids)))
        .order_by(user_task.c.id)
        .limit(size)
    )


def _filters(process_id: str | None, sought: str | None) -> list[Condition]:
    conditions: list[Condition] = []
    if process_id:
        conditions.append(user_task.c.process_id == process_id)
    if sought and sought.strip():
        conditions.append(user_task.c.case_id.in_(cases_found(sought.strip())))
    return conditions


def cases_found(sought: str) -> Any:
    """Ids of cases by case number, customer id (whole) or order id (from its beginning)."""
    found = [
        select(process_instance.c.case_id).where(process_instance.c.case_id == sought),
        select(process_instance.c.case_id).where(process_instance.c.customer_id == sought),
        select(process_instance.c.case_id).where(
            process_instance.c.order_id >= sought, process_instance.c.order_id < sought + _LAST
        ),
    ]
    return union_all(*found)


def _counts(connection: Connection, desk: _Desk, scope: InboxScope) -> dict[str, int]:
    """Open tasks by scope, and by process within the scope in view."""
    counts: dict[str, int] = {}
    for one in InboxScope:
        branches = desk.branches[one]
        if not branches:
            counts[one.value] = 0
            continue
        within = (user_task.c.status == UserTaskStatus.OPEN, _either(desk, one))
        if one is scope:
            grouped = select(user_task.c.process_id, func.count()).where(*within).group_by(user_task.c.process_id)
            by_process = {row[0]: row[1] for row in connection.execute(grouped)}
            counts[one.value] = sum(by_process.values())
            counts |= {f"process:{process}": count for process, count in sorted(by_process.items())}
        else:
            counts[one.value] = connection.execute(
                select(func.count()).select_from(user_task).where(*within)
            ).scalar_one()
    return counts


def _either(desk: _Desk, scope: InboxScope) -> Condition:
    """A scope as one condition, for counting."""
    if scope is InboxScope.ALL and access.sees_all_cases(desk.actor):
        return user_task.c.candidate_groups.in_(desk.groups)
    return or_(*desk.branches[scope])
