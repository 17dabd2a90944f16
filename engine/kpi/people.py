"""Whose figures somebody may see (P16) and enter (P17): one's own, one's team's, everybody's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from engine import access
from engine.access import Reach
from engine.errors import NotAllowed, NotFound
from engine.model import Actor
from engine.store.tables import membership, user

#: Groups whose people indicators are about.
COUNTED: Final = frozenset({"presales", "aftersales", "supervisor", "dept_manager", "warehouse", "finance"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody whom indicators are about."""

    id: str
    name: str
    groups: frozenset[str]
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """The people whom somebody looks at."""

    #: Id → person, by name; of the actor alone, of the actor's team, or all.
    members: Mapping[str, Member]
    reach: Reach
    #: Whether the figures of the shop as a whole may be seen.
    whole: bool
    #: Whether nobody is left out of it.
    everybody: bool = False

    @property
    def total_name(self) -> str:
        """What the sum of all is called."""
        return {Reach.YES: "全店", Reach.TEAM: "本组"}.get(self.reach, "本人")

    def get(self, person: str) -> Member:
        """One of them.

        Raises:
            NotFound: nobody of that id, or not the actor's to see.
        """
        if person not in self.members:
            raise NotFound("there is no such person", message_zh="没有这位同事,或您没有权限。")
        return self.members[person]


def sees_indicators(actor: Actor) -> bool:
    """P16 in any degree."""
    return access.may(actor, "P16")


def enters_figures(actor: Actor) -> bool:
    """P17: imports figures and enters scores."""
    return access.may(actor, "P17")


def sets_rules(actor: Actor) -> bool:
    """P18: changes formulas, weights, targets."""
    return access.may(actor, "P18")


def circle_of(connection: Connection, actor: Actor, permission: str = "P16") -> Circle:
    """The people whom the actor's permission reaches.

    Raises:
        NotAllowed: it reaches nobody.
    """
    reach = access.reach(actor, permission)
    if not access.may(actor, permission):
        raise NotAllowed(f"{actor.id} lacks {permission}")
    found = list_members(connection)
    if reach is Reach.YES:
        return Circle(members=found, reach=reach, whole=True, everybody=True)
    if reach is Reach.TEAM:
        team = actor.team
        if team is None:  # no teams are kept, or the actor is in none: the shop is one team
            return Circle(members=found, reach=reach, whole=True, everybody=True)
        within = team | {actor.id}
        return Circle(members={key: one for key, one in found.items() if key in within}, reach=reach, whole=True)
    return Circle(members={key: one for key, one in found.items() if key == actor.id}, reach=Reach.OWN, whole=False)


def list_members(connection: Connection) -> dict[str, Member]:
    """Everybody whom indicators are about, by id in the order of names."""
    groups: dict[str, set[str]] = {}
    rows = connection.execute(
        select(user.c.id, user.c.name, user.c.active, membership.c.group)
        .join(membership, membership.c.user == user.c.id)
        .order_by(user.c.name, user.c.id)
    ).all()
    for row in rows:
        groups.setdefault(row.id, set()).add(row.group)
    return {
        row.id: Member(id=row.id, name=row.name, groups=frozenset(groups[row.id]), active=bool(row.active))
        for row in rows
        if not COUNTED.isdisjoint(groups[row.id])
    }


def by_word(connection: Connection) -> dict[str, str]:
    """How files name people → account: ids, and names that only one person has."""
    rows = connection.execute(select(user.c.id, user.c.name)).all()
    names: dict[str, list[str]] = {}
    for row in rows:
        names.setdefault(row.name.strip().casefold(), []).append(row.id)
    words = {name: ids[0] for name, ids in names.items() if len(ids) == 1}
    return words | {row.id.casefold(): row.id for row in rows}
