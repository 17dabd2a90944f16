"""Which cases and user tasks a person may see, as facts for ``access`` and as conditions for SQL."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, false, func, literal, or_, true

from engine import access
from engine.access import Reach
from engine.errors import NotFound
from engine.model import Actor
from engine.runtime.participants import case_facts
from engine.store import teams
from engine.store.tables import process_instance, user_task

#: Made once: an alias is a copy of all columns, and every page asks who may see what.
_TASK: Final = user_task.alias()


def own_groups(actor: Actor, groups: list[str]) -> list[str]:
    """Those of the texts that concern the actor: tasks to claim and complete (a courier's: with ``own_courier``)."""
    if not access.may(actor, "P04"):
        return []
    return [one for one in groups if access.concerns(actor, one)]


def own_courier(actor: Actor) -> ColumnElement[bool]:
    """The condition, on user tasks of the actor's groups, that they are of a courier for whom the actor works."""
    return user_task.c.courier.in_(sorted(actor.couriers)) if access.limits_couriers(actor) else true()


def visible_task(actor: Actor) -> ColumnElement[bool]:
    """The condition, on rows of user_task, that the actor may see the case of the task.

    Where every case is visible it is a constant, which costs nothing.
    """
    if access.sees_all_cases(actor):
        return true()
    if access.reach(actor, "P05") is Reach.TEAM:
        return teams.of_team(user_task.c.case_id, actor.team or ())
    of_task = process_instance.c.key == user_task.c.instance
    return exists().where(of_task, visible_case(actor)).correlate(user_task)


def visible_case(actor: Actor) -> ColumnElement[bool]:
    """The condition, on rows of process_instance, that the actor may see the case (as ``access.may_see_case``)."""
    granted = access.reach(actor, "P05")
    if access.sees_all_cases(actor):
        return true()
    case_id = process_instance.c.case_id
    if granted is Reach.TEAM:
        return teams.of_team(case_id, actor.team or ())
    if granted not in (Reach.OWN, Reach.LANE, Reach.TASKS):
        return false()
    task = _TASK
    column = literal(",") + task.c.candidate_groups + ","
    groups = access.acting_groups(actor.groups)
    if granted is Reach.TASKS:
        own = true() if access.ANY_COURIER in actor.couriers else task.c.courier.in_(sorted(actor.couriers))
        return exists().where(task.c.case_id == case_id, func.instr(column, f",{access.COURIER},") > 0, own)
    lane = [func.instr(column, f",{group},") > 0 for group in sorted(groups)]
    either: list[ColumnElement[bool]] = []
    if granted is Reach.OWN:
        lane += [task.c.assignee == actor.id, task.c.completed_by == actor.id]
        either = [process_instance.c[name] == actor.id for name in ("owner", "first_owner", "opened_by")]
    offer = teams.offered(case_id, actor.id if granted is Reach.OWN else "", groups)
    return or_(*either, exists().where(task.c.case_id == case_id, or_(*lane)), offer)


def check_case(connection: Connection, case_id: str, actor: Actor) -> None:
    """Raise unless the case exists and the actor may see it.

    Raises:
        NotFound: in both cases the same, so that nobody learns that a case exists.
    """
    if not access.may_see_case(actor, case_facts(connection, case_id)):
        raise NotFound(f"there is no case {case_id[:20]!r}", message_zh="没有这个工单,或您没有权限。")
