"""The rules as they are shipped: targets, the seven assessment formulas, limits, and which end states are solved.

What the documents give stands as they give it (93 %, 98 %, 12 %, the seed's six formulas); the rest is ADDED.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine.model import Value

D = Decimal
#: Agent type → (name, multiplied by commission, added). A tuple of two is one term split between them.
FORMULAS: Final[dict[str, tuple[str, tuple[str | tuple[str, str], ...], tuple[str, ...]]]] = {
    "presales_traffic": ("以流量为导向的售前客服", ("K01", "K02", ("K03", "K04"), "K05"), ("K10",)),
    "presales_service": ("服务至上的售前客服", ("K01", "K04", "K11", "K06", "K08", "K09"), ("K10",)),
    "presales_growth": ("以成长为导向的售前客服", ("K01", "K03", "K07", "K09"), ("K12", "K13", "K10")),
    "aftersales_returns": ("退换货式售后客服", (), ("K14", "K07", "K12", "K09", "K13", "K10")),
    "aftersales_reputation": ("营销信誉型售后客服", (), ("K15", "K12", "K09", "K08", "K16", "K10")),
    "general": ("综合其他客户服务", (), ("K01", "K03", "K04", "K17", "K13", "K10", "K18")),
    "supervisor": ("客服主管", (), ("K10", "K06", "K19", "K21", "K22", "K23", "K24")),
}
TYPES: Final[dict[str, str]] = {key: name for key, (name, _, _) in FORMULAS.items()}
#: Σ of the weights of the multiplied and of the added group, where a formula has both.
SHARE: Final = (D("0.8"), D("0.2"))
#: Indicator → (floor, target) in the unit of its value: shares as 0–1, times in seconds, amounts in 元.
TARGETS: Final[dict[str, tuple[Decimal, Decimal]]] = {
    "K01": (D("0.10"), D("0.40")),
    "K02": (D(200), D(1000)),
    "K03": (D(50), D(300)),
    "K04": (D(50), D(200)),
    "K05": (D(60), D(20)),
    "K06": (D(120), D(40)),
    "K07": (D(14400), D(1800)),
    "K08": (D("0.80"), D("0.98")),
    "K09": (D(60), D(95)),
    "K10": (D("0.70"), D("0.93")),
    "K11": (D("0.15"), D("0.03")),
    "K12": (D(40), D(100)),
    "K13": (D(60), D(95)),
    "K14": (D(0), D(100)),
    "K14a": (D("0.50"), D("0.95")),
    "K14b": (D("0.05"), D("0.30")),
    "K14c": (D("0.50"), D("0.95")),
    "K15": (D("0.60"), D("0.98")),
    "K16": (D("0.50"), D("0.95")),
    "K17": (D("0.50"), D("0.90")),
    "K18": (D(60), D(95)),
    "K19": (D("0.50"), D("0.85")),
    "K20": (D("0.60"), D("0.95")),
    "K21": (D("0.60"), D("0.90")),
    "K22": (D("0.60"), D("0.95")),
    "K23": (D(0), D("0.12")),
    "K24": (D(60), D(90)),
    "K25": (D("0.80"), D("0.98")),
    "K26": (D(0), D("0.05")),
    "K27": (D("0.05"), D("0.01")),
    "K28": (D("0.15"), D("0.05")),
    "K29": (D("0.05"), D("0.25")),
    "K31": (D("0.70"), D("0.98")),
    "K32": (D("0.70"), D("0.95")),
    "K33": (D(5), D(1)),
    "K36": (D("0.70"), D("0.98")),
    "K37": (D("0.60"), D("1.00")),
}
#: 佣金算法: from this share of the monthly target on → factor.
COMMISSION: Final = ((D(0), D("0.9")), (D("0.8"), D("1.0")), (D("1.0"), D("1.1")), (D("1.2"), D("1.2")))
#: First responses are due within (seconds, SLA-03).
LIMITS: Final[dict[str, int]] = {"chat": 60, "phone": 300, "other": 14400}
#: Bounds of definitions, with their names.
BOUNDS: Final[dict[str, tuple[str, int, int, int]]] = {
    "refund_hours": ("退款速度:从开单起几小时内打款算及时", 48, 1, 720),
    "again_days": ("结案后几天内再来算没有解决", 7, 1, 60),
    "complaint_days": ("投诉没有承诺时间时,几天内结案算及时", 7, 1, 60),
    "quote_hours": ("报价须在几小时内答复", 8, 1, 72),
    "repeat_days": ("复购:几天内付款两次", 180, 30, 730),
}
#: End states that count as solved: the customer has got what the matter was about, or knows for certain.
#: Left out: closed without answer, not carried out, money not paid, passed on to another process.
SOLVED: Final[dict[str, tuple[str, ...]]] = {
    "p01_compensation": ("end_compensated",),
    "p02_rush_shipping": ("end_dispatched_in_time", "end_dispatched", "end_refunded"),
    "p03_wrong_shipment": ("end_kept_compensated", "end_resent", "end_exchanged", "end_not_wrong", "end_refunded"),
    "p04_bulk_order": ("end_bulk_confirmed", "end_not_bulk", "end_bulk_declined"),
    "p05_order_tracking": ("end_signed", "end_replaced", "end_lost_refunded"),
    "p06_order_change": ("end_modified", "end_address_changed", "end_resent", "end_change_cancelled", "end_refunded"),
    "p07_delivery": ("end_dispatched", "end_cancelled"),
    "p08_repair": ("end_repaired", "end_progress_replied"),
    "p09_exchange": ("end_exchanged", "end_refunded"),
    "p10_courier_query": ("end_informed", "end_soothed", "end_restored", "end_reshipped", "end_refunded"),
    "p11_invoice": ("end_invoiced",),
    "p12_return": ("end_retained", "end_converted_exchange", "end_returned_refunded", "end_loss_compensated"),
    "p13_rights_protection": ("end_withdrawn", "end_ruling_executed", "end_ruled_for_seller"),
    "p14_gift_free_shipping": ("end_granted", "end_declined"),
}
#: Cases that no customer has opened: dispatch and tracking. They are no handling of a request.
NOT_REQUESTS: Final = ("p05_order_tracking", "p07_delivery")


def default_content() -> dict[str, Value]:
    """The shipped rules in the form in which versions are kept."""
    return {
        "targets": {key: {"floor": floor, "target": target} for key, (floor, target) in TARGETS.items()},
        "formulas": {key: _weights(multiplied, added) for key, (_, multiplied, added) in FORMULAS.items()},
        "overrides": {},
        "commission": [{"from": start, "factor": factor} for start, factor in COMMISSION],
        "commission_on": True,
        "whole_one": False,
        "limits": {key: D(seconds) for key, seconds in LIMITS.items()},
        "bounds": {key: D(bound[1]) for key, bound in BOUNDS.items()},
        "solved": {process: sorted(ends) for process, ends in SOLVED.items()},
    }


def _weights(multiplied: tuple[str | tuple[str, str], ...], added: tuple[str, ...]) -> dict[str, Value]:
    """Equal weights; what rounding leaves goes to the first term, so that a group's sum is exact."""
    g_share, a_share = SHARE if multiplied else (D(0), D(1))
    return {"g": _spread(multiplied, g_share), "a": _spread(added, a_share)}


def _spread(terms: tuple[str | tuple[str, str], ...], share: Decimal) -> dict[str, Decimal]:
    if not terms:
        return {}
    each = (share / len(terms)).quantize(D("0.0001"))
    found: dict[str, Decimal] = {}
    for term in terms:
        names = (term,) if isinstance(term, str) else term
        found |= dict.fromkeys(names, each / len(names))
    first = next(iter(found))
    found[first] += share - sum(found.values(), D(0))
    return {name: weight.normalize() for name, weight in found.items()}
