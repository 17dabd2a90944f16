"""The registers of the catalogue (登记表, 台账): their names, and whose they are to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine import access
from engine.access import Reach
from engine.errors import NotFound
from engine.model import Actor

#: Register id → name as the documents have it.
REGISTERS: Final[Mapping[str, str]] = {
    "compensation_register": "补偿登记表",
    "refund_register": "退款登记表",
    "urge_register": "催发货跟进登记表",
    "wrong_shipment_register": "发错货登记表",
    "bulk_order_register": "大单登记表",
    "tracking_register": "物流跟踪表",
    "order_change_register": "订单修改登记表",
    "shipment_register": "发货登记表",
    "return_register": "退货登记表",
    "repair_register": "维修登记表",
    "exchange_register": "换货登记表",
    "logistics_exception_register": "快递异常登记表",
    "courier_claim_register": "快递索赔登记表",
    "invoice_register": "发票登记表",
    "complaint_register": "投诉登记表",
    "call_log": "电话记录",
    "gift_freeship_register": "赠品/包邮登记表",
}
#: Columns that say what a case was about, by register.
CAUSES: Final = (
    ("complaint_register", "cause_category"),
    ("compensation_register", "issue_type"),
    ("return_register", "return_reason"),
    ("exchange_register", "exchange_reason"),
    ("repair_register", "fault_desc"),
    ("logistics_exception_register", "stall_cause"),
    ("urge_register", "unsent_reason"),
    ("order_change_register", "change_type"),
)
#: Columns that hold an account's id.
PEOPLE: Final = ("approver", "operator", "first_owner")
#: P13 and P14 of a lane: the registers of its own work.
_LANES: Final[Mapping[str, frozenset[str]]] = {
    "warehouse": frozenset({"return_register", "repair_register", "shipment_register"}),
    "finance": frozenset({"compensation_register", "refund_register", "invoice_register"}),
}


def name_of(register: str) -> str:
    """The register's name; its id where the catalogue has none."""
    return REGISTERS.get(register, register)


def may_read(actor: Actor, register: str) -> bool:
    """P13: whether the actor reads the register; personal data are masked for everybody."""
    return _reaches(actor, "P13", register)


def team_of(actor: Actor) -> frozenset[str] | None:
    """P13: of whose team's cases the actor reads the rows; None: of everybody's."""
    return actor.team if access.reach(actor, "P13") is Reach.TEAM else None


def may_export(actor: Actor, register: str) -> bool:
    """P14: whether the actor takes the register's rows home at once, masked."""
    return may_read(actor, register) and _reaches(actor, "P14", register)


def may_ask_for_export(actor: Actor, register: str) -> bool:
    """P14 with approval: whether the actor may ask for a file that a department manager has to approve."""
    return may_read(actor, register) and access.reach(actor, "P14") is Reach.PROPOSE


def reads_registers(actor: Actor) -> bool:
    """P13 in any degree."""
    return access.may(actor, "P13")


def check_readable(actor: Actor, register: str) -> None:
    """Raise unless the actor may read the register.

    Raises:
        NotFound: the actor may not; whether there is such a register is nobody's business then.
    """
    if not may_read(actor, register):
        raise NotFound(f"there is no register {register[:60]!r}", message_zh="没有这个登记表,或您没有权限。")


def _reaches(actor: Actor, permission: str, register: str) -> bool:
    granted = access.reach(actor, permission)
    if granted is Reach.LANE:
        return any(register in _LANES.get(group, ()) for group in actor.groups)
    return granted in (Reach.TEAM, Reach.YES)
