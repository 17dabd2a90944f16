"""Who may see and work on which case and task, asked by runtime, queries and pages; the table is `engine.permissions`.

Nothing here reads the database: callers bring the facts of the case or task. A ``check_…`` raises, a ``may_…`` answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from engine.errors import FourEyes, NotAllowed, OwnCase, TaskNotOpen
from engine.masking import HIDDEN, MASKED_FIELDS, is_masked, mask
from engine.model import SYSTEM, Actor, ActorKind
from engine.permissions import (
    ANY_COURIER,
    COURIER,
    GRANTS,
    GROUPS,
    PERMISSIONS,
    Reach,
    acting_groups,
    check,
    check_start,
    may,
    may_audit,
    may_deploy,
    may_manage_users,
    may_start,
    people_within,
    reach,
)

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
    "may_reveal_files",
    "may_see_case",
    "may_start",
    "may_unmask",
    "of_team",
    "people_within",
    "reach",
    "sees_all_cases",
    "serves_courier",
]  # fmt: skip

#: Approvals that the catalogue gives to supervisors and to department managers alike.
_DECISIONS: Final = frozenset({"P08", "P09"})
#: P12: what the own task of these groups shows unmasked.
_RECEIVER: Final = frozenset({"receiver_name", "receiver_phone", "receiver_address", "new_address", "receiver_info"})
#: Whom one calls or goes to.
_VISITED: Final = _RECEIVER | {"customer_name", "phone", "address"}
_NEEDED: Final[Mapping[str, frozenset[str]]] = {
    "warehouse": _RECEIVER,
    "courier": _RECEIVER,
    "technician": _RECEIVER,
    "logistics_dept": _RECEIVER,
    "store_guide": _VISITED,
    "designer": _VISITED,
    "aftersales_clerk": _VISITED,
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


#: Who registers events that customers, platforms and couriers tell of; and payments besides.
_REGISTRARS: Final = frozenset({"presales", "aftersales", "supervisor", "dept_manager"})
_PAYMENT_REGISTRARS: Final = frozenset({"finance"})
_PAYMENT: Final = "msg_payment_received"
#: In a list of elements of the property ``four_eyes``: who opened the case.
STARTER: Final = "starter"


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


def serves_courier(actor: Actor, courier: str | None) -> bool:
    """Whether what concerns the group courier, and this courier's parcels, concerns the actor; None: nobody's."""
    return not limits_couriers(actor) or courier in actor.couriers


def _serves(actor: Actor, task: _Task) -> bool:
    """Whether the task is of one of the couriers for whom the actor works, if it is a courier's."""
    return serves_courier(actor, task.courier)


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
        raise NotAllowed(
            f"You do not have the permission that this task needs ({permission}).",
            message_zh=f"您没有办理该任务的权限({permission})。",
        )
    if actor.id in frozenset(four_eyes_people):
        raise FourEyes(f"{actor.id} has acted in this case; somebody else must do this task")
    if task.assignee is not None and task.assignee != actor.id:
        raise TaskNotOpen(
            "Somebody else has claimed the task. Please reload the inbox.", message_zh="该任务已由他人认领,请刷新待办。"
        )


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
    return own or (granted in GRANTS and not acting_groups(actor.groups).isdisjoint(case.groups))


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
    return _reveals(actor, case) or (may(actor, "P12") and may_unmask(actor, name, own_task=own_task))


def may_reveal_files(actor: Actor, case: CaseFacts, *, own_task: bool = False) -> bool:
    """P12 on a click that is logged: whether the actor may look at a case's files that hold personal data.

    As for fields; lanes while a task of the case is their own.
    """
    return _reveals(actor, case) or (may(actor, "P12") and own_task)


def _reveals(actor: Actor, case: CaseFacts) -> bool:
    granted = reach(actor, "P12")
    if granted is Reach.TEAM:
        return may_see_case(actor, case)
    return granted is Reach.YES or (granted is Reach.OWN and actor.id in case.people)
