"""Rules on gateways: every decision has an answer, every event branch something to wait for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Flow, Node
from engine.bpmn.lint.rule import error, warning
from engine.bpmn.lint.supported import ACTIVITIES, CHOICES
from engine.bpmn.lint.tree import bpmn_children
from engine.bpmn.lint.world import World
from engine.model import Finding

NO_DEFAULT = error(
    "gateway.no_default",
    "{it}没有默认出线,条件都不成立时流程会停住;请把一条出线设为默认流。",
    "{it} has no default flow, so a case stops when no condition is true; mark one outgoing flow as the default.",
)
MAY_STOP = warning(
    "gateway.may_stop",
    "{it}的出线都有条件,又没有默认流;条件都不成立时流程会停住并记为异常。建议把一条出线设为默认流。",
    "Every flow out of {it} has a condition and none is the default, so a case stops when no condition is true; "
    "better mark one as the default.",
)
ALWAYS_TAKEN = warning(
    "gateway.always_taken",
    "{it}从网关 {gateway} 出来,没有条件,每次都会走;如果不是这个意思,请填写条件或设为默认流。",
    "{it} leaves gateway {gateway} without a condition, so it is always taken; if that is not meant, give it a "
    "condition or make it the default flow.",
)
NO_ACTIVATION = error(
    "gateway.no_activation",
    "{it}有多条入线,但没有写明何时放行;请填写激活条件(activationCondition),例如 =activationCount >= 2。",
    "{it} has several incoming flows but does not say when it goes; set its activationCondition, e.g. "
    "=activationCount >= 2.",
)
TAKEN_TWICE = warning(
    "gateway.taken_twice",
    "{it}从复杂网关 {gateway} 出来,条件里没有 waitingForStart:放行时和其余分支到齐时可能各走一次;请在条件中写明。",
    "The condition of {it} does not look at waitingForStart, so it may be taken when complex gateway {gateway} goes "
    "and again when the rest has come; say which in the condition.",
)
NO_WAY_OUT = error(
    "gateway.no_way_out",
    "{it}没有出线;请连到后面的步骤或结束事件。",
    "No flow leaves {it}; connect it to a further step or an end event.",
)
NO_CONDITION = error(
    "gateway.no_condition",
    "{it}从网关 {gateway} 出来,既没有条件也不是默认流;请填写条件。",
    "{it} leaves gateway {gateway} with no condition and is not the default flow; give it a condition.",
)
DEFAULT_CONDITION = error(
    "gateway.default_condition",
    "{it}是默认流,它的条件不会被执行;请删除条件或取消默认。",
    "{it} is a default flow, so its condition is ignored; delete the condition or the default mark.",
)
EVENT_BRANCHES = error(
    "gateway.event_branches",
    "{it}至少要有两条出线,每条都通到等待消息、信号、定时或条件的中间捕获事件,或接收任务。",
    "{it} needs at least two outgoing flows, each leading to an intermediate catch event (message, signal, timer or "
    "condition) or a receive task.",
)
START_BRANCHES = error(
    "gateway.start_branches",
    "{it}用来启动流程,后面只能是各等待一个消息的中间捕获事件或接收任务。",
    "{it} starts the process, so only intermediate catch events for one message each and receive tasks may follow it.",
)
EVENT_SHARED = error(
    "gateway.event_shared",
    "{it}由事件网关等待,不能再有其他入线;请另画一个事件。",
    "{it} is waited for by an event-based gateway and cannot have further incoming flows; draw an event of its own.",
)
EVENT_TASK = error(
    "gateway.event_task",
    "{it}由事件网关等待,不能带边界事件、循环标记,也不能自己启动流程;请去掉它们。",
    "{it} is waited for by an event-based gateway: no boundary events, no loop and no instantiate there; remove them.",
)
JOIN_AND_FORK = warning(
    "gateway.join_and_fork",
    "{it}既合并又分支;请拆成两个网关,更容易看懂。",
    "{it} both merges and branches; two gateways read better.",
)
SUPERFLUOUS = warning(
    "gateway.superfluous",
    "{it}只有一条入线和一条出线,没有作用;请删除。",
    "{it} has one incoming and one outgoing flow and does nothing; delete it.",
)
JOIN_NEVER = warning(
    "gateway.join_of_a_choice",
    "{it}等待所有入线,但它们来自排他网关 {choice} 的不同分支,永远等不齐;请改用排他网关合并。",
    "{it} waits for all incoming flows, which are branches of the choice {choice} and never all come; merge them "
    "with an exclusive gateway.",
)
JOIN_OF_SOME = warning(
    "gateway.join_of_some",
    "{it}等待所有入线,但它们来自网关 {choice},那里可能只走其中几条,会等不齐;请改用包容网关合并。",
    "{it} waits for all incoming flows, but gateway {choice} before them may choose some only; join them with an "
    "inclusive gateway.",
)

_ONE_MESSAGE: Final = ("messageEventDefinition",)


def check_gateways(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report gateways and conditional flows at which a case could stop, or that could never be passed."""
    for node in diagram.nodes.values():
        if node.tag == "exclusiveGateway" and not node.outgoing:
            yield NO_WAY_OUT.on(node)
        if node.tag in CHOICES or node.tag in ACTIVITIES:
            yield from _check_choice(node)
        if node.tag == "eventBasedGateway":
            yield from _check_event_gateway(diagram, node)
        elif node.tag == "parallelGateway":
            yield from _check_join(node)
        elif node.tag == "complexGateway":
            yield from _check_complex(node)
        if node.tag.endswith("Gateway"):
            if len(node.incoming) > 1 and len(node.outgoing) > 1 and node.tag != "complexGateway":
                yield JOIN_AND_FORK.on(node)
            elif len(node.incoming) == 1 and len(node.outgoing) == 1:
                yield SUPERFLUOUS.on(node)


def _check_choice(node: Node) -> Iterator[Finding]:
    for flow in node.outgoing:
        if flow.id == node.default and flow.condition is not None:
            yield DEFAULT_CONDITION.on(flow)
    unconditional = [flow for flow in node.outgoing if flow.id != node.default and not flow.condition]
    conditional = any(flow.condition for flow in node.outgoing)
    exclusive = node.tag == "exclusiveGateway"
    if not conditional and (node.tag in ACTIVITIES or len(node.outgoing) < 2):
        return
    may_stop = exclusive or not (unconditional or _joins(node))
    if may_stop and node.default is None and not _exhaustive(node):
        yield (NO_DEFAULT if exclusive else MAY_STOP).on(node)
    if node.tag in CHOICES and not _joins(node):
        rule = NO_CONDITION if exclusive else ALWAYS_TAKEN
        yield from (rule.on(flow, gateway=node.id) for flow in unconditional)


def _joins(node: Node) -> bool:
    """Whether it is a complex gateway that waits, whose conditions are evaluated twice."""
    return node.tag == "complexGateway" and len(node.incoming) > 1


def _check_complex(node: Node) -> Iterator[Finding]:
    if _joins(node):
        if next(bpmn_children(node.element, "activationCondition"), None) is None:
            yield NO_ACTIVATION.on(node)
        for flow in node.outgoing:
            if flow.condition and "waitingForStart" not in flow.condition:
                yield TAKEN_TWICE.on(flow, gateway=node.id)


def _exhaustive(node: Node) -> bool:
    """Whether there are just the two conditions X and not(X), which leave nothing out (a null is an incident)."""
    if len(node.outgoing) != 2:
        return False
    first, second = (_bare(flow) for flow in node.outgoing)
    return first != "" and second != "" and (first == f"not({second})" or second == f"not({first})")


def _bare(flow: Flow) -> str:
    return "".join((flow.condition or "").removeprefix("=").split())


def _check_event_gateway(diagram: Diagram, node: Node) -> Iterator[Finding]:
    targets = list(diagram.successors(node))
    caught = [found for found in targets if _can_be_waited_for(found)]
    if len(targets) < 2 or len(caught) < len(targets):
        yield EVENT_BRANCHES.on(node)
    elif node.instantiates and any(found.events and found.events != _ONE_MESSAGE for found in caught):
        yield START_BRANCHES.on(node)
    for found in caught:
        if len(found.incoming) > 1:
            yield EVENT_SHARED.on(found)
        if found.tag == "receiveTask" and (found.boundaries or found.instantiates or found.loops):
            yield EVENT_TASK.on(found)


def _can_be_waited_for(node: Node) -> bool:
    catches = node.tag == "intermediateCatchEvent" and bool(node.events) and "linkEventDefinition" not in node.events
    return catches or node.tag == "receiveTask"


def _check_join(node: Node) -> Iterator[Finding]:
    """Find the plain mistake: a parallel gateway that joins branches which one choice leads to alternatively."""
    if len(node.incoming) < 2:
        return
    origins = [_straight_back(node, flow) for flow in node.incoming]
    found = {origin.id: origin for origin in origins if origin is not None}
    if None in origins or len(found) != 1:
        return
    (origin,) = found.values()
    if origin.tag == "exclusiveGateway":
        yield JOIN_NEVER.on(node, choice=origin.id)
    elif origin.tag in CHOICES:
        yield JOIN_OF_SOME.on(node, choice=origin.id)


def _straight_back(join: Node, flow: Flow) -> Node | None:
    """The last element with several outgoing flows before a join; None when the way there merges or is attached."""
    nodes = join.scope.nodes
    current = nodes[flow.source]
    for _ in range(len(nodes)):
        if len(current.outgoing) > 1:
            return current
        if len(current.incoming) != 1:
            return None
        current = nodes[current.incoming[0].source]
    return None
