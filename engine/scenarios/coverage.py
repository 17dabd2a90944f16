"""Which flows, boundary events and rules of decision tables no scenario takes."""

from __future__ import annotations

from collections.abc import Iterable

from engine.definitions import Deployed
from engine.scenarios.result import Result


class Coverage:
    """What the scenarios took, all together."""

    def __init__(self) -> None:
        self._taken: set[tuple[str, str]] = set()

    def add(self, result: Result) -> None:
        """Count in what a scenario took."""
        self._taken |= result.taken

    def missing(self, processes: Iterable[Deployed]) -> list[str]:
        """A sentence for each flow, boundary event and rule that was never taken, and one a process that sums up."""
        lines = []
        for deployed in processes:
            definition = deployed.definition
            boundary = [e.id for e in definition.elements.values() if e.kind == "boundaryEvent"]
            flows = {flow: ends for ends, flow in definition.flow_ids.items() if flow in definition.flows}
            gaps = [
                f"{deployed.process_id}: no scenario takes {flow} from {source} to {target}"
                + (f" ({definition.flows[flow]})" if definition.flows[flow] else "")
                for flow, (source, target) in flows.items()
                if (deployed.process_id, flow) not in self._taken
            ]
            gaps += [
                f"{deployed.process_id}: no scenario lets {event} ({definition.name_of(event)}) occur"
                for event in boundary
                if (deployed.process_id, event) not in self._taken
            ]
            rules = [
                (decision, number, rule)
                for decision, table in definition.rules.items()
                for number, rule in enumerate(table, start=1)
            ]
            gaps += [
                f"{deployed.process_id}: no scenario hits rule {number} of {decision}"
                + (f" ({rule.annotation})" if rule.annotation else "")
                for decision, number, rule in rules
                if (decision, str(number)) not in self._taken
            ]
            if gaps:
                total = len(flows) + len(boundary) + len(rules)
                lines += [*gaps, f"{deployed.process_id}: {total - len(gaps)} of {total} taken"]
        return lines
