"""Draws every sort of shape at its bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.bpmn.lint.layout.geometry import Box
from engine.bpmn.lint.supported import ACTIVITIES, SUB_PROCESSES
from engine.bpmn.picture import lettering
from engine.bpmn.picture.event_signs import SIGNS, all_of_several, multiple
from engine.bpmn.picture.marks import Colours
from engine.bpmn.picture.pen import circle, element, line, number, path
from engine.bpmn.picture.reading import Shape
from engine.bpmn.picture.task_signs import edge_signs, type_sign

#: Width of the strip with the name of a pool or lane.
STRIP: Final = 30
_ROUND: Final = 10
_THROWN: Final = frozenset({"endEvent", "intermediateThrowEvent"})


def drawn(shape: Shape, colours: Colours) -> str:
    """The shape without its name."""
    if shape.tag in ACTIVITIES:
        return _activity(shape, colours)
    if shape.tag.endswith("Event"):
        return _event(shape, colours)
    if shape.tag.endswith("Gateway"):
        return _gateway(shape, colours)
    return _OTHERS.get(shape.tag, _unknown)(shape, colours)


def named(shape: Shape) -> str:
    """The shape's name: inside, in its strip, or at the bounds of its label."""
    if not shape.name:
        return ""
    box, label_of = shape.box, shape.id
    if shape.tag in ("participant", "lane"):
        return _strip_name(shape)
    if shape.tag in SUB_PROCESSES and shape.expanded:
        return lettering.at_top(shape.name, box, label_of=label_of)
    if shape.tag in ACTIVITIES:
        return lettering.centred(shape.name, box, padding=7, label_of=label_of)
    if shape.tag == "textAnnotation":
        lines = lettering.fitted(shape.name, box, lettering.INSIDE, 7)
        return lettering.written(
            lines, box.x + 7, box.y + 5, size=lettering.INSIDE, anchor="start", label_of=label_of
        )  # fmt: skip
    return lettering.beside(shape.name, shape.label or _below(box), label_of=label_of)


def _below(box: Box) -> Box:
    """Where a name stands when the file does not say it."""
    return Box(box.centre[0] - 45, box.bottom + 5, 90, 14)


def _strip_name(shape: Shape) -> str:
    box = shape.box
    if shape.tag == "participant" and not shape.expanded:
        return lettering.centred(shape.name, box, label_of=shape.id)
    if shape.horizontal:
        return lettering.upright(shape.name, Box(box.x, box.y, STRIP, box.height), label_of=shape.id)
    return lettering.centred(shape.name, Box(box.x, box.y, box.width, STRIP), label_of=shape.id)


def _rect(box: Box, colours: Colours, width: float, *, rx: float | None = None, dash: str | None = None) -> str:
    return element(
        "rect",
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        rx=rx,
        fill=colours.fill,
        stroke=colours.stroke,
        stroke_width=width + colours.more,
        stroke_dasharray=dash,
    )


def _activity(shape: Shape, colours: Colours) -> str:
    calls, triggered = shape.tag == "callActivity", shape.element.get("triggeredByEvent") == "true"
    edge = _rect(
        shape.box,
        colours,
        4.5 if calls else 2,
        rx=_ROUND,
        dash="1 6" if triggered else None,
    )
    if shape.tag == "transaction":
        edge += _rect(shape.box.shrunk(3), colours, 1.5, rx=_ROUND - 3)
    return edge + type_sign(shape) + edge_signs(shape)


def _event(shape: Shape, colours: Colours) -> str:
    (x, y), r = shape.box.centre, min(shape.box.width, shape.box.height) / 2
    boundary = shape.tag == "boundaryEvent"
    waits_beside = shape.element.get("cancelActivity" if boundary else "isInterrupting", "true") == "false"
    dash = "5 3" if waits_beside and (boundary or shape.tag == "startEvent") else None
    width = (4 if shape.tag == "endEvent" else 2 if shape.tag == "startEvent" else 1.5) + colours.more
    rim = circle(x, y, r, fill=colours.fill, stroke=colours.stroke, width=width, dash=dash)
    if shape.tag not in ("startEvent", "endEvent"):
        rim += circle(x, y, max(r - 3, 0), stroke=colours.stroke, width=1.5, dash=dash)
    return rim + _sign(shape, r)


def _sign(shape: Shape, r: float) -> str:
    thrown = shape.tag in _THROWN
    if len(shape.events) > 1:
        several = all_of_several if shape.element.get("parallelMultiple") == "true" else multiple
        return several(shape.box.centre, r, thrown)
    draw = SIGNS.get(shape.events[0]) if shape.events else None
    return "" if draw is None else draw(shape.box.centre, r, thrown)


def _gateway(shape: Shape, colours: Colours) -> str:
    box, (x, y) = shape.box, shape.box.centre
    corners = [(x, box.y), (box.right, y), (x, box.bottom), (box.x, y)]
    edge = path(line(corners, closed=True), fill=colours.fill, stroke=colours.stroke, width=2 + colours.more)
    return edge + _gateway_sign(shape, x, y, min(box.width, box.height) / 2)


def _gateway_sign(shape: Shape, x: float, y: float, r: float) -> str:
    cross = " ".join([line([(x - 0.3 * r, y - 0.36 * r), (x + 0.3 * r, y + 0.36 * r)]),
                      line([(x + 0.3 * r, y - 0.36 * r), (x - 0.3 * r, y + 0.36 * r)])])  # fmt: skip
    plus = " ".join([line([(x - 0.48 * r, y), (x + 0.48 * r, y)]), line([(x, y - 0.48 * r), (x, y + 0.48 * r)])])
    match shape.tag:
        case "exclusiveGateway":
            return path(cross, width=4) if shape.marked else ""
        case "parallelGateway":
            return path(plus, width=3)
        case "inclusiveGateway":
            return circle(x, y, 0.48 * r, width=2.5)
        case "complexGateway":
            return path(f"{cross} {plus}", width=2.5)
        case _:
            return _event_based(shape, x, y, r)


def _event_based(shape: Shape, x: float, y: float, r: float) -> str:
    starts, at_once = shape.element.get("instantiate") == "true", shape.element.get("eventGatewayType") == "Parallel"
    rims = circle(x, y, 0.6 * r) + ("" if starts else circle(x, y, 0.48 * r))
    return rims + (all_of_several if at_once else multiple)((x, y), 0.6 * r, False)


def _pool(shape: Shape, colours: Colours) -> str:
    box = shape.box
    edge = _rect(box, colours, 1.5)
    if not shape.expanded:
        return edge
    x, y = box.x + STRIP, box.y + STRIP
    strip = [(x, box.y), (x, box.bottom)] if shape.horizontal else [(box.x, y), (box.right, y)]
    return edge + path(line(strip), stroke=colours.stroke, width=1.5)


def _lane(shape: Shape, colours: Colours) -> str:
    return _rect(shape.box, Colours(stroke=colours.stroke, fill="none"), 1.5)


def _group(shape: Shape, colours: Colours) -> str:
    clear = Colours(stroke=colours.stroke, fill="none")
    return _rect(shape.box, clear, 1.5, rx=_ROUND, dash="10 6 1 6")


def _annotation(shape: Shape, colours: Colours) -> str:
    box = shape.box
    arm = min(10.0, box.width / 2)
    corner = [(box.x + arm, box.y), (box.x, box.y), (box.x, box.bottom), (box.x + arm, box.bottom)]
    return path(line(corner), stroke=colours.stroke, width=1.5)


def _sheet(shape: Shape, colours: Colours) -> str:
    box, fold = shape.box, min(10.0, shape.box.width / 2, shape.box.height / 2)
    corner = box.right - fold
    outline = [(box.x, box.y), (corner, box.y), (box.right, box.y + fold), (box.right, box.bottom), (box.x, box.bottom)]
    ear = line([(corner, box.y), (corner, box.y + fold), (box.right, box.y + fold)])
    sheet = path(line(outline, closed=True), fill=colours.fill, stroke=colours.stroke, width=2)
    return sheet + path(ear, stroke=colours.stroke, width=2) + _several_sheets(shape)


def _several_sheets(shape: Shape) -> str:
    root = shape.element.getroottree().getroot()
    wanted = shape.element.get("dataObjectRef")
    several = shape.element.get("isCollection") == "true" or any(
        found.get("isCollection") == "true" for found in root.iter("{*}dataObject") if found.get("id") == wanted
    )
    (x, _), y = shape.box.centre, shape.box.bottom - 10
    return path(" ".join(line([(x + at, y), (x + at, y + 8)]) for at in (-4, 0, 4)), width=2) if several else ""


def _store(shape: Shape, colours: Colours) -> str:
    box, n = shape.box, number
    rim = min(8.0, box.height / 4)
    arc = f"{n(box.width / 2)} {n(rim)} 0 0 0 {n(box.right)}"
    body = (
        f"M {n(box.x)} {n(box.y + rim)} A {n(box.width / 2)} {n(rim)} 0 0 1 {n(box.right)} {n(box.y + rim)} "
        f"V {n(box.bottom - rim)} A {n(box.width / 2)} {n(rim)} 0 0 1 {n(box.x)} {n(box.bottom - rim)} Z"
    )
    rings = " ".join(
        f"M {n(box.x)} {n(box.y + rim + at)} A {arc} {n(box.y + rim + at)}" for at in (0, rim * 0.8, rim * 1.6)
    )
    return path(body, fill=colours.fill, stroke=colours.stroke, width=2) + path(rings, stroke=colours.stroke, width=2)


def _unknown(shape: Shape, colours: Colours) -> str:
    """Of what we do not know people see at least where it is."""
    return _rect(shape.box, colours, 1.5, dash="4 4")


_OTHERS: Final[dict[str, Callable[[Shape, Colours], str]]] = {
    "participant": _pool,
    "lane": _lane,
    "group": _group,
    "textAnnotation": _annotation,
    "dataObjectReference": _sheet,
    "dataObject": _sheet,
    "dataInput": _sheet,
    "dataOutput": _sheet,
    "dataStoreReference": _store,
}
