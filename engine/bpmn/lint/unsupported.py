"""Rules that refuse by name what is not executed right, so that no diagram ever runs differently from its picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Flow, Node, thing
from engine.bpmn.lint.rule import Rule, error
from engine.bpmn.lint.supported import (
    ACTIVITIES,
    BOUNDARY_HOSTS,
    EVENT_KINDS,
    EXECUTED,
    NODE_NAMES,
    NONE,
    REFUSED_NODES,
)
from engine.bpmn.lint.tree import Element, bpmn_children, first_zeebe, local
from engine.bpmn.lint.world import World
from engine.model import Finding


def _refusal(code: str, zh: str, en: str) -> Rule:
    return error(
        f"unsupported.{code}",
        f"{{it}}:暂不支持{zh};请换一种画法。",
        f"{{it}}: {en} is not executed; model it differently.",
    )


_NODES: Final[Mapping[str, Rule]] = {tag: _refusal(code, zh, en) for tag, (code, zh, en) in REFUSED_NODES.items()}
_EVENTS: Final[Mapping[str, Rule]] = {
    tag: _refusal(code, f"这个位置上的{zh}事件", f"a {en} event at this place")
    for tag, (code, zh, en) in EVENT_KINDS.items()
    if any(tag not in events for node, events in EXECUTED.items() if node.endswith("Event"))
}
NO_DEFINITION = _refusal("event_without_definition", "没有类型的事件", "an event without a definition at this place")
SEVERAL_DEFINITIONS = _refusal("multiple_event", "带有多个触发条件的事件", "an event with several definitions")
BOUNDARY_HOST = error(
    "unsupported.boundary_host",
    "{it}不能附着在{host}上:暂不支持;请换一种画法。",
    "{it} is attached to a {host}, which is not executed; model it differently.",
)
EVENT_SUB_PROCESS = _refusal("event_sub_process", "事件子流程", "an event sub-process")
START_IN_SUB_PROCESS = _refusal(
    "start_in_sub_process", "子流程里带触发条件的开始事件", "a start event with a definition inside a sub-process"
)
MULTI_INSTANCE = _refusal("multi_instance", "多实例(循环处理多项)", "multi-instance")
STANDARD_LOOP = _refusal("standard_loop", "标准循环标记", "a standard loop")
COMPENSATION = _refusal("compensation", "补偿活动", "an activity for compensation")
QUANTITY = _refusal("quantity", "起始/完成数量(startQuantity、completionQuantity)", "a start or completion quantity")
IMPLICIT_FORK = error(
    "unsupported.implicit_fork",
    "{it}有 {count} 条出线;请在后面加一个并行网关或排他网关来分支。",
    "{it} has {count} outgoing flows; branch with a parallel or exclusive gateway behind it.",
)
CONDITIONAL_FLOW = error(
    "unsupported.conditional_flow",
    "{it}带有条件,但它不是从排他网关出来的,条件不会被执行;请加一个排他网关。",
    "{it} has a condition but does not leave an exclusive gateway, so it would be ignored; add an exclusive gateway.",
)
ACTIVITY_DEFAULT = error(
    "unsupported.default_flow",
    "{it}标有默认流,但只有排他网关的默认流会被执行;请加一个排他网关。",
    "{it} has a default flow, which only exclusive gateways execute; add an exclusive gateway.",
)
TWIN_FLOWS = error(
    "unsupported.twin_flows",
    "{it}与 {other} 连接同样的两个元素;请合并为一条。",
    "{it} connects the same two elements as {other}; make them one flow.",
)
SCRIPT = error(
    "unsupported.script",
    "{it}的脚本不会被执行;请改用 FEEL 表达式(zeebe:script),不要写其他语言的脚本。",
    "The script of {it} is not executed; use a FEEL expression (zeebe:script) and no other language.",
)
LANGUAGE = error(
    "unsupported.language",
    "{it}的表达式语言 {language} 不被支持;请使用 FEEL。",
    "The expression language {language} of {it} is not executed; use FEEL.",
)
ATTRIBUTE = error(
    "unsupported.attribute",
    "{it}的设置 {attribute}={value} 不会被执行;请删除。",
    "The setting {attribute}={value} of {it} is not executed; delete it.",
)
DATA_ASSOCIATION = error(
    "unsupported.data_association",
    "{it}的数据关联带有转换或赋值,不会被执行;请用输入输出映射(zeebe:ioMapping)代替。",
    "A data association of {it} carries a transformation or an assignment; use input and output mappings instead.",
)
SEVERAL_POOLS = error(
    "unsupported.several_pools",
    "文件中有 {count} 个池;一个文件只能画一个池。",
    "The file has {count} pools; draw one pool a file.",
)
MESSAGE_FLOW = error(
    "unsupported.message_flow",
    "消息流 {found} 不会被执行;请用消息事件代替并删除它。",
    "Message flow {found} is not executed; use message events and delete it.",
)
NESTED_LANES = error(
    "unsupported.nested_lanes",
    "{it}里还有泳道;请只画一层泳道。",
    "{it} has lanes inside; draw one level of lanes.",
)
CYCLE = error(
    "unsupported.timer_cycle",
    "{it}使用了循环定时(timeCycle);循环只能用在非中断的边界定时事件上。",
    "{it} has a time cycle; cycles are executed on non-interrupting boundary timers only.",
)


def check_unsupported(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Refuse what the engine does not execute right, element by element."""
    for node in diagram.nodes.values():
        yield from _check_node(node)
    first: dict[tuple[str, str], str] = {}
    for flow in diagram.flows.values():
        yield from _check_flow(diagram, flow)
        other = first.setdefault((flow.source, flow.target), flow.id)
        if other != flow.id:
            yield TWIN_FLOWS.on(flow, other=other)
    yield from _check_pools(diagram)


def _check_node(node: Node) -> Iterator[Finding]:
    if node.tag in _NODES:
        yield _NODES[node.tag].on(node)
        return
    yield from _check_event(node)
    if node.tag in ACTIVITIES:
        yield from _check_activity(node)
    if len(node.outgoing) > 1 and not node.tag.endswith("Gateway"):
        yield IMPLICIT_FORK.on(node, count=len(node.outgoing))
    if node.default is not None and node.tag != "exclusiveGateway":
        yield ACTIVITY_DEFAULT.on(node)
    for attribute, harmless in _HARMLESS.items():
        value = node.element.get(attribute)
        if value is not None and value not in harmless:
            yield ATTRIBUTE.on(node, attribute=attribute, value=value)


#: Settings that are tolerated only with the value that changes nothing.
_HARMLESS: Final[Mapping[str, frozenset[str]]] = {
    "parallelMultiple": frozenset({"false"}),
    "instantiate": frozenset({"false"}),
    "eventGatewayType": frozenset({"Exclusive"}),
    "implementation": frozenset({"##unspecified", "##WebService", "##webService"}),
    "operationRef": frozenset(),
    "messageRef": frozenset(),
    "calledElement": frozenset(),
}


def _check_event(node: Node) -> Iterator[Finding]:
    executed = EXECUTED[node.tag]
    if len(node.events) > 1:
        yield SEVERAL_DEFINITIONS.on(node)
    elif not node.events:
        if NONE not in executed:
            yield NO_DEFINITION.on(node)
    elif node.events[0] not in executed:
        yield _EVENTS[node.events[0]].on(node)
    elif node.tag == "startEvent" and node.scope.tag != "process":
        yield START_IN_SUB_PROCESS.on(node)
    elif node.tag == "boundaryEvent":
        yield from _check_boundary(node)
    if "timerEventDefinition" in node.events and (node.tag != "boundaryEvent" or node.interrupting):
        for definition in bpmn_children(node.element, "timerEventDefinition"):
            if next(bpmn_children(definition, "timeCycle"), None) is not None:
                yield CYCLE.on(node)


def _check_boundary(node: Node) -> Iterator[Finding]:
    host = node.scope.nodes.get(node.attached_to or "")
    if host is not None and host.tag in EXECUTED and host.tag not in BOUNDARY_HOSTS[node.events[0]]:
        yield BOUNDARY_HOST.on(node, host=f"{NODE_NAMES[host.tag][0]}({host.id})")
    if node.events[0] == "errorEventDefinition" and not node.interrupting:
        yield ATTRIBUTE.on(node, attribute="cancelActivity", value="false")


def _check_activity(node: Node) -> Iterator[Finding]:
    for child in bpmn_children(node.element):
        yield from _check_part(node, child)
    element = node.element
    if element.get("isForCompensation", "false") != "false":
        yield COMPENSATION.on(node)
    if element.get("startQuantity", "1") != "1" or element.get("completionQuantity", "1") != "1":
        yield QUANTITY.on(node)
    if element.get("triggeredByEvent", "false") != "false":
        yield EVENT_SUB_PROCESS.on(node)
    if node.tag == "scriptTask":
        language = element.get("scriptFormat", "feel").lower()
        if language != "feel" or first_zeebe(element, "script") is None:
            yield SCRIPT.on(node)


def _check_part(node: Node, part: Element) -> Iterator[Finding]:
    tag = local(part)
    if tag == "multiInstanceLoopCharacteristics":
        yield MULTI_INSTANCE.on(node)
    elif tag == "standardLoopCharacteristics":
        yield STANDARD_LOOP.on(node)
    elif tag == "script":
        yield SCRIPT.on(node)
    elif tag == "ioSpecification" or next(bpmn_children(part, "transformation", "assignment"), None) is not None:
        yield DATA_ASSOCIATION.on(node)


def _check_flow(diagram: Diagram, flow: Flow) -> Iterator[Finding]:
    source = diagram.nodes.get(flow.source)
    if source is None:
        return
    if flow.condition is not None and source.tag != "exclusiveGateway" and source.tag in EXECUTED:
        yield CONDITIONAL_FLOW.on(flow)
    for condition in bpmn_children(flow.element, "conditionExpression"):
        language = condition.get("language")
        if language is not None and "feel" not in language.lower():
            yield LANGUAGE.on(flow, language=language)


def _check_pools(diagram: Diagram) -> Iterator[Finding]:
    for collaboration in bpmn_children(diagram.root, "collaboration"):
        pools = list(bpmn_children(collaboration, "participant"))
        if len(pools) > 1:
            yield SEVERAL_POOLS.at(pools[1].get("id"), count=len(pools))
        for flow in bpmn_children(collaboration, "messageFlow"):
            yield MESSAGE_FLOW.at(flow.get("id"), found=flow.get("id"))
    for scope in diagram.processes:
        for lanes in bpmn_children(scope.element, "laneSet"):
            for lane in bpmn_children(lanes, "lane"):
                if next(bpmn_children(lane, "childLaneSet"), None) is not None:
                    yield NESTED_LANES.on(thing(lane))
