"""What an event of a history is to process mining: an activity with its transition, in the words of IEEE 1849."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.model import Value

#: Kinds whose subject is an element of the diagram: the element's name is the activity.
_SUBJECTS: Final = frozenset({"user_task", "job", "timer", "subscription", "call", "element"})
#: Kind → transition of the standard's life cycle of an activity; of elements the others are ``unknown``.
_TRANSITIONS: Final[Mapping[str, str]] = {
    "user_task.created": "schedule",
    "user_task.claimed": "start",
    "user_task.unclaimed": "reassign",
    "user_task.completed": "complete",
    "user_task.cancelled": "ate_abort",
    "job.created": "schedule",
    "job.completed": "complete",
    "job.cancelled": "ate_abort",
    "timer.armed": "schedule",
    "timer.fired": "complete",
    "timer.cancelled": "withdraw",
    "subscription.opened": "schedule",
    "subscription.correlated": "complete",
    "subscription.cancelled": "withdraw",
    "call.started": "start",
    "call.completed": "complete",
    "call.failed": "ate_abort",
    "call.cancelled": "ate_abort",
    "element.entered": "start",
    "element.completed": "complete",
    "element.cancelled": "ate_abort",
    "element.skipped": "manualskip",
    "instance.started": "start",
    "instance.completed": "complete",
    "instance.cancelled": "pi_abort",
    "instance.suspended": "suspend",
    "instance.resumed": "resume",
}
#: The way of a token and what a step worked out: told in full by the tables, no activities to mining.
_SILENT: Final = frozenset({"flow.taken", "variables.changed", "decision.evaluated", "definition.pinned"})
#: Kind → what it says, for those that are no element's.
WORDS: Final[Mapping[str, str]] = {
    "instance.started": "流程开始",
    "definition.pinned": "流程版本",
    "instance.completed": "流程结束",
    "instance.cancelled": "流程取消",
    "instance.suspended": "暂停工单",
    "instance.resumed": "恢复工单",
    "instance.modified": "人工移动",
    "instance.repaired": "人工修复",
    "instance.priority_changed": "优先级改变",
    "element.entered": "进入",
    "element.completed": "通过",
    "element.cancelled": "取消",
    "element.skipped": "人工跳过",
    "user_task.created": "任务到达",
    "user_task.claimed": "认领任务",
    "user_task.unclaimed": "退回任务",
    "user_task.assigned": "转派任务",
    "user_task.follow_up_set": "设置跟进时间",
    "user_task.progress_saved": "保存进度",
    "user_task.completed": "完成任务",
    "user_task.cancelled": "任务取消",
    "user_task.reminded": "提醒办理",
    "user_task.escalated": "超时升级",
    "user_task.rescheduled": "截止时间改变",
    "flag_note.written": "写备注旗子",
    "wording.confirmed": "确认承诺",
    "case.owner_changed": "更换负责人",
    "case.transfer_requested": "转交工单",
    "case.transfer_accepted": "接受转交",
    "case.transfer_returned": "退回转交",
    "case.transfer_withdrawn": "撤回转交",
    "case.transfer_unanswered": "转交无人答复,已告知上级",
    "case.instruction_asked": "请示主管",
    "case.instructed": "主管指示",
    "priority.asked": "要求加急",
    "job.created": "安排系统步骤",
    "job.completed": "系统步骤完成",
    "job.failed": "系统步骤失败",
    "job.cancelled": "系统步骤取消",
    "timer.armed": "定时开始",
    "timer.fired": "定时到期",
    "timer.cancelled": "定时取消",
    "subscription.opened": "等待消息",
    "subscription.correlated": "收到消息",
    "subscription.cancelled": "不再等待消息",
    "call.started": "调用流程",
    "call.completed": "被调用流程返回",
    "call.failed": "被调用流程出错",
    "call.cancelled": "调用取消",
    "flow.taken": "走向",
    "variables.changed": "数据变化",
    "decision.evaluated": "决策",
    "register.written": "登记台账",
    "message.thrown": "发出消息",
    "signal.thrown": "发出信号",
    "escalation.thrown": "上报",
    "event.registered": "登记事件",
    "order.updated": "修改订单",
    "evidence.submitted": "提交凭证",
    "outbox.written": "写好发送内容",
    "outbox.delivered": "已送出",
    "comment.added": "评论",
    "comment.withdrawn": "撤回评论",
    "inquiry.asked": "提出内部核实",
    "inquiry.answered": "答复内部核实",
    "inquiry.withdrawn": "撤回内部核实",
    "inquiry.overdue": "内部核实超时",
    "feedback.given": "反馈给部门",
    "exception.reported": "上报异常",
    "exception.acknowledged": "确认异常",
    "exception.escalated": "异常转部门经理",
    "promise.made": "承诺买家答复时间",
    "promise.changed": "改期答复时间",
    "promise.confirmed": "确认承诺时间",
    "promise.broken": "承诺时间已过,没有答复",
    "attachment.revealed": "查看含个人信息的文件",
    "personal.revealed": "查看个人信息",
    "case.result_noted": "补充处理结果",
    "case.reopened": "回访不满意,重新办理",
    "case.printed": "打印工单",
    "incident.created": "异常",
    "incident.resolved": "异常解除",
}


def word_of(kind: str) -> str:
    """What happened, in Chinese; the kind itself where nobody has named it."""
    return WORDS.get(kind, kind)


def is_mined(kind: str, element_kind: str | None) -> bool:
    """Whether the event is an activity: no way of a token, no gateway, nothing that a step only worked out."""
    return kind not in _SILENT and not (element_kind or "").endswith("Gateway")


def activity_of(kind: str, element_name: str | None) -> str:
    """The activity's name: the element's, or what happened where it is no element's life cycle."""
    subject = kind.partition(".")[0]
    return element_name if element_name and subject in _SUBJECTS else word_of(kind)


def transition_of(kind: str, value: Value) -> str:
    """The transition in the standard's life cycle; what happened in one moment is complete.

    Source: IEEE 1849-2016, lifecycle extension, standard transactional model.
    """
    if kind == "user_task.assigned":
        before = value.get("before") if isinstance(value, Mapping) else None
        return "reassign" if before else "assign"
    default = "unknown" if kind.partition(".")[0] in _SUBJECTS else "complete"
    return _TRANSITIONS.get(kind, default)


def changes_of(kind: str, value: Value) -> Mapping[str, Value]:
    """The variables that an event set, by name; of a register's row its columns."""
    if not isinstance(value, Mapping):
        return {}
    for name in ("after", "values", "variables"):
        found = value.get(name)
        if isinstance(found, Mapping) and (name != "values" or kind == "register.written"):
            return found
    return {}
