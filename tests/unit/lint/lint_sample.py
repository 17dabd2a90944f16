"""One clean, drawn diagram; each test spoils it in one place. What it leaves out is in the pieces."""

from __future__ import annotations

from engine.bpmn.lint import World

PROCESS = "p99_sample"
FILE = f"processes/service/{PROCESS}.bpmn"

WORLD = World(
    forms=frozenset({f"{PROCESS}.start", f"{PROCESS}.check_it", f"{PROCESS}.pack_it"}),
    decisions=frozenset({"kind_of_delay"}),
    processes=frozenset({"p07_delivery"}),
    groups=frozenset({"aftersales", "supervisor", "warehouse"}),
    job_types=frozenset(
        {
            "send_message",
            "remind_courier",
            "notify_staff",
            "sync_waybill",
            "start_process",
            "read_settings",
            "next_number",
            "read_register",
            "disable_account",
            "transfer_case",
            "open_cases",
        }
    ),
    templates=frozenset({"T99A", "C99A"}),
    settings=frozenset({"pack_duties", "pack_tiles", "pack_cross_border", "pack_fines", "one_cent_refund"}),
    fields={f"{PROCESS}.check_it": frozenset({"kind", "note"})},
)

SEMANTIC = """
  <bpmn:collaboration id="collaboration">
    <bpmn:participant id="pool" name="示例流程" processRef="p99_sample" />
  </bpmn:collaboration>
  <bpmn:process id="p99_sample" name="示例流程" isExecutable="true">
    <bpmn:documentation>示例:查询,等待,打包。</bpmn:documentation>
    <bpmn:extensionElements>
      <zeebe:properties>
        <zeebe:property name="start_permission" value="P01" />
        <zeebe:property name="register.delay_register" value="={order: order_id, kind: kind}" />
      </zeebe:properties>
    </bpmn:extensionElements>
    <bpmn:laneSet id="lanes">
      <bpmn:lane id="lane_agent" name="售后客服">
        <bpmn:flowNodeRef>start_sample</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>join_check</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>check_it</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>tm_check</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>act_tm_check</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>end_tm_check</bpmn:flowNodeRef>
      </bpmn:lane>
      <bpmn:lane id="lane_system" name="系统">
        <bpmn:flowNodeRef>rule_it</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>gw_kind</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>tell_customer</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>end_told</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>gw_wait</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>ev_updated</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>tm_wait</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>record_it</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>call_other</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>er_call</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>end_failed</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>gw_fork</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>sync_it</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>sub_pack</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>gw_join</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>end_done</bpmn:flowNodeRef>
      </bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="start_sample" name="客户查询">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:extensionElements><zeebe:formDefinition formId="p99_sample.start" /></bpmn:extensionElements>
      <bpmn:outgoing>f_start</bpmn:outgoing>
    </bpmn:startEvent>
    <bpmn:exclusiveGateway id="join_check">
      <bpmn:incoming>f_start</bpmn:incoming>
      <bpmn:incoming>f_again</bpmn:incoming>
      <bpmn:outgoing>f_check</bpmn:outgoing>
    </bpmn:exclusiveGateway>
    <bpmn:userTask id="check_it" name="查询状态">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:extensionElements>
        <zeebe:userTask />
        <zeebe:formDefinition formId="p99_sample.check_it" />
        <zeebe:assignmentDefinition candidateGroups="aftersales, supervisor" />
        <zeebe:taskSchedule dueDate="=opened_at + duration(&#34;PT8H&#34;)" />
        <zeebe:priorityDefinition priority="70" />
        <zeebe:properties><zeebe:property name="four_eyes" value="case" /></zeebe:properties>
      </bpmn:extensionElements>
      <bpmn:incoming>f_check</bpmn:incoming>
      <bpmn:outgoing>f_rule</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:boundaryEvent id="tm_check" name="查询超时" cancelActivity="false" attachedToRef="check_it">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:outgoing>f_tm_check</bpmn:outgoing>
      <bpmn:timerEventDefinition id="tm_check_time">
        <bpmn:timeCycle xsi:type="bpmn:tFormalExpression">R3/PT1H</bpmn:timeCycle>
      </bpmn:timerEventDefinition>
    </bpmn:boundaryEvent>
    <bpmn:serviceTask id="act_tm_check" name="提醒主管">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:extensionElements>
        <zeebe:taskDefinition type="notify_staff" retries="3" />
        <zeebe:taskHeaders>
          <zeebe:header key="text" value="查询超时" />
          <zeebe:header key="groups" value="supervisor" />
        </zeebe:taskHeaders>
      </bpmn:extensionElements>
    </bpmn:serviceTask>
    <bpmn:endEvent id="end_tm_check" name="已提醒"><bpmn:documentation>ADDED:示例。</bpmn:documentation></bpmn:endEvent>
    <bpmn:businessRuleTask id="rule_it" name="判定种类">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:extensionElements>
        <zeebe:calledDecision decisionId="kind_of_delay" resultVariable="kind" />
      </bpmn:extensionElements>
    </bpmn:businessRuleTask>
    <bpmn:exclusiveGateway id="gw_kind" name="延误了?" default="f_normal">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
    </bpmn:exclusiveGateway>
    <bpmn:sendTask id="tell_customer" name="告知客户">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:extensionElements>
        <zeebe:taskDefinition type="send_message" />
        <zeebe:taskHeaders><zeebe:header key="template" value="T99A" /></zeebe:taskHeaders>
      </bpmn:extensionElements>
    </bpmn:sendTask>
    <bpmn:endEvent id="end_told" name="已告知">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:extensionElements>
        <zeebe:taskDefinition type="publish_message" />
        <zeebe:ioMapping><zeebe:input source="=order_id" target="order_id" /></zeebe:ioMapping>
      </bpmn:extensionElements>
      <bpmn:messageEventDefinition id="end_told_message" messageRef="message_told" />
    </bpmn:endEvent>
    <bpmn:eventBasedGateway id="gw_wait" name="等待更新">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
    </bpmn:eventBasedGateway>
    <bpmn:intermediateCatchEvent id="ev_updated" name="物流更新">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:messageEventDefinition id="ev_updated_message" messageRef="message_updated" />
    </bpmn:intermediateCatchEvent>
    <bpmn:intermediateCatchEvent id="tm_wait" name="满一天">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:timerEventDefinition id="tm_wait_time">
        <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT24H</bpmn:timeDuration>
      </bpmn:timerEventDefinition>
    </bpmn:intermediateCatchEvent>
    <bpmn:scriptTask id="record_it" name="登记延误">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:extensionElements>
        <zeebe:script expression="={recorded_at: now()}" resultVariable="record_it_result" />
        <zeebe:ioMapping><zeebe:output source="=record_it_result.recorded_at" target="recorded_at" /></zeebe:ioMapping>
        <zeebe:properties><zeebe:property name="register" value="delay_register" /></zeebe:properties>
      </bpmn:extensionElements>
    </bpmn:scriptTask>
    <bpmn:callActivity id="call_other" name="重新发货">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:extensionElements>
        <zeebe:calledElement processId="p07_delivery" propagateAllParentVariables="true" />
      </bpmn:extensionElements>
    </bpmn:callActivity>
    <bpmn:boundaryEvent id="er_call" name="无法发货" attachedToRef="call_other">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:errorEventDefinition id="er_call_error" errorRef="error_failed" />
    </bpmn:boundaryEvent>
    <bpmn:endEvent id="end_failed" name="失败">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:errorEventDefinition id="end_failed_error" errorRef="error_failed" />
    </bpmn:endEvent>
    <bpmn:parallelGateway id="gw_fork" />
    <bpmn:serviceTask id="sync_it" name="同步运单">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:extensionElements><zeebe:taskDefinition type="sync_waybill" /></bpmn:extensionElements>
    </bpmn:serviceTask>
    <bpmn:subProcess id="sub_pack" name="打包">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:startEvent id="start_pack" name="开始打包"><bpmn:documentation>ADD</bpmn:documentation></bpmn:startEvent>
      <bpmn:userTask id="pack_it" name="打包货物">
        <bpmn:documentation>ADDED:示例。</bpmn:documentation>
        <bpmn:extensionElements>
          <zeebe:userTask />
          <zeebe:formDefinition formId="p99_sample.pack_it" />
          <zeebe:assignmentDefinition candidateGroups="=[&#34;warehouse&#34;]" />
        </bpmn:extensionElements>
      </bpmn:userTask>
      <bpmn:endEvent id="end_pack" name="打包完成"><bpmn:documentation>ADDED。</bpmn:documentation></bpmn:endEvent>
      <bpmn:sequenceFlow id="f_pack" sourceRef="start_pack" targetRef="pack_it" />
      <bpmn:sequenceFlow id="f_packed" sourceRef="pack_it" targetRef="end_pack" />
    </bpmn:subProcess>
    <bpmn:parallelGateway id="gw_join" />
    <bpmn:endEvent id="end_done" name="已完成">
      <bpmn:documentation>ADDED:示例。</bpmn:documentation>
      <bpmn:terminateEventDefinition id="end_done_terminate" />
    </bpmn:endEvent>
    <bpmn:textAnnotation id="note"><bpmn:text>示例注释</bpmn:text></bpmn:textAnnotation>
    <bpmn:association id="note_line" sourceRef="sync_it" targetRef="note" />
    <bpmn:sequenceFlow id="f_start" sourceRef="start_sample" targetRef="join_check" />
    <bpmn:sequenceFlow id="f_check" sourceRef="join_check" targetRef="check_it" />
    <bpmn:sequenceFlow id="f_tm_check" sourceRef="tm_check" targetRef="act_tm_check" />
    <bpmn:sequenceFlow id="f_tm_end" sourceRef="act_tm_check" targetRef="end_tm_check" />
    <bpmn:sequenceFlow id="f_rule" sourceRef="check_it" targetRef="rule_it" />
    <bpmn:sequenceFlow id="f_kind" sourceRef="rule_it" targetRef="gw_kind" />
    <bpmn:sequenceFlow id="f_normal" name="未延误" sourceRef="gw_kind" targetRef="tell_customer" />
    <bpmn:sequenceFlow id="f_told" sourceRef="tell_customer" targetRef="end_told" />
    <bpmn:sequenceFlow id="f_late" name="已延误" sourceRef="gw_kind" targetRef="gw_wait">
      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=kind = "late"</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f_updated" sourceRef="gw_wait" targetRef="ev_updated" />
    <bpmn:sequenceFlow id="f_wait" sourceRef="gw_wait" targetRef="tm_wait" />
    <bpmn:sequenceFlow id="f_again" sourceRef="tm_wait" targetRef="join_check" />
    <bpmn:sequenceFlow id="f_record" sourceRef="ev_updated" targetRef="record_it" />
    <bpmn:sequenceFlow id="f_call" sourceRef="record_it" targetRef="call_other" />
    <bpmn:sequenceFlow id="f_error" sourceRef="er_call" targetRef="end_failed" />
    <bpmn:sequenceFlow id="f_fork" sourceRef="call_other" targetRef="gw_fork" />
    <bpmn:sequenceFlow id="f_sync" sourceRef="gw_fork" targetRef="sync_it" />
    <bpmn:sequenceFlow id="f_sub" sourceRef="gw_fork" targetRef="sub_pack" />
    <bpmn:sequenceFlow id="f_synced" sourceRef="sync_it" targetRef="gw_join" />
    <bpmn:sequenceFlow id="f_subbed" sourceRef="sub_pack" targetRef="gw_join" />
    <bpmn:sequenceFlow id="f_done" sourceRef="gw_join" targetRef="end_done" />
  </bpmn:process>
  <bpmn:message id="message_updated" name="msg_logistics_updated">
    <bpmn:extensionElements><zeebe:subscription correlationKey="=waybill_no" /></bpmn:extensionElements>
  </bpmn:message>
  <bpmn:message id="message_told" name="msg_customer_told">
    <bpmn:extensionElements><zeebe:subscription correlationKey="=order_id" /></bpmn:extensionElements>
  </bpmn:message>
  <bpmn:error id="error_failed" name="失败" errorCode="failed" />
"""

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
  xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:modeler="http://camunda.org/schema/modeler/1.0"
  xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0" id="definitions" targetNamespace="urn:sample"
  exporter="Camunda Modeler" modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.7.0">"""

#: Size, then centres on a grid of columns and rows.
TASK, EVENT, GATEWAY = (100, 80), (36, 36), (50, 50)
SHAPES = {
    "start_sample": (EVENT, 0, 1),
    "join_check": (GATEWAY, 1, 1),
    "check_it": (TASK, 2, 1),
    "tm_check": (EVENT, 2, 0.6667),
    "act_tm_check": (TASK, 3, 0),
    "end_tm_check": (EVENT, 4, 0),
    "rule_it": (TASK, 3, 4),
    "gw_kind": (GATEWAY, 4, 4),
    "tell_customer": (TASK, 5, 4),
    "end_told": (EVENT, 6, 4),
    "gw_wait": (GATEWAY, 5, 5),
    "ev_updated": (EVENT, 6, 5),
    "tm_wait": (EVENT, 6, 6),
    "record_it": (TASK, 7, 5),
    "call_other": (TASK, 8, 5),
    "er_call": (EVENT, 8, 5.3333),
    "end_failed": (EVENT, 8.5, 6),
    "gw_fork": (GATEWAY, 9, 5),
    "sync_it": (TASK, 11, 5),
    "sub_pack": ((400, 160), 11, 6.5),
    "start_pack": (EVENT, 10, 6.5),
    "pack_it": (TASK, 11, 6.5),
    "end_pack": (EVENT, 12, 6.5),
    "gw_join": (GATEWAY, 13, 5),
    "end_done": (EVENT, 14, 5),
    "note": (TASK, 11, 4),
}
#: Flow, source, side it leaves, target, side it enters.
EDGES = """
f_start start_sample r join_check l | f_check join_check r check_it l | f_tm_check tm_check t act_tm_check l
f_tm_end act_tm_check r end_tm_check l | f_rule check_it r rule_it t | f_kind rule_it r gw_kind l
f_normal gw_kind r tell_customer l | f_told tell_customer r end_told l | f_late gw_kind b gw_wait l
f_updated gw_wait r ev_updated l | f_wait gw_wait b tm_wait l | f_again tm_wait b join_check b
f_record ev_updated r record_it l | f_call record_it r call_other l | f_error er_call b end_failed l
f_fork call_other r gw_fork l | f_sync gw_fork r sync_it l | f_sub gw_fork b sub_pack l
f_synced sync_it r gw_join l | f_subbed sub_pack r gw_join b | f_done gw_join r end_done l
f_pack start_pack r pack_it l | f_packed pack_it r end_pack l | note_line sync_it t note b
"""
#: Label boxes of what has its name outside: x, y, width, height.
LABELS = {
    "start_sample": (212, 262, 56, 14),
    "tm_check": (484, 164, 56, 14),
    "end_tm_check": (860, 142, 42, 14),
    "gw_kind": (856, 556, 49, 14),
    "end_told": (1179, 622, 42, 14),
    "gw_wait": (1012, 676, 56, 14),
    "ev_updated": (1172, 742, 56, 14),
    "tm_wait": (1179, 804, 42, 14),
    "er_call": (1446, 784, 56, 14),
    "end_failed": (1586, 862, 28, 14),
    "start_pack": (1812, 922, 56, 14),
    "end_pack": (2132, 922, 56, 14),
    "end_done": (2459, 742, 42, 14),
    "f_normal": (907, 580, 42, 14),
    "f_late": (888, 640, 42, 14),
}
POOL, LANES = (130, 60, 2430, 960), {"lane_agent": (160, 60, 2400, 360), "lane_system": (160, 420, 2400, 600)}


def grid(column: float, row: float) -> tuple[int, int]:
    return round(240 + 160 * column), round(120 + 120 * row)


def bounds(element: str) -> tuple[int, int, int, int]:
    (width, height), column, row = SHAPES[element]
    x, y = grid(column, row)
    return x - width // 2, y - height // 2, width, height


def dock(element: str, side: str) -> tuple[int, int]:
    x, y, width, height = bounds(element)
    middle = x + width // 2, y + height // 2
    return {"l": (x, middle[1]), "r": (x + width, middle[1]), "t": (middle[0], y), "b": (middle[0], y + height)}[side]


def way(flow: str, source: str, leaves: str, target: str, enters: str) -> list[tuple[int, int]]:
    first, last = dock(source, leaves), dock(target, enters)
    if flow == "f_again":
        between = [(first[0], 990), (last[0], 990)]
    elif first[0] == last[0] or first[1] == last[1]:
        between = []
    elif leaves == "r":
        between = [(last[0], first[1])]
    else:
        between = [(first[0], last[1])]
    return [first, *between, last]


def box(tag: str, of: tuple[int, int, int, int]) -> str:
    x, y, width, height = of
    return f'<{tag} x="{x}" y="{y}" width="{width}" height="{height}" />'


def drawing() -> str:
    plane = []
    for element, of in {"pool": POOL, **LANES, **{name: bounds(name) for name in SHAPES}}.items():
        flat = ' isHorizontal="true"' if element in LANES or element == "pool" else ""
        open_ = ' isExpanded="true"' if element == "sub_pack" else ""
        plane.append(
            f'<bpmndi:BPMNShape id="{element}_di" bpmnElement="{element}"{flat}{open_}>'
            f"{box('dc:Bounds', of)}{label(element)}</bpmndi:BPMNShape>"
        )
    for edge in EDGES.replace("\n", "|").split("|"):
        if edge.strip():
            flow, *ends = edge.split()
            points = "".join(f'<di:waypoint x="{x}" y="{y}" />' for x, y in way(flow, *ends))
            plane.append(
                f'<bpmndi:BPMNEdge id="{flow}_di" bpmnElement="{flow}">{points}{label(flow)}</bpmndi:BPMNEdge>'
            )
    return (
        '<bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="collaboration">\n'
        + "\n".join(plane)
        + "\n</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>\n</bpmn:definitions>\n"
    )


def label(element: str) -> str:
    return f"<bpmndi:BPMNLabel>{box('dc:Bounds', LABELS[element])}</bpmndi:BPMNLabel>" if element in LABELS else ""


CLEAN = HEAD + SEMANTIC + drawing()
