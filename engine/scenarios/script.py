"""The scenario as the run asks it: what happens now, at this visit of this element in this called process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

from engine.scenarios.scenario import Scenario, Visits

_T = TypeVar("_T")


class Script:
    """Counts visits and remembers what was never asked for."""

    def __init__(self, scenario: Scenario) -> None:
        self._parts: Mapping[str, Mapping[str, object]] = {
            "do": scenario.do,
            "calls": scenario.calls,
            "svc": scenario.svc,
            "events": scenario.events,
            "fire": scenario.fire,
        }
        self._visits: Counter[tuple[str, str]] = Counter()

    def key(self, part: str, element: str, calls: tuple[str, ...] = ()) -> str | None:
        """The scenario's own key for an element: ``call/element`` wins over ``element``; None: it says nothing.

        Args:
            part: do, calls, svc, events or fire.
            element: an element id.
            calls: the call activities that led to the process it is in, outermost first.
        """
        names = ["/".join((*calls[i:], element)) for i in range(len(calls) + 1)]
        return next((name for name in names if name in self._parts[part]), None)

    def take(self, part: str, key: str, visits: Visits[_T]) -> _T | None:
        """What happens at this visit; the next call is the next visit. None: the scenario foresees fewer."""
        visit = self._visits[part, key]
        self._visits[part, key] += 1
        return visits.at(visit)

    def passes(self, part: str, key: str, visits: Visits[_T]) -> bool:
        """Whether this visit is done for real; then it is counted."""
        if not visits.passes(self._visits[part, key]):
            return False
        self._visits[part, key] += 1
        return True

    def pass_by(self, part: str, key: str, visits: Visits[_T]) -> None:
        """Count a visit that an event ended, where the scenario has null for it; else the next visit is the next."""
        visit = self._visits[part, key]
        if visit < len(visits.values) and visits.values[visit] is None:
            self._visits[part, key] += 1

    def visit(self, part: str, key: str) -> int:
        """How often a key was taken; and counts this time."""
        self._visits[part, key] += 1
        return self._visits[part, key] - 1

    def unused(self) -> list[str]:
        """Keys that the run never asked for, e.g. ``do.fix_pay_info``."""
        return [f"{part}.{key}" for part, keys in self._parts.items() for key in keys if not self._visits[part, key]]
