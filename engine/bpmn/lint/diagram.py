"""A plain view of a diagram for the rules: nodes, flows and scopes, built leniently from whatever the file holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.bpmn.lint.rule import quote
from engine.bpmn.lint.supported import EVENT_KINDS, EXECUTED, NODE_NAMES, REFUSED_NODES
from engine.bpmn.lint.tree import Element, bpmn_children, local, text_of

_NODE_TAGS = frozenset(EXECUTED) | frozenset(REFUSED_NODES)
_SCOPE_TAGS = frozenset({"subProcess", "transaction", "adHocSubProcess"})


@dataclass(slots=True, kw_only=True, eq=False)
class Thing:
    """An element with an id that a finding can point at."""

    id: str
    tag: str
    name: str
    element: Element

    @property
    def zh(self) -> str:
        """Kind, name and id in Chinese."""
        kind = NODE_NAMES.get(self.tag, (REFUSED_NODES.get(self.tag, ("", self.tag, ""))[1], ""))[0]
        return f"{kind}「{quote(self.name)}」({quote(self.id)})" if self.name else f"{kind} {quote(self.id)}"

    @property
    def en(self) -> str:
        """Kind, name and id in English."""
        kind = NODE_NAMES.get(self.tag, ("", REFUSED_NODES.get(self.tag, ("", "", self.tag))[2]))[1]
        return f"{kind} {quote(self.id)} ({quote(self.name)})" if self.name else f"{kind} {quote(self.id)}"


@dataclass(slots=True, kw_only=True, eq=False)
class Flow(Thing):
    """A sequence flow; ``source`` and ``target`` are ids as written, whether or not they exist."""

    source: str
    target: str
    #: Text of the conditionExpression; None when there is none.
    condition: str | None
    #: Whether source and target lie in the flow's own scope.
    connected: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Node(Thing):
    """A flow node with the flows that reach and leave it."""

    scope: Scope
    #: Host of a boundary event.
    attached_to: str | None
    #: Tags of its event definitions.
    events: tuple[str, ...]
    incoming: list[Flow] = field(default_factory=list)
    outgoing: list[Flow] = field(default_factory=list)
    boundaries: list[Node] = field(default_factory=list)

    @property
    def interrupting(self) -> bool:
        """Whether a boundary event ends its host."""
        return self.element.get("cancelActivity", "true") != "false"

    @property
    def default(self) -> str | None:
        """Id of the default flow as written."""
        return self.element.get("default")


@dataclass(slots=True, kw_only=True, eq=False)
class Scope(Thing):
    """A process or sub-process with what lies directly in it."""

    parent: Scope | None
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)

    def starts(self) -> list[Node]:
        """Its start events."""
        return [node for node in self.nodes.values() if node.tag == "startEvent"]

    def ends(self) -> list[Node]:
        """Its end events."""
        return [node for node in self.nodes.values() if node.tag == "endEvent"]


@dataclass(slots=True, kw_only=True, eq=False)
class Diagram:
    """A whole file. Elements without an id are left out; of elements with the same id the first counts."""

    root: Element
    processes: list[Scope]
    scopes: list[Scope]
    nodes: dict[str, Node]
    flows: dict[str, Flow]
    #: Sub-processes by their id: what lies directly in them.
    inner: dict[str, Scope]
    #: Every element below the root that has an id, by id: the targets of references.
    by_id: dict[str, Element]

    @property
    def process_id(self) -> str | None:
        """Id of the first process."""
        return self.processes[0].id if self.processes else None

    def successors(self, node: Node) -> Iterator[Node]:
        """Nodes of the same scope to which its flows lead."""
        for flow in node.outgoing:
            if target := node.scope.nodes.get(flow.target):
                yield target

    def roots(self, tag: str) -> list[Thing]:
        """Elements directly below the definitions, e.g. messages and errors."""
        return [thing(found) for found in bpmn_children(self.root, tag)]


def thing(element: Element) -> Thing:
    """Wrap any element, so that a finding can name it."""
    return Thing(
        id=element.get("id", ""), tag=local(element), name=(element.get("name") or "").strip(), element=element
    )


def read_diagram(root: Element) -> Diagram:
    """Build the view from the tree that read_xml gave."""
    diagram = Diagram(root=root, processes=[], scopes=[], nodes={}, flows={}, inner={}, by_id={})
    for element in root.iter():
        if found := element.get("id"):
            diagram.by_id.setdefault(found, element)
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
        if tag in _SCOPE_TAGS:
            inner = _read_scope(diagram, child, scope)
            diagram.inner.setdefault(inner.id, inner)
        if not child_id or child_id in diagram.nodes or child_id in diagram.flows:
            continue
        if tag in _NODE_TAGS:
            node = _read_node(child, scope)
            scope.nodes[child_id] = diagram.nodes[child_id] = node
        elif tag == "sequenceFlow":
            flow = _read_flow(child)
            scope.flows.append(flow)
            diagram.flows[child_id] = flow
    return scope


def _read_node(element: Element, scope: Scope) -> Node:
    base = thing(element)
    events = tuple(local(child) for child in bpmn_children(element, *EVENT_KINDS))
    attached = element.get("attachedToRef")
    return Node(
        id=base.id, tag=base.tag, name=base.name, element=element, scope=scope, attached_to=attached, events=events
    )


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
