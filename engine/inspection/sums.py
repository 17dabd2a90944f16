"""The money of a case, by the variables and registers in which the shop's processes keep it.

Paid: what the payout process (s02_payout) wrote as ``paid_amount`` into a register; each of its instances pays once.
Compensated: of that, what was written into 补偿登记表. Asked: the greatest amount put to the approval of amounts
(s03_amount_approval, ``comp_amount``), or what all payouts were asked for first, if that is more. Approved: the
greatest amount to which a person said yes, there or, beyond what the order has left, in the payout.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from engine.inspection.traits import Told
from engine.model import Value

APPROVAL: Final = "s03_amount_approval"
PAYOUT: Final = "s02_payout"
COMPENSATIONS: Final = "compensation_register"
#: Register → the column that says how much a payout is about.
_AMOUNTS: Final[Mapping[str, str]] = {COMPENSATIONS: "comp_amount", "refund_register": "payout_amount"}
#: User task → the variable by which a person says yes.
APPROVING: Final[Mapping[str, str]] = {
    f"{APPROVAL}.approve_by_supervisor": "supervisor_approved",
    f"{APPROVAL}.approve_by_manager": "manager_approved",
    f"{PAYOUT}.approve_excess": "excess_approved",
}
#: What has more digits before the point is a slip of somebody's keyboard.
_MOST_DIGITS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Amounts in 分; None: no such money."""

    asked: int | None = None
    approved: int | None = None
    paid: int | None = None
    compensated: int | None = None


@dataclass(slots=True)
class _Purse:
    """One instance of the approval or of the payout."""

    #: The amount as it stands, as it was first, and the greatest that was put to somebody.
    amount: int | None = None
    first: int | None = None
    greatest: int | None = None
    approved: int | None = None
    paid: int | None = None
    register: str = ""

    def put(self, amount: int | None) -> None:
        """The amount is another one now."""
        if amount is not None:
            self.amount = amount
            self.first = amount if self.first is None else self.first
            self.greatest = max(amount, self.greatest or 0)


@dataclass(slots=True)
class _Purses:
    approvals: dict[int, _Purse] = field(default_factory=dict)
    payouts: dict[int, _Purse] = field(default_factory=dict)


def sums_of(events: Iterable[Told]) -> Sums:
    """The money of a case.

    Args:
        events: of its call tree, those of each instance in their order.
    """
    purses = _Purses()
    for event in events:
        value = event.value if isinstance(event.value, Mapping) else {}
        if event.process_id == APPROVAL:
            _approve(purses.approvals.setdefault(event.stream, _Purse()), event, value)
        elif event.process_id == PAYOUT:
            _pay(purses.payouts.setdefault(event.stream, _Purse()), event, value)
    every = [*purses.approvals.values(), *purses.payouts.values()]
    payouts = list(purses.payouts.values())
    return Sums(
        asked=_most([*(one.greatest for one in purses.approvals.values()), _sum(one.first for one in payouts)]),
        approved=_most(one.approved for one in every),
        paid=_sum(one.paid for one in payouts),
        compensated=_sum(one.paid for one in payouts if one.register == COMPENSATIONS),
    )


def _approve(purse: _Purse, event: Told, value: Mapping[str, Value]) -> None:
    if event.kind in ("instance.started", "user_task.completed"):
        purse.put(fen_of(_inner(value, "variables").get("comp_amount")))
    _agree(purse, event, value)


def _pay(purse: _Purse, event: Told, value: Mapping[str, Value]) -> None:
    register = value.get("register")
    if event.kind == "register.written" and isinstance(register, str) and register in _AMOUNTS:
        cells = _inner(value, "values")
        purse.put(fen_of(cells.get(_AMOUNTS[register])))
        paid = fen_of(cells.get("paid_amount"))
        if paid is not None:
            purse.paid, purse.register = paid, register
    _agree(purse, event, value)


def _agree(purse: _Purse, event: Told, value: Mapping[str, Value]) -> None:
    """A person may have said yes to the amount as it stands."""
    said = APPROVING.get(f"{event.process_id}.{event.element}")
    if event.kind == "user_task.completed" and said and _inner(value, "variables").get(said) is True:
        purse.approved = _most([purse.approved, purse.amount])


def fen_of(amount: Value) -> int | None:
    """An amount in 分, half up; None for what is no amount."""
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int):
        return None
    number = Decimal(amount)
    if not number.is_finite() or number.adjusted() > _MOST_DIGITS:
        return None
    return int((number * 100).to_integral_value(ROUND_HALF_UP))


def _inner(value: Mapping[str, Value], name: str) -> Mapping[str, Value]:
    inner = value.get(name)
    return inner if isinstance(inner, Mapping) else {}


def _most(amounts: Iterable[int | None]) -> int | None:
    return max((one for one in amounts if one is not None), default=None)


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = [one for one in amounts if one is not None]
    return sum(known) if known else None
