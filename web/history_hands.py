"""Words for how a case passes from hand to hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from engine.access import GROUPS
from engine.model import Value
from web.i18n import gettext, lazy_gettext

#: Kind of event → what happened.
HANDS: Final = {
    "case.linked": lazy_gettext("发起关联工单"),
    "case.scheduled": lazy_gettext("按时间表自动发起"),
    "case.owner_changed": lazy_gettext("更换负责人"),
    "case.transfer_requested": lazy_gettext("转交工单"),
    "case.transfer_accepted": lazy_gettext("接受转交"),
    "case.transfer_returned": lazy_gettext("退回转交"),
    "case.transfer_withdrawn": lazy_gettext("撤回转交"),
    "case.transfer_unanswered": lazy_gettext("转交无人答复,已告知上级"),
    "case.instruction_asked": lazy_gettext("请示主管"),
    "case.instructed": lazy_gettext("主管指示"),
}
_INSTRUCTIONS: Final = {
    "authorise": lazy_gettext("由请示人临时处理"),
    "other_agent": lazy_gettext("转给其他客服"),
    "self": lazy_gettext("主管处理"),
    "wait": lazy_gettext("等负责人上班"),
}


def hand_notes(kind: str, value: Mapping[str, Value]) -> Iterable[str]:
    """To whom, what was said; the reason stands behind it by itself."""
    if kind == "case.owner_changed":
        after = value.get("to_name") or value.get("after")
        yield gettext("由 %(before)s 转给 %(after)s", before=value.get("before") or "", after=after or "")
    elif kind == "case.linked":
        yield gettext("工单 %(case)s「%(process)s」", case=value.get("case"), process=value.get("process"))
    elif kind == "case.scheduled" and value.get("late") is True:
        yield gettext("当时系统没有运行,事后补办")
    elif kind == "case.transfer_requested":
        to = str(value.get("to_name") or value.get("to") or "")
        yield gettext("转给%(to)s,等待答复", to=GROUPS.get(to, to))
    elif kind == "case.instructed":
        yield str(_INSTRUCTIONS.get(str(value.get("instruction")), ""))
