"""Expressions and unary tests, compiled once and shared by all threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from engine.errors import FeelLimitExceeded, FeelSyntaxError
from engine.feel import builtins
from engine.feel.cache import Generations
from engine.feel.compiler import calls, flow, operators, structures, unary
from engine.feel.compiler.core import Closure, Scope, Unit, compile_node
from engine.feel.compiler.unary import QUESTION, compile_tests
from engine.feel.limits import MAX_DEPTH, Env, Run, check_result
from engine.feel.syntax import tree
from engine.feel.syntax.parser import parse_expression, parse_unary_tests
from engine.feel.values.types import Named

__all__ = ["Expression", "UnaryTests", "compile_expression", "compile_source", "compile_unary_tests", "evaluate"]
_REGISTERED: Final = (builtins, calls, flow, operators, structures, unary)  # importing them registers what they compile
_NOTHING: Final[Named] = MappingProxyType({})
_ATOMS: Final = frozenset({bool, type(None)})
_Key: TypeAlias = tuple[str, frozenset[str], frozenset[str]]
_EXPRESSIONS: Final[Generations[tuple[_Key, bool], Expression]] = Generations()
_CELLS: Final[Generations[_Key, UnaryTests]] = Generations()


class Expression:
    """A compiled FEEL expression; immutable, safe to share between threads."""

    __slots__ = ("_closure", "names", "source")

    def __init__(self, source: str, closure: Closure, names: frozenset[str]) -> None:
        self.source = source
        #: Free root names it reads.
        self.names = names
        self._closure = closure

    def __call__(self, lookup: Callable[[str], Any], now: datetime | None = None) -> Any:
        """The value; null where FEEL defines none.

        Args:
            lookup: gives a variable by its name, None when there is none.
            now: aware; what ``now()`` and ``today()`` answer. None: they are null.

        Raises:
            FeelLimitExceeded: more than 100 000 steps, or a larger or deeper value than allowed. Don't retry.
        """
        try:
            value = self._closure(Run(lookup, now))
        except RecursionError:
            raise FeelLimitExceeded("calls are nested too deep") from None
        return value if type(value) in _ATOMS else check_result(value)

    def __repr__(self) -> str:
        return f"Expression({self.source!r})"


class UnaryTests:
    """A compiled cell of a decision table; immutable, safe to share between threads."""

    __slots__ = ("_closure", "names", "source", "tests")

    def __init__(self, source: str, tests: tree.Tests, closure: Closure | None, names: frozenset[str]) -> None:
        self.source = source
        self.names = names
        #: The tests as a tree, for the analysis of tables.
        self.tests = tests
        self._closure = closure

    def __call__(self, value: Any, lookup: Callable[[str], Any], now: datetime | None = None) -> bool | None:
        """Whether the input value passes; null when that is undefined.

        Raises:
            FeelLimitExceeded: as for expressions.
        """
        if self._closure is None:
            return True
        try:
            answer: bool | None = self._closure(Env(Run(lookup, now), None, {QUESTION: value}))
        except RecursionError:
            raise FeelLimitExceeded("calls are nested too deep") from None
        if self.tests.negated:
            return None if answer is None else not answer
        return answer

    def __repr__(self) -> str:
        return f"UnaryTests({self.source!r})"


def compile_expression(
    source: str,
    names: frozenset[str] = frozenset(),
    *,
    properties: frozenset[str] = frozenset(),
    named_types: Named = _NOTHING,
    functions: bool = True,
) -> Expression:
    """Compile an expression that is written without a leading ``=``.

    Args:
        names: free names that the surroundings know; needed for those of several words and those that hide a built-in
            function.
        properties: names of entries of contexts, needed for those of several words.
        named_types: checks of the types that ``instance of`` and parameters may name.
        functions: whether a name that nobody has set may stand for the built-in function of this name where it is not
            called: ``product`` alone is a function then, else null.

    Raises:
        FeelSyntaxError: it does not parse.
    """
    if named_types:
        return _compile(source, names, properties, named_types, functions)
    key = (source, names, properties), functions
    return _EXPRESSIONS.get(key, len(source), lambda: _compile(source, names, properties, _NOTHING, functions))


def _compile(
    source: str, names: frozenset[str], properties: frozenset[str], types: Named, functions: bool
) -> Expression:
    try:
        node = parse_expression(source, names, properties | frozenset(types))
        unit = Unit(types, names, functions=functions)
        closure = compile_node(node, Scope(unit))
    except RecursionError:
        raise FeelSyntaxError(source, 0, f"nested deeper than {MAX_DEPTH} levels") from None
    return Expression(source, closure, frozenset(unit.free))


def compile_unary_tests(
    source: str, names: frozenset[str] = frozenset(), properties: frozenset[str] = frozenset()
) -> UnaryTests:
    """Compile a cell of a decision table, such as ``-``, ``]24..48]``, ``"a","b"``, ``not("b")``, ``contains(?, "x")``.

    Raises:
        FeelSyntaxError: it does not parse.
    """
    key = source, names, properties
    return _CELLS.get(key, len(source), lambda: _compile_tests(source, names, properties))


def _compile_tests(source: str, names: frozenset[str], properties: frozenset[str]) -> UnaryTests:
    try:
        tests = parse_unary_tests(source, names, properties)
        unit = Unit(_NOTHING, names)
        scope = Scope(unit, None, [QUESTION])
        closure = compile_tests(tests.tests, scope) if tests.tests else None
    except RecursionError:
        raise FeelSyntaxError(source, 0, f"nested deeper than {MAX_DEPTH} levels") from None
    return UnaryTests(source, tests, closure, frozenset(unit.free))


def compile_source(text: str) -> Expression:
    """A text of a file: behind a leading ``=`` it is FEEL, otherwise it is the text itself.

    A case's variable that is not set is null, also where a built-in function has its name.

    Raises:
        FeelSyntaxError: the FEEL does not parse.
    """
    stripped = text.lstrip()
    if stripped.startswith("="):
        return compile_expression(stripped[1:], functions=False)
    return Expression(text, lambda env: text, frozenset())


def evaluate(source: str, variables: Mapping[str, Any], now: datetime | None = None) -> Any:
    """Compile and evaluate at once, with the variables' names known, those of several words too.

    Raises:
        FeelSyntaxError: it does not parse.
        FeelLimitExceeded: it ran too long or made too large a value.
    """
    return compile_expression(source, frozenset(variables))(variables.get, now)
