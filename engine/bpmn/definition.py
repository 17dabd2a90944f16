"""A compiled process: what the step runs and what others ask about it; immutable, shared by all threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from lxml import etree

from engine.bpmn.extensions import formula, read_extensions
from engine.bpmn.names import bpmn, children, event_definitions, local
from engine.bpmn.reading.data import take_data
from engine.bpmn.reading.events import message_of, read_definitions
from engine.bpmn.reading.normalise import flow_nodes, normalise, scopes
from engine.bpmn.reading.parser import parse
from engine.bpmn.schedule import Cron, parse_cron
from engine.bpmn.specs.process import ProcessSpec
from engine.bpmn.trigger import EventDefinition, Trigger
from engine.bpmn.xml import read_xml

if TYPE_CHECKING:
    from engine.dmn import Decision, Rule
    from engine.feel import Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element as the diagram shows it; ``kind`` is its name in BPMN's XML, e.g. userTask."""

    id: str
    kind: str
    #: The author's name for it; "" where there is none.
    name: str
    lane: str | None
    properties: Mapping[str, str]
    form_id: str | None
    documentation: str | None
    called_process: str | None
    headers: Mapping[str, str]
    #: Element id of the sub-process it is in; None: the process itself.
    scope: str | None
    #: Variables that can be saved while a user task is open.
    progress: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A sequence flow as the diagram draws it, for who explains where a process goes on."""

    flow: str
    source: str
    target: str
    #: The author's name for it; "" where there is none.
    name: str
    #: None: it has no condition, or is the default.
    condition: Expression | None
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalStart:
    """A start event that a signal reaches."""

    element: str
    signal_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerStart:
    """A start event that comes by itself, at the times of a schedule."""

    element: str
    cron: Cron


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageStart:
    """What a message begins: a start event, a receive task, or an event behind an event-based gateway.

    ``correlation`` is the message's key, for the FEEL of its payload.
    """

    element: str
    message_name: str
    correlation: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One executable process, compiled."""

    process_id: str
    name: str
    elements: Mapping[str, Element]
    #: Sequence flow id → its name.
    flows: Mapping[str, str | None]
    #: (source id, target id) → sequence flow id.
    flow_ids: Mapping[tuple[str, str], str]
    none_start: str | None
    message_starts: tuple[MessageStart, ...]
    signal_starts: tuple[SignalStart, ...]
    timer_starts: tuple[TimerStart, ...]
    forms: frozenset[str]
    decisions: frozenset[str]
    #: Decision id → the rules of its own table.
    rules: Mapping[str, tuple[Rule, ...]]
    called: frozenset[str]
    #: zeebe:property of the process.
    properties: Mapping[str, str]
    start_form: str | None
    #: What the process is for, in its owner's words.
    documentation: str | None
    #: Result variable → {value: name of the end event that sets it}, for values that are written out there.
    outcomes: Mapping[str, Mapping[str, str]]
    #: Decision id → variable in which its answer is kept.
    answers: Mapping[str, str]
    #: Variables that only carry a script's or decision's result to output mappings: <element>_result.
    carriers: frozenset[str]
    #: Element id → the flows that leave it, in the document's order.
    ways: Mapping[str, tuple[Way, ...]]
    spec: ProcessSpec

    def groups_of(self, element_id: str) -> tuple[str, ...]:
        """The candidate groups of a user task where the diagram names them; empty where a formula finds them."""
        groups = self.spec.task_specs[element_id].extensions.groups
        return groups if isinstance(groups, tuple) else ()

    def name_of(self, element_id: str) -> str:
        """The author's name of an element, else its id."""
        element = self.elements.get(element_id)
        return element.name or element_id if element is not None else element_id


def compile_definition(xml: bytes, *, decisions: Mapping[str, Decision]) -> Definition:
    """Compile the one executable process of a BPMN file.

    Args:
        xml: the file, from anywhere; it goes through the hardened door.
        decisions: compiled decisions by id, at least those that the process names.

    Raises:
        DefinitionRefused: the file is no diagram, does not parse, or something in it is not executed right.
    """
    root = read_xml(xml)
    process = normalise(root)
    data = take_data(process)
    spec = parse(root, process, data, decisions)
    elements = {element.id: element for element in _elements(process, spec)}
    starts = children(process, "startEvent")
    plain = next((node.get("id") for node in starts if not event_definitions(node)), None)
    flows = {
        flow.get("id", ""): flow.get("name") for scope in scopes(process) for flow in children(scope, "sequenceFlow")
    }
    extensions = [spec.task_specs[name].extensions for name in elements]
    named = frozenset(ext.decision_id for ext in extensions if ext.decision_id is not None)
    return Definition(
        process_id=process.get("id", ""),
        name=process.get("name", "") or process.get("id", ""),
        elements=MappingProxyType(elements),
        flows=MappingProxyType(flows),
        flow_ids=MappingProxyType(spec.flow_ids),
        none_start=plain,
        message_starts=tuple(_message_starts(process, spec)),
        signal_starts=tuple(_signal_starts(starts)),
        timer_starts=tuple(_timer_starts(starts)),
        forms=frozenset(ext.form_id for ext in extensions if ext.form_id is not None),
        decisions=named,
        rules=MappingProxyType({decision: decisions[decision].rules for decision in named}),
        called=frozenset(ext.process_id for ext in extensions if ext.process_id is not None),
        properties=read_extensions(process).properties,
        start_form=None if plain is None else elements[plain].form_id,
        documentation=_documentation(process),
        outcomes=MappingProxyType(_outcomes(elements.values(), spec)),
        answers=MappingProxyType({ext.decision_id: ext.result for ext in extensions if ext.decision_id and ext.result}),
        carriers=frozenset(
            f"{name}_result" for name in elements if spec.task_specs[name].extensions.result == f"{name}_result"
        ),
        ways=MappingProxyType(_ways(process)),
        spec=spec,
    )


def _ways(process: etree._Element) -> dict[str, tuple[Way, ...]]:
    found: dict[str, list[Way]] = {}
    for scope in scopes(process):
        defaults = {node.get("default") for node in flow_nodes(scope)}
        for flow in children(scope, "sequenceFlow"):
            name, condition = flow.get("id", ""), flow.find(bpmn("conditionExpression"))
            is_default = name in defaults
            way = Way(
                flow=name,
                source=flow.get("sourceRef", ""),
                target=flow.get("targetRef", ""),
                name=flow.get("name") or "",
                condition=None if condition is None or is_default else formula(flow, condition.text or ""),
                is_default=is_default,
            )
            found.setdefault(way.source, []).append(way)
    return {source: tuple(leaving) for source, leaving in found.items()}


def _outcomes(elements: Iterable[Element], spec: ProcessSpec) -> dict[str, dict[str, str]]:
    """What end events call the values that their output mappings set; the first in the diagram names a value."""
    found: dict[str, dict[str, str]] = {}
    for element in elements:
        if element.kind != "endEvent" or not element.name:
            continue
        for mapping in spec.task_specs[element.id].extensions.outputs:
            value = None if mapping.source.names else mapping.source(_nothing)
            if isinstance(value, str) and value:
                found.setdefault(mapping.target, {}).setdefault(value, element.name)
    return found


def _elements(process: etree._Element, spec: ProcessSpec) -> Iterator[Element]:
    lanes = {
        reference.text.strip(): lane.get("name")
        for lane in process.iter(bpmn("lane"))
        for reference in children(lane, "flowNodeRef")
        if reference.text
    }
    for scope in scopes(process):
        within = None if scope is process else scope.get("id")
        for node in flow_nodes(scope):
            name = node.get("id", "")
            ext = spec.task_specs[name].extensions
            yield Element(
                id=name,
                kind=local(node),
                name=node.get("name") or "",
                lane=lanes.get(name) or (None if within is None else lanes.get(within)),
                properties=ext.properties,
                form_id=ext.form_id,
                documentation=_documentation(node),
                called_process=ext.process_id,
                headers=ext.headers,
                scope=within,
                progress=ext.progress,
            )


def _nothing(_: str) -> None:
    """Knows no variable."""


def _documentation(node: etree._Element) -> str | None:
    found = node.find(bpmn("documentation"))
    return None if found is None else found.text


def _message_starts(process: etree._Element, spec: ProcessSpec) -> Iterator[MessageStart]:
    for node in flow_nodes(process):
        name = node.get("id", "")
        if local(node) == "receiveTask" and (node.get("instantiate") == "true" or name in spec.instantiating):
            yield _message_start(name, message_of(node, node))
        elif local(node) == "startEvent" or name in spec.instantiating:
            for definition in read_definitions(node):
                if definition.trigger is Trigger.MESSAGE:
                    yield _message_start(name, definition)


def _message_start(element: str, definition: EventDefinition) -> MessageStart:
    return MessageStart(element=element, message_name=definition.name or "", correlation=definition.expression)


def _timer_starts(starts: list[etree._Element]) -> Iterator[TimerStart]:
    for node in starts:
        for timer in children(node, "timerEventDefinition"):
            cron = parse_cron("".join(cycle.text or "" for cycle in children(timer, "timeCycle")))
            if cron is not None:
                yield TimerStart(element=node.get("id", ""), cron=cron)


def _signal_starts(starts: list[etree._Element]) -> Iterator[SignalStart]:
    for node in starts:
        for definition in read_definitions(node):
            if definition.trigger is Trigger.SIGNAL:
                yield SignalStart(element=node.get("id", ""), signal_name=definition.name or "")
