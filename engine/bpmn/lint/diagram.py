"""A plain view of a diagram for the rules: nodes, flows and scopes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.bpmn.lint.rule import quote
from engine.bpmn.lint.supported import ACTIVITIES, EVENT_KINDS, GLOBAL_TASKS, NODE_NAMES, REFUSED_NODES
from engine.bpmn.lint.tree import Element, bpmn_children, local


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
    #: Its event definitions, those it refers to as well.
    definitions: tuple[Element, ...]
    #: Tags of its event definitions.
    events: tuple[str, ...]
    #: Its loop markers, multi-instance or standard.
    loops: tuple[Element, ...]
    incoming: list[Flow] = field(default_factory=list)
    outgoing: list[Flow] = field(default_factory=list)
    boundaries: list[Node] = field(default_factory=list)
    #: Of a link throw: the catch it leads to; of a link catch: the throws that lead to it.
    linked: list[Node] = field(default_factory=list)
    #: Of a compensation boundary event: the activities it is associated with; of an activity: such events.
    compensation: list[Node] = field(default_factory=list)

    @property
    def interrupting(self) -> bool:
        """Whether a boundary event ends its host, the start of an event sub-process its scope."""
        attribute = "isInterrupting" if self.tag == "startEvent" else "cancelActivity"
        return self.element.get(attribute, "true") != "false"

    @property
    def default(self) -> str | None:
        """Id of the default flow as written."""
        return self.element.get("default")

    @property
    def is_event(self) -> bool:
        """Whether it is an event, start and boundary included."""
        return self.tag.endswith("Event")

    @property
    def compensates(self) -> bool:
        """Whether it is a compensation boundary event, which no token ever reaches or leaves."""
        return self.tag == "boundaryEvent" and "compensateEventDefinition" in self.events

    @property
    def for_compensation(self) -> bool:
        """Whether it is an activity that runs for compensation only."""
        return self.tag in ACTIVITIES and self.element.get("isForCompensation") == "true"

    @property
    def triggered(self) -> bool:
        """Whether it is an event sub-process."""
        return self.tag == "subProcess" and self.element.get("triggeredByEvent") == "true"

    @property
    def instantiates(self) -> bool:
        """Whether it starts an instance by its message, though it is no start event."""
        return self.tag in ("receiveTask", "eventBasedGateway") and self.element.get("instantiate") == "true"

    @property
    def multi_instance(self) -> bool:
        """Whether it runs once for each of several items."""
        return any(local(loop) == "multiInstanceLoopCharacteristics" for loop in self.loops)

    @property
    def aside(self) -> bool:
        """Whether it stands outside of the flow: nothing leads to it, and nothing from it."""
        return self.compensates or self.for_compensation or self.triggered


@dataclass(slots=True, kw_only=True, eq=False)
class Scope(Thing):
    """A process or sub-process with what lies directly in it."""

    parent: Scope | None
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    #: Its event sub-processes.
    watchers: list[Scope] = field(default_factory=list)

    def starts(self) -> list[Node]:
        """Its start events."""
        return [node for node in self.nodes.values() if node.tag == "startEvent"]

    def entries(self) -> list[Node]:
        """Where a token may begin: start events and other starts; in an ad-hoc sub-process what nothing leads to."""
        if self.tag == "adHocSubProcess":
            return [
                node
                for node in self.nodes.values()
                if not (node.incoming or node.linked or node.aside or node.tag == "boundaryEvent")
            ]
        return [node for node in self.nodes.values() if node.tag == "startEvent" or node.instantiates]

    def ends(self) -> list[Node]:
        """Where a token ends: end events, and whatever no flow leaves."""
        return [
            node
            for node in self.nodes.values()
            if node.tag == "endEvent" or not (node.outgoing or node.aside or is_link(node, "intermediateThrowEvent"))
        ]

    def around(self) -> Iterator[Scope]:
        """The scope itself and those around it, from the inside out."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    @property
    def triggered(self) -> bool:
        """Whether it is an event sub-process."""
        return self.tag == "subProcess" and self.element.get("triggeredByEvent") == "true"


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
    #: Tasks outside of the process, by id, that call activities of the file may run.
    global_tasks: dict[str, Thing] = field(default_factory=dict)

    @property
    def process_id(self) -> str | None:
        """Id of the first process."""
        return self.processes[0].id if self.processes else None

    def successors(self, node: Node) -> Iterator[Node]:
        """Nodes of the same scope to which its flows lead."""
        for flow in node.outgoing:
            if target := node.scope.nodes.get(flow.target):
                yield target

    def definition(self, reference: str) -> Element | None:
        """The event definition at the root of the file that has this id."""
        found = self.by_id.get(reference)
        at_root = found is not None and found.getparent() is self.root
        return found if found is not None and at_root and local(found) in EVENT_KINDS else None

    def each_definition(self, *tags: str) -> Iterator[tuple[Thing, Element]]:
        """Every event definition of these tags once, with its event; one that is referred to, with itself."""
        for node in self.nodes.values():
            for definition in node.definitions:
                if local(definition) in tags and definition.getparent() is node.element:
                    yield node, definition
        for definition in bpmn_children(self.root, *tags):
            yield thing(definition), definition

    def called_task(self, node: Node) -> Thing | None:
        """The global task that a call activity runs."""
        return self.global_tasks.get(node.element.get("calledElement", "")) if node.tag == "callActivity" else None

    def kind(self, node: Node) -> str:
        """The tag; of a call of a global task, that of the task as if it stood there."""
        task = self.called_task(node)
        return node.tag if task is None else GLOBAL_TASKS[task.tag]

    def roots(self, tag: str) -> list[Thing]:
        """Elements directly below the definitions, e.g. messages and errors."""
        return [thing(found) for found in bpmn_children(self.root, tag)]


def is_link(node: Node, tag: str) -> bool:
    """Whether it is a link event of that kind."""
    return node.tag == tag and node.events == ("linkEventDefinition",)


def link_name(node: Node) -> str:
    """The name by which link events find each other."""
    return node.definitions[0].get("name") or ""


def thing(element: Element) -> Thing:
    """Wrap any element, so that a finding can name it."""
    return Thing(
        id=element.get("id", ""), tag=local(element), name=(element.get("name") or "").strip(), element=element
    )
