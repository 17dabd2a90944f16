"""The words of the archive: levels, kinds of calls, causes of visits, categories of papers. Code → Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from engine.access import Reach, may, reach
from engine.model import Actor
from engine.notifications import Said

LEVELS: Final[Mapping[str, str]] = {"regular": "普通", "silver": "银卡", "gold": "金卡", "vip": "VIP"}
#: How somebody wants to be addressed; "" leaves it to the channel.
ADDRESSES: Final[Mapping[str, str]] = {"qin": "亲", "nin": "您好", "mr": "先生", "ms": "女士"}

SOURCES: Final[Mapping[str, str]] = {"phone": "来电", "walk_in": "来访", "message": "留言"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallKind:
    """What a call is about, and how fast it is answered."""

    name: str
    #: Working time of the shop from the call on.
    limit: timedelta
    #: It is an offer to be made: more is asked, and it is answered with a price or without.
    quote: bool = False


_CALL_BACK: Final = timedelta(minutes=5)
#: SLA-01 (询价 8 小时), SLA-02 (回电 5 分钟).
CALL_KINDS: Final[Mapping[str, CallKind]] = {
    "inquiry": CallKind(name="咨询", limit=_CALL_BACK),
    "quote": CallKind(name="询价", limit=timedelta(hours=8), quote=True),
    "after_sales": CallKind(name="售后", limit=_CALL_BACK),
    "complaint": CallKind(name="投诉", limit=_CALL_BACK),
    "other": CallKind(name="其他", limit=_CALL_BACK),
}
#: SLA-04: what was left outside working hours is answered within an hour of the opening.
MESSAGE_LIMIT: Final = timedelta(hours=1)
#: What a call's form asks for: name → (Chinese, most characters).
CALL_FIELDS: Final[Mapping[str, tuple[str, int]]] = {
    "contact_name": ("姓名", 60),
    "contact_phone": ("联系方式", 60),
    "note": ("内容", 2000),
}
#: What 001 asks of who wants a quote, beside name and contact.
QUOTE_FIELDS: Final[Mapping[str, tuple[str, int]]] = {
    "company": ("公司名称", 100),
    "goods": ("品名", 100),
    "goods_category": ("类别", 100),
    "route": ("起止地", 200),
    "volume": ("运量", 100),
    "operate_at": ("操作时间", 100),
    "special": ("特殊要求", 500),
}
#: How a call-back came out; ``unreachable`` gives up after attempts.
CALL_RESULTS: Final[Mapping[str, str]] = {
    "answered": "已答复",
    "quoted": "已报价",
    "no_price": "已答复,暂无价格",
    "case": "已转工单",
    "unreachable": "多次未接通",
}

VISIT_CAUSES: Final[Mapping[str, str]] = {
    "case": "售后结案",
    "parcel": "包裹签收",
    "good": "优质客户",
    "manual": "人工安排",
}
VISIT_STATUSES: Final[Mapping[str, str]] = {
    "open": "待回访",
    "answered": "已回访",
    "unreachable": "联系不上",
    "dropped": "不再回访",
}
#: SLA-15: after which processes the customer is asked.
VISITED: Final = (
    "p01_compensation",
    "p02_rush_shipping",
    "p03_wrong_shipment",
    "p08_repair",
    "p09_exchange",
    "p10_courier_query",
    "p12_return",
    "p13_rights_protection",
)
#: SLA-30: whoever is not content after this one gets a case of it again.
COMPLAINTS: Final = "p13_rights_protection"
VISIT_AFTER: Final = timedelta(days=3)
GOOD_EVERY: Final = timedelta(days=30)
#: A visit that is not made so long after it was due is the supervisors' to know.
VISIT_LATE: Final = timedelta(days=1)
#: Grades: from this one on content (K10), up to that one not.
CONTENT: Final = 4
NOT_CONTENT: Final = 2
BEST: Final = 5

CATEGORIES: Final[Mapping[str, str]] = {
    "customer": "客户资料",
    "contract": "合同",
    "voucher": "单证复印件",
    "distributor": "分销商合同",
    "quote": "报价单",
    "other": "其他",
}
#: Papers of these categories are for those whose business they are (E01: 公司商业机密).
CONFIDENTIAL: Final = frozenset({"contract", "distributor"})
#: Who may be named as the readers of a paper; "": everybody who reads the archive.
ACCESS_GROUPS: Final[Mapping[str, str]] = {
    "": "所有客服",
    "aftersales": "售后客服",
    "presales": "售前客服",
    "supervisor": "客服主管",
    "finance": "财务",
    "dept_manager": "部门经理",
}
_CONTRACTS: Final = frozenset({"dept_manager", "finance"})


def may_read(actor: Actor) -> bool:
    """P25 in any degree: agents and their heads; auditors read masked."""
    return reach(actor, "P25") is not Reach.NO


def may_edit(actor: Actor) -> bool:
    """P25: keeps customers, calls, visits and papers."""
    return may(actor, "P25")


def heads_service(actor: Actor) -> bool:
    """Whether the actor answers for other people's calls and visits: supervisors and department managers (P06)."""
    return may(actor, "P06")


def keeps_contracts(actor: Actor) -> bool:
    """Whether contracts are the actor's business."""
    return not _CONTRACTS.isdisjoint(actor.groups)


def reads_papers(actor: Actor) -> bool:
    """Whether the actor reads any paper at all: P25, and finance its contracts."""
    return may_read(actor) or keeps_contracts(actor)


_SOURCES_EN: Final[Mapping[str, str]] = {"phone": "by telephone", "walk_in": "in person", "message": "by message"}
_CALLS_EN: Final[Mapping[str, str]] = {
    "inquiry": "question",
    "quote": "request for a quote",
    "after_sales": "after-sales",
    "complaint": "complaint",
    "other": "other matter",
}
_CAUSES_EN: Final[Mapping[str, str]] = {
    "case": "after-sales case closed",
    "parcel": "parcel signed for",
    "good": "good customer",
    "manual": "planned by hand",
}


def said_call(kind: str) -> Said:
    """What a call is about, in both languages."""
    return Said(CALL_KINDS[kind].name, _CALLS_EN[kind])


def said_source(source: str) -> Said:
    """How somebody called, in both languages."""
    return Said(SOURCES[source], _SOURCES_EN[source])


def said_cause(cause: str) -> Said:
    """Why a customer is called on, in both languages."""
    return Said(VISIT_CAUSES[cause], _CAUSES_EN[cause])
