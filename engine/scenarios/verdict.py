"""Compares what came out with what the scenario says."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from engine import canonical
from engine.clock import SHANGHAI
from engine.errors import InvalidValue
from engine.model import Value, is_file
from engine.scenarios.result import Result
from engine.scenarios.scenario import Scenario


def check_outcome(scenario: Scenario, result: Result, unused: list[str]) -> str | None:
    """The first difference as a sentence that names the element or variable; None when all holds."""
    if scenario.end is not None and result.end != scenario.end:
        return f"the case ended at {result.end}, not at {scenario.end}"
    for name, expected in scenario.expect.items():
        if not same(expected, result.variables.get(name)):
            return f"{name} is {_text(result.variables.get(name))} at the end, not {_text(expected)}"
    if scenario.path is not None and result.path != scenario.path:
        return _path_difference(scenario.path, result.path)
    if unused:
        return f"never needed: {', '.join(unused)} (was the element never reached?)"
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


def _path_difference(expected: tuple[str, ...], actual: tuple[str, ...]) -> str:
    for place, (wanted, entered) in enumerate(zip(expected, actual, strict=False), start=1):
        if wanted != entered:
            return (
                f"step {place} of the path is {entered}, not {wanted} (an element that the catalogue leaves out of "
                f"paths carries the property implied = true)"
            )
    if len(actual) > len(expected):
        return f"the path goes on after {expected[-1] if expected else 'nothing'}: {', '.join(actual[len(expected) :])}"
    return f"the path stops after {actual[-1] if actual else 'nothing'}: {', '.join(expected[len(actual) :])} missing"


def _text(value: Any) -> str:
    try:
        return canonical.encode(value).decode()
    except InvalidValue:
        return repr(value)
