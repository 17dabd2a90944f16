"""Joins what was made one by one: events to activities, handlers to scopes, starts, links, the reach of joins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from engine.bpmn.names import bpmn, children, is_event_sub_process, local, refused
from engine.bpmn.reading.normalise import flow_nodes, scopes
from engine.bpmn.specs import compensation, events, gateways, merging, places, sub_processes
from engine.bpmn.specs.base import HIDDEN, Node
from engine.bpmn.specs.loops import Loop
from engine.bpmn.trigger import EventDefinition, Trigger

if TYPE_CHECKING:
    from engine.bpmn.specs.process import ProcessSpec

_CALLED: Final = (Trigger.ERROR, Trigger.ESCALATION)


def join_up(process: etree._Element, spec: ProcessSpec, definitions: dict[str, tuple[EventDefinition, ...]]) -> None:
    """Finish the graph of a process whose elements and flows have been made.

    Args:
        process: its XML.
        spec: its graph, changed in place.
        definitions: of each event, by its id.

    Raises:
        DefinitionRefused: something belongs to nothing.
    """
    compensated = next(process.iter(bpmn("compensateEventDefinition"), bpmn("cancelEventDefinition")), None) is not None
    for scope in scopes(process):
        around = _body(spec, scope) if scope is not process else spec.start
        for node in flow_nodes(scope):
            name = node.get("id", "")
            if scope is not process:
                spec.scope_of[name] = around.name
            _attach(spec, node, definitions.get(name, ()))
        _link(spec, scope)
        if scope is not process:
            _open(spec, scope, around, compensated)
        _instantiate(spec, scope)
    # Handlers after records: an inner compensation handler belongs to what its sub-process leaves behind.
    for scope in scopes(process):
        if is_event_sub_process(scope):
            _handle(spec, scope, definitions)
    for made in list(spec.task_specs.values()):
        if isinstance(made, merging.Merging):
            made.reach, made.own_reach = _reach(spec, made, beside=True), _reach(spec, made, beside=False)


def _body(spec: ProcessSpec, node: etree._Element) -> Node:
    """The spec of a sub-process itself, or of its rounds."""
    made = spec.task_specs[node.get("id", "")]
    return made.inner if isinstance(made, Loop) else made


def _attach(spec: ProcessSpec, node: etree._Element, definitions: tuple[EventDefinition, ...]) -> None:
    if local(node) != "boundaryEvent":
        return
    made, host = spec.task_specs[node.get("id", "")], spec.task_specs[node.get("attachedToRef", "")]
    if isinstance(made, compensation.CompensationBoundary):
        made.of, made.handler = host.element, _handler(spec, node)
        host.record = made
        return
    for definition in definitions:
        if definition.trigger in _CALLED:
            host.catchers = (*host.catchers, (definition.trigger, definition.name, made))
        elif definition.trigger is Trigger.CANCEL:
            host.cancel_boundary = made
    if _waits(definitions):
        host.boundaries = (*host.boundaries, made)


def _waits(definitions: tuple[EventDefinition, ...]) -> bool:
    waiting = (Trigger.TIMER, Trigger.MESSAGE, Trigger.SIGNAL, Trigger.CONDITIONAL)
    return any(definition.trigger in waiting for definition in definitions)


def _handler(spec: ProcessSpec, boundary: etree._Element) -> Node:
    """The activity that a compensation boundary event is associated with."""
    name = boundary.get("id")
    root = boundary.getroottree().getroot()
    for association in root.iter(bpmn("association")):
        ends = [association.get(end) for end in ("sourceRef", "targetRef")]
        if name in ends:
            other = ends[1 - ends.index(name)] or ""
            if other in spec.task_specs:
                return spec.task_specs[other]
    raise refused(boundary, "it is associated with no activity", "补偿边界事件没有关联补偿活动。")


def _open(spec: ProcessSpec, scope: etree._Element, around: Node, compensated: bool) -> None:
    """What a sub-process begins with, and what is remembered of it."""
    specs = spec.task_specs
    if isinstance(around, sub_processes.SubProcess):
        around.first = specs[children(scope, "startEvent")[0].get("id", "")]
    elif isinstance(around, sub_processes.AdHoc):
        around.activities = tuple(node.get("id", "") for node in flow_nodes(scope) if _is_begun(node))
        around.starts = tuple(specs[name] for name in around.activities if not specs[name]._inputs)
    if compensated and not is_event_sub_process(scope):
        outer = specs[scope.get("id", "")]
        for made, word in ((around, "done"), (outer, "all")):
            if made.remains is None:
                kept = made.remains = compensation.Remembered(spec, f"{HIDDEN}{outer.name}.{word}")
                kept.element = kept.of = outer.element
                made.record = made.record or kept


def _is_begun(node: etree._Element) -> bool:
    """Whether an ad-hoc sub-process may begin it."""
    return not (local(node) == "boundaryEvent" or is_event_sub_process(node) or node.get("isForCompensation") == "true")


def _handle(spec: ProcessSpec, node: etree._Element, definitions: dict[str, tuple[EventDefinition, ...]]) -> None:
    """An event sub-process belongs to the scope around it."""
    around = node.getparent()
    if around is None:
        return
    scope = spec.start if local(around) == "process" else _body(spec, around)
    event = children(node, "startEvent")[0]
    start, made = spec.task_specs[event.get("id", "")], spec.task_specs[node.get("id", "")]
    start.sub_process = made
    made.takes_over = isinstance(start, places.Edge) and start.interrupting
    found = definitions[event.get("id", "")]
    for definition in found:
        if definition.trigger in _CALLED:
            scope.handlers = (*scope.handlers, (definition.trigger, definition.name, start))
        elif definition.trigger is Trigger.COMPENSATE:
            made.takes_over = False
            if isinstance(scope.remains, compensation.Remembered):
                scope.remains.handler = start
    if _waits(found):
        scope.watchers = (*scope.watchers, start)


def _link(spec: ProcessSpec, scope: etree._Element) -> None:
    """A link throw leads to the catch of its name."""
    links = [spec.task_specs[node.get("id", "")] for node in flow_nodes(scope)]
    links = [made for made in links if isinstance(made, events.Link)]
    kinds = {node.get("id"): local(node) for node in flow_nodes(scope)}
    catches = {m.definition.name: m for m in links if kinds[m.name] == "intermediateCatchEvent"}
    for made in links:
        if kinds[made.name] == "intermediateThrowEvent":
            target = catches.get(made.definition.name)
            if target is None:
                node = next(node for node in flow_nodes(scope) if node.get("id") == made.name)
                raise refused(node, "no link event catches it", "找不到同名的链接捕获事件。")
            made.connect(target)


def _instantiate(spec: ProcessSpec, scope: etree._Element) -> None:
    for node in children(scope, "eventBasedGateway"):
        if node.get("instantiate") == "true" and local(scope) == "process":
            made = spec.task_specs[node.get("id", "")]
            if isinstance(made, gateways.EventBased):
                spec.instantiating.update(dict.fromkeys(made._outputs, made))


def _reach(spec: ProcessSpec, join: merging.Merging, *, beside: bool) -> dict[str, frozenset[str]]:
    """Incoming flow of a join → where a token may still be that comes by it without passing the join.

    ``beside``: also by events that do not interrupt.
    """
    hosts: dict[str, list[str]] = {}
    for made in spec.task_specs.values():
        for event in (*made.boundaries, *(entry[2] for entry in made.catchers), made.cancel_boundary):
            if event is not None and (beside or not isinstance(event, places.Edge) or event.interrupting):
                hosts.setdefault(event.name, []).append(made.name)
    reach = {}
    for source in join._inputs:
        found, todo = {source}, [source]
        while todo:
            name = todo.pop()
            for before in (*spec.task_specs[name]._inputs, *hosts.get(name, ())):
                if before not in found and before != join.name:
                    found.add(before)
                    todo.append(before)
        reach[spec.flow_ids.get((source, join.name)) or source] = frozenset(found - {join.name})
    return reach
