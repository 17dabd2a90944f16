"""Rules on how a diagram is drawn: a person must be able to follow it with the eye. All of them are warnings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.bpmn.lint.diagram import Diagram
from engine.bpmn.lint.layout import labels, lines, shapes
from engine.bpmn.lint.layout.drawing import Plane, read_planes
from engine.bpmn.lint.rule import warning
from engine.bpmn.lint.world import World
from engine.model import Finding

#: Comparing everything with everything stays far below a second up to here; a person's diagram has a tenth.
MOST: Final = 3_000

TOO_LARGE = warning(
    "layout.not_checked",
    "图形太多({size} 个形状和折点),没有检查画法;请拆分流程。",
    "There is too much in the picture ({size} shapes and way points) to check how it is drawn; split the process.",
)


def check_layout(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report whatever hinders reading the picture. A well-drawn diagram has no finding; crossing lines are fine."""
    planes = read_planes(diagram)
    yield from shapes.check_missing(diagram, planes)
    for plane in planes:
        if plane.size() > MOST:
            yield TOO_LARGE.at(diagram.process_id, size=plane.size())
        else:
            yield from _check_plane(diagram, plane)


def _check_plane(diagram: Diagram, plane: Plane) -> Iterator[Finding]:
    yield from shapes.check_overlaps(plane)
    yield from shapes.check_homes(diagram, plane)
    yield from shapes.check_spacing(plane)
    yield from lines.check_ends(plane)
    yield from lines.check_through_shapes(diagram, plane)
    yield from lines.check_along_lines(plane)
    yield from lines.check_backward(diagram, plane)
    yield from labels.check_labels(plane)
