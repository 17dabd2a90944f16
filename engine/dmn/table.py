"""Decision tables: cells compiled once, and every hit policy exactly as the standard says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from engine.dmn import xml
from engine.dmn.hits import HitPolicy, combine
from engine.dmn.results import DecisionResult, InputClause, OutputClause, Rule
from engine.dmn.types import ItemTypes, type_name
from engine.errors import DecisionError, FeelSyntaxError
from engine.feel.compiler.calls import QUESTION, compile_tests
from engine.feel.compiler.core import Closure, Scope, compile_node
from engine.feel.expressions import compile_expression
from engine.feel.limits import Env
from engine.feel.syntax.parser import parse_expression, parse_unary_tests
from engine.feel.syntax.tree import Tests
from engine.feel.values.operations import as_number

_POLICIES: Final = {
    "UNIQUE": HitPolicy.UNIQUE,
    "ANY": HitPolicy.ANY,
    "PRIORITY": HitPolicy.PRIORITY,
    "FIRST": HitPolicy.FIRST,
    "RULE ORDER": HitPolicy.RULE_ORDER,
    "OUTPUT ORDER": HitPolicy.OUTPUT_ORDER,
    "COLLECT": HitPolicy.COLLECT,
}
#: A row's number, and its cells: column, test, and the answer that means no.
_Row = tuple[int, tuple[tuple[int, Closure | None, bool], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSource:
    """A table as it is written."""

    id: str
    hit_policy: str
    aggregation: str | None
    inputs: tuple[InputClause, ...]
    outputs: tuple[OutputClause, ...]
    rules: tuple[Rule, ...]
    #: Allowed values of the inputs, in step with ``inputs``.
    input_values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a model knows while its expressions are parsed."""

    names: frozenset[str]
    properties: frozenset[str]
    types: ItemTypes

    def and_names(self, *names: str) -> Vocabulary:
        """The same with more names, of an inner scope."""
        return Vocabulary(self.names | frozenset(names), self.properties, self.types)


def read_table(element: etree._Element, fallback_name: str) -> TableSource:
    """The table of a ``decisionTable`` element."""
    inputs = xml.children(element, "input")
    return TableSource(
        id=element.get("id", ""),
        hit_policy=(element.get("hitPolicy") or "UNIQUE").strip(),
        aggregation=element.get("aggregation"),
        inputs=tuple(map(_input, inputs)),
        outputs=tuple(_output(each, fallback_name) for each in xml.children(element, "output")),
        rules=tuple(_rule(each, index) for index, each in enumerate(xml.children(element, "rule"), 1)),
        input_values=tuple(xml.text_of(xml.child(each, "inputValues")) for each in inputs),
    )


def _input(element: etree._Element) -> InputClause:
    inner = xml.child(element, "inputExpression")
    expression = xml.text_of(inner)
    kind = type_name(inner.get("typeRef")) if inner is not None else None
    return InputClause(label=element.get("label") or expression, expression=expression, type=kind)


def _output(element: etree._Element, fallback: str) -> OutputClause:
    name = element.get("name") or fallback
    return OutputClause(
        name=name,
        label=element.get("label") or name,
        type=type_name(element.get("typeRef")),
        values=xml.text_of(xml.child(element, "outputValues")),
        default=xml.text_of(xml.child(element, "defaultOutputEntry")),
    )


def _rule(element: etree._Element, index: int) -> Rule:
    cells = tuple(xml.text_of(each) for each in xml.children(element, "inputEntry", "outputEntry"))
    notes = [xml.text_of(each) for each in xml.children(element, "annotationEntry")]
    description = xml.child(element, "description")
    if description is not None and description.text:
        notes.append(description.text.strip())
    return Rule(id=element.get("id") or f"rule_{index}", cells=cells, annotation=" ".join(filter(None, notes)))


def policy_of(source: TableSource) -> HitPolicy:
    """The hit policy.

    Raises:
        DecisionError: there is no such one.
    """
    if source.hit_policy not in _POLICIES:
        raise DecisionError(f"table {source.id} has the unknown hit policy {source.hit_policy!r}")
    return _POLICIES[source.hit_policy]


def compile_table(source: TableSource, vocabulary: Vocabulary, scope: Scope) -> Callable[[Env], DecisionResult]:
    """The table as a function of a scope at run time.

    Raises:
        DecisionError: a cell does not parse (named by rule and column), or the hit policy is unknown.
    """
    policy = policy_of(source)
    inputs = [_compile_input(source, index, vocabulary, scope) for index in range(len(source.inputs))]
    rows, results = _compile_rows(source, vocabulary, scope)
    labels = [clause.label for clause in source.inputs]
    outputs = _Outputs(source, vocabulary, scope)

    def evaluate(env: Env) -> DecisionResult:
        values = [read(env) for read in inputs]
        questions = [Env(env.run, env, {QUESTION: value}) for value in values]
        hits = []
        for number, cells in rows:
            for column, closure, negated in cells:
                answer = closure(questions[column])  # type: ignore[misc]  # ``-`` was left out above
                if answer is negated or answer is None:
                    break
            else:
                hits.append(number)
                if policy is HitPolicy.FIRST:
                    break
        made = [outputs.make(number, [closure(env) for closure in results[number - 1]]) for number in hits]
        default = outputs.default(env) if not hits else None
        output = combine(source, policy, hits, made, outputs.priorities, default)
        return DecisionResult(output=output, rules=tuple(hits), inputs=dict(zip(labels, values, strict=True)))

    return evaluate


def _compile_rows(
    source: TableSource, vocabulary: Vocabulary, scope: Scope
) -> tuple[list[_Row], list[tuple[Closure, ...]]]:
    """What each row tests (``-`` is left out), and its results."""
    width = len(source.inputs)
    rows: list[_Row] = []
    results: list[tuple[Closure, ...]] = []
    for number, rule in enumerate(source.rules, 1):
        if len(rule.cells) != width + len(source.outputs):
            raise DecisionError(f"table {source.id}, rule {number}: it has not one cell a column")
        cells = [_compile_cell(source, number, index, text, vocabulary, scope) for index, text in _cells(rule, width)]
        rows.append((number, tuple(cell for cell in cells if cell[1] is not None)))
        results.append(tuple(_compile_output(source, number, text, vocabulary, scope) for text in rule.cells[width:]))
    return rows, results


def _cells(rule: Rule, width: int) -> list[tuple[int, str]]:
    return list(enumerate(rule.cells[:width]))


def _compile_input(source: TableSource, index: int, vocabulary: Vocabulary, scope: Scope) -> Closure:
    clause = source.inputs[index]
    place = f"table {source.id}, input {clause.label!r}"
    try:
        read = compile_node(parse_expression(clause.expression, vocabulary.names, vocabulary.properties), scope)
        allowed = _tests(source.input_values[index], vocabulary, scope)[0]
    except FeelSyntaxError as error:
        raise DecisionError(f"{place}: {error}") from error
    types = vocabulary.types

    def value_of(env: Env) -> Any:
        given = read(env)
        value = as_number(given) if clause.type is None else types.coerce(given, clause.type)
        if value is None and given is not None:
            raise DecisionError(f"{place}: the value is no {clause.type}")
        if allowed is not None and value is not None and allowed(Env(env.run, env, {QUESTION: value})) is not True:
            raise DecisionError(f"{place}: the value is none of the allowed ones")
        return value

    return value_of


def _tests(text: str, vocabulary: Vocabulary, scope: Scope) -> tuple[Closure | None, bool]:
    if not text or text == "-":
        return None, False
    tests: Tests = parse_unary_tests(text, vocabulary.names, vocabulary.properties)
    inner = Scope(scope.unit, scope, [QUESTION])
    return (compile_tests(tests.tests, inner) if tests.tests else None), tests.negated


def _compile_cell(
    source: TableSource, number: int, index: int, text: str, vocabulary: Vocabulary, scope: Scope
) -> tuple[int, Closure | None, bool]:
    """Column, closure (None: anything passes) and the answer that means no."""
    try:
        closure, negated = _tests(text, vocabulary, scope)
    except FeelSyntaxError as error:
        label = source.inputs[index].label
        raise DecisionError(f"table {source.id}, rule {number}, input {label!r}: {error}") from error
    return index, closure, negated


def _compile_output(source: TableSource, number: int, text: str, vocabulary: Vocabulary, scope: Scope) -> Closure:
    if not text or text == "-":
        return lambda env: None
    try:
        return compile_node(parse_expression(text, vocabulary.names, vocabulary.properties), scope)
    except FeelSyntaxError as error:
        raise DecisionError(f"table {source.id}, rule {number}, output: {error}") from error


class _Outputs:
    """The output columns: their types, defaults and priorities."""

    def __init__(self, source: TableSource, vocabulary: Vocabulary, scope: Scope) -> None:
        self._source = source
        self._types = vocabulary.types
        self._defaults = [
            _compile_output(source, 0, clause.default, vocabulary, scope) if clause.default else None
            for clause in source.outputs
        ]
        self.priorities = [_listed(clause.values) for clause in source.outputs]

    def make(self, number: int, values: list[Any]) -> Any:
        """One row's result: a value, or a context where there are several columns."""
        checked = [
            self._checked(number, clause, value) for clause, value in zip(self._source.outputs, values, strict=True)
        ]
        if len(checked) == 1:
            return checked[0]
        return {clause.name: value for clause, value in zip(self._source.outputs, checked, strict=True)}

    def _checked(self, number: int, clause: OutputClause, given: Any) -> Any:
        value = as_number(given) if clause.type is None else self._types.coerce(given, clause.type)
        if value is None and given is not None:
            where = f"rule {number}" if number else "the default"
            raise DecisionError(
                f"table {self._source.id}, {where}, output {clause.name!r}: the value is no {clause.type}"
            )
        return value

    def default(self, env: Env) -> Any:
        """The default output; None when no column has one."""
        if not any(self._defaults):
            return None
        return self.make(0, [None if closure is None else closure(env) for closure in self._defaults])


def _listed(text: str) -> list[Any]:
    """The allowed output values, in their order."""
    if not text:
        return []
    try:
        values = compile_expression(f"[{text}]")(lambda name: None)
    except FeelSyntaxError:
        return []
    return values if isinstance(values, list) else []
