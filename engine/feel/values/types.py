"""FEEL's types at run time: which value is an instance of which, and implicit conversions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from engine.feel.limits import Run
from engine.feel.values.kinds import FeelFunction, Range, YearMonthDuration
from engine.feel.values.operations import as_number
from engine.feel.values.temporal import WideDate, WideDateTime, WideDuration, WideTime, as_date_time


@dataclass(frozen=True, slots=True)
class Type:
    """A type as written: ``list<number>`` is Type("list", (Type("number"),))."""

    name: str
    arguments: tuple[Type, ...] = ()
    #: Names of a context type's entries, in step with ``arguments``.
    keys: tuple[str, ...] = ()


#: Checks of types that a decision model names, by name; a check charges the run that is given, if any.
Named = Mapping[str, Callable[[Any, "Run | None"], bool]]

_SIMPLE: Final[dict[str, type | tuple[type, ...]]] = {
    "number": (Decimal, int),
    "string": str,
    "boolean": bool,
    "date": (date, WideDate),
    "time": (time, WideTime),
    "date and time": (datetime, WideDateTime),
    "days and time duration": (timedelta, WideDuration),
    "years and months duration": YearMonthDuration,
    "list": list,
    "context": dict,
    "range": Range,
    "function": FeelFunction,
}
_ALIASES: Final = {
    "date time": "date and time",
    "dateTime": "date and time",
    "dateAndTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "day time duration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "year month duration": "years and months duration",
}


def canonical(name: str) -> str:
    """The standard's name of a type."""
    return _ALIASES.get(name, name)


def is_known(wanted: Type, named: Named) -> bool:
    """Whether a type and its arguments exist."""
    name = canonical(wanted.name)
    if name not in _SIMPLE and name not in ("Any", "Null", "duration") and name not in named:
        return False
    return all(is_known(argument, named) for argument in wanted.arguments)


def conforms(
    value: Any,
    wanted: Type,
    named: Named = {},  # noqa: B006 (a Mapping: nobody can change it)
    run: Run | None = None,
) -> bool:
    """Whether a value is of a type; null is of every type (DMN 1.5 §10.3.2.9).

    Args:
        run: is charged for each item: a value that holds another one many times over may be endlessly large.
    """
    name = canonical(wanted.name)
    if name in named:
        return named[name](value, run)
    if value is None or name == "Any":
        return True
    if name == "Null":
        return False
    if name == "duration":
        return isinstance(value, timedelta | WideDuration | YearMonthDuration)
    python = _SIMPLE.get(name)
    if python is None or not isinstance(value, python):
        return False
    if name == "number":
        return not isinstance(value, bool)
    if name == "date":
        return not isinstance(value, datetime)
    return _arguments_conform(value, wanted, named, run)


def _arguments_conform(value: Any, wanted: Type, named: Named, run: Run | None) -> bool:
    if not wanted.arguments:
        return True
    if run is not None:
        run.charge(1 + len(value) if isinstance(value, list) else 4)
    if isinstance(value, list):
        return all(conforms(item, wanted.arguments[0], named, run) for item in value)
    if isinstance(value, dict):
        pairs = zip(wanted.keys, wanted.arguments, strict=True)
        return all(key in value and conforms(value[key], kind, named, run) for key, kind in pairs)
    if isinstance(value, Range):
        return all(conforms(end, wanted.arguments[0], named, run) for end in (value.low, value.high))
    return _function_conforms(value, wanted)


def _function_conforms(function: FeelFunction, wanted: Type) -> bool:
    """Parameters are contravariant, the result covariant; what is not declared is Any."""
    *parameters, result = wanted.arguments
    if len(function.parameters) != len(parameters):
        return False
    declared = function.parameter_types or (None,) * len(parameters)
    if not all(own is None or is_subtype(want, own) for own, want in zip(declared, parameters, strict=True)):
        return False
    return is_subtype(function.result_type or Type("Any"), result) or function.result_type is None


def is_subtype(one: Type, other: Type) -> bool:
    """Whether every value of the first type is one of the second."""
    first, second = canonical(one.name), canonical(other.name)
    if second == "Any" or first == "Null":
        return True
    if first != second:
        return False
    if other.keys:
        mine = dict(zip(one.keys, one.arguments, strict=True))
        pairs = zip(other.keys, other.arguments, strict=True)
        return all(key in mine and is_subtype(mine[key], kind) for key, kind in pairs)
    if not other.arguments:
        return True
    return len(one.arguments) == len(other.arguments) and all(map(is_subtype, one.arguments, other.arguments))


def coerce(
    value: Any,
    wanted: Type,
    named: Named = {},  # noqa: B006 (as above)
    run: Run | None = None,
) -> Any:
    """The value as the type wants it, by the implicit conversions; null when it cannot be (DMN 1.5 §10.3.2.9.4)."""
    if value is None or conforms(value, wanted, named, run):
        return as_number(value)
    if isinstance(value, list) and len(value) == 1 and conforms(value[0], wanted, named, run):
        return as_number(value[0])
    if not isinstance(value, list) and conforms([value], wanted, named, run):
        return [as_number(value)]
    moment = as_date_time(value)
    return moment if moment is not None and conforms(moment, wanted, named, run) else None
