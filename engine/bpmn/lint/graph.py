"""Rules on ways through the diagram: every element is reached and leads to an end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Node, Scope, is_link
from engine.bpmn.lint.rule import error, warning
from engine.bpmn.lint.world import World
from engine.model import Finding

NO_START = error(
    "flow.no_start",
    "{it}没有开始事件;请加一个开始事件。",
    "{it} has no start event; add one.",
)
SEVERAL_STARTS = error(
    "flow.several_starts",
    "{it}有 {count} 个普通开始事件;只能有一个。",
    "{it} has {count} plain start events; there may be one only.",
)
NO_END = error("flow.no_end", "{it}没有结束事件;请加一个结束事件。", "{it} has no end event; add one.")
UNREACHABLE = error(
    "flow.unreachable",
    "{it}永远不会被执行到:没有从开始事件通到它的路;请连接或删除。",
    "{it} is never reached: no way leads to it from a start event; connect it or delete it.",
)
NO_WAY_TO_END = error(
    "flow.no_way_to_end",
    "从{it}出发到不了任何结束事件;请把它连到后面的步骤或结束事件。",
    "No way leads from {it} to an end event; connect it to a further step or an end event.",
)
WRONG_END = error(
    "flow.wrong_end",
    "{it}不能有{side_zh};请重新连接。",
    "{it} cannot have {side_en}; connect it otherwise.",
)
IMPLICIT_END = warning(
    "flow.implicit_end",
    "{it}没有出线,走到这里就结束了;如果确实如此,请画一个结束事件,更容易看懂。",
    "No flow leaves {it}, so its branch ends here; if that is meant, an end event behind it reads better.",
)
IMPLICIT_MERGE = warning(
    "flow.implicit_merge",
    "{it}有 {count} 条入线;建议在前面加一个排他网关(合并),更容易看懂。",
    "{it} has {count} incoming flows; an exclusive gateway that merges them in front of it reads better.",
)

#: Gateways that are refused when no flow leaves them.
_NEED_A_WAY_OUT: Final = frozenset({"exclusiveGateway", "eventBasedGateway"})


def check_ways(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report what is never reached or never ends, scope by scope."""
    for scope in diagram.scopes:
        starts, ends = scope.entries(), scope.ends()
        if scope.tag != "adHocSubProcess":
            yield from _check_starts_and_ends(scope, starts, ends)
        aside = [node for node in scope.nodes.values() if node.aside]
        reached = closure([*starts, *aside], lambda node: onward(diagram, node))
        ending = closure([*ends, *aside], backward)
        for node in scope.nodes.values():
            yield from _check_sides(node)
            if starts and node not in reached:
                yield UNREACHABLE.on(node)
            elif ends and node not in ending:
                yield NO_WAY_TO_END.on(node)
        if scope.tag != "adHocSubProcess":
            implicit = (node for node in ends if node.tag != "endEvent" and node in reached)
            yield from (IMPLICIT_END.on(node) for node in implicit if node.tag not in _NEED_A_WAY_OUT)


def _check_starts_and_ends(scope: Scope, starts: list[Node], ends: list[Node]) -> Iterator[Finding]:
    if not starts:
        yield NO_START.on(scope)
    if not ends:
        yield NO_END.on(scope)
    plain = [node for node in scope.starts() if not node.events]
    if len(plain) > 1:
        yield SEVERAL_STARTS.on(scope, count=len(plain))


def _check_sides(node: Node) -> Iterator[Finding]:
    begins = node.tag in ("startEvent", "boundaryEvent") or node.instantiates or is_link(node, "intermediateCatchEvent")
    ends = node.tag == "endEvent" or is_link(node, "intermediateThrowEvent")
    if node.incoming and (begins or node.aside):
        yield WRONG_END.on(node, side_zh="入线", side_en="incoming flows")
    elif node.outgoing and (ends or node.aside):
        yield WRONG_END.on(node, side_zh="出线", side_en="outgoing flows")
    elif len(node.incoming) > 1 and not node.tag.endswith("Gateway"):
        yield IMPLICIT_MERGE.on(node, count=len(node.incoming))


def onward(diagram: Diagram, node: Node) -> Iterator[Node]:
    """Where a token may come next within the scope: by a flow, an attached event, a link, or to compensate."""
    yield from diagram.successors(node)
    yield from node.boundaries
    if is_link(node, "intermediateThrowEvent"):
        yield from node.linked
    if node.compensates:
        yield from node.compensation


def backward(node: Node) -> Iterator[Node]:
    """Where a token was before: behind a non-interrupting boundary event its host has not come any further."""
    for flow in node.incoming:
        yield node.scope.nodes[flow.source]
    if is_link(node, "intermediateCatchEvent"):
        yield from node.linked
    host = node.scope.nodes.get(node.attached_to or "")
    if node.tag == "boundaryEvent" and node.interrupting and not node.compensates and host is not None:
        yield host


def closure(roots: Iterable[Node], neighbours: Callable[[Node], Iterator[Node]]) -> set[Node]:
    """The roots and everything that neighbours of neighbours lead to."""
    found = set(roots)
    todo = list(found)
    while todo:
        for neighbour in neighbours(todo.pop()):
            if neighbour not in found:
                found.add(neighbour)
                todo.append(neighbour)
    return found
