"""The syntax tree of FEEL: what the parser gives and the compiler takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from engine.feel.values.types import Type

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """What all nodes know: where they stand."""

    #: Characters of the source, from and to; (0, 0) for what a decision model adds.
    span: Span = field(default=(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Constant(Syntax):
    """A literal: number, text, boolean, null or an at-literal's value."""

    value: Any
    #: The text of an at-literal, whose value is null when it means nothing.
    at: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Name(Syntax):
    """A variable, a parameter, a key of a context around, or a built-in function."""

    name: str


@dataclass(frozen=True, slots=True)
class Negation(Syntax):
    """Arithmetic minus."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Syntax):
    """A chain of one precedence, from the left: ``a + b - c``."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Logic(Syntax):
    """``and`` or ``or`` of two or more parts."""

    operator: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Syntax):
    """``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Syntax):
    """``value between low and high``, both ends included."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Test(Syntax):
    """One unary test: an operator before an operand, or (operator "") an expression."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class In(Syntax):
    """``value in (tests)``."""

    value: Node
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Syntax):
    """``value instance of type``."""

    value: Node
    type: Type


@dataclass(frozen=True, slots=True)
class Path(Syntax):
    """``source.name``."""

    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Syntax):
    """``source[condition]``."""

    source: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Syntax):
    """A function call; ``names`` are given in a call by name, else empty."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RangeLiteral(Syntax):
    """``[low..high]`` and its open kinds; a missing end is None: ``(< 5)``."""

    low: Node | None
    high: Node | None
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class ListLiteral(Syntax):
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextLiteral(Syntax):
    """``{key: value}``; later entries see earlier ones."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class If(Syntax):
    """``if condition then … else …``."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iterator(Syntax):
    """``name in domain`` or, with ``end``, ``name in domain..end``."""

    name: str
    domain: Node
    end: Node | None = None


@dataclass(frozen=True, slots=True)
class For(Syntax):
    """``for iterators return body``; the body may read ``partial``."""

    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Syntax):
    """``some`` or ``every`` iterators satisfy a condition."""

    quantifier: str
    iterators: tuple[Iterator, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class Function(Syntax):
    """A function definition. An external one can never run here: it gives null."""

    parameters: tuple[tuple[str, Type | None], ...]
    body: Node
    external: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Foreign(Syntax):
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
class Tests(Syntax):
    """A cell of a decision table: tests joined by "or", perhaps negated; no tests: anything (``-``)."""

    tests: tuple[Test, ...]
    negated: bool = False
