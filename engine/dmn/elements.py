"""What a decision model is made of: inputs, decisions, knowledge, services, and what each name in them stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.dmn.evaluation import Evaluation, Lookup, guarded, refuse_broken
from engine.dmn.results import DecisionResult, InputClause, OutputClause, Rule
from engine.dmn.table import TableSource
from engine.dmn.types import ItemTypes
from engine.dmn.vocabulary import Text
from engine.errors import DecisionError
from engine.feel.limits import Env, Run, check_result
from engine.feel.values import FeelFunction

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
        #: Why it cannot run, when its expressions don't parse.
        self.problem: DecisionError | None = None
        #: Tables within its boxed expressions.
        self.inner_tables: list[TableSource] = []
        #: Its expressions as written.
        self.texts: list[Text] = []

    @property
    def is_typed_as_function(self) -> bool:
        """Whether its variable's type is a function's; models before DMN 1.3 give an invocable its result's type."""
        return self.types.structure(self.type).name == "function"

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
        value = self.types.coerce(given, self.type, run)
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

    def value(self, evaluation: Evaluation, run: Run) -> Any:
        """The function."""
        if not refuse_broken(self, strict=evaluation.strict):
            return None
        return self.define(evaluation.run_of(self, run))


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
                if argument is not None and parameter.types.coerce(argument, parameter.type, caller) is None:
                    return None
            return self.run(caller, dict(zip(names, arguments, strict=True)), evaluation)

        function = FeelFunction(self.name, names, call)
        return self.types.coerce(function, self.type, run) if self.is_typed_as_function else function

    def run(self, run: Run, inputs: Mapping[str, Any], outer: Evaluation) -> Any:
        """The outputs for these inputs: one value, or a context of them."""
        inner = Evaluation(inputs.get, run.now, strict=outer.strict, traces=outer.traces)
        for parameter in self.parameters:
            inner.values[parameter] = parameter.types.coerce(inputs.get(parameter.name), parameter.type, run)
        values = {output.name: inner.value(output, run) for output in self.outputs}
        result = next(iter(values.values())) if len(values) == 1 else values
        return self.types.coerce_result(result, self.type, run)


class Decision(Element):
    """A decision: what it reads, what it says, and why."""

    def __init__(self, element_id: str, name: str, type_name: str | None, types: ItemTypes) -> None:
        super().__init__(element_id, name, type_name, types)
        self.table: TableSource | None = None
        self.compute: Compute = lambda env: DecisionResult(output=None)
        #: Names its own expressions read.
        self.reads: frozenset[str] = frozenset()

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
        seen: set[Decision] = {self}
        waiting = [self]
        while waiting:
            decision = waiting.pop()
            bindings = decision.bindings
            found |= {name for name in decision.reads if isinstance(bindings.get(name), InputData | None)}
            required = [each for each in bindings.values() if isinstance(each, Decision) and each not in seen]
            seen.update(required)
            waiting += required
        return frozenset(found)

    def evaluate(self, lookup: Lookup, now: datetime | None = None) -> DecisionResult:
        """Evaluate it, and first whatever it requires.

        Args:
            lookup: gives a variable by its name, None when there is none.
            now: aware; what ``now()`` answers.

        Raises:
            DecisionError: the hit policy is broken, a value has the wrong type, or it does not parse. Don't retry.
            FeelLimitExceeded: it takes too many steps or makes too large a value. Don't retry.
        """
        evaluation = Evaluation(lookup, now, strict=True)
        result = guarded(lambda: self.run(evaluation, Run(lookup, now)))
        return replace(result, tables=tuple(evaluation.traces))

    def run(self, evaluation: Evaluation, run: Run) -> DecisionResult:
        """The result within an evaluation, no larger than a value may be."""
        result = self._answer(evaluation, run)
        check_result(result.output)
        return result

    def value(self, evaluation: Evaluation, run: Run) -> Any:
        """Its output, made to fit the type of its variable."""
        return self._answer(evaluation, run).output

    def _answer(self, evaluation: Evaluation, run: Run) -> DecisionResult:
        if not refuse_broken(self, strict=evaluation.strict):
            return DecisionResult(output=None)
        inner = evaluation.run_of(self, run)
        result = self.compute(inner)
        run.steps = inner.steps
        if self.type is None:
            return result
        output = self.types.coerce(result.output, self.type, run)
        if evaluation.strict and output is None and result.output is not None:
            raise DecisionError(
                f"the output of {self.id} is no {self.type}",
                message_zh=f"决策 {self.id} 的结果不是 {self.type} 类型。",
                decision=self.id,
            )
        return replace(result, output=output)
