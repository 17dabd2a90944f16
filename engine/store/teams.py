"""Conditions in SQL on whose a case is: a team's, or somebody's to whom it is offered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, not_, or_, select

from engine.store.tables import process_instance, team_member, transfer, user_task

Condition = ColumnElement[bool]
#: Made once: an alias is a copy of all columns.
_INSTANCE: Final = process_instance.alias()
_TASK: Final = user_task.alias()
_OFFER: Final = transfer.alias()


def of_team(case_id: ColumnElement[str], people: Iterable[str]) -> Condition:
    """That a case is a team's: one of its people is in the team, or none of them is in any.

    Args:
        case_id: column or expression that names the case.
        people: ids of everybody in the team.
    """
    inside = sorted(people)
    anybody = select(team_member.c.user)
    return or_(
        _takes_part(case_id, lambda column: column.in_(inside)),
        not_(_takes_part(case_id, lambda column: column.in_(anybody))),
    )


def offered(case_id: ColumnElement[str], user: str, groups: Iterable[str]) -> Condition:
    """That a case is offered to somebody, or to one of the groups, and nobody has answered yet."""
    to = [transfer.c.to_user == user, transfer.c.to_group.in_(sorted(groups))]
    return exists().where(transfer.c.case_id == case_id, transfer.c.status == "pending", or_(*to))


def _takes_part(case_id: ColumnElement[str], those: Callable[[ColumnElement[Any]], Condition]) -> Condition:
    instance, task, offer = _INSTANCE, _TASK, _OFFER
    people = [instance.c[name] for name in ("owner", "first_owner", "opened_by")]
    return or_(
        exists().where(instance.c.case_id == case_id, or_(*map(those, people))),
        exists().where(task.c.case_id == case_id, or_(those(task.c.assignee), those(task.c.completed_by))),
        exists().where(offer.c.case_id == case_id, offer.c.status == "pending", those(offer.c.to_user)),
    )
