"""The output columns of a table: types, allowed values, defaults, priorities."""

from __future__ import annotations

from typing import Any

from engine.dmn.places import Place
from engine.dmn.results import OutputClause
from engine.dmn.table.cells import compile_cell, compile_output
from engine.dmn.table.source import TableSource
from engine.dmn.tracing import is_strict
from engine.dmn.vocabulary import Vocabulary
from engine.errors import FeelSyntaxError
from engine.feel.compiler.core import Closure, Scope
from engine.feel.compiler.unary import QUESTION
from engine.feel.expressions import compile_expression
from engine.feel.limits import Env
from engine.feel.values.operations import as_number


class Outputs:
    """Makes a row's result out of its cells' values."""

    def __init__(self, source: TableSource, place: Place, vocabulary: Vocabulary, scope: Scope) -> None:
        self._clauses = source.outputs
        self._place = place
        self._types = vocabulary.types
        self._defaults = [
            compile_output(clause.default, self._at(None, clause), clause.type, vocabulary, scope)
            if clause.default
            else None
            for clause in source.outputs
        ]
        kinds = [vocabulary.types.structure(clause.type) for clause in source.outputs]
        self._allowed = [
            compile_cell(clause.values, self._at(None, clause), kind, vocabulary, scope)
            for clause, kind in zip(source.outputs, kinds, strict=True)
        ]
        self.priorities = [_listed(clause.values) for clause in source.outputs]

    def _at(self, number: int | None, clause: OutputClause) -> Place:
        return self._place.cell(number, clause.name, of_inputs=False)

    def make(self, env: Env, number: int | None, values: list[Any]) -> Any:
        """One row's result: a value, or a context where there are several columns; without a number the default.

        Raises:
            DecisionError: a value has not its column's type, or (where a process asks) is none of the allowed ones.
        """
        pairs = zip(self._clauses, self._allowed, values, strict=True)
        checked = [self._checked(env, number, clause, allowed, value) for clause, allowed, value in pairs]
        if len(checked) == 1:
            return checked[0]
        return {clause.name: value for clause, value in zip(self._clauses, checked, strict=True)}

    def _checked(
        self, env: Env, number: int | None, clause: OutputClause, allowed: tuple[Closure | None, bool], given: Any
    ) -> Any:
        value = as_number(given) if clause.type is None else self._types.coerce(given, clause.type, env.run)
        if value is None and given is not None:
            place = self._at(number, clause)
            what = "" if number else "the default: "
            raise place.refuse(f"{what}the value is no {clause.type}", f"输出值不是 {clause.type} 类型")
        test, negated = allowed
        if test is not None and value is not None and number is not None and is_strict(env.run):
            answer = test(Env(env.run, env, {QUESTION: value}))
            if answer is None or answer is negated:
                en, zh = "the value is none of the allowed ones", "输出值不在允许的取值"
                raise self._at(number, clause).refuse(f"{en} {clause.values}", f"{zh} {clause.values} 之内")
        return value

    def default(self, env: Env) -> Any:
        """The default output; None when no column has one."""
        if not any(self._defaults):
            return None
        return self.make(env, None, [None if closure is None else closure(env) for closure in self._defaults])


def _listed(text: str) -> list[Any]:
    """The allowed output values, in their order."""
    if not text:
        return []
    try:
        values = compile_expression(f"[{text}]")(lambda name: None)
    except FeelSyntaxError:
        return []
    return values if isinstance(values, list) else []
