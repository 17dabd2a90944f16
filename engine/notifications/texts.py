"""What people are told, a sentence a kind, in both languages; the places in them are filled in by ``sentences``."""

from __future__ import annotations

from typing import Final

#: Kind → (Chinese, English); what people wrote comes last, so that the English needs no stop behind it.
SENTENCES: Final[dict[str, tuple[str, str]]] = {
    # tasks
    "assigned": ("{who}把任务「{task}」转派给您{why}", "{who} has assigned the task “{task}” to you{why}"),
    "assigned_away": (
        "{who}把您的任务「{task}」转派给{to}{why}",
        "{who} has assigned your task “{task}” to {to}{why}",
    ),
    "released": (
        "{who}把您的任务「{task}」退回了岗位{why}",
        "{who} has given your task “{task}” back to its group{why}",
    ),
    "follow_up": (
        "工单 {case}「{task}」的跟进时间到了。",
        "Case {case}: it is time to follow up on “{task}”.",
    ),
    "reminded": (
        "任务提醒:工单 {case}「{task}」尚未完成,截止 {due},请尽快处理。",
        "Reminder: “{task}” of case {case} is not done yet and is due at {due}. Please do it soon.",
    ),
    "overdue": (
        "任务超时:工单 {case}「{task}」({groups})已过截止时间 {due},请跟进处理。",
        "Overdue: “{task}” of case {case} ({groups}) was due at {due}. Please see to it.",
    ),
    # cases
    "mentioned": (
        "{who}在工单 {case} 的评论中提到了您。",
        "{who} has mentioned you in a comment on case {case}.",
    ),
    "promise_soon": (
        "工单 {case} 承诺买家 {due} 前答复,时间已过八成,请尽快答复,或改期并告知买家。",
        "Case {case}: the buyer was promised an answer by {due}, and four fifths of the time are over. "
        "Please answer soon, or promise another time and tell the buyer.",
    ),
    "promise_broken": (
        "工单 {case} 承诺买家 {due} 前答复,到时还没有答复,请立即处理。",
        "Case {case}: the buyer was promised an answer by {due} and has none. Please see to it at once.",
    ),
    "silent": (
        "工单 {case} 的买家已 {days} 天没有收到进展消息,请打开“告知进展”核对文字后发送。",
        "Case {case}: the buyer has heard nothing for {days} days. "
        "Please open “Tell the buyer”, check the text and send it.",
    ),
    # internal inquiries and exceptions
    "inquiry_asked": (
        "{who}请您核实一个问题,请在 {due} 前答复。",
        "{who} asks you to look into a question. Please answer by {due}.",
    ),
    "inquiry_answered": (
        "{who}答复了您在工单 {case} 中的内部核实。",
        "{who} has answered your internal inquiry in case {case}.",
    ),
    "inquiry_overdue": (
        "向{whom}提出的内部核实已过期限({due})还没有答复,请跟进。",
        "The internal inquiry to {whom} was to be answered by {due} and is not. Please see to it.",
    ),
    "exception_reported": (
        "{who}上报异常:工单 {case} 需要您尽快确认并告诉对方怎么办。",
        "{who} has reported an exception: please confirm it soon for case {case} and say what is to be done.",
    ),
    "exception_acknowledged": (
        "{who}已确认您上报的异常,请查看处理意见。",
        "{who} has confirmed the exception that you reported. Please read what is to be done.",
    ),
    "exception_of_case": (
        "工单 {case} 发生系统异常:步骤「{task}」停住了,请确认并处理。",
        "A system exception in case {case}: the step “{task}” has stopped. Please confirm and see to it.",
    ),
    "exception_of_system": (
        "发生系统异常:步骤「{task}」停住了,请确认并处理。",
        "A system exception: the step “{task}” has stopped. Please confirm and see to it.",
    ),
    "exceptions_of_step": (
        "步骤「{task}」在 {number} 个工单上停住了,请确认并处理。",
        "The step “{task}” has stopped in {number} cases. Please confirm and see to it.",
    ),
    "exceptions_wait": (
        "{number} 个异常上报后 10 分钟内没有主管确认,请您处理。",
        "No supervisor has confirmed {number} exceptions within 10 minutes of their report. Please see to them.",
    ),
    "exception_of_case_waits": (
        "工单 {case} 的异常上报后 10 分钟内没有主管确认,请您处理。",
        "No supervisor has confirmed the exception of case {case} within 10 minutes. Please see to it.",
    ),
    "exception_waits": (
        "异常上报后 10 分钟内没有主管确认,请您处理。",
        "No supervisor has confirmed an exception within 10 minutes of its report. Please see to it.",
    ),
    # cases that change hands
    "reassigned": ("{who}把工单 {case} 改派给您:{why}", "{who} has reassigned case {case} to you: {why}"),
    "reassigned_away": (
        "{who}把您的工单 {case} 改派给{to}:{why}",
        "{who} has reassigned your case {case} to {to}: {why}",
    ),
    "handed_over": ("流程把工单 {case} 转给您:{why}", "The process passes case {case} on to you: {why}"),
    "handed_away": (
        "流程把您的工单 {case} 转给{to}:{why}",
        "The process passes your case {case} on to {to}: {why}",
    ),
    "transfer_overtaken": (
        "工单 {case} 已由{who}改派,原来的转交不用再处理。",
        "{who} has reassigned case {case}; the transfer that waited for an answer is over.",
    ),
    "transfer_of_case": ("{who}把工单 {case} 转给您:{why}", "{who} transfers case {case} to you: {why}"),
    "transfer_of_task": (
        "{who}把工单 {case} 的一个任务转给您:{why}",
        "{who} transfers a task of case {case} to you: {why}",
    ),
    "transferred_often": (
        "工单 {case} 已是第 {count} 次转交({who} → {to}:{why}),请关注。",
        "Case {case} has been transferred {count} times now ({who} → {to}: {why}). Please look into it.",
    ),
    "accepted_case": ("{who}已接受您转交的工单 {case}。", "{who} has accepted case {case}, which you transferred."),
    "accepted_task": (
        "{who}已接受您转交的工单 {case} 的任务。",
        "{who} has accepted the task of case {case} that you transferred.",
    ),
    "transfer_returned": (
        "{who}退回了您转交的工单 {case}:{why}",
        "{who} has returned case {case}, which you transferred: {why}",
    ),
    "transfer_withdrawn": (
        "{who}撤回了转给您的工单 {case}。",
        "{who} has withdrawn the transfer of case {case} to you.",
    ),
    "transfer_of_case_waits": (
        "工单 {case} 转交后 30 分钟没有人接受({why}),请安排。",
        "Nobody has accepted case {case} within 30 minutes of its transfer ({why}). Please arrange for it.",
    ),
    "transfer_of_task_waits": (
        "工单 {case} 的任务 转交后 30 分钟没有人接受({why}),请安排。",
        "Nobody has accepted a task of case {case} within 30 minutes of its transfer ({why}). Please arrange for it.",
    ),
    "first_contact": (
        "{who}为您的买家发起了工单 {case},按首问负责由您跟进。",
        "{who} has started case {case} for your buyer; as the first contact you follow it up.",
    ),
    "first_contact_later": (
        "{who}为您的买家发起了工单 {case},不急,等您上班后跟进。",
        "{who} has started case {case} for your buyer; it can wait until your next shift.",
    ),
    "first_contact_asked": (
        "{who}为您的买家发起了工单 {case},买家着急,已请示主管。",
        "{who} has started case {case} for your buyer, who is in a hurry; a supervisor has been asked.",
    ),
    "instruction_asked": (
        "{who}请示:买家着急,负责人{owner}不在班,工单 {case} 由谁处理?",
        "{who} asks: the buyer is in a hurry and the owner, {owner}, is off duty. Who takes case {case}?",
    ),
    "instruction_waits": (
        "工单 {case} 的请示 5 分钟没有答复:{why}。请处理。",
        "The question who takes case {case} has had no answer for 5 minutes: {why}. Please see to it.",
    ),
    "instructed": (
        "{who}答复工单 {case} 的请示:{what}。{why}",
        "{who} has answered your question about case {case}: {what}. {why}",
    ),
    "instructed_owner": ("{who}把工单 {case} 交给{to}:{why}", "{who} has given case {case} to {to}: {why}"),
    "hand_over": (
        "{who}向您交接 {count} 项工作,请逐项接受或退回。",
        "{who} hands {count} items of work over to you. Please accept or return each of them.",
    ),
    "stand_in": (
        "{who}{absence}期间由您代班:{cases} 个工单等您接受,{tasks} 个任务已转来或退回岗位。",
        "You stand in for {who} ({absence}). Cases that wait for you to accept them: {cases}; "
        "tasks that have come to you or gone back to their groups: {tasks}.",
    ),
    "nobody_stands_in": (
        "{who}缺勤,有 {count} 项着急或将到期的工作没有人接手,请安排。",
        "{who} is away, and nobody has taken over work that is urgent or nearly due (items: {count}). "
        "Please arrange for it.",
    ),
    "given_back": (
        "{who}已返岗,代管的 {count} 个工单已归还。",
        "{who} is back; the cases that were looked after have been given back ({count}).",
    ),
    # customers
    "call_waits": (
        "{call}{source}超时未答复,还没有人认领。",
        "A caller has waited too long for an answer ({call}, {source}); nobody has claimed it yet.",
    ),
    "call_taken_waits": (
        "{call}{source}超时未答复,已认领,还没有答复。",
        "A caller has waited too long for an answer ({call}, {source}); it is claimed but not answered.",
    ),
    "visit_due": ("有客户到了回访时间({cause})。", "It is time for a follow-up call to a customer ({cause})."),
    "visit_late": ("回访超过一天没有做({cause})。", "A follow-up call is more than a day late ({cause})."),
    "visit_bad": (
        "回访不满意,请看看是否需要重新处理。",
        "A customer was not satisfied at the follow-up call. Please see whether the case must be taken up again.",
    ),
    "visit_reopened": (
        "回访不满意,工单 {case} 已退回给您,新工单 {made}。",
        "The customer of case {case} was not satisfied at the follow-up call; it comes back to you as case {made}.",
    ),
    # quality and indicators
    "appraisal_written": (
        "您{month}的考评反馈已写好,请阅读并签字。",
        "The feedback on your appraisal of {month} is written. Please read and sign it.",
    ),
    "appraisal_signed": (
        "{who}已阅读{month}的考评并签字。",
        "{who} has read and signed the appraisal of {month}.",
    ),
    "quality_drawn": (
        "{week}的质检抽样已生成,共 {count} 张工单待质检。",
        "The quality sample of {week} is drawn; cases to be checked: {count}.",
    ),
    "quality_checked": (
        "您的工单 {case} 质检得分 {score}。{until} 零点前可以申诉。",
        "Your case {case} scored {score} in the quality check. You may object before the beginning of {until}.",
    ),
    "quality_breach": (
        "工单 {case} 质检发现{breach},整单 0 分。",
        "The quality check of case {case} found a breach ({breach}); the whole case scores 0.",
    ),
    "quality_objected": (
        "{who}对工单 {case} 的质检结果({score} 分)提出申诉,请由质检人以外的人裁定。",
        "{who} objects to the quality result of case {case} (score {score}). "
        "Somebody other than the checker has to decide.",
    ),
    "quality_upheld": (
        "工单 {case} 的质检申诉已裁定:维持 {score} 分。",
        "The objection in case {case} is decided: the score stays {score}.",
    ),
    "quality_changed": (
        "工单 {case} 的质检申诉已裁定:由 {before} 改为 {score} 分。",
        "The objection in case {case} is decided: the score is changed from {before} to {score}.",
    ),
    "quality_waiting": (
        "{week}的质检抽样还有 {count} 张没有质检,请在 {due} 前完成。",
        "Cases of the quality sample of {week} that nobody has checked yet: {count}. Please check them by {due}.",
    ),
    "quality_overdue": (
        "{week}的质检抽样到期还有 {count} 张没有质检,请跟进。",
        "The quality sample of {week} is overdue; cases that nobody has checked: {count}. Please see to it.",
    ),
    "objection_waiting": (
        "工单 {case} 的质检申诉还没有裁定,请在 {due} 前裁定。",
        "The objection to the quality result of case {case} is not decided yet. Please decide it by {due}.",
    ),
    "objection_overdue": (
        "工单 {case} 的质检申诉到期还没有裁定,请跟进。",
        "The objection to the quality result of case {case} is overdue without a decision. Please see to it.",
    ),
    "appraisal_unsigned": (
        "您{month}的考评反馈还没有签字,请在 {due} 前阅读并签字。",
        "You have not signed your appraisal of {month} yet. Please read and sign it by {due}.",
    ),
    "appraisal_unsigned_of": (
        "{who}到期还没有签{month}的考评反馈,请跟进。",
        "{who} has not signed the appraisal of {month}; it is overdue. Please see to it.",
    ),
    "appraisals_unwritten": (
        "{month}的考评反馈,您还有 {count} 位同事没有写,请在 {due} 前写好。",
        "Appraisals of {month} that you have not written yet: {count}. Please write them by {due}.",
    ),
    "appraisals_overdue": (
        "{month}的考评反馈到期还有 {count} 位同事没有写,请跟进。",
        "The appraisals of {month} are overdue; not written yet: {count}. Please see to it.",
    ),
    "survey_unanswered": (
        "{month}的员工问卷您还没有填,{due} 截止,五个问题,不记名。",
        "You have not answered the staff survey of {month} yet. It ends at {due}: five questions, without your name.",
    ),
    "survey_unevaluated": (
        "{month}的员工问卷收到 {count} 份答卷,请在 {due} 前写下评估和改进。",
        "The staff survey of {month} has {count} answers. Please write by {due} what comes of it.",
    ),
    "survey_overdue": (
        "{month}的员工问卷到期还没有人评估,请跟进。",
        "The staff survey of {month} is overdue without an evaluation. Please see to it.",
    ),
    "issues_made": (
        "{week}的共性问题汇总已生成({count} 张工单),请核对并确认。",
        "The report of common issues of {week} is made (cases: {count}). Please check and confirm it.",
    ),
    "issues_late": (
        "{week}的共性问题汇总还没有确认,已经超时,请尽快确认。",
        "The report of common issues of {week} is not confirmed and overdue. Please confirm it soon.",
    ),
    "issues_late_of": (
        "{who}还没有确认{week}的共性问题汇总,已经超时。",
        "{who} has not confirmed the report of common issues of {week}; it is overdue.",
    ),
    "issues_confirmed": (
        "{who}确认了{week}的共性问题汇总({count} 张工单)。",
        "{who} has confirmed the report of common issues of {week} (cases: {count}).",
    ),
    "feedback_given": (
        "有一条{kind}反馈给您的部门,请在 {due} 前答复。",
        "There is feedback for your department ({kind}). Please answer by {due}.",
    ),
    "feedback_answered": ("{group}答复了一条{kind}反馈。", "Feedback ({kind}) has been answered by {group}."),
    "feedback_overdue": (
        "给{group}的一条反馈过期没有答复,请跟进。",
        "Feedback to {group} is overdue without an answer. Please see to it.",
    ),
    "digest": (
        "每周汇总:跨部门未结的反馈和核实共 {count} 条({each})。",
        "Weekly summary: open feedback and inquiries between departments: {count} ({each}).",
    ),
    "digest_of_own": (
        "每周汇总:您的部门有 {count} 条反馈或核实还没有答复。",
        "Weekly summary: feedback and inquiries that your department has not answered yet: {count}.",
    ),
    "sheet_confirmed": (
        "您{month}的考评已确认:{score} 分。",
        "Your assessment of {month} is confirmed: score {score}.",
    ),
    "sheet_withdrawn": (
        "您{month}的考评已撤销确认,将重新确认。原因:{why}",
        "The confirmation of your assessment of {month} is withdrawn; it will be confirmed again. Reason: {why}",
    ),
    # scripts and word lists
    "script_waits": ("有一条话术等您审批:{name}", "A script waits for your approval: {name}"),
    "script_accepted": ("您提议的话术 {name} 已采用", "Your proposal for the script {name} was accepted."),
    "script_refused": ("您提议的话术 {name} 未采用", "Your proposal for the script {name} was not accepted."),
    "words_wait": (
        "禁用语和承诺词有改动等您审批",
        "Changes to the banned and promising words wait for your approval.",
    ),
    "words_accepted": (
        "您提议的禁用语和承诺词已采用",
        "Your proposal for the banned and promising words was accepted.",
    ),
    "words_refused": (
        "您提议的禁用语和承诺词未采用",
        "Your proposal for the banned and promising words was not accepted.",
    ),
    # exports and personal data
    "export_asked": (
        "{who}申请导出登记表({rows} 行),请审批。",
        "{who} asks to export a register (rows: {rows}). Please decide.",
    ),
    "export_approved": (
        "您的导出申请已同意,24 小时内可下载一次。",
        "Your export request is approved; you can download the file once within 24 hours.",
    ),
    "export_refused": (
        "您的导出申请未获同意,请查看审批意见。",
        "Your export request was not approved. Please read the answer.",
    ),
    "looked_often": (
        "{who}今天查看个人信息已超过 {count} 次,请核实。",
        "{who} has looked at personal data more than {count} times today. Please look into it.",
    ),
    # findings of auditors
    "finding_put": (
        "{who}请您答复一条审计发现:{title},期限 {due}。",
        "{who} asks you for a reply to a finding by {due}: {title}",
    ),
    "finding_replied": ("{who}答复了审计发现:{title}", "{who} has replied to the finding: {title}"),
    "finding_ended": ("审计发现已有结论({state}):{title}", "The finding has been decided on ({state}): {title}"),
    "finding_noted": ("有一条严重的审计发现:{title}", "There is a new finding of high severity: {title}"),
    "finding_overdue": (
        "审计发现过期没有答复({due}):{title}",
        "A finding was to be replied to by {due} and is not: {title}",
    ),
    # the record
    "re_execution_differs": (
        "夜间抽查:{count} 个工单重新执行后与记录不一致,第一个是工单 {case},请核查。",
        "The nightly check found that {count} cases do not follow from their commands, the first of them case {case}. "
        "Please look into it.",
    ),
}
