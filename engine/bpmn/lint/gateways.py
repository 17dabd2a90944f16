"""Rules on gateways: every decision has an answer, every event branch something to wait for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Flow, Node
from engine.bpmn.lint.rule import error, warning
from engine.bpmn.lint.world import World
from engine.model import Finding

NO_DEFAULT = error(
    "gateway.no_default",
    "{it}没有默认出线,条件都不成立时流程会停住;请把一条出线设为默认流。",
    "{it} has no default flow, so a case stops when no condition is true; mark one outgoing flow as the default.",
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
    "{it}至少要有两条出线,每条都通到消息或定时的中间捕获事件。",
    "{it} needs at least two outgoing flows, each leading to an intermediate catch event (message or timer).",
)
EVENT_SHARED = error(
    "gateway.event_shared",
    "{it}由事件网关等待,不能再有其他入线;请另画一个事件。",
    "{it} is waited for by an event-based gateway and cannot have further incoming flows; draw an event of its own.",
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

_EVENTS: Final = frozenset({"messageEventDefinition", "timerEventDefinition"})


def check_gateways(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report gateways at which a case could stop, or that could never be passed."""
    for node in diagram.nodes.values():
        if node.tag == "exclusiveGateway":
            yield from _check_choice(node)
        elif node.tag == "eventBasedGateway":
            yield from _check_event_gateway(diagram, node)
        elif node.tag == "parallelGateway":
            yield from _check_join(node)
        if node.tag.endswith("Gateway"):
            if len(node.incoming) > 1 and len(node.outgoing) > 1:
                yield JOIN_AND_FORK.on(node)
            elif len(node.incoming) == 1 and len(node.outgoing) == 1:
                yield SUPERFLUOUS.on(node)


def _check_choice(node: Node) -> Iterator[Finding]:
    conditions = [flow.condition for flow in node.outgoing if flow.condition]
    if len(node.outgoing) < 2 and not conditions:
        return
    if node.default is None and not _exhaustive(node):
        yield NO_DEFAULT.on(node)
    for flow in node.outgoing:
        if flow.id == node.default and flow.condition is not None:
            yield DEFAULT_CONDITION.on(flow)
        elif flow.id != node.default and not flow.condition:
            yield NO_CONDITION.on(flow, gateway=node.id)


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
    caught = [found for found in targets if found.tag == "intermediateCatchEvent" and _EVENTS.issuperset(found.events)]
    if len(targets) < 2 or len(caught) < len(targets):
        yield EVENT_BRANCHES.on(node)
    for found in caught:
        if len(found.incoming) > 1:
            yield EVENT_SHARED.on(found)


def _check_join(node: Node) -> Iterator[Finding]:
    """Find the plain mistake: a parallel gateway that joins branches which one choice leads to alternatively."""
    if len(node.incoming) < 2:
        return
    origins = [_straight_back(node, flow) for flow in node.incoming]
    choices = {origin.id for origin in origins if origin is not None and origin.tag == "exclusiveGateway"}
    if len(choices) == 1 and None not in origins and len({origin.id for origin in origins if origin}) == 1:
        yield JOIN_NEVER.on(node, choice=next(iter(choices)))


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
