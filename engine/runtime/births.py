"""Rows of new instances: roots, which are cases, and the children of calls, which belong to their caller's case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from engine.definitions import Deployed
from engine.failpoints import reached
from engine.history import GENESIS
from engine.model import Actor, CallOpened, InstanceStatus, Variables
from engine.runtime.urgency import NORMAL, priority_of
from engine.store import sql
from engine.store.database import Transaction
from engine.store.instances import InstanceRow

#: Columns of process_instance by name.
Columns: TypeAlias = Mapping[str, object]


def root_of(
    actor: Actor,
    at: int,
    start_key: str | None,
    business_key: str | None,
    parent_case_id: str | None,
    thrower: InstanceRow | None = None,
) -> Columns:
    """What a new case gets from who opens it, at an instant in microseconds.

    One that a case's message opened stays with that case's people.
    """
    return {
        "start_key": start_key,
        "business_key": business_key,
        "case_id": "",
        "parent": None,
        "parent_call": None,
        "parent_case_id": parent_case_id,
        "depth": 0,
        "priority": NORMAL,
        "opened_by": actor.id,
        "first_owner": actor.id if thrower is None else thrower.first_owner,
        "owner": actor.id if thrower is None else thrower.owner,
        "promised_at": None,
        "case_opened_at": at,
        "status": InstanceStatus.ACTIVE.value,
    }


def child_of(caller: InstanceRow, call: CallOpened) -> Columns:
    """What a called process gets from its caller."""
    return {
        "start_key": None,
        "business_key": caller.business_key,
        "case_id": caller.case_id,
        "parent": caller.key,
        "parent_call": call.id,
        "parent_case_id": caller.parent_case_id,
        "depth": caller.depth + 1,
        "priority": caller.priority,
        "opened_by": caller.opened_by,
        "first_owner": caller.first_owner,
        "owner": caller.owner,
        "promised_at": caller.promised_at,
        "case_opened_at": caller.case_opened_at,
        "status": caller.status,  # a repair of a suspended case starts nothing that runs on
    }


def insert_instance(
    tx: Transaction, deployed: Deployed, variables: Variables, given: Columns, *, at: int
) -> InstanceRow:
    """Insert the row, so that the database gives the key, from which every id of the instance comes.

    Args:
        tx: the transaction.
        deployed: the version to which the instance is pinned.
        variables: what it starts with, for the columns by which people find it.
        given: of ``root_of`` or ``child_of``.
        at: microseconds since 1970.
    """
    values: dict[str, object] = {
        **given,
        "priority": priority_of(deployed, variables, given["priority"]),
        "definition": deployed.key,
        "process_id": deployed.process_id,
        "revision": 0,
        "state": None,
        "variables": b"{}",
        "end_state": None,
        "customer_id": _text(variables.get("customer_id")),
        "order_id": _text(variables.get("order_id")),
        "opened_at": at,
        "ended_at": None,
        "incidents": 0,
        "history_seq": 0,
        "history_hash": GENESIS,
    }
    reached("runtime.instance.before")
    (key,) = tx.run(sql.INSERT_INSTANCE, values).fetchone()
    reached("runtime.instance.inserted")
    del values["start_key"]
    row = InstanceRow(key=key, **values)  # type: ignore[arg-type]  # columns by name
    if not row.case_id:
        row.case_id = str(key)
    return row


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
