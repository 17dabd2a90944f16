"""How many tasks stand in each scope, process and kept filter: one walk along the index for all of them."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, false, func, literal, or_, select, true

from engine import access
from engine.model import Actor
from engine.queries.base import is_open
from engine.queries.inbox.desk import Condition, Desk
from engine.queries.inbox.sought import narrowed
from engine.queries.visibility import own_courier
from engine.saved_filters import Asked, InboxScope
from engine.saved_filters.asked import ME
from engine.store.tables import user_task

#: From so many tasks on, a count is kept …
_LARGE: Final = 5_000
#: … for so many seconds: nobody can tell 48 213 from 48 214.
_SECONDS: Final = 2.0
_MAX_KEPT: Final = 1_024
#: Number of tasks by (candidate groups, process).
Cells = Mapping[tuple[str, str], int]
#: Besides what is asked, these two make up the scopes.
_SCOPES: Final = ("everything", "free")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    cells: Cells
    at: datetime


class Counts:
    """Counts for pages; safe for threads.

    Only the walk along the ranges is remembered, each question by itself, and only where it is long: for people of the
    same groups it is the same. What somebody has claimed, and what own cases have, is counted anew each time.
    """

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = timedelta(seconds=seconds)
        self._kept: dict[object, _Kept] = {}
        self._mutex = threading.Lock()

    def read(self, connection: Connection, desk: Desk, asked: Asked, also: Mapping[str, Asked]) -> dict[str, int]:
        """Open tasks by scope, by process within the scope in view, and of further questions by their names."""
        words = {name: narrowed(connection, desk.actor, one) for name, one in also.items()}
        plain = {name: one for name, one in also.items() if words[name] is None}
        by_scope: dict[InboxScope, dict[str, int]] = {one: defaultdict(int) for one in InboxScope}
        found: dict[str, int] = dict.fromkeys(also, 0)
        walked = self._walk(connection, desk, list(plain.values()))
        for (groups, process), number in walked["everything"].items():
            by_scope[InboxScope.ALL][process] += number
            by_scope[InboxScope.GROUPS][process] += walked["free"][groups, process] if groups in desk.own else 0
        for name, one in plain.items():
            cells = walked[_question(desk, one)]
            own_only = one.scope is InboxScope.GROUPS
            found[name] += sum(number for (groups, _), number in cells.items() if not own_only or groups in desk.own)
        for statement in _beside(desk, list(plain.values())):
            for process, mine, outside, *asked_for in connection.execute(statement):
                by_scope[InboxScope.MINE][process] += mine
                by_scope[InboxScope.GROUPS][process] += mine
                by_scope[InboxScope.ALL][process] += outside
                for name, number in zip(plain, asked_for, strict=True):
                    found[name] += number
        for name, one in also.items():
            cases = words[name]
            if cases is not None:
                found[name] = connection.execute(_of_cases(desk, one, cases)).scalar_one()
        counts = {one.value: sum(by_scope[one].values()) for one in InboxScope}
        in_view = sorted(by_scope[asked.scope].items())
        return counts | found | {f"process:{process}": count for process, count in in_view if count}

    def _walk(self, connection: Connection, desk: Desk, plain: Sequence[Asked]) -> Mapping[object, Cells]:
        """Cells of the scopes and of every question: those at hand, and the others by one walk."""
        texts = desk.texts(InboxScope.ALL)
        asked: dict[object, Asked | None] = dict.fromkeys(_SCOPES) | {_question(desk, one): one for one in plain}
        if not texts:
            return {question: {} for question in asked}
        sight = (tuple(texts), tuple(desk.own), _sight(desk))
        cells = self._at_hand(sight, asked, desk.now)
        missing = {question: one for question, one in asked.items() if question not in cells}
        if missing:
            counted = {question: _counted(desk, question, one) for question, one in missing.items()}
            rows = connection.execute(_along(desk, texts, list(counted.values()))).all()
            new = {
                question: {(row[0], row[1]): row[2 + number] for row in rows} for number, question in enumerate(counted)
            }
            cells |= new
            if sum(cells["everything"].values()) >= _LARGE:
                self._keep(sight, new, desk.now)
        return cells

    def _at_hand(self, sight: object, asked: Iterable[object], now: datetime) -> dict[object, Cells]:
        with self._mutex:
            kept = {one: self._kept.get((sight, one)) for one in asked}
        return {
            one: found.cells
            for one, found in kept.items()
            if found is not None and timedelta(0) <= now - found.at < self._seconds
        }

    def _keep(self, sight: object, cells: Mapping[object, Cells], now: datetime) -> None:
        with self._mutex:
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            for question, one in cells.items():
                self._kept[sight, question] = _Kept(cells=one, at=now)


def _question(desk: Desk, asked: Asked) -> object:
    """What makes two people's questions the same one."""
    return asked.without("sort"), desk.actor.id if asked.assignee == ME else None


def _counted(desk: Desk, question: object, asked: Asked | None) -> Any:
    """The number that a question asks of a range."""
    if question == "free":
        return _many(desk.free)
    if asked is None:
        return func.count() if desk.team_only is None else _many(desk.team_only)
    if asked.scope is InboxScope.MINE:
        return literal(0)
    if asked.scope is InboxScope.GROUPS:
        return _many(and_(desk.free, desk.filters(asked)))
    return _many(desk.filters(asked) if desk.team_only is None else and_(desk.team_only, desk.filters(asked)))


def _along(desk: Desk, texts: Sequence[str], counted: Sequence[Any]) -> Select[Any]:
    """A row a range, in the order of the index, so that nothing is sorted."""
    groups, process = user_task.c.candidate_groups, user_task.c.process_id
    return (
        select(groups, process, *counted)
        .where(is_open(by_status=True), groups.in_(texts), own_courier(desk.actor))
        .group_by(groups, process)
    )


def _beside(desk: Desk, plain: Sequence[Asked]) -> list[Select[Any]]:
    """What the person has claimed, and what else own cases have outside the own groups: few tasks, each counted once.

    A row a process: how many are the person's, how many only the scope of all tasks shows, and what each question asks.
    """
    everything, found = InboxScope.ALL, []
    outside: Condition = false() if desk.sees_ranges else user_task.c.candidate_groups.not_in(list(desk.own))
    if access.may(desk.actor, "P04"):
        others = and_(outside, user_task.c.owner.is_distinct_from(desk.actor.id)) if desk.owns else outside
        asked = [_many(and_(others if one.scope is everything else true(), desk.filters(one))) for one in plain]
        found.append(_by_process(desk.mine, [func.count(), _many(others), *asked]))
    if desk.owns:
        asked = [_many(desk.filters(one)) if one.scope is everything else literal(0) for one in plain]
        found.append(_by_process(and_(desk.of_own_cases, outside), [literal(0), func.count(), *asked]))
    return found


def _by_process(which: Condition, counted: Sequence[Any]) -> Select[Any]:
    return select(user_task.c.process_id, *counted).where(which).group_by(user_task.c.process_id)


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
