"""How a thing is drawn, before and after: where, how large, along which way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.studio.comparing import words
from engine.studio.comparing.facts import Facts, Path
from engine.studio.comparing.model import Change, Words

_BOUNDS: Final = "dc:Bounds"
_WAY: Final = "di:waypoint"
_LABEL: Final = "bpmndi:BPMNLabel"


def changes(before: Facts, after: Facts) -> list[Change]:
    """What is drawn otherwise; empty where nothing is."""
    if list(before.values.items()) == list(after.values.items()):
        return []  # most things of two versions: nothing to sort
    was, now = _sorted(before), _sorted(after)
    found: list[Change] = []
    for what in dict.fromkeys([*now, *was]):
        one, other = was.get(what), now.get(what)
        if one != other:
            found.append(Change(what=what, before=one, after=other))
    return found


def place(drawn: Facts) -> str | None:
    """Where its middle is; None where it is not drawn as a shape."""
    numbers = [_number(drawn.values.get(_bound(name), "")) for name in ("x", "y", "width", "height")]
    x, y, width, height = numbers
    if x is None or y is None or width is None or height is None:
        return None
    return f"{x + width / 2:.0f}, {y + height / 2:.0f}"


def _bound(name: str) -> Path:
    return ((_BOUNDS, ""), (f"@{name}", ""))


def _sorted(drawn: Facts) -> dict[Words, str]:
    """The facts in groups that people speak of."""
    above: dict[Path, list[tuple[str, str]]] = {}
    for path, value in drawn.values.items():
        if path != (("@bpmnElement", ""),):
            above.setdefault(path[:-1], []).append((path[-1][0], value))
    groups: dict[Words, list[str]] = {}
    for path, values in above.items():
        for name, value in sorted(values):  # x before y, in whatever order the file has them
            groups.setdefault(_group((*path, (name, ""))), []).append(_plain(value))
    return {what: _GLUE.get(what, ", ".join)(values) for what, values in groups.items()}


_PLACE: Final = Words("位置", "Position")
_SIZE: Final = Words("大小", "Size")
_ROUTE: Final = Words("走线", "Route")
_LETTERING: Final = Words("文字位置", "Label position")


def _group(path: Path) -> Words:
    first, last = path[0][0], path[-1][0]
    if first == _BOUNDS and last in ("@x", "@y"):
        return _PLACE
    if first == _BOUNDS and last in ("@width", "@height"):
        return _SIZE
    if first == _WAY and last in ("@x", "@y"):
        return _ROUTE
    return _LETTERING if first == _LABEL and len(path) > 1 and path[1][0] == _BOUNDS else words.say(path)


def _points(numbers: list[str]) -> str:
    return " → ".join(f"{x},{y}" for x, y in zip(numbers[::2], [*numbers[1::2], ""], strict=False))


_GLUE: Final[dict[Words, Callable[[list[str]], str]]] = {_ROUTE: _points, _SIZE: " × ".join}


def _plain(text: str) -> str:
    """A number without a point that says nothing."""
    found = _number(text)
    return text if found is None or not found.is_integer() else str(int(found))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
