"""A diagram before it is compiled: what is only a picture is taken out, what is not executed right is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from engine.bpmn.lint.supported import BOUNDARY_HOSTS, EXECUTED, NONE
from engine.bpmn.names import bpmn, children, local, refused
from engine.errors import DefinitionRefused

#: Of data objects only the drawing is used; SpiffWorkflow's reading of them can fail to end.
_DATA: Final = (
    "dataInputAssociation", "dataOutputAssociation", "dataObject", "dataObjectReference", "dataStoreReference",
    "dataStore", "property", "ioSpecification",
)  # fmt: skip
_NO_NODES: Final = frozenset(
    (
        "sequenceFlow", "laneSet", "documentation", "extensionElements", "textAnnotation", "association", "group",
        "incoming", "outgoing", "conditionExpression",
    )
)  # fmt: skip
_LOOPS: Final = ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")
_GATEWAYS: Final = frozenset(name for name in EXECUTED if name.endswith("Gateway"))
_SWITCHES: Final = (
    ("isForCompensation", "false"), ("triggeredByEvent", "false"), ("startQuantity", "1"),
    ("completionQuantity", "1"), ("parallelMultiple", "false"), ("instantiate", "false"),
    ("eventGatewayType", "Exclusive"),
)  # fmt: skip


def normalise(root: etree._Element) -> etree._Element:
    """Take out what is only a picture, refuse what is not executed right; gives the one executable process.

    The tree is changed.

    Raises:
        DefinitionRefused: something is not executed right; the element is named.
    """
    process = _process(root)
    for node in [node for node in root.iter() if local(node) in _DATA]:
        parent = node.getparent()
        if local(node) == "ioSpecification" or len(node.findall(bpmn("assignment"))):
            raise refused(node if parent is None else parent, "data assignments are not executed", "不支持数据赋值。")
        if parent is not None:
            parent.remove(node)
    names = set()
    for scope in scopes(process):
        _check_scope(scope)
        for node in flow_nodes(scope):
            if node.get("id") in names:
                raise refused(node, "its id is there twice", "id 重复。")
            names.add(node.get("id"))
    return process


def scopes(process: etree._Element) -> Iterator[etree._Element]:
    """The process and its sub-processes, the outer before the inner."""
    yield process
    yield from process.iter(bpmn("subProcess"))


def flow_nodes(scope: etree._Element) -> list[etree._Element]:
    """The elements of a scope, in the document's order, without those of its sub-processes."""
    return [node for node in scope if local(node) in EXECUTED]


def event_definitions(node: etree._Element) -> list[etree._Element]:
    """The event definitions of an event."""
    return [child for child in node if local(child).endswith("EventDefinition")]


def _process(root: etree._Element) -> etree._Element:
    processes = children(root, "process")
    if len(processes) != 1:
        raise DefinitionRefused(
            f"a file holds one process, this one {len(processes)}", message_zh="一个文件只能有一个流程。"
        )
    if processes[0].get("isExecutable") != "true":
        raise refused(processes[0], "the process is not executable", "流程未标记为可执行。")
    return processes[0]


def _check_scope(scope: etree._Element) -> None:
    nodes = {}
    for node in scope:
        name = local(node)
        if name in EXECUTED:
            nodes[node.get("id", "")] = node
        elif name and name not in _NO_NODES and not (scope.tag == bpmn("subProcess") and name in _LOOPS):
            raise refused(node, f"{name} is not executed", f"不支持 {name}。")
    outgoing: dict[str, list[etree._Element]] = {}
    incoming: dict[str, list[etree._Element]] = {}
    ends = set()
    for flow in children(scope, "sequenceFlow"):
        source, target = flow.get("sourceRef", ""), flow.get("targetRef", "")
        if source not in nodes or target not in nodes:
            raise refused(flow, "it does not connect two elements of one scope", "连线的两端必须在同一层流程内。")
        if (source, target) in ends:
            raise refused(flow, "a second flow between the same two elements", "两个元素之间只能有一条连线。")
        ends.add((source, target))
        outgoing.setdefault(source, []).append(flow)
        incoming.setdefault(target, []).append(flow)
    for name, node in nodes.items():
        _check_node(node)
        _check_flows(node, incoming.get(name, []), outgoing.get(name, []))
        _check_boundary(node, nodes)
    for node in nodes.values():
        if local(node) == "eventBasedGateway":
            _check_events_after(
                node, [nodes[flow.get("targetRef", "")] for flow in outgoing.get(node.get("id", ""), [])], incoming
            )
    _check_starts(scope, [node for node in nodes.values() if local(node) == "startEvent"])


def _check_node(node: etree._Element) -> None:
    kind = local(node)
    if not node.get("id"):
        raise refused(node, "it has no id", "缺少 id。")
    found = event_definitions(node)
    if len(found) > 1 or children(node, "eventDefinitionRef"):
        raise refused(node, "several event definitions are not executed", "不支持带有多个触发条件的事件。")
    definition = local(found[0]) if found else NONE
    if definition not in EXECUTED[kind]:
        raise refused(node, f"{kind} with {definition or 'nothing'} is not executed", "不支持这种事件。")
    for name, harmless in _SWITCHES:
        if node.get(name, harmless) != harmless:
            raise refused(node, f"{name} is not executed", f"不支持 {name}。")
    if any(children(node, loop) for loop in _LOOPS):
        raise refused(node, "loops and multi-instance are not executed", "不支持循环或多实例标记。")
    if children(node, "script"):
        raise refused(node, "a script must be FEEL in zeebe:script", "脚本必须用 FEEL(zeebe:script)编写。")
    recurs = definition == "timerEventDefinition" and found[0].find(bpmn("timeCycle")) is not None
    if recurs and (kind != "boundaryEvent" or node.get("cancelActivity", "true") == "true"):
        raise refused(node, "a cycle needs a non-interrupting boundary event", "循环定时只能用于非中断边界事件。")


def _check_flows(node: etree._Element, incoming: list[etree._Element], outgoing: list[etree._Element]) -> None:
    kind = local(node)
    if incoming and kind in ("startEvent", "boundaryEvent"):
        raise refused(node, "no flow may lead to it", "不能有进入的连线。")
    if outgoing and kind == "endEvent":
        raise refused(node, "no flow may leave it", "不能有离开的连线。")
    if len(outgoing) > 1 and kind not in _GATEWAYS:
        raise refused(node, "several flows leave an element that is no gateway", "请用网关来分支。")
    if not outgoing and kind in ("exclusiveGateway", "eventBasedGateway", "startEvent", "boundaryEvent"):
        raise refused(node, "no flow leaves it", "没有离开的连线。")
    if kind == "exclusiveGateway":
        default = node.get("default")
        if default is not None and default not in [flow.get("id") for flow in outgoing]:
            raise refused(node, f"its default flow {default} does not leave it", "默认连线不存在。")
        return
    if node.get("default") is not None or any(flow.find(bpmn("conditionExpression")) is not None for flow in outgoing):
        raise refused(
            node, "conditions are executed after exclusive gateways only", "只有排他网关之后的连线可以带条件。"
        )


def _check_boundary(node: etree._Element, nodes: dict[str, etree._Element]) -> None:
    if local(node) != "boundaryEvent":
        return
    definition = local(event_definitions(node)[0])
    host = nodes.get(node.get("attachedToRef", ""))
    if host is None or local(host) not in BOUNDARY_HOSTS[definition]:
        raise refused(node, "it is at no activity that can wait for it", "边界事件必须附着在可等待的活动上。")
    if definition == "errorEventDefinition" and node.get("cancelActivity", "true") != "true":
        raise refused(node, "an error always interrupts", "错误边界事件必须是中断的。")


def _check_events_after(
    gateway: etree._Element, targets: list[etree._Element], incoming: dict[str, list[etree._Element]]
) -> None:
    for target in targets:
        if local(target) != "intermediateCatchEvent" or len(incoming[target.get("id", "")]) > 1:
            raise refused(
                gateway, "after it come only events with one incoming flow", "之后只能连接单一入口的捕获事件。"
            )


def _check_starts(scope: etree._Element, starts: list[etree._Element]) -> None:
    plain = [node for node in starts if not event_definitions(node)]
    if len(plain) > 1 or not starts:
        raise refused(scope, f"it has {len(plain)} plain start events", "必须有且只有一个普通开始事件。")
    if local(scope) == "subProcess" and (len(starts) != 1 or not plain):
        raise refused(scope, "a sub-process has one plain start event", "子流程必须有且只有一个普通开始事件。")
