"""The inbox's questions in words: what its filters are called, and their values as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from engine.access import GROUPS
from engine.saved_filters import Asked, Sort
from web import format as words
from web.i18n import english, lazy_gettext
from web.wiring import parts

SCOPES: Final = {
    "groups": lazy_gettext("我的岗位"),
    "mine": lazy_gettext("我认领的"),
    "all": lazy_gettext("全部"),
}
SORTS: Final = {
    "due": lazy_gettext("截止时间"),
    "priority": lazy_gettext("优先级"),
    "money": lazy_gettext("金额大的在前"),
    "newest": lazy_gettext("最新到达"),
    "oldest": lazy_gettext("最早到达"),
    "queue": lazy_gettext("排队号"),
}
#: Part of a question → what it is called, and the values that one chooses among.
NAMES: Final[Mapping[str, object]] = {
    "group": lazy_gettext("岗位"),
    "process": lazy_gettext("流程"),
    "step": lazy_gettext("步骤"),
    "due": lazy_gettext("截止"),
    "priority": lazy_gettext("优先级"),
    "assignee": lazy_gettext("认领人"),
    "follow_up": lazy_gettext("跟进"),
    "order": lazy_gettext("订单号"),
    "customer": lazy_gettext("客户ID"),
    "waybill": lazy_gettext("运单号"),
    "money": lazy_gettext("金额不低于"),
    "text": lazy_gettext("关键词"),
    "scope": lazy_gettext("范围"),
    "sort": lazy_gettext("排序"),
}
CHOICES: Final[Mapping[str, Mapping[str, object]]] = {
    "due": {
        "overdue": lazy_gettext("已超时"),
        "risk": lazy_gettext("临近超时"),
        "today": lazy_gettext("今天截止"),
        "none": lazy_gettext("没有截止时间"),
    },
    "priority": {"urgent": lazy_gettext("加急"), "high": lazy_gettext("加急和优先")},
    "assignee": {"free": lazy_gettext("无人认领"), "taken": lazy_gettext("已有人认领"), "me": lazy_gettext("我")},
    "follow_up": {"due": lazy_gettext("到了跟进时间"), "set": lazy_gettext("设了跟进时间")},
}
TYPED: Final = ("order", "customer", "waybill", "money", "text")


def process_names() -> dict[str, str]:
    """Id → name of every process."""
    return {deployed.process_id: deployed.name for deployed in parts().definitions.all_latest()}


def shown(part: str, value: object, asked: Asked) -> object:
    """A value of a filter as a person reads it."""
    if part in CHOICES:
        return CHOICES[part].get(str(value), value)
    match part:
        case "group":
            return group_word(str(value))
        case "process":
            return process_names().get(str(value), value)
        case "step":
            process = asked.process
            names = {one.process_id: one for one in parts().definitions.all_latest()}
            return names[process].element_name(str(value)) if process in names else value
        case "money":
            return words.money(value) if isinstance(value, Decimal) else value
        case _:
            return value


def said(asked: Asked) -> str:
    """A question in words, e.g. 我的岗位 · 流程 快递查询流程 · 已超时."""
    said_parts = [f"{NAMES[part]} {shown(part, getattr(asked, part), asked)}" for part in asked.filters()]
    sort = [] if asked.sort is Sort.DUE else [str(SORTS[asked.sort.value])]
    return " · ".join([str(SCOPES[asked.scope.value]), *said_parts, *sort])


def group_word(group: str) -> str:
    """The name of a group."""
    return group.replace("_", " ") if english() else GROUPS.get(group, group)
