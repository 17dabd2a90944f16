"""Who may do what: the catalogue's groups and permissions as one table, asked by runtime, queries and pages.

Nothing here reads the database: callers bring the facts of the case or task. A ``check_…`` raises, a ``may_…`` answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final, Protocol

from engine.errors import FourEyes, NotAllowed, OwnCase, TaskNotOpen
from engine.masking import HIDDEN, MASKED_FIELDS, is_masked, mask
from engine.model import SYSTEM, Actor, ActorKind

__all__ = [
    "ANY_COURIER",
    "COURIER",
    "GROUPS",
    "HIDDEN",
    "MASKED_FIELDS",
    "PERMISSIONS",
    "STARTER",
    "CaseFacts",
    "Reach",
    "acting_groups",
    "check",
    "check_case",
    "check_own_case",
    "check_reach",
    "check_start",
    "check_task",
    "concerns",
    "four_eyes_people",
    "hides_task",
    "is_masked",
    "limits_couriers",
    "mask",
    "may",
    "may_assign",
    "may_audit",
    "may_claim",
    "may_complete",
    "may_deploy",
    "may_manage_users",
    "may_own",
    "may_register",
    "may_reveal",
    "may_see_case",
    "may_start",
    "may_unmask",
    "of_team",
    "people_within",
    "reach",
    "sees_all_cases",
]  # fmt: skip

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

#: Approvals that the catalogue gives to supervisors and to department managers alike.
_DECISIONS: Final = frozenset({"P08", "P09"})
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
#: Groups beyond the table do the tasks of their lane and see the cases these belong to.
_LANE_ONLY: Final[Mapping[str, Reach]] = {"P04": Reach.YES, "P05": Reach.LANE}
_PERMISSIONS: Final[Mapping[str, Mapping[str, Reach]]] = {
    permission: dict(zip(_ROLES, map(Reach, line.split()), strict=True)) for permission, line in _TABLE.items()
}
_ORDER: Final = tuple(Reach)
_GRANTS: Final = frozenset({Reach.LANE, Reach.OWN, Reach.TEAM, Reach.YES})
#: P12: what the own task of these groups shows unmasked.
_NEEDED: Final[Mapping[str, frozenset[str]]] = {
    "warehouse": frozenset({"receiver_name", "receiver_phone", "receiver_address", "new_address", "receiver_info"}),
    "courier": frozenset({"receiver_name", "receiver_phone", "receiver_address", "new_address", "receiver_info"}),
    "finance": frozenset({"pay_account", "tax_no", "invoice_title", "invoice_email"}),
}


class _Task(Protocol):
    """The columns of a user task that decide who may work on it."""

    @property
    def candidate_groups(self) -> str: ...
    @property
    def assignee(self) -> str | None: ...
    @property
    def courier(self) -> str | None: ...


#: Who may do what beside doing tasks: ids of the catalogue's permissions.
PERMISSIONS: Final = frozenset(_PERMISSIONS)
#: Who registers events that customers, platforms and couriers tell of; and payments besides.
_REGISTRARS: Final = frozenset({"presales", "aftersales", "supervisor", "dept_manager"})
_PAYMENT_REGISTRARS: Final = frozenset({"finance"})
_PAYMENT: Final = "msg_payment_received"
#: In a list of elements of the property ``four_eyes``: who opened the case.
STARTER: Final = "starter"


class _Startable(Protocol):
    """The part of a compiled definition that says who may start it."""

    @property
    def properties(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What decides who may see a case."""

    #: Owner, first owner, starter of any of its instances; assignees and completers of its tasks.
    people: frozenset[str]
    #: Groups that have, or had, a task in it.
    groups: frozenset[str]
    #: Couriers whose own tasks it has, or had.
    couriers: frozenset[str] = frozenset()
    #: Whether any of its people is in a team.
    in_teams: bool = False


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
    reaches = (row.get(group) or _LANE_ONLY.get(permission, Reach.NO) for group in groups if group in GROUPS)
    return max(reaches, key=_ORDER.index, default=Reach.NO)


def may(actor: Actor, permission: str) -> bool:
    """Whether the actor has the permission at all, be it for own cases only."""
    return reach(actor, permission) in _GRANTS


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
    """Whether the actor may start the process by hand; one without ``start_permission`` is only called."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    permission = definition.properties.get("start_permission", "")
    return permission in _PERMISSIONS and may(actor, permission)


def check_start(actor: Actor, definition: _Startable) -> None:
    """Raise unless the actor may start the process by hand.

    Raises:
        NotAllowed: the process has no ``start_permission``, or the actor lacks it.
    """
    if not may_start(actor, definition):
        raise NotAllowed(f"{actor.id} may not start this process", message_zh="您没有发起该流程的权限。")


# --- user tasks ----------------------------------------------------------------------------------


def concerns(actor: Actor, candidate_groups: str) -> bool:
    """Whether one of the groups (sorted ids joined by commas) is one the actor acts for."""
    return not acting_groups(actor.groups).isdisjoint(candidate_groups.split(","))


def may_assign(actor: Actor) -> bool:
    """P06: hand tasks of the cases in reach to others; who lacks it claims, and gives back the own ones."""
    return may(actor, "P06")


def limits_couriers(actor: Actor) -> bool:
    """Whether the actor works for couriers only: what concerns the group courier is further limited to theirs."""
    return reach(actor, "P04") is Reach.OWN and ANY_COURIER not in actor.couriers


def _serves(actor: Actor, task: _Task) -> bool:
    """Whether the task is of one of the couriers for whom the actor works, if it is a courier's."""
    return not limits_couriers(actor) or task.courier in actor.couriers


def hides_task(actor: Actor, task: _Task) -> bool:
    """Whether a user task of a visible case is hidden: of a case couriers see nothing besides their own tasks."""
    if reach(actor, "P05") is not Reach.TASKS or task.assignee == actor.id:
        return False
    return not (concerns(actor, task.candidate_groups) and _serves(actor, task))


def check_own_case(actor: Actor, customer_id: object) -> None:
    """Raise when a case is about what the actor himself has bought (003 严禁利用职务之便谋取私利).

    Raises:
        OwnCase: the customer is the actor.
    """
    if customer_id in actor.customer_ids:
        raise OwnCase(f"{actor.id} is the customer of this case")


def _decides(actor: Actor, task: _Task, permission: str | None) -> bool:
    """Whether a supervisors' decision may be taken by the actor, who heads no group but holds the same permission."""
    supervisors = "supervisor" in task.candidate_groups.split(",")
    return permission in _DECISIONS and supervisors and may(actor, permission or "")


def check_task(actor: Actor, task: _Task, four_eyes_people: Iterable[str] = (), permission: str | None = None) -> None:
    """Raise unless the actor may claim and complete the open user task.

    Args:
        actor: who wants to.
        task: its candidate groups (sorted ids joined by commas) and its assignee.
        four_eyes_people: who started or completed another element's task in the case, where the task asks for
            four eyes; empty elsewhere.
        permission: what the task asks for beside its group, e.g. P09.

    Raises:
        NotAllowed: the task is not of the actor's groups, or the actor lacks the permission.
        FourEyes: it is, but the actor has acted in the case.
        TaskNotOpen: somebody else has claimed it.
    """
    if actor.kind is ActorKind.SYSTEM:
        return
    concerned = may(actor, "P04") and concerns(actor, task.candidate_groups) and _serves(actor, task)
    concerned = concerned or _decides(actor, task, permission)
    if not concerned and task.assignee != actor.id:
        raise NotAllowed(f"the task is not of the groups of {actor.id}")
    if permission is not None and not (permission in PERMISSIONS and may(actor, permission)):
        raise NotAllowed(f"{actor.id} lacks {permission}", message_zh=f"您没有办理该任务的权限({permission})。")
    if actor.id in frozenset(four_eyes_people):
        raise FourEyes(f"{actor.id} has acted in this case; somebody else must do this task")
    if task.assignee is not None and task.assignee != actor.id:
        raise TaskNotOpen("somebody else has claimed the task", message_zh="该任务已由他人认领,请刷新待办。")


def four_eyes_people(
    opened_by: Iterable[str],
    completed: Iterable[tuple[str, str, str]],
    process_id: str,
    element: str,
    rule: str = "case",
) -> frozenset[str]:
    """Who may not do an element's task when it asks for four eyes in the case.

    Args:
        opened_by: who started the instances of the case, and who answers for it from the first.
        completed: (person, process id, element) of the case's completed user tasks and registered events.
        process_id: process of the task in question.
        element: its element; who did it before may do it again.
        rule: ``case``: whoever did anything else in the case; or ids joined by commas, of which ``starter`` is who
            opened the case, a plain one an element of the task's own process, others are ``process.element``.
    """
    done = list(completed)
    if rule == "case":
        return frozenset(opened_by).union(who for who, *where in done if where != [process_id, element]) - {SYSTEM.id}
    named = {name.strip() for name in rule.split(",")}
    meant = {name if "." in name else f"{process_id}.{name}" for name in named}
    people = {who for who, process, place in done if f"{process}.{place}" in meant}
    return frozenset(people.union(opened_by if STARTER in named else ())) - {SYSTEM.id}


def may_claim(actor: Actor, task: _Task, four_eyes_people: Iterable[str] = (), permission: str | None = None) -> bool:
    """Whether the actor may claim the open task; not when somebody has it already."""
    return task.assignee is None and may_complete(actor, task, four_eyes_people, permission)


def may_complete(
    actor: Actor, task: _Task, four_eyes_people: Iterable[str] = (), permission: str | None = None
) -> bool:
    """Whether the actor may complete the open task, claimed by the actor or by nobody."""
    try:
        check_task(actor, task, four_eyes_people, permission)
    except (NotAllowed, TaskNotOpen):
        return False
    return True


def may_register(actor: Actor, message: str, case: CaseFacts) -> bool:
    """Whether the actor may register by hand that an awaited event of a case has happened.

    Customer service and its heads in the cases that they may see; finance that money has come.
    """
    if actor.kind is ActorKind.SYSTEM:
        return True
    groups = _REGISTRARS | (_PAYMENT_REGISTRARS if message == _PAYMENT else frozenset())
    return may(actor, "P04") and not groups.isdisjoint(actor.groups) and may_see_case(actor, case)


# --- cases and personal data ---------------------------------------------------------------------


def sees_all_cases(actor: Actor) -> bool:
    """Whether every case is visible: department managers, auditors, the system, and supervisors without other teams."""
    granted = reach(actor, "P05")
    return granted is Reach.YES or (granted is Reach.TEAM and actor.team is None)


def of_team(actor: Actor, case: CaseFacts) -> bool:
    """Whether a case is of the actor's team: one of its people is, or none of them is in any."""
    return actor.team is None or not case.in_teams or not actor.team.isdisjoint(case.people)


def check_reach(actor: Actor, permission: str, case: CaseFacts) -> None:
    """Raise unless the actor has the permission on this case, whoever works on it.

    Raises:
        NotAllowed: no group grants it, or it reaches the own team's cases only and this is another's.
    """
    check(actor, permission)
    granted = reach(actor, permission)
    if granted is Reach.OWN and actor.id not in case.people:
        raise NotAllowed(f"{actor.id} has {permission} on own cases only")
    if granted is Reach.TEAM and not of_team(actor, case):
        raise NotAllowed(f"{actor.id} has {permission} on cases of the own team only")


def may_own(actor: Actor) -> bool:
    """Whether a case can be the actor's: who works on cases and sees the own ones whatever their tasks are."""
    return may(actor, "P04") and reach(actor, "P05") in (Reach.OWN, Reach.TEAM, Reach.YES)


def may_see_case(actor: Actor, case: CaseFacts) -> bool:
    """P05: own cases and those with a task of one's groups; administrators and process owners see none of others'."""
    if sees_all_cases(actor):
        return True
    granted = reach(actor, "P05")
    if granted is Reach.TEAM:
        return of_team(actor, case)
    if granted is Reach.TASKS:
        every = ANY_COURIER in actor.couriers
        return COURIER in case.groups and (every or not actor.couriers.isdisjoint(case.couriers))
    own = granted is Reach.OWN and actor.id in case.people
    return own or (granted in _GRANTS and not acting_groups(actor.groups).isdisjoint(case.groups))


def check_case(actor: Actor, case: CaseFacts) -> None:
    """Raise unless the actor may see the case.

    Raises:
        NotAllowed: the case is somebody else's.
    """
    if not may_see_case(actor, case):
        raise NotAllowed(f"{actor.id} may not see this case")


def may_unmask(actor: Actor, name: str, *, own_task: bool = False) -> bool:
    """P12 without a click: whether the actor's own task shows the field as it is.

    Everybody else sees it masked; unmasking on click, logged, is a separate act.
    """
    return own_task and any(name in _NEEDED.get(group, frozenset()) for group in actor.groups)


def may_reveal(actor: Actor, name: str, case: CaseFacts, *, own_task: bool = False) -> bool:
    """P12 on a click that is logged: whether the actor may look at a personal field of a case.

    Agents in their own cases, supervisors in those of their team, department managers in all; lanes what a task of
    their own in the case needs; auditors, process owners and administrators never.
    """
    granted = reach(actor, "P12")
    if granted is Reach.YES or (granted is Reach.TEAM and may_see_case(actor, case)):
        return True
    if granted is Reach.OWN and actor.id in case.people:
        return True
    return granted in _GRANTS and may_unmask(actor, name, own_task=own_task)
