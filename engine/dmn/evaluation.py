"""One evaluation of a decision with all that it requires: each element once, on one budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from engine.dmn.results import TableTrace
from engine.dmn.tracing import TracedRun
from engine.errors import DecisionError, FeelLimitExceeded
from engine.feel.limits import Run

Lookup = Callable[[str], Any]
_T = TypeVar("_T")


class Asked(Protocol):
    """What an evaluation asks of an element."""

    @property
    def id(self) -> str:
        """Its id in the file."""

    @property
    def bindings(self) -> Mapping[str, Asked]:
        """What each name in its scope stands for."""

    @property
    def problem(self) -> DecisionError | None:
        """Why it cannot run, when its expressions don't parse."""

    def value(self, evaluation: Evaluation, run: Run) -> Any:
        """The value that readers of its name get."""


def guarded(work: Callable[[], _T]) -> _T:
    """The work's result; a requirement chain that is too deep is a limit like others."""
    try:
        return work()
    except RecursionError:
        raise FeelLimitExceeded("requirements and calls are nested too deep") from None


def refuse_broken(element: Asked, *, strict: bool) -> bool:
    """Whether an element can be evaluated at all; one that does not parse is null by the standard.

    Raises:
        DecisionError: it does not parse, and the evaluation is strict.
    """
    problem = element.problem
    if problem is None:
        return True
    if not strict:
        return False
    raise DecisionError(
        f"{element.id} cannot be evaluated: {problem}", message_zh=problem.message_zh, decision=element.id,
        table=problem.table, rule=problem.rule, column=problem.column, syntax=problem.syntax,
    )  # fmt: skip


class Evaluation:
    """The values of one evaluation, each computed once."""

    def __init__(
        self,
        given: Lookup,
        now: datetime | None,
        *,
        strict: bool = False,
        traces: list[TableTrace] | None = None,
    ) -> None:
        #: Whether an output of the wrong type is an error (a process must not go on with it) or null (the standard).
        self.strict = strict
        #: Every table that was asked so far.
        self.traces: list[TableTrace] = [] if traces is None else traces
        self.given = given
        self.now = now
        self.values: dict[Asked, Any] = {}
        self._open: set[Asked] = set()

    def run_of(self, element: Asked, run: Run) -> Run:
        """A run on what is left of the caller's budget, with the names that the element sees."""
        inner = TracedRun(self.given, self.now, self.traces, strict=self.strict)
        inner.steps, inner.depth = run.steps, run.depth
        if element.bindings:
            inner.lookup = self._lookup_of(element, inner)
        return inner

    def _lookup_of(self, element: Asked, run: Run) -> Lookup:
        bindings, given = element.bindings, self.given

        def find(name: str) -> Any:
            bound = bindings.get(name)
            return given(name) if bound is None else self.value(bound, run)

        return find

    def value(self, element: Asked, run: Run) -> Any:
        """The value of an element.

        Raises:
            DecisionError: it requires itself.
        """
        if element in self.values:
            return self.values[element]
        if element in self._open:
            raise DecisionError(
                f"{element.id} requires itself", message_zh=f"决策 {element.id} 循环依赖自己。", decision=element.id
            )
        self._open.add(element)
        value = element.value(self, run)
        self._open.discard(element)
        self.values[element] = value
        return value
