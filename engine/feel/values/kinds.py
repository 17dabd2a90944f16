"""FEEL's value types that Python's standard library lacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class YearMonthDuration:
    """A years-and-months duration, as a signed number of months (DMN 1.5 §10.3.2.3.7)."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = "P" + (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return "-" + text if self.months < 0 else text


@dataclass(frozen=True, slots=True)
class Range:
    """An interval between two comparable values; ``None`` as an end is unbounded (DMN 1.5 §10.3.2.7)."""

    low: Any
    high: Any
    low_closed: bool = True
    high_closed: bool = True
    #: True for ``< 5`` and the like, where one end is missing on purpose.
    one_sided: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FeelFunction:
    """A function value: of the source, of a decision model, or a built-in one.

    ``call`` takes the run (budget and injected time) and the arguments in order; it gives null for wrong arguments.
    """

    name: str
    parameters: tuple[str, ...]
    call: Callable[..., Any]
    #: Sets of parameter names for calls by name; a built-in may have several.
    overloads: tuple[tuple[str, ...], ...] = ()
    #: How many parameters of each overload must be given, in step with ``overloads``.
    required: tuple[int, ...] = ()
    variadic: bool = False
    #: Parameter and result types where the source or the model declares them (engine.feel.values.types.Type).
    parameter_types: tuple[Any, ...] = ()
    result_type: Any = None
    #: What makes two functions of the source the same: parameters, body and the scope of their definition.
    definition: Any = None
