"""The small signs of activities: their type at the upper left, loops and the like at the lower edge.

Source: BPMN 2.0.2 §10.3; the drawings are our own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import cos, pi, sin
from typing import Final

from engine.bpmn.lint.tree import bpmn_children, first_zeebe, local
from engine.bpmn.picture.event_signs import envelope
from engine.bpmn.picture.pen import INK, PAPER, circle, element, line, number, path
from engine.bpmn.picture.reading import Shape

#: What each sign at the lower edge is wide.
_STEP: Final = 18


def _user(x: float, y: float) -> str:
    n = number
    body = (
        f"M {n(x)} {n(y + 17)} V {n(y + 13)} Q {n(x)} {n(y + 8)} {n(x + 5)} {n(y + 8)} H {n(x + 10)} "
        f"Q {n(x + 15)} {n(y + 8)} {n(x + 15)} {n(y + 13)} V {n(y + 17)} Z"
    )
    hair = f"M {n(x + 4)} {n(y + 3)} A 3.6 3.6 0 0 1 {n(x + 11)} {n(y + 3)} Z"
    return path(body, fill=PAPER) + circle(x + 7.5, y + 4, 3.8, fill=PAPER) + path(hair, fill=INK)


def _gear(x: float, y: float, r: float) -> str:
    """A wheel with eight teeth, each as wide at its top as the gap beside it."""
    steps = [(n + side) * pi / 4 for n in range(8) for side in (-0.3, -0.2, 0.2, 0.3)]
    reach = [0.72 * r, r, r, 0.72 * r] * 8
    teeth = [(x + cos(turn) * far, y + sin(turn) * far) for turn, far in zip(steps, reach, strict=True)]
    return path(line(teeth, closed=True), fill=PAPER) + circle(x, y, r * 0.32, fill=PAPER)


def _service(x: float, y: float) -> str:
    return _gear(x + 7, y + 7, 7) + _gear(x + 11.5, y + 11.5, 7)


def _send(x: float, y: float) -> str:
    return envelope(x, y + 2, 20, 13, filled=True)


def _receive(x: float, y: float) -> str:
    return envelope(x, y + 2, 20, 13, filled=False)


def _script(x: float, y: float) -> str:
    n = number
    sheet = (
        f"M {n(x + 5)} {n(y)} H {n(x + 15)} C {n(x + 8)} {n(y + 6)} {n(x + 19)} {n(y + 11)} {n(x + 11)} {n(y + 17)} "
        f"H {n(x + 1)} C {n(x + 9)} {n(y + 11)} {n(x - 2)} {n(y + 6)} {n(x + 5)} {n(y)} Z"
    )
    rows = " ".join(
        line([(x + 4.5 + shift, y + at), (x + 10.5 + shift, y + at)])
        for at, shift in ((3.5, 0), (7, 0.4), (10.5, 1), (13.5, 0))
    )
    return path(sheet, fill=PAPER) + path(rows)


def _rule(x: float, y: float) -> str:
    sheet = element("rect", x=x, y=y + 1, width=20, height=14, fill=PAPER, stroke=INK)
    head = element("rect", x=x, y=y + 1, width=20, height=4, fill=INK)
    rows = " ".join([line([(x, y + 10), (x + 20, y + 10)]), line([(x + 6, y + 5), (x + 6, y + 15)])])
    return sheet + head + path(rows)


def _manual(x: float, y: float) -> str:
    n = number
    hand = (
        f"M {n(x)} {n(y + 7)} L {n(x + 6)} {n(y + 2)} Q {n(x + 9)} {n(y + 1)} {n(x + 8)} {n(y + 4)} "
        f"L {n(x + 6)} {n(y + 6)} H {n(x + 17)} Q {n(x + 19)} {n(y + 7.5)} {n(x + 17)} {n(y + 9)} H {n(x + 16)} "
        f"V {n(y + 12)} H {n(x + 14)} V {n(y + 15)} H {n(x + 4)} L {n(x)} {n(y + 12)} Z"
    )
    return path(hand, fill=PAPER) + path(" ".join(line([(x + 10, y + at), (x + 16, y + at)]) for at in (9, 12)))


_TYPES: Final[dict[str, Callable[[float, float], str]]] = {
    "userTask": _user,
    "serviceTask": _service,
    "sendTask": _send,
    "receiveTask": _receive,
    "scriptTask": _script,
    "businessRuleTask": _rule,
    "manualTask": _manual,
}


def type_sign(shape: Shape) -> str:
    """The sign of the task's type at the upper left; none for plain tasks, calls and sub-processes."""
    draw = _TYPES.get(shape.tag)
    if draw is None:
        return ""
    sign = draw(shape.box.x + 8, shape.box.y + 6)
    if shape.tag == "receiveTask" and shape.element.get("instantiate") == "true":
        sign = circle(shape.box.x + 18, shape.box.y + 14.5, 13) + sign
    return sign


def edge_signs(shape: Shape) -> str:
    """Signs side by side in the middle of the lower edge: loop, several, compensation, ad hoc, folded."""
    signs = list(_edge_signs(shape))
    x = shape.box.centre[0] - (len(signs) - 1) * _STEP / 2
    return "".join(draw(x + place * _STEP, shape.box.bottom - 13) for place, draw in enumerate(signs))


def _edge_signs(shape: Shape) -> Iterator[Callable[[float, float], str]]:
    folded = shape.tag in ("subProcess", "transaction", "adHocSubProcess") and not shape.expanded
    for loop in bpmn_children(shape.element, "standardLoopCharacteristics", "multiInstanceLoopCharacteristics"):
        if local(loop) == "standardLoopCharacteristics":
            yield _loop
        else:
            yield _one_by_one if loop.get("isSequential") == "true" else _at_once
    if shape.element.get("isForCompensation") == "true":
        yield _compensation
    if folded or (shape.tag == "callActivity" and first_zeebe(shape.element, "calledElement") is not None):
        yield _plus
    if shape.tag == "adHocSubProcess":
        yield _tilde


def _plus(x: float, y: float) -> str:
    box = element("rect", x=x - 7, y=y - 7, width=14, height=14, fill=PAPER, stroke=INK)
    return box + path(" ".join([line([(x - 4, y), (x + 4, y)]), line([(x, y - 4), (x, y + 4)])]))


def _loop(x: float, y: float) -> str:
    n = number
    arc = f"M {n(x - 3)} {n(y + 5.2)} A 6 6 0 1 1 {n(x + 3)} {n(y + 5.2)}"
    tip = line([(x - 7, y + 5.6), (x - 2.6, y + 5.4), (x - 3.4, y + 1)])
    return path(arc, width=1.5) + path(tip, width=1.5)


def _at_once(x: float, y: float) -> str:
    return path(" ".join(line([(x + at, y - 6), (x + at, y + 6)]) for at in (-5, 0, 5)), width=2)


def _one_by_one(x: float, y: float) -> str:
    return path(" ".join(line([(x - 6, y + at), (x + 6, y + at)]) for at in (-5, 0, 5)), width=2)


def _compensation(x: float, y: float) -> str:
    left = line([(x - 7, y), (x, y - 5), (x, y + 5)], closed=True)
    return path(f"{left} {line([(x, y), (x + 7, y - 5), (x + 7, y + 5)], closed=True)}")


def _tilde(x: float, y: float) -> str:
    n = number
    wave = f"M {n(x - 7)} {n(y + 2)} C {n(x - 3)} {n(y - 7)} {n(x + 2)} {n(y + 6)} {n(x + 7)} {n(y - 2)}"
    return path(wave, width=2)
