"""Words for the events of a history: what happened, by whom, which values before and after, which rule hit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from engine import masking, shop
from engine.labels import Labels
from engine.model import Value
from engine.queries import EventView
from web import format as words
from web.history_due import SAID, due_notes
from web.history_hands import HANDS, hand_notes
from web.i18n import gettext, lazy_gettext

#: Kind of event → what happened, said of the element.
_SAID = {
    "instance.started": lazy_gettext("流程开始"),
    "definition.pinned": lazy_gettext("流程版本"),
    "instance.completed": lazy_gettext("流程结束"),
    "instance.cancelled": lazy_gettext("流程取消"),
    "instance.suspended": lazy_gettext("暂停工单"),
    "instance.resumed": lazy_gettext("恢复工单"),
    "instance.modified": lazy_gettext("人工移动"),
    "instance.migrated": lazy_gettext("换流程版本"),
    "instance.repaired": lazy_gettext("人工修复"),
    "element.entered": lazy_gettext("进入"),
    "element.completed": lazy_gettext("通过"),
    "element.cancelled": lazy_gettext("取消"),
    "element.skipped": lazy_gettext("人工跳过"),
    "user_task.created": lazy_gettext("任务到达"),
    "user_task.claimed": lazy_gettext("认领任务"),
    "user_task.unclaimed": lazy_gettext("退回任务"),
    "user_task.assigned": lazy_gettext("转派任务"),
    **HANDS,
    "user_task.follow_up_set": lazy_gettext("设置跟进时间"),
    "user_task.progress_saved": lazy_gettext("保存进度"),
    "flag_note.written": lazy_gettext("写备注旗子"),
    "wording.confirmed": lazy_gettext("确认承诺"),
    "user_task.completed": lazy_gettext("完成任务"),
    "user_task.cancelled": lazy_gettext("任务取消"),
    **SAID,
    "job.created": lazy_gettext("安排系统步骤"),
    "job.completed": lazy_gettext("系统步骤完成"),
    "job.failed": lazy_gettext("系统步骤失败"),
    "job.cancelled": lazy_gettext("系统步骤取消"),
    "timer.armed": lazy_gettext("定时开始"),
    "timer.fired": lazy_gettext("定时到期"),
    "timer.cancelled": lazy_gettext("定时取消"),
    "subscription.opened": lazy_gettext("等待消息"),
    "subscription.correlated": lazy_gettext("收到消息"),
    "subscription.cancelled": lazy_gettext("不再等待消息"),
    "call.started": lazy_gettext("调用流程"),
    "call.completed": lazy_gettext("被调用流程返回"),
    "call.cancelled": lazy_gettext("调用取消"),
    "flow.taken": lazy_gettext("走向"),
    "variables.changed": lazy_gettext("数据变化"),
    "decision.evaluated": lazy_gettext("决策"),
    "register.written": lazy_gettext("登记台账"),
    "message.thrown": lazy_gettext("发出消息"),
    "signal.thrown": lazy_gettext("发出信号"),
    "escalation.thrown": lazy_gettext("上报"),
    "event.registered": lazy_gettext("登记事件"),
    "order.updated": lazy_gettext("修改订单"),
    "evidence.submitted": lazy_gettext("提交凭证"),
    "outbox.written": lazy_gettext("写好发送内容"),
    "outbox.delivered": lazy_gettext("已送出"),
    "comment.added": lazy_gettext("评论"),
    "comment.withdrawn": lazy_gettext("撤回评论"),
    "inquiry.asked": lazy_gettext("提出内部核实"),
    "inquiry.answered": lazy_gettext("答复内部核实"),
    "inquiry.withdrawn": lazy_gettext("撤回内部核实"),
    "inquiry.overdue": lazy_gettext("内部核实超时"),
    "feedback.given": lazy_gettext("反馈给部门"),
    "exception.reported": lazy_gettext("上报异常"),
    "exception.acknowledged": lazy_gettext("确认异常"),
    "exception.escalated": lazy_gettext("异常转部门经理"),
    "promise.made": lazy_gettext("承诺买家答复时间"),
    "promise.changed": lazy_gettext("改期答复时间"),
    "promise.confirmed": lazy_gettext("确认承诺时间"),
    "promise.broken": lazy_gettext("承诺时间已过,没有答复"),
    "attachment.revealed": lazy_gettext("查看含个人信息的文件"),
    "case.result_noted": lazy_gettext("补充处理结果"),
    "case.reopened": lazy_gettext("回访不满意,重新办理"),
    "personal.revealed": lazy_gettext("查看个人信息"),
    "case.printed": lazy_gettext("打印工单"),
    "incident.created": lazy_gettext("异常"),
    "incident.resolved": lazy_gettext("异常解除"),
}
#: The same of an event that waits for a signal.
_SAID_OF_SIGNALS = {
    "subscription.opened": lazy_gettext("等待信号"),
    "subscription.correlated": lazy_gettext("收到信号"),
    "subscription.cancelled": lazy_gettext("不再等待信号"),
}
#: What an operator did, in a note beside the core's events.
_REPAIRS = {
    "retry": lazy_gettext("再试一次"),
    "skip": lazy_gettext("跳过"),
    "modify": lazy_gettext("移动"),
    "migrate": lazy_gettext("换流程版本"),
}
#: What the timeline of a case leaves out: the engine's small steps.
_FINE = frozenset({
    "element.entered", "element.completed", "element.cancelled", "flow.taken", "job.created", "job.cancelled",
    "timer.armed", "timer.cancelled", "subscription.opened", "subscription.cancelled", "variables.changed",
    "call.cancelled", "definition.pinned",
})  # fmt: skip
_DONE = frozenset({
    "user_task.completed", "instance.completed", "job.completed", "call.completed", "outbox.delivered",
    "user_task.progress_saved",
    "subscription.correlated", "timer.fired", "decision.evaluated", "register.written", "message.thrown",
    "event.registered", "order.updated", "evidence.submitted",
    "incident.resolved", "element.completed", "signal.thrown", "instance.resumed",
})  # fmt: skip
#: Something passed from hand to hand: between whom, and why.
_HANDED = frozenset({"user_task.assigned", "case.owner_changed", "case.transfer_requested", "case.transfer_returned"})
#: Arrivals: amber until they are over.
_WAITS = frozenset({"user_task.created", "call.started"})
_BAD = frozenset({
    "incident.created", "job.failed", "instance.cancelled", "escalation.thrown", "user_task.escalated",
    "exception.reported", "exception.escalated", "inquiry.overdue", "promise.broken",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value that an event set."""

    label: str
    name: str
    #: None where it is not known; 空 where there was none.
    before: str | None
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An event in words."""

    event: EventView
    said: str
    #: done, wait, bad or plain: colour and shape of its sign.
    sign: str
    #: The one sentence that a case's timeline adds.
    brief: str
    changes: tuple[Change, ...]
    #: Further sentences: the rule that hit, when a timer is due, why something failed.
    notes: tuple[str, ...]
    fine: bool


def lines(events: Iterable[EventView], labels: Labels) -> list[Line]:
    """Events in words; labels are those of the case's process versions."""
    found = list(events)
    closed = _closed(found)
    return [_line(event, labels, waits=index not in closed) for index, event in enumerate(found)]


def _closed(events: list[EventView]) -> frozenset[int]:
    """Places in the list of arrivals that a later event of the same element has ended."""
    waiting: dict[tuple[int, str | None, str], list[int]] = {}
    closed: set[int] = set()
    for index, event in enumerate(events):
        subject, _, what = event.kind.partition(".")
        place = (event.stream, event.element, subject)
        if event.kind in _WAITS:
            waiting.setdefault(place, []).append(index)
        elif what in {"completed", "cancelled"} and waiting.get(place):
            closed.add(waiting[place].pop(0))
    return frozenset(closed)


def _line(event: EventView, labels: Labels, *, waits: bool) -> Line:
    value = event.value if isinstance(event.value, Mapping) else {}
    if event.people_names:
        names = {end: event.people_names.get(str(value.get(end)), value.get(end)) for end in ("before", "after")}
        value = {**value, **names}
    said = _said(event.kind, value)
    notes = (*_moved(event, value), *due_notes(event.kind, value), *_notes(event.kind, value, labels))
    if event.kind != "decision.evaluated":  # its inputs are data, which labels have masked; the others people wrote
        notes = tuple(map(masking.mask_within, notes))
    return Line(
        event=event,
        said=said,
        sign=_sign(event.kind, waits=waits),
        brief=_brief(event.kind, notes),
        changes=_changes(event.kind, value, labels),
        notes=notes,
        fine=event.kind in _FINE,
    )


def _said(kind: str, value: Mapping[str, Value]) -> str:
    if "signal" in value and kind in _SAID_OF_SIGNALS:
        return str(_SAID_OF_SIGNALS[kind])
    return str(_SAID.get(kind, kind))


def _brief(kind: str, notes: tuple[str, ...]) -> str:
    """Of a decision its conclusion, which stands last; of a move both ends and why; else what stands first."""
    if not notes:
        return ""
    if kind == "instance.modified" or kind in _HANDED:
        return ";".join(notes)
    return notes[-1] if kind == "decision.evaluated" else notes[0]


def _sign(kind: str, *, waits: bool) -> str:
    if kind in _BAD:
        return "bad"
    if kind in _DONE:
        return "done"
    return "wait" if kind in _WAITS and waits else "plain"


def _changes(kind: str, value: Mapping[str, Value], labels: Labels) -> tuple[Change, ...]:
    before, after = value.get("before"), value.get("after")
    if not isinstance(after, Mapping) and kind == "register.written":
        after = value.get("values")
    if not isinstance(after, Mapping):
        start = value.get("variables")
        after = start if isinstance(start, Mapping) else {}
    known = before if isinstance(before, Mapping) else {}
    return tuple(
        Change(
            label=labels.name(name),
            name=name,
            before=_shown(name, known.get(name), labels) if isinstance(before, Mapping) else None,
            after=_shown(name, item, labels),
        )
        for name, item in after.items()
    )


def _shown(name: str, value: Value, labels: Labels) -> str:
    if name in labels.personal and not masking.is_masked(name):  # by the form; what the catalogue names is masked
        return str(labels.masked(name, value) or gettext("空"))
    return words.named_value(masking.without_numbers(labels.value(name, value)), name)


def _moved(event: EventView, value: Mapping[str, Value]) -> Iterable[str]:
    """Which steps a repair called off, and which it went on from."""
    if event.kind != "instance.modified":
        return
    for name, said in (("cancelled", gettext("取消了 %(steps)s")), ("activated", gettext("移动到 %(steps)s"))):
        if value.get(name):
            yield said % {"steps": "、".join(event.element_names.get(id_, id_) for id_ in value[name])}


def _notes(kind: str, value: Mapping[str, Value], labels: Labels) -> Iterable[str]:
    yield from _looked_at(kind, value, labels)
    yield from _came_out(kind, value)
    yield from hand_notes(kind, value)
    if kind == "decision.evaluated":
        yield from _decision(value, labels)
    if kind in {"timer.armed", "timer.fired"}:
        due = value.get("due_at") or value.get("scheduled_at")
        if isinstance(due, datetime | date):
            yield gettext("应在 %(at)s", at=words.value(due))
    if kind == "user_task.assigned":
        nobody = gettext("无人")
        before, after = value.get("before") or nobody, value.get("after") or nobody
        yield gettext("由 %(before)s 转给 %(after)s", before=before, after=after)
    if kind == "user_task.follow_up_set":
        at = value.get("after")
        yield gettext("跟进时间 %(at)s", at=words.value(at)) if at else gettext("不再跟进")
    if kind == "flag_note.written" and value.get("note"):
        yield str(value["note"])
    if kind == "wording.confirmed" and value.get("phrases"):
        yield gettext("确认能做到:%(phrases)s", phrases="、".join(map(str, value["phrases"])))
    if kind == "instance.completed" and value.get("end_state"):
        yield gettext("结果:%(end)s", end=value.get("end_state_name") or value["end_state"])
    yield from _talked(kind, value)
    if kind == "instance.repaired":
        repair = _REPAIRS.get(str(value.get("repair")), value.get("repair"))
        yield gettext("%(repair)s:%(reason)s", repair=repair, reason=value.get("reason"))
        return
    for name in ("problem", "message", "signal", "escalation_code", "reason", "text"):
        text = value.get(name)
        if isinstance(text, str) and text:
            yield text


def _talked(kind: str, value: Mapping[str, Value]) -> Iterable[str]:
    """By when an answer was promised, and what was asked."""
    if kind.startswith("promise.") and isinstance(value.get("promised_at"), datetime):
        yield gettext("承诺 %(at)s 前答复", at=words.value(value["promised_at"]))
    if kind == "inquiry.asked" and isinstance(value.get("question"), str):
        yield str(value["question"])


def _looked_at(kind: str, value: Mapping[str, Value], labels: Labels) -> Iterable[str]:
    """Which personal field somebody looked at."""
    if kind == "personal.revealed":
        name = str(value.get("field", ""))
        yield labels.names.get(name) or shop.ORDER_LABELS.get(name) or labels.name(name)


def _came_out(kind: str, value: Mapping[str, Value]) -> Iterable[str]:
    """What people say of a case after its end."""
    if kind == "case.result_noted":
        yield str(value.get("after") or "")
    if kind == "case.reopened":
        yield gettext("新工单 %(id)s", id=value.get("case") or "")


def _decision(value: Mapping[str, Value], labels: Labels) -> Iterable[str]:
    """What the tables on the way saw and hit, then the decision's own, its conclusion last."""
    tables = value.get("tables")
    for other in tables if isinstance(tables, list | tuple) else ():
        if isinstance(other, Mapping):
            said = ";".join(_table(other, labels))
            yield gettext("先查 %(table)s:%(said)s", table=labels.name(str(other.get("element", ""))), said=said)
    yield from _table(value, labels)


def _table(value: Mapping[str, Value], labels: Labels) -> Iterable[str]:
    inputs = value.get("inputs")
    if isinstance(inputs, Mapping) and inputs:
        asked = "、".join(f"{labels.name(n)} = {words.value(v)}" for n, v in inputs.items())
        yield gettext("输入:%(inputs)s", inputs=asked)
    rules = value.get("rules")
    if isinstance(rules, list | tuple):
        hit = "、".join(words.value(rule) for rule in rules)
        yield gettext("命中规则 %(rules)s", rules=hit) if hit else gettext("没有规则命中")
    if "output" in value:
        output = value["output"]
        shown = (
            "、".join(f"{labels.name(n)} = {_shown(n, v, labels)}" for n, v in output.items())
            if isinstance(output, Mapping)
            else _shown(str(value.get("decision", "")), output, labels)
        )
        yield gettext("结论:%(output)s", output=shown)
