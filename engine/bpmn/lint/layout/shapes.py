"""Rules on shapes: all are drawn, none on another, each in its lane, at even distances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median_low
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Node, thing
from engine.bpmn.lint.layout.drawing import Plane, Shape
from engine.bpmn.lint.rule import warning
from engine.bpmn.lint.supported import SUB_PROCESSES
from engine.bpmn.lint.tree import bpmn_children, local, text_of
from engine.model import Finding

NOTHING = warning(
    "layout.nothing_drawn",
    "文件里没有图形,在建模工具中打不开;请在建模工具中画好后再上传。",
    "The file holds no picture and cannot be opened in a modeler; draw it there first.",
)
MISSING = warning(
    "layout.missing",
    "{it}没有画出来(或位置无法读取);请在建模工具中补上。",
    "{it} is not drawn, or its place cannot be read; draw it in the modeler.",
)
OVERLAP = warning(
    "layout.overlap",
    "{it}与 {other} 重叠;请移开。",
    "{it} lies on {other}; move one of them.",
)
OUTSIDE = warning(
    "layout.outside",
    "{it}超出了它所属的「{home}」;请移进去。",
    "{it} is not within {home}, where it belongs; move it inside.",
)
OFF_HOST = warning(
    "layout.boundary_off_host",
    "{it}没有画在 {host} 的边上;请移到边框上。",
    "{it} is not drawn on the border of {host}; move it there.",
)
UNEVEN = warning(
    "layout.uneven_spacing",
    "{it}与同一行相邻元素的间距不均匀;请对齐分布。",
    "{it} is not spaced evenly within its row; distribute the row.",
)

#: Deeper overlaps than this are seen.
_TOUCH: Final = 1
_SLACK: Final = 2
#: Centres this close are in one row.
_ROW: Final = 5
#: A distance may differ from a multiple of half a column by this part of it.
_TOLERANCE: Final = 0.15
#: The same within a row that has a column of its own.
_EXACT: Final = 0.05
_NOT_DRAWN: Final = frozenset({"dataObject", "laneSet", "documentation", "extensionElements"})


def check_missing(diagram: Diagram, planes: Sequence[Plane]) -> Iterator[Finding]:
    """Report elements that the picture leaves out; a file without any picture is one finding."""
    drawn = {name for plane in planes for name in (*plane.shapes, *plane.lines)}
    if not drawn:
        yield NOTHING.at(diagram.process_id)
        return
    for found in [*diagram.nodes.values(), *diagram.flows.values()]:
        if found.id not in drawn:
            yield MISSING.on(found)
    for scope in diagram.processes:
        lanes = (lane for lanes in bpmn_children(scope.element, "laneSet") for lane in bpmn_children(lanes, "lane"))
        notes = bpmn_children(scope.element, "textAnnotation", "association")
        for element in (*lanes, *notes):
            if element.get("id") and element.get("id") not in drawn:
                yield MISSING.on(thing(element))


def check_overlaps(plane: Plane) -> Iterator[Finding]:
    """Report shapes that lie on each other; a boundary event on its host and the inside of a sub-process may."""
    ordered = sorted(plane.solid(), key=lambda shape: shape.box.x)
    for index, shape in enumerate(ordered):
        for other in ordered[index + 1 :]:
            if other.box.x >= shape.box.right - _TOUCH:
                break
            if shape.box.overlaps(other.box, _TOUCH) and not _may_overlap(shape, other):
                yield OVERLAP.on(other.it, other=shape.it.id)


def _may_overlap(first: Shape, second: Shape) -> bool:
    for inner, outer in ((first.it, second.it), (second.it, first.it)):
        if isinstance(inner, Node):
            if inner.attached_to == outer.id or outer.id in around(inner):
                return True
            host = inner.scope.nodes.get(inner.attached_to or "")
            if host is not None and host.id == outer.id:
                return True
        elif outer.tag in SUB_PROCESSES:
            return True  # notes and data may be drawn anywhere within a sub-process
    return False


def around(node: Node) -> set[str]:
    """Ids of the sub-processes around a node."""
    found = set()
    scope = node.scope
    while scope.parent is not None:
        found.add(scope.id)
        scope = scope.parent
    return found


def check_homes(diagram: Diagram, plane: Plane) -> Iterator[Finding]:
    """Report nodes outside their lane, pool or sub-process, lanes outside the pool, boundary events off their host."""
    lanes = _lanes(diagram)
    pool = next((shape for shape in plane.shapes.values() if shape.it.tag == "participant"), None)
    for shape in plane.shapes.values():
        it = shape.it
        if it.tag == "lane" and pool is not None and not pool.box.contains(shape.box, _SLACK):
            yield OUTSIDE.on(it, home=pool.it.name or pool.it.id)
        if not isinstance(it, Node):
            continue
        host = plane.shapes.get(it.attached_to or "")
        if host is not None:
            if not -_SLACK <= host.box.depth(shape.box.centre) <= shape.box.width / 4:
                yield OFF_HOST.on(it, host=host.it.id)
            continue
        home = plane.shapes.get(lanes.get(it.id, "")) or plane.shapes.get(it.scope.id) or pool
        if it.scope.parent is not None:
            home = plane.shapes.get(it.scope.id)
        if home is not None and not home.box.contains(shape.box, _SLACK):
            yield OUTSIDE.on(it, home=home.it.name or home.it.id)


def _lanes(diagram: Diagram) -> dict[str, str]:
    """Node id → lane id."""
    return {
        text_of(reference): lane.get("id", "")
        for scope in diagram.processes
        for lanes in bpmn_children(scope.element, "laneSet")
        for lane in bpmn_children(lanes, "lane")
        for reference in bpmn_children(lane, "flowNodeRef")
    }


def check_spacing(plane: Plane) -> Iterator[Finding]:
    """Report rows of connected shapes at uneven distances; columns left free and equal gaps are both even.

    The column is the usual distance of the whole drawing; a row may keep to another that all its distances fit well.
    """
    rows = [
        (run, [after.box.centre[0] - before.box.centre[0] for before, after in pairwise(run)]) for run in _runs(plane)
    ]
    usual = median_low([distance for _, centres in rows for distance in centres]) if rows else 0
    for run, centres in rows:
        gaps = [after.box.x - before.box.right for before, after in pairwise(run)]
        if max(gaps) - min(gaps) <= max(_TOLERANCE * max(gaps), 10) or not _odd(centres, min(centres), _EXACT):
            continue
        if odd := _odd(centres, usual, _TOLERANCE):
            yield UNEVEN.on(run[odd[0] + 1].it)


def _odd(distances: list[float], column: float, tolerance: float) -> list[int]:
    """Places of distances that are no multiple of half a column."""
    halves = [2 * distance / column for distance in distances]
    return [place for place, half in enumerate(halves) if abs(half - round(half)) > 2 * tolerance]


def _runs(plane: Plane) -> Iterator[list[Shape]]:
    """Rows of at least three shapes, each connected with the next to its right by a flow."""
    following: dict[str, Shape] = {}
    entered: set[str] = set()
    for shape in plane.solid():
        if not isinstance(shape.it, Node) or shape.it.tag == "boundaryEvent":
            continue
        for flow in shape.it.outgoing:
            after = plane.shapes.get(flow.target)
            if after is None or after.it.id in entered or shape.it.id in following:
                continue
            level = abs(after.box.centre[1] - shape.box.centre[1]) <= _ROW
            if level and after.box.x > shape.box.right and local(after.it.element) not in _NOT_DRAWN:
                following[shape.it.id] = after
                entered.add(after.it.id)
    for shape in plane.solid():
        if shape.it.id in following and shape.it.id not in entered:
            run = [shape]
            while (after := following.get(run[-1].it.id)) is not None:
                run.append(after)
            if len(run) > 2:
                yield run
