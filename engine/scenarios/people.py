"""Who acts in scenarios: one person a group, so that a rule of four eyes holds as it does at a desk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine import access, accounts
from engine.definitions import Deployed
from engine.model import SYSTEM, Actor
from engine.store.database import Database

#: The groups that start cases, in the order in which they are asked.
_STARTERS: Final = ("presales", "aftersales", "supervisor", "warehouse", "dept_manager")


def person(group: str) -> Actor:
    """The person of a group."""
    couriers = frozenset({access.ANY_COURIER}) if group == access.COURIER else frozenset[str]()
    return Actor(id=group, name=access.GROUPS.get(group, group), groups=frozenset({group}), couriers=couriers)


def hire(db: Database) -> None:
    """Give every person an account, so that forms offer them and cases can be theirs."""
    with db.begin() as tx:
        accounts.place(tx, [(group, name, group) for group, name in access.GROUPS.items()])


def starter(deployed: Deployed) -> Actor:
    """Who may start the process by hand; the system itself starts what is only called."""
    people = map(person, _STARTERS)
    return next((actor for actor in people if access.may_start(actor, deployed.definition)), SYSTEM)


def doers(groups: Iterable[str], assignee: str | None = None) -> list[Actor]:
    """Who may be asked to do a task: the people of its candidate groups; of one that is somebody's he alone."""
    if assignee is None:
        return [person(group) for group in groups if group]
    return [person(assignee) if assignee in access.GROUPS else Actor(id=assignee, groups=frozenset(groups))]
