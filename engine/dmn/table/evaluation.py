"""Compiles a decision table: cells once, rows tested in order, and every hit policy exactly as the standard says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from engine.dmn.places import Place
from engine.dmn.results import TableTrace
from engine.dmn.table.cells import compile_cell, compile_output
from engine.dmn.table.hits import HitPolicy, combine, policy_of
from engine.dmn.table.outputs import Outputs
from engine.dmn.table.source import TableSource
from engine.dmn.tracing import note
from engine.dmn.vocabulary import Vocabulary
from engine.errors import FeelLimitExceeded
from engine.feel.compiler.core import Closure, Scope, compile_node
from engine.feel.compiler.unary import QUESTION
from engine.feel.limits import Env
from engine.feel.values.operations import as_number

#: What one cell tests: column, test, and the answer that means no.
_Cell: TypeAlias = tuple[int, Closure, bool]
#: A row: its number, the cells that test something, and its results.
_Row: TypeAlias = tuple[int, tuple[_Cell, ...], tuple[Closure, ...]]


def compile_table(source: TableSource, vocabulary: Vocabulary, scope: Scope) -> Callable[[Env], TableTrace]:
    """The table as a function of a scope at run time: its output, which rules hit, and what they saw.

    Raises:
        DecisionError: a cell does not parse (named by rule and column), or the hit policy is unknown.
    """
    place = vocabulary.place.of_table(source.id)
    policy = policy_of(source, place)
    inputs = [_compile_input(source, index, place, vocabulary, scope) for index in range(len(source.inputs))]
    rows = [_compile_row(source, number, place, vocabulary, scope) for number in range(1, len(source.rules) + 1)]
    outputs = Outputs(source, place, vocabulary, scope)
    labels = [clause.label for clause in source.inputs]
    first_only = policy is HitPolicy.FIRST

    def evaluate(env: Env) -> TableTrace:
        values = [read(env) for read in inputs]
        hits = _hits(rows, [Env(env.run, env, {QUESTION: value}) for value in values], source, place, first_only)
        made = [outputs.make(env, row[0], _results(row, env, source, place)) for row in hits]
        numbers = [row[0] for row in hits]
        default = outputs.default(env) if not hits else None
        output = combine(env.run, source, place, policy, numbers, made, outputs.priorities, default)
        seen = dict(zip(labels, values, strict=True))
        trace = TableTrace(element=place.element, table=source.id, rules=tuple(numbers), inputs=seen, output=output)
        note(env.run, trace)
        return trace

    return evaluate


def _hits(rows: list[_Row], questions: list[Env], source: TableSource, place: Place, first_only: bool) -> list[_Row]:
    """The rows whose every cell says yes."""
    hits: list[_Row] = []
    number = column = 0
    try:
        for row in rows:
            number = row[0]
            for column, test, negated in row[1]:
                answer = test(questions[column])
                if answer is negated or answer is None:
                    break
            else:
                hits.append(row)
                if first_only:
                    break
    except FeelLimitExceeded as error:
        raise place.cell(number, source.inputs[column].label, of_inputs=True).limited(error) from error
    return hits


def _results(row: _Row, env: Env, source: TableSource, place: Place) -> list[Any]:
    values: list[Any] = []
    try:
        for closure in row[2]:
            values.append(closure(env))  # noqa: PERF401 (how many there are says which one failed)
    except FeelLimitExceeded as error:
        raise place.cell(row[0], source.outputs[len(values)].name, of_inputs=False).limited(error) from error
    return values


def _compile_row(source: TableSource, number: int, place: Place, vocabulary: Vocabulary, scope: Scope) -> _Row:
    """A row; cells that let anything pass (``-``) are left out."""
    rule = source.rules[number - 1]
    width = len(source.inputs)
    if len(rule.cells) != width + len(source.outputs):
        raise place.cell(number, None, of_inputs=True).refuse("it has not one cell a column", "单元格数与列数不符")
    kinds = [vocabulary.types.structure(clause.type) for clause in source.inputs]
    cells: list[_Cell] = []
    for index, text in enumerate(rule.cells[:width]):
        at = place.cell(number, source.inputs[index].label, of_inputs=True)
        closure, negated = compile_cell(text, at, kinds[index], vocabulary, scope)
        if closure is not None:
            cells.append((index, closure, negated))
    results = tuple(
        compile_output(text, place.cell(number, clause.name, of_inputs=False), clause.type, vocabulary, scope)
        for clause, text in zip(source.outputs, rule.cells[width:], strict=True)
    )
    return number, tuple(cells), results


def _compile_input(
    source: TableSource, index: int, table: Place, vocabulary: Vocabulary, scope: Scope
) -> Callable[[Env], Any]:
    """Reads the value of a column and checks its type and allowed values."""
    clause = source.inputs[index]
    place = table.cell(None, clause.label, of_inputs=True)
    types, kind = vocabulary.types, clause.type
    structure = types.structure(kind)
    read = compile_node(vocabulary.parse(clause.expression, place, structure), scope)
    allowed = compile_cell(source.input_values[index], place, structure, vocabulary, scope)[0]

    def value_of(env: Env) -> Any:
        try:
            given = read(env)
        except FeelLimitExceeded as error:
            raise place.limited(error) from error
        value = as_number(given) if kind is None else types.coerce(given, kind, env.run)
        if value is None and given is not None:
            raise place.refuse(f"the value is no {kind}", f"输入值不是 {kind} 类型")
        if allowed is not None and value is not None and allowed(Env(env.run, env, {QUESTION: value})) is not True:
            raise place.refuse("the value is none of the allowed ones", "输入值不在允许的取值之内")
        return value

    return value_of
