"""Which flows, boundary events and rules of decision tables no scenario takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.definitions import Deployed
from engine.scenarios.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """What of one process was taken and what was not."""

    process_id: str
    #: Flow → (source, target, name).
    flows: dict[str, tuple[str, str, str]]
    #: Boundary event → its name.
    events: dict[str, str]
    #: (decision, number of the rule, annotation).
    rules: tuple[tuple[str, int, str], ...]
    #: Flows and elements that were taken.
    taken: frozenset[str]
    #: Flows, boundary events and rules together.
    total: int

    @property
    def missing(self) -> int:
        """How many of them were never taken."""
        return len(self.flows) + len(self.events) + len(self.rules)

    def sentences(self) -> list[str]:
        """A sentence for each, and one that sums up; none where all was taken."""
        lines = [
            f"{self.process_id}: no scenario takes {flow} from {source} to {target}" + (f" ({name})" if name else "")
            for flow, (source, target, name) in self.flows.items()
        ]
        lines += [f"{self.process_id}: no scenario lets {event} ({name}) occur" for event, name in self.events.items()]
        lines += [
            f"{self.process_id}: no scenario hits rule {number} of {decision}" + (f" ({note})" if note else "")
            for decision, number, note in self.rules
        ]
        return [*lines, f"{self.process_id}: {self.total - self.missing} of {self.total} taken"] if lines else []


class Coverage:
    """What the scenarios took, all together."""

    def __init__(self, taken: Iterable[tuple[str, str]] = ()) -> None:
        self._taken: set[tuple[str, str]] = set(taken)

    def add(self, result: Result) -> None:
        """Count in what a scenario took."""
        self._taken |= result.taken

    def gaps(self, deployed: Deployed) -> Gaps:
        """What of a process was never taken."""
        definition, process_id = deployed.definition, deployed.process_id
        boundary = [e.id for e in definition.elements.values() if e.kind == "boundaryEvent"]
        flows = {flow: ends for ends, flow in definition.flow_ids.items() if flow in definition.flows}
        rules = [
            (decision, number, rule.annotation or "")
            for decision, table in definition.rules.items()
            for number, rule in enumerate(table, start=1)
        ]
        return Gaps(
            process_id=process_id,
            flows={
                flow: (source, target, definition.flows[flow] or "")
                for flow, (source, target) in flows.items()
                if (process_id, flow) not in self._taken
            },
            events={event: definition.name_of(event) for event in boundary if (process_id, event) not in self._taken},
            rules=tuple(rule for rule in rules if (rule[0], str(rule[1])) not in self._taken),
            taken=frozenset(name for process, name in self._taken if process == process_id),
            total=len(flows) + len(boundary) + len(rules),
        )

    def missing(self, processes: Iterable[Deployed]) -> list[str]:
        """A sentence for each flow, boundary event and rule that was never taken, and one a process that sums up."""
        return [line for deployed in processes for line in self.gaps(deployed).sentences()]
