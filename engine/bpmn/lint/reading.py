"""Builds the view of a diagram, leniently, from whatever the file holds."""

from __future__ import annotations

from typing import Final

from engine.bpmn.lint.diagram import Diagram, Flow, Node, Scope, is_link, link_name, thing
from engine.bpmn.lint.supported import ACTIVITIES, EVENT_KINDS, EXECUTED, GLOBAL_TASKS, REFUSED_NODES, SUB_PROCESSES
from engine.bpmn.lint.tree import Element, bpmn_children, local, text_of
from engine.bpmn.xml import BPMN

_NODE_TAGS: Final = frozenset(EXECUTED) | frozenset(REFUSED_NODES)


def read_diagram(root: Element) -> Diagram:
    """Build the view from the tree that read_xml gave."""
    diagram = Diagram(root=root, processes=[], scopes=[], nodes={}, flows={}, inner={}, by_id={})
    for element in root.iter():
        if found := element.get("id"):
            diagram.by_id.setdefault(found, element)
    for task in (found for tag in GLOBAL_TASKS for found in diagram.roots(tag) if found.id):
        diagram.global_tasks.setdefault(task.id, task)
    for element in bpmn_children(root, "process"):
        diagram.processes.append(_read_scope(diagram, element, None))
    _connect(diagram)
    return diagram


def _read_scope(diagram: Diagram, element: Element, parent: Scope | None) -> Scope:
    base = thing(element)
    scope = Scope(id=base.id, tag=base.tag, name=base.name, element=element, parent=parent)
    diagram.scopes.append(scope)
    for child in bpmn_children(element):
        tag, child_id = local(child), child.get("id")
        if tag in SUB_PROCESSES:
            inner = _read_scope(diagram, child, scope)
            diagram.inner.setdefault(inner.id, inner)
            if inner.triggered:
                scope.watchers.append(inner)
        if not child_id or child_id in diagram.nodes or child_id in diagram.flows:
            continue
        if tag in _NODE_TAGS:
            node = _read_node(diagram, child, scope)
            scope.nodes[child_id] = diagram.nodes[child_id] = node
        elif tag == "sequenceFlow":
            flow = _read_flow(child)
            scope.flows.append(flow)
            diagram.flows[child_id] = flow
    return scope


def _read_node(diagram: Diagram, element: Element, scope: Scope) -> Node:
    base = thing(element)
    definitions = event_definitions(diagram, element)
    return Node(
        id=base.id,
        tag=base.tag,
        name=base.name,
        element=element,
        scope=scope,
        attached_to=element.get("attachedToRef"),
        definitions=definitions,
        events=tuple(local(definition) for definition in definitions),
        loops=tuple(bpmn_children(element, "standardLoopCharacteristics", "multiInstanceLoopCharacteristics")),
    )


def event_definitions(diagram: Diagram, element: Element) -> tuple[Element, ...]:
    """The event definitions within an element, and those at the root of the file that it refers to."""
    found = (
        diagram.definition(text_of(child)) if local(child) == "eventDefinitionRef" else child
        for child in bpmn_children(element, *EVENT_KINDS, "eventDefinitionRef")
    )
    return tuple(definition for definition in found if definition is not None)


def _read_flow(element: Element) -> Flow:
    base = thing(element)
    condition = next((text_of(found) for found in bpmn_children(element, "conditionExpression")), None)
    return Flow(
        id=base.id,
        tag=base.tag,
        name=base.name,
        element=element,
        source=element.get("sourceRef", ""),
        target=element.get("targetRef", ""),
        condition=condition,
    )


def _connect(diagram: Diagram) -> None:
    for scope in diagram.scopes:
        for flow in scope.flows:
            if flow.source in scope.nodes and flow.target in scope.nodes:
                flow.connected = True
                scope.nodes[flow.source].outgoing.append(flow)
                scope.nodes[flow.target].incoming.append(flow)
        for node in scope.nodes.values():
            if node.attached_to in scope.nodes and node.tag == "boundaryEvent":
                scope.nodes[node.attached_to].boundaries.append(node)
        _link(scope)
    for association in diagram.root.iter(f"{{{BPMN}}}association"):
        _associate(diagram, association)


def _link(scope: Scope) -> None:
    catches: dict[str, Node] = {}
    for node in scope.nodes.values():
        if is_link(node, "intermediateCatchEvent"):
            catches.setdefault(link_name(node), node)
    for node in scope.nodes.values():
        catch = catches.get(link_name(node)) if is_link(node, "intermediateThrowEvent") else None
        if catch is not None:
            node.linked.append(catch)
            catch.linked.append(node)


def _associate(diagram: Diagram, association: Element) -> None:
    """Connect a compensation boundary event with what it is associated with, whichever way the line was drawn."""
    ends = [diagram.nodes.get(association.get(end, "")) for end in ("sourceRef", "targetRef")]
    for event, other in (ends, reversed(ends)):
        if event is not None and other is not None and event.compensates:
            event.compensation.append(other)
            if event.scope is other.scope and other.tag in ACTIVITIES:
                other.compensation.append(event)
            return
