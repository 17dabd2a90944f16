"""Rules on labels: a name outside its shape lies on no line, no shape and no other name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.bpmn.lint.diagram import Thing
from engine.bpmn.lint.layout.drawing import Line, Plane, Shape
from engine.bpmn.lint.layout.geometry import Box, touches_diamond, touches_round
from engine.bpmn.lint.rule import warning
from engine.bpmn.lint.supported import SUB_PROCESSES
from engine.model import Finding

ON_LINE = warning(
    "layout.label_on_line",
    "{it}的名称压在连线 {other} 上;请把名称移开。",
    "The name of {it} lies on the line {other}; move the name.",
)
ON_SHAPE = warning(
    "layout.label_on_shape",
    "{it}的名称压在 {other} 上;请把名称移开。",
    "The name of {it} lies on {other}; move the name.",
)
ON_LABEL = warning(
    "layout.label_on_label",
    "{it}的名称与 {other} 的名称重叠;请把名称移开。",
    "The name of {it} lies on the name of {other}; move one of them.",
)

#: The white around the letters may be touched.
_WHITE: Final = 2


def check_labels(plane: Plane) -> Iterator[Finding]:
    """Report names that something else is drawn over."""
    drawn: list[Shape | Line] = [*plane.shapes.values(), *plane.lines.values()]
    written = [(found.it, found.label.shrunk(_WHITE)) for found in drawn if found.label is not None]
    solid = list(plane.solid())
    for it, label in written:
        for line in plane.lines.values():
            if any(segment.crosses(label) for segment in line.segments):
                yield ON_LINE.on(it, other=line.it.id)
        for shape in solid:
            if label.overlaps(shape.box) and _touches(label, shape):
                yield ON_SHAPE.on(it, other=shape.it.id)
    yield from _check_pairs(written)


def _touches(label: Box, shape: Shape) -> bool:
    if shape.it.tag.endswith("Event"):
        return touches_round(label, shape.box)
    if shape.it.tag.endswith("Gateway"):
        return touches_diamond(label, shape.box)
    if shape.it.tag in SUB_PROCESSES:  # names inside it are written on its ground, only its border is a line
        return not shape.box.contains(label)
    return True


def _check_pairs(written: list[tuple[Thing, Box]]) -> Iterator[Finding]:
    ordered = sorted(written, key=lambda found: found[1].x)
    for index, (it, label) in enumerate(ordered):
        for other, other_label in ordered[index + 1 :]:
            if other_label.x >= label.right:
                break
            if label.overlaps(other_label):
                yield ON_LABEL.on(other, other=it.id)
