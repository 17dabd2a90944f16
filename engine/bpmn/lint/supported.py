"""The one table of what is executed right: element and event kinds; the lint refuses everything else by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: Marks an event without a definition, and every element that is no event.
NONE: Final = ""

#: Flow node → event definitions with which it is executed.
EXECUTED: Final[Mapping[str, frozenset[str]]] = {
    "startEvent": frozenset({NONE, "messageEventDefinition"}),
    "endEvent": frozenset({NONE, "messageEventDefinition", "errorEventDefinition", "terminateEventDefinition"}),
    "intermediateCatchEvent": frozenset({"messageEventDefinition", "timerEventDefinition"}),
    "boundaryEvent": frozenset({"messageEventDefinition", "timerEventDefinition", "errorEventDefinition"}),
    "userTask": frozenset({NONE}),
    "serviceTask": frozenset({NONE}),
    "sendTask": frozenset({NONE}),
    "scriptTask": frozenset({NONE}),
    "businessRuleTask": frozenset({NONE}),
    "callActivity": frozenset({NONE}),
    "subProcess": frozenset({NONE}),
    "exclusiveGateway": frozenset({NONE}),
    "parallelGateway": frozenset({NONE}),
    "eventBasedGateway": frozenset({NONE}),
}

#: Event definition of a boundary event → activities to which it may be attached.
BOUNDARY_HOSTS: Final[Mapping[str, frozenset[str]]] = {
    "timerEventDefinition": frozenset({"userTask", "serviceTask", "sendTask", "callActivity", "subProcess"}),
    "messageEventDefinition": frozenset({"userTask", "serviceTask", "sendTask", "callActivity", "subProcess"}),
    "errorEventDefinition": frozenset({"serviceTask", "sendTask", "callActivity", "subProcess"}),
}

#: Elements at which a token rests until something from outside happens.
WAITS: Final = frozenset(
    {"userTask", "serviceTask", "sendTask", "callActivity", "intermediateCatchEvent", "eventBasedGateway"}
)

GATEWAYS: Final = frozenset({"exclusiveGateway", "parallelGateway", "eventBasedGateway"})
ACTIVITIES: Final = frozenset(
    {
        "userTask", "serviceTask", "sendTask", "scriptTask", "businessRuleTask", "callActivity", "subProcess",
        "task", "manualTask", "receiveTask", "transaction", "adHocSubProcess",
    }
)  # fmt: skip

#: Flow nodes that BPMN knows and that are refused: code after ``unsupported.``, Chinese, English.
REFUSED_NODES: Final[Mapping[str, tuple[str, str, str]]] = {
    "task": ("undefined_task", "未定类型的任务", "a task without a type"),
    "manualTask": ("manual_task", "手工任务", "a manual task"),
    "receiveTask": ("receive_task", "接收任务", "a receive task"),
    "inclusiveGateway": ("inclusive_gateway", "包容网关", "an inclusive gateway"),
    "complexGateway": ("complex_gateway", "复杂网关", "a complex gateway"),
    "intermediateThrowEvent": ("throw_event", "中间抛出事件", "an intermediate throw event"),
    "implicitThrowEvent": ("implicit_throw_event", "隐式抛出事件", "an implicit throw event"),
    "transaction": ("transaction", "事务子流程", "a transaction"),
    "adHocSubProcess": ("ad_hoc_sub_process", "即席子流程", "an ad-hoc sub-process"),
    "subChoreography": ("choreography", "编排", "a choreography"),
    "choreographyTask": ("choreography_task", "编排任务", "a choreography task"),
    "callChoreography": ("call_choreography", "调用编排", "a call of a choreography"),
}

#: Event definitions that BPMN knows, for sentences about events that are refused.
EVENT_KINDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "messageEventDefinition": ("message_event", "消息", "message"),
    "timerEventDefinition": ("timer_event", "定时", "timer"),
    "errorEventDefinition": ("error_event", "错误", "error"),
    "terminateEventDefinition": ("terminate_event", "终止", "terminate"),
    "signalEventDefinition": ("signal_event", "信号", "signal"),
    "escalationEventDefinition": ("escalation_event", "升级", "escalation"),
    "conditionalEventDefinition": ("conditional_event", "条件", "conditional"),
    "linkEventDefinition": ("link_event", "链接", "link"),
    "compensateEventDefinition": ("compensation_event", "补偿", "compensation"),
    "cancelEventDefinition": ("cancel_event", "取消", "cancel"),
}

#: Names of flow nodes for people: Chinese, English.
NODE_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "startEvent": ("开始事件", "start event"),
    "endEvent": ("结束事件", "end event"),
    "intermediateCatchEvent": ("中间捕获事件", "intermediate catch event"),
    "boundaryEvent": ("边界事件", "boundary event"),
    "userTask": ("用户任务", "user task"),
    "serviceTask": ("服务任务", "service task"),
    "sendTask": ("发送任务", "send task"),
    "scriptTask": ("脚本任务", "script task"),
    "businessRuleTask": ("业务规则任务", "business rule task"),
    "callActivity": ("调用活动", "call activity"),
    "subProcess": ("子流程", "sub-process"),
    "exclusiveGateway": ("排他网关", "exclusive gateway"),
    "parallelGateway": ("并行网关", "parallel gateway"),
    "eventBasedGateway": ("事件网关", "event-based gateway"),
    "sequenceFlow": ("顺序流", "sequence flow"),
    "process": ("流程", "process"),
    "participant": ("池", "pool"),
    "lane": ("泳道", "lane"),
    "message": ("消息", "message"),
    "error": ("错误", "error"),
    "textAnnotation": ("注释", "annotation"),
    "association": ("关联线", "association"),
}
