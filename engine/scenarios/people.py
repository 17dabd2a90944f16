"""Who acts in scenarios: one person a group, so that a rule of four eyes holds as it does at a desk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine import access
from engine.definitions import Deployed
from engine.model import SYSTEM, Actor

#: The groups that start cases, in the order in which they are asked.
_STARTERS: Final = ("presales", "aftersales", "supervisor", "warehouse", "dept_manager")


def person(group: str) -> Actor:
    """The person of a group."""
    couriers = frozenset({access.ANY_COURIER}) if group == access.COURIER else frozenset[str]()
    return Actor(id=group, name=access.GROUPS.get(group, group), groups=frozenset({group}), couriers=couriers)


def starter(deployed: Deployed) -> Actor:
    """Who may start the process by hand; the system itself starts what is only called."""
    people = map(person, _STARTERS)
    return next((actor for actor in people if access.may_start(actor, deployed.definition)), SYSTEM)


def doers(groups: Iterable[str]) -> list[Actor]:
    """The people of some candidate groups."""
    return [person(group) for group in groups if group]
