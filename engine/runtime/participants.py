"""Who takes part in a case, as facts for ``access``."""

from __future__ import annotations

from sqlalchemy import Connection, Text, bindparam, exists, literal_column, null, or_, select

from engine import access
from engine.access import CaseFacts
from engine.errors import NotFound
from engine.model import Actor
from engine.store.statement import Query
from engine.store.tables import process_instance, team_member, transfer, user_task

_OWN = [process_instance.c.owner, process_instance.c.first_owner, process_instance.c.opened_by]
_CASE_ID = bindparam("case_id", type_=Text)
_INSTANCES = Query(
    "owners_of_case",
    select(*_OWN, exists().where(or_(*(team_member.c.user == person for person in _OWN))).label("in_team")).where(
        process_instance.c.case_id == _CASE_ID
    ),
)
_DONE = [user_task.c.assignee, user_task.c.completed_by]
_TASKS = (
    select(
        user_task.c.candidate_groups.label("groups"),
        *_DONE,
        user_task.c.courier,
        exists().where(or_(*(team_member.c.user == person for person in _DONE))).label("in_team"),
    )
    .distinct()
    .select_from(user_task)
    .where(user_task.c.case_id == _CASE_ID)
)
_OFFERS = select(
    transfer.c.to_group,
    transfer.c.to_user,
    null(),
    null(),
    exists().where(team_member.c.user == transfer.c.to_user),
).where(transfer.c.status == literal_column("'pending'"), transfer.c.case_id == _CASE_ID)
#: Made once: every page asks for it.
_TAKING_PART = Query("taking_part", _TASKS.union_all(_OFFERS))


def case_facts(connection: Connection, case_id: str) -> CaseFacts:
    """Who and which groups take part in a case; those to whom it is offered do too.

    Raises:
        NotFound: there is no such case.
    """
    rows = _INSTANCES.all(connection, {"case_id": case_id})
    if not rows:
        raise NotFound(f"there is no case {case_id[:20]!r}", message_zh="没有这个工单,或您没有权限。")
    people: set[str | None] = set()
    groups: set[str] = set()
    couriers: set[str | None] = set()
    in_teams = any(row.in_team for row in rows)
    for row in rows:
        people.update(row[:3])
    for row in _TAKING_PART.all(connection, {"case_id": case_id}):
        groups.update(group for group in (row.groups or "").split(",") if group)
        people.update((row.assignee, row.completed_by))
        couriers.add(row.courier)
        in_teams = in_teams or bool(row.in_team)
    return CaseFacts(
        people=frozenset(person for person in people if person),
        groups=frozenset(groups),
        couriers=frozenset(courier for courier in couriers if courier),
        in_teams=in_teams,
    )


def check_reach(connection: Connection, actor: Actor, permission: str, case_id: str) -> None:
    """Raise unless the actor has the permission on the case; nothing is asked where it reaches every case.

    Raises:
        NotFound: there is no such case.
        NotAllowed: the actor lacks it, or the case is another team's.
    """
    access.check(actor, permission)
    if access.people_within(actor, permission) is not None:
        access.check_reach(actor, permission, case_facts(connection, case_id))
