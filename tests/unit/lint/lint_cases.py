"""Faults, one a line: the rule that must find it, the element it must point at, and what to replace in the sample."""

# ruff: noqa: E501 - one fault a line reads better than a wrapped one

from __future__ import annotations

import re

from tests.unit.lint.lint_sample import CLEAN

CONDITION = '=kind = "late"'
TIME = '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT24H</bpmn:timeDuration>'
CYCLE = "R3/PT1H"
SCRIPT = 'expression="={recorded_at: now()}"'
DOC = "<bpmn:documentation>ADDED:示例。</bpmn:documentation>"
JOIN = '<bpmn:parallelGateway id="gw_join" />'


def asks(job_type: str, **headers: str) -> str:
    given = "".join(f'<zeebe:header key="{name}" value="{value}" />' for name, value in headers.items())
    return f'<zeebe:taskDefinition type="{job_type}" /><zeebe:taskHeaders>{given}</zeebe:taskHeaders>'


SYNC = '<zeebe:taskDefinition type="sync_waybill" />'
END_DONE = '<bpmn:terminateEventDefinition id="end_done_terminate" />'
UPDATED = '<bpmn:messageEventDefinition id="ev_updated_message" messageRef="message_updated" />'
FLOW_DONE = '<bpmn:sequenceFlow id="f_done" sourceRef="gw_join" targetRef="end_done" />'
FLOW_RECORD = '<bpmn:sequenceFlow id="f_record" sourceRef="ev_updated" targetRef="record_it" />'
END_PACK = (
    '<bpmn:endEvent id="end_pack" name="打包完成"><bpmn:documentation>ADDED。</bpmn:documentation></bpmn:endEvent>'
)
BOUNDARY = f'<bpmn:boundaryEvent id="tm_x" name="超时" attachedToRef="sync_it"><bpmn:timerEventDefinition id="t">{TIME}</bpmn:timerEventDefinition></bpmn:boundaryEvent>'
RULE_IT = '<bpmn:businessRuleTask id="rule_it" name="判定种类">'
LOOPED = ' id="check_it" name="查询状态">'


def _every(cron: str) -> str:
    """A start event's timer, in front of its flow."""
    timer = f'<bpmn:timerEventDefinition id="t"><bpmn:timeCycle>{cron}</bpmn:timeCycle></bpmn:timerEventDefinition>'
    return f"{timer}<bpmn:outgoing>f_start"


#: Rule, where it points, what is replaced by what. Several replacements belong to one fault.
CASES: list[tuple[str, str | None, list[tuple[str, str]]]] = [
    # words
    ("xml.unknown_element", "p99_sample", [(JOIN, JOIN + "<bpmn:wizardTask/>")]),
    ("xml.unknown_element", "definitions", [("</bpmn:definitions>", "<x/></bpmn:definitions>")]),
    ("xml.unknown_element", "plane", [("</bpmndi:BPMNPlane>", '<a:script xmlns:a="urn:a"/></bpmndi:BPMNPlane>')]),
    ("xml.misplaced_element", "gw_join", [(JOIN, JOIN[:-3] + "><bpmn:conditionExpression/></bpmn:parallelGateway>")]),
    ("xml.misplaced_element", "gw_join", [(JOIN, JOIN[:-3] + "><bpmn:script/></bpmn:parallelGateway>")]),
    ("xml.unknown_attribute", "gw_join", [(JOIN, JOIN[:-3] + ' colour="red" />')]),
    ("xml.unknown_attribute", "gw_join", [(JOIN, JOIN[:-3] + ' zeebe:type="x" />')]),
    (
        "xml.unknown_attribute",
        "check_it",
        [(LOOPED, ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" camunda:formKey="x"' + LOOPED)],
    ),
    ("xml.unknown_extension", "sync_it", [(SYNC, SYNC + '<c:x xmlns:c="http://camunda.org/schema/1.0/bpmn"/>')]),
    ("xml.unknown_extension", "sync_it", [(SYNC, '<zeebe:taskDefinition type="sync_waybill"><zeebe:x/></zeebe:taskDefinition>')]),
    ("xml.duplicate_id", "tell_customer", [('<bpmn:error id="error_failed"', '<bpmn:error id="tell_customer"')]),
    ("xml.no_id", "p99_sample", [(' id="f_done"', "")]),
    ("id.not_ascii", "完成", [('id="end_done"', 'id="完成"')]),
    ("id.not_ascii", "~x", [('id="end_done"', 'id="~x"')]),
    ("id.not_ascii", "a" * 121, [('id="end_done"', f'id="{"a" * 121}"')]),
    ("xml.not_boolean", "sync_it", [('id="sync_it"', 'isForCompensation="yes" id="sync_it"')]),
    *[
        ("unsupported.element", "check_it", [("<bpmn:incoming>f_check</bpmn:incoming>", f"<bpmn:{tag} />")])
        for tag in ("potentialOwner", "performer", "humanPerformer", "resourceRole", "rendering")
    ],
    ("xml.not_boolean", "call_other", [('propagateAllParentVariables="true"', 'propagateAllParentVariables="no"')]),
    ("unsupported.element", "definitions", [("</bpmn:definitions>", '<bpmn:correlationProperty id="cp" /></bpmn:definitions>')]),
    ("unsupported.element", "p99_sample", [(JOIN, JOIN + '<bpmn:correlationSubscription id="cs" />')]),
    ("unsupported.must_understand", "definitions", [("</bpmn:definitions>", '<bpmn:extension mustUnderstand="true" definition="x:y" /></bpmn:definitions>')]),
    ("xml.split_text", "f_late", [(CONDITION, '=kind <bpmn:documentation>x</bpmn:documentation>= "late"')]),
    ("timer.unreadable", "check_it", [('dueDate="=opened_at', 'dueDate="opened_at')]),
    ("timer.unreadable", "check_it", [('dueDate="=opened_at', 'followUpDate="soon" dueDate="=opened_at')]),
    ("timer.unreadable", "check_it", [('dueDate="=opened_at + duration(&#34;PT8H&#34;)"', 'dueDate="=8"')]),
    ("text.hidden_character", "f_late", [(CONDITION, '=kind = "late\u202e"')]),
    ("text.hidden_character", "tell_customer", [('name="告知客户"', 'name="告知\u2066客户"')]),
    ("text.hidden_character", "end_done", [('id="end_done_terminate"', 'id="end_done" name="\u200b"')]),
    # not executed
    *[
        (f"unsupported.{code}", "tell_customer", [("bpmn:sendTask", f"bpmn:{tag}")])
        for code, tag in {
            "implicit_throw_event": "implicitThrowEvent",
            "choreography": "subChoreography",
            "choreography_task": "choreographyTask",
            "call_choreography": "callChoreography",
        }.items()
    ],
    *[
        (f"unsupported.{code}", "end_done", [(END_DONE, f'<bpmn:{tag} id="e1" />')])
        for code, tag in {
            "conditional_event": "conditionalEventDefinition",
            "link_event": "linkEventDefinition",
            "timer_event": "timerEventDefinition",
        }.items()
    ],
    ("unsupported.error_event", "ev_updated", [(UPDATED, '<bpmn:errorEventDefinition id="e1" errorRef="error_failed" />')]),
    *[
        (f"unsupported.{code}", "ev_updated", [(UPDATED, f'<bpmn:{tag} id="e1" />')])
        for code, tag in {
            "escalation_event": "escalationEventDefinition",
            "compensation_event": "compensateEventDefinition",
            "cancel_event": "cancelEventDefinition",
        }.items()
    ],
    ("unsupported.terminate_event", "ev_updated", [(UPDATED, '<bpmn:terminateEventDefinition id="e1" />')]),
    ("unsupported.event_without_definition", "ev_updated", [(UPDATED, "")]),
    ("unsupported.multiple_event", "ev_updated", [(UPDATED, UPDATED + '<bpmn:linkEventDefinition id="l1" name="x" />')]),
    ("unsupported.multiple_event", "er_call", [('<bpmn:errorEventDefinition id="er_call_error"', '<bpmn:compensateEventDefinition id="c1" /><bpmn:errorEventDefinition id="er_call_error"')]),
    ("timer.schedule", "start_sample", [("<bpmn:outgoing>f_start", f'<bpmn:timerEventDefinition id="t">{TIME}</bpmn:timerEventDefinition><bpmn:outgoing>f_start')]),
    ("timer.schedule", "start_sample", [("<bpmn:outgoing>f_start", _every("30 8 * *"))]),
    ("timer.never", "start_sample", [("<bpmn:outgoing>f_start", _every("0 0 30 2 *"))]),
    ("process.unscheduled", "p99_sample", [('name="start_permission" value="P01"', 'name="missed" value="each"')]),
    ("process.scheduled", "p99_sample", [("<bpmn:outgoing>f_start", _every("30 8 * * *")), ('name="start_permission" value="P01"', 'name="missed" value="all"')]),
    ("process.scheduled", "p99_sample", [("<bpmn:outgoing>f_start", _every("30 8 * * *")), ('name="start_permission" value="P01"', 'name="time_zone" value="Beijing"')]),
    ("unknown.group", "p99_sample", [("<bpmn:outgoing>f_start", _every("30 8 * * *")), ('name="start_permission" value="P01"', 'name="roster_groups" value="agents"')]),
    ("process.roster_groups", "p99_sample", [("<bpmn:outgoing>f_start", _every("30 8 * * *")), ('name="start_permission" value="P01"', 'name="roster" value="on_duty"')]),
    ("unsupported.boundary_host", "tm_check", [('attachedToRef="check_it"', 'attachedToRef="rule_it"')]),
    ("unsupported.boundary_host", "er_call", [('attachedToRef="call_other"', 'attachedToRef="check_it"')]),
    ("event.always_interrupts", "er_call", [('attachedToRef="call_other"', 'attachedToRef="call_other" cancelActivity="false"')]),
    ("unsupported.attribute", "start_sample", [('id="start_sample"', 'isInterrupting="false" id="start_sample"')]),
    ("unsupported.attribute", "sync_it", [('id="sync_it"', 'implementation="python" id="sync_it"')]),
    ("unsupported.attribute", "gw_wait", [('id="gw_wait"', 'eventGatewayType="Parallel" id="gw_wait"')]),
    ("task.called_twice", "call_other", [('id="call_other"', 'calledElement="p07_delivery" id="call_other"')]),
    ("unsupported.start_in_sub_process", "start_pack", [('name="开始打包">', f'name="开始打包">{UPDATED.replace("ev_", "x_")}')]),
    ("unsupported.quantity", "sync_it", [('id="sync_it"', 'startQuantity="2" id="sync_it"')]),
    ("unsupported.quantity", "sync_it", [('id="sync_it"', 'completionQuantity="0" id="sync_it"')]),
    ("unsupported.conditional_flow", "f_record", [(FLOW_RECORD, FLOW_RECORD[:-3] + "><bpmn:conditionExpression>=x</bpmn:conditionExpression></bpmn:sequenceFlow>")]),
    ("unsupported.conditional_flow", "f_done", [(FLOW_DONE, FLOW_DONE[:-3] + "><bpmn:conditionExpression>=x</bpmn:conditionExpression></bpmn:sequenceFlow>")]),
    ("unsupported.default_flow", "gw_join", [('<bpmn:parallelGateway id="gw_join"', '<bpmn:parallelGateway default="f_done" id="gw_join"')]),
    ("unsupported.script", "record_it", [("<zeebe:script " + SCRIPT + ' resultVariable="record_it_result" />', "")]),
    ("unsupported.script", "record_it", [('id="record_it"', 'scriptFormat="python" id="record_it"')]),
    ("unsupported.script", "record_it", [('登记延误">\n      ' + DOC, '登记延误">\n      ' + DOC + "<bpmn:script>import os</bpmn:script>")]),
    ("unsupported.language", "f_late", [("<bpmn:conditionExpression xsi:type", '<bpmn:conditionExpression language="python" xsi:type')]),
    ("unsupported.several_pools", "pool_2", [('processRef="p99_sample" />', 'processRef="p99_sample" /><bpmn:participant id="pool_2" name="客户" />')]),
    ("unsupported.message_flow", "mf", [('processRef="p99_sample" />', 'processRef="p99_sample" /><bpmn:messageFlow id="mf" sourceRef="pool" targetRef="pool" />')]),
    ("unsupported.nested_lanes", "lane_agent", [("<bpmn:flowNodeRef>tm_check</bpmn:flowNodeRef>", '<bpmn:flowNodeRef>tm_check</bpmn:flowNodeRef><bpmn:childLaneSet id="c"/>')]),
    ("unsupported.timer_cycle", "tm_check", [('cancelActivity="false" ', "")]),
    ("unsupported.timer_cycle", "tm_wait", [(TIME, f"<bpmn:timeCycle>{CYCLE}</bpmn:timeCycle>")]),
    ("unsupported.extension", "rule_it", [("<zeebe:calledDecision", '<zeebe:taskDefinition type="x" /><zeebe:calledDecision')]),
    ("unsupported.extension", "check_it", [('candidateGroups="aftersales, supervisor"', 'candidateGroups="aftersales" candidateUsers="a"')]),
    ("unsupported.extension", "sync_it", [(SYNC, SYNC + '<zeebe:executionListeners/>')]),
    ("unsupported.dynamic_reference", "check_it", [('formId="p99_sample.check_it"', 'formId="=form"')]),
    ("unsupported.dynamic_reference", "call_other", [('processId="p07_delivery"', 'processId="=process"')]),
    ("unsupported.dynamic_reference", "ev_updated", [('name="msg_logistics_updated"', 'name="=name"')]),
    ("unsupported.dynamic_reference", "end_failed", [('errorCode="failed"', 'errorCode="=code"')]),
    ("unsupported.binding", "call_other", [('processId="p07_delivery"', 'processId="p07_delivery" bindingType="versionTag"')]),
    # references
    ("ref.dangling", "f_done", [('targetRef="end_done"', 'targetRef="end_gone"')]),
    ("ref.dangling", "tm_check", [('attachedToRef="check_it"', 'attachedToRef="gone"')]),
    ("ref.dangling", "ev_updated", [('messageRef="message_updated"', 'messageRef="gone"')]),
    ("ref.dangling", "end_failed", [('end_failed_error" errorRef="error_failed"', 'end_failed_error" errorRef="gone"')]),
    ("ref.dangling", "pool", [('processRef="p99_sample"', 'processRef="gone"')]),
    ("ref.dangling", "lane_agent", [("<bpmn:flowNodeRef>tm_check<", "<bpmn:flowNodeRef>gone<")]),
    ("ref.dangling", "note_line", [('targetRef="note"', 'targetRef="gone"')]),
    ("ref.dangling", "sync_it_di", [('bpmnElement="sync_it"', 'bpmnElement="gone"')]),
    ("ref.wrong_kind", "ev_updated", [('messageRef="message_updated"', 'messageRef="error_failed"')]),
    ("ref.default", "gw_kind", [('default="f_normal"', 'default="f_done"')]),
    ("ref.other_scope", "f_done", [('targetRef="end_done"', 'targetRef="end_pack"')]),
    ("ref.other_scope", "tm_check", [('attachedToRef="check_it"', 'attachedToRef="pack_it"')]),
    ("ref.flow_mismatch", "join_check", [("<bpmn:incoming>f_again<", "<bpmn:incoming>f_done<")]),
    # ways
    ("flow.no_start", "sub_pack", [('<bpmn:startEvent id="start_pack" name="开始打包"><bpmn:documentation>ADD</bpmn:documentation></bpmn:startEvent>', "")]),
    ("flow.no_end", "sub_pack", [(END_PACK, ""), ('sourceRef="pack_it" targetRef="end_pack"', 'sourceRef="pack_it" targetRef="pack_it"')]),
    ("flow.several_starts", "p99_sample", [(JOIN, JOIN + '<bpmn:startEvent id="s2" name="二"/>')]),
    ("flow.unreachable", "rule_it", [('<bpmn:sequenceFlow id="f_rule" sourceRef="check_it" targetRef="rule_it" />', '<bpmn:sequenceFlow id="f_rule" sourceRef="check_it" targetRef="end_done" />')]),
    ("flow.implicit_end", "tell_customer", [('<bpmn:sequenceFlow id="f_told" sourceRef="tell_customer" targetRef="end_told" />', "")]),
    ("flow.implicit_end", "act_tm_check", [('<bpmn:sequenceFlow id="f_tm_end" sourceRef="act_tm_check" targetRef="end_tm_check" />', "")]),
    ("flow.no_way_to_end", "check_it", [('sourceRef="check_it" targetRef="rule_it"', 'sourceRef="check_it" targetRef="join_check"')]),
    ("flow.loop_without_wait", "rule_it", [('<bpmn:sequenceFlow id="f_normal" name="未延误" sourceRef="gw_kind" targetRef="tell_customer" />', '<bpmn:sequenceFlow id="f_normal" name="未延误" sourceRef="gw_kind" targetRef="rule_it" />')]),
    ("flow.loop_without_wait", "gw_fork", [(FLOW_DONE, FLOW_DONE + '<bpmn:sequenceFlow id="f_x" sourceRef="gw_fork" targetRef="gw_fork" />')]),
    ("flow.wrong_end", "start_sample", [(FLOW_DONE, FLOW_DONE.replace("end_done", "start_sample"))]),
    ("flow.wrong_end", "tm_check", [(FLOW_DONE, FLOW_DONE.replace("end_done", "tm_check"))]),
    ("flow.wrong_end", "end_told", [(FLOW_DONE, FLOW_DONE + '<bpmn:sequenceFlow id="f_x" sourceRef="end_told" targetRef="end_done" />')]),
    ("flow.implicit_merge", "check_it", [('sourceRef="tm_wait" targetRef="join_check"', 'sourceRef="tm_wait" targetRef="check_it"'), ("<bpmn:incoming>f_again</bpmn:incoming>", "")]),
    # gateways
    ("gateway.no_default", "gw_kind", [(' default="f_normal"', "")]),
    ("gateway.no_condition", "f_late", [(CONDITION, "")]),
    ("gateway.no_condition", "f_normal", [('default="f_normal"', 'default="f_late"')]),
    ("gateway.default_condition", "f_late", [('default="f_normal"', 'default="f_late"')]),
    ("gateway.event_branches", "gw_wait", [('sourceRef="gw_wait" targetRef="tm_wait"', 'sourceRef="gw_wait" targetRef="record_it"')]),
    ("gateway.event_branches", "gw_wait", [('<bpmn:sequenceFlow id="f_updated" sourceRef="gw_wait" targetRef="ev_updated" />', "")]),
    ("gateway.no_way_out", "gw_kind", [('sourceRef="gw_kind"', 'sourceRef="rule_it"')]),
    ("gateway.event_shared", "ev_updated", [(FLOW_DONE, FLOW_DONE.replace("end_done", "ev_updated"))]),
    ("gateway.join_and_fork", "gw_fork", [('sourceRef="er_call" targetRef="end_failed"', 'sourceRef="er_call" targetRef="gw_fork"')]),
    ("gateway.superfluous", "join_check", [('sourceRef="tm_wait" targetRef="join_check"', 'sourceRef="tm_wait" targetRef="end_told"')]),
    ("gateway.join_of_a_choice", "gw_join", [('parallelGateway id="gw_fork"', 'exclusiveGateway id="gw_fork"')]),
    ("gateway.join_may_wait_for_ever", "gw_join", [(JOIN, JOIN + BOUNDARY + '<bpmn:endEvent id="end_x" name="另行结束"/>'), (FLOW_DONE, FLOW_DONE + '<bpmn:sequenceFlow id="f_x" sourceRef="tm_x" targetRef="end_x" />')]),
    # FEEL
    ("feel.syntax", "f_late", [(CONDITION, "=kind = (")]),
    ("feel.syntax", "record_it", [(SCRIPT, 'expression="={a: }"')]),
    ("feel.syntax", "record_it", [('source="=record_it_result.recorded_at"', 'source="=1 +"')]),
    ("feel.syntax", "p99_sample", [("={order: order_id, kind: kind}", "={order: ")]),
    ("feel.syntax", "message_updated", [('correlationKey="=waybill_no"', 'correlationKey="=("')]),
    ("feel.syntax", "tm_wait", [(">PT24H<", ">=duration(<")]),
    ("feel.syntax", "check_it", [('dueDate="=opened_at + duration(&#34;PT8H&#34;)"', 'dueDate="=opened_at +"')]),
    ("feel.syntax", "f_late", [(CONDITION, "=" + "1+" * 3000 + "1")]),
    ("feel.no_equals_sign", "f_late", [(CONDITION, 'kind = "late"')]),
    ("feel.no_equals_sign", "record_it", [(SCRIPT, 'expression="import os"')]),
    ("feel.no_equals_sign", "p99_sample", [("={order: order_id, kind: kind}", "order_id")]),
    ("feel.empty", "record_it", [(SCRIPT, 'expression=""')]),
    ("feel.empty", "f_late", [(CONDITION, "=")]),
    ("mapping.constant_text", "record_it", [('source="=record_it_result.recorded_at"', 'source="recorded"')]),
    ("mapping.target", "record_it", [('target="recorded_at"', 'target="a b"')]),
    ("mapping.target", "record_it", [('resultVariable="record_it_result"', "")]),
    ("mapping.read_only", "record_it", [('target="recorded_at"', 'target="opened_at"')]),
    ("mapping.read_only", "record_it", [('target="recorded_at"', 'target="case.x"')]),
    ("mapping.read_only", "message_updated", [('name="msg_logistics_updated"', 'name="msg_case_id"')]),
    # time
    ("timer.no_time", "tm_wait", [(TIME, "")]),
    ("timer.no_time", "tm_wait", [(TIME, TIME + "<bpmn:timeDate>2026-01-01</bpmn:timeDate>")]),
    ("timer.unreadable", "tm_wait", [(">PT24H<", ">24 hours<")]),
    ("timer.unreadable", "tm_wait", [(">PT24H<", ">P<")]),
    ("timer.unreadable", "tm_wait", [(">PT24H<", '>="tomorrow"<')]),
    ("timer.unreadable", "tm_wait", [(TIME, "<bpmn:timeDate>soon</bpmn:timeDate>")]),
    ("timer.unreadable", "tm_check", [(CYCLE, "0 0 * * *")]),
    ("timer.too_short", "tm_wait", [(">PT24H<", ">PT59S<")]),
    ("timer.too_short", "tm_wait", [(">PT24H<", '>=duration("PT30S")<')]),
    ("timer.too_short", "tm_check", [(CYCLE, "R3/PT0S")]),
    ("timer.rounds", "tm_check", [(CYCLE, "R/PT1H")]),
    ("timer.rounds", "tm_check", [(CYCLE, "R1001/PT1H")]),
    ("timer.rounds", "tm_check", [(CYCLE, "R1000000000/PT1H")]),
    ("wait.no_end", "gw_wait", [(re.search(r"<bpmn:timerEventDefinition id=\"tm_wait_time\">.*?</bpmn:timerEventDefinition>", CLEAN, re.S)[0], UPDATED.replace("ev_updated", "x"))]),
    # messages and errors
    ("message.no_reference", "ev_updated", [(' messageRef="message_updated"', "")]),
    ("message.no_name", "ev_updated", [('name="msg_logistics_updated"', "")]),
    ("message.no_correlation_key", "ev_updated", [('correlationKey="=waybill_no"', "")]),
    ("message.no_correlation_key", "end_told", [('<zeebe:subscription correlationKey="=order_id" />', "")]),
    ("message.same_name", "message_told", [('name="msg_customer_told"', 'name="msg_logistics_updated"')]),
    ("message.two_starts", "s3", [(JOIN, JOIN + "".join(f'<bpmn:startEvent id="s{n}" name="二"><bpmn:messageEventDefinition id="m{n}" messageRef="message_told"/></bpmn:startEvent>' for n in (2, 3)))]),
    ("message.end_type", "end_told", [('<zeebe:taskDefinition type="publish_message" />', SYNC)]),
    ("message.end_type", "end_done", [('已完成">\n      ' + DOC, '已完成">\n      ' + DOC + f"<bpmn:extensionElements>{SYNC}</bpmn:extensionElements>")]),
    ("error.no_code", "end_failed", [(' errorCode="failed"', "")]),
    ("error.no_code", "end_failed", [('end_failed_error" errorRef="error_failed"', 'end_failed_error"')]),
    # tasks
    ("task.no_form", "check_it", [('<zeebe:formDefinition formId="p99_sample.check_it" />', "")]),
    ("task.no_group", "check_it", [('candidateGroups="aftersales, supervisor"', "")]),
    ("task.no_group", "check_it", [('<zeebe:assignmentDefinition candidateGroups="aftersales, supervisor" />', "")]),
    ("task.no_marker", "pack_it", [("<zeebe:userTask />\n          <zeebe:formDefinition", "<zeebe:formDefinition")]),
    ("task.no_job_type", "sync_it", [(SYNC, "")]),
    ("task.no_decision", "rule_it", [('decisionId="kind_of_delay"', "")]),
    ("task.no_called_process", "call_other", [('processId="p07_delivery"', "")]),
    ("task.no_header", "tell_customer", [('<zeebe:header key="template" value="T99A" />', "")]),
    ("task.no_header", "act_tm_check", [('<zeebe:header key="groups" value="supervisor" />', "")]),
    ("task.no_header", "sync_it", [(SYNC, asks("start_process", process="p07_delivery"))]),
    ("task.no_header", "sync_it", [(SYNC, asks("read_settings"))]),
    ("task.no_header", "sync_it", [(SYNC, asks("read_register"))]),
    ("task.no_header", "act_tm_check", [('<zeebe:header key="text"', '<zeebe:header key="texts"')]),
    ("task.no_input", "sync_it", [(SYNC, asks("read_register", register="delay_register"))]),
    ("task.no_input", "sync_it", [(SYNC, asks("disable_account"))]),
    ("task.no_input", "sync_it", [(SYNC, asks("transfer_case"))]),
    ("task.no_input", "sync_it", [(SYNC, asks("open_cases"))]),
    ("task.number_pattern", "sync_it", [(SYNC, asks("next_number", sequence="sh", pattern="SH{yyyymmdd}"))]),
    ("unknown.process", "sync_it", [(SYNC, asks("start_process", process_id="p98_gone"))]),
    ("unknown.setting", "sync_it", [(SYNC, asks("read_settings", names="one_cent_refund, two_cents"))]),
    ("task.retries", "act_tm_check", [('retries="3"', 'retries="0"')]),
    ("task.priority", "check_it", [('priority="70"', 'priority="101"')]),
    ("task.four_eyes", "check_it", [('value="case"', 'value="tree"')]),
    ("task.four_eyes", "check_it", [('value="case"', 'value="starter,sync_it"')]),
    ("task.four_eyes", "check_it", [('value="case"', 'value="case,starter"')]),
    ("task.four_eyes", "check_it", [('value="case"', 'value="p98_gone.check_it"')]),
    ("task.four_eyes", "check_it", [('value="case"', 'value=""')]),
    ("task.permission", "check_it", [('name="four_eyes" value="case"', 'name="permission" value="P27"')]),
    ("task.permission", "check_it", [('name="four_eyes" value="case"', 'name="permission" value="supervisor"')]),
    ("task.queue", "check_it", [('name="four_eyes" value="case"', 'name="queue" value="queue_no"')]),
    ("feel.syntax", "check_it", [('name="four_eyes" value="case"', 'name="queue" value="=queue_no +"')]),
    ("process.once", "check_it", [('name="four_eyes" value="case"', 'name="once" value="order"')]),
    ("unknown.form", "check_it", [('formId="p99_sample.check_it"', 'formId="gone"')]),
    ("unknown.form", "start_sample", [('formId="p99_sample.start"', 'formId="gone"')]),
    ("unknown.decision", "rule_it", [('decisionId="kind_of_delay"', 'decisionId="gone"')]),
    ("unknown.process", "call_other", [('processId="p07_delivery"', 'processId="gone"')]),
    ("unknown.group", "check_it", [("aftersales, supervisor", "aftersales, gone")]),
    ("unknown.group", "pack_it", [("=[&#34;warehouse&#34;]", "=[&#34;gone&#34;]")]),
    ("unknown.group", "act_tm_check", [('key="groups" value="supervisor"', 'key="groups" value="gone"')]),
    ("unknown.job_type", "sync_it", [('type="sync_waybill"', 'type="gone"')]),
    ("unknown.template", "tell_customer", [('value="T99A"', 'value="T99B"')]),
    ("unknown.register", "record_it", [('name="register" value="delay_register"', 'name="register" value="gone"')]),
    ("register.unused", "p99_sample", [('<zeebe:property name="register" value="delay_register" />', "")]),
    (
        "register.row",
        "p99_sample",
        [
            (
                '<zeebe:property name="register.delay_register"',
                '<zeebe:property name="register_row.delay_register" value="mine" />'
                '<zeebe:property name="register.delay_register"',
            )
        ],
    ),
    ("task.progress", "check_it", [('name="four_eyes" value="case"', 'name="progress" value="kind,nothing"')]),
    ("task.progress", "check_it", [('name="four_eyes" value="case"', 'name="progress" value="kind,"')]),
    ("task.progress", "check_it", [('name="four_eyes" value="case"', 'name="progress" value=""')]),
    ("task.progress", "record_it", [('name="register" value="delay_register"', 'name="progress" value="kind"')]),
    ("property.unknown", "record_it", [('name="register" value', 'name="regsiter" value')]),
    ("property.unknown", "p99_sample", [('name="start_permission"', 'name="start_permision"')]),
    # the file
    ("process.none", None, [(re.search(r"<bpmn:process.*</bpmn:process>", CLEAN, re.S)[0], "")]),
    ("process.several", "p2", [("</bpmn:process>", '</bpmn:process><bpmn:process id="p2" name="二" isExecutable="false"/>')]),
    ("process.not_executable", "p99_sample", [('isExecutable="true"', 'isExecutable="false"')]),
    ("process.not_executable", "p99_sample", [(' isExecutable="true"', "")]),
    ("process.file_name", "p98_sample", [("p99_sample", "p98_sample")]),
    ("process.priority", "p99_sample", [('name="start_permission" value="P01"', 'name="priority" value="加急"')]),
    ("process.priority", "p99_sample", [('name="start_permission" value="P01"', 'name="priority" value="=(("')]),
    ("process.kind", "p99_sample", [('name="start_permission" value="P01"', 'name="kind" value="postsale"')]),
    ("process.pack", "p99_sample", [('name="start_permission" value="P01"', 'name="pack" value="bricks"')]),
    ("process.drawn", "p99_sample", [('name="start_permission" value="P01"', 'name="first_contact" value="yes"')]),
    ("process.drawn", "p99_sample", [('name="start_permission" value="P01"', 'name="asks_satisfaction" value=""')]),
    ("process.start_permission", "p99_sample", [('value="P01"', 'value="P99"')]),
    ("process.start_groups", "p99_sample", [('name="start_permission" value="P01"', 'name="start_groups" value="supervisor"')]),
    ("unknown.group", "p99_sample", [('<zeebe:property name="start_permission" value="P01" />', '<zeebe:property name="start_permission" value="P01" /><zeebe:property name="start_groups" value="bosses" />')]),
    ("lane.none", "sync_it", [("<bpmn:flowNodeRef>sync_it</bpmn:flowNodeRef>", "")]),
    ("lane.several", "sync_it", [("<bpmn:flowNodeRef>tm_check<", "<bpmn:flowNodeRef>sync_it<")]),
    # what people read
    ("name.missing", "sync_it", [(' name="同步运单"', "")]),
    ("name.missing", "lane_system", [(' name="系统"', "")]),
    ("name.missing", "pool", [('id="pool" name="示例流程"', 'id="pool"')]),
    ("name.not_chinese", "sync_it", [('name="同步运单"', 'name="Sync"')]),
    ("name.answer_missing", "f_normal", [(' name="未延误"', "")]),
    ("documentation.missing", "sync_it", [('同步运单">\n      ' + DOC, '同步运单">')]),
    ("documentation.missing", "p99_sample", [("<bpmn:documentation>示例:查询,等待,打包。</bpmn:documentation>", "<bpmn:documentation> </bpmn:documentation>")]),
    # what is certain of an expression before it runs
    ("feel.static", "f_late", [(CONDITION, '="late" &gt; 1')]),
    ("feel.static", "f_late", [(CONDITION, "=substrng(kind, 1) = null")]),
    ("feel.static", "record_it", [(SCRIPT, 'expression="={at: date(&#34;2026-02-30&#34;), 备注: uuid()}"')]),
    ("feel.static", "p99_sample", [("={order: order_id, kind: kind}", "={order: order_id + null, kind: kind}")]),
    ("feel.static", "check_it", [('dueDate="=opened_at + duration(&#34;PT8H&#34;)"', 'dueDate="=opened_at + duration(&#34;8h&#34;)"')]),
]  # fmt: skip
