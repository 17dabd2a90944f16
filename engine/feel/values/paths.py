"""What stands after a dot: components of any value but a context, which the compiler reads itself."""

from __future__ import annotations

from typing import Any, Final

from engine.feel.limits import Run
from engine.feel.values.kinds import Range, YearMonthDuration
from engine.feel.values.temporal import SORTS, component

_TEMPORAL: Final = frozenset(SORTS) | {YearMonthDuration}


def path_of(value: Any, name: str, run: Run) -> Any:
    """``value.name``: for a list, of each item; null where there is no such component."""
    kind = type(value)
    if kind is dict:
        return value.get(name)
    if kind is list:
        run.charge(len(value))
        return [path_of(item, name, run) for item in value]
    if kind in _TEMPORAL:
        return component(value, name)
    if kind is Range:
        return _of_range(value, name)
    return None


def _of_range(value: Range, name: str) -> Any:
    if name == "start":
        return value.low
    if name == "end":
        return value.high
    if name == "start included":
        return value.low_closed
    return value.high_closed if name == "end included" else None
