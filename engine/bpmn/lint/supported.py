"""The one table of what is executed right: element and event kinds; the lint refuses everything else by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: Marks an event without a definition, and every element that is no event.
NONE: Final = ""

#: Flow node → event definitions with which it is executed. Start events: of the process itself.
EXECUTED: Final[Mapping[str, frozenset[str]]] = {
    "startEvent": frozenset({NONE, "messageEventDefinition", "signalEventDefinition", "timerEventDefinition"}),
    "endEvent": frozenset(
        {
            NONE, "messageEventDefinition", "signalEventDefinition", "errorEventDefinition",
            "escalationEventDefinition", "compensateEventDefinition", "cancelEventDefinition",
            "terminateEventDefinition",
        }
    ),
    "intermediateThrowEvent": frozenset(
        {
            NONE, "messageEventDefinition", "signalEventDefinition", "escalationEventDefinition",
            "compensateEventDefinition", "linkEventDefinition",
        }
    ),
    "intermediateCatchEvent": frozenset(
        {
            "messageEventDefinition", "signalEventDefinition", "timerEventDefinition", "conditionalEventDefinition",
            "linkEventDefinition",
        }
    ),
    "boundaryEvent": frozenset(
        {
            "messageEventDefinition", "signalEventDefinition", "timerEventDefinition", "conditionalEventDefinition",
            "errorEventDefinition", "escalationEventDefinition", "compensateEventDefinition", "cancelEventDefinition",
        }
    ),
    **dict.fromkeys(
        (
            "task", "manualTask", "userTask", "serviceTask", "sendTask", "receiveTask", "scriptTask",
            "businessRuleTask", "callActivity", "subProcess", "transaction", "adHocSubProcess", "exclusiveGateway",
            "parallelGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway",
        ),
        frozenset({NONE}),
    ),
}  # fmt: skip

#: Event definitions with which an event sub-process can start; compensation in sub-processes only.
EVENT_SUB_PROCESS_STARTS: Final = frozenset(
    {
        "messageEventDefinition", "signalEventDefinition", "timerEventDefinition", "conditionalEventDefinition",
        "errorEventDefinition", "escalationEventDefinition", "compensateEventDefinition",
    }
)  # fmt: skip
#: Event definitions that may stand beside others in one event: what is waited for, what is thrown.
CAUGHT_TOGETHER: Final = frozenset(
    {
        "messageEventDefinition", "signalEventDefinition", "timerEventDefinition", "conditionalEventDefinition",
        "errorEventDefinition", "escalationEventDefinition",
    }
)  # fmt: skip
THROWN_TOGETHER: Final = frozenset(
    {
        "messageEventDefinition", "signalEventDefinition", "errorEventDefinition", "escalationEventDefinition",
        "compensateEventDefinition", "terminateEventDefinition",
    }
)  # fmt: skip

SUB_PROCESSES: Final = frozenset({"subProcess", "transaction", "adHocSubProcess"})
#: Activities in which a token rests, so that events can wait at their edge.
RESTING: Final = frozenset({"userTask", "serviceTask", "sendTask", "receiveTask", "callActivity"}) | SUB_PROCESSES
#: Activities out of which a BPMN error can come.
FAILING: Final = frozenset({"serviceTask", "sendTask", "callActivity"}) | SUB_PROCESSES

GATEWAYS: Final = frozenset(
    {"exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway"}
)
#: Gateways whose outgoing flows may have conditions and a default flow.
CHOICES: Final = frozenset({"exclusiveGateway", "inclusiveGateway", "complexGateway"})
ACTIVITIES: Final = frozenset(
    {
        "task", "manualTask", "userTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask",
        "callActivity",
    }
) | SUB_PROCESSES  # fmt: skip

#: Event definition of a boundary event → activities to which it may be attached; with multi-instance also to others,
#: since the items may throw.
BOUNDARY_HOSTS: Final[Mapping[str, frozenset[str]]] = {
    "timerEventDefinition": RESTING,
    "messageEventDefinition": RESTING,
    "signalEventDefinition": RESTING,
    "conditionalEventDefinition": RESTING,
    "errorEventDefinition": FAILING,
    "escalationEventDefinition": frozenset({"callActivity"}) | SUB_PROCESSES,
    "compensateEventDefinition": ACTIVITIES,
    "cancelEventDefinition": frozenset({"transaction"}),
}

#: Task at the root of a file → the task as which it runs where a call activity calls it.
GLOBAL_TASKS: Final[Mapping[str, str]] = {
    "globalTask": "task",
    "globalManualTask": "manualTask",
    "globalUserTask": "userTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}

#: Elements at which a token rests until something from outside happens.
WAITS: Final = frozenset(
    {
        "userTask", "serviceTask", "sendTask", "receiveTask", "callActivity", "intermediateCatchEvent",
        "eventBasedGateway",
    }
)  # fmt: skip

#: Flow nodes that BPMN knows and that are refused: code after ``unsupported.``, Chinese, English.
REFUSED_NODES: Final[Mapping[str, tuple[str, str, str]]] = {
    "implicitThrowEvent": ("implicit_throw_event", "隐式抛出事件", "an implicit throw event"),
    "subChoreography": ("choreography", "编排", "a choreography"),
    "choreographyTask": ("choreography_task", "编排任务", "a choreography task"),
    "callChoreography": ("call_choreography", "调用编排", "a call of a choreography"),
}

_WHO: Final = (
    "请用候选组(candidateGroups)或处理人(assignee)说明由谁办理",
    "say who works on it by its candidateGroups or assignee",
)
_KEY: Final = (
    "请用消息的关联键(zeebe:subscription correlationKey)",
    "use the message's correlation key (zeebe:subscription correlationKey)",
)
_WORK: Final = (
    "做什么由作业类型(zeebe:taskDefinition)决定,消息按名称发送",
    "a job type (zeebe:taskDefinition) says what is done, a message goes by its name",
)
_ONE_PROCESS: Final = ("一个文件只有一个流程", "a file holds one process and nothing between several")
#: Elements of BPMN that would change what is executed, and are not: what to do instead, in Chinese and English.
REFUSED_ELEMENTS: Final[Mapping[str, tuple[str, str]]] = {
    **dict.fromkeys(("resourceRole", "performer", "humanPerformer", "potentialOwner"), _WHO),
    "rendering": ("请用表单(zeebe:formDefinition)", "use a form (zeebe:formDefinition)"),
    **dict.fromkeys(("correlationKey", "correlationProperty", "correlationSubscription"), _KEY),
    **dict.fromkeys(("operationRef", "ioBinding"), _WORK),
    **dict.fromkeys(
        (
            "choreography", "globalChoreographyTask", "conversation", "subConversation", "callConversation",
            "globalConversation", "conversationLink", "conversationAssociation", "participantAssociation",
            "messageFlowAssociation", "choreographyRef",
        ),
        _ONE_PROCESS,
    ),
}  # fmt: skip

#: Settings that are tolerated only with the value that changes nothing.
HARMLESS: Final[Mapping[str, frozenset[str]]] = {
    "eventGatewayType": frozenset({"Exclusive", "Parallel"}),
    "implementation": frozenset({"##unspecified", "##WebService", "##webService"}),
    "operationRef": frozenset(),
    "method": frozenset({"##Compensate", "##compensate"}),
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
    "intermediateThrowEvent": ("中间抛出事件", "intermediate throw event"),
    "endEvent": ("结束事件", "end event"),
    "intermediateCatchEvent": ("中间捕获事件", "intermediate catch event"),
    "boundaryEvent": ("边界事件", "boundary event"),
    "task": ("任务", "task"),
    "manualTask": ("手工任务", "manual task"),
    "receiveTask": ("接收任务", "receive task"),
    "userTask": ("用户任务", "user task"),
    "serviceTask": ("服务任务", "service task"),
    "sendTask": ("发送任务", "send task"),
    "scriptTask": ("脚本任务", "script task"),
    "businessRuleTask": ("业务规则任务", "business rule task"),
    "callActivity": ("调用活动", "call activity"),
    "subProcess": ("子流程", "sub-process"),
    "transaction": ("事务子流程", "transaction"),
    "adHocSubProcess": ("即席子流程", "ad-hoc sub-process"),
    "exclusiveGateway": ("排他网关", "exclusive gateway"),
    "parallelGateway": ("并行网关", "parallel gateway"),
    "inclusiveGateway": ("包容网关", "inclusive gateway"),
    "complexGateway": ("复杂网关", "complex gateway"),
    "eventBasedGateway": ("事件网关", "event-based gateway"),
    "sequenceFlow": ("顺序流", "sequence flow"),
    "process": ("流程", "process"),
    "definitions": ("文件", "file"),
    "collaboration": ("协作", "collaboration"),
    "participant": ("池", "pool"),
    "lane": ("泳道", "lane"),
    "message": ("消息", "message"),
    "error": ("错误", "error"),
    "signal": ("信号", "signal"),
    "escalation": ("升级", "escalation"),
    "globalTask": ("全局任务", "global task"),
    "globalManualTask": ("全局手工任务", "global manual task"),
    "globalUserTask": ("全局用户任务", "global user task"),
    "globalScriptTask": ("全局脚本任务", "global script task"),
    "globalBusinessRuleTask": ("全局业务规则任务", "global business rule task"),
    "property": ("数据属性", "property"),
    "dataObject": ("数据对象", "data object"),
    **{tag: (f"{zh}事件定义", f"{en} event definition") for tag, (_, zh, en) in EVENT_KINDS.items()},
    "textAnnotation": ("注释", "annotation"),
    "association": ("关联线", "association"),
}
