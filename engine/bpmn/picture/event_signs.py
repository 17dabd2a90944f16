"""The signs inside of events, drawn round the middle of the circle; thrown ones are filled.

Source: BPMN 2.0.2 §10.5, tables 10.89 and 10.93 say what each looks like; the drawings are our own.
"""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin
from typing import Final

from engine.bpmn.lint.layout.geometry import Point
from engine.bpmn.picture.pen import INK, PAPER, circle, element, line, path

Sign = Callable[[Point, float, bool], str]


def _shape(points: list[Point], middle: Point, size: float, *, filled: bool, closed: bool = True) -> str:
    """Straight pieces through points given in parts of the radius."""
    x, y = middle
    moved = [(x + px * size, y + py * size) for px, py in points]
    return path(line(moved, closed=closed), fill=INK if filled else "none")


def _message(middle: Point, r: float, thrown: bool) -> str:
    return envelope(middle[0] - 0.55 * r, middle[1] - 0.38 * r, 1.1 * r, 0.76 * r, filled=thrown)


def envelope(x: float, y: float, width: float, height: float, *, filled: bool) -> str:
    """A letter; the flap of a filled one is drawn in white."""
    cover = element("rect", x=x, y=y, width=width, height=height, fill=INK if filled else PAPER, stroke=INK)
    flap = line([(x, y), (x + width / 2, y + height * 0.55), (x + width, y)])
    return cover + path(flap, stroke=PAPER if filled else INK)


def _timer(middle: Point, r: float, _thrown: bool) -> str:
    x, y = middle
    ticks = [(x + cos(n * pi / 6) * 0.6 * r, y + sin(n * pi / 6) * 0.6 * r) for n in range(12)]
    rim = [(x + cos(n * pi / 6) * 0.5 * r, y + sin(n * pi / 6) * 0.5 * r) for n in range(12)]
    dial = circle(x, y, 0.62 * r, fill=PAPER, width=1.5)
    marks = " ".join(line([tick, end]) for tick, end in zip(ticks, rim, strict=True))
    hands = line([(x + 0.12 * r, y - 0.42 * r), (x, y), (x + 0.36 * r, y + 0.02 * r)])
    return dial + path(marks) + path(hands, width=1.5)


def _error(middle: Point, r: float, thrown: bool) -> str:
    bolt = [(-0.55, 0.5), (-0.2, -0.5), (0.2, 0.1), (0.55, -0.5), (0.2, 0.5), (-0.2, -0.05)]
    return _shape(bolt, middle, r, filled=thrown)


def _escalation(middle: Point, r: float, thrown: bool) -> str:
    return _shape([(0, -0.6), (0.45, 0.55), (0, 0.08), (-0.45, 0.55)], middle, r, filled=thrown)


def _signal(middle: Point, r: float, thrown: bool) -> str:
    return _shape([(0, -0.58), (0.55, 0.4), (-0.55, 0.4)], middle, r, filled=thrown)


def _condition(middle: Point, r: float, _thrown: bool) -> str:
    x, y = middle
    sheet = element(
        "rect", x=x - 0.42 * r, y=y - 0.52 * r, width=0.84 * r, height=1.04 * r, fill=PAPER, stroke=INK
    )  # fmt: skip
    rows = (line([(x - 0.28 * r, y + at * r), (x + 0.28 * r, y + at * r)]) for at in (-0.3, -0.1, 0.1, 0.3))
    return sheet + path(" ".join(rows))


def _link(middle: Point, r: float, thrown: bool) -> str:
    arrow = [(-0.55, -0.2), (0.1, -0.2), (0.1, -0.48), (0.6, 0), (0.1, 0.48), (0.1, 0.2), (-0.55, 0.2)]
    return _shape(arrow, middle, r, filled=thrown)


def _compensation(middle: Point, r: float, thrown: bool) -> str:
    left = _shape([(-0.62, 0), (-0.06, -0.4), (-0.06, 0.4)], middle, r, filled=thrown)
    return left + _shape([(-0.06, 0), (0.5, -0.4), (0.5, 0.4)], middle, r, filled=thrown)


def _cancel(middle: Point, r: float, thrown: bool) -> str:
    a, b = 0.16, 0.55
    cross = [
        (-b, -b + a), (-b + a, -b), (0, -a), (b - a, -b), (b, -b + a), (a, 0),
        (b, b - a), (b - a, b), (0, a), (-b + a, b), (-b, b - a), (-a, 0),
    ]  # fmt: skip
    return _shape(cross, middle, r, filled=thrown)


def _terminate(middle: Point, r: float, _thrown: bool) -> str:
    return circle(*middle, 0.56 * r, fill=INK)


def multiple(middle: Point, r: float, thrown: bool) -> str:
    """A pentagon: any of several."""
    corners = [(0.58 * sin(n * 2 * pi / 5), -0.58 * cos(n * 2 * pi / 5)) for n in range(5)]
    return _shape(corners, middle, r, filled=thrown)


def all_of_several(middle: Point, r: float, _thrown: bool) -> str:
    """A plus: all of several."""
    a, b = 0.14, 0.55
    plus = [
        (-a, -b), (a, -b), (a, -a), (b, -a), (b, a), (a, a), (a, b), (-a, b), (-a, a), (-b, a), (-b, -a), (-a, -a),
    ]  # fmt: skip
    return _shape(plus, middle, r, filled=False)


SIGNS: Final[dict[str, Sign]] = {
    "messageEventDefinition": _message,
    "timerEventDefinition": _timer,
    "errorEventDefinition": _error,
    "escalationEventDefinition": _escalation,
    "signalEventDefinition": _signal,
    "conditionalEventDefinition": _condition,
    "linkEventDefinition": _link,
    "compensateEventDefinition": _compensation,
    "cancelEventDefinition": _cancel,
    "terminateEventDefinition": _terminate,
}
