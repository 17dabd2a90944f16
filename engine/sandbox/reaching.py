"""From where a sequence flow that no scenario takes can be tried: as near to it as some scenario comes."""

from __future__ import annotations

from collections.abc import Iterable

from engine.definitions import Deployed
from engine.scenarios import ActionKind, Result


def nearest(deployed: Deployed, flow: str, results: Iterable[Result]) -> tuple[str, int] | None:
    """Number of a scenario, and how many of its steps lead to the last thing that decides about a flow.

    Args:
        deployed: the process.
        flow: id of the flow.
        results: what scenarios of the process gave.

    Gives None where no scenario comes near.
    """
    definition = deployed.definition
    source = next((ends[0] for ends, name in definition.flow_ids.items() if name == flow), None)
    if source is None:
        return None
    before: dict[str, list[str]] = {}
    for start, end in definition.flow_ids:
        before.setdefault(end, []).append(start)
    places: dict[str, tuple[str, int]] = {}
    for result in results:
        for number, step in enumerate(result.steps):
            own = not step.of.calls and step.action.kind is not ActionKind.PASS
            for place in {step.of.element, step.of.gateway, step.of.host} - {None, ""} if own else ():
                places.setdefault(str(place), (result.no, number))
    seen, layer = {source}, [source]
    while layer:
        found = next((places[element] for element in layer if element in places), None)
        if found is not None:
            return found
        layer = [one for element in layer for one in before.get(element, ()) if one not in seen]
        seen.update(layer)
    return None
