"""The syntax tree of FEEL: what the parser gives and the compiler takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from engine.feel.values.types import Type


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: number, text, boolean, null or an at-literal's value."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, a parameter, a key of a context around, or a built-in function."""

    name: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negation:
    """Arithmetic minus."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A chain of one precedence, from the left: ``a + b - c``."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or`` of two or more parts."""

    operator: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between:
    """``value between low and high``, both ends included."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Test:
    """One unary test: an operator before an operand, or (operator "") an expression."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class In:
    """``value in (tests)``."""

    value: Node
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf:
    """``value instance of type``."""

    value: Node
    type: Type


@dataclass(frozen=True, slots=True)
class Path:
    """``source.name``."""

    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter:
    """``source[condition]``."""

    source: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; ``names`` are given in a call by name, else empty."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RangeLiteral:
    """``[low..high]`` and its open kinds; a missing end is None: ``(< 5)``."""

    low: Node | None
    high: Node | None
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextLiteral:
    """``{key: value}``; later entries see earlier ones."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class If:
    """``if condition then … else …``."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iterator:
    """``name in domain`` or, with ``end``, ``name in domain..end``."""

    name: str
    domain: Node
    end: Node | None = None


@dataclass(frozen=True, slots=True)
class For:
    """``for iterators return body``; the body may read ``partial``."""

    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified:
    """``some`` or ``every`` iterators satisfy a condition."""

    quantifier: str
    iterators: tuple[Iterator, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class Function:
    """A function definition. An external one can never run here: it gives null."""

    parameters: tuple[tuple[str, Type | None], ...]
    body: Node
    external: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Foreign:
    """Something of a decision model within an expression: ``compile`` takes the scope and gives the closure."""

    compile: Callable[[Any], Callable[[Any], Any]]
    #: Expressions inside, for those who walk the tree.
    parts: tuple[Node, ...] = ()


Node: TypeAlias = (
    Constant
    | Name
    | Negation
    | Arithmetic
    | Logic
    | Comparison
    | Between
    | In
    | InstanceOf
    | Path
    | Filter
    | Call
    | RangeLiteral
    | ListLiteral
    | ContextLiteral
    | If
    | For
    | Quantified
    | Function
    | Foreign
)


@dataclass(frozen=True, slots=True)
class Tests:
    """A cell of a decision table: tests joined by "or", perhaps negated; no tests: anything (``-``)."""

    tests: tuple[Test, ...]
    negated: bool = False
