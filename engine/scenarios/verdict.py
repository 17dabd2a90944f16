"""Compares what came out with what the scenario says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from engine import canonical
from engine.clock import SHANGHAI
from engine.errors import InvalidValue
from engine.model import Value, is_file
from engine.scenarios.problem import Mismatch
from engine.scenarios.result import Result
from engine.scenarios.scenario import Scenario


def check_outcome(
    scenario: Scenario, result: Result, unused: list[str], named: Callable[[str], str] = str
) -> Mismatch | None:
    """The first difference, with the element or variable; None when all holds.

    Args:
        scenario, result: what was to come out, and what did.
        unused: entries of the scenario that the run never asked for.
        named: how the Chinese sentence calls an element.
    """
    if scenario.end is not None and result.end != scenario.end:
        reached = "没有结束的地方" if result.end is None else named(result.end)
        return Mismatch(
            f"the case ended at {result.end}, not at {scenario.end}",
            f"工单结束在{reached},场景要求结束在{named(scenario.end)}",
        )
    for name, expected in scenario.expect.items():
        if not same(expected, result.variables.get(name)):
            actual = _text(result.variables.get(name))
            return Mismatch(
                f"{name} is {actual} at the end, not {_text(expected)}",
                f"结束时变量 {name} 是 {actual},场景要求是 {_text(expected)}",
            )
    if scenario.path is not None and result.path != scenario.path:
        return _path_difference(scenario.path, result.path, named)
    if unused:
        return Mismatch(
            f"never needed: {', '.join(unused)} (was the element never reached?)",
            f"用不到:{'、'.join(unused)}(流程没有走到那里?请改正或删去)",
        )
    return None


def same(expected: Value, actual: Value) -> bool:
    """Whether two values are equal: numbers by value, texts of ISO 8601 (without an offset: the shop's time) against
    dates and times, names against files.
    """
    if is_file(actual) and isinstance(expected, str):
        return bool(actual["name"] == expected)
    if isinstance(actual, (date, time)) and isinstance(expected, str):
        return _read_like(actual, expected) == actual
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(same(expected[key], actual[key]) for key in expected)
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, (int, Decimal)) and isinstance(actual, (int, Decimal)):
        return Decimal(expected) == Decimal(actual)
    return type(expected) is type(actual) and bool(expected == actual)


def _read_like(actual: date | time, text: str) -> object:
    try:
        read = type(actual).fromisoformat(text)
    except ValueError:
        return None
    if isinstance(read, datetime) and isinstance(actual, datetime) and read.tzinfo is None and actual.tzinfo:
        return read.replace(tzinfo=SHANGHAI)
    return read


def _path_difference(expected: tuple[str, ...], actual: tuple[str, ...], named: Callable[[str], str]) -> Mismatch:
    for place, (wanted, entered) in enumerate(zip(expected, actual, strict=False), start=1):
        if wanted != entered:
            return Mismatch(
                f"step {place} of the path is {entered}, not {wanted} (an element that the catalogue leaves out of "
                f"paths carries the property implied = true)",
                f"路径第 {place} 步走到了{named(entered)},场景要求是{named(wanted)}",
            )
    if len(actual) > len(expected):
        more = actual[len(expected) :]
        last = expected[-1] if expected else None
        return Mismatch(
            f"the path goes on after {last or 'nothing'}: {', '.join(more)}",
            f"路径在{named(last) if last else '开头'}之后又走了:{'、'.join(map(named, more))}",
        )
    last = actual[-1] if actual else None
    rest = expected[len(actual) :]
    return Mismatch(
        f"the path stops after {last or 'nothing'}: {', '.join(rest)} missing",
        f"路径停在{named(last) if last else '开头'}之后,还差:{'、'.join(map(named, rest))}",
    )


def _text(value: Any) -> str:
    try:
        return canonical.encode(value).decode()
    except InvalidValue:
        return repr(value)
