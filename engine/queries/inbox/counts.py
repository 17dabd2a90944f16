"""How many tasks stand in each scope, process and kept filter: one walk along the index for all of them."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, false, func, literal, or_, select

from engine.clock import to_microseconds
from engine.model import Actor
from engine.queries.base import is_open
from engine.queries.inbox.desk import Condition, Desk
from engine.queries.inbox.sought import narrowed
from engine.queries.visibility import own_courier
from engine.saved_filters import Asked, InboxScope
from engine.store.tables import user_task

#: From so many tasks on, a count is kept …
_LARGE: Final = 5_000
#: … for so many seconds: nobody can tell 48 213 from 48 214.
_SECONDS: Final = 2.0
#: Due times are judged in steps of so many microseconds there, so that what was counted can be used again.
_STEP: Final = 2_000_000
_MAX_KEPT: Final = 256


@dataclass(slots=True)
class _Kept:
    rows: Sequence[Row[Any]] = ()
    until: float = 0.0


class Counts:
    """Counts for pages; safe for threads.

    Only the walk along the ranges is remembered, and only where it is long: it is the same for all people of the same
    groups. What somebody has claimed, and what own cases have, is counted anew each time.
    """

    def __init__(self, seconds: float = _SECONDS, clock: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._kept: dict[object, _Kept] = {}
        self._mutex = threading.Lock()

    def read(self, connection: Connection, desk: Desk, asked: Asked, also: Mapping[str, Asked]) -> dict[str, int]:
        """Open tasks by scope, by process within the scope in view, and of further questions by their names."""
        words = {name: narrowed(connection, desk.actor, one) for name, one in also.items()}
        plain = [(name, one) for name, one in also.items() if words[name] is None]
        by_scope: dict[InboxScope, dict[str, int]] = {one: defaultdict(int) for one in InboxScope}
        found: dict[str, int] = dict.fromkeys(also, 0)
        for row in self._walk(connection, desk, plain):
            is_own = row.candidate_groups in desk.own
            by_scope[InboxScope.ALL][row.process_id] += row.everything
            by_scope[InboxScope.GROUPS][row.process_id] += row.free if is_own else 0
            for number, (name, one) in enumerate(plain):
                if one.scope is InboxScope.ALL or (one.scope is InboxScope.GROUPS and is_own):
                    found[name] += row[_FIRST + number]
        for row in connection.execute(_beside(desk, plain)):
            by_scope[InboxScope.MINE][row.process_id] += row.mine
            by_scope[InboxScope.GROUPS][row.process_id] += row.mine
            by_scope[InboxScope.ALL][row.process_id] += row.outside
            for number, (name, _) in enumerate(plain):
                found[name] += row[_FIRST + number]
        for name, one in also.items():
            cases = words[name]
            if cases is not None:
                found[name] = connection.execute(_of_cases(desk, one, cases)).scalar_one()
        counts = {one.value: sum(by_scope[one].values()) for one in InboxScope}
        in_view = sorted(by_scope[asked.scope].items())
        return counts | found | {f"process:{process}": count for process, count in in_view if count}

    def _walk(self, connection: Connection, desk: Desk, plain: Sequence[tuple[str, Asked]]) -> Sequence[Row[Any]]:
        texts = desk.texts(InboxScope.ALL)
        if not texts:
            return []
        key = (
            tuple(texts), tuple(desk.own), _sight(desk), to_microseconds(desk.now) // _STEP,
            tuple(one.query() for _, one in plain),
        )  # fmt: skip
        with self._mutex:
            kept = self._kept.get(key)
            if kept is not None and kept.until > self._clock():
                return kept.rows
        rows = connection.execute(_along(desk, texts, [one for _, one in plain])).all()
        if sum(row.everything for row in rows) >= _LARGE:
            with self._mutex:
                if len(self._kept) >= _MAX_KEPT:
                    self._kept.clear()
                self._kept[key] = _Kept(rows=rows, until=self._clock() + self._seconds)
        return rows


#: Columns in front of those of further questions.
_FIRST: Final = 4


def _along(desk: Desk, texts: Sequence[str], plain: Sequence[Asked]) -> Select[Any]:
    """A row a range, in the order of the index, so that nothing is sorted."""
    groups, process, team = user_task.c.candidate_groups, user_task.c.process_id, desk.team_only
    seen = func.count() if team is None else _many(team)

    def of(one: Asked) -> Any:
        if one.scope is InboxScope.MINE:
            return literal(0)
        narrower = desk.free if one.scope is InboxScope.GROUPS else team
        return _many(desk.filters(one) if narrower is None else and_(narrower, desk.filters(one)))

    return (
        select(groups, process, seen.label("everything"), _many(desk.free).label("free"), *map(of, plain))
        .where(is_open(by_status=True), groups.in_(texts), own_courier(desk.actor))
        .group_by(groups, process)
    )


def _beside(desk: Desk, plain: Sequence[tuple[str, Asked]]) -> Select[Any]:
    """What the person has claimed, and what own cases have outside the own groups: few tasks."""
    mine = func.coalesce(user_task.c.assignee == desk.actor.id, false())
    ids = [select(user_task.c.id).where(one) for one in desk.beside(InboxScope.ALL) or [desk.mine]]
    outside: Condition = user_task.c.candidate_groups.not_in(list(desk.own))
    if desk.sees_ranges:
        outside = false()  # the ranges hold everything
    parts = {InboxScope.MINE: mine, InboxScope.GROUPS: mine, InboxScope.ALL: outside}
    asked = [_many(and_(parts[one.scope], desk.filters(one))) for _, one in plain]
    return (
        select(user_task.c.process_id, func.count(), _many(mine).label("mine"), _many(outside).label("outside"), *asked)
        .where(or_(*(user_task.c.id.in_(one) for one in ids)))
        .group_by(user_task.c.process_id)
    )


def _of_cases(desk: Desk, asked: Asked, cases: Sequence[str]) -> Select[Any]:
    texts = desk.texts(asked.scope)
    of_scope = [and_(user_task.c.candidate_groups.in_(texts), desk.in_ranges(asked.scope))] if texts else []
    tasks = select(user_task.c.id).where(user_task.c.case_id.in_(cases), is_open(by_status=False))
    either = or_(*of_scope, *desk.beside(asked.scope))
    return select(func.count()).select_from(user_task).where(user_task.c.id.in_(tasks), either, desk.filters(asked))


def _many(condition: Condition) -> Any:
    """How many rows meet it; nothing is called for those that do not (a fifth faster than counting a ``CASE``)."""
    return func.count().filter(condition)


def _sight(desk: Desk) -> object:
    """What decides who sees which tasks of the ranges; the same for people of the same groups and team."""
    actor: Actor = desk.actor
    team = None if actor.team is None else tuple(sorted(actor.team))
    first = tuple((groups, tuple(people)) for groups, people in sorted(desk.first.items()))
    return (desk.sees_ranges, team, tuple(sorted(actor.couriers)), first)
