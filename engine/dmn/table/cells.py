"""Compiles the cells of a table: tests of an input, expressions of an output."""

from __future__ import annotations

from engine.dmn.places import Place
from engine.dmn.vocabulary import Vocabulary
from engine.feel.compiler.core import Closure, Scope, compile_node
from engine.feel.compiler.unary import QUESTION, compile_tests
from engine.feel.values.types import Type


def compile_cell(
    text: str, place: Place, kind: Type, vocabulary: Vocabulary, scope: Scope
) -> tuple[Closure | None, bool]:
    """A cell's test of a value of a type (None: anything passes), and the answer that means no.

    Raises:
        DecisionError: it does not parse.
    """
    if not text or text == "-":
        return None, False
    tests = vocabulary.parse_tests(text, place, kind)
    inner = Scope(scope.unit, scope, [QUESTION])
    return (compile_tests(tests.tests, inner) if tests.tests else None), tests.negated


def compile_output(text: str, place: Place, kind: str | None, vocabulary: Vocabulary, scope: Scope) -> Closure:
    """An output cell of a column of a type; an empty one is null.

    Raises:
        DecisionError: it does not parse.
    """
    if not text or text == "-":
        return lambda env: None
    return compile_node(vocabulary.parse(text, place, vocabulary.types.structure(kind)), scope)
