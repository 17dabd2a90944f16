"""The inbox: open user tasks by page, each page a few seeks in an index however many tasks wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from engine import access
from engine.errors import NotFound
from engine.model import Actor
from engine.queries.base import RUNNING, TASK_ROW, Names, is_open, keyset, page_size, task_rows
from engine.queries.turns import in_turn
from engine.queries.views import InboxPage, InboxScope
from engine.queries.visibility import open_groups, own_groups
from engine.store.tables import process_instance, user_task

if TYPE_CHECKING:
    from engine.definitions import Definitions

_LAST: Final = "\U0010ffff"
#: A search that finds more cases than this shows the tasks of these.
_MAX_FOUND: Final = 500
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What the actor can reach: the texts of candidate_groups, all of them and the actor's."""

    actor: Actor
    groups: list[str]
    own: list[str]

    @property
    def mine(self) -> Condition:
        """Claimed by the actor."""
        return and_(is_open(by_status=True), user_task.c.assignee == self.actor.id)

    @property
    def own_cases(self) -> Condition:
        """Of running cases that the actor owns."""
        owned = select(process_instance.c.case_id).where(
            process_instance.c.owner == self.actor.id, process_instance.c.status.in_(RUNNING)
        )
        return and_(is_open(by_status=False), user_task.c.case_id.in_(owned))

    def of_groups(self, groups: str) -> Condition:
        """Of these candidate groups."""
        return and_(is_open(by_status=True), user_task.c.candidate_groups == groups)

    def branches(self, scope: InboxScope) -> list[Condition]:
        """Conditions whose union is the scope; each is served by an index of its own."""
        if scope is InboxScope.MINE:
            return [self.mine]
        if scope is InboxScope.GROUPS:
            free = or_(user_task.c.assignee.is_(None), user_task.c.assignee == self.actor.id)
            return [and_(self.of_groups(one), free) for one in self.own] + [self.mine]
        if access.sees_all_cases(self.actor):
            return [self.of_groups(one) for one in self.groups]
        works = access.may(self.actor, "P04")
        return [self.of_groups(one) for one in self.own] + ([self.mine, self.own_cases] if works else [])


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
    """A page of open user tasks, those of urgent cases first, then in the order of their ids; counts for every scope.

    Raises:
        NotFound: ``after`` is none that a page gave.
    """
    behind = _place(after)
    size = page_size(limit)
    groups = open_groups(connection)
    desk = _Desk(actor=actor, groups=groups, own=own_groups(actor, groups))
    filters = [user_task.c.process_id == process_id] if process_id else []
    if behind is not None:
        filters.append(tuple_(user_task.c.urgency, user_task.c.id) > tuple_(*behind))
    branches = desk.branches(scope)
    if sought and sought.strip():
        cases = connection.execute(cases_found(sought.strip()).limit(_MAX_FOUND)).scalars().all()
        branches = [and_(_of_cases(cases), or_(*branches))] if branches else []
    rows = connection.execute(_page(branches, filters, size + 1)).all() if branches else []
    names = Names(connection, definitions)
    return InboxPage(
        rows=in_turn(task_rows(rows[:size], names)),
        next_after=f"{rows[size - 1].urgency}-{rows[size - 1].id}" if len(rows) > size else None,
        counts=_counts(connection, desk, scope),
    )


def _page(branches: list[Condition], filters: list[Condition], size: int) -> Select[Any]:
    """The first tasks of every branch, merged: no branch is read further than a page."""
    order = (user_task.c.urgency, user_task.c.id)
    ids = [
        select(select(user_task.c.id).where(branch, *filters).order_by(*order).limit(size).subquery().c.id)
        for branch in branches
    ]
    return (
        select(*TASK_ROW)
        .join(process_instance, process_instance.c.key == user_task.c.instance)
        .where(user_task.c.id.in_(union_all(*ids)))
        .order_by(*order)
        .limit(size)
    )


def _place(after: str | None) -> tuple[int, int] | None:
    """Urgency and id behind which a page begins.

    Raises:
        NotFound: the text is none that a page gave.
    """
    if after is None:
        return None
    urgency, _, key = after.partition("-")
    behind = keyset(key)
    if urgency not in ("0", "1") or behind is None:
        raise NotFound("there is no such page")
    return int(urgency), behind


def _of_cases(cases: Sequence[str]) -> Condition:
    """Open tasks of cases; the ids of the tasks are few, so what else is asked of them needs no index."""
    tasks = select(user_task.c.id).where(user_task.c.case_id.in_(cases), is_open(by_status=False))
    return user_task.c.id.in_(tasks)


def cases_found(sought: str) -> CompoundSelect[Any]:
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
    """Open tasks by scope, and by process within the scope in view.

    A statement a text of groups, joined by UNION ALL: each runs along an index, none sorts.
    """
    tallies: dict[InboxScope, dict[str, int]] = {one: defaultdict(int) for one in InboxScope}
    sees_all = access.sees_all_cases(desk.actor)
    free = or_(user_task.c.assignee.is_(None), user_task.c.assignee == desk.actor.id)
    by_groups = [
        select(
            literal(one in desk.own).label("own"),
            user_task.c.process_id,
            func.count().label("all"),
            func.sum(case((free, 1), else_=0)).label("free"),
        )
        .where(desk.of_groups(one))
        .group_by(user_task.c.process_id)
        for one in (desk.groups if sees_all else desk.own)
    ]
    for is_own, process, everything, unclaimed in connection.execute(union_all(*by_groups)) if by_groups else ():
        tallies[InboxScope.ALL][process] += everything
        if is_own:
            tallies[InboxScope.GROUPS][process] += unclaimed
    _count_outside(connection, desk, tallies, sees_all=sees_all)
    counts = {one.value: sum(tallies[one].values()) for one in InboxScope}
    return counts | {f"process:{process}": count for process, count in sorted(tallies[scope].items()) if count}


def _count_outside(
    connection: Connection, desk: _Desk, tallies: Mapping[InboxScope, dict[str, int]], *, sees_all: bool
) -> None:
    """What is the actor's though of no group of the actor: claimed tasks, and tasks of own cases."""
    is_mine = func.coalesce(user_task.c.assignee == desk.actor.id, false()).label("mine")
    task = select(user_task.c.id, user_task.c.process_id, user_task.c.candidate_groups, is_mine)
    seen = [task.where(desk.mine)]
    if not sees_all and access.may(desk.actor, "P04"):
        seen.append(task.where(desk.own_cases))
    found = {row.id: row for one in seen for row in connection.execute(one)}
    for row in found.values():
        outside = row.candidate_groups not in desk.own
        if row.mine:
            tallies[InboxScope.MINE][row.process_id] += 1
            tallies[InboxScope.GROUPS][row.process_id] += outside
        if not sees_all:
            tallies[InboxScope.ALL][row.process_id] += outside
