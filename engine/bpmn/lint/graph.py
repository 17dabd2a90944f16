"""Rules on ways through the diagram: every element is reached, leads to an end, and no loop runs without a wait."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from engine.bpmn.lint.diagram import Diagram, Node, Scope
from engine.bpmn.lint.rule import error, warning
from engine.bpmn.lint.supported import WAITS
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
LOOP_WITHOUT_WAIT = error(
    "flow.loop_without_wait",
    "{it}处在一个没有等待的循环里,会不停地空转;请在循环中加入用户任务、定时或消息事件。",
    "{it} is in a loop without a wait and would run for ever; put a user task, timer or message event into the loop.",
)
WRONG_END = error(
    "flow.wrong_end",
    "{it}不能有{side_zh};请重新连接。",
    "{it} cannot have {side_en}; connect it otherwise.",
)
IMPLICIT_MERGE = warning(
    "flow.implicit_merge",
    "{it}有 {count} 条入线;建议在前面加一个排他网关(合并),更容易看懂。",
    "{it} has {count} incoming flows; an exclusive gateway that merges them in front of it reads better.",
)


def check_ways(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report what is never reached or never ends, scope by scope."""
    for scope in diagram.scopes:
        yield from _check_starts_and_ends(scope)
        starts, ends = scope.starts(), scope.ends()
        reached = closure(starts, lambda node: onward(diagram, node))
        ending = closure(ends, backward)
        for node in scope.nodes.values():
            yield from _check_sides(node)
            if starts and node not in reached:
                yield UNREACHABLE.on(node)
            elif ends and node not in ending:
                yield NO_WAY_TO_END.on(node)


def _check_starts_and_ends(scope: Scope) -> Iterator[Finding]:
    if not scope.starts():
        yield NO_START.on(scope)
    if not scope.ends():
        yield NO_END.on(scope)
    plain = [node for node in scope.starts() if not node.events]
    if len(plain) > 1:
        yield SEVERAL_STARTS.on(scope, count=len(plain))


def _check_sides(node: Node) -> Iterator[Finding]:
    if node.incoming and node.tag in ("startEvent", "boundaryEvent"):
        yield WRONG_END.on(node, side_zh="入线", side_en="incoming flows")
    elif node.outgoing and node.tag == "endEvent":
        yield WRONG_END.on(node, side_zh="出线", side_en="outgoing flows")
    elif len(node.incoming) > 1 and not node.tag.endswith("Gateway"):
        yield IMPLICIT_MERGE.on(node, count=len(node.incoming))


def onward(diagram: Diagram, node: Node) -> Iterator[Node]:
    """Where a token may come next within the scope, by a flow or an attached event."""
    yield from diagram.successors(node)
    yield from node.boundaries


def backward(node: Node) -> Iterator[Node]:
    """Where a token was before: behind a non-interrupting boundary event its host has not come any further."""
    for flow in node.incoming:
        yield node.scope.nodes[flow.source]
    if node.tag == "boundaryEvent" and node.interrupting and (host := node.scope.nodes.get(node.attached_to or "")):
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


def check_loops(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report every loop that a token could go round without waiting for anything, once each."""
    for scope in diagram.scopes:
        order = {node: place for place, node in enumerate(scope.nodes.values())}
        restless = [node for node in order if not _waits(diagram, node)]
        loops = _loops(dict.fromkeys(restless), diagram)
        for first in sorted((min(loop, key=order.__getitem__) for loop in loops), key=order.__getitem__):
            yield LOOP_WITHOUT_WAIT.on(first)


def _waits(diagram: Diagram, node: Node) -> bool:
    if node.tag in WAITS:
        return True
    if node.tag == "boundaryEvent":
        return "errorEventDefinition" not in node.events
    return node.tag == "subProcess" and not _runs_through(diagram, node)


def _runs_through(diagram: Diagram, node: Node) -> bool:
    """Whether a token can pass a sub-process without a wait."""
    inner = diagram.inner[node.id]
    restless = {found for found in inner.nodes.values() if not _waits(diagram, found)}
    starts = [found for found in inner.starts() if found in restless]
    passed = closure(starts, lambda found: (after for after in onward(diagram, found) if after in restless))
    return any(found.tag == "endEvent" for found in passed)


def _loops(nodes: Collection[Node], diagram: Diagram) -> Iterator[set[Node]]:
    """Strongly connected parts with a cycle (Tarjan 1972, without recursion: chains of thousands are no problem)."""
    ways = {node: [after for after in onward(diagram, node) if after in nodes] for node in nodes}
    number: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: dict[Node, None] = {}
    for root in nodes:
        if root in number:
            continue
        path = [(root, iter(ways[root]))]
        number[root] = low[root] = len(number)
        stack[root] = None
        while path:
            node, successors = path[-1]
            after = next(successors, None)
            if after is None:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == number[node]:
                    part = _pop_until(stack, node)
                    if len(part) > 1 or node in ways[node]:
                        yield part
            elif after not in number:
                number[after] = low[after] = len(number)
                stack[after] = None
                path.append((after, iter(ways[after])))
            elif after in stack:
                low[node] = min(low[node], number[after])


def _pop_until(stack: dict[Node, None], last: Node) -> set[Node]:
    part: set[Node] = set()
    while last not in part:
        part.add(stack.popitem()[0])
    return part
