"""What a person's inbox is made of: ranges of the index of open tasks, and the few tasks that are the person's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, Connection, and_, func, literal, not_, or_, select, true

from engine import access, roster
from engine.clock import SHANGHAI, to_microseconds
from engine.model import Actor
from engine.queries.base import is_open
from engine.queries.visibility import own_courier, own_groups, visible_task
from engine.saved_filters import Asked, Due, FollowUp, InboxScope, Priority
from engine.saved_filters.asked import FREE, ME, TAKEN
from engine.store.tables import membership, user, user_task
from engine.store.tables.instances import NEVER_DUE

if TYPE_CHECKING:
    from engine.definitions import Definitions

Condition = ColumnElement[bool]
#: A step is drawn with a higher priority than usual.
_USUAL_PRIORITY: Final = 50
_SOON: Final = timedelta(hours=1)
#: The distinct pairs of groups and process among open tasks: one seek each, however many tasks there are.
_RANGES: Final = """
    WITH RECURSIVE found(id, groups, process) AS (
        SELECT * FROM (SELECT id, candidate_groups, process_id FROM user_task
                       WHERE status = 'open' AND candidate_groups >= '' ORDER BY candidate_groups, process_id LIMIT 1)
        UNION ALL
        SELECT task.id, task.candidate_groups, task.process_id FROM found JOIN user_task AS task ON task.id = coalesce(
            (SELECT id FROM user_task WHERE status = 'open' AND candidate_groups = found.groups
             AND process_id > found.process ORDER BY process_id LIMIT 1),
            (SELECT id FROM user_task WHERE status = 'open' AND candidate_groups > found.groups
             ORDER BY candidate_groups, process_id LIMIT 1))
    )
    SELECT groups, process FROM found
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Open tasks of one text of ``candidate_groups`` and one process: they stand together in the index."""

    groups: str
    process: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an actor can reach at an instant."""

    actor: Actor
    now: datetime
    ranges: Sequence[Range]
    #: Texts of ``candidate_groups`` that concern the actor.
    own: Sequence[str]
    #: By text of ``candidate_groups``: colleagues on duty who act for it and whose cases' tasks are theirs first.
    first: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: (process, element) of tasks that ask for four eyes, so that the owner may be the one who must not do them.
    four_eyes: frozenset[tuple[str, str]] = frozenset()

    @property
    def sees_ranges(self) -> bool:
        """Whether the actor sees tasks of groups that are not the own ones, and not only those of own cases."""
        return access.sees_all_cases(self.actor) or access.reach(self.actor, "P05") is access.Reach.TEAM

    @property
    def owns(self) -> bool:
        """Whether tasks of own cases are looked for beside the ranges."""
        return access.may_own(self.actor) and not self.sees_ranges

    def texts(self, scope: InboxScope) -> list[str]:
        """Texts of ``candidate_groups`` whose ranges the scope reads."""
        if scope is InboxScope.MINE:
            return []
        if scope is InboxScope.GROUPS or not self.sees_ranges:
            return list(self.own)
        return sorted({one.groups for one in self.ranges})

    def in_ranges(self, scope: InboxScope) -> Condition:
        """Which tasks of those ranges the scope shows."""
        if scope is InboxScope.GROUPS:
            return and_(self.free, own_courier(self.actor))
        return visible_task(self.actor) if self.sees_ranges else own_courier(self.actor)

    @property
    def team_only(self) -> Condition | None:
        """What of the ranges under ``all`` is the own team's; None: everything that is read is shown."""
        if self.sees_ranges and not access.sees_all_cases(self.actor):
            return visible_task(self.actor)
        return None

    def beside(self, scope: InboxScope) -> list[Condition]:
        """Few tasks beside the ranges, each by an index of its own."""
        if scope is InboxScope.ALL and self.sees_ranges:
            return []
        if scope is InboxScope.ALL and self.owns:
            return [self.mine, self.of_own_cases]
        return [self.mine] if access.may(self.actor, "P04") else []

    @property
    def mine(self) -> Condition:
        """Claimed by the actor."""
        return and_(is_open(by_status=True), user_task.c.assignee == self.actor.id)

    @property
    def of_own_cases(self) -> Condition:
        """Of cases that the actor owns."""
        return and_(is_open(by_status=True), user_task.c.owner == self.actor.id)

    @property
    def free(self) -> Condition:
        """Nobody's, and not a colleague's first.

        A task comes to the owner of its case first (SLA-06) while that one is on duty and may do it; once 80 % of its
        time are over it is everybody's.
        """
        nobodys = user_task.c.assignee.is_(None)
        kept = [
            and_(user_task.c.candidate_groups == groups, user_task.c.owner.in_(people))
            for groups, people in self.first.items()
            if people
        ]
        if not kept:
            return nobodys
        place = user_task.c.process_id + "." + user_task.c.element
        four_eyes = place.in_([f"{process}.{element}" for process, element in sorted(self.four_eyes)])
        reminded = func.coalesce(user_task.c.remind_at, NEVER_DUE) <= to_microseconds(self.now)
        return and_(nobodys, or_(user_task.c.owner.is_(None), not_(or_(*kept)), reminded, four_eyes))

    def filters(self, asked: Asked) -> Condition:
        """What a question leaves of the tasks; words that name cases are looked up elsewhere (see ``sought``)."""
        conditions = [
            *_plain(asked),
            *_by_time(asked, self.now),
            *_by_assignee(asked, self.actor),
        ]
        return and_(true(), *conditions)


def read_desk(connection: Connection, definitions: Definitions, actor: Actor, now: datetime) -> Desk:
    """Look up what an actor's inbox is made of."""
    ranges = [Range(groups=groups, process=process) for groups, process in connection.exec_driver_sql(_RANGES)]
    own = own_groups(actor, sorted({one.groups for one in ranges}))
    first = _first(connection, actor, own, now)
    return Desk(
        actor=actor,
        now=now,
        ranges=ranges,
        own=own,
        first=first,
        four_eyes=_four_eyes(definitions) if first else frozenset(),
    )


def _first(connection: Connection, actor: Actor, own: Sequence[str], now: datetime) -> dict[str, list[str]]:
    on_duty = roster.on_duty(connection, now) - {actor.id}
    if not on_duty or not own:
        return {}
    found = connection.execute(
        select(membership.c.user, membership.c.group)
        .join(user, user.c.id == membership.c.user)
        .where(membership.c.user.in_(sorted(on_duty)), user.c.active == 1)
    )
    groups: dict[str, set[str]] = {}
    for person, group in found:
        groups.setdefault(person, set()).add(group)
    return {
        one: sorted(person for person, held in groups.items() if not held.isdisjoint(one.split(","))) for one in own
    }


def _four_eyes(definitions: Definitions) -> frozenset[tuple[str, str]]:
    return frozenset(
        (deployed.process_id, element.id)
        for deployed in definitions.all_latest()
        for element in deployed.definition.elements.values()
        if "four_eyes" in element.properties
    )


def _plain(asked: Asked) -> list[Condition]:
    found: list[Condition] = []
    if asked.group is not None:
        found.append(func.instr(literal(",") + user_task.c.candidate_groups + ",", f",{asked.group},") > 0)
    if asked.process is not None:
        found.append(user_task.c.process_id == asked.process)
    if asked.step is not None:
        found.append(user_task.c.element == asked.step)
    if asked.priority is not None:
        urgent = user_task.c.urgency == 0
        drawn = user_task.c.priority > _USUAL_PRIORITY
        found.append(urgent if asked.priority is Priority.URGENT else or_(urgent, drawn))
    if asked.money is not None:
        found.append(user_task.c.amount >= int(asked.money * 100))
    return found


def _by_time(asked: Asked, now: datetime) -> list[Condition]:
    at, due = to_microseconds(now), user_task.c.due_order
    found: list[Condition] = []
    match asked.due:
        case Due.OVERDUE:
            found.append(due < at)
        case Due.RISK:
            hour = and_(user_task.c.remind_at.is_(None), due < to_microseconds(now + _SOON))
            found += [due >= at, or_(user_task.c.remind_at <= at, hour)]
        case Due.TODAY:
            midnight = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            found.append(due < to_microseconds(midnight))
        case Due.NONE:
            found.append(due == NEVER_DUE)
    match asked.follow_up:
        case FollowUp.DUE:
            found.append(user_task.c.follow_up_at <= at)
        case FollowUp.SET:
            found.append(user_task.c.follow_up_at.is_not(None))
    return found


def _by_assignee(asked: Asked, actor: Actor) -> list[Condition]:
    if asked.assignee is None:
        return []
    if asked.assignee == FREE:
        return [user_task.c.assignee.is_(None)]
    if asked.assignee == TAKEN:
        return [user_task.c.assignee.is_not(None)]
    return [user_task.c.assignee == (actor.id if asked.assignee == ME else asked.assignee)]
