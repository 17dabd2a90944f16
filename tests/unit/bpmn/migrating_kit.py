"""Takes running instances over to other versions of their process, in memory."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import structs

from engine.bpmn import Definition, compile_definition, find_obstacles, migrate
from engine.model import Event, Facts, Migrate, Modify, Outcome
from tests.unit.bpmn.drawing import Drawing
from tests.unit.bpmn.running import CASE, Running, follow

_REFERENCES = ("id", "sourceRef", "targetRef", "attachedToRef", "default", "activityRef", "bpmnElement")


def version(drawing: Drawing | bytes) -> Definition:
    """A drawing, compiled."""
    return compile_definition(drawing if isinstance(drawing, bytes) else drawing.xml(), decisions={})


def take_over(running: Running, target: Definition, mapping: Mapping[str, str] | None = None) -> Outcome:
    """Migrate, and go on under the target."""
    command = Migrate(target="t", mapping=mapping or {})
    outcome = migrate(running.definition, target, running.state, command, Facts(now=running.now, case=CASE))
    running.definition, running.state = target, follow(running.state, outcome)
    running.outcomes.append(outcome)
    told = {one["token"]: one for one in outcome.events[0].value["tokens"]}
    running.events = [_under_new_name(event, told.get(event.token)) for event in running.events]
    running.events += outcome.events
    for moved in outcome.moved:
        assert moved.id in (running.incidents if moved.kind is None else running.rows)
    for closed in outcome.closed:
        del running.rows[closed.id]
    for row in outcome.opened:
        assert row.id not in running.rows
        running.rows[row.id] = row
    for incident in outcome.incidents_closed:
        del running.incidents[incident]
    for opened in outcome.incidents:
        running.incidents[opened.id] = opened.kind
    elements = {moved.id: moved.element for moved in outcome.moved}
    for row_id, row in list(running.rows.items()):
        if row_id in elements:
            running.rows[row_id] = _at(row, elements[row_id])
    return outcome


def _under_new_name(event: Event, moved: Mapping[str, str] | None) -> Event:
    """Who reads a history on knows where its tokens went."""
    if moved is None or event.element != moved["from"]:
        return event
    return structs.replace(event, element=moved["to"])


def _at(row: object, element: str) -> object:
    return structs.replace(row, element=element)  # type: ignore[type-var]


def why_not(running: Running, target: Definition, mapping: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """(element, sentence) of what keeps an instance where it is."""
    facts = Facts(now=running.now, case=CASE)
    found = find_obstacles(running.definition, target, running.state, mapping or {}, facts)
    return [(one.element, one.en) for one in found]


def renamed_ids(definition: Definition) -> dict[str, str]:
    """Another id for every element and flow."""
    return {name: f"{name}_v2" for name in (*definition.elements, *definition.flows)}


def renamed_xml(xml: bytes, names: Mapping[str, str]) -> bytes:
    """The same diagram with other ids."""

    def attribute(found: re.Match[str]) -> str:
        return f'{found[1]}="{names.get(found[2], found[2])}"'

    text = re.sub(rf'\b({"|".join(_REFERENCES)})="([^"]+)"', attribute, xml.decode())
    # Ids stand in the collection of an ad-hoc sub-process too.
    return text.encode()


def renamed_command(command: object, names: Mapping[str, str]) -> object:
    """A command as it is with other ids."""
    if isinstance(command, Modify):
        return Modify(
            cancel=command.cancel,
            activate=tuple(names.get(one, one) for one in command.activate),
            variables=command.variables,
        )
    return command
