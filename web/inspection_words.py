"""Questions in words: what each condition is called, and its value as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from engine.inspection import choices
from engine.inspection.question import ANY, Question, Rounds, TimeKind, written
from engine.inspection.ready import READY, ReadyQuestion
from engine.inspection.words import may_open_findings as may_open_findings
from web import format as words
from web.i18n import gettext, lazy_gettext
from web.wiring import parts

#: Part of a question → what it is called.
NAMES: Final[Mapping[str, object]] = {
    "process": lazy_gettext("流程"),
    "opened_from": lazy_gettext("发起不早于"),
    "opened_to": lazy_gettext("发起不晚于"),
    "ended_from": lazy_gettext("办结不早于"),
    "ended_to": lazy_gettext("办结不晚于"),
    "status": lazy_gettext("状态"),
    "end": lazy_gettext("结束于"),
    "asked_from": lazy_gettext("申请金额不低于"),
    "asked_to": lazy_gettext("申请金额不高于"),
    "paid_from": lazy_gettext("实付不低于"),
    "paid_to": lazy_gettext("实付不高于"),
    "unapproved": lazy_gettext("补偿超过此数而无人批准"),
    "buyer_paid": lazy_gettext("同一买家累计实付不低于"),
    "passed": lazy_gettext("经过步骤"),
    "not_passed": lazy_gettext("没有经过步骤"),
    "skipped": lazy_gettext("跳过了步骤"),
    "rule": lazy_gettext("命中规则"),
    "person": lazy_gettext("经手人"),
    "did": lazy_gettext("由经手人办理"),
    "longer": lazy_gettext("用时长于"),
    "shorter": lazy_gettext("用时短于"),
    "time": lazy_gettext("时间口径"),
    "rounds": lazy_gettext("同一步骤多次"),
    "reopened": lazy_gettext("回访不满意,重新办理"),
    "unmasked": lazy_gettext("查看过个人信息"),
    "incident": lazy_gettext("发生过异常"),
    "repaired": lazy_gettext("人工修复过"),
    "customer": lazy_gettext("客户ID"),
    "order": lazy_gettext("订单号"),
}
STATUSES: Final[Mapping[str, object]] = {
    "active": lazy_gettext("进行中"),
    "suspended": lazy_gettext("已暂停"),
    "completed": lazy_gettext("已结束"),
    "cancelled": lazy_gettext("已取消"),
}
TIMES: Final[Mapping[str, object]] = {
    TimeKind.CALENDAR.value: lazy_gettext("自然时间"),
    TimeKind.WORKING.value: lazy_gettext("工作时间"),
}
#: Conditions that are added one at a time, since they need two choices.
ADDED: Final = ("passed", "not_passed", "skipped", "did", "rounds", "end", "rule", "process")
#: Ready questions in the page's language: name and meaning.
READY_WORDS: Final[Mapping[str, tuple[object, object]]] = {
    "unapproved": (
        lazy_gettext("补偿没有经过批准"),
        lazy_gettext(
            "实付补偿超过 30 元(客服自定的上限,见决策表“补偿额度审批”第 1、7 条),而工单和它调用的全部流程里,"
            "没有主管或经理同意过这么多:没有走审批、审批未同意仍然付款、付的比批的多,都会列出。按与想象不符的场景,"
            "客服自定上限是 15 元,可把金额改为 15 再查。"
        ),
    ),
    "skipped": (
        lazy_gettext("跳过了步骤"),
        lazy_gettext("有人在异常处理里把某个步骤直接跳过,包括审批步骤。"),
    ),
    "repaired": (
        lazy_gettext("人工修复过"),
        lazy_gettext("有人重试、跳过、移动过流程,或改过流程里的数据。"),
    ),
    "excess": (
        lazy_gettext("超过已付款的打款"),
        lazy_gettext("打款超过订单余额,由部门经理审批过(登记并退款流程的“部门经理审批超额”)。"),
    ),
    "unmasked": (
        lazy_gettext("查看过个人信息"),
        lazy_gettext("有人点开过买家的完整电话、地址,或含个人信息的文件。"),
    ),
    "reopened": (
        lazy_gettext("回访不满意,重新办理"),
        lazy_gettext("办结后回访,买家不满意,又开了一张工单。"),
    ),
    "slow": (
        lazy_gettext("超过七天才办结,或仍未办结"),
        lazy_gettext("从发起到办结超过七个自然日;没有办结的算到现在。"),
    ),
    "buyers": (
        lazy_gettext("同一买家累计退补超过 500 元"),
        lazy_gettext("同一买家在全部工单里的退款和补偿加起来不少于 500 元,列出这位买家的每一张工单。"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One condition in words."""

    name: str
    #: As the address writes it.
    value: str
    label: object
    #: "" where the label says it all.
    said: str


def chips(question: Question, names: Mapping[str, str]) -> list[Chip]:
    """What a question asks, condition by condition; ``names`` are those of people."""
    found = []
    for one in fields(question):
        value = getattr(question, one.name)
        if value == one.default or (one.name == "time" and question.longer is None and question.shorter is None):
            continue
        for item in value if isinstance(value, tuple) else (value,):
            said = _said(one.name, item, names)
            found.append(Chip(name=one.name, value=written(one.name, item), label=NAMES[one.name], said=said))
    return found


def without(question: Question, chip: Chip) -> str:
    """The query string of the question without one condition; who completed a step goes with the step."""
    left = [part for part in question.parts() if part != (chip.name, chip.value)]
    if chip.name == "person":
        left = [part for part in left if part[0] != "did"]
    return _query(left)


def hidden(question: Question, *but: str) -> list[tuple[str, str]]:
    """The parts that a form carries along, but for those that it has fields for."""
    return [part for part in question.parts() if part[0] not in but]


def _query(found: list[tuple[str, str]]) -> str:
    return urlencode(found)


def _said(name: str, item: Any, names: Mapping[str, str]) -> str:
    match item:
        case bool():
            return ""
        case Decimal():
            return words.money(item)
        case Rounds():
            return gettext("%(step)s,不少于 %(n)s 次", step=place_name(item.place), n=item.times)
        case int():
            return words.duration(timedelta(minutes=item))
    text = str(item)
    if text == ANY:
        return gettext("任一步骤") if name == "skipped" else gettext("任何人")
    match name:
        case "process":
            found = parts().definitions.find_latest(text)
            return text if found is None else found.name
        case "status":
            return str(STATUSES[text])
        case "time":
            return str(TIMES[text])
        case "person" | "unmasked":
            return names.get(text, text)
        case "rule":
            return _rule_name(text)
        case "passed" | "not_passed" | "skipped" | "did" | "end":
            return place_name(text)
    return text


def place_name(place: str) -> str:
    """补偿额度审批 · 主管审批."""
    return " · ".join(choices.name_of(parts().definitions, place))


def _rule_name(rule: str) -> str:
    decision, _, number = rule.partition("#")
    with parts().db.read() as connection:
        names = choices.decision_names(connection, parts().definitions)
    return gettext("%(table)s第 %(n)s 条", table=names.get(decision, decision), n=number)


def ready() -> list[tuple[ReadyQuestion, object, object]]:
    """The ready questions with their names and meanings in the page's language."""
    return [(one, *READY_WORDS[one.id]) for one in READY]
