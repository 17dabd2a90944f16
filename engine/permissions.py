"""The catalogue's groups and permissions (§5) as one table: who may do what, and how far it goes.

Nothing here knows a case, a task or the database; who may work on which is `engine.access`'s to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final, Protocol

from engine.errors import NotAllowed
from engine.model import Actor, ActorKind

#: Group id → Chinese name (catalogue §5, and those of its corrections).
GROUPS: Final[Mapping[str, str]] = {
    "presales": "售前客服",
    "aftersales": "售后客服",
    "supervisor": "客服主管",
    "dept_manager": "部门经理",
    "warehouse": "仓库",
    "finance": "财务",
    "courier": "快递",
    "process_owner": "流程负责人",
    "auditor": "审计",
    "admin": "系统管理员",
    "operations": "运营",
    "technician": "维修人员",
    "store_guide": "店面导购员",
    "designer": "设计师",
    "design_manager": "设计部经理",
    "aftersales_clerk": "售后部内勤",
    "logistics_dept": "物流部",
}

#: Who has no login of its own is acted for by these: the courier's tasks are done by after-sales.
_ACTS_FOR: Final[Mapping[str, frozenset[str]]] = {"aftersales": frozenset({"courier"})}

#: The group whose tasks belong to one courier each.
COURIER: Final = "courier"
#: Among the couriers of an account: every one.
ANY_COURIER: Final = "*"


class Reach(StrEnum):
    """How far a permission goes."""

    NO = "-"
    #: Reads what others change (registers of rules, audit of admin actions …).
    READ = "read"
    #: May propose what somebody else approves.
    PROPOSE = "propose"
    #: Approves what somebody else did; does not do it.
    APPROVE = "approve"
    #: Cases with a task of one of the person's groups.
    LANE = "lane"
    #: As the lane, but of a case nothing besides the own tasks.
    TASKS = "tasks"
    #: Own cases and tasks; for P05 those and the lane's.
    OWN = "own"
    #: Own team and what belongs to nobody's; everybody for who is in no team, or in the only one.
    TEAM = "team"
    YES = "yes"


_ROLES: Final = (
    "presales", "aftersales", "supervisor", "dept_manager", "warehouse", "finance", "courier",
    "process_owner", "auditor", "admin",
)  # fmt: skip
#: Catalogue §5: a line a permission, a column a role in the order of ``_ROLES``.
_TABLE: Final[Mapping[str, str]] = {
    "P01": "yes  yes  yes     yes     -    -    -    -    -    -",
    "P02": "yes  -    yes     yes     -    -    -    -    -    -",
    "P03": "yes  yes  yes     -       yes  -    -    -    -    -",
    "P04": "yes  yes  yes     yes     yes  yes  own  -    -    -",
    "P05": "own  own  team    yes     lane lane tasks -   yes  -",
    "P06": "-    -    team    yes     -    -    -    -    -    -",
    "P07": "-    -    team    yes     -    -    -    -    -    -",
    "P08": "-    -    yes     yes     -    -    -    -    -    -",
    "P09": "-    -    yes     yes     -    -    -    -    -    -",
    "P10": "-    -    -       yes     -    -    -    -    -    -",
    "P11": "-    -    -       -       -    yes  -    -    -    -",
    "P12": "own  own  team    yes     lane lane lane -    -    -",
    "P13": "yes  yes  team    yes     lane lane -    -    yes  -",
    "P14": "-    -    propose yes     -    lane -    -    yes  -",
    "P15": "-    -    -       yes     -    -    -    -    -    -",
    "P16": "own  own  team    yes     own  own  -    -    yes  -",
    "P17": "-    -    team    yes     -    -    -    -    -    -",
    "P18": "-    -    -       yes     -    -    -    yes  -    -",
    "P19": "-    -    team    yes     -    -    -    -    read -",
    "P20": "own  own  yes     yes     -    -    -    -    read -",
    "P21": "-    -    propose approve -    -    -    yes  read -",
    "P22": "-    -    -       approve -    -    -    yes  read -",
    "P23": "-    -    team    yes     -    -    -    -    yes  read",
    "P24": "-    -    -       -       -    -    -    -    -    yes",
    "P25": "yes  yes  yes     yes     -    -    -    -    read -",
    "P26": "own  own  team    yes     -    -    -    -    -    -",
}  # fmt: skip
#: Groups beyond the table do the tasks of their lane, and see the cases these belong to and what a task of theirs
#: needs; P13 is for those whose work has a register.
_LANE_ONLY: Final[Mapping[str, Reach]] = {"P04": Reach.YES, "P05": Reach.LANE, "P12": Reach.LANE}
_WITH_REGISTERS: Final = frozenset({"technician"})
_PERMISSIONS: Final[Mapping[str, Mapping[str, Reach]]] = {
    permission: dict(zip(_ROLES, map(Reach, line.split()), strict=True)) for permission, line in _TABLE.items()
}
_ORDER: Final = tuple(Reach)
#: Reaches with which one does the thing itself, be it for own cases only.
GRANTS: Final = frozenset({Reach.LANE, Reach.OWN, Reach.TEAM, Reach.YES})
#: Who may do what beside doing tasks: ids of the catalogue's permissions.
PERMISSIONS: Final = frozenset(_PERMISSIONS)


class _Startable(Protocol):
    """The part of a compiled definition that says who may start it."""

    @property
    def properties(self) -> Mapping[str, str]: ...


# --- groups and permissions ----------------------------------------------------------------------


def acting_groups(groups: Iterable[str]) -> frozenset[str]:
    """The groups whose tasks somebody of these groups may do, the own ones included."""
    return _acting_groups(frozenset(groups))


@lru_cache(maxsize=1024)
def _acting_groups(own: frozenset[str]) -> frozenset[str]:
    return own.union(*(_ACTS_FOR.get(group, frozenset()) for group in own))


def reach(actor: Actor, permission: str) -> Reach:
    """How far the permission of the actor's strongest group goes.

    Raises:
        KeyError: the catalogue has no such permission: a mistake of the program.
    """
    if actor.kind is ActorKind.SYSTEM:
        return Reach.YES
    return _reach(actor.groups, permission)


@lru_cache(maxsize=4096)
def _reach(groups: frozenset[str], permission: str) -> Reach:
    row = _PERMISSIONS[permission]
    reaches = (row.get(group) or _of_lane(group, permission) for group in groups if group in GROUPS)
    return max(reaches, key=_ORDER.index, default=Reach.NO)


def _of_lane(group: str, permission: str) -> Reach:
    """How far a permission of a group beyond the table goes."""
    if permission == "P13" and group in _WITH_REGISTERS:
        return Reach.LANE
    return _LANE_ONLY.get(permission, Reach.NO)


def may(actor: Actor, permission: str) -> bool:
    """Whether the actor has the permission at all, be it for own cases only."""
    return reach(actor, permission) in GRANTS


def people_within(actor: Actor, permission: str) -> frozenset[str] | None:
    """Whose work a permission reaches: ids of people; None: everybody's.

    Of a team it is the team's, and that of people who are in none besides.
    """
    granted = reach(actor, permission)
    if granted is Reach.YES:
        return None
    if granted is Reach.TEAM:
        return actor.team
    return frozenset({actor.id}) if granted is Reach.OWN else frozenset()


def check(actor: Actor, permission: str) -> None:
    """Raise unless the actor has the permission.

    Raises:
        NotAllowed: no group of the actor grants it.
    """
    if not may(actor, permission):
        raise NotAllowed(f"{actor.id} lacks {permission}")


def may_deploy(actor: Actor) -> bool:
    """P22: change diagrams, tables and forms."""
    return may(actor, "P22")


def may_audit(actor: Actor) -> bool:
    """P23: read the audit log and replay histories."""
    return may(actor, "P23")


def may_manage_users(actor: Actor) -> bool:
    """P24: users and groups."""
    return may(actor, "P24")


# --- starting ------------------------------------------------------------------------------------


def may_start(actor: Actor, definition: _Startable) -> bool:
    """Whether the actor may start the process by hand; one without ``start_permission`` is only called.

    ``start_groups`` leaves it to some of those who have the permission.
    """
    if actor.kind is ActorKind.SYSTEM:
        return True
    permission = definition.properties.get("start_permission", "")
    if permission not in _PERMISSIONS or not may(actor, permission):
        return False
    only = definition.properties.get("start_groups")
    return only is None or not actor.groups.isdisjoint(group.strip() for group in only.split(","))


def check_start(actor: Actor, definition: _Startable) -> None:
    """Raise unless the actor may start the process by hand.

    Raises:
        NotAllowed: the process has no ``start_permission``, or the actor lacks it.
    """
    if not may_start(actor, definition):
        raise NotAllowed("You do not have the permission to start this process.", message_zh="您没有发起该流程的权限。")
