"""Rules on parallel joins: a join that waits for a branch which may end elsewhere waits for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Node, Scope
from engine.bpmn.lint.graph import backward, closure, onward
from engine.bpmn.lint.rule import warning
from engine.bpmn.lint.world import World
from engine.model import Finding

MAY_WAIT_FOR_EVER = warning(
    "gateway.join_may_wait_for_ever",
    "{it}要等所有分支到齐,但其中一条可能经 {exit} 到别处结束,就永远等不齐;请让它也通到这个网关,或用终止结束事件。",
    "{it} waits for all branches, but one may leave by {exit} and end elsewhere; lead it to the gateway as well, "
    "or end it with a terminate end event.",
)

#: Nobody draws more in one scope; a larger one is not searched.
_MOST: Final = 1_000
_ENDS_ALL: Final = frozenset({"terminateEventDefinition", "errorEventDefinition", "cancelEventDefinition"})


def check_joins(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report parallel joins behind a parallel fork whose branches can be left by a choice or an interruption."""
    for scope in diagram.scopes:
        if len(scope.nodes) <= _MOST:
            safe = closure([end for end in scope.ends() if _ENDS_ALL.intersection(end.events)], backward)
            for join in scope.nodes.values():
                if join.tag == "parallelGateway" and len(join.incoming) > 1:
                    yield from _check_join(diagram, scope, join, safe)


def _check_join(diagram: Diagram, scope: Scope, join: Node, safe: set[Node]) -> Iterator[Finding]:
    before = closure([join], backward)
    forks = [node for node in before if node is not join and _is_fork(diagram, node, before)]
    branches = [after for fork in forks for after in diagram.successors(fork) if after is not join]
    within = (closure(branches, lambda node: onward(diagram, node)) & before) - {join}
    for node in scope.nodes.values():
        if node in within:
            for way_out in _ways_out(diagram, node, before):
                if way_out not in before and way_out not in safe:
                    yield MAY_WAIT_FOR_EVER.on(join, exit=node.id if way_out.tag != "boundaryEvent" else way_out.id)
                    return


def _is_fork(diagram: Diagram, node: Node, before: set[Node]) -> bool:
    """Whether all of several flows out of it are taken: a parallel gateway, or an element that is no gateway."""
    forks = node.tag == "parallelGateway" or not node.tag.endswith("Gateway")
    return forks and sum(after in before for after in diagram.successors(node)) > 1


def _ways_out(diagram: Diagram, node: Node, before: set[Node]) -> Iterator[Node]:
    """Where a token goes instead of somewhere else: answers of a choice, events waited for, interruptions.

    A flow without a condition out of anything but an exclusive gateway is taken besides: when it leads to the join,
    the others take nothing away from it.
    """
    if node.tag in ("exclusiveGateway", "eventBasedGateway"):
        yield from diagram.successors(node)
    elif any(flow.condition for flow in node.outgoing):
        always = (flow for flow in node.outgoing if not flow.condition and flow.id != node.default)
        if not any(node.scope.nodes[flow.target] in before for flow in always):
            yield from diagram.successors(node)
    yield from (event for event in node.boundaries if event.interrupting and not event.compensates)
