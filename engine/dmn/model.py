"""A decision model: its elements, and the doors through which it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from engine.dmn.elements import Decision, Element, Knowledge, Service
from engine.dmn.evaluation import Evaluation, guarded
from engine.errors import DecisionError
from engine.feel.limits import Run, check_result
from engine.feel.values.kinds import FeelFunction

#: The time at which a model is asked when its caller gives none.
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


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
        raise DecisionError(f"the model has no {name!r}", message_zh=f"决策模型中没有 {name}。")

    def evaluate(self, name_or_id: str, inputs: Mapping[str, Any], now: datetime = BEGINNING) -> Any:
        """The output of a decision by the letter of the standard: null where it says null.

        A process asks ``Decision.evaluate`` instead, which is strict and tells why.

        Args:
            now: aware; what ``now()`` answers. The core has no clock: who gives none asks at the beginning of 1970.

        Raises:
            DecisionError: two rows hit a UNIQUE table, a value is none of the allowed ones, an input has the wrong
                type; or there is no such decision.
            FeelLimitExceeded: it takes too many steps or makes too large a value. Don't retry.
        """
        decision = self._find(name_or_id, Decision)
        assert isinstance(decision, Decision)  # noqa: S101 (for mypy: _find looked for this class)
        evaluation = Evaluation(inputs.get, now)
        return guarded(lambda: decision.run(evaluation, Run(inputs.get, now)).output)

    def invoke(self, name: str, inputs: Mapping[str, Any], now: datetime = BEGINNING) -> Any:
        """The result of a decision service or a business knowledge model, called with named inputs.

        Raises:
            DecisionError: there is no such one, or as ``evaluate``.
            FeelLimitExceeded: as ``evaluate``.
        """
        element = self._find(name, Service, Knowledge)
        run = Run(inputs.get, now)
        if isinstance(element, Service):
            return guarded(lambda: check_result(element.run(run, inputs, Evaluation(inputs.get, now))))
        return guarded(lambda: check_result(_call(element, run, inputs)))


def _call(element: Element, run: Run, inputs: Mapping[str, Any]) -> Any:
    function = Evaluation(lambda name: None, run.now).value(element, run)
    if not isinstance(function, FeelFunction):
        return None
    return function.call(run, *[inputs.get(name) for name in function.parameters])
