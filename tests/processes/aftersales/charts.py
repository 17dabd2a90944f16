"""The catalogue of the after-sales flowcharts, from this repository's copy, with what the corrections make of it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from tests.processes.process_drawing import ROOT, Drawing, read

DATA = Path(__file__).parent / "data"
CHARTS: dict[str, dict] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(DATA.glob("[ar][0-9][0-9]_*.json"))
}
CHART_IDS = tuple(CHARTS)
#: Drawn by a line of the corrections (§3), with no flowchart in the catalogue.
UNCHARTED = ("r20_recruitment",)
#: Reports, plans and follow-ups that the documents ask for (SLA-09 … SLA-35), with no flowchart in the catalogue.
REPORTS = tuple(path.stem for path in sorted((ROOT / "processes/reports").glob("*.bpmn")))
LANES = {
    "AS": "售后客服",
    "PS": "售前客服",
    "CS": "客服",
    "SUP": "客服主管",
    "SM": "店长",
    "WH": "仓库",
    "FIN": "财务",
    "OPS": "运营",
    "TEC": "维修人员",
    "SYS": "系统",
    "SG": "店面导购员",
    "DES": "设计师",
    "DM": "设计部经理",
    "CLK": "售后部内勤",
    "LOG": "物流部",
    "SPC": "售后客服",  # the specialist of the tile shop
}
GROUPS = {
    "售后客服": "aftersales",
    "售前客服": "presales",
    "客服": "presales,aftersales",
    "客服主管": "supervisor",
    "店长": "dept_manager",
    "仓库": "warehouse",
    "财务": "finance",
    "运营": "operations",
    "维修人员": "technician",
    "店面导购员": "store_guide",
    "设计师": "designer",
    "设计部经理": "design_manager",
    "售后部内勤": "aftersales_clerk",
    "物流部": "logistics_dept",
}
TAGS = {
    "start": "startEvent",
    "timer start": "startEvent",
    "user": "userTask",
    "service": "serviceTask",
    "script": "scriptTask",
    "rule": "businessRuleTask",
    "send": "sendTask",
    "receive": "receiveTask",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "event gw": "eventBasedGateway",
    "timer": "intermediateCatchEvent",
    "msg catch": "intermediateCatchEvent",
    "b-timer": "boundaryEvent",
    "b-timer ni": "boundaryEvent",
    "b-msg ni": "boundaryEvent",
    "call": "callActivity",
    "msg throw": "intermediateThrowEvent",
    "end": "endEvent",
}
#: Claims on couriers are a task, no call of 10 (corrections 1.6).
RENAMED = {
    ("a07_return_exchange_followup", "call_courier_claim"): "file_claim",
    ("a11_shipped_refund", "call_courier_claim"): "file_claim",
    ("a11_shipped_refund", "call_claim_damaged"): "file_claim_damaged",
    ("a12_received_return", "call_courier_claim"): "file_claim",
}
#: One payout and one approval (corrections 1.3–1.5): what the tables draw as tasks of their own calls S2 and S3.
RETYPED = {
    # The roster is kept by the platform, which copies it.
    ("r01_monthly_roster", "copy_last_month"): ("service", None),
    # A parcel is tracked for days: a linked case does it (corrections, a18).
    ("a18_undeliverable_transfer", "call_tracking"): ("service", None),
    ("a28_finance_refund", "finance_refund"): ("call", "s02_payout"),
    ("a14_overseas_repair", "pay_repair_fee"): ("call", "s02_payout"),
    ("a04_expectation_mismatch", "approve_comp"): ("call", "s03_amount_approval"),
    ("a05_negotiation_ladder", "manager_approve"): ("call", "s03_amount_approval"),
    # One dispatch an order (corrections 1.7): the message of the payment starts 07.
    ("a22_payment", "start_delivery"): ("msg throw", None),
    # A gift that is granted already is written on the order, not applied for once more (corrections 1.11).
    ("a23_bargaining", "call_gift"): ("service", None),
    **{(process, renamed): ("user", None) for (process, _), renamed in RENAMED.items()},
}
#: An agreed amount is not negotiated again (corrections 1.3).
AGREED = dict.fromkeys(
    (
        ("a01_repair_ticket", "call_compensation"),
        ("a04_expectation_mismatch", "call_compensation"),
        ("a05_negotiation_ladder", "call_compensation"),
        ("a10_unshipped_refund", "call_compensation"),
        ("a30_promise_followup", "call_compensation"),
    ),
    "s02_payout",
)


def element_id(process: str, element: str) -> str:
    """The id that the element has in the diagram."""
    return RENAMED.get((process, element), element)


@cache
def drawing(process: str) -> Drawing:
    """The diagram of a process."""
    return read(process)


@cache
def nodes(process: str) -> dict[str, dict]:
    """The catalogued elements by the ids that they have in the diagram, with the corrections' types."""
    found = {}
    for node in CHARTS[process]["nodes"]:
        mine = {**node, "id": element_id(process, node["id"])}
        retyped = RETYPED.get((process, mine["id"]))
        if retyped is not None:
            mine["type"], mine["calls"] = retyped
        if (process, mine["id"]) in AGREED:
            mine["calls"] = AGREED[process, mine["id"]]
        mine["next"] = [{**way, "target": element_id(process, way["target"])} for way in node["next"]]
        found[mine["id"]] = mine
    return found


def of_type(*kinds: str) -> list[tuple[str, str]]:
    """(process, element id) of the catalogued elements of some kinds."""
    return [(p, node["id"]) for p in CHART_IDS for node in nodes(p).values() if node["type"] in kinds]
