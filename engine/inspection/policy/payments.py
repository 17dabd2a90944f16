"""A payment by what its case's events tell: how much, who asked, who agreed, who paid, and to whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, select

from engine.inspection.policy.events import Seen, read_tree
from engine.inspection.policy.limits import USUAL, own_limit
from engine.inspection.policy.pseudonyms import Pseudonyms
from engine.inspection.sums import APPROVAL, APPROVING, COMPENSATIONS, PAYOUT, fen_of, sums_of
from engine.model import SYSTEM
from engine.store.tables import process_instance

COMPENSATION: Final = "compensation"
_REFUND: Final = "refund"
_REGISTERS: Final = frozenset({COMPENSATIONS, "refund_register"})
#: Variables by which somebody says how much is to be paid.
_AMOUNTS: Final = frozenset({
    "comp_amount", "payout_amount", "refund_amount", "solution_amount", "repair_fee", "new_goods_amount",
    "amount", "agreed_amount", "discount_amount", "issue_amount", "ruling_amount", "fee_amount",
})  # fmt: skip
_TRANSFER: Final = "transfer"


def read_payment(connection: Connection, stream: int, pseudonyms: Pseudonyms) -> dict[str, Any] | None:
    """The row of policy_payment of an instance of the payout process; None: it has not paid, or nothing tells of it."""
    columns = process_instance.c
    own = connection.execute(select(columns.case_id).where(columns.key == stream, columns.process_id == PAYOUT))
    case_id = own.scalar_one_or_none()
    if case_id is None:
        return None
    tree = read_tree(connection, case_id)
    paid = next((one for one in reversed(tree) if one.told.stream == stream and _is_paid(one)), None)
    if paid is None:
        return None
    root = connection.execute(select(process_instance).where(columns.key == int(case_id))).one()
    before = [one for one in tree if one.at <= paid.at and (one.told.stream != stream or one.seq <= paid.seq)]
    ours = [one for one in before if one.told.stream == stream]
    kind = _last(ours, "payout_kind")
    if not isinstance(kind, str):
        kind = COMPENSATION if _register(paid) == COMPENSATIONS else _REFUND
    amount = fen_of(paid.inner.get("paid_amount"))
    approved = sums_of(one.told for one in before).approved
    account = _last(ours, "pay_account") if paid.inner.get("pay_method") == _TRANSFER else None
    return {
        "stream": stream,
        "seq": paid.seq,
        "case_key": root.key,
        "process_id": root.process_id,
        "kind": kind,
        "amount": amount,
        "own_limit": _limit(connection, before) if kind == COMPENSATION else None,
        "approved": int(approved is not None and amount is not None and approved >= amount),
        "proposer": _proposer(before) or root.first_owner,
        "approver": _actor(one for one in reversed(before) if _says_yes(one)),
        "payer": _actor(one for one in reversed(ours) if one.place == f"{PAYOUT}.finance_pay"),
        "payee": pseudonyms.payee(account),
        "buyer": pseudonyms.buyer(root.customer_id),
        "at": paid.at,
    }


def _is_paid(one: Seen) -> bool:
    written = one.told.kind == "register.written" and _register(one) in _REGISTERS
    return written and fen_of(one.inner.get("paid_amount")) is not None


def _register(one: Seen) -> object:
    return one.told.value.get("register") if isinstance(one.told.value, dict) else None


def _last(events: Sequence[Seen], name: str) -> object:
    """What a variable was set to last; None where it never was."""
    return next((one.inner[name] for one in reversed(events) if one.inner.get(name) is not None), None)


def _limit(connection: Connection, before: Sequence[Seen]) -> int | None:
    approvals = [one for one in before if one.told.process_id == APPROVAL]
    if not approvals:
        return own_limit(connection, None, USUAL)
    last = [one for one in approvals if one.told.stream == approvals[-1].told.stream]
    scenario = _last(last, "scenario")
    columns = process_instance.c
    key = connection.execute(select(columns.definition).where(columns.key == last[0].told.stream)).scalar_one()
    return own_limit(connection, key, scenario if isinstance(scenario, str) else USUAL)


def _proposer(before: Sequence[Seen]) -> str | None:
    """Who said the amount last, at a task that is no approval."""
    return _actor(
        one
        for one in reversed(before)
        if one.told.kind == "user_task.completed"
        and one.told.process_id != APPROVAL
        and any(fen_of(one.inner.get(name)) is not None for name in _AMOUNTS)
    )


def _says_yes(one: Seen) -> bool:
    said = APPROVING.get(one.place)
    return one.told.kind == "user_task.completed" and said is not None and one.inner.get(said) is True


def _actor(events: Any) -> str | None:
    return next((one.told.actor for one in events if one.told.actor != SYSTEM.id), None)
