"""What is drawn: shapes, lines and labels of each plane, read leniently from the diagram interchange."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Flow, Node, Thing, thing
from engine.bpmn.lint.layout.geometry import Box, Point, Segment
from engine.bpmn.lint.tree import Element, local, namespace
from engine.bpmn.xml import BPMNDI, DC, DI

#: Wider than any picture; keeps the arithmetic harmless.
_FARTHEST: Final = 100_000.0
#: bpmn-js writes labels outside of shapes in 11 px with lines of 13 px, broken at 90 px.
_FONT, _LINE, _BREAK = 11, 13, 90
#: Drawn around other things, so that these lie inside on purpose.
CONTAINERS: Final = frozenset({"participant", "lane", "group"})
#: Elements that have their name inside the shape or have none.
_NAMED_OUTSIDE: Final = frozenset({"sequenceFlow", "dataObjectReference", "dataStoreReference"})


@dataclass(slots=True, kw_only=True, eq=False)
class Shape:
    """A drawn element that is no line."""

    it: Thing
    box: Box
    #: Where its name is written, when it is written outside.
    label: Box | None


@dataclass(kw_only=True, eq=False)
class Line:
    """A drawn sequence flow or association."""

    it: Thing
    points: list[Point]
    label: Box | None

    @cached_property
    def segments(self) -> list[Segment]:
        """Its straight pieces; those without length are left out."""
        pairs = zip(self.points, self.points[1:], strict=False)
        return [Segment(start, end) for start, end in pairs if start != end]


@dataclass(slots=True, kw_only=True)
class Plane:
    """One picture. A collapsed sub-process has its own."""

    shapes: dict[str, Shape] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)

    def solid(self) -> Iterator[Shape]:
        """Shapes that take up their place: all but pools, lanes and groups."""
        return (shape for shape in self.shapes.values() if shape.it.tag not in CONTAINERS)

    def size(self) -> int:
        """How much there is to compare."""
        return len(self.shapes) + sum(len(line.points) for line in self.lines.values())


def read_planes(diagram: Diagram) -> list[Plane]:
    """Read every picture of the file; what has no readable place is left out."""
    return [_read_plane(diagram, element) for element in diagram.root.iter(f"{{{BPMNDI}}}BPMNPlane")]


def _read_plane(diagram: Diagram, element: Element) -> Plane:
    plane = Plane()
    for drawn in element:
        it = _drawn_thing(diagram, drawn.get("bpmnElement", ""))
        if it is None or namespace(drawn) != BPMNDI:
            continue
        label = _read_label(drawn, it)
        if local(drawn) == "BPMNShape" and (box := _read_box(drawn)) is not None:
            plane.shapes.setdefault(it.id, Shape(it=it, box=box, label=label))
        elif local(drawn) == "BPMNEdge" and (points := _read_points(drawn)):
            plane.lines.setdefault(it.id, Line(it=it, points=points, label=label))
    return plane


def _drawn_thing(diagram: Diagram, element_id: str) -> Node | Flow | Thing | None:
    found = diagram.nodes.get(element_id) or diagram.flows.get(element_id)
    if found is not None:
        return found
    element = diagram.by_id.get(element_id)
    return None if element is None else thing(element)


def _read_box(element: Element) -> Box | None:
    bounds = element.find(f"{{{DC}}}Bounds")
    if bounds is None:
        return None
    numbers = [_number(bounds.get(name)) for name in ("x", "y", "width", "height")]
    x, y, width, height = numbers
    if x is None or y is None or width is None or height is None or width < 0 or height < 0:
        return None
    return Box(x, y, width, height)


def _read_points(element: Element) -> list[Point]:
    points = []
    for waypoint in element.iter(f"{{{DI}}}waypoint"):
        x, y = _number(waypoint.get("x")), _number(waypoint.get("y"))
        if x is None or y is None:
            return []
        points.append((x, y))
    return points if len(points) > 1 else []


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) <= _FARTHEST else None


def _read_label(drawn: Element, it: Thing) -> Box | None:
    """Where the text of an outside label is: bpmn-js begins at the bounds' corner and breaks it by its own rule."""
    label = drawn.find(f"{{{BPMNDI}}}BPMNLabel")
    outside = it.tag.endswith(("Event", "Gateway")) or it.tag in _NAMED_OUTSIDE
    box = None if label is None or not outside or not it.name else _read_box(label)
    if box is None:
        return None
    lines = [_text_width(line) for line in it.name.split("\n")]
    rows = sum(max(1, math.ceil(width / _BREAK)) for width in lines)
    return Box(box.x, box.y, min(max(lines), _BREAK), rows * _LINE)


def _text_width(text: str) -> float:
    """Width of a line: Chinese letters are as wide as the font is high, others about half."""
    return sum(_FONT if ord(letter) >= 0x2E80 else _FONT * 0.55 for letter in text)
