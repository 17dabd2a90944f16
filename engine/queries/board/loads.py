"""How much open work each group and each person has, how much of it is late, and since when the oldest waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from engine.access import GROUPS
from engine.clock import instant_or_none, to_microseconds
from engine.queries.base import is_open
from engine.store.people import read_names
from engine.store.tables import user_task


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Open user tasks, counted."""

    open: int = 0
    #: Claimed by nobody.
    free: int = 0
    #: 80 % of the time has passed; where nothing says when that is: due within the hour.
    at_risk: int = 0
    overdue: int = 0
    #: When the oldest of them came.
    oldest: datetime | None = None

    def __add__(self, other: Load) -> Load:
        known = [one for one in (self.oldest, other.oldest) if one is not None]
        return Load(
            open=self.open + other.open,
            free=self.free + other.free,
            at_risk=self.at_risk + other.at_risk,
            overdue=self.overdue + other.overdue,
            oldest=min(known, default=None),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLoad:
    """The open work of one group; a task of several groups counts in each."""

    group: str
    name: str
    load: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLoad:
    """What a person has claimed."""

    person: str
    name: str
    #: Group ids.
    groups: tuple[str, ...]
    on_duty: bool
    away: bool
    load: Load


#: As the inbox counts it (``due=risk``): past the reminder, or within the hour where none is set.
_SOON: Final = timedelta(hours=1)


def _columns(now: datetime) -> tuple[ColumnElement[Any], ...]:
    at = to_microseconds(now)
    due, late = user_task.c.due_order, user_task.c.due_order < at
    risk_at = func.coalesce(user_task.c.remind_at, due - _SOON // timedelta(microseconds=1))
    return (
        func.count().label("open"),
        func.sum(case((user_task.c.assignee.is_(None), 1), else_=0)).label("free"),
        func.sum(case((and_(due >= at, risk_at <= at), 1), else_=0)).label("at_risk"),
        func.sum(case((late, 1), else_=0)).label("overdue"),
        func.min(user_task.c.created_at).label("oldest"),
    )


def _load(row: Any) -> Load:
    return Load(
        open=row.open,
        free=row.free or 0,
        at_risk=row.at_risk or 0,
        overdue=row.overdue or 0,
        oldest=instant_or_none(row.oldest),
    )


def read_groups(connection: Connection, now: datetime, where: ColumnElement[bool]) -> tuple[Load, list[GroupLoad]]:
    """All open tasks under a condition, and by group; the busiest first.

    Args:
        connection: a snapshot.
        now: aware UTC.
        where: which tasks the reader sees.
    """
    counted = _under(where, now, user_task.c.candidate_groups).group_by(user_task.c.candidate_groups)
    whole, groups = Load(), dict[str, Load]()
    for row in connection.execute(counted):
        load = _load(row)
        whole += load
        for group in row.candidate_groups.split(","):
            groups[group] = groups.get(group, Load()) + load
    found = [GroupLoad(group=group, name=GROUPS.get(group, group), load=load) for group, load in groups.items()]
    return whole, sorted(found, key=lambda one: (-one.load.overdue, -one.load.open, one.group))


def _under(where: ColumnElement[bool], now: datetime, by: ColumnElement[Any]) -> Select[Any]:
    return select(by, *_columns(now)).where(is_open(by_status=True), where)


def read_people(
    connection: Connection,
    now: datetime,
    where: ColumnElement[bool],
    members: Mapping[str, tuple[str, ...]],
    *,
    on_duty: Collection[str],
    away: Collection[str],
) -> list[PersonLoad]:
    """What each of these people has claimed; those with late work first, then those on duty.

    Args:
        connection: a snapshot.
        now: aware UTC.
        where: which tasks the reader sees.
        members: person → group ids; people without open work come too.
        on_duty: whose shift it is.
        away: who is absent.
    """
    claimed = _under(and_(where, user_task.c.assignee.in_(members)), now, user_task.c.assignee)
    loads = {row.assignee: _load(row) for row in connection.execute(claimed.group_by(user_task.c.assignee))}
    names = read_names(connection, members)
    found = [
        PersonLoad(
            person=person,
            name=names.get(person, person),
            groups=groups,
            on_duty=person in on_duty,
            away=person in away,
            load=loads.get(person, Load()),
        )
        for person, groups in members.items()
    ]
    return sorted(found, key=lambda one: (-one.load.overdue, -one.load.at_risk, one.away, not one.on_duty, one.name))
