"""Puts a picture together: containers, lines, shapes, names, badges, and a title for who cannot see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.bpmn.lint.diagram import Diagram
from engine.bpmn.lint.layout.geometry import Box
from engine.bpmn.lint.reading import read_diagram
from engine.bpmn.lint.supported import NODE_NAMES, SUB_PROCESSES
from engine.bpmn.picture import lettering, lines, shapes
from engine.bpmn.picture.marks import Marks
from engine.bpmn.picture.pen import PAPER, element, escaped, number
from engine.bpmn.picture.reading import Edge, Plane, Shape, read_planes
from engine.bpmn.xml import read_xml
from engine.errors import NotFound

#: Free space around everything.
_MARGIN: Final = 24
_BOTTOM: Final = {"participant": 0, "lane": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One of a file's pictures."""

    #: Of the process, collaboration or collapsed sub-process that it draws.
    id: str
    name: str
    svg: str


def sheets(xml: bytes, marks: Marks | None = None) -> tuple[Sheet, ...]:
    """Every picture of a file: that of the process, then those of collapsed sub-processes that have one.

    Raises:
        XmlRefused: (a DefinitionRefused) the file is no BPMN.
    """
    diagram = read_diagram(read_xml(xml))
    return tuple(
        Sheet(id=plane.id, name=plane.name, svg=_picture(diagram, plane, marks or Marks(), plane.name))
        for plane in read_planes(diagram)
    )


def svg(
    xml: bytes,
    *,
    done: Iterable[str] = (),
    active: Mapping[str, int] | None = None,
    taken: Iterable[str] = (),
    incidents: Iterable[str] = (),
    title: str = "",
    plane: str | None = None,
) -> str:
    """A diagram as SVG 1.1, complete in itself: no scripts, no styles, no fonts or pictures from elsewhere.

    Args:
        xml: the BPMN file.
        done: ids of elements that were passed.
        active: ids of elements where tokens wait, and how many.
        taken: ids of sequence flows.
        incidents: ids of elements that are stuck.
        title: what readers are told that it shows; the diagram's name where none is given.
        plane: id of the collapsed sub-process whose inside is drawn; None: the file's first picture.

    Raises:
        XmlRefused: (a DefinitionRefused) the file is no BPMN.
        NotFound: the file has no such picture, or none at all.
    """
    diagram = read_diagram(read_xml(xml))
    found = next((one for one in read_planes(diagram) if plane in (None, one.id)), None)
    if found is None:
        raise NotFound("the file draws no such picture")
    marks = Marks(done=frozenset(done), active=active or {}, taken=frozenset(taken), incidents=frozenset(incidents))
    return _picture(diagram, found, marks, title or found.name)


def _picture(diagram: Diagram, plane: Plane, marks: Marks, title: str) -> str:
    below = [one for one in plane.shapes if _is_container(one)]
    above = sorted((one for one in plane.shapes if not _is_container(one)), key=lambda one: one.tag == "boundaryEvent")
    below.sort(key=lambda one: (_BOTTOM.get(one.tag, 2), -one.box.width * one.box.height))
    parts = [_drawn_shape(one, marks) for one in below]
    parts += [_drawn_edge(diagram, one, marks) for one in plane.edges]
    parts += [_drawn_shape(one, marks) for one in above]
    parts += [shapes.named(one) for one in (*below, *above)]
    parts += [lines.named(one) for one in plane.edges]
    parts += [marks.badge(one.id, one.box) for one in (*below, *above)]
    parts += [marks.flow_badge(one.id, one.points) for one in plane.edges]
    box = _bounds(plane)
    view = " ".join(number(value) for value in (box.x, box.y, box.width, box.height))
    ground = element("rect", x=box.x, y=box.y, width=box.width, height=box.height, fill=PAPER)
    told = f"<title>{escaped(title)}</title><desc>{escaped(_described(plane, marks))}</desc>"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" version="1.1" role="img"'
        f' width="{number(box.width)}" height="{number(box.height)}" viewBox="{view}"'
        f' font-family="{escaped(lettering.FAMILY)}">{told}{ground}{"".join(parts)}</svg>\n'
    )


def _is_container(shape: Shape) -> bool:
    return shape.tag in _BOTTOM or (shape.tag in SUB_PROCESSES and shape.expanded)


def _drawn_shape(shape: Shape, marks: Marks) -> str:
    colours = marks.colours(shape.id)
    return element("g", shapes.drawn(shape, colours), data_id=shape.id, _class=colours.word)


def _drawn_edge(diagram: Diagram, edge: Edge, marks: Marks) -> str:
    colours = marks.line(edge.id)
    source = diagram.nodes.get(edge.element.get("sourceRef", ""))
    default = edge.tag == "sequenceFlow" and source is not None and source.default == edge.id
    inside = lines.drawn(edge, colours, None if source is None else source.tag, default)
    return element("g", inside, data_id=edge.id, _class=colours.word)


def _bounds(plane: Plane) -> Box:
    """The smallest box around all that is drawn, with its margin."""
    labels = [one.label for one in (*plane.shapes, *plane.edges) if one.label is not None and one.name]
    boxes = [shape.box for shape in plane.shapes] + labels
    points = [point for edge in plane.edges for point in edge.points]
    points += [(box.x, box.y) for box in boxes] + [(box.right, box.bottom) for box in boxes]
    xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
    left, top = min(xs) - _MARGIN, min(ys) - _MARGIN
    return Box(left, top, max(xs) - left + _MARGIN, max(ys) - top + _MARGIN)


def _described(plane: Plane, marks: Marks) -> str:
    """For who cannot see it: how much there is, where it waits, where it is stuck."""
    steps = [one for one in plane.shapes if one.tag in NODE_NAMES]
    names = {one.id: one.name or one.id for one in steps}
    said = [f"共 {len(steps)} 个节点、{len(plane.edges)} 条连线"]
    waiting = [names[id_] for id_, count in marks.active.items() if count > 0 and id_ in names]
    stuck = [name for id_, name in names.items() if id_ in marks.incidents]
    said += [f"正在:{'、'.join(waiting)}"] if waiting else []
    said += [f"异常:{'、'.join(stuck)}"] if stuck else []
    return ";".join(said) + "。"
