"""Rules on lines: they end at what they connect, run through nothing and along nothing, and back only in loops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Flow, Node
from engine.bpmn.lint.layout.drawing import Line, Plane, Shape
from engine.bpmn.lint.layout.shapes import around
from engine.bpmn.lint.rule import warning
from engine.model import Finding

LOOSE_END = warning(
    "layout.loose_end",
    "{it}没有画到 {end} 上;请重新连接。",
    "{it} is not drawn up to {end}; connect it again.",
)
THROUGH_SHAPE = warning(
    "layout.flow_through_shape",
    "{it}从 {other} 上穿过;请绕开。",
    "{it} runs through {other}; lead it around.",
)
ALONG_FLOW = warning(
    "layout.flow_along_flow",
    "{it}与 {other} 重叠在一起,分不清走向;请把它们分开。",
    "{it} runs along {other}, so they cannot be told apart; draw them apart.",
)
BACKWARD = warning(
    "layout.backward_flow",
    "{it}向左走,但不是回到前面的步骤;请从左到右画。",
    "{it} runs to the left without going back to an earlier step; draw from left to right.",
)

#: A line this near to a shape's border only touches it.
_RIM: Final = 2
_LOOSE: Final = 6
_APART: Final = 4
_ALONG: Final = 6
_BACK: Final = 10


def check_ends(plane: Plane) -> Iterator[Finding]:
    """Report flows whose ends are drawn somewhere else than at their source and target."""
    for flow, line in _flows(plane):
        for end, point in ((flow.source, line.points[0]), (flow.target, line.points[-1])):
            shape = plane.shapes.get(end)
            if shape is not None and shape.box.distance(point) > _LOOSE:
                yield LOOSE_END.on(flow, end=end)


def check_through_shapes(diagram: Diagram, plane: Plane) -> Iterator[Finding]:
    """Report flows that cross a shape which they do not connect, or one that they do from behind."""
    solid = list(plane.solid())
    for flow, line in _flows(plane):
        source = diagram.nodes.get(flow.source)
        inside = around(source) if source is not None else set()
        for shape in solid:
            if shape.it.id not in inside and _crosses(line, flow, shape):
                yield THROUGH_SHAPE.on(flow, other=shape.it.id)


def _crosses(line: Line, flow: Flow, shape: Shape) -> bool:
    segments = line.segments
    # A line may end in the middle of what it connects; one that ends at the border must come from outside.
    if shape.it.id == flow.source and shape.box.depth(line.points[0]) > _RIM:
        segments = segments[1:]
    if shape.it.id == flow.target and shape.box.depth(line.points[-1]) > _RIM:
        segments = segments[:-1]
    core = shape.box.shrunk(_RIM)
    return any(segment.crosses(core) for segment in segments)


def check_along_lines(plane: Plane) -> Iterator[Finding]:
    """Report flows that cannot be told apart because pieces of them lie on each other."""
    pieces = sorted(
        ((segment, line) for _, line in _flows(plane) for segment in line.segments), key=lambda piece: piece[0].box.x
    )
    order = {line: place for place, line in enumerate(plane.lines.values())}
    told: set[tuple[str, str]] = set()
    for index, (segment, line) in enumerate(pieces):
        for other, other_line in pieces[index + 1 :]:
            if other.box.x > segment.box.right + _APART:
                break
            first, second = sorted((line, other_line), key=order.__getitem__)
            pair = (first.it.id, second.it.id)
            if line is not other_line and pair not in told and segment.runs_along(other, _APART, _ALONG):
                told.add(pair)
                yield ALONG_FLOW.on(second.it, other=first.it.id)


def check_backward(diagram: Diagram, plane: Plane) -> Iterator[Finding]:
    """Report flows to the left that close no loop."""
    for flow, _ in _flows(plane):
        source, target = plane.shapes.get(flow.source), plane.shapes.get(flow.target)
        if source is None or target is None or target.box.centre[0] >= source.box.centre[0] - _BACK:
            continue
        start, goal = diagram.nodes.get(flow.target), diagram.nodes.get(flow.source)
        if start is not None and goal is not None and not _leads_to(diagram, start, goal):
            yield BACKWARD.on(flow)


def _leads_to(diagram: Diagram, start: Node, goal: Node) -> bool:
    seen, todo = {start}, [start]
    while todo:
        node = todo.pop()
        if node is goal:
            return True
        for after in (*diagram.successors(node), *node.boundaries):
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return False


def _flows(plane: Plane) -> Iterator[tuple[Flow, Line]]:
    return ((line.it, line) for line in plane.lines.values() if isinstance(line.it, Flow))
