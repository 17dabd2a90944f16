"""The registers of the catalogue (登记表, 台账): their names, and whose they are to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine import access
from engine.access import Reach
from engine.errors import NotFound
from engine.labels import ACCOUNTS
from engine.model import Actor, ActorKind

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
    "service_register": "售后服务记录",
    "owner_register": "售后归属表",
    "authorisation_register": "授权与交接表",
    "violation_register": "违规处罚表",
    "promise_register": "承诺登记表",
    "review_register": "评价回访表",
    "feedback_register": "满意度与反馈分析",
    "freight_insurance_register": "运费险理赔表",
    "listing_register": "描述问题登记表",
    "evidence_register": "取证登记表",
    "stock_register": "退货入库与报损表",
    "tile_register": "砖店订单表",
    "service_sheet_register": "售后服务单",
    "leave_register": "请假离岗表",
    "attendance_register": "打卡表",
    "training_register": "培训登记表",
    "unshipped_register": "未发货通知表",
    "patrol_register": "巡店与学习记录",
    "transfer_register": "转运服务单",
    "inquiry_register": "询单登记表",
    "duty_register": "日常任务表",
    "recruitment_register": "招聘登记表",
    "day_report_register": "日报登记表",
    "volume_register": "货量日报表",
    "plan_register": "月度计划表",
    "statement_register": "月结对账表",
    "followup_register": "未购买跟进表",
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
    ("service_register", "problem_type"),
    ("service_register", "inquiry_kind"),
    ("service_register", "cause"),
    ("refund_register", "reason"),
    ("listing_register", "cause"),
    ("review_register", "reason_class"),
)
#: Columns that hold an account's id.
PEOPLE: Final = ACCOUNTS
#: P13 and P14 of a lane: the registers of its own work.
_LANES: Final[Mapping[str, frozenset[str]]] = {
    "warehouse": frozenset(
        {
            "return_register",
            "repair_register",
            "shipment_register",
            "volume_register",
            "stock_register",
            "evidence_register",
        }
    ),
    "finance": frozenset({"compensation_register", "refund_register", "invoice_register", "statement_register"}),
    "technician": frozenset({"service_sheet_register"}),
}
#: Registers about colleagues: for their heads and the auditors.
_CONFIDENTIAL: Final[Mapping[str, frozenset[str]]] = {
    "violation_register": frozenset({"supervisor", "dept_manager", "auditor"}),
    "leave_register": frozenset({"supervisor", "dept_manager", "auditor"}),
    "attendance_register": frozenset({"supervisor", "dept_manager", "auditor"}),
    "recruitment_register": frozenset({"supervisor", "dept_manager", "auditor"}),
    "day_report_register": frozenset({"supervisor", "dept_manager", "auditor"}),
    "plan_register": frozenset({"supervisor", "dept_manager", "auditor"}),
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
    readers = _CONFIDENTIAL.get(register)
    if readers is not None and actor.kind is not ActorKind.SYSTEM and readers.isdisjoint(actor.groups):
        return False
    if granted is Reach.LANE:
        return any(register in _LANES.get(group, ()) for group in actor.groups)
    return granted in (Reach.TEAM, Reach.YES)
