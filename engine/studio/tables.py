"""Table tests of decision files: run, proposed, and asked for before a change is deployed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from engine.dmn import Decision, Model, load
from engine.dmn.analysis import Domain
from engine.dmn.analysis.cases import cases
from engine.dmn.examples import TableTest, read_tests
from engine.dmn.model import BEGINNING
from engine.errors import DecisionError, DefinitionRefused, EngineError, FeelError, FeelLimitExceeded
from engine.feel.limits import Run
from engine.feel.values import operations
from engine.studio.table_inputs import BadInput, column_keys, output_fields, value_of, variables_of, written

#: Tests of one file that are run.
MAX_TESTS: Final = 500
#: In Chinese and English.
Sentence = tuple[str, str]
_NOTHING_EXPECTED: Final[Sentence] = ("没有写期望的结果。", "It does not say what is expected.")
_NO_DECISION: Final[Sentence] = ("这个决策现在无法求值,请先改正问题。", "The decision cannot be evaluated now.")
_TOO_MANY: Final[Sentence] = (
    f"一个文件最多运行 {MAX_TESTS} 条测试,这一条没有运行。",
    f"At most {MAX_TESTS} tests of a file are run; this one was not.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOutcome:
    """What came of one test."""

    __test__ = False  # (no test itself)

    decision: str
    test: TableTest
    #: FEEL of what came, by the names that the test expects something of, or by all there are.
    actual: Mapping[str, str] = field(default_factory=dict)
    #: Names of outputs that came out differently.
    different: tuple[str, ...] = ()
    #: Rules (from 1) that hit.
    rules: tuple[int, ...] = ()
    #: Why it could not be compared.
    problem: Sentence | None = None

    @property
    def passed(self) -> bool:
        """Whether all that is expected came."""
        return self.problem is None and not self.different


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A test that fails, in words."""

    decision: str
    test: str
    name: str
    sentence: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A test that the table suggests, with what it says now."""

    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    rules: tuple[int, ...]
    #: The rule (from 1) that it is for; None: a boundary of an input column.
    rule: int | None
    column: int | None


def outputs_by_name(decision: Decision, output: Any) -> dict[str, str]:
    """FEEL of a result by the keys of ``output_fields``."""
    return {each.key: written(_named(decision, output, each.key)) for each in output_fields(decision)}


def run_tests(content: bytes) -> tuple[TestOutcome, ...]:
    """The outcomes of all tests of a decision file, in its order. It reads no clock: the same file, the same outcomes.

    Raises:
        DefinitionRefused: the file cannot be read.
    """
    tests = [(decision, test) for decision, each in read_tests(content).items() for test in each]
    if not tests:
        return ()
    model = load(content)
    return tuple(
        _outcome(model, decision, test)
        if number < MAX_TESTS
        else TestOutcome(decision=decision, test=test, problem=_TOO_MANY)
        for number, (decision, test) in enumerate(tests)
    )


def failing_tests(content: bytes) -> tuple[Failure, ...]:
    """The tests of a decision file that fail; none where the file cannot be read, of which the lint tells."""
    try:
        outcomes = run_tests(content)
    except DefinitionRefused:
        return ()
    return tuple(
        Failure(decision=each.decision, test=each.test.id, name=each.test.name, sentence=_sentence(each))
        for each in outcomes
        if not each.passed
    )


def propose_tests(
    decision: Decision, domains: Sequence[Domain], now: datetime, known: Sequence[Mapping[str, str]] = ()
) -> tuple[Proposal, ...]:
    """A test for each rule and each boundary that none of the known inputs tries, with what the table says now.

    A table whose columns are calculated is not proposed for: which variables give a value cannot be told.

    Args:
        domains: as the analysis takes them.
        now: what ``now()`` answers.
        known: inputs of the tests that there are.
    """
    keys = column_keys(decision)
    table = decision.table
    if table is None or decision.problem is not None or None in keys:
        return ()
    seen = [_values(inputs) for inputs in known]
    found = []
    for case in cases(table, domains, names=frozenset(decision.bindings)):
        inputs = {key: written(value) for key, value in zip(keys, case.values, strict=True) if key is not None}
        values = _values(inputs)
        if values in seen:
            continue
        seen.append(values)
        try:
            result = decision.evaluate(variables_of(inputs, now).get, now)
        except EngineError:
            continue  # what cannot be evaluated is no expectation
        if case.rule is None or case.rule in result.rules:
            found.append(
                Proposal(
                    inputs=inputs, outputs=outputs_by_name(decision, result.output), rules=result.rules,
                    rule=case.rule, column=case.column,
                )
            )  # fmt: skip
    return tuple(found)


def _values(inputs: Mapping[str, str]) -> dict[str, str]:
    """Inputs as they compare: the same value may be written in several ways."""
    try:
        return {key: written(value_of(text, None)) for key, text in inputs.items() if text.strip()}
    except FeelError:
        return dict(inputs)


def _named(decision: Decision, output: Any, name: str) -> Any:
    if not name or (decision.table is not None and len(decision.table.outputs) == 1):
        return output
    return output.get(name) if isinstance(output, dict) else None


def _outcome(model: Model, decision_id: str, test: TableTest) -> TestOutcome:
    decision = model.decisions.get(decision_id)
    if decision is None or decision.problem is not None:
        return TestOutcome(decision=decision_id, test=test, problem=_NO_DECISION)
    try:
        now = moment_of(test.at)
        expected = {name: value_of(text, now) for name, text in test.outputs.items() if text.strip()}
        result = decision.evaluate(variables_of(test.inputs, now).get, now)
    except BadInput as bad:
        problem = next(iter(bad.problems.values()))
        return TestOutcome(decision=decision_id, test=test, problem=problem)
    except (DecisionError, FeelError) as error:
        return TestOutcome(decision=decision_id, test=test, problem=(error.message_zh, f"{error}."))
    names = tuple(expected) or tuple(each.key for each in output_fields(decision))
    actual = {name: _named(decision, result.output, name) for name in names}
    return TestOutcome(
        decision=decision_id,
        test=test,
        actual={name: written(value) for name, value in actual.items()},
        different=tuple(name for name in expected if not _same(actual[name], expected[name])),
        rules=result.rules,
        problem=None if expected else _NOTHING_EXPECTED,
    )


def moment_of(text: str) -> datetime:
    """The moment of a test; the beginning of 1970 where it says none.

    Raises:
        BadInput: it is no moment with a zone.
    """
    if not text.strip():
        return BEGINNING
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadInput(
            {"at": (f"求值时刻 {text[:40]} 不是带时区的日期时间。", f"{text[:40]} is no moment with a zone.")}
        )
    return moment


def _same(one: Any, other: Any) -> bool:
    run = Run(lambda name: None, None)
    try:
        return operations.same(operations.as_number(one), operations.as_number(other), run)
    except FeelLimitExceeded:
        return False


def _sentence(outcome: TestOutcome) -> Sentence:
    if outcome.problem is not None:
        return outcome.problem
    pairs = [(name, outcome.test.outputs[name], outcome.actual[name]) for name in outcome.different]
    zh = ";".join(f"{name or '结果'} 应为 {wanted},实为 {came}" for name, wanted, came in pairs)
    en = "; ".join(f"{name or 'the result'} should be {wanted}, but is {came}" for name, wanted, came in pairs)
    return f"{zh}。", f"{en}."
