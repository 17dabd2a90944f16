"""How a built-in function is declared: names and types of its parameters are checked here, once for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine.feel.compiler.core import BUILTINS
from engine.feel.limits import Run
from engine.feel.syntax import names
from engine.feel.syntax.stream import BUILTIN_NAMES
from engine.feel.values.kinds import FeelFunction
from engine.feel.values.operations import as_number
from engine.feel.values.types import Type, conforms

_ANY: Final = "Any"
_VALUE: Final = "Value"
#: Python's types of the values of a FEEL type, where there is one alone.
_EXACT: Final[dict[str, type]] = {
    "number": Decimal, "string": str, "boolean": bool, "list": list, "context": dict, "function": FeelFunction,
}  # fmt: skip
#: The signatures of the built-in functions by name, for those who explain why a call gave null.
SIGNATURES: Final[dict[str, tuple[Overload, ...]]] = {}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as a signature declares it."""

    name: str
    type: Type
    optional: bool
    nullable: bool


@dataclass(frozen=True, slots=True)
class Overload:
    """One of the ways in which a function may be called."""

    parameters: tuple[Parameter, ...]
    #: Any number of arguments makes up a list for the last parameter.
    variadic: bool
    #: A list alone is that list itself: ``sum([1, 2])`` is ``sum(1, 2)``.
    spread: bool = False

    @property
    def required(self) -> int:
        """How many arguments there must be."""
        return sum(not parameter.optional for parameter in self.parameters)

    def takes(self, count: int) -> bool:
        """Whether so many arguments may be given."""
        return self.required <= count and (self.variadic or count <= len(self.parameters))


def builtin(name: str, *signatures: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a built-in function.

    Args:
        name: as FEEL calls it.
        signatures: ``"string: string, length?: number"``; ``?`` after a name: may be left out; ``!`` after a type: may
            be null, as ``Any`` may (otherwise a null argument gives null; ``Value`` is anything but null); ``...`` at
            the end: single arguments make up the list, and a list alone is it; ``*``: it is one of them.
    """
    overloads = tuple(_signature(text) for text in signatures)

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        SIGNATURES[name] = overloads
        BUILTINS[name] = FeelFunction(
            name,
            tuple(parameter.name for parameter in overloads[0].parameters),
            _checked(function, overloads),
            overloads=tuple(tuple(parameter.name for parameter in overload.parameters) for overload in overloads),
            required=tuple(overload.required for overload in overloads),
            variadic=any(overload.variadic for overload in overloads),
        )
        names.declare(BUILTIN_NAMES, name)
        return function

    return register


def _signature(text: str) -> Overload:
    spread, variadic = text.endswith("..."), text.endswith(("...", "*"))
    parts = [part for part in text.removesuffix("...").removesuffix("*").split(", ") if part]
    return Overload(tuple(_parameter(part) for part in parts), variadic, spread)


def _parameter(text: str) -> Parameter:
    name, _, kind = text.partition(": ")
    nullable = kind.endswith("!") or kind == _ANY
    wanted = Type(_ANY if kind == _VALUE else kind.removesuffix("!"))
    return Parameter(name.removesuffix("?"), wanted, name.endswith("?"), nullable)


def _checked(function: Callable[..., Any], overloads: tuple[Overload, ...]) -> Callable[..., Any]:
    most = max(len(overload.parameters) for overload in overloads)
    plans = {count: _plan(overloads, count) for count in range(most + 1)}

    def call(run: Run, *arguments: Any) -> Any:
        run.charge(1)
        count = len(arguments)
        for overload, kinds in plans[count] if count <= most else _plan(overloads, count):
            if kinds is not None and tuple(map(type, arguments)) == kinds:
                run.charge(sum([len(each) >> 4 for each in arguments if type(each) is str or type(each) is list]))
                return _priced(run, function(run, *arguments))
            checked = _arguments(run, overload, arguments)
            if checked is not None:
                return _priced(run, function(run, *checked))
        return None

    return call


def _plan(overloads: tuple[Overload, ...], count: int) -> list[tuple[Overload, tuple[type, ...] | None]]:
    """The overloads that take so many arguments, with the kinds of arguments that need no further look."""
    found: list[tuple[Overload, tuple[type, ...] | None]] = []
    for overload in overloads:
        if overload.takes(count):
            kinds = [_EXACT.get(parameter.type.name) for parameter in overload.parameters[:count]]
            known = not overload.variadic and None not in kinds
            found.append((overload, tuple(kind for kind in kinds if kind is not None) if known else None))
    return found


def _priced(run: Run, value: Any) -> Any:
    """The value itself, charged by its size: what is made must not cost more memory than steps allow."""
    kind = type(value)
    if kind is str:
        run.charge(len(value) // 64)
    elif kind is list:
        run.charge(len(value) // 16)
    return value


def _arguments(run: Run, overload: Overload, arguments: tuple[Any, ...]) -> list[Any] | None:
    """The arguments as the signature wants them; None when one has a wrong type."""
    if overload.variadic:
        fixed = len(overload.parameters) - 1
        rest = arguments[fixed:]
        if fixed or not overload.spread or not (len(rest) == 1 and isinstance(rest[0], list)):
            arguments = (*arguments[:fixed], list(rest))
    checked = []
    for parameter, argument in zip(overload.parameters, arguments, strict=False):
        value = as_number(argument)
        if isinstance(value, list | str):
            run.charge(len(value) // 16)
        if value is None and not parameter.nullable:
            return None
        if parameter.type.name != _ANY and value is not None and not conforms(value, parameter.type):
            value = _converted(value, parameter.type)
            if value is None:
                return None
        checked.append(value)
    return checked


def _converted(value: Any, wanted: Type) -> Any:
    """To or from a list of one (DMN 1.5 §10.3.2.9.4)."""
    if wanted.name == "list":
        return [value]
    if isinstance(value, list) and len(value) == 1 and conforms(value[0], wanted):
        return as_number(value[0])
    return None
