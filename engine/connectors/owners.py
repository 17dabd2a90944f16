"""Connectors about whose a case is: who holds the buyer, who of the supervisors is there, and handing a case over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, select

from engine import holders, roster, shop
from engine.accounts import find_in
from engine.connectors.behind import leave_behind
from engine.connectors.context import JobContext
from engine.connectors.messages import write_template
from engine.errors import JobFailed
from engine.masking import mask, mask_within
from engine.model import InstanceStatus, JobKind, Value, Variables
from engine.store.tables import definition, process_instance

_MAX_REASON: Final = 200
#: Cases that one step lists, or hands over.
MOST_CASES: Final = 200
_RUNNING: Final = (InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value)
_SUPERVISORS: Final = ("supervisor_1", "supervisor_2")


def find_owner(job: JobContext) -> Variables:
    """Who holds the buyer ``customer_id`` already: an open case besides this one, else one of the same order that
    has ended within seven days.

    Gives ``has_owner``, ``owner`` (account id), ``owner_name``, ``owner_is_me`` (he has this case, too),
    ``owner_online`` and ``owner_back_at`` (aware UTC, null when it is not known); null and false where nobody does.
    """
    connection, me = job.tx.connection, _owner(job)
    buyer, order, name = (_text(job.variables.get(one)) for one in ("customer_id", "order_id", "shop"))
    held = holders.holder_of(connection, buyer, order, name, job.now, me=me, besides=job.case_id)
    return {
        "has_owner": held is not None,
        "owner": None if held is None else held.user,
        "owner_name": None if held is None else held.name,
        "owner_is_me": held is not None and held.user == me,
        "owner_online": held is not None and held.online,
        "owner_back_at": None if held is None else held.back_at,
    }


def supervisors_on_duty(job: JobContext) -> Variables:
    """The shop's supervisor and deputy (shop settings), else the supervisors of the team of the case's owner.

    Gives their ids ``supervisor_1`` and ``supervisor_2``, null where there is none, and whether each is at work:
    ``dufeng_present`` and ``chenxiaoxue_present``, the inputs of dmn_on_duty_supervisor.
    """
    connection = job.tx.connection
    set_now = shop.read_settings(connection, job.variables.get("shop"))
    people: list[str | None] = [_active(connection, set_now.get(name)) for name in _SUPERVISORS]
    if people == [None, None]:
        of_team = roster.supervisors_of_team(connection, _owner(job))
        people = [*of_team[:2], None, None][:2]
    present = [one is not None and holders.presence(connection, one, job.now)[0] for one in people]
    return {
        "supervisor_1": people[0],
        "supervisor_2": people[1],
        "dufeng_present": present[0],
        "chenxiaoxue_present": present[1],
    }


def open_cases(job: JobContext) -> Variables:
    """The open cases of the input ``owner`` (account id) besides this one, as options of a form.

    Gives ``open_cases``: the oldest 200, each {value: case id, label: number, process and masked buyer}; none for
    nobody.
    """
    owner = _text(job.inputs.get("owner"))
    if owner is None:
        return {"open_cases": []}
    instance = process_instance.c
    held = (
        select(instance.case_id, instance.customer_id, definition.c.name)
        .join(definition, definition.c.key == instance.definition)
        .where(instance.owner == owner, instance.depth == 0, instance.status.in_(_RUNNING))
        .where(instance.case_id != job.case_id)
        .order_by(instance.key)
        .limit(MOST_CASES)
    )
    rows = job.tx.connection.execute(held).all()
    return {
        "open_cases": [
            {"value": row.case_id, "label": " ".join(filter(None, (row.case_id, row.name, _masked(row.customer_id))))}
            for row in rows
        ]
    }


def transfer_case(job: JobContext) -> Variables:
    """Make ``to`` (account id) the case's owner behind the commit, for the ``reason``; he is told.

    With the header ``template`` its text goes to the customer, too; its ``owner_name`` is the new owner's.

    With the input ``cases`` (list of case ids) those change hands instead of this one, in one job; who has ended and
    who is his already is passed over. Gives ``handed_cases``, those that change, and ``buyers``, a
    {customer_id} for each customer to be told of it.

    Raises:
        JobFailed: there is no such account or case, it cannot own the case, or there is no customer to write to.
    """
    to, reason = _text(job.inputs.get("to")), _text(job.inputs.get("reason"))
    if to is None or reason is None:
        raise JobFailed(f"{job.element} needs the inputs to and reason", message_zh="转交工单缺少接手人或原因。")
    cases = job.inputs.get("cases")
    account = find_in(job.tx.connection, to)
    rows = [] if cases is None else [row for row in _cases(job, cases) if row.status in _RUNNING and row.owner != to]
    buyers = [_text(job.variables.get("customer_id"))] if cases is None else [row.customer_id for row in rows]
    if account is None or not all(holders.may_hold(account, buyer) for buyer in buyers or [None]):
        raise JobFailed(
            f"{to[:40]!r} cannot own the case",
            message_zh=f"“{to[:40]}”不能负责这个工单:没有这个账号、岗位不合,或是买家本人。",
        )
    asked: Variables = {"to": to, "to_name": account.name, "reason": mask_within(reason)[:_MAX_REASON]}
    handed: list[Value] = [row.case_id for row in rows]
    if cases is None or handed:
        leave_behind(job, JobKind.TRANSFER, asked if cases is None else {**asked, "cases": handed})
    if job.headers.get("template"):
        write_template(replace(job, variables={**job.variables, "owner_name": account.name}))
    if cases is None:
        return {}
    return {"handed_cases": handed, "buyers": [{"customer_id": one} for one in dict.fromkeys(buyers) if one]}


def _cases(job: JobContext, asked: Value) -> Sequence[Any]:
    """Status, owner and buyer of the cases of a list of ids.

    Raises:
        JobFailed: it is no such list, it is too long, or there is no such case.
    """
    ids = list(dict.fromkeys(str(one) for one in asked)) if isinstance(asked, list) else []
    if not ids or len(ids) > MOST_CASES:
        raise JobFailed(
            f"{job.element} needs 1 to {MOST_CASES} cases", message_zh=f"交接清单应有 1 到 {MOST_CASES} 个工单。"
        )
    instance = process_instance.c
    wanted = select(instance.case_id, instance.status, instance.owner, instance.customer_id)
    wanted = wanted.where(instance.case_id.in_(ids), instance.depth == 0).order_by(instance.key)
    rows = job.tx.connection.execute(wanted).all()
    gone = sorted(set(ids) - {row.case_id for row in rows})
    if gone:
        named = "、".join(one[:20] for one in gone[:5])
        raise JobFailed(f"{job.element}: there is no case {named}", message_zh=f"交接清单里没有这些工单:{named}。")
    return rows


def _active(connection: Connection, user_id: str | None) -> str | None:
    account = None if user_id is None else find_in(connection, user_id)
    return account.id if account is not None and account.active else None


def _owner(job: JobContext) -> str:
    """Whose the case is."""
    found = select(process_instance.c.owner).where(process_instance.c.key == int(job.case_id))
    return str(job.tx.connection.execute(found).scalar_one())


def _masked(customer_id: str | None) -> str | None:
    return None if customer_id is None else str(mask("customer_id", customer_id))


def _text(value: Value) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
