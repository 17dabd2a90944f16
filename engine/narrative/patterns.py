"""How each kind of event is said, in Chinese and in English: one pattern a kind, filled in with its facts.

``{who}`` is the person with role and name, ``{step}`` the element's name in quotation marks. Of these, with what leads
to them, there may be nothing: ``{why}`` a reason, ``{values}`` what was filled in, ``{after}`` how long it had waited.
"""

from __future__ import annotations

from typing import Final, TypeAlias

#: Chinese, English.
Pair: TypeAlias = tuple[str, str]

#: Kind of event → its sentence. Variants of a kind stand behind a colon.
PATTERNS: Final[dict[str, Pair]] = {
    "instance.started": ("{who}发起「{process}」{values}。", "{who} started “{process}”{values}."),
    "instance.started:system": ("系统自动发起「{process}」{values}。", "The system started “{process}”{values}."),
    "instance.completed": ("工单结束{result}。", "The case ended{result}."),
    "instance.cancelled": ("{who}取消了工单{why}。", "{who} cancelled the case{why}."),
    "instance.cancelled:inner": ("「{process}」中止{why}。", "“{process}” was broken off{why}."),
    "instance.suspended": ("{who}暂停了工单{why}。", "{who} suspended the case{why}."),
    "instance.resumed": ("{who}恢复了工单{why}。", "{who} resumed the case{why}."),
    "instance.repaired": ("{who}人工修复{what}{values}{why}。", "{who} repaired the case{what}{values}{why}."),
    "instance.modified": ("{who}人工移动了流程{what}。", "{who} moved the case by hand{what}."),
    "instance.migrated": ("{who}给工单换了流程版本{what}。", "{who} took the case to another version{what}."),
    "instance.priority_changed": (
        "「{process}」的优先级改为{priority},由工单 {case} 提出。",
        "The priority of “{process}” became {priority}, as case {case} had asked.",
    ),
    "element.skipped": ("{who}跳过了{step}{values}。", "{who} skipped {step}{values}."),
    "element.completed": ("系统处理{step}{values}。", "The system did {step}{values}."),
    "user_task.completed": ("{who}{again}完成{step}{after}{values}。", "{who} completed {step}{again}{after}{values}."),
    "user_task.completed:approved": (
        "{who}{again}同意{step}{after}{values}。",
        "{who} approved {step}{again}{after}{values}.",
    ),
    "user_task.completed:refused": (
        "{who}{again}没有同意{step}{after}{values}。",
        "{who} did not approve {step}{again}{after}{values}.",
    ),
    "user_task.completed:proposed": (
        "{who}在{step}中{again}提出补偿 {amount}{after}{values}。",
        "{who} proposed a compensation of {amount}{again} in {step}{after}{values}.",
    ),
    "user_task.completed:paid": (
        "{who}在{step}中打款 {amount}{after}{values}。",
        "{who} paid {amount} in {step}{after}{values}.",
    ),
    "user_task.completed:unpaid": (
        "{who}在{step}中打款没有成功{after}{values}。",
        "{who} could not pay in {step}{after}{values}.",
    ),
    "user_task.progress_saved": ("{who}保存了{step}的进度{values}。", "{who} saved the progress of {step}{values}."),
    "user_task.claimed": ("{who}认领了{step}。", "{who} claimed {step}."),
    "user_task.unclaimed": ("{who}退回了{step}。", "{who} released {step}."),
    "user_task.assigned": ("{who}把{step}由{before}转给{to}{why}。", "{who} passed {step} from {before} to {to}{why}."),
    "user_task.cancelled": ("{step}不再需要办理{after}。", "{step} was called off{after}."),
    "user_task.reminded": ("系统提醒{to}办理{step}{due}。", "The system reminded {to} of {step}{due}."),
    "user_task.escalated": ("{step}超时,已上报{to}{due}。", "{step} was late, and {to} heard of it{due}."),
    "user_task.rescheduled": ("{step}的截止时间改为 {at}{why}。", "{step} became due at {at}{why}."),
    "user_task.follow_up_set": ("{who}定于 {at} 跟进{step}。", "{who} will follow up {step} at {at}."),
    "user_task.follow_up_set:none": ("{who}取消了{step}的跟进时间。", "{who} no longer follows up {step}."),
    "job.completed": ("系统完成{step}{values}。", "The system completed {step}{values}."),
    "job.failed": ("{step}没有成功{why}{left}。", "{step} failed{why}{left}."),
    "job.cancelled": ("{step}不再执行。", "{step} was called off."),
    "timer.fired": ("{step}到时{after}。", "The time of {step} ran out{after}."),
    "subscription.correlated": ("收到{step}{after}{values}。", "{step} came in{after}{values}."),
    "event.registered": (
        "{who}登记{step}已发生{after}{values}。",
        "{who} registered that {step} had happened{after}{values}.",
    ),
    "call.started": ("{again}转入「{process}」。", "The case went on in “{process}”{again}."),
    "call.completed": ("「{process}」办完{result}。", "“{process}” was done{result}."),
    "decision.evaluated": (
        "系统按规则{step}{inputs}{rules}{result}。",
        "The rules were asked for {step}{inputs}{rules}{result}.",
    ),
    "register.written": ("系统登记台账{step}{values}。", "The system wrote the register at {step}{values}."),
    "message.thrown": ("系统发出消息{step}。", "The system sent the message {step}."),
    "signal.thrown": ("系统发出信号{step}。", "The system sent the signal {step}."),
    "escalation.thrown": ("{step}上报{why}。", "{step} was escalated{why}."),
    "order.updated": ("系统修改订单 {order}{values}。", "The system changed order {order}{values}."),
    "priority.asked": ("系统请求加急订单 {order}。", "The system asked to hurry order {order} up."),
    "evidence.submitted": ("系统向平台提交凭证{values}。", "The system submitted evidence to the platform{values}."),
    "outbox.written": (
        "系统按模板 {template} 向{to}发送{step}。",
        "The system sent {step} to {to} by template {template}.",
    ),
    "outbox.written:text": ("系统通知{to}:{text}", "The system told {to}: {text}"),
    "outbox.written:letter": ("{who}给{to}发消息:{text}", "{who} wrote to {to}: {text}"),
    "outbox.delivered": ("{step}已送达。", "{step} was delivered."),
    "flag_note.written": ("{who}写了备注旗子{why}。", "{who} wrote a flag note{why}."),
    "wording.confirmed": ("{who}确认能做到承诺:{text}。", "{who} confirmed the promise: {text}."),
    "comment.added": ("{who}备注:{text}", "{who} commented: {text}"),
    "comment.withdrawn": ("{who}撤回了一条备注。", "{who} withdrew a comment."),
    "inquiry.asked": ("{who}向{to}提出内部核实:{text}", "{who} asked {to}: {text}"),
    "inquiry.answered": ("{who}答复内部核实:{text}", "{who} answered: {text}"),
    "inquiry.withdrawn": ("{who}撤回了内部核实。", "{who} withdrew the inquiry."),
    "inquiry.overdue": ("内部核实超时没有答复{due}。", "The inquiry was overdue without an answer{due}."),
    "feedback.given": ("{who}反馈给{to}:{text}", "{who} gave feedback to {to}: {text}"),
    "exception.reported": ("{who}上报异常:{text}", "{who} reported an exception: {text}"),
    "exception.acknowledged": ("{who}确认了异常{why}。", "{who} acknowledged the exception{why}."),
    "exception.escalated": ("异常没有人确认,已转{to}。", "Nobody acknowledged the exception; it went to {to}."),
    "promise.made": ("{who}承诺买家 {at} 前答复{why}。", "{who} promised the buyer an answer by {at}{why}."),
    "promise.made:default": (
        "系统按默认承诺买家 {at} 前答复。",
        "By default the buyer was promised an answer by {at}.",
    ),
    "promise.changed": (
        "{who}把答复时间由 {before} 改为 {at}{why}。",
        "{who} moved the promised answer from {before} to {at}{why}.",
    ),
    "promise.confirmed": ("{who}确认了承诺时间 {at}。", "{who} confirmed the promised time {at}."),
    "promise.broken": ("承诺 {at} 前答复,到时没有答复。", "The answer promised by {at} was not given."),
    "attachment.revealed": ("{who}查看了含个人信息的文件。", "{who} looked at a file with personal data."),
    "personal.revealed": ("{who}查看了个人信息:{text}。", "{who} looked at personal data: {text}."),
    "case.printed": ("{who}打印了工单{why}。", "{who} printed the case{why}."),
    "case.result_noted": ("{who}补充处理结果:{text}", "{who} noted the result: {text}"),
    "case.reopened": ("回访不满意,另开工单 {case} 重新办理。", "The buyer was not satisfied; case {case} was opened."),
    "case.linked": ("系统另开工单 {case}「{process}」。", "The system opened case {case}, “{process}”."),
    "case.scheduled": ("按时间表在 {at} 自动发起。", "It started by itself, as scheduled for {at}."),
    "case.scheduled:late": (
        "按时间表应在 {at} 发起,当时系统没有运行,事后补办。",
        "It was scheduled for {at}, when nothing ran, and was made up for afterwards.",
    ),
    "case.owner_changed": (
        "{who}把负责人由{before}改为{to}{why}。",
        "{who} passed the case from {before} to {to}{why}.",
    ),
    "case.transfer_requested": ("{who}请求把工单转交给{to}{why}。", "{who} offered the case to {to}{why}."),
    "case.transfer_accepted": ("{who}接受了转交。", "{who} accepted the transfer."),
    "case.transfer_returned": ("{who}退回了转交{why}。", "{who} returned the transfer{why}."),
    "case.transfer_withdrawn": ("{who}撤回了转交。", "{who} withdrew the transfer."),
    "case.transfer_unanswered": ("转交无人答复,已告知上级。", "Nobody answered the transfer; a superior was told."),
    "case.instruction_asked": ("{who}请示主管{why}。", "{who} asked the supervisors for instructions{why}."),
    "case.instructed": ("{who}指示:{text}{why}。", "{who} instructed: {text}{why}."),
    "incident.created": ("{step}出现异常{why}。", "{step} got stuck{why}."),
    "incident.resolved": ("{step}的异常已解除。", "{step} went on again."),
}

#: Kinds without a sentence of their own: small steps, of which the sentences of others tell.
GATHERED: Final = frozenset({
    "element.entered", "element.cancelled", "flow.taken", "job.created", "timer.armed", "timer.cancelled",
    "subscription.opened", "subscription.cancelled", "variables.changed", "user_task.created", "call.cancelled",
    "definition.pinned",
})  # fmt: skip
#: Of a kind that nobody has taught us to tell.
UNKNOWN: Final[Pair] = ("发生「{kind}」{step}。", "“{kind}” happened {step}.")
#: Kinds about something that failed, was late or refused.
BAD: Final = frozenset({
    "incident.created", "job.failed", "instance.cancelled", "instance.cancelled:inner", "escalation.thrown",
    "user_task.escalated", "exception.reported", "exception.escalated", "inquiry.overdue", "promise.broken",
    "user_task.completed:refused", "user_task.completed:unpaid", "case.transfer_unanswered",
})  # fmt: skip

#: Words within sentences.
WORDS: Final[dict[str, Pair]] = {
    "system": ("系统", "the system"),
    "customer": ("买家", "the buyer"),
    "courier": ("快递", "the courier"),
    "staff": ("同事", "colleagues"),
    "platform": ("平台", "the platform"),
    "nobody": ("无人", "nobody"),
    "somebody": ("同事", "a colleague"),
    "step": ("「{name}」", "“{name}”"),
    "why": (",原因:{text}", " (reason: {text})"),
    "text": ("「{text}」。", "“{text}”."),
    "values": (":{list}", ": {list}"),
    "value": ("{label} {value}", "{label} {value}"),
    "more": ("等 {count} 项", "{count} values in all"),
    "between": (";", "; "),
    "listed": ("、", ", "),
    "after": ("(等了{span})", " (after {span})"),
    "due": (",截止 {at}", " (due {at})"),
    "times": ("第{count}次", " for the {count} time"),
    "result": (",结果:{text}", ", with the result: {text}"),
    "concluded": (",结论:{text}", "; conclusion: {text}"),
    "rules": (",命中规则 {rules}", "; rule {rules} applied"),
    "no_rule": (",没有规则命中", "; no rule applied"),
    "left": (",还会再试 {count} 次", ", tried {count} more times"),
    "none_left": (",不再重试", ", not tried again"),
    "skipped": (",跳过{steps}", ", skipping {steps}"),
    "moved": (",取消{cancelled},移到{activated}", ", calling off {cancelled}, going on at {activated}"),
    "migrated": (",换到第{version}版", ", taking it to version {version}"),
    "mended": (",{steps}再试", ", trying {steps} again"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "high": ("加急", "urgent"),
    "normal": ("普通", "normal"),
    "resumed": ("工单恢复", "the case was resumed"),
    "priority": ("工单加急", "the case became urgent"),
    "authorise": ("由请示人临时处理", "go ahead for now"),
    "other_agent": ("转给其他客服", "give it to another agent"),
    "self": ("主管处理", "the supervisor takes it"),
    "wait": ("等负责人上班", "wait for the owner"),
    "nothing": ("无", "nothing"),
    "about": (",涉及{of}", " for {of}"),
    "buyer": ("买家 {buyer}", "buyer {buyer}"),
    "order": ("订单 {order}", "order {order}"),
    "agreed": ("{who}同意{step}", "{who} approved {step}"),
    "disagreed": ("{who}没有同意{step}", "{who} did not approve {step}"),
}

#: The summary, in its order.
SUMMARY: Final[dict[str, Pair]] = {
    "title": ("{process} {case}", "{process} {case}"),
    "asked": ("{who}于{at}发起「{process}」{about}{values}。", "{who} started “{process}”{about} on {at}{values}."),
    "decided": ("审批:{list}。", "Approvals: {list}."),
    "ended": ("结果:{result}。", "Result: {result}."),
    "cancelled": ("工单已取消{why}。", "The case was cancelled{why}."),
    "paid": ("共打款 {amount}({count} 笔)。", "Paid in all: {amount} (payments: {count})."),
    "lasted": ("历时{span}。", "It took {span}."),
    "open": ("办理至今{span},还在等{list}。", "It has been open for {span} and waits for {list}."),
    "open_still": ("办理至今{span},尚未结束。", "It has been open for {span} and has not ended."),
}

#: Group → what its people are called in a sentence, where that is not the group's own name.
ROLES: Final[dict[str, Pair]] = {
    "presales": ("售前客服", "agent"),
    "aftersales": ("售后客服", "agent"),
    "supervisor": ("主管", "supervisor"),
    "dept_manager": ("部门经理", "department manager"),
    "warehouse": ("仓库", "warehouse worker"),
    "finance": ("财务", "accountant"),
    "courier": ("快递", "courier"),
    "process_owner": ("流程负责人", "process owner"),
    "auditor": ("审计", "auditor"),
    "admin": ("管理员", "administrator"),
}
