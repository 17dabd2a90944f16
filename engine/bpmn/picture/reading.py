"""Reads what a plane draws, in the order of the file; what has no readable place is left out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from engine.bpmn.lint.diagram import Diagram
from engine.bpmn.lint.layout.geometry import Box, Point
from engine.bpmn.lint.reading import event_definitions
from engine.bpmn.lint.tree import Element, bpmn_children, local, namespace
from engine.bpmn.xml import BPMNDI, DC, DI

#: Wider than any picture; keeps the arithmetic harmless.
_FARTHEST: Final = 100_000.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """A drawn element of any sort."""

    id: str
    tag: str
    name: str
    element: Element
    #: Bounds of its label, where the file gives them.
    label: Box | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shape(Drawn):
    """A drawn element that is no line."""

    box: Box
    expanded: bool
    #: Pools and lanes: names stand on the left and run upwards.
    horizontal: bool
    #: Exclusive gateways show their X only then.
    marked: bool
    #: Tags of its event definitions.
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edge(Drawn):
    """A drawn flow or association."""

    points: tuple[Point, ...]


@dataclass(slots=True, kw_only=True)
class Plane:
    """One picture. A collapsed sub-process can have one of its own."""

    #: Of the element whose inside it draws.
    id: str
    name: str
    shapes: list[Shape] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


def read_planes(diagram: Diagram) -> list[Plane]:
    """Every picture of the file."""
    return [_plane(diagram, element) for element in diagram.root.iter(f"{{{BPMNDI}}}BPMNPlane")]


def _plane(diagram: Diagram, element: Element) -> Plane:
    of = element.get("bpmnElement", "")
    plane = Plane(id=of, name=_title(diagram, of))
    seen: set[str] = set()
    for drawn in element:
        about = diagram.by_id.get(drawn.get("bpmnElement", ""))
        if about is None or namespace(drawn) != BPMNDI or (id_ := about.get("id", "")) in seen:
            continue
        if local(drawn) == "BPMNShape" and (box := _box(drawn)) is not None:
            plane.shapes.append(_shape(diagram, drawn, about, box))
        elif local(drawn) == "BPMNEdge" and (points := _points(drawn)):
            plane.edges.append(
                Edge(id=id_, tag=local(about), name=_name(about), element=about, label=_label(drawn), points=points)
            )
        else:
            continue
        seen.add(id_)
    return plane


def _title(diagram: Diagram, of: str) -> str:
    """What the picture is called: the element's name; of a collaboration that of its first named pool."""
    found = diagram.by_id.get(of)
    if found is None:
        return ""
    names = (_name(one) for one in (found, *bpmn_children(found, "participant")))
    return next(filter(None, names), "")


def _name(element: Element) -> str:
    """The name; of an annotation its text, of a group its category."""
    if local(element) == "textAnnotation":
        return next((child.text or "" for child in bpmn_children(element, "text")), "").strip()
    if local(element) == "group":
        return _category(element)
    return (element.get("name") or "").strip()


def _category(group: Element) -> str:
    root = group.getroottree().getroot()
    wanted = group.get("categoryValueRef", "")
    values = (value for category in bpmn_children(root, "category") for value in bpmn_children(category))
    return next((value.get("value", "") for value in values if wanted and value.get("id") == wanted), "")


def _shape(diagram: Diagram, drawn: Element, about: Element, box: Box) -> Shape:
    tag = local(about)
    pool = tag == "participant"
    return Shape(
        id=about.get("id", ""),
        tag=tag,
        name=_name(about),
        element=about,
        label=_label(drawn),
        box=box,
        expanded=drawn.get("isExpanded", "true" if pool and about.get("processRef") else "false") == "true",
        horizontal=drawn.get("isHorizontal", "true") != "false",
        marked=drawn.get("isMarkerVisible") == "true",
        events=tuple(local(one) for one in event_definitions(diagram, about)) if tag.endswith("Event") else (),
    )


def _label(drawn: Element) -> Box | None:
    label = drawn.find(f"{{{BPMNDI}}}BPMNLabel")
    return None if label is None else _box(label)


def _box(element: Element) -> Box | None:
    bounds = element.find(f"{{{DC}}}Bounds")
    numbers = [] if bounds is None else list(_numbers(bounds, "x", "y", "width", "height"))
    if len(numbers) < 4 or numbers[2] < 0 or numbers[3] < 0:
        return None
    return Box(*numbers)


def _points(element: Element) -> tuple[Point, ...]:
    points = []
    for waypoint in element.iterchildren(f"{{{DI}}}waypoint"):
        numbers = list(_numbers(waypoint, "x", "y"))
        if len(numbers) < 2:
            return ()
        points.append((numbers[0], numbers[1]))
    return tuple(points) if len(points) > 1 else ()


def _numbers(element: Element, *names: str) -> Iterator[float]:
    """Those that can be read and are not out of this world."""
    for name in names:
        try:
            value = float(element.get(name, ""))
        except ValueError:
            continue
        if math.isfinite(value) and abs(value) <= _FARTHEST:
            yield value
