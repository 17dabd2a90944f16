"""Decision models: their elements, what requires what, and evaluation of one decision with all it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from engine.dmn.results import DecisionResult, InputClause, OutputClause, Rule
from engine.dmn.table import TableSource
from engine.dmn.types import ItemTypes
from engine.errors import DecisionError, EngineError, FeelLimitExceeded
from engine.feel.limits import Env, Run, check_result
from engine.feel.values import FeelFunction

Lookup = Callable[[str], Any]
Compute = Callable[[Env], DecisionResult]


class Element:
    """What a requirement can point to: input, decision, knowledge or service."""

    def __init__(self, element_id: str, name: str, type_name: str | None, types: ItemTypes) -> None:
        self.id = element_id
        self.name = name
        self.type = type_name
        self.types = types
        #: What each name in scope stands for.
        self.bindings: dict[str, Element] = {}

    def value(self, evaluation: Evaluation, run: Run) -> Any:
        """The value that readers of the name get."""
        raise NotImplementedError


class InputData(Element):
    """A value from outside, made to fit its type."""

    def value(self, evaluation: Evaluation, run: Run) -> Any:
        """The given value, made to fit.

        Raises:
            DecisionError: it cannot be.
        """
        given = evaluation.given(self.name)
        value = self.types.coerce(given, self.type)
        if value is None and given is not None:
            raise DecisionError(f"input {self.name!r} is no {self.type}", message_zh=f"输入 {self.name} 的类型不符。")
        return value


class Group(Element):
    """What is imported under one name, read as a context."""

    def value(self, evaluation: Evaluation, run: Run) -> Any:
        """All members that are required."""
        return {name: evaluation.value(member, run) for name, member in self.bindings.items()}


class Knowledge(Element):
    """A business knowledge model: a function."""

    def __init__(self, element_id: str, name: str, type_name: str | None, types: ItemTypes) -> None:
        super().__init__(element_id, name, type_name, types)
        self.define: Callable[[Env], Any] = lambda env: None
        self.problem: EngineError | None = None

    def value(self, evaluation: Evaluation, run: Run) -> Any:
        """The function."""
        _refuse(self)
        return self.define(Env(evaluation.run_of(self, run), None, {}))


class Service(Element):
    """A decision service: some decisions as a function of their inputs."""

    def __init__(self, element_id: str, name: str, type_name: str | None, types: ItemTypes) -> None:
        super().__init__(element_id, name, type_name, types)
        self.outputs: list[Element] = []
        self.parameters: list[Element] = []

    def value(self, evaluation: Evaluation, run: Run) -> Any:
        """The function: parameters are the input data, then the input decisions."""
        names = tuple(parameter.name for parameter in self.parameters)

        def call(caller: Run, *arguments: Any) -> Any:
            if len(arguments) != len(names):
                return None
            for parameter, argument in zip(self.parameters, arguments, strict=True):
                if argument is not None and parameter.types.coerce(argument, parameter.type) is None:
                    return None
            return self.run(caller, dict(zip(names, arguments, strict=True)))

        return FeelFunction(self.name, names, call)

    def run(self, run: Run, inputs: Mapping[str, Any]) -> Any:
        """The outputs for these inputs: one value, or a context of them."""
        inner = Evaluation(inputs.get, run.now)
        for parameter in self.parameters:
            inner.values[parameter] = parameter.types.coerce(inputs.get(parameter.name), parameter.type)
        values = {output.name: inner.value(output, run) for output in self.outputs}
        result = next(iter(values.values())) if len(values) == 1 else values
        return self.types.coerce(result, self.type)


class Decision(Element):
    """A decision: what it reads, what it says, and why."""

    def __init__(self, element_id: str, name: str, type_name: str | None, types: ItemTypes) -> None:
        super().__init__(element_id, name, type_name, types)
        self.table: TableSource | None = None
        self.compute: Compute = lambda env: DecisionResult(output=None)
        #: Names its own expressions read.
        self.reads: frozenset[str] = frozenset()
        #: Why it cannot run, when its expressions don't parse.
        self.problem: EngineError | None = None

    @property
    def hit_policy(self) -> str | None:
        """The table's hit policy as written (``UNIQUE``); None for a decision without a table."""
        return self.table.hit_policy if self.table is not None else None

    @property
    def inputs(self) -> tuple[InputClause, ...]:
        """The table's input columns."""
        return self.table.inputs if self.table is not None else ()

    @property
    def outputs(self) -> tuple[OutputClause, ...]:
        """The table's output columns."""
        return self.table.outputs if self.table is not None else ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The table's rows."""
        return self.table.rules if self.table is not None else ()

    @property
    def names(self) -> frozenset[str]:
        """Variables it reads from outside, those of the decisions it requires too."""
        found: set[str] = set()
        self._gather(found, set())
        return frozenset(found)

    def _gather(self, found: set[str], seen: set[Element]) -> None:
        seen.add(self)
        for name in self.reads:
            bound = self.bindings.get(name)
            if bound is None or isinstance(bound, InputData):
                found.add(name)
        for element in self.bindings.values():
            if isinstance(element, Decision) and element not in seen:
                element._gather(found, seen)

    def evaluate(self, lookup: Lookup, now: datetime | None = None) -> DecisionResult:
        """Evaluate it, and first whatever it requires.

        Args:
            lookup: gives a variable by its name, None when there is none.
            now: aware; what ``now()`` answers.

        Raises:
            DecisionError: the hit policy is broken, a value has the wrong type, or it does not parse. Don't retry.
            FeelLimitExceeded: it takes too many steps or makes too large a value. Don't retry.
        """
        result: DecisionResult = guarded(lambda: self.run(Evaluation(lookup, now, strict=True), Run(lookup, now)))
        return result

    def run(self, evaluation: Evaluation, run: Run) -> DecisionResult:
        """The result within an evaluation, no larger than a value may be."""
        result = evaluation.result(self, run)
        check_result(result.output)
        return result

    def value(self, evaluation: Evaluation, run: Run) -> Any:
        """Its output, made to fit the type of its variable."""
        return evaluation.result(self, run).output


def guarded(work: Callable[[], Any]) -> Any:
    """The work's result; a requirement chain that is too deep is a limit like others."""
    try:
        return work()
    except RecursionError:
        raise FeelLimitExceeded("requirements and calls are nested too deep") from None


def _refuse(element: Decision | Knowledge) -> None:
    if element.problem is not None:
        raise DecisionError(
            f"{element.id} cannot be evaluated: {element.problem}", message_zh=f"决策 {element.id} 有语法错误。"
        )


class Evaluation:
    """The values of one evaluation, each computed once."""

    def __init__(self, given: Lookup, now: datetime | None, *, strict: bool = False) -> None:
        #: Whether an output of the wrong type is an error (a process must not go on with it) or null (the standard).
        self.strict = strict
        self.given = given
        self.now = now
        self.values: dict[Element, Any] = {}
        self._open: set[Element] = set()

    def run_of(self, element: Element, run: Run) -> Run:
        """A run on what is left of the caller's budget, with the names that the element sees."""
        inner = Run(self.given, self.now)
        inner.steps, inner.depth = run.steps, run.depth
        if element.bindings:
            inner.lookup = self._lookup_of(element, inner)
        return inner

    def _lookup_of(self, element: Element, run: Run) -> Lookup:
        bindings, given = element.bindings, self.given

        def find(name: str) -> Any:
            bound = bindings.get(name)
            return given(name) if bound is None else self.value(bound, run)

        return find

    def value(self, element: Element, run: Run) -> Any:
        """The value of an element.

        Raises:
            DecisionError: it requires itself.
        """
        if element in self.values:
            return self.values[element]
        if element in self._open:
            raise DecisionError(f"{element.id} requires itself")
        self._open.add(element)
        value = element.value(self, run)
        self._open.discard(element)
        self.values[element] = value
        return value

    def result(self, decision: Decision, run: Run) -> DecisionResult:
        """A decision's result, with its output made to fit."""
        _refuse(decision)
        inner = self.run_of(decision, run)
        result = decision.compute(Env(inner, None, {}))
        run.steps = inner.steps
        if decision.type is None:
            return result
        output = decision.types.coerce(result.output, decision.type)
        if self.strict and output is None and result.output is not None:
            raise DecisionError(f"the output of {decision.id} is no {decision.type}")
        return DecisionResult(output=output, rules=result.rules, inputs=result.inputs)


class Model:
    """A decision model with what it imports; immutable, safe to share between threads."""

    def __init__(self, elements: list[Element]) -> None:
        self.elements = elements
        #: Decisions by id.
        self.decisions: dict[str, Decision] = {
            element.id: element for element in elements if isinstance(element, Decision)
        }

    def _find(self, name: str, *kinds: type[Element]) -> Element:
        for element in self.elements:
            if isinstance(element, kinds) and name in (element.id, element.name):
                return element
        raise DecisionError(f"the model has no {name!r}")

    def evaluate(self, name_or_id: str, inputs: Mapping[str, Any]) -> Any:
        """The output of a decision.

        Raises:
            DecisionError: as ``Decision.evaluate``; or there is no such decision.
        """
        decision = self._find(name_or_id, Decision)
        assert isinstance(decision, Decision)  # noqa: S101 (for mypy: _find looked for this class)
        evaluation = Evaluation(inputs.get, None)
        return guarded(lambda: decision.run(evaluation, Run(inputs.get, None)).output)

    def invoke(self, name: str, inputs: Mapping[str, Any]) -> Any:
        """The result of a decision service or a business knowledge model, called with named inputs.

        Raises:
            DecisionError: there is no such one, or it cannot be evaluated.
        """
        element = self._find(name, Service, Knowledge)
        run = Run(inputs.get, None)
        if isinstance(element, Service):
            return guarded(lambda: check_result(element.run(run, inputs)))
        return guarded(lambda: check_result(_call(element, run, inputs)))


def _call(element: Element, run: Run, inputs: Mapping[str, Any]) -> Any:
    function = Evaluation(lambda name: None, None).value(element, run)
    if not isinstance(function, FeelFunction):
        return None
    return function.call(run, *[inputs.get(name) for name in function.parameters])
