"""Every table that is asked while a decision is evaluated, for the history and the auditor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from engine.dmn.results import DecisionResult, TableTrace
from engine.errors import FeelLimitExceeded
from engine.feel.builtins.conversion import text_of
from engine.feel.limits import Run, check_result
from engine.feel.values.kinds import FeelFunction, Range

#: Tables kept of one evaluation; a table called in a loop could fill the history otherwise.
MAX_TRACED: Final = 100
#: What stands in the history for a value of more than 64 KiB.
TOO_LARGE: Final = "(超过 64 KiB,未记录)"


class TracedRun(Run):
    """A run that remembers which tables were asked, in the order in which they answered."""

    __slots__ = ("strict", "traces")

    def __init__(
        self, lookup: Callable[[str], Any], now: datetime | None, traces: list[TableTrace], *, strict: bool = False
    ) -> None:
        super().__init__(lookup, now)
        self.traces = traces
        #: Whether what a process must not go on with is an error.
        self.strict = strict


def note(run: Run, trace: TableTrace) -> None:
    """Remember a table's answer, where somebody wants to know."""
    if type(run) is TracedRun and len(run.traces) < MAX_TRACED:
        run.traces.append(trace)


def is_strict(run: Run) -> bool:
    """Whether a process asks, and not the letter of the standard."""
    return type(run) is TracedRun and run.strict


def told(decision: str, result: DecisionResult) -> dict[str, Any]:
    """What the history keeps of a decision: its own table's rules and inputs, and those of every other table asked.

    Ranges and functions, which nothing can keep, are told as their FEEL text.
    """
    facts: dict[str, Any] = {"decision": decision, **_answer(result)}
    others = [trace for trace in result.tables if trace.element != decision or trace.inputs is not result.inputs]
    if others:
        facts["tables"] = [
            {
                "element": trace.element,
                "table": trace.table,
                **_answer(trace),
            }
            for trace in others
        ]
    return facts


def _answer(trace: DecisionResult | TableTrace) -> dict[str, Any]:
    return {
        "inputs": {label: _kept(value) for label, value in trace.inputs.items()},
        "rules": list(trace.rules),
        "output": _kept(trace.output),
    }


def _kept(value: Any) -> Any:
    """The value, or a word for one that is too large: a table may look at more than a history should hold."""
    try:
        return _plain(check_result(value))
    except FeelLimitExceeded:
        return TOO_LARGE


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Range | FeelFunction):
        return text_of(Run(lambda name: None, None), value)
    return value
