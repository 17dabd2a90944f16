"""What the engine cannot execute right is refused here by name, whoever forgot to ask the lint."""

from __future__ import annotations

from typing import Final

from lxml import etree

from engine.bpmn.lint.supported import (
    ACTIVITIES,
    BOUNDARY_HOSTS,
    CAUGHT_TOGETHER,
    CHOICES,
    EVENT_SUB_PROCESS_STARTS,
    EXECUTED,
    GATEWAYS,
    NONE,
    SUB_PROCESSES,
    THROWN_TOGETHER,
)
from engine.bpmn.names import bpmn, children, event_definitions, is_event_sub_process, local, refused, starts_process

_NO_NODES: Final = frozenset(
    (
        "sequenceFlow", "laneSet", "documentation", "extensionElements", "textAnnotation", "association", "group",
        "incoming", "outgoing", "conditionExpression", "completionCondition", "multiInstanceLoopCharacteristics",
        "standardLoopCharacteristics", "dataInputAssociation", "dataOutputAssociation", "dataObject",
        "dataObjectReference", "dataStoreReference", "property", "ioSpecification", "category", "auditing",
        "monitoring", "categoryValueRef", "supports", "supportedInterfaceRef",
    )
)  # fmt: skip
_SWITCHES: Final = (("startQuantity", "1"), ("completionQuantity", "1"))
_CATCHES: Final = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent"})
_ALWAYS_INTERRUPTING: Final = ("errorEventDefinition", "cancelEventDefinition")


def check_scope(scope: etree._Element, flow_nodes: list[etree._Element]) -> None:
    """Refuse what is not executed right directly in a process or sub-process.

    Raises:
        DefinitionRefused: the element is named.
    """
    nodes = {node.get("id", ""): node for node in flow_nodes}
    for node in scope:
        name = local(node)
        if name and name not in EXECUTED and name not in _NO_NODES:
            raise refused(node, f"{name} is not executed", f"不支持 {name}。")
    outgoing: dict[str, list[etree._Element]] = {}
    incoming: dict[str, list[etree._Element]] = {}
    for flow in children(scope, "sequenceFlow"):
        source, target = flow.get("sourceRef", ""), flow.get("targetRef", "")
        if source not in nodes or target not in nodes:
            raise refused(flow, "it does not connect two elements of one scope", "连线的两端必须在同一层流程内。")
        outgoing.setdefault(source, []).append(flow)
        incoming.setdefault(target, []).append(flow)
    for name, node in nodes.items():
        _check_node(scope, node)
        _check_flows(node, incoming.get(name, []), outgoing.get(name, []))
        _check_boundary(node, nodes)
        if local(node) == "eventBasedGateway":
            targets = [nodes[flow.get("targetRef", "")] for flow in outgoing.get(name, [])]
            _check_events_after(node, targets, incoming)
    _check_starts(scope, [node for node in nodes.values() if local(node) == "startEvent"])


def _check_node(scope: etree._Element, node: etree._Element) -> None:
    if not node.get("id"):
        raise refused(node, "it has no id", "缺少 id。")
    _check_events(scope, node)
    for name, harmless in _SWITCHES:
        if node.get(name, harmless) != harmless:
            raise refused(node, f"{name} is not executed", f"不支持 {name}。")
    if local(node) == "receiveTask" and node.get("instantiate") == "true" and _is_more_than_a_receive(node, set()):
        raise refused(node, "a task that starts an instance has no loop", "启动流程的接收任务不能带循环。")
    if is_event_sub_process(node) and _has_loop(node):
        raise refused(node, "an event sub-process has no loop", "事件子流程不能带循环。")
    if node.get("triggeredByEvent") == "true" and local(node) != "subProcess":
        raise refused(node, "only a plain sub-process is started by an event", "只有普通子流程能由事件触发。")
    if node.get("instantiate") == "true" and local(scope) != "process":
        raise refused(node, "it cannot start the process from inside a sub-process", "子流程里的元素不能启动流程。")
    if node.get("eventGatewayType") == "Parallel" and node.get("instantiate") != "true":
        raise refused(node, "it waits for all events only where it starts the process", "启动流程时才能等待全部事件。")
    if children(node, "script"):
        raise refused(node, "a script must be FEEL in zeebe:script", "脚本必须用 FEEL(zeebe:script)编写。")


def _check_events(scope: etree._Element, node: etree._Element) -> None:
    kind = local(node)
    found = [local(definition) for definition in event_definitions(node)]
    allowed = EVENT_SUB_PROCESS_STARTS if kind == "startEvent" and is_event_sub_process(scope) else EXECUTED[kind]
    for definition in found or [NONE]:
        if definition not in allowed:
            raise refused(node, f"{kind} with {definition or 'nothing'} is not executed", "不支持这种事件。")
    together = CAUGHT_TOGETHER if kind in _CATCHES else THROWN_TOGETHER
    if len(found) > 1 and not together.issuperset(found):
        raise refused(node, "these event definitions do not go together", "这些触发条件不能放在同一个事件里。")
    if len(found) > 1 and local(scope) == "process" and kind == "startEvent" and node.get("parallelMultiple") == "true":
        raise refused(node, "a process starts with any of its events", "流程的开始事件不能等待全部触发条件。")
    if "cancelEventDefinition" in found and kind == "endEvent" and not _leads_out_of_transaction(node):
        raise refused(
            node,
            "only a transaction with a cancel boundary event can be cancelled",
            "取消结束事件必须放在带有取消边界事件的事务子流程里。",
        )
    for timer in children(node, "timerEventDefinition"):
        repeats = timer.find(bpmn("timeCycle")) is not None
        if starts_process(node) and not repeats:
            raise refused(node, "a process starts by a cycle", "流程的定时开始事件要写循环(timeCycle)。")
        if repeats and not starts_process(node) and not _may_repeat(scope, node):
            raise refused(
                node, "a cycle needs a non-interrupting event", "循环定时只能用于非中断的边界事件或事件子流程。"
            )


def _leads_out_of_transaction(node: etree._Element) -> bool:
    """Whether a cancel end event is in a transaction, perhaps in a sub-process of it, that has a way out for it."""
    around = node.getparent()
    while around is not None and local(around) == "subProcess" and not is_event_sub_process(around):
        around = around.getparent()
    outer = None if around is None or local(around) != "transaction" else around.getparent()
    name = None if around is None else around.get("id")
    return outer is not None and any(
        boundary.get("attachedToRef") == name and boundary.find(bpmn("cancelEventDefinition")) is not None
        for boundary in children(outer, "boundaryEvent")
    )


def _may_repeat(scope: etree._Element, node: etree._Element) -> bool:
    if local(node) == "boundaryEvent":
        return node.get("cancelActivity", "true") == "false"
    return is_event_sub_process(scope) and node.get("isInterrupting", "true") == "false"


def _check_flows(node: etree._Element, incoming: list[etree._Element], outgoing: list[etree._Element]) -> None:
    kind = local(node)
    if incoming and (kind in ("startEvent", "boundaryEvent") or is_event_sub_process(node)):
        raise refused(node, "no flow may lead to it", "不能有进入的连线。")
    if outgoing and (kind == "endEvent" or is_event_sub_process(node)):
        raise refused(node, "no flow may leave it", "不能有离开的连线。")
    if not outgoing and kind in ("exclusiveGateway", "eventBasedGateway"):
        raise refused(node, "no flow leaves it", "没有离开的连线。")
    if (incoming or outgoing) and node.get("isForCompensation") == "true":
        raise refused(node, "an activity for compensation has no flows", "补偿活动不能有连线。")
    default = node.get("default")
    chooses = kind in CHOICES or kind in ACTIVITIES
    if default is not None and (not chooses or default not in [flow.get("id") for flow in outgoing]):
        raise refused(node, f"its default flow {default} does not leave it", "默认连线不存在。")
    if not chooses and any(flow.find(bpmn("conditionExpression")) is not None for flow in outgoing):
        raise refused(
            node,
            "conditions are executed after choices and activities only",
            "只有选择网关和活动之后的连线可以带条件。",
        )


def _check_boundary(node: etree._Element, nodes: dict[str, etree._Element]) -> None:
    if local(node) != "boundaryEvent":
        return
    host = nodes.get(node.get("attachedToRef", ""))
    for definition in map(local, event_definitions(node)):
        throws = host is not None and _is_multiple(host) and definition != "cancelEventDefinition"
        allowed = ACTIVITIES if throws else BOUNDARY_HOSTS[definition]
        if host is None or local(host) not in allowed or is_event_sub_process(host):
            raise refused(node, "it is at no activity that can wait for it", "边界事件必须附着在可等待的活动上。")
        if definition in _ALWAYS_INTERRUPTING and node.get("cancelActivity", "true") != "true":
            raise refused(node, "it always interrupts", "错误和取消边界事件必须是中断的。")


def _is_multiple(node: etree._Element) -> bool:
    return node.find(bpmn("multiInstanceLoopCharacteristics")) is not None


def _is_more_than_a_receive(node: etree._Element, boundaries: set[str | None]) -> bool:
    """BPMN 2.0.2 §10.6.6; a loop would not know the gateway."""
    return node.get("id") in boundaries or _has_loop(node)


def _has_loop(node: etree._Element) -> bool:
    return _is_multiple(node) or node.find(bpmn("standardLoopCharacteristics")) is not None


def _check_events_after(
    gateway: etree._Element, targets: list[etree._Element], incoming: dict[str, list[etree._Element]]
) -> None:
    scope = gateway.getparent()
    boundaries = {node.get("attachedToRef") for node in ([] if scope is None else children(scope, "boundaryEvent"))}
    for target in targets:
        if local(target) not in ("intermediateCatchEvent", "receiveTask") or len(incoming[target.get("id", "")]) > 1:
            raise refused(
                gateway, "after it come only events with one incoming flow", "之后只能连接单一入口的捕获事件。"
            )
        if local(target) == "receiveTask" and _is_more_than_a_receive(target, boundaries):
            raise refused(
                target,
                "behind an event gateway it has neither events nor a loop",
                "事件网关之后的接收任务不能带边界事件或循环。",
            )
        awaited = [local(definition) for definition in event_definitions(target)]
        if gateway.get("instantiate") == "true" and awaited not in ([], ["messageEventDefinition"]):
            raise refused(target, "one message each starts an instance", "启动流程的事件只能等待一个消息。")


def _check_starts(scope: etree._Element, starts: list[etree._Element]) -> None:
    plain = [node for node in starts if not event_definitions(node)]
    if local(scope) == "process":
        if len(plain) > 1 or not (starts or _instantiating(scope)):
            raise refused(scope, f"it has {len(plain)} plain start events", "必须有且只有一个普通开始事件。")
    elif local(scope) == "adHocSubProcess":
        if starts or children(scope, "endEvent"):
            raise refused(
                scope, "an ad-hoc sub-process has no start and end events", "即席子流程不能有开始和结束事件。"
            )
    elif is_event_sub_process(scope):
        if len(starts) != 1 or plain:
            raise refused(
                scope, "it has one start event with a definition", "事件子流程必须有一个带触发条件的开始事件。"
            )
        _check_event_start(scope, starts[0])
    elif len(starts) != 1 or not plain:
        raise refused(scope, "a sub-process has one plain start event", "子流程必须有且只有一个普通开始事件。")


def _check_event_start(scope: etree._Element, start: etree._Element) -> None:
    found = {local(definition) for definition in event_definitions(start)}
    if "errorEventDefinition" in found and start.get("isInterrupting", "true") != "true":
        raise refused(start, "an error always interrupts", "错误开始事件必须是中断的。")
    around = scope.getparent()
    if "compensateEventDefinition" in found and (around is None or local(around) not in SUB_PROCESSES):
        raise refused(start, "only a sub-process can be compensated", "补偿事件子流程必须放在子流程里。")


def _instantiating(scope: etree._Element) -> bool:
    return any(node.get("instantiate") == "true" and local(node) in ("receiveTask", *GATEWAYS) for node in scope)
