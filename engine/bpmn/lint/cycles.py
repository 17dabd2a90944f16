"""Rules on what repeats: no way leads round and round without a wait."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Node, is_link
from engine.bpmn.lint.graph import backward, closure, onward
from engine.bpmn.lint.rule import error, warning
from engine.bpmn.lint.supported import SUB_PROCESSES, WAITS
from engine.bpmn.lint.tree import bpmn_children, first_zeebe, local
from engine.bpmn.lint.world import World
from engine.model import Finding

LOOP_WITHOUT_WAIT = error(
    "flow.loop_without_wait",
    "{it}处在一个没有等待的循环里,会不停地空转;请在循环中加入用户任务、定时或消息事件。",
    "{it} is in a loop without a wait and would run for ever; put a user task, timer or message event into the loop.",
)
REPEATS_WITHOUT_WAIT = warning(
    "loop.without_wait",
    "{it}反复执行直到条件成立,中间没有任何等待,可能不停地空转;请写明最多次数(loopMaximum),或在其中加入等待。",
    "{it} repeats until a condition holds and waits for nothing, so it may run for ever; bound it (loopMaximum) or put "
    "a wait into it.",
)

_STANDARD: Final = "standardLoopCharacteristics"
#: Events at the edge of an activity that can come at once, from within.
_AT_ONCE: Final = frozenset({"errorEventDefinition", "escalationEventDefinition", "cancelEventDefinition"})


def check_cycles(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report every loop that a token could go round without waiting for anything, once each."""
    for scope in diagram.scopes:
        order = {node: place for place, node in enumerate(scope.nodes.values())}
        restless = [node for node in order if not _waits(diagram, node)]
        loops = _loops(dict.fromkeys(restless), diagram)
        for first in sorted((min(loop, key=order.__getitem__) for loop in loops), key=order.__getitem__):
            yield LOOP_WITHOUT_WAIT.on(first)


def check_repeats(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report activities that repeat until a condition holds, with nothing inside that waits."""
    for node in diagram.nodes.values():
        loops = any(local(loop) == _STANDARD and loop.get("loopMaximum") is None for loop in node.loops)
        if (loops and not _waits(diagram, node)) or (_begins_again(node) and _runs_through(diagram, node, all)):
            yield REPEATS_WITHOUT_WAIT.on(node)


def _begins_again(node: Node) -> bool:
    """Whether it is an ad-hoc sub-process that runs until its condition holds."""
    return node.tag == "adHocSubProcess" and next(bpmn_children(node.element, "completionCondition"), None) is not None


def _waits(diagram: Diagram, node: Node) -> bool:
    kind = diagram.kind(node)
    if node.tag == "boundaryEvent":
        return not _AT_ONCE.intersection(node.events)
    if node.tag == "intermediateCatchEvent":
        return not is_link(node, node.tag)
    if node.tag == "sendTask":
        return not node.element.get("messageRef") or first_zeebe(node.element, "taskDefinition") is not None
    if kind in SUB_PROCESSES:
        chosen = node.tag == "adHocSubProcess" and first_zeebe(node.element, "adHoc") is None
        return not _runs_through(diagram, node, all if chosen and not _begins_again(node) else any)
    return kind in WAITS


def _runs_through(diagram: Diagram, node: Node, which: Callable[[Iterable[bool]], bool]) -> bool:
    """Whether tokens can pass a sub-process without a wait, from any or from all of its entries."""
    inner = diagram.inner[node.id]
    restless = {found for found in inner.nodes.values() if not _waits(diagram, found)}
    ends = [found for found in inner.ends() if found in restless]
    passing = closure(ends, lambda found: (before for before in backward(found) if before in restless))
    entries = inner.entries()
    return bool(entries) and which(entry in passing for entry in entries)


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
