"""Why a rule of a table did not hit: what each of its cells says of the inputs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.dmn.elements import Decision
from engine.dmn.evaluation import Evaluation, Lookup
from engine.dmn.places import Place
from engine.dmn.results import InputClause
from engine.dmn.table.cells import compile_cell
from engine.dmn.types import ANY
from engine.dmn.vocabulary import Vocabulary
from engine.errors import EngineError
from engine.feel.compiler.core import Scope, Unit, compile_node
from engine.feel.compiler.unary import QUESTION
from engine.feel.limits import Env, Run
from engine.feel.values.operations import as_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a table's cells say of one input."""

    #: By input column.
    values: tuple[Any, ...]
    #: By rule, then by input column; None: neither yes nor no (a null, or a value of another kind).
    cells: tuple[tuple[bool | None, ...], ...]


def explain(decision: Decision, lookup: Lookup, now: datetime | None = None) -> Explanation | None:
    """Ask every cell of a decision's table by itself, on one budget; None where the decision has no table to ask.

    Where a column cannot be read, or the budget is used up, cells say neither yes nor no: the evaluation itself tells
    what is wrong.
    """
    if decision.table is None or decision.problem is not None:
        return None
    cells = _Cells(decision, lookup, now)
    values = tuple(map(cells.value, decision.table.inputs))
    return Explanation(
        values=values,
        cells=tuple(
            tuple(map(cells.answer, rule.cells[: len(values)], values, decision.table.inputs))
            for rule in decision.table.rules
        ),
    )


class _Cells:
    """The cells of one table, asked one after the other."""

    def __init__(self, decision: Decision, lookup: Lookup, now: datetime | None) -> None:
        self._types = decision.types
        properties = frozenset(self._types.properties | self._types.named.keys())
        self._vocabulary = Vocabulary(dict.fromkeys(decision.bindings, ANY), properties, self._types)
        self._scope = Scope(Unit(self._types.kinds, frozenset(decision.bindings)))
        self._run = Evaluation(lookup, now).run_of(decision, Run(lookup, now))

    def value(self, clause: InputClause) -> Any:
        """What a column reads."""
        try:
            value = compile_node(self._vocabulary.parse(clause.expression), self._scope)(self._run)
        except (EngineError, RecursionError):
            return None
        return as_number(value) if clause.type is None else self._types.coerce(value, clause.type)

    def answer(self, text: str, value: Any, clause: InputClause) -> bool | None:
        """What a cell says of a value."""
        kind = self._types.structure(clause.type)
        try:
            test, negated = compile_cell(text, Place(), kind, self._vocabulary, self._scope)
            answer = True if test is None else test(Env(self._run, self._run, {QUESTION: value}))
        except (EngineError, RecursionError):
            return None
        return True if test is None else None if answer is None else answer is not negated
