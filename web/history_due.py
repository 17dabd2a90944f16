"""What the history says of due times: until when, who was told, and why a time was moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from engine.access import GROUPS
from engine.model import Value
from web import format as words
from web.i18n import english, gettext, lazy_gettext

#: Kind of event → what happened, said of the element.
SAID = {
    "user_task.reminded": lazy_gettext("提醒办理"),
    "user_task.escalated": lazy_gettext("超时升级"),
    "user_task.rescheduled": lazy_gettext("截止时间改变"),
    "instance.priority_changed": lazy_gettext("优先级改变"),
    "priority.asked": lazy_gettext("要求加急"),
}
_WHY = {"resumed": lazy_gettext("工单恢复"), "priority": lazy_gettext("工单加急")}
_PRIORITIES = {"high": lazy_gettext("加急"), "normal": lazy_gettext("普通")}


def due_notes(kind: str, value: Mapping[str, Value]) -> Iterator[str]:
    """Sentences of an event about due times; none of other events."""
    due, to = value.get("due_at"), value.get("to")
    if kind in ("user_task.reminded", "user_task.escalated") and isinstance(to, str):
        yield gettext("已通知 %(people)s", people=_people(to))
    if kind.startswith("user_task.") and isinstance(due, datetime):
        yield gettext("截止 %(at)s", at=words.value(due))
    after = value.get("after")
    if kind == "user_task.rescheduled" and isinstance(after, datetime):
        why = str(_WHY.get(str(value.get("why")), ""))
        yield gettext("%(why)s,截止改为 %(at)s", why=why, at=words.value(after))
    if kind == "instance.priority_changed":
        yield gettext(
            "改为%(priority)s,由工单 %(case)s 提出",
            priority=str(_PRIORITIES.get(str(after), after)),
            case=value.get("by_case"),
        )
    if kind == "priority.asked":
        yield f"{value.get('process_id')} {value.get('order_id')}"


def _people(to: str) -> str:
    """Names of groups; a person stays as the account's id."""
    names = to.split(",")
    if english():
        return ", ".join(name.replace("_", " ") for name in names)
    return "、".join(GROUPS.get(name, name) for name in names)
